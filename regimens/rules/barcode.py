"""What a scanned package says: GS1 element strings, read by biip. `billing.md` 8, scan.

biip is loaded by the first scan: its tables take 15 MB, which no process needs that never scans.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from infusion_center.errors import DomainError

if TYPE_CHECKING:
    from biip.gs1_messages import GS1Message

SEPARATOR = "\x1d"
TYPED_SEPARATOR = re.compile(r"<GS>|\{GS\}", re.IGNORECASE)  # scanners that act as keyboards type it out
BARE_DRUG_GTIN = re.compile(r"3[0-9]{11}|03[0-9]{11}|[0-9]03[0-9]{11}")  # a linear code, without identifiers
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
    """GTIN (14 digits), NDC digits, expiry (day 00: the month's last), lot, serial. Raises BadBarcode."""
    text = TYPED_SEPARATOR.sub(SEPARATOR, raw).strip().replace("]d2" + SEPARATOR, "]d2")
    if not text or not text.isascii():
        raise BadBarcode("bad_format")
    if BARE_DRUG_GTIN.fullmatch(text):
        return _scan(text.zfill(14))
    message = _message(text)
    return replace(
        _scan(_value(message, "01")),
        expiry=_expiry(message),
        lot=_value(message, "10"),
        serial=_value(message, "21"),
    )


def _scan(gtin: str | None) -> Scan:
    if gtin is None:
        return Scan(gtin=None, ndc10=None)
    from biip.checksums import gs1_standard_check_digit

    if gs1_standard_check_digit(gtin[:-1]) != int(gtin[-1]):
        raise BadBarcode("gtin_check_digit")
    return Scan(gtin=gtin, ndc10=gtin[3:13] if gtin[1:3] == DRUG_PREFIX else None)


def _message(text: str) -> "GS1Message":
    import biip

    try:
        message = biip.parse(text).gs1_message
    except (biip.BiipException, IndexError) as no:  # a lone "]" is an IndexError inside biip
        raise BadBarcode("bad_format") from no
    if message is None or not message.element_strings:
        raise BadBarcode("bad_format")
    return message


def _value(message: "GS1Message", identifier: str) -> str | None:
    found = message.element_strings.get(ai=identifier)
    return found.value if found else None


def _expiry(message: "GS1Message") -> date | None:
    found = message.element_strings.get(ai="17")
    return found.date if found else None
