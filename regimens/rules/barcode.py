"""What a scanned package says: GS1 element strings, read by biip. `billing.md` 8, scan."""

import re
from dataclasses import dataclass
from datetime import date

import biip
from biip.checksums import gs1_standard_check_digit
from biip.gs1_messages import GS1Message

from infusion_center.errors import DomainError

SEPARATOR = "\x1d"
TYPED_SEPARATOR = re.compile(r"<GS>|\{GS\}", re.IGNORECASE)  # scanners that act as keyboards type it out
BARE_GTIN = re.compile(r"[0-9]{12,14}")
DRUG_PREFIX = "03"  # a United States drug: what follows are the ten digits of its NDC

WHY = {
    "bad_format": "This is not a GS1 barcode of a package: scan the square code again.",
    "gtin_check_digit": "The check digit of the product number is wrong: scan again, do not type it.",
}


class BadBarcode(DomainError):
    """A scan that cannot be trusted; `reason` is `bad_format` or `gtin_check_digit`."""

    def __init__(self, reason: str):
        super().__init__(WHY[reason], field="barcode")
        self.reason = reason


@dataclass(frozen=True)
class Scan:
    """A package as scanned; None for what its code does not carry.

    `ndc10` has no hyphens, so no eleven-digit NDC follows from it: the item catalogue knows the link.
    """

    gtin: str | None
    ndc10: str | None
    expiry: date | None = None
    lot: str | None = None
    serial: str | None = None


def read_scan(raw: str) -> Scan:
    """GTIN (14 digits), NDC digits, expiry (day 00 is the month's last), lot and serial. Raises BadBarcode."""
    text = TYPED_SEPARATOR.sub(SEPARATOR, raw).strip().replace("]d2" + SEPARATOR, "]d2")
    if not text or not text.isascii():
        raise BadBarcode("bad_format")
    if BARE_GTIN.fullmatch(text):
        gtin = _checked(text.zfill(14))
        return Scan(gtin=gtin, ndc10=_ndc_digits(gtin))
    message = _message(text)
    gtin = _value(message, "01")
    if gtin is not None:
        _checked(gtin)
    return Scan(
        gtin=gtin,
        ndc10=_ndc_digits(gtin) if gtin else None,
        expiry=_expiry(message),
        lot=_value(message, "10"),
        serial=_value(message, "21"),
    )


def _message(text: str) -> GS1Message:
    try:
        message = biip.parse(text).gs1_message
    except biip.BiipException as no:
        raise BadBarcode("bad_format") from no
    if message is None:
        raise BadBarcode("bad_format")
    return message


def _value(message: GS1Message, identifier: str) -> str | None:
    found = message.element_strings.get(ai=identifier)
    return found.value if found else None


def _expiry(message: GS1Message) -> date | None:
    found = message.element_strings.get(ai="17")
    return found.date if found else None


def _checked(gtin: str) -> str:
    if gs1_standard_check_digit(gtin[:-1]) != int(gtin[-1]):
        raise BadBarcode("gtin_check_digit")
    return gtin


def _ndc_digits(gtin: str) -> str | None:
    return gtin[3:13] if gtin[1:3] == DRUG_PREFIX else None
