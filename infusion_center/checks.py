"""What must be right before anything is served: run by `manage.py check`, by migrate and by `make lint`."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from infusion_center.celery import app
from infusion_center.embedded import place


@register
def beat_rings_real_tasks(**_: Any) -> list[CheckMessage]:
    """A renamed task would otherwise be missed in silence, by night."""
    return [
        Error(
            f"Beat entry {entry!r} names the task {row['task']!r}, which does not exist.",
            hint="Correct the beat table in infusion_center/celery.py.",
            id="infusion_center.E001",
        )
        for entry, row in app.conf.beat_schedule.items()
        if not _exists(row["task"])
    ]


def _exists(task: str) -> bool:
    """Tasks are named after their module. (Letting Celery import them all would run these checks again.)"""
    try:
        import_module(task.rpartition(".")[0])
    except ModuleNotFoundError:
        return False
    return task in app.tasks


@register
def the_database_is_postgresql(**_: Any) -> list[CheckMessage]:
    """Constraints, ranges and triggers keep the promises; no other engine has them."""
    if settings.DATABASES["default"]["ENGINE"] == "infusion_center.shared.postgresql":
        return []
    return [Error("DATABASE_URL must name a PostgreSQL.", id="infusion_center.E002")]


@register
def practice_is_apart_from_real_data(**_: Any) -> list[CheckMessage]:
    """By its name one can tell which data one is about to open, and so can this program."""
    practice = any("practice" in name.lower() for name in _places_of_data())
    if practice == settings.PRACTICE:
        return []
    said = "real" if settings.PRACTICE else "for practice"
    return [
        Error(
            f"PRACTICE is {'on' if settings.PRACTICE else 'off'}, and the database is {said}.",
            hint="Practice has a database (or EMBEDDED_DIR) of its own, with “practice” in its name.",
            id="infusion_center.E006",
        )
    ]


def _places_of_data() -> list[str]:
    """The database's name; of the embedded one also its directory's."""
    name = str(settings.DATABASES["default"]["NAME"])
    return [name, place.default_root().name] if settings.EMBEDDED else [name]


@register
def moments_are_utc(**_: Any) -> list[CheckMessage]:
    """Moments are kept in UTC; each site's own zone says what day it is (places.Site)."""
    if settings.USE_TZ and settings.TIME_ZONE == "UTC":
        return []
    return [Error("USE_TZ must be on and TIME_ZONE be UTC.", id="infusion_center.E003")]


@register(Tags.security, deploy=True)
def links_go_through_tls(**_: Any) -> list[CheckMessage]:
    """Patients' links are sent with PUBLIC_URL in front."""
    if settings.BEHIND_TLS and settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Error(
            "PUBLIC_URL must begin with https:// and BEHIND_TLS be on.",
            hint="Serve behind a proxy that speaks https, as compose.yaml does.",
            id="infusion_center.E004",
        )
    ]


@register(Tags.security, deploy=True)
def the_demo_is_off(**_: Any) -> list[CheckMessage]:
    """With DEMO on, the sign-in page shows passwords."""
    if not settings.DEMO:
        return []
    return [Error("DEMO must be off where real patients are.", id="infusion_center.E005")]
