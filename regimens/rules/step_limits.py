"""What nobody means when typing a step: zero, a wrong unit, a number with too many digits.

Whether a dose suits a patient is not asked here: that is the safety rules' to say.
"""

from dataclasses import dataclass
from decimal import Decimal

MOST_STEPS = 20
MOST_DOSE, MOST_PER_KG = Decimal(20_000), Decimal(1_000)  # mg or mL, and the same per kg
MOST_MINUTES, MOST_GAP = 720, 480
MOST_VOLUME = Decimal(5_000)  # mL
UNITS = ("mg", "mL")


@dataclass(frozen=True)
class Typed:
    """A step as typed. `ordered_in` is the drug's own unit (`mg`, `mL`), empty where nothing says."""

    drug: str
    dose: Decimal
    unit: str
    ordered_in: str
    minutes: int
    volume_ml: Decimal | None
    gap_minutes: int
    only_if_pain_over: int | None


def problems(typed: Typed) -> dict[str, str]:
    """One sentence per field that cannot be; empty when all can."""
    found = {
        "dose": _dose(typed),
        "unit": _unit(typed),
        "minutes": _whole(typed.minutes, 1, MOST_MINUTES, "A step takes"),
        "gap_minutes": _whole(typed.gap_minutes, 0, MOST_GAP, "The wait before a step is"),
        "volume_ml": _volume(typed.volume_ml),
        "only_if_pain_over": _pain(typed.only_if_pain_over),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _dose(typed: Typed) -> str:
    most = MOST_PER_KG if typed.unit.endswith("/kg") else MOST_DOSE
    if not typed.dose.is_finite() or typed.dose <= 0:
        return "The dose must be more than zero."
    return "" if typed.dose <= most else f"Nobody gives more than {most:,f} {typed.unit}: check the dose."


def _unit(typed: Typed) -> str:
    plain = typed.unit.removesuffix("/kg")
    if plain not in UNITS or plain != (typed.ordered_in or plain):
        own = typed.ordered_in or "mg"
        return f"{typed.drug[:1].upper()}{typed.drug[1:]} is ordered in {own} or {own}/kg."
    return ""


def _volume(volume: Decimal | None) -> str:
    if volume is None:
        return ""
    if not volume.is_finite() or volume <= 0:
        return "The volume must be more than zero, or left empty."
    return "" if volume <= MOST_VOLUME else f"A volume is at most {MOST_VOLUME:,f} mL: check it."


def _whole(number: int, least: int, most: int, what: str) -> str:
    return "" if least <= number <= most else f"{what} {least} to {most} minutes."


def _pain(over: int | None) -> str:
    return "" if over is None or 0 <= over <= 10 else "Pain is a number from 0 to 10."
