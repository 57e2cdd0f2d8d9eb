"""A row of the rule book tried on a case before it is saved, by the function behind `explain order`.

It joins the contracts with the pages of the rule book, so it stands on the roof.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.errors import DomainError
from regimens.book_forms import SectionForm
from regimens.models import Drug
from regimens.rules.safety.book import Book
from regimens.rules.safety.rows import BadRow
from regimens.selectors.rule_book import rule_book
from regimens.services.rule_book import checked
from regimens.states import BookKind
from regimens.views.rule_book import form_for

EXAMPLES = Path(__file__).resolve().parent / "reference" / "example_cases.json"
NOT_RIGHT = "The row as typed is not right yet; try to save it to see where."


class BadCase(DomainError):
    """What was typed is no case."""


@requires(Can.KEEP_RULE_BOOK)
@require_http_methods(["GET", "POST"])
def try_row(request: HttpRequest, kind: str, code: str, section: str) -> HttpResponse:
    """GET offers an example case; POST answers it with the row as typed and as stored."""
    form = form_for(kind, "" if code == "-" else code, section, request.POST if request.POST else None)
    if request.method == "GET":
        return render(
            request, "regimens/book/_try.html", _offered(form, kind, request.GET.get("example", ""))
        )
    try:
        typed, case = _typed(form, kind), _case(request.POST.get("case", ""))
    except DomainError as no:
        return render(request, "regimens/book/_tried.html", {"problem": no}, status=422)
    as_typed, as_stored = _side("As typed", case, typed), _side("As stored", case, rule_book())
    _mark_differences(as_typed, as_stored)
    return render(request, "regimens/book/_tried.html", {"sides": [as_typed, as_stored]})


def _offered(form: SectionForm, kind: str, number: str) -> dict[str, Any]:
    examples = example_cases()
    chosen = int(number) if number.isdigit() and int(number) < len(examples) else 0
    case = {key: value for key, value in examples[chosen].items() if key != "title"}
    drug = _drug_of(form, kind)
    if drug is not None:
        case = case | {"orders": [case["orders"][0] | _ordered(drug)]}
    return {"examples": examples, "chosen": chosen, "case": json.dumps(case, indent=1)}


def _drug_of(form: SectionForm, kind: str) -> Drug | None:
    """The drug the row is about: a rule's is the first that its left side names."""
    code = form.before.get("id") if kind == BookKind.DRUG else None
    if kind == BookKind.RULE:
        code = next((one["drug"] for one in form.before.get("left", []) if "drug" in one), None)
    return Drug.objects.filter(code=code).first() if code else None


def _ordered(drug: Drug) -> dict[str, Any]:
    """Its usual dose, given its usual way. A dose per kg is that of the example's 70 kg."""
    dose = drug.row.get("adult_dose") or {}
    unit, per_kg, _ = str(dose.get("unit") or "mg").partition("/")
    usual = dose.get("usual") or 1
    way = drug.methods.order_by("-is_default", "position").first()
    return {
        "drug": drug.code,
        "dose": usual * 70 if per_kg else usual,
        "unit": unit,
        **({"method": way.method, "minutes": float(way.minutes_usual)} if way else {}),
    }


def _typed(form: SectionForm, kind: str) -> Book:
    if not form.is_valid():
        raise BadRow(NOT_RIGHT)
    _, book = checked(kind, form.row())
    return book


def _case(text: str) -> dict[str, Any]:
    try:
        case = json.loads(text)
    except (ValueError, RecursionError) as no:
        raise BadCase(f"The case is no JSON: {no}.") from no
    if not isinstance(case, dict):
        raise BadCase("The case is no JSON object.")
    return case


def _side(label: str, case: dict[str, Any], book: Book) -> dict[str, Any]:
    from infusion_center.contracts import order  # reading cases takes 10 MB, and few processes ever try a row

    try:
        return {"label": label, **order.answer(case, book)}
    except DomainError as no:
        return {"label": label, "findings": [], "problem": no.message}
    except RecursionError:
        return {
            "label": label,
            "findings": [],
            "problem": "The case has too many brackets inside one another.",
        }


def _mark_differences(one: dict[str, Any], other: dict[str, Any]) -> None:
    for here, there in (
        (one["findings"], list(other["findings"])),
        (other["findings"], list(one["findings"])),
    ):
        for finding in here:
            finding["only_here"] = finding not in [
                {key: value for key, value in found.items() if key != "only_here"} for found in there
            ]


@lru_cache(maxsize=1)
def example_cases() -> list[dict[str, Any]]:
    """Invented patients, each with a title; shipped with the product."""
    examples: list[dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return examples
