"""Bring in the published prices: the fee schedule, the localities and the drug limits of CMS, as published.

The files are kept as they came. A file loaded before costs one query; a row that changed is said.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.db import transaction

import infusion_center
from billing.models import DrugLimit, Locality, RelativeValue
from infusion_center.audit import history
from infusion_center.errors import DomainError
from infusion_center.shared.reference_sync import Changes, sync
from regimens.models import ReferenceLoad

FILES = Path(infusion_center.__file__).parent / "reference" / "cms"
ENCODING = "cp1252"  # CMS saves from a spreadsheet
PAYABLE = "A"  # status of a code that the fee schedule prices; others have no rate of their own
LIMITS_IN_FORCE = re.compile(r"Effective (\w+ \d+, \d{4}) through (\w+ \d+, \d{4})")
INDEX_FIELDS = ["state", "name", "work", "practice", "malpractice", "valid_to"]


class BadPriceFile(DomainError):
    """A file that does not look as CMS publishes it."""


Rows = list[list[str]]


@dataclass(frozen=True)
class PriceFile:
    """One kind of file: which names it has, and what brings its rows in."""

    kind: str
    pattern: str
    bring_in: Callable[[Rows, str], Changes]


def load_prices(*, at: datetime, folder: Path = FILES) -> list[Changes]:
    """Load every price file of the folder that is new or changed. Raises BadPriceFile naming the file."""
    return [_load(kind, path, at=at) for kind in KINDS for path in sorted(folder.glob(kind.pattern))]


def _load(kind: PriceFile, path: Path, *, at: datetime) -> Changes:
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    with transaction.atomic(), history.verb("reference.loaded", by=None, at=at):
        last = ReferenceLoad.objects.select_for_update().filter(name=path.stem[:60]).first()
        if last and last.digest == digest:
            return Changes(f"{kind.kind}, loaded before")
        changes = _read(kind, path, raw)
        facts = {"digest": digest, "loaded_at": at, "release": path.stem[:60]}
        ReferenceLoad.objects.update_or_create(name=path.stem[:60], defaults=facts)
    return changes


def _read(kind: PriceFile, path: Path, raw: bytes) -> Changes:
    try:
        return kind.bring_in(list(csv.reader(raw.decode(ENCODING).splitlines())), path.stem)
    except (KeyError, IndexError, ValueError, InvalidOperation) as broken:
        raise BadPriceFile(f"{path.name} does not look as published ({type(broken).__name__}).") from broken


def _relative_values(rows: Rows, stem: str) -> Changes:
    year = _year(stem)
    shipped = [
        RelativeValue(
            code=row["code"],
            work=Decimal(row["work_rvu"]),
            practice=Decimal(row["nonfacility_pe_rvu"]),
            malpractice=Decimal(row["mp_rvu"]),
            conversion_factor=Decimal(row["conversion_factor"]),
            **year,
        )
        for row in _named(rows)
        if row["status"] == PAYABLE
    ]
    fields = ["work", "practice", "malpractice", "conversion_factor", "valid_to"]
    return _sync(RelativeValue, shipped, table="relative values", key=["code", "valid_from"], fields=fields)


def _localities(rows: Rows, stem: str) -> Changes:
    year = _year(stem)
    shipped = [
        Locality(
            mac=row["mac"],
            state=row["state"],
            locality=row["locality"],
            name=row["name"].strip()[:80],
            work=Decimal(row["work_gpci"]),
            practice=Decimal(row["pe_gpci"]),
            malpractice=Decimal(row["mp_gpci"]),
            **year,
        )
        for row in _named(rows)
    ]
    key = ["mac", "locality", "valid_from"]
    return _sync(Locality, shipped, table="localities", key=key, fields=INDEX_FIELDS)


def _drug_limits(rows: Rows, stem: str) -> Changes:
    """Eight lines of notes, among them the quarter, then the table. A limit of `N/A` is no limit."""
    first, last = _quarter(rows)
    table = rows[next(at for at, row in enumerate(rows) if row[0] == "HCPCS Code") :]
    shipped = [
        DrugLimit(
            code=row["HCPCS Code"],
            dosage=row["HCPCS Code Dosage"][:40],
            limit=Decimal(row["Payment Limit"]),
            valid_from=first,
            valid_to=last,
        )
        for row in _named(table)
        if row["HCPCS Code"] and row["Payment Limit"] not in ("", "N/A")
    ]
    fields = ["dosage", "limit", "valid_to"]
    return _sync(DrugLimit, shipped, table="drug limits", key=["code", "valid_from"], fields=fields)


KINDS = (
    PriceFile("relative values", "pfs_rvu_*.csv", _relative_values),
    PriceFile("localities", "gpci_*.csv", _localities),
    PriceFile("drug limits", "asp_pricing_*.csv", _drug_limits),
)


def _sync(model: type[Any], shipped: list[Any], *, table: str, key: list[str], fields: list[str]) -> Changes:
    """Rows of this release only: those of another one stay. Raises ValueError for a file without rows."""
    if not shipped:
        raise ValueError(f"no {table} in it")
    stored = model.objects.filter(valid_from__in={row.valid_from for row in shipped})
    return sync(
        stored,
        shipped,
        table=table,
        key=key,
        fields=fields,
        name=lambda row: " ".join(str(getattr(row, k)) for k in key),
    )


def _named(rows: Rows) -> Iterator[dict[str, str]]:
    head = rows[0]
    return (dict(zip(head, row, strict=False)) for row in rows[1:] if row)


def _year(stem: str) -> dict[str, date]:
    year = int(stem.rpartition("_")[2])
    return {"valid_from": date(year, 1, 1), "valid_to": date(year, 12, 31)}


def _quarter(rows: Rows) -> tuple[date, date]:
    said = next(found for row in rows if (found := LIMITS_IN_FORCE.search(row[0])))
    first, last = (datetime.strptime(day, "%B %d, %Y").date() for day in said.groups())  # noqa: DTZ007 - a day
    return first, last
