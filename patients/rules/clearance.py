"""Creatinine clearance by Cockcroft and Gault: Nephron 1976;16(1):31-41, in the form of FDA labels.

(140 - age in years) x weight in kg / (72 x serum creatinine in mg/dL), x 0.85 for a woman, in mL/min. The
weight is the actual one; the formula was made on people from 18 to 92 years, with a stable creatinine.
"""

from decimal import ROUND_HALF_UP, Decimal

from infusion_center.errors import DomainError

SOURCE = "Cockcroft and Gault 1976, actual weight"
YOUNGEST, OLDEST = 18, 110
OF_A_WOMAN = Decimal("0.85")


class CannotCompute(DomainError):
    """Something that the formula needs is not known, or it was not made for this person."""


def cockcroft_gault(
    *, creatinine_mg_dl: Decimal, age_years: int, weight_kg: Decimal | None, sex_at_birth: str
) -> Decimal:
    """mL/min, whole. Raises CannotCompute with what is missing; an unknown sex is not taken for another."""
    if age_years < YOUNGEST:
        raise CannotCompute(
            f"Not computed under {YOUNGEST} years: enter the clearance the laboratory reports."
        )
    if age_years > OLDEST:
        raise CannotCompute("Not computed: check the birth date.")
    if sex_at_birth not in ("female", "male"):
        raise CannotCompute("Not computed: the sex at birth is not known.")
    if weight_kg is None:
        raise CannotCompute("Not computed: no weight of the last 30 days.")
    if creatinine_mg_dl <= 0:
        raise CannotCompute("Not computed: the creatinine is zero.")
    clearance = (140 - age_years) * weight_kg / (72 * creatinine_mg_dl)
    if sex_at_birth == "female":
        clearance *= OF_A_WOMAN
    return clearance.quantize(Decimal(1), rounding=ROUND_HALF_UP)
