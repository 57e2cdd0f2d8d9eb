"""The outbox page's reads."""

from infusion_center.outbox.models import Message, State


def needing_a_person(limit: int = 100) -> list[Message]:
    """Failed, or not known whether sent."""
    return list(
        Message.objects.filter(state__in=[State.FAILED, State.UNKNOWN]).order_by("-due_at", "-pk")[:limit]
    )


def newest(limit: int = 50) -> list[Message]:
    return list(
        Message.objects.exclude(state__in=[State.FAILED, State.UNKNOWN]).order_by("-due_at", "-pk")[:limit]
    )
