"""Two invented patients and their claims: a preventive infusion, and a same-day cocktail for a child."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from billing.x12.values import (
    Address,
    Batch837,
    BillingProvider,
    Claim837,
    ControlNumbers,
    Line837,
    Patient,
    Payer,
    PersonName,
    Receiver,
    RenderingProvider,
    Submitter,
    Subscriber,
)

DAY = date(2026, 11, 20)
SENT_AT = datetime(2026, 11, 21, 7, 30)

ADDRESS = Address("12 Harbour St.", "Springfield", "IL", "62701-1234", line2="Apt. 4")
DANA = RenderingProvider(PersonName("Ordway", "Dana", "Q"), "1122333341", "2084N0400X")
PIA = Subscriber(
    PersonName("Peña-O’Brien", "Zoë", "M"),
    "mbr001234567",
    date(1984, 5, 6),
    "F",
    ADDRESS,
    group_number="GRP77",
)
TOM = Subscriber(PersonName("Tester", "Tom"), "W55501234")
TESSA = Patient(PersonName("Tester", "Tessa"), "19", date(2006, 2, 3), "F", ADDRESS)
COMMERCIAL = Payer("R&R Health Plan", "60054", "CI")


def line(number: int, code: str, charge: str, **more: object) -> Line837:
    facts = {"units": Decimal(1), "pointers": (1,), "service_on": DAY, "line_control": f"L{number:04d}"}
    return Line837(number=number, procedure_code=code, charge=Decimal(charge), **(facts | more))


def preventive(number: str = "CLM-0001") -> Claim837:
    """Eptinezumab 100 mg with its authorization; one vial used up, so JZ."""
    drug = line(
        2, "J3032", "1850.00", units=Decimal(100), modifiers=("JZ",),
        ndc11="67386013051", ndc_quantity=Decimal(1), ndc_unit="ML",
    )  # fmt: skip
    return Claim837(
        number=number,
        charge=Decimal("2100.00"),
        place_of_service="11",
        subscriber=PIA,
        payer=COMMERCIAL,
        diagnoses=("G43709",),
        lines=(line(1, "96365", "250.00"), drug),
        rendering=DANA,
        authorization_number="AUTH998877",
        authorization_required=True,
        chart_number="MRN000123",
    )


def cocktail(number: str = "CLM-0002") -> Claim837:
    """Magnesium, ketorolac and ketamine for a dependent, with a separate office visit."""
    return Claim837(
        number=number,
        charge=Decimal("612.35"),
        place_of_service="49",
        subscriber=TOM,
        patient=TESSA,
        payer=Payer("Example Blue", "00590", "BL"),
        diagnoses=("G43701", "R112"),
        lines=(
            line(1, "99213", "150.00", modifiers=("25",)),
            line(2, "96365", "250.00"),
            line(3, "96361", "60.00", modifiers=("59",), pointers=(2, 1)),
            line(
                4, "J3475", "12.35", units=Decimal(4),
                ndc11="00409672923", ndc_quantity=Decimal(4), ndc_unit="ML",
            ),
            line(
                5, "J3490", "140.00", description="Ketamine HCl 25 mg IV", note="Total dose 25 mg",
                ndc11="00143950810", ndc_quantity=Decimal("0.5"), ndc_unit="ML",
            ),
        ),
        rendering=DANA,
    )  # fmt: skip


def batch(*claims: Claim837, **more: object) -> Batch837:
    facts = {
        "submitter": Submitter("Harbour Headache Center", "HHC12345", "Bea Biller", "(217) 555-0142"),
        "receiver": Receiver("Example Clearinghouse", "CH987654"),
        "billing_provider": BillingProvider(
            "Harbour Headache Center", "1234567893", "261QI0500X", "12-3456789", ADDRESS, "217-555-0142"
        ),
        "claims": claims or (preventive(), cocktail()),
        "control": ControlNumbers(interchange=4711, group=815),
        "created_at": SENT_AT,
    }
    return Batch837(**(facts | more))


def with_line(claim: Claim837, place: int, **changes: object) -> Claim837:
    """The claim with one line (from 0) changed."""
    lines = [replace(one, **changes) if at == place else one for at, one in enumerate(claim.lines)]
    return replace(claim, lines=tuple(lines))
