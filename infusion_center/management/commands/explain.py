"""`manage.py explain KIND [FILE]`: what the system would say, without a patient, a server or a database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from infusion_center.contracts import KINDS, NOT_BUILT, explain, reference
from infusion_center.errors import DomainError
from regimens.rules.safety.book import read_book

CANNOT = 2


class Command(BaseCommand):
    help = "Answer worked cases (a JSON array, see the contracts) with the product's own rules."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(KINDS))
        parser.add_argument(
            "file", nargs="?", default="-", help="a JSON array of cases (default: standard input)"
        )
        parser.add_argument("--rules", metavar="FILE", help="a center's own rows, from export_reference")

    def handle(self, *args: Any, kind: str, file: str, rules: str | None, **options: Any) -> None:
        if kind in NOT_BUILT:
            self._refuse(f"explain {kind} is not built yet.")
        if rules:
            self._use(rules)
        answers, all_read = explain(kind, _cases(file))
        self.stdout.write(json.dumps(answers, indent=1))
        if not all_read:
            sys.exit(1)

    def _use(self, rules: str) -> None:
        try:
            reference.read_from(Path(rules))
            read_book(reference.document())
        except DomainError as no:
            self._refuse(no.message)

    def _refuse(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(CANNOT)


def _cases(file: str) -> list[Any]:
    """Raises CommandError for what is no JSON array at all."""
    try:
        cases = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as no:
        raise CommandError(f"{file}: {no}") from no
    if not isinstance(cases, list):
        raise CommandError(f"{file}: a JSON array of cases is expected.")
    return cases
