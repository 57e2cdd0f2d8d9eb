"""What a professional claim says, as plain values, before it is written as 837P text.

Texts are as the practice keeps them (accents, mixed case); the writer cleans them. Codes and numbers are
in wire form: ICD without the point, NDC as 11 digits, NPI as 10 digits. Money and quantities are Decimal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Sex = Literal["M", "F", "U"]
Usage = Literal["P", "T"]
Frequency = Literal["1", "7", "8"]
NdcUnit = Literal["F2", "GR", "ME", "ML", "UN"]


@dataclass(frozen=True, slots=True)
class PersonName:
    last: str
    first: str = ""
    middle: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    line1: str
    city: str
    state: str
    zip_code: str
    line2: str = ""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who sends the file. `identifier` is what the clearinghouse gave us; `phone` has ten digits."""

    name: str
    identifier: str
    contact_name: str
    phone: str
    interchange_qualifier: str = "ZZ"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes the file: the clearinghouse, or the payer itself."""

    name: str
    identifier: str
    interchange_qualifier: str = "ZZ"


@dataclass(frozen=True, slots=True)
class BillingProvider:
    """The practice: its organisation NPI, its taxonomy (billing.md 10) and its tax number."""

    name: str
    npi: str
    taxonomy: str
    tax_id: str
    address: Address
    phone: str = ""


@dataclass(frozen=True, slots=True)
class RenderingProvider:
    name: PersonName
    npi: str
    taxonomy: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who holds the policy. Birth date, sex and address are needed only when they are the patient."""

    name: PersonName
    member_id: str
    birth_date: date | None = None
    sex: Sex = "U"
    address: Address | None = None
    group_number: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """The patient when somebody else holds the policy.

    `relationship` to the subscriber is PAT01: 01 spouse, 19 child, G8 other.
    """

    name: PersonName
    relationship: str
    birth_date: date
    sex: Sex
    address: Address


@dataclass(frozen=True, slots=True)
class Payer:
    """`filing_code` is SBR09: MB Medicare B, MC Medicaid, CI commercial, BL Blue, HM, CH ..."""

    name: str
    payer_id: str
    filing_code: str


@dataclass(frozen=True, slots=True)
class Line837:
    """One service line.

    `number` counts 1, 2, 3 within the claim. `pointers` count from 1 into the claim's diagnoses, most
    important first. `ndc_quantity` is the quantity of the product in `ndc_unit`, not HCPCS units
    (billing.md 2.3). `description` is the drug name and dose that an unclassified code must carry
    (billing.md 2.2). `line_control` comes back in the 835 as REF*6R.
    """

    number: int
    procedure_code: str
    charge: Decimal
    units: Decimal
    pointers: tuple[int, ...]
    service_on: date
    line_control: str
    modifiers: tuple[str, ...] = ()
    description: str = ""
    note: str = ""
    ndc11: str = ""
    ndc_quantity: Decimal | None = None
    ndc_unit: NdcUnit | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Claim837:
    """One claim. `number` is CLM01: it comes back in every answer, so it is sent exactly as it is.

    `payer_claim_number` (REF*F8) is what frequency 7 and 8 refer to; `chart_number` goes to REF*EA.
    """

    number: str
    charge: Decimal
    place_of_service: str
    subscriber: Subscriber
    payer: Payer
    diagnoses: tuple[str, ...]
    lines: tuple[Line837, ...]
    patient: Patient | None = None
    rendering: RenderingProvider | None = None
    frequency: Frequency = "1"
    payer_claim_number: str = ""
    authorization_number: str = ""
    authorization_required: bool = False
    chart_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ControlNumbers:
    """Each 1 to 999,999,999. `first_set` numbers the first transaction set; the others follow it."""

    interchange: int
    group: int
    first_set: int = 1


@dataclass(frozen=True, slots=True)
class Batch837:
    """One file. `created_at` is local to the site, because X12 carries no zone.

    `claims` may be anything that can be walked more than once: a tuple, or an object that reads rows in
    pieces, so that ten thousand claims need not be held at a time.
    """

    submitter: Submitter
    receiver: Receiver
    billing_provider: BillingProvider
    claims: Iterable[Claim837]
    control: ControlNumbers
    created_at: datetime
    usage: Usage = "T"
