"""`explain barcode`: what a scanned package says."""

from dataclasses import asdict
from typing import Any

from regimens.rules.barcode import BadBarcode, Scan, read_scan

from .case import InputCase

NOTHING = Scan(gtin=None, ndc10=None)


def answer(case: dict[str, Any]) -> dict[str, Any]:
    asked = InputCase.read(case)
    try:
        return _written(read_scan(asked.input), error=None)
    except BadBarcode as no:
        return _written(NOTHING, error=no.reason)


def _written(scan: Scan, *, error: str | None) -> dict[str, Any]:
    return {**asdict(scan), "expiry": scan.expiry.isoformat() if scan.expiry else None, "error": error}
