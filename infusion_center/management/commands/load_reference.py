"""`manage.py load_reference`: drugs, rules, regimens, reaction cards, words, mappings, prices from files.

Safe to run again: a file loaded already is not read twice, and a row that a person reviewed is never
overwritten.
"""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from billing.services import diagnosis_codes
from billing.services import reference as prices
from infusion_center.shared import clock
from patients.services import reference as words
from regimens.services import formulary
from visits.services import emergency

FORMULARY = Path(__file__).resolve().parents[2] / "reference" / "formulary.json"


class Command(BaseCommand):
    help = "Load the shipped reference data and say what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="Read the formulary even if it was loaded before"
        )
        parser.add_argument(
            "--formulary", type=Path, default=FORMULARY, help="Another file of the same shape"
        )
        parser.add_argument(
            "--without-diagnoses", action="store_true", help="Leave out the 98,000 rows of ICD-10-CM"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        with transaction.atomic():
            loaded = formulary.load_formulary(
                path=options["formulary"], by=None, at=at, force=options["force"]
            )
            if not loaded.same_as_before:
                self._say("vocabulary", words.load_vocabulary(vocab=loaded.vocabulary, by=None, at=at))
        if loaded.same_as_before:
            self.stdout.write(f"formulary: unchanged since the last load ({loaded.release})")
        for changes in loaded.changes:
            self._say(changes.table, changes)
        self._say("code mappings", words.load_code_mappings(at=at))
        self._say("reaction cards", emergency.load_steps(at=at))
        for changes in prices.load_prices(at=at):
            self._say(changes.table, changes)
        if not options["without_diagnoses"]:
            codes = diagnosis_codes.load_codes(at=at)
            self._say(codes.table, codes)

    def _say(self, name: str, changes: Any) -> None:
        """One line for a table, then one for each row that changed, went, or was kept against the file."""
        updated, removed, kept = (_lines(changes, one) for one in ("updated", "removed", "kept"))
        self.stdout.write(
            f"{name}: {_count(changes.created)} created, {_count(changes.updated)} updated, "
            f"{_count(changes.unchanged)} unchanged" + (f", {len(removed)} removed" if removed else "")
        )
        for line in updated:
            self.stdout.write(f"  updated {line}")
        for line in removed:
            self.stdout.write(f"  no longer shipped, removed {line}")
        for line in kept:
            self.stdout.write(f"  kept, reviewed; shipped value differs: {line}")


def _count(changed: Any) -> int:
    return len(list(changed)) if isinstance(changed, Iterable) else int(changed)


def _lines(changes: Any, name: str) -> list[str]:
    found = getattr(changes, name, [])
    return [str(line) for line in found] if isinstance(found, Iterable) else []
