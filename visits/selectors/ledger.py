"""Bought = charted + wasted + on hand, line by line: where ledger and charts say different things.

Whoever looks only at sums misses two errors that cancel; so every row is held to its partner, and every
line of the ledger to what was written first. A sentence names the row and no patient. Amounts are in the
product's unit.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Case, Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from regimens.models import Lot, StockMove
from regimens.rules.amounts import say
from regimens.states import MoveKind
from visits.models import Administration, LedgerCheck, Preparation, VialUse
from visits.states import FINISHED, OPEN_LINE, Given

AMOUNT = DecimalField(max_digits=14, decimal_places=3)


def newest() -> LedgerCheck | None:
    """The last look at the books, or None before the first."""
    return LedgerCheck.objects.order_by("-checked_at", "-pk").first()


def differences() -> list[str]:
    """One sentence for each row that has no true partner; empty when the books agree."""
    return [*_rewritten(), *_lots(), *_uses(), *_moves(), *_doses()]


def counted() -> dict[str, int]:
    """How many lots and doses the differences were looked for in."""
    return {"lots": Lot.objects.count(), "doses": VialUse.objects.filter(reversed_at=None).count()}


def _rewritten() -> Iterator[str]:
    """A line of the ledger that is not as it was first written, or is gone: a hand was in the tables."""
    first: Any = apps.get_model("regimens", "StockMoveEvent").objects.filter(pgh_label="insert")
    now = StockMove.objects.filter(pk=OuterRef("pgh_obj_id"))
    same = now.filter(
        amount=OuterRef("amount"), vials=OuterRef("vials"), lot=OuterRef("lot_id"), kind=OuterRef("kind")
    )
    for row in (
        first.filter(~Exists(same)).order_by("pgh_obj_id").annotate(there=Exists(now)).select_related("lot")
    ):
        what = "has been changed since it was written" if row.there else "is gone"
        yield f"{_move(row, row.pgh_obj_id)}: the line {what}."


def _lots() -> Iterator[str]:
    """A lot that came from nowhere, or of which more has gone than came."""
    came = Count("moves", filter=Q(moves__kind__in=[MoveKind.RECEIVED, MoveKind.BROUGHT]))
    for lot in Lot.objects.annotate(left=Coalesce(Sum("moves__amount"), _zero()), came=came).order_by("pk"):
        if lot.came != 1:
            yield f"Lot {lot.number}: {lot.came} deliveries in its ledger instead of one."
        if lot.left < 0:
            yield f"Lot {lot.number}: {say(-lot.left)} more has left the shelf than came."


def _uses() -> Iterator[str]:
    """A dose on a chart whose lines of the ledger are not the same amount, or do not stand."""
    given, wasted = _standing("given_move"), _standing("waste_move")
    uses = VialUse.objects.select_related("lot").annotate(
        ledger_given=given,
        ledger_wasted=wasted,
        said_given=_if_stands("given"),
        said_wasted=_if_stands("wasted"),
    )
    wrong = uses.exclude(ledger_given=F("said_given"), ledger_wasted=F("said_wasted"))
    for use in wrong.order_by("pk"):
        yield (
            f"Dose {use.pk} from lot {use.lot.number}: the chart says {say(use.said_given)} given and "
            f"{say(use.said_wasted)} wasted, the ledger {say(use.ledger_given)} and {say(use.ledger_wasted)}."
        )


def _moves() -> Iterator[str]:
    """A line of the ledger, given or wasted, that no chart knows."""
    charted = VialUse.objects.filter(Q(given_move=OuterRef("pk")) | Q(waste_move=OuterRef("pk")))
    unknown = StockMove.objects.filter(kind__in=[MoveKind.GIVEN, MoveKind.WASTED]).exclude(Exists(charted))
    for move in unknown.select_related("lot").order_by("pk"):
        yield f"{_move(move, move.pk)}: no chart says so."


def _doses() -> Iterator[str]:
    """A line of a chart whose vials do not add up to what was given."""
    drawn = Coalesce(Sum("vials__given", filter=Q(vials__reversed_at=None)), _zero())
    said: Case = Case(
        When(state__in=FINISHED, then=F("given_amount")),
        When(state__in=OPEN_LINE, then=F("dose")),
        When(
            Exists(Preparation.objects.filter(administration=OuterRef("pk"), thrown_at=None))
            & Q(state__in=[Given.ORDERED, Given.HELD]),
            then=F("dose"),
        ),
        default=_zero(),
        output_field=AMOUNT,
    )
    lines: QuerySet[Any] = Administration.objects.select_related("drug").annotate(drawn=drawn, said=said)
    for line in lines.exclude(drawn=F("said")).order_by("pk"):
        yield (
            f"Line {line.pk} of a chart, {line.drug.name}: {say(line.said)} {line.unit} given, "
            f"{say(line.drawn)} drawn from lots."
        )


def _standing(move: str) -> Coalesce:
    """What left the shelf by this line of the ledger, if nothing has reversed it."""
    stands = When(**{f"{move}__reversed_by": None, "then": -F(f"{move}__amount")})
    return Coalesce(Case(stands, output_field=AMOUNT), _zero())


def _if_stands(column: str) -> Case:
    return Case(When(reversed_at=None, then=F(column)), default=_zero(), output_field=AMOUNT)


def _zero() -> Value:
    return Value(Decimal(0), output_field=AMOUNT)


def _move(row: Any, pk: int) -> str:
    kind = MoveKind(row.kind).label.lower()
    what = f"{say(abs(row.amount))} {kind} on {row.moved_at:%d %b %Y}"
    return f"Line {pk} of the ledger of lot {row.lot.number}, {what}"
