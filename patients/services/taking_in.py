"""Waiting files are read, one at a time. Apart from `importing`, which every web process loads: reading FHIR
takes libraries that only a worker needs.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from infusion_center.audit import history
from infusion_center.errors import DomainError
from patients.fhir import bundles
from patients.fhir.records import UnreadableFile
from patients.models import ImportFile, PatientImport
from patients.services import importing, intake
from patients.services.intake import Intake
from patients.services.reconciling import VERB
from patients.states import ImportState

LEFT_BEHIND = timedelta(minutes=5)  # a file that has been "running" for longer lost its reader
MOST_PROBLEMS = 500  # kept with a file; who has more has another problem

log = logging.getLogger(__name__)


def read_next(*, at: datetime, batch: PatientImport | None = None) -> bool:
    """Claim one waiting file and read it; False where none waits.

    1. claim the row, commit   2. parse, holding nothing   3. write rows and state in one transaction.
    A crash after 1 leaves "running", which `put_back` returns to the queue: reading twice adds nothing.
    """
    file = _claim(at, batch)
    if file is None:
        return False
    try:
        _take_in(file, at)
    except DomainError as no:
        _fail(file, no.message, at)
    except Exception as error:  # a bug of ours must not stop the files behind this one
        log.error("import.stopped file=%s error=%s", file.pk, type(error).__name__)
        _fail(file, "Something in this file stopped the reading. It is kept; the other files were read.", at)
    return True


def put_back(*, at: datetime) -> int:
    """Queue again the files whose reader died. One that is being read right now is locked, and skipped."""
    with transaction.atomic(), history.verb("import.put_back", by=None, at=at):
        left = ImportFile.objects.filter(state=ImportState.RUNNING, updated_at__lt=at - LEFT_BEHIND)
        pks = list(left.select_for_update(skip_locked=True).values_list("pk", flat=True))
        return ImportFile.objects.filter(pk__in=pks).update(state=ImportState.QUEUED, updated_at=at)


def _claim(at: datetime, batch: PatientImport | None) -> ImportFile | None:
    """The oldest waiting file, moved to running on the locked row itself."""
    with transaction.atomic(), history.verb("import.claimed", by=None, at=at):
        waiting = ImportFile.objects.filter(state=ImportState.QUEUED)
        waiting = waiting.filter(batch=batch) if batch else waiting
        file = waiting.select_for_update(skip_locked=True).order_by("pk").first()
        if file is not None:
            importing.move(file, {ImportState.QUEUED}, at=at, state=ImportState.RUNNING)
        return file


def _take_in(file: ImportFile, at: datetime) -> None:
    contents = bundles.read(_stored(file))
    by = file.batch.started_by
    with transaction.atomic(), history.verb(VERB, by=by, at=at):
        # Held until the commit: `put_back` sees the lock and lets us finish.
        held = ImportFile.objects.select_for_update(no_key=True).filter(pk=file.pk, state=ImportState.RUNNING)
        if held.first() is None:
            return  # put back and read by somebody else meanwhile
        _finish(file, intake.take_in(contents=contents, by=by, at=at), at)


def _finish(file: ImportFile, taken: Intake, at: datetime) -> None:
    patient = taken.patients[0] if len(taken.patients) == 1 else None
    problems = taken.tally.problems[:MOST_PROBLEMS]
    facts = {"counts": taken.tally.counts, "problems": problems, "reason": "", "patient": patient}
    importing.move(file, {ImportState.RUNNING}, at=at, state=ImportState.DONE, finished_at=at, **facts)


def _fail(file: ImportFile, reason: str, at: datetime) -> None:
    with transaction.atomic(), history.verb("import.failed", by=None, at=at):
        importing.move(
            file, {ImportState.RUNNING}, at=at, state=ImportState.FAILED, finished_at=at, reason=reason[:300]
        )


def _stored(file: ImportFile) -> bytes:
    try:
        return (Path(settings.UPLOAD_DIR) / file.stored_as).read_bytes()
    except OSError as no:
        raise UnreadableFile("The stored copy of this file is gone. Bring the file again.") from no
