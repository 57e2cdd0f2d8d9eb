"""`manage.py export_reference [FILE]`: the center's own drugs, rules and words, for `explain --rules`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from regimens.selectors import rule_book


class Command(BaseCommand):
    help = "Write the rule book as it stands in the database, in the shape of the shipped formulary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="where to (default: standard output)")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        text = json.dumps(rule_book.document(), indent=1)
        if file == "-":
            self.stdout.write(text)
        else:
            Path(file).write_text(text + "\n", encoding="utf-8")
