"""What the rules say of drugs for a patient: the facts gathered from patient, shelf and visit, then asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from patients.models import Patient
from regimens.rules.safety.verdicts import Answer
from regimens.states import CheckMoment
from visits.models import Visit


@dataclass(frozen=True)
class Proposed:
    """One drug about to be ordered or started. `drug`: its code; `dose` in `unit`, never per kg."""

    drug: str
    dose: Decimal
    unit: str
    method: str
    minutes: int
    volume_ml: Decimal | None
    at: datetime
    indication: str = "headache"


def judge(
    *, patient: Patient, visit: Visit | None, proposed: Sequence[Proposed], moment: CheckMoment, at: datetime
) -> Answer:
    """The verdict on these drugs together, for this patient at this visit. Writes nothing."""
    return Answer()
