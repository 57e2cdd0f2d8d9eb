"""What a drug's own row says: contraindications, allergies, limits and doses."""

from collections.abc import Iterator
from decimal import Decimal

from regimens.rules.safety import sentences
from regimens.rules.safety.asking import Asking, Hit, Item
from regimens.rules.safety.book import AdjustedLimit, LimitRule
from regimens.rules.safety.doses import Counted
from regimens.rules.safety.rows import Limit
from regimens.rules.safety.scope import Scope, allergens_of
from regimens.rules.safety.unknown import Truth, both, is_true
from regimens.rules.safety.verdicts import Severity

DAY = Decimal(24)
AMOUNTS = frozenset({"mg", "mL"})
FAR_ABOVE = 2  # times the paediatric dose: published ranges (1-2 mg/kg, 0.1-0.15 mg/kg) end there
CREATININE_WANTED = frozenset({"creatinine_within_12_months", "renal_function_within_12_months"})


def hits_of(asking: Asking, item: Item) -> Iterator[Hit]:
    """Everything the row of this line's drug says about this patient."""
    yield from _contraindications(asking, item)
    yield from _allergies(asking, item)
    yield from _limits(asking, item)
    yield from _doses(asking, item)
    yield from _orderable(asking, item)


def _hit(item: Item, kind: str, severity: Severity, message: str, **more: object) -> Hit:
    rule = kind if kind == "not_orderable" else f"{item.drug.id}:{kind}"
    return Hit(rule, severity, item.drug, frozenset({item.drug.id}), message, **more)  # type: ignore[arg-type]


def _orderable(asking: Asking, item: Item) -> Iterator[Hit]:
    if not item.drug.row.orderable_default and item.drug.id not in asking.case.site.orderable:
        yield _hit(
            item,
            "not_orderable",
            Severity.BLOCK,
            f"{sentences.title(item.drug)} is switched off at this center.",
            fix="Choose another drug, or have the medical director switch it on.",
        )


def _contraindications(asking: Asking, item: Item) -> Iterator[Hit]:
    scope = asking.scope(item)
    for contra in item.drug.contraindications:
        truth = asking.tag(contra.row.tag, item)
        allergy = asking.book.tags[contra.row.tag].allergy_group
        if contra.when is not None:
            truth = both([truth, contra.when(scope)])
        if truth is not False:
            yield _hit(
                item,
                f"contraindication:{contra.row.tag}",
                contra.row.severity,
                sentences.contraindication(
                    item.drug, item.line, asking.label(contra.row.tag), contra.row.note
                ),
                causes=frozenset({contra.row.tag, allergy} - {None}),
                truth=truth,
            )


def _allergies(asking: Asking, item: Item) -> Iterator[Hit]:
    """To the drug or its class a block, to an excipient a reason; what a tag or rule names is theirs."""
    drug, allergies = item.drug, asking.facts.allergies
    named = {asking.book.tags[contra.row.tag].allergy_group for contra in drug.contraindications}
    found = (allergens_of(drug, item.line) & allergies) - named
    if drug.id in (asking.case.patient.allergies or frozenset()) and not drug.own_allergens:
        found |= {drug.id}
    for group in found:
        known = asking.book.allergy_groups.get(group)
        severity = Severity.OVERRIDE_REASON if known and known.excipient else Severity.BLOCK
        label = sentences.lower(known.label) if known else drug.name
        yield _hit(
            item,
            f"allergy:{group}",
            severity,
            f"{sentences.title(drug)}: the patient is allergic to {label}.",
            causes=frozenset({group}),
            fix="Choose a product without it." if known and known.excipient else "Choose another class.",
        )


# --- How often and how much ---------------------------------------------------------------------------


def _limits(asking: Asking, item: Item) -> Iterator[Hit]:
    for limit in item.drug.limits:
        scope = asking.scope(item)
        truth: Truth = limit.when(scope) if limit.when else True
        if truth is False or (limit.unless and is_true(limit.unless(scope))):
            continue
        said = _passed(asking, item, limit, scope)
        if said:
            kind: str = limit.row.kind
            if kind == "max_per_period" and limit.row.limit_unit in AMOUNTS and limit.row.hours == DAY:
                kind = "max_24h"
            yield _hit(
                item,
                f"limit:{limit.row.kind}",
                limit.row.severity,
                f"{sentences.dose(item.drug, item.line)}: {said}.",
                truth=truth,
                causes=frozenset({f"limit:{kind}"}),
                limit_kind=limit.row.kind,
                limit_hours=limit.row.hours,
            )


def _passed(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    """What is passed, in words; empty where nothing is."""
    return _PASSED[limit.row.kind](asking, item, limit, scope)


def _per_period(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    row, found, limit_is = limit.row, used_in_period(asking, item, limit, scope), most(limit, scope)
    if found <= limit_is:
        return ""
    unit = row.limit_unit.replace("_", " ").replace("days of pregnant use", "days")
    span, limit_words = sentences.span(row.hours), sentences.number(limit_is)
    return f"{sentences.number(found)} {unit} in {span}, the limit is {limit_words}"


def used_in_period(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> Decimal | int:
    """What counts against a `max_per_period` row up to the line, and the line if it is of the case."""
    row, counted = limit.row, scope.counting()
    if row.limit_unit == "steroid_courses":
        items = [*asking.given, *asking.ordered]
        steroids = [one.drug.id for one in items if "corticosteroid" in one.drug.tags]
        return asking.counted(item.line, steroids).courses(row.hours)
    if row.limit_unit in AMOUNTS:
        return counted.amount(row.hours)
    if row.limit_unit == "doses":
        return counted.number(row.hours)
    return counted.days_used(row.window)


def most(limit: LimitRule, scope: Scope) -> Decimal:
    """The row's number, or the lowest that the patient's condition sets."""
    found = [value for one in limit.adjusted if (value := _adjusted(one, scope)) is not None]
    return min([limit.row.limit, *found])


def _adjusted(one: AdjustedLimit, scope: Scope) -> Decimal | None:
    if not is_true(one.when(scope)):
        return None
    weight = scope.facts.patient.weight_kg
    if one.limit_per_kg is not None:
        return None if weight is None else one.limit_per_kg * weight
    return one.limit


def _interval(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    row, counted = limit.row, scope.counting()
    if row.window_unit == "hours":
        since, window = counted.hours_since_last(), row.window
        passed = f"{sentences.hours(since)} after the last dose, {sentences.hours(window)} must pass"
        return passed if since < window else ""
    since = counted.days_since_last_course() if row.limit_unit == "course" else counted.days_since_last()
    if since >= row.window:
        return ""
    return f"{sentences.days(since)} after the last {row.limit_unit}, {sentences.days(row.window)} must pass"


def _schedule(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    counted = scope.counting()
    number = len(counted.before)
    steps = limit.row.intervals
    wanted = steps[min(number, len(steps)) - 1] if steps and number else limit.row.window
    since = counted.days_since_last()
    if since >= wanted:
        return ""
    return f"{sentences.days(since)} after dose {number}, {sentences.days(wanted)} must pass"


def _courses(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    found = scope.counting().courses(limit.row.hours)
    return _counted_words(found, limit.row, "courses") if found > limit.row.limit else ""


def _consecutive(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    found = scope.counting().consecutive_days()
    if found <= limit.row.limit:
        return ""
    return f"day {found} in a row, the limit is {sentences.number(limit.row.limit)} days"


def _single(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    own = item.drug.row.adult_dose.max_single  # said by `dose:max_single`
    if item.line.dose <= limit.row.limit or (own is not None and own <= limit.row.limit):
        return ""
    return f"the limit of one dose is {sentences.number(limit.row.limit)} {item.drug.unit}"


def _local_anesthetic(asking: Asking, item: Item, limit: LimitRule, scope: Scope) -> str:
    weight = asking.case.patient.weight_kg
    if weight is None:
        return ""
    total = scope.call("local_anesthetic", (limit.row.hours,)) / weight
    if total <= limit.row.limit:
        return ""
    most = f"the limit is {sentences.number(limit.row.limit)} mg/kg"
    hours = sentences.span(limit.row.hours)
    return f"{sentences.number(total)} mg/kg of local anesthetic in {hours}, {most}"


def _counted_words(found: int, row: Limit, noun: str) -> str:
    return f"{found} {noun} in {sentences.span(row.hours)}, the limit is {sentences.number(row.limit)}"


_PASSED = {
    "max_per_period": _per_period,
    "min_interval": _interval,
    "usual_interval": _interval,
    "schedule": _schedule,
    "course": _courses,
    "max_consecutive": _consecutive,
    "max_single": _single,
    "cumulative_local_anesthetic": _local_anesthetic,
}


# --- Doses --------------------------------------------------------------------------------------------


def _doses(asking: Asking, item: Item) -> Iterator[Hit]:
    adult, minor = item.drug.row.adult_dose, asking.minor
    single = item.drug.row.pediatric_dose.max_single if minor else None
    single = single or adult.max_single
    if single is not None and item.line.dose > single:
        yield _too_much(item, "max_single", Severity.BLOCK, single, "the most for one dose")
    elif minor:
        yield from _above_per_kg(asking, item)
    else:
        yield from _above_usual(asking, item)
    yield from _above_day(asking, item)


def _above_usual(asking: Asking, item: Item) -> Iterator[Hit]:
    """Above an adult's usual maximum, or a lower ceiling of this patient's."""
    adult, weight = item.drug.row.adult_dose, asking.case.patient.weight_kg
    scope = asking.scope(item)
    found: list[tuple[Decimal, str]] = []
    usual = _times(adult.max, weight) if adult.unit.endswith("/kg") else adult.max
    if usual is not None:
        found.append((usual, "the usual maximum"))
    for ceiling in item.drug.ceilings:
        if is_true(ceiling.when(scope)):
            own = ceiling.row.max or _times(ceiling.row.max_per_kg, weight)
            if own is not None:
                found.append((own, f"the maximum here ({ceiling.row.use})"))
    passed = [one for one in found if item.line.dose > one[0]]
    if passed:
        limit, words = min(passed)
        yield _too_much(item, "max", Severity.WARN, limit, words)


def _above_per_kg(asking: Asking, item: Item) -> Iterator[Hit]:
    """Far above a minor's dose per kg or by age."""
    dose, patient = item.drug.row.pediatric_dose, asking.case.patient
    if item.drug.adult_dose_when and is_true(item.drug.adult_dose_when(asking.scope(item))):
        return
    usual = _times(dose.per_kg, patient.weight_kg)
    for band in dose.bands:
        years = (band.from_years, band.to_years)
        if None not in years and years[0] <= patient.age_years <= years[1]:  # type: ignore[operator]
            usual = band.dose_mg
    if usual is not None and item.line.dose > FAR_ABOVE * usual:
        words = "twice the paediatric dose of this patient"
        yield _too_much(item, "pediatric", Severity.OVERRIDE_REASON, FAR_ABOVE * usual, words)


def _above_day(asking: Asking, item: Item) -> Iterator[Hit]:
    """The day's sum above `max_24h`, where no limit of the row states one."""
    adult, scope = item.drug.row.adult_dose, asking.scope(item)
    stated = any(
        limit.row.kind == "max_per_period" and limit.row.hours == DAY and limit.row.limit_unit in AMOUNTS
        for limit in item.drug.limits
    )
    own = [
        ceiling.row.max_24h
        for ceiling in item.drug.ceilings
        if ceiling.row.max_24h is not None and is_true(ceiling.when(scope))
    ]
    most = min([*own, *([] if stated or adult.max_24h is None else [adult.max_24h])], default=None)
    counted: Counted = scope.counting()
    if most is not None and counted.amount(DAY) > most:
        unit = item.drug.unit
        total = f"{sentences.number(counted.amount(DAY))} {unit} in 24 hours"
        yield _hit(
            item,
            "dose:max_24h",
            Severity.OVERRIDE_REASON,
            f"{sentences.title(item.drug)}: {total}, the most is {sentences.number(most)} {unit} a day.",
        )


def _too_much(item: Item, kind: str, severity: Severity, limit: Decimal, words: str) -> Hit:
    most = f"{sentences.number(limit)} {item.drug.unit}"
    return _hit(
        item,
        f"dose:{kind}",
        severity,
        f"{sentences.dose(item.drug, item.line)} exceeds {most}, {words}.",
        fix=f"Reduce to {most} or less.",
        limit_kind=kind,
    )


def _times(per_kg: Decimal | None, weight: Decimal | None) -> Decimal | None:
    return None if per_kg is None or weight is None else per_kg * weight
