"""What stands mixed for a line, its label and the patient's wristband."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infusion_center.shared import clock, squares
from patients.models import Patient
from patients.selectors import card as patient_card
from visits.models import Administration, Preparation, VialUse, Visit
from visits.rules import preparing as rules
from visits.selectors import facts

LABEL, WRISTBAND = "IC-M:", "IC-V:"  # in front of a key in a barcode, so that no scan is taken for another


@dataclass(frozen=True)
class Label:
    """Everything that stands on a bag or syringe. Moments are on the site's wall clock."""

    visit: Visit
    line: Administration
    mixture: Preparation
    name: str
    uses: Sequence[VialUse]
    mixed_at: datetime
    use_by: datetime
    needs_check: bool
    square: str


@dataclass(frozen=True)
class Wristband:
    """`person` has `active_allergies`, and `allergies`: whether anybody has asked."""

    visit: Visit
    person: Patient
    square: str


def standing_of(line: Administration) -> Preparation | None:
    """Mixed and not thrown away."""
    found = Preparation.objects.filter(administration=line.pk, thrown_at=None)
    return found.select_related("mixed_by", "checked_by").first()


def label_of(visit: Visit, mixture: Preparation) -> Label:
    line, zone = mixture.administration, visit.site.zone
    uses = line.vials.filter(reversed_at=None, given__gt=0).select_related("lot__product").order_by("pk")
    return Label(
        visit=visit,
        line=line,
        mixture=mixture,
        name=facts.person_of(visit).name,
        uses=list(uses),
        mixed_at=clock.local(mixture.mixed_at, zone),
        use_by=clock.local(mixture.use_by, zone),
        needs_check=rules.needs_second_check(line.drug.class_tags),
        square=squares.square(f"{LABEL}{mixture.key}"),
    )


def wristband_of(visit: Visit) -> Wristband:
    person = patient_card.with_allergies([facts.person_of(visit)])[0]
    return Wristband(
        visit=visit,
        person=person,
        square=squares.square(f"{WRISTBAND}{visit.key}"),
    )
