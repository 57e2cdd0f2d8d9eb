"""What the rules said of an order the last time, who answered for it, and what still stands in the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from regimens.models import Check, Clearance, Order
from regimens.rules.safety.verdicts import Cleared, Finding, Severity, standing


@dataclass(frozen=True)
class Line:
    """One finding; `cleared` is who answered for it, where that is enough."""

    finding: Finding
    cleared: Clearance | None
    stands: bool


@dataclass(frozen=True)
class OrderFindings:
    """Of the newest check of the whole order. `check` None: nobody has asked the rules yet.

    `reasons`: every override of the order, at signing or at a start.
    """

    check: Check | None
    lines: Sequence[Line]
    reasons: Sequence[Clearance]

    @property
    def problem(self) -> str:
        """Why the check did not run; nothing is signed until it has."""
        return self.check.problem if self.check else ""

    @property
    def in_the_way(self) -> list[Finding]:
        return [line.finding for line in self.lines if line.stands]

    @property
    def may_sign(self) -> bool:
        """Signing asks the rules again: without a check so far, it may be tried."""
        return not self.problem and not self.in_the_way


def findings_of(orders: Iterable[Order]) -> dict[int, OrderFindings]:
    """By order. Two queries for all of them."""
    pks = [order.pk for order in orders]
    newest = (
        Check.objects.filter(order__in=pks, step=None)
        .order_by("order", "-checked_at", "-pk")
        .distinct("order")
        .select_related("checked_by")
        .defer("facts")
    )
    checks = {check.order_id: check for check in newest}
    cleared: dict[int, list[Clearance]] = {}
    for row in counting(pks):
        cleared.setdefault(row.order_id, []).append(row)
    return {pk: _of_one(checks.get(pk), cleared.get(pk, [])) for pk in pks}


def counting(orders: Iterable[int]) -> QuerySet[Clearance]:
    """What was cleared of the orders as they are now written: a draft that changes is read again."""
    return clearances().filter(order__in=list(orders), cleared_at__gte=F("order__written_at"))


def clearances() -> QuerySet[Clearance]:
    """Oldest first, with who cleared and who reviewed."""
    return Clearance.objects.select_related("cleared_by", "reviewed_by").order_by("cleared_at", "pk")


def finding_of(row: dict[str, Any]) -> Finding:
    """As a check keeps it."""
    return Finding(
        rule=row["rule"],
        severity=Severity(row["severity"]),
        drug=row["drug"] or None,
        message=row["message"],
        fix=row.get("fix") or "",
        asks=row.get("asks") or "",
        about=tuple(row.get("about") or ()),
        involves=tuple(row.get("involves") or ()),
    )


def standing_of(check: Check) -> list[Finding]:
    """What of this check still stands in the way, most severe first. One query."""
    return left_of([finding_of(row) for row in check.findings], check.order_id)


def left_of(found: Iterable[Finding], order: int) -> list[Finding]:
    """What of these findings nobody has answered for yet on this order (pk)."""
    return standing(found, done_by(counting([order])))


def _of_one(check: Check | None, cleared: Sequence[Clearance]) -> OrderFindings:
    found = [finding_of(row) for row in check.findings] if check else []
    stands = standing(found, done_by(cleared))
    lines = [Line(one, _who(one, cleared), stands=one in stands) for one in found]
    return OrderFindings(check, lines, [row for row in cleared if row.reason])


def _who(finding: Finding, cleared: Sequence[Clearance]) -> Clearance | None:
    """The last one who answered for this finding."""
    return next((row for row in reversed(cleared) if done_by([row])[0].covers(finding)), None)


def done_by(cleared: Iterable[Clearance]) -> list[Cleared]:
    """Who answered for what, as the rules look at it."""
    return [
        Cleared(row.rule, row.drug or None, Severity(row.severity), frozenset(row.involves))
        for row in cleared
    ]
