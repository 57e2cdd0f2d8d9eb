"""Bring in the diagnosis codes: one release of ICD-10-CM, some 98,000 rows, by COPY."""

import csv
import hashlib
import subprocess
import sys
from datetime import datetime
from importlib.metadata import version
from io import StringIO
from pathlib import Path

from django.db import connection, transaction

import infusion_center
from billing.models import IcdCode
from infusion_center.audit import history
from infusion_center.errors import DomainError
from infusion_center.shared.reference_sync import Changes
from regimens.models import ReferenceLoad

NAME = "icd10"
PACKAGE = "simple_icd_10_cm"
RELEASES = {"1.5.0": "April 2026"}  # what a version of the package holds (billing.md 3)
EFFECTIVE = Path(infusion_center.__file__).parent / "reference" / "icd10_effective.csv"
PROGRAM = (sys.executable, "-m", "billing.icd10_release")

STAGE = "CREATE TEMPORARY TABLE shipped (code text PRIMARY KEY, text text, billable boolean)"
UPSERT = """
INSERT INTO billing_icdcode AS kept (code, text, billable, release)
SELECT code, left(text, 300), billable, %(release)s FROM shipped
ON CONFLICT (code) DO UPDATE
SET text = excluded.text, billable = excluded.billable, release = excluded.release
WHERE (kept.text, kept.billable, kept.release)
IS DISTINCT FROM (excluded.text, excluded.billable, excluded.release)
RETURNING (xmax = 0)
"""


class NoRelease(DomainError):
    """The codes could not be read out of the package."""


def load_codes(*, at: datetime) -> Changes:
    """Load the shipped release unless it is the one loaded last. A second time costs one query.

    Codes of an earlier release that this one lacks stay, for claims of their days. Raises NoRelease.
    """
    dated = EFFECTIVE.read_text(encoding="utf-8")
    shipped = version(PACKAGE)
    digest = hashlib.sha256(f"{shipped}\n{dated}".encode()).hexdigest()
    last = ReferenceLoad.objects.filter(name=NAME).first()
    if last and last.digest == digest:
        return Changes("diagnosis codes, loaded before")
    return bring_in(_release(), release=RELEASES.get(shipped, shipped), dated=dated, digest=digest, at=at)


def bring_in(rows: str, *, release: str, dated: str, digest: str, at: datetime) -> Changes:
    """`rows` are those of icd10_release; `dated` is the table of the few codes whose dates we know."""
    changes = Changes("diagnosis codes")
    with (
        transaction.atomic(),
        history.verb("reference.loaded", by=None, at=at),
        connection.cursor() as cursor,
    ):
        cursor.execute(STAGE)
        cursor.copy_expert("COPY shipped FROM STDIN", StringIO(rows))
        cursor.execute(UPSERT, {"release": release[:20]})
        fresh = [new for (new,) in cursor.fetchall()]
        cursor.execute("DROP TABLE shipped")
        _date(dated)
        facts = {"digest": digest, "loaded_at": at, "release": release}
        ReferenceLoad.objects.update_or_create(name=NAME, defaults=facts)
    changes.created = sum(fresh)
    changes.updated = [f"{len(fresh) - sum(fresh)} codes"] if not all(fresh) else []
    return changes


def _date(dated: str) -> None:
    for row in csv.DictReader(dated.splitlines()):
        days = {"valid_from": row["effective_from"] or None, "valid_to": row["effective_to"] or None}
        IcdCode.objects.filter(code=row["code"]).update(**days)


def _release() -> str:
    done = subprocess.run(PROGRAM, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode or not done.stdout:
        raise NoRelease("The diagnosis codes could not be read from their package.")
    return done.stdout
