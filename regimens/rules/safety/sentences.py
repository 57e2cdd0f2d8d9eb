"""The words of a finding: one sentence that a nurse can act on, with the numbers in it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from regimens.rules.safety.book import Drug, Rule
from regimens.rules.safety.case import HomeMedication, Line, hours_between

TENTH = Decimal("0.1")


def number(value: Decimal | int) -> str:
    """Without needless zeros; at most two places."""
    rounded = Decimal(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{rounded.normalize():f}" if rounded else "0"


def hours(value: Decimal) -> str:
    whole = value.quantize(TENTH, rounding=ROUND_HALF_UP)
    if whole < 1:
        return f"{number((value * 60).quantize(Decimal(1), rounding=ROUND_HALF_UP))} minutes"
    return f"{number(whole)} hour{'' if whole == 1 else 's'}"


def days(value: Decimal) -> str:
    return f"{number(value)} day{'' if value == 1 else 's'}"


def span(window: Decimal) -> str:
    """A window of hours in the words people use for it."""
    if window == 8760:
        return "12 months"
    return hours(window) if window < 48 else days(window / 24)


def title(drug: Drug) -> str:
    return drug.name[:1].upper() + drug.name[1:]


def dose(drug: Drug, line: Line) -> str:
    return f"{title(drug)} {number(line.dose)} {drug.unit}"


def home(entry: HomeMedication, at: datetime, *, within: bool) -> str:
    """`sumatriptan taken 6 hours ago`, or `with erythromycin at home`."""
    if entry.last_taken_at is None:
        return f"{entry.name}, last taken at a time not known" if within else f"with {entry.name} at home"
    ago = hours_between(entry.last_taken_at, at)
    if within or not entry.active:
        when = f"{hours(ago)} ago" if ago >= 0 else f"{hours(-ago)} later"
        return f"{entry.name} taken {when if abs(ago) < 72 else f'{days((ago / 24).quantize(TENTH))} ago'}"
    return f"with {entry.name} at home"


def together(drug: Drug, line: Line, *, given: bool, at: datetime) -> str:
    said = f"with {drug.name} {number(line.dose)} {drug.unit}"
    return f"{said} given {hours(hours_between(line.at, at))} ago" if given else said


def contraindication(drug: Drug, line: Line, label: str, note: str) -> str:
    return _sentence(f"{dose(drug, line)} and {label}", note)


def rule(of: Rule, subject: str, detail: str) -> str:
    """Which drug, what was met, why it matters: `Ketorolac 30 mg, with lithium at home: ...`."""
    if of.row.message:
        said = f"{subject}: {lower(of.row.message)}" if subject else of.row.message
        return _sentence(f"{said} ({detail})" if detail else said, "")
    window = of.row.window_hours
    what = ", ".join(part for part in (subject, detail) if part)
    if of.row.relation == "within_hours" and window is not None and detail:
        what = f"{what} ({span(window)} must pass)"
    return _sentence(what or of.row.title, of.row.reason)


def numbers(of: Rule, scope: Any) -> str:
    """The number a rule that counts has found."""
    if of.when is None:
        return ""
    window = of.row.window_hours or Decimal(0)
    if "amount" in of.when.uses:
        return f"{number(scope.counting().amount(window))} {scope.drug.unit} in {span(window)}"
    if "courses" in of.when.uses:
        return f"course {scope.counting().courses(window)} in {span(window)}"
    if "consecutive_days" in of.when.uses:
        return f"day {scope.counting().consecutive_days()} in a row"
    if "days_since_last" in of.when.uses:
        return f"{days(scope.counting().days_since_last())} after the last dose"
    if "qtc_ms" in of.when.uses and isinstance(scope.facts.qtc, Decimal):
        return f"QTc {number(scope.facts.qtc)} ms"
    return ""


def listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def missing(what: str, subject: str, entry: str) -> str:
    """What has to be asked or measured, and for which drug."""
    said = MISSING.get(what, f"{what.replace('_', ' ')} is not known")
    said = said.replace("{entry}", entry or "a home medication")
    return f"{subject}: {said}." if subject else f"{said[:1].upper()}{said[1:]}."


MISSING = {
    "weight_kg": "no weight of the last 30 days: weigh the patient",
    "crcl_ml_min": "no creatinine clearance of the last 12 months",
    "last_taken_at": "nobody knows when {entry} was last taken: ask",
    "pregnancy": "nobody knows whether the patient is pregnant: test or ask",
    "weeks": "the week of the pregnancy is not known",
    "contraception": "nobody asked about contraception",
    "vitals": "no blood pressure, and pre-eclampsia has to be excluded",
    "iv_site": "nobody wrote down where the IV is",
    "volume_ml": "no volume, so the concentration is not known",
    "minutes": "no running time",
    "nerve_block": "nobody asked about a nerve block today",
    "infusion_number": "nobody wrote down which infusion of the series this is",
    "home_dose": "how much was taken at home is not known",
    "sex_at_birth": "sex at birth is not recorded, and the limit depends on it",
    "conditions": "nobody has asked about other illnesses",
    "allergies": "nobody has asked about allergies",
    "home_medications": "nobody has asked what is taken at home",
}
ASKED = frozenset(MISSING)


def _sentence(what: str, why: str) -> str:
    why = why.strip().rstrip(".")
    what = what.strip().rstrip(".")
    what = what[:1].upper() + what[1:]
    return f"{what}: {lower(why)}." if why else f"{what}."


def lower(text: str) -> str:
    """The first letter small, unless the word is a name or an abbreviation (FDA, DHE, E.g.)."""
    first = text.split(" ", 1)[0]
    return text if len(first) > 1 and not first[1:].islower() else text[:1].lower() + text[1:]
