from datetime import date, timedelta

import pytest

from billing.models import Claim, Submission
from billing.services import charging, submission
from billing.states import ClaimState
from billing.x12.validator import validate
from infusion_center.errors import Conflict
from tests.billing.scenes import EVENING, MIGRAINE, diagnosed, insure, said, together
from tests.people import enroll
from visits.services import after_signing


@pytest.fixture
def ready(centre, insured, bea):
    return diagnosed(centre.finished(insured, "magnesium_sulfate", "ketorolac"), by=bea)


def test_ready_claims_leave_as_one_file_that_pyx12_takes(ready, site, bea):
    sent = submission.make_batch(site=site, by=bea, at=EVENING)
    ready.refresh_from_db()
    assert ready.state == ClaimState.SUBMITTED
    assert validate(sent.text).ok
    assert f"CLM*{ready.number}*{ready.total}*" in sent.text
    assert "HI*ABK:G43709~" in sent.text
    assert "SV1*HC:J3475:JZ*5.87*UN*4***1~" in sent.text
    assert "LIN**N4*63323006402~\nCTP****4*ML~" in sent.text
    assert f"GS*HC*INFUSIONCTR*CLEARINGHOUSE*20261120*1700*{sent.control_number}*X*005010X222A1~" in sent.text


def test_hydration_points_at_the_diagnosis_that_needs_it(centre, insured, site, bea):
    diagnosed(centre.finished(insured, "ketorolac", "normal_saline"), MIGRAINE, "R112", by=bea)
    text = submission.make_batch(site=site, by=bea, at=EVENING).text
    assert "SV1*HC:96361:59*36.56*UN*1***2:1~" in text
    assert "SV1*HC:96374*" in text
    assert "***1:2~" in text


def test_a_dependents_claim_names_the_subscriber_and_the_patient(centre, pia, felix, site, bea):
    facts = {"subscriber_given_name": "Petra", "subscriber_family_name": "Pell", "relationship": "19"}
    insure(pia, by=felix, subscriber_birth_date=date(1960, 1, 2), **facts)
    diagnosed(centre.finished(pia, "ketorolac"), by=bea)
    text = submission.make_batch(site=site, by=bea, at=EVENING).text
    assert "NM1*IL*1*PELL*PETRA****MI*MBR001234567~" in text
    assert "PAT*19~\nNM1*QC*1*PELL*PIA~" in text


def test_with_nothing_ready_there_is_no_file(centre, site, bea):
    with pytest.raises(submission.NothingReady, match="No claim is ready"):
        submission.make_batch(site=site, by=bea, at=EVENING)
    assert not Submission.objects.exists()


def test_a_claim_on_its_way_is_not_coded_again(ready, site, bea):
    submission.make_batch(site=site, by=bea, at=EVENING)
    with pytest.raises(Conflict, match="on its way"):
        charging.set_diagnoses(claim=ready, codes=[MIGRAINE], by=bea, at=EVENING)
    assert charging.draft_claims(at=EVENING) == 0


def test_a_chart_that_changed_since_it_was_coded_stays_here(ready, site, nora, bea):
    line = ready.visit.administrations.first()
    wrong = {"kind": "administration", "row": line.pk, "field": "in_error", "reason": "Not hers"}
    after_signing.correct(visit=ready.visit, **wrong, by=nora, at=EVENING)
    with pytest.raises(submission.NothingReady):
        submission.make_batch(site=site, by=bea, at=EVENING)


def test_another_sites_claims_stay_there(ready, bea):
    from tests.places import open_site

    with pytest.raises(submission.NothingReady):
        submission.make_batch(site=open_site(slug="other", name="Other"), by=bea, at=EVENING)


def test_what_pyx12_refuses_is_held_with_its_sentence_and_nothing_is_sent(ready, site, bea, monkeypatch):
    written = submission.write_837p
    monkeypatch.setattr(
        submission, "write_837p", lambda batch: written(batch).replace("SV1*HC:96365", "SV1*XX:96365")
    )
    with pytest.raises(submission.FileRefused, match="Nothing was sent. 1 of the claims"):
        submission.make_batch(site=site, by=bea, at=EVENING)
    ready.refresh_from_db()
    assert ready.state == ClaimState.HELD
    assert "Segment SV1" in next(iter(said(ready).values()))
    assert not Submission.objects.exclude(text="").exists()


def test_a_fault_of_the_file_itself_leaves_the_claims_ready(ready, site, bea):
    site.npi = "1111111111"
    site.save()
    with pytest.raises(submission.FileRefused, match="billing provider's NPI"):
        submission.make_batch(site=site, by=bea, at=EVENING)
    ready.refresh_from_db()
    assert ready.state == ClaimState.READY


def test_a_maker_that_died_leaves_nothing_half(ready, site, bea):
    died = submission._take(site, by=bea, at=EVENING)
    assert submission.take_back_unfinished(at=EVENING + timedelta(minutes=5)) == 0
    assert submission.take_back_unfinished(at=EVENING + timedelta(minutes=11)) == 1
    ready.refresh_from_db()
    assert ready.state == ClaimState.READY
    with pytest.raises(Conflict, match="taken back"):
        submission._send(died, "text", by=bea, at=EVENING)
    again = submission.make_batch(site=site, by=bea, at=EVENING)
    assert again.control_number != died.row.control_number


def test_trouble_while_writing_takes_the_file_back_at_once(ready, site, bea, monkeypatch):
    def broken(batch):
        raise RuntimeError

    monkeypatch.setattr(submission, "write_837p", broken)
    with pytest.raises(RuntimeError):
        submission.make_batch(site=site, by=bea, at=EVENING)
    ready.refresh_from_db()
    assert ready.state == ClaimState.READY


def test_the_first_download_is_noted(ready, site, bea):
    sent = submission.make_batch(site=site, by=bea, at=EVENING)
    submission.note_download(submission=sent, by=bea, at=EVENING)
    submission.note_download(submission=sent, by=bea, at=EVENING + timedelta(hours=1))
    sent.refresh_from_db()
    assert sent.downloaded_at == EVENING


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_two_people_making_the_batch_at_once_send_each_claim_once(centre, felix, site, bea):
    for n in range(3):
        patient = enroll(by=felix, given_name=f"Pat{n}", family_name=f"Prior{n}")
        insure(patient, by=felix, **({"payer": Claim.objects.first().coverage.payer} if n else {}))
        diagnosed(centre.finished(patient, "ketorolac"), by=bea)
    results = together(lambda: submission.make_batch(site=site, by=bea, at=EVENING), times=4)
    files = [one for one in results if isinstance(one, Submission)]
    assert sum(one.claims.count() for one in files) == 3
    assert all(isinstance(one, Conflict) for one in results if one not in files)
    assert set(Claim.objects.values_list("state", flat=True)) == {ClaimState.SUBMITTED}
