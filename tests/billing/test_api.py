"""The same verbs for programs."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.services import submission
from billing.states import ClaimState
from billing.x12.validator import validate
from tests.billing.scenes import EVENING, MIGRAINE, claim_of, diagnosed
from tests.people import signed_in

API = "/api/v1"


@pytest.fixture
def claim(centre, insured):
    return claim_of(centre.finished(insured, "ketorolac"))


@pytest.fixture
def api(bea):
    return signed_in(bea)


def post(api, path, said=None):
    return api.post(f"{API}/{path}", said or {}, content_type="application/json")


def test_claims_are_listed_and_filtered_by_state(claim, api):
    assert [row["number"] for row in api.get(f"{API}/claims").json()["results"]] == [claim.number]
    assert api.get(f"{API}/claims?state=ready").json()["results"] == []
    assert api.get(f"{API}/claims?state=nonsense").status_code == 400


def test_a_claim_says_its_lines_and_holds(claim, api):
    said = api.get(f"{API}/claims/{claim.key}").json()
    assert [line["code"] for line in said["lines"]] == ["96374", "J1885"]
    assert said["lines"][0]["charge"] == "105.89"
    assert [hold["code"] for hold in said["holds"]] == ["no_diagnosis"]


def test_from_diagnosis_to_answer(claim, api):
    said = post(api, f"claims/{claim.key}/diagnoses", {"codes": ["g43.709"]}).json()
    assert (said["state"], said["diagnoses"]) == ("ready", [MIGRAINE])
    assert post(api, f"claims/{claim.key}/code").json()["state"] == "ready"
    made = post(api, "submissions")
    assert (made.status_code, made.json()["claims"]) == (201, 1)
    text = api.get(f"{API}/submissions/{made.json()['key']}/file").content.decode()
    ack = SimpleUploadedFile("a.999", validate(text).ack.encode())
    answer = api.post(f"{API}/answers", {"file": ack})
    assert (answer.status_code, answer.json()["state"]) == (201, "matched")
    ack.seek(0)
    assert api.post(f"{API}/answers", {"file": ack}).status_code == 200
    claim.refresh_from_db()
    assert claim.state == ClaimState.ACKNOWLEDGED


def test_refusals_are_problem_details(claim, api):
    answer = post(api, f"claims/{claim.key}/diagnoses", {"codes": ["G43.7"]})
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"diagnosis": [answer.json()["detail"]]}
    nothing = post(api, "submissions")
    assert (nothing.status_code, nothing.json()["detail"]) == (409, "No claim is ready to go.")
    assert post(api, f"claims/{claim.key}/diagnoses", {"codes": "x" * 9000}).status_code == 400
    assert api.get(f"{API}/claims/{uuid4()}").status_code == 404
    assert api.post(f"{API}/answers", {}).status_code == 400


def test_a_hold_is_cleared_with_a_reason(centre, insured, bea, api):
    claim = diagnosed(centre.finished(insured, "eptinezumab"), by=bea)
    hold = claim.holds.get(cleared_at=None)
    assert post(api, f"claims/{claim.key}/holds/{hold.pk}/clear", {}).status_code == 400
    said = post(api, f"claims/{claim.key}/holds/{hold.pk}/clear", {"reason": "AUTH 1"}).json()
    assert said["state"] == "ready"


def test_a_claim_that_left_cannot_be_coded(centre, insured, site, bea, api):
    claim = diagnosed(centre.finished(insured, "ketorolac"), by=bea)
    submission.make_batch(site=site, by=bea, at=EVENING)
    assert post(api, f"claims/{claim.key}/code").status_code == 409


@pytest.mark.parametrize("who", ["mallory", "nora", "felix"])
def test_strangers_to_claims_are_refused(claim, request, who):
    api = signed_in(request.getfixturevalue(who))
    assert api.get(f"{API}/claims").status_code == 403
    assert post(api, "submissions").status_code == 403
    assert post(api, f"claims/{claim.key}/code").status_code == 403
