"""Import patients from FHIR files, in this process: no worker is needed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from infusion_center.shared import clock
from patients.selectors import imports
from patients.selectors.imports import Progress
from patients.services import importing, taking_in
from patients.states import ImportState

ENDINGS = (".json", ".json.gz")
PATIENCE = 300  # seconds for files that a worker took out of our hands


class Command(BaseCommand):
    help = "Import patients from FHIR R4 files: .json, .json.gz, and folders of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(_files(options["paths"]))
        batch = importing.receive(
            files=((path.name, [path.read_bytes()]) for path in found), by=None, at=clock.now()
        )
        while taking_in.read_next(at=clock.now(), batch=batch):
            pass
        self._say(_finished(batch.key), found)

    def _say(self, progress: Progress, paths: list[Path]) -> None:
        """One line in all, one for each file that could not be read; exit status 1 where there is one."""
        problems = sum(len(file.problems) for file in progress.files)
        done = sum(file.state == ImportState.DONE for file in progress.files)
        self.stdout.write(f"{done} of {len(paths)} files read; {problems} remarks to review.")
        for path, file in zip(paths, progress.files, strict=True):
            if file.state != ImportState.DONE:
                self.stderr.write(f"{path}: {file.reason or 'is still being read by a worker'}")
        if done < len(paths):
            raise CommandError(f"{len(paths) - done} of {len(paths)} files could not be read.")


def _files(paths: list[Path]) -> Iterator[Path]:
    """The files meant; a folder means all that is in it. Raises CommandError for what is not there."""
    for path in paths:
        if path.is_dir():
            found = sorted(
                one for one in path.rglob("*") if one.is_file() and one.name.lower().endswith(ENDINGS)
            )
            if not found:
                raise CommandError(f"{path} has no .json or .json.gz file in it.")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"{path} does not exist.")


def _finished(key: Any) -> Progress:
    """The import when it is over; a worker may have claimed some of its files before us."""
    until = time.monotonic() + PATIENCE
    while not (progress := imports.progress(key)).is_over and time.monotonic() < until:
        time.sleep(0.5)
    return progress
