"""How much of an emergency drug: an adult's amount, or by the kilogram below a weight."""

from decimal import ROUND_HALF_UP, Decimal

ADULT_FROM_YEARS = 18
DRAWN_UP_TO = Decimal("0.01")


def proposed(
    *,
    amount: Decimal,
    per_kg: Decimal | None,
    below_kg: Decimal | None,
    age_years: int,
    weight_kg: Decimal | None,
) -> Decimal | None:
    """In the unit of `amount`, never more than it. None: a child whose weight nobody knows, or a drug without
    a dose by weight, so somebody has to say how much.
    """
    if weight_kg is None or per_kg is None or below_kg is None:
        return amount if age_years >= ADULT_FROM_YEARS else None
    if weight_kg >= below_kg:
        return amount
    return min(amount, (per_kg * weight_kg).quantize(DRAWN_UP_TO, rounding=ROUND_HALF_UP))
