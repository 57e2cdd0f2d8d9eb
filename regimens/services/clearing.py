"""Answering for what the rules said: a warning acknowledged, a reason typed, a reason reviewed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from regimens.models import Check, Clearance, Order
from regimens.rules.safety.verdicts import Severity


class CannotClear(Conflict):
    """The finding is not there any more, is a block, or asks for a provider."""


def acknowledge(*, order: Order, rule: str, drug: str = "", by: User, at: datetime) -> Clearance:
    """A warning of the newest check was read by a named person. Raises CannotClear."""
    found = _finding(order, rule, drug)
    if found["severity"] != Severity.WARN:
        raise CannotClear("This finding needs more than to be read.")
    return _clear(order, found, reason="", verb="finding.acknowledged", by=by, at=at)


def override(*, order: Order, rule: str, drug: str = "", reason: str, by: User, at: datetime) -> Clearance:
    """A provider goes on for the reason given. Raises CannotClear; DomainError without a reason."""
    found = _finding(order, rule, drug)
    if found["severity"] != Severity.OVERRIDE_REASON:
        raise CannotClear(
            "Nobody may override this: change the order or the facts."
            if found["severity"] == Severity.BLOCK
            else "This finding needs no reason."
        )
    if len(reason.split()) < 2:
        raise DomainError("Say why in a few words: the nurse and the pharmacist read it.", field="reason")
    return _clear(order, found, reason=reason.strip(), verb="finding.overridden", by=by, at=at)


def review(*, clearance: Clearance, note: str = "", by: User, at: datetime) -> Clearance:
    """The pharmacist has seen this reason. Raises CannotClear if somebody did already."""
    with transaction.atomic(), history.verb("override.reviewed", by=by, at=at):
        open_rows = Clearance.objects.filter(pk=clearance.pk, reviewed_at=None)
        if not open_rows.update(reviewed_at=at, reviewed_by=by, review_note=note.strip()):
            raise CannotClear("Somebody has reviewed this already.")
    clearance.refresh_from_db()
    return clearance


def newest_check(order: Order) -> Check | None:
    """The last time the rules were asked about the whole order."""
    return Check.objects.filter(order=order, step=None).order_by("-checked_at", "-pk").first()


def _finding(order: Order, rule: str, drug: str) -> dict[str, Any]:
    """As the newest check of the order, or of one of its steps, said it."""
    checks = Check.objects.filter(order=order).order_by("-checked_at", "-pk")[:20]
    for check in checks:
        for found in check.findings:
            if found["rule"] == rule and (found["drug"] or "") == drug:
                return found
    raise CannotClear("The rules no longer say this: look again.")


def _clear(
    order: Order, found: dict[str, Any], *, reason: str, verb: str, by: User, at: datetime
) -> Clearance:
    with transaction.atomic(), history.verb(verb, by=by, at=at):
        return Clearance.objects.create(
            order=order,
            rule=found["rule"],
            drug=found["drug"] or "",
            severity=found["severity"],
            message=found["message"][:500],
            involves=found.get("involves") or [],
            reason=reason,
            cleared_at=at,
            cleared_by=by,
        )
