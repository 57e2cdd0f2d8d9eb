"""The claims of the demo's finished visits, the first with its diagnosis, so that it is ready."""

from datetime import datetime

from billing.models import Claim, IcdCode
from billing.services import charging
from infusion_center.accounts.models import User

MIGRAINE_WITHOUT_AURA = "G43009"


def make(*, at: datetime) -> None:
    """Draft what is done; the coder has come as far as the first claim."""
    charging.draft_claims(at=at)
    first = Claim.objects.filter(diagnoses=[]).order_by("pk").first()
    known = IcdCode.objects.filter(code=MIGRAINE_WITHOUT_AURA).exists()
    if first is not None and known and not Claim.objects.exclude(diagnoses=[]).exists():
        coder = User.objects.get(username="bea")
        charging.set_diagnoses(claim=first, codes=[MIGRAINE_WITHOUT_AURA], by=coder, at=at)
