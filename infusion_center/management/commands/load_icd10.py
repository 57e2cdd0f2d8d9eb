"""`manage.py load_icd10`: the diagnosis codes of the shipped release. Safe and cheap to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.services import diagnosis_codes
from infusion_center.shared import clock


class Command(BaseCommand):
    help = "Load the shipped ICD-10-CM release and say what changed."

    def handle(self, *args: Any, **options: Any) -> None:
        changes = diagnosis_codes.load_codes(at=clock.now())
        self.stdout.write(
            f"{changes.table}: {changes.created} created, {', '.join(changes.updated) or 'none'} updated"
        )
