"""Bought = charted + wasted + on hand: how many rows disagree, and which."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from infusion_center.shared import clock
from visits.services import ledger


class Command(BaseCommand):
    help = "Compare the stock ledger with the charts. Prints the number of differences, and names each row."

    def handle(self, *args: Any, **options: Any) -> None:
        row = ledger.check(at=clock.now())
        many = "1 difference" if len(row.differences) == 1 else f"{len(row.differences)} differences"
        self.stdout.write(f"{many} in {row.lots} lots and {row.doses} doses.")
        for said in row.differences:
            self.stdout.write(said)
        if row.differences:
            raise CommandError("Ledger and charts disagree.")
