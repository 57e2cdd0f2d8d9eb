"""What a visit loads a nurse with at a site on a day: formulary, the site's own rows, the state's ratio."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.apps import apps

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from regimens.models import Drug, Order, OrderStep, Regimen, RegimenStep
from regimens.rules.nurse_load import Carried, OwnLoad, least_load, load_under
from visits.models import LoadPolicy, RatioRule

Row = TypeVar("Row", LoadPolicy, RatioRule)
DONE = {"insert": "written", "update": "changed", "delete": "removed"}


@dataclass(frozen=True)
class Change:
    """One line of the history: `row` as it was written, or as it was before it was removed."""

    at: datetime
    who: str
    done: str
    about: str
    number: int | None
    row: Any


@dataclass(frozen=True)
class Loads:
    """What is in force that day. `least`: of any visit, by the state's ratio."""

    day: date
    own: tuple[OwnLoad, ...]
    least: int

    def of(self, drugs: Iterable[Drug]) -> int:
        carried = [Carried(one.code, tuple(one.class_tags), one.max_patients_per_nurse) for one in drugs]
        return self.at_least(load_under(carried, self.own, day=self.day))

    def of_visit(
        self, *, orders: Iterable[Order] = (), regimen: Regimen | None = None, otherwise: int
    ) -> int:
        """What was reckoned when they were written stands, unless the site has rows of its own: one query."""
        orders = list(orders)
        known = [order.load for order in orders] or ([regimen.load] if regimen else [])
        if not self.own or not known:
            return self.at_least(max(known, default=otherwise))
        steps = (
            OrderStep.objects.filter(order__in=orders)
            if orders
            else RegimenStep.objects.filter(regimen=regimen)
        )
        return self.of(step.drug for step in steps.select_related("drug"))

    def at_least(self, load: int) -> int:
        return max(load, self.least)


def loads_on(*, site: Site, day: date, least: int | None = None) -> Loads:
    """Two queries; one where the day has said already what the ratio comes to (`least`)."""
    rows = LoadPolicy.objects.filter(site=site, valid_from__lte=day)
    own = rows.values_list("drug__code", "class_tag", "load", "valid_from")
    rules = RatioRule.objects.filter(state=site.state, valid_from__lte=day).order_by("-valid_from")
    return Loads(
        day=day,
        own=tuple(OwnLoad(drug or "", tag, load, since) for drug, tag, load, since in own),
        least=least or least_load(rules.values_list("patients_per_nurse", flat=True).first()),
    )


def visit_load(
    *, site: Site, day: date, orders: Iterable[Order] = (), regimen: Regimen | None = None, otherwise: int
) -> int:
    """Of a visit for these orders, else this regimen, else `otherwise`. Two or three queries."""
    return loads_on(site=site, day=day).of_visit(orders=orders, regimen=regimen, otherwise=otherwise)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Classes and drugs to choose from, for a form. One query."""
    drugs = list(Drug.objects.order_by("name", "pk").only("code", "name", "class_tags"))
    tags = sorted({tag for drug in drugs for tag in drug.class_tags})
    return [
        ("Every drug of a class", [(f"class:{tag}", tag.replace("_", " ")) for tag in tags]),
        ("One drug", [(f"drug:{drug.code}", drug.name) for drug in drugs]),
    ]


def policies(*, site: Site, day: date) -> list[tuple[LoadPolicy, str]]:
    """The site's own rows by what they are about, each with whether it counts on that day."""
    rows = LoadPolicy.objects.filter(site=site).select_related("drug", "written_by")
    found = rows.order_by("class_tag", "drug__name", "-valid_from", "pk")
    return _with_standing(found, day, lambda row: (row.drug_id, row.class_tag))


def ratios(*, site: Site, day: date) -> list[tuple[RatioRule, str]]:
    """The same for the rules of the site's state."""
    rows = RatioRule.objects.filter(state=site.state).select_related("written_by")
    return _with_standing(rows.order_by("-valid_from"), day, lambda row: row.state)


def changes(site: Site, limit: int = 50) -> list[Change]:
    """What was written, changed and removed here, newest first. Three queries."""
    loads = _events("LoadPolicyEvent").filter(site=site).select_related("drug", "pgh_context")[:limit]
    ratios = _events("RatioRuleEvent").filter(state=site.state).select_related("pgh_context")[:limit]
    people = dict(User.objects.values_list("pk", "username"))
    found = [_change(one, _about(one), one.load, people) for one in loads]
    found += [_change(one, "any patient", one.patients_per_nurse, people) for one in ratios]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def _events(name: str) -> Any:
    return apps.get_model("visits", name).objects.order_by("-pgh_created_at", "-pgh_id")


def _about(row: Any) -> str:
    return row.drug.name if row.drug else f"every {row.class_tag.replace('_', ' ')}"


def _change(event: Any, about: str, number: int | None, people: dict[int, str]) -> Change:
    context = event.pgh_context.metadata if event.pgh_context else {}
    who = people.get(context.get("user", 0), "the system")
    return Change(event.pgh_created_at, who, DONE[event.pgh_label], about, number, event)


def _with_standing(rows: Iterable[Row], day: date, about: Callable[[Row], object]) -> list[tuple[Row, str]]:
    """Rows come newest first: of those that have begun, the first about a thing counts."""
    found: list[tuple[Row, str]] = []
    seen: set[object] = set()
    for row in rows:
        begun = row.valid_from <= day
        found.append((row, ("replaced" if about(row) in seen else "in force") if begun else "to come"))
        seen |= {about(row)} if begun else set()
    return found
