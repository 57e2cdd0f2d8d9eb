"""Diagnosis codes: one by its code, some by what was typed."""

from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length

from billing.models import IcdCode
from billing.rules.identifiers import Diagnosis

# What is treated here stands first: the usual kinds of migraine, then other headaches.
MIGRAINE = ("G437", "G430", "G431", "G439", "G43E")
HEADACHE = ("G43", "G44", "R51")


def find_code(code: str) -> Diagnosis | None:
    """For the diagnosis rule: a code without its point, or None."""
    row = IcdCode.objects.filter(code=code).first()
    return Diagnosis(row.billable, row.valid_from, row.valid_to) if row else None


def search(*, text: str, day: date, limit: int = 12) -> list[IcdCode]:
    """Billable codes of that day, by the start of the code or by words, headache first."""
    typed = text.strip()
    if len(typed) < 2:
        return []
    code = typed.replace(".", "").upper()
    by_words = Q()
    for word in typed.split():
        by_words &= Q(text__icontains=word)
    found = _valid(day).filter(Q(code__startswith=code) | by_words)
    return list(
        found.annotate(rank=_rank(code), length=Length("text")).order_by("rank", "length", "code")[:limit]
    )


def described(codes: list[str]) -> list[IcdCode]:
    """The rows of these codes, in this order; a code the release lacks has no text."""
    rows = {row.code: row for row in IcdCode.objects.filter(code__in=codes)}
    return [rows.get(code) or IcdCode(code=code, text="Not in the loaded release") for code in codes]


def _valid(day: date) -> QuerySet[IcdCode]:
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    not_over = Q(valid_to=None) | Q(valid_to__gte=day)
    return IcdCode.objects.filter(begun, not_over, billable=True)


def _rank(code: str) -> Case:
    ranks = [Q(code=code), Q(code__startswith=code), _starts(MIGRAINE), _starts(HEADACHE)]
    cases = [When(one, then=Value(rank)) for rank, one in enumerate(ranks)]
    return Case(*cases, default=Value(len(ranks)), output_field=IntegerField())


def _starts(codes: tuple[str, ...]) -> Q:
    found = Q()
    for start in codes:
        found |= Q(code__startswith=start)
    return found
