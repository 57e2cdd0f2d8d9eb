"""The patients: the shipped synthetic bundles, completed by the demo with coverage and today's weight."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from infusion_center.accounts.models import User
from infusion_center.audit import history as audit
from patients.models import Patient, Payer
from patients.services import coverage, history, registration

BUNDLES = Path(settings.BASE_DIR) / "infusion_center" / "reference" / "demo_patients"
# name, payer id, SBR09
PAYERS = [
    ("PRAIRIE HEALTH PLAN", "PRAIR", "CI"),
    ("LAKES BLUE SHIELD", "LAKEB", "BL"),
    ("MEDICARE PART B", "MCARB", "MB"),
]


@dataclass(frozen=True)
class Guest:
    """One patient of the demo day and what the desk knows of them today."""

    family: str
    kg: str
    payer: str
    email: str = ""


GUESTS = [
    Guest("Rice", "71.4", "PRAIR"),
    Guest("Larson", "88.0", "LAKEB"),
    Guest("Sanford", "66.2", "PRAIR"),
    Guest("Toy", "59.5", "LAKEB"),
    Guest("Ortiz", "79.1", "PRAIR"),
    Guest("Vargas", "61.2", "PRAIR"),
    Guest("O'Hara", "92.7", "LAKEB"),
    Guest("Veum", "64.8", "PRAIR"),
    Guest("Schroeder", "83.3", "LAKEB"),
    Guest("Klein", "77.0", "MCARB"),
    Guest("Champlin", "95.5", "MCARB"),
    Guest("Green", "74.9", "MCARB"),
    Guest("Stiedemann", "58.1", "MCARB"),
    Guest("Echevarría", "57.3", "PRAIR", email="carla@example.org"),
]


def make(*, desk: User, nurse: User, at: datetime) -> dict[str, Patient]:
    """Import the bundles once, then complete the guests. Family name to patient."""
    if not Patient.objects.exists():
        call_command("import_fhir", str(BUNDLES), verbosity=0)
        for name, payer_id, filing_code in PAYERS:
            with audit.verb("demo.payer_made", by=None, at=at):
                Payer.objects.get_or_create(
                    payer_id=payer_id, defaults={"name": name, "filing_code": filing_code}
                )
        for guest in GUESTS:
            _complete(guest, desk=desk, nurse=nurse, at=at)
    adults = Patient.objects.kept().filter(birth_date__lt=at.date() - timedelta(days=18 * 366))
    return {patient.family_name: patient for patient in adults.order_by("pk")}


def _complete(guest: Guest, *, desk: User, nurse: User, at: datetime) -> None:
    patient = (
        Patient.objects.filter(family_name=guest.family, birth_date__lt="2006-01-01").order_by("pk").first()
    )
    if patient is None:
        return
    payer = Payer.objects.get(payer_id=guest.payer)
    covered = coverage.add_coverage(
        patient=patient, payer=payer, member_id=f"{guest.payer}{patient.number}", by=desk, at=at
    )
    coverage.verify(coverage=covered, by=desk, at=at)
    if guest.email:
        registration.correct(patient=patient, email=guest.email, by=desk, at=at)
    history.measure(
        patient=patient, kind="weight", value=Decimal(guest.kg), unit="kg", measured_at=at, by=nurse, at=at
    )
    for what in ("allergies", "medications"):
        patient.refresh_from_db()
        if getattr(patient, what) == "not_asked" and guest.family not in {"Green", "Klein"}:
            history.answer_none(patient=patient, what=what, by=nurse, at=at)
