"""Bells for what sign-in leaves behind."""

from celery import shared_task

from infusion_center.accounts.sessions import SessionStore


@shared_task
def forget_ended_sessions() -> None:
    SessionStore.clear_expired()
