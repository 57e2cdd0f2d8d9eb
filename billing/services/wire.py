"""Rows of ours as the plain values of an 837P. Nothing is cleaned here: the writer cleans, or refuses."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from billing.models import Claim, ClaimLine
from billing.rules.claim_checks import pointers
from billing.x12 import values
from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from infusion_center.shared import clock
from patients.models import Coverage, Patient
from patients.models.coverage import Relationship

SEX: dict[str, values.Sex] = {"female": "F", "male": "M"}


def batch_values(
    claims: Sequence[tuple[Claim, Sequence[ClaimLine]]], *, site: Site, number: int, by: User, at: datetime
) -> values.Batch837:
    """One file of a site's claims; `number` is both its interchange and its group control number."""
    return values.Batch837(
        submitter=values.Submitter(
            name=site.legal_name,
            identifier=settings.X12_SUBMITTER_ID,
            contact_name=by.get_full_name() or by.username,
            phone=site.phone,
        ),
        receiver=values.Receiver(name=settings.X12_RECEIVER_NAME, identifier=settings.X12_RECEIVER_ID),
        billing_provider=values.BillingProvider(
            name=site.legal_name,
            npi=site.npi,
            taxonomy=site.taxonomy,
            tax_id=site.tax_id,
            address=values.Address(site.street, site.city, site.state, site.postal_code),
            phone=site.phone,
        ),
        claims=tuple(claim_values(claim, lines) for claim, lines in claims),
        control=values.ControlNumbers(interchange=number, group=number),
        created_at=clock.local(at, site.zone).replace(tzinfo=None),
        usage="P" if settings.X12_USAGE == "P" else "T",
    )


def claim_values(claim: Claim, lines: Iterable[ClaimLine]) -> values.Claim837:
    """A claim that has its coverage; `lines` in order, saved or not."""
    coverage, person = claim.coverage, claim.patient
    if coverage is None:
        raise ValueError("a claim without coverage has no payer to be written for")
    is_subscriber = coverage.relationship == Relationship.SELF
    written = tuple(_line(claim, line) for line in lines)
    return values.Claim837(
        number=claim.number,
        charge=claim.total,
        place_of_service=claim.site.place_of_service,
        subscriber=_patient_as_subscriber(person, coverage) if is_subscriber else _somebody_else(coverage),
        patient=None if is_subscriber else _dependent(person, coverage),
        payer=values.Payer(coverage.payer.name, coverage.payer.payer_id, coverage.payer.filing_code),
        diagnoses=tuple(claim.diagnoses),
        lines=written,
        rendering=_rendering(claim.rendering),
        frequency=claim.frequency,  # type: ignore[arg-type]  # one of 1, 7, 8, and checked before it is written
        chart_number=person.number,
    )


def _line(claim: Claim, line: ClaimLine) -> values.Line837:
    return values.Line837(
        number=line.position,
        procedure_code=line.code,
        charge=line.charge,
        units=line.units,
        pointers=pointers(line.code, claim.diagnoses),
        service_on=line.service_on,
        line_control=f"{claim.number}L{line.position:02d}",
        modifiers=tuple(line.modifiers),
        description=line.description,
        ndc11=line.ndc11,
        ndc_quantity=line.ndc_quantity,
        ndc_unit=line.ndc_unit,  # type: ignore[arg-type]  # the unit rules give ML or UN
    )


def _patient_as_subscriber(person: Patient, coverage: Coverage) -> values.Subscriber:
    return values.Subscriber(
        name=values.PersonName(person.family_name, person.given_name),
        member_id=coverage.member_id,
        birth_date=person.birth_date,
        sex=SEX.get(person.sex_at_birth, "U"),
        address=_address(person),
        group_number=coverage.group_number,
    )


def _somebody_else(coverage: Coverage) -> values.Subscriber:
    return values.Subscriber(
        name=values.PersonName(coverage.subscriber_family_name, coverage.subscriber_given_name),
        member_id=coverage.member_id,
        birth_date=coverage.subscriber_birth_date,
        sex=SEX.get(coverage.subscriber_sex, "U"),
        group_number=coverage.group_number,
    )


def _dependent(person: Patient, coverage: Coverage) -> values.Patient:
    return values.Patient(
        name=values.PersonName(person.family_name, person.given_name),
        relationship=coverage.relationship,
        birth_date=person.birth_date,
        sex=SEX.get(person.sex_at_birth, "U"),
        address=_address(person) or values.Address("", "", "", ""),
    )


def _address(person: Patient) -> values.Address | None:
    """None without a street: the checks then say that the address is missing."""
    if not person.street:
        return None
    return values.Address(person.street, person.city, person.state, person.postal_code)


def _rendering(user: User | None) -> values.RenderingProvider | None:
    if user is None:
        return None
    return values.RenderingProvider(
        values.PersonName(user.last_name, user.first_name), user.npi, user.taxonomy
    )
