"""The project. Importing it names the Celery app, which imports no app of ours."""

from infusion_center.celery import app as celery_app

__all__ = ["celery_app"]
