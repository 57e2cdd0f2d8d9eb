"""The pages a biller works on, asked as a browser asks."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import Claim
from billing.services import charging, submission
from billing.states import ClaimState
from billing.x12.validator import validate
from infusion_center.audit.models import ChartRead
from patients.models import Payer
from tests.billing.scenes import EVENING, MIGRAINE, claim_of, diagnosed, insure, said
from tests.people import enroll, signed_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def claim(centre, insured):
    return claim_of(centre.finished(insured, "magnesium_sulfate", "ketorolac"))


@pytest.fixture
def desk(bea):
    return signed_in(bea)


def page(desk, name, *args, **facts):
    return desk.get(reverse(f"billing:{name}", args=args), **facts)


def post(desk, name, *args, headers=HTMX, **said):
    return desk.post(reverse(f"billing:{name}", args=args), said, headers=headers)


def test_the_piles_show_counts_money_and_why_each_claim_waits(claim, desk):
    text = page(desk, "claims").content.decode()
    assert claim.number in text
    assert "There is no diagnosis" in text
    assert f"${claim.total:,.2f}" in text
    assert "Pell, Pia" in text


@pytest.mark.parametrize("group", ["ready", "held", "wrong", "waiting"])
def test_an_empty_pile_says_what_comes_next(centre, desk, group):
    answer = page(desk, "claims_in", group)
    assert answer.status_code == 200
    assert 'class="empty"' in answer.content.decode()


def test_a_pile_that_does_not_exist_is_not_found(site, desk):
    assert page(desk, "claims_in", "else").status_code == 404


def test_a_list_of_twenty_costs_as_many_queries_as_one_of_two(centre, felix, desk):
    payer = Payer.objects.create(name="Plan", payer_id="60054")
    page(desk, "claims")  # the first look of an hour is noted, and the session learns that somebody is there
    cost = []
    for many in (2, 20):
        for n in range(many - Claim.objects.count()):
            patient = enroll(by=felix, given_name=f"Pat{many}{n}", family_name=f"Prior{many}{n}")
            insure(patient, by=felix, payer=payer)
            claim_of(centre.finished(patient, "ketorolac"))
        with CaptureQueriesContext(connection) as asked:
            assert page(desk, "claims").status_code == 200
        cost.append(len(asked))
    assert cost[0] == cost[1] <= 12


def test_one_claim_explains_every_charted_line(claim, desk):
    text = page(desk, "claim", claim.key).content.decode()
    for words in (
        "96365",
        "J3475",
        "magnesium sulfate",
        "Fee schedule 2025, newest loaded: 2025",
        "63323006402",
    ):
        assert words in text
    assert "see what holds it" not in text


def test_opening_a_claim_is_noted_and_acting_on_it_is_not(claim, desk):
    page(desk, "claim", claim.key)
    post(desk, "code", claim.key)
    read = ChartRead.objects.filter(patient_key=claim.patient.key)
    assert list(read.values_list("page", flat=True)) == ["billing:claim"]


def test_a_diagnosis_is_found_by_words_and_by_code_and_added(claim, desk):
    for typed in ("migraine without", "g43.70", "G43709"):
        found = post(desk, "search_diagnoses", claim.key, text=typed).content.decode()
        assert "G43.709" in found
        assert "G43.7<" not in found  # has finer codes
    answer = post(desk, "diagnoses", claim.key, add="G43.709")
    assert answer.status_code == 200
    claim.refresh_from_db()
    assert (claim.diagnoses, claim.state) == (["G43709"], ClaimState.READY)


def test_diagnoses_are_reordered_and_taken_off(claim, bea, desk):
    charging.set_diagnoses(claim=claim, codes=[MIGRAINE, "R112"], by=bea, at=EVENING)
    post(desk, "diagnoses", claim.key, first="R112")
    claim.refresh_from_db()
    assert claim.diagnoses == ["R112", MIGRAINE]
    post(desk, "diagnoses", claim.key, remove="R112")
    claim.refresh_from_db()
    assert claim.diagnoses == [MIGRAINE]


@pytest.mark.parametrize("typed", ["G43.7", "nonsense", "x" * 40])
def test_a_code_that_cannot_stand_is_refused_in_words(claim, desk, typed):
    answer = post(desk, "diagnoses", claim.key, add=typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    claim.refresh_from_db()
    assert claim.diagnoses == []


@pytest.mark.parametrize("text", ["", "x", "%", "_'", "\\", "migraine " * 20])
def test_any_search_text_is_answered(claim, desk, text):
    assert post(desk, "search_diagnoses", claim.key, text=text).status_code == 200


def test_a_hold_is_cleared_with_a_reason_and_not_without(centre, insured, bea, desk):
    claim = diagnosed(centre.finished(insured, "eptinezumab"), by=bea)
    hold = claim.holds.get(cleared_at=None)
    refused = post(desk, "clear_hold", claim.key, hold.pk, reason="")
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    answer = post(desk, "clear_hold", claim.key, hold.pk, reason="AUTH 998877")
    assert "AUTH 998877" in answer.content.decode()
    claim.refresh_from_db()
    assert claim.state == ClaimState.READY


def test_a_hold_of_another_claim_is_not_found(claim, desk):
    assert post(desk, "clear_hold", claim.key, 999_999, reason="x").status_code == 404


def test_the_rendering_provider_can_be_named(claim, dana, desk, nora):
    assert post(desk, "rendering", claim.key, rendering=nora.pk).status_code == 422
    assert post(desk, "rendering", claim.key, rendering=dana.pk).status_code == 200


def test_from_ready_to_a_downloaded_file_and_its_answer(centre, insured, bea, desk):
    claim = diagnosed(centre.finished(insured, "ketorolac"), by=bea)
    made = post(desk, "make_batch", headers={})
    file = submission.Submission.objects.get()
    assert made.url == reverse("billing:submission", args=[file.key])
    assert claim.number in page(desk, "submission", file.key).content.decode()
    fetched = page(desk, "download", file.key)
    assert validate(fetched.content.decode()).ok
    assert fetched["Content-Disposition"] == f'attachment; filename="claims-{file.control_number:09d}.837"'
    assert "not yet" not in page(desk, "submissions").content.decode()
    ack = SimpleUploadedFile("answer.999", validate(file.text).ack.encode())
    answer = post(desk, "answers", headers={}, file=ack)
    assert "1 accepted" in answer.content.decode()
    ack.seek(0)
    assert "came before" in post(desk, "answers", headers={}, file=ack).content.decode()
    claim.refresh_from_db()
    assert claim.state == ClaimState.ACKNOWLEDGED
    shown = page(desk, "claim", claim.key).content.decode()
    assert "accepted" in shown
    assert "Check again" not in shown


def test_making_a_batch_of_nothing_is_said(centre, desk):
    answer = post(desk, "make_batch", headers={})
    assert [str(one) for one in get_messages(answer.wsgi_request)] == ["No claim is ready to go."]


@pytest.mark.parametrize("raw", [b"", b"nothing of ours", b"\x00\xff"])
def test_a_bad_upload_is_a_sentence(site, desk, raw):
    answer = post(desk, "answers", headers={}, file=SimpleUploadedFile("x.999", raw))
    assert answer.status_code in (200, 422)
    assert "not an X12 file" in answer.content.decode() or "empty" in answer.content.decode()


def test_an_upload_without_a_file_stands_at_the_field(site, desk):
    answer = post(desk, "answers", headers={})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


def test_a_claim_on_its_way_takes_no_diagnosis(centre, insured, site, bea, desk):
    claim = diagnosed(centre.finished(insured, "ketorolac"), by=bea)
    submission.make_batch(site=site, by=bea, at=EVENING)
    answer = post(desk, "diagnoses", claim.key, add="R112")
    assert (answer.status_code, "on its way" in answer.content.decode()) == (409, True)


def test_an_hour_long_name_with_markup_is_only_text(centre, felix, desk):
    patient = enroll(by=felix, given_name="Eve", family_name="<script>alert(1)</script>")
    claim = claim_of(centre.finished(patient, "ketorolac"))
    for answer in (page(desk, "claims"), page(desk, "claim", claim.key)):
        assert "<script>alert(1)" not in answer.content.decode()


@pytest.mark.parametrize("who", ["mallory", "felix", "nora", "dana", "ada"])
def test_who_may_not_see_claims_is_refused_at_every_door(claim, request, who):
    desk = signed_in(request.getfixturevalue(who))
    for name, args in (("claims", ()), ("claim", (claim.key,)), ("submissions", ()), ("answers", ())):
        assert page(desk, name, *args).status_code == 403
    for name in ("code", "diagnoses", "search_diagnoses"):
        assert post(desk, name, claim.key).status_code == 403
    assert post(desk, "make_batch").status_code == 403


def test_a_manager_sees_and_does_not_change(claim, max):
    desk = signed_in(max)
    text = page(desk, "claim", claim.key).content.decode()
    assert "Check again" not in text
    assert "Find one by code" not in text
    assert post(desk, "code", claim.key).status_code == 403


def test_another_sites_claim_is_not_found(claim, bea, desk):
    from tests.places import open_site

    other = open_site(slug="other", name="Other")
    bea.sites.set([other])
    assert page(desk, "claim", claim.key).status_code == 404
    assert said(claim)
