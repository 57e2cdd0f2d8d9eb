"""The doorbell of billing: ring it as often as you like."""

from billing import tasks
from billing.models import Claim
from billing.services import submission
from billing.states import ClaimState
from tests.billing.scenes import EVENING, diagnosed, said


def test_ringing_twice_makes_one_claim(centre, insured):
    visit = centre.finished(insured, "ketorolac")
    tasks.draft_claims()
    tasks.draft_claims()
    claim = Claim.objects.get()
    assert (claim.visit, said(claim).keys()) == (visit, {"no_diagnosis"})


def test_a_file_whose_maker_died_is_taken_back_once(centre, insured, site, bea):
    claim = diagnosed(centre.finished(insured, "ketorolac"), by=bea)
    died = submission._take(site, by=bea, at=EVENING.replace(year=2020))
    tasks.draft_claims()
    tasks.draft_claims()
    claim.refresh_from_db()
    assert claim.state == ClaimState.READY
    assert died.row.claims.get().answer == submission.TAKEN_BACK
