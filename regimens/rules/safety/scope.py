"""Where a condition finds its values: of the patient, of the line that is asked about, of its partner."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from regimens.rules.safety.book import Drug
from regimens.rules.safety.case import HomeMedication, Line, hours_between
from regimens.rules.safety.doses import Counted
from regimens.rules.safety.expressions import NAMES
from regimens.rules.safety.facts import Facts
from regimens.rules.safety.unknown import Truth, Unknown, either, missing

BY_VEIN = frozenset({"iv_push", "iv_infusion"})


class Scope:
    """Values for one line (None: a rule about the visit) and whatever stands on the rule's other side."""

    def __init__(
        self,
        facts: Facts,
        *,
        drug: Drug | None = None,
        line: Line | None = None,
        counted: Counted | None = None,
        together: Sequence[Drug] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.facts, self.drug, self.line = facts, drug, line
        self.counted, self.together = counted, together
        self.extra = extra or {}

    @property
    def at(self) -> Any:
        return self.line.at if self.line else self.facts.at

    def value(self, name: str) -> Any:
        if name in self.extra:
            return self.extra[name]
        for reader in (_OF_LINE, _OF_PATIENT):
            if name in reader:
                found = reader[name](self)
                return missing(name) if found is None else found
        return missing(name) if name in NAMES else self.facts.tag(name, self.drug)

    def call(self, function: str, arguments: tuple[Any, ...]) -> Any:
        return _FUNCTIONS[function](self, *arguments)

    def counting(self) -> Counted:
        if self.counted is None:
            raise AssertionError("A condition that counts doses stands on a line.")
        return self.counted


def allergens_of(drug: Drug, line: Line | None) -> frozenset[str]:
    """The drug's own groups always; excipients as the product in hand, else the drug's row, lists them."""
    if line is None or line.allergens is None:
        return drug.own_allergens | drug.excipients
    return drug.own_allergens | line.allergens


def _per_kg(scope: Scope) -> Any:
    weight = scope.facts.patient.weight_kg
    return missing("weight_kg") if weight is None else _line(scope).dose / weight


def _mg_per_ml(scope: Scope) -> Any:
    volume = _line(scope).volume_ml
    return missing("volume_ml") if volume is None else _line(scope).dose / volume


def _line(scope: Scope) -> Line:
    if scope.line is None:
        raise AssertionError("A condition on an order's own values stands on a line.")
    return scope.line


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


Reader = Callable[[Scope], Any]

_OF_LINE: dict[str, Reader] = {
    "drug": lambda scope: _line(scope).drug,
    "dose": lambda scope: _line(scope).dose,
    "dose_per_kg": _per_kg,
    "method": lambda scope: _line(scope).method,
    "by_vein": lambda scope: _line(scope).method in BY_VEIN,
    "minutes": lambda scope: _line(scope).minutes,
    "volume_ml": lambda scope: _line(scope).volume_ml,
    "mg_per_ml": _mg_per_ml,
    "indication": lambda scope: _line(scope).indication,
}
_OF_PATIENT: dict[str, Reader] = {
    "age_years": lambda scope: Decimal(scope.facts.patient.age_years),
    "weight_kg": lambda scope: scope.facts.patient.weight_kg,
    "bmi": lambda scope: scope.facts.bmi,
    "sex_at_birth": lambda scope: scope.facts.patient.sex_at_birth,
    "gestation_weeks": lambda scope: scope.facts.weeks,
    "qtc_ms": lambda scope: scope.facts.qtc,
    "crcl_ml_min": lambda scope: scope.facts.crcl,
    "sbp": lambda scope: scope.facts.patient.sbp,
    "dbp": lambda scope: scope.facts.patient.dbp,
    "hr": lambda scope: scope.facts.patient.hr,
    "spo2": lambda scope: scope.facts.patient.spo2,
    "iv_site": lambda scope: scope.facts.patient.iv_site,
    "infusion_number": lambda scope: _number(scope.facts.patient.screening.get("infusion_number")),
    "moment": lambda scope: scope.facts.case.moment,
    "visit_type": lambda scope: scope.facts.case.visit_type,
    "ecg_on_file": lambda scope: scope.facts.patient.ecg is not None,
    # Staff who are not known to be there are not counted on (contracts.md 1: "none or not known").
    "free_nurses": lambda scope: Decimal(scope.facts.case.site.free_nurses or 0),
    "acls_on_site": lambda scope: scope.facts.case.site.acls_on_site is True,
    "anesthesia_provider": lambda scope: scope.facts.case.site.anesthesia_provider is True,
    "drug_count": lambda scope: Decimal(len({drug.id for drug in scope.together})),
    "sedation_sum": lambda scope: Decimal(sum(drug.row.sedation.level for drug in scope.together)),
}


def _taken_within(entry: HomeMedication, hours: Decimal, scope: Scope) -> Truth:
    if entry.last_taken_at is None:
        return missing("last_taken_at")
    return abs(hours_between(entry.last_taken_at, scope.at)) < hours


def _home(scope: Scope, group: str) -> Truth:
    return any(entry.active for entry in scope.facts.home_of(group))


def _taken_at_home(scope: Scope, group: str, hours: Decimal) -> Truth:
    """By an entry of the group, or by a dose counted under our own drug."""
    if any(dose.where == "home" for dose in scope.counting().within(hours)):
        return True
    return either(_taken_within(entry, hours, scope) for entry in scope.facts.home_of(group))


def _amount_not_said(scope: Scope, group: str, hours: Decimal) -> Truth:
    if any(dose.where == "home" for dose in scope.counting().within(hours)):
        return False
    open_ones = [_taken_within(entry, hours, scope) for entry in scope.facts.home_of(group)]
    if any(isinstance(truth, Unknown) for truth in open_ones):
        return missing("last_taken_at")
    return missing("home_dose") if True in open_ones else False


def _rescue_visits(scope: Scope, days: Decimal) -> Decimal:
    within = [
        visit
        for visit in scope.facts.patient.rescue_visits
        if 0 <= hours_between(visit, scope.at) < days * 24
    ]
    return Decimal(len(within))


def _local_anesthetic(scope: Scope, hours: Decimal) -> Decimal:
    """mg of the infusion and of a nerve block of the same day (drug row, `cumulative_local_anesthetic`)."""
    block = scope.facts.patient.screening.get("nerve_block")
    infused = scope.counting().amount(hours)
    if block is None or (block.at is not None and abs(hours_between(block.at, scope.at)) >= hours):
        return infused
    return infused + Decimal(block.amount)


def _known(scope: Scope, name: str) -> bool:
    return not isinstance(scope.value(name), Unknown)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "known": _known,
    "ecg_within": lambda scope, hours: scope.facts.ecg_within(hours),
    "negative_hcg_within": lambda scope, hours: scope.facts.negative_hcg_within(hours),
    "home": _home,
    "taken_at_home": _taken_at_home,
    "amount_not_said": _amount_not_said,
    "rescue_visits": _rescue_visits,
    "amount": lambda scope, hours: scope.counting().amount(hours),
    "doses": lambda scope, hours: Decimal(scope.counting().number(hours)),
    "courses": lambda scope, hours: Decimal(scope.counting().courses(hours)),
    "days_used": lambda scope, days: Decimal(scope.counting().days_used(days)),
    "consecutive_days": lambda scope: Decimal(scope.counting().consecutive_days()),
    "days_since_last": lambda scope: scope.counting().days_since_last(),
    "previous_doses": lambda scope: Decimal(len(scope.counting().before)),
    "last_amount": lambda scope: scope.counting().last_amount(),
    "local_anesthetic": _local_anesthetic,
    "contains": lambda scope, text: text in _line(scope).contains,
    "allergen": lambda scope, group: scope.drug is not None and group in allergens_of(scope.drug, scope.line),
    "has_tag": lambda scope, tag: scope.drug is not None and tag in scope.drug.tags,
    "any_tag": lambda scope, tag: any(tag in drug.tags for drug in scope.together),
}
