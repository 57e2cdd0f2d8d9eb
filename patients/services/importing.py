"""Files that people bring: stored first, read second, one at a time. The table is the queue.

queued → running → done | failed; failed or done → queued again ("try again")
"""

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.fhir import bundles
from patients.fhir.records import UnreadableFile
from patients.models import ImportFile, PatientImport
from patients.services import intake
from patients.services.intake import Intake
from patients.services.reconciling import VERB
from patients.states import ImportState

LEFT_BEHIND = timedelta(minutes=5)  # a file that has been "running" for longer lost its reader
MOST_PROBLEMS = 500  # kept with a file; who has more has another problem

log = logging.getLogger(__name__)


class NothingBrought(DomainError):
    """An import without a file."""


class CannotMove(Conflict):
    """The file is not in the state that was seen."""


def receive(*, files: Iterable[tuple[str, Iterable[bytes]]], by: User | None, at: datetime) -> PatientImport:
    """Store the bytes under names that say nothing, then queue the files. `files`: (name, chunks)."""
    stored = [(name, _store(chunks)) for name, chunks in files]
    if not stored:
        raise NothingBrought("Choose at least one file.", field="chosen")
    with transaction.atomic(), history.verb("import.received", by=by, at=at):
        batch = PatientImport.objects.create(started_at=at, started_by=by)
        ImportFile.objects.bulk_create(
            [ImportFile(batch=batch, name=Path(name).name[:200], stored_as=path) for name, path in stored]
        )
    return batch


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


def try_again(*, file: ImportFile, by: User | None, at: datetime) -> None:
    """Queue a file once more: after a payer was added, a record corrected, or the mapping grew."""
    again = {"state": ImportState.QUEUED, "reason": "", "reviewed_at": None, "reviewed_by": None}
    with transaction.atomic(), history.verb("import.tried_again", by=by, at=at):
        _move(file, {ImportState.DONE, ImportState.FAILED}, at=at, **again)


def mark_reviewed(*, file: ImportFile, by: User, at: datetime) -> None:
    """Somebody has looked at what did not go in."""
    finished = ImportFile.objects.filter(pk=file.pk, state__in=[ImportState.DONE, ImportState.FAILED])
    with transaction.atomic(), history.verb("import.reviewed", by=by, at=at):
        if not finished.filter(reviewed_at=None).update(reviewed_at=at, reviewed_by=by, updated_at=at):
            raise CannotMove("This file is being read, or somebody has reviewed it already.")
    file.refresh_from_db()


def _claim(at: datetime, batch: PatientImport | None) -> ImportFile | None:
    """The oldest waiting file, moved to running on the locked row itself."""
    with transaction.atomic(), history.verb("import.claimed", by=None, at=at):
        waiting = ImportFile.objects.filter(state=ImportState.QUEUED)
        waiting = waiting.filter(batch=batch) if batch else waiting
        file = waiting.select_for_update(skip_locked=True).order_by("pk").first()
        if file is not None:
            _move(file, {ImportState.QUEUED}, at=at, state=ImportState.RUNNING)
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
    _move(file, {ImportState.RUNNING}, at=at, state=ImportState.DONE, finished_at=at, **facts)


def _fail(file: ImportFile, reason: str, at: datetime) -> None:
    with transaction.atomic(), history.verb("import.failed", by=None, at=at):
        _move(
            file, {ImportState.RUNNING}, at=at, state=ImportState.FAILED, finished_at=at, reason=reason[:300]
        )


def _move(file: ImportFile, sources: set[ImportState], *, at: datetime, **facts: object) -> None:
    moved = ImportFile.objects.filter(pk=file.pk, state__in=sources).update(**facts, updated_at=at)
    file.refresh_from_db()
    if not moved:
        raise CannotMove(f"This file is {file.get_state_display().lower()} by now.")


def _store(chunks: Iterable[bytes]) -> str:
    """Write the bytes where only we can read them; answers the name under UPLOAD_DIR."""
    name = f"imports/{uuid.uuid4().hex}"
    path = Path(settings.UPLOAD_DIR) / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as kept:
        path.chmod(0o600)
        for chunk in chunks:
            kept.write(chunk)
    return name


def _stored(file: ImportFile) -> bytes:
    try:
        return (Path(settings.UPLOAD_DIR) / file.stored_as).read_bytes()
    except OSError as no:
        raise UnreadableFile("The stored copy of this file is gone. Bring the file again.") from no
