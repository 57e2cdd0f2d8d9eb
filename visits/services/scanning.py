"""Wristband, label and vial, scanned before a start: whose it is, and from which lot."""

from collections.abc import Sequence
from typing import Any

from infusion_center.errors import DomainError
from regimens.models import Lot
from regimens.selectors import on_hand
from visits.models import Administration
from visits.selectors import preparing
from visits.services.lines import CannotGive


def read(line: Administration, facts: dict[str, Any], offered: Sequence[Lot]) -> dict[str, Any]:
    """The facts of a start with its scans read: `scanned` in words, and the lot of a scanned vial.

    Facts without scans come back as they are. Raises CannotGive.
    """
    if "wristband" not in facts:
        return facts
    left = dict(facts)
    scanned, found = fits(line, wristband=left.pop("wristband"), scan=left.pop("scan"), offered=offered)
    return left | {"scanned": scanned, "lots": found or left.get("lots", [])}


def fits(line: Administration, *, wristband: str, scan: str, offered: Sequence[Lot]) -> tuple[str, list[Lot]]:
    """What was scanned and fits, in words, and the lot of a scanned vial. Empty scans say nothing.

    Raises CannotGive at the field: another patient, another bag, a vial that is not of this drug.
    """
    wristband, scan = wristband.strip(), scan.strip()
    done = []
    if wristband:
        _is(
            wristband,
            preparing.WRISTBAND,
            str(line.visit.key),
            "wristband",
            "This is not the patient's wristband",
        )
        done.append("wristband")
    if not scan:
        return ", ".join(done), []
    mixture = preparing.standing_of(line)
    if mixture is not None or scan.startswith(preparing.LABEL):
        key = str(mixture.key) if mixture else ""
        _is(scan, preparing.LABEL, key, "scan", "This is not the label of what was mixed for this line")
        return ", ".join([*done, "label"]), []
    return ", ".join([*done, "vial"]), [_lot(line, scan, offered)]


def _is(text: str, mark: str, key: str, field: str, no: str) -> None:
    if text != f"{mark}{key}":
        raise CannotGive(f"{no}. Nothing was started.", field=field)


def _lot(line: Administration, scan: str, offered: Sequence[Lot]) -> Lot:
    """The lot on the shelf that the vial names."""
    try:
        found = on_hand.product_by_code(scan)
    except DomainError as no:
        raise CannotGive(no.message, field="scan") from no
    if found.product.drug_id != line.drug_id:
        raise CannotGive(f"This vial is not {line.drug.name}. Nothing was started.", field="scan")
    for lot in offered:
        if lot.product_id == found.product.pk and found.number in ("", lot.number):
            return lot
    raise CannotGive(f"Lot {found.number} may not be used here: choose another.", field="scan")
