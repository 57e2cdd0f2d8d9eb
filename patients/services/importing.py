"""Files that people bring: stored first, read second (`taking_in`). The table is the queue.

queued → running → done | failed; failed or done → queued again ("try again")
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import ImportFile, PatientImport
from patients.states import ImportState


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


def try_again(*, file: ImportFile, by: User | None, at: datetime) -> None:
    """Queue a file once more: after a payer was added, a record corrected, or the mapping grew."""
    again = {"state": ImportState.QUEUED, "reason": "", "reviewed_at": None, "reviewed_by": None}
    with transaction.atomic(), history.verb("import.tried_again", by=by, at=at):
        move(file, {ImportState.DONE, ImportState.FAILED}, at=at, **again)


def mark_reviewed(*, file: ImportFile, by: User, at: datetime) -> None:
    """Somebody has looked at what did not go in."""
    finished = ImportFile.objects.filter(pk=file.pk, state__in=[ImportState.DONE, ImportState.FAILED])
    with transaction.atomic(), history.verb("import.reviewed", by=by, at=at):
        if not finished.filter(reviewed_at=None).update(reviewed_at=at, reviewed_by=by, updated_at=at):
            raise CannotMove("This file is being read, or somebody has reviewed it already.")
    file.refresh_from_db()


def move(file: ImportFile, sources: set[ImportState], *, at: datetime, **facts: object) -> None:
    """The one compare-and-set of a file's state. Raises CannotMove in words."""
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
