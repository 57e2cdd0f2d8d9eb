"""Red flags on the phone: where the caller belongs, and that no chair is given meanwhile."""

import pytest
from django.db import IntegrityError, transaction

from infusion_center.errors import DomainError
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE
from tests.visits import scenes
from visits.models import CallRequest, Visit, Waiting
from visits.selectors.calls import calls_of, lines_of
from visits.services import calls, triage, waitlist


def rung(site, felix, **red_flags):
    return calls.take_call(
        site=site, day=FRIDAY, caller="Pia", wish="Now", red_flags=red_flags, by=felix, at=EIGHT
    )


def answers(call):
    return {line.code: line.answer for line in lines_of(call) if line.answer}


def test_what_was_asked_is_kept_and_what_was_not_is_not_asked(site, felix):
    call = rung(site, felix, thunderclap="no", fever="no")
    assert answers(call) == {"thunderclap": "no", "fever": "no"}
    assert not call.red_flag
    triage.ask(call=call, answers={"deficit": "no", "fever": ""}, by=felix, at=NINE)
    assert answers(call) == {"thunderclap": "no", "fever": "no", "deficit": "no"}
    assert calls_of(site=site, day=FRIDAY).open[0].not_asked == 3


@pytest.mark.parametrize("said", [{"thunderclap": "maybe"}, {"toothache": "yes"}])
def test_an_answer_nobody_offered_is_a_sentence(site, felix, said):
    with pytest.raises(DomainError, match="Answer yes, no or not asked"):
        rung(site, felix, **said)
    assert not CallRequest.objects.exists()


def test_after_a_yes_there_is_no_chair_and_no_waitlist(site, chairs, nurses, felix, pia):
    call = rung(site, felix, thunderclap="yes")
    words = r"Red flag \(worst headache, within a minute\): emergency department now, not a chair"
    with pytest.raises(triage.NotForAChair, match=words):
        scenes.booked(patient=pia, site=site, by=felix, call=call)
    with pytest.raises(triage.NotForAChair, match=words):
        waitlist.join(site=site, day=FRIDAY, patient=pia, call=call, minutes=60, load=3, by=felix, at=EIGHT)
    assert not Visit.objects.exists()
    assert not Waiting.objects.exists()


def test_the_database_gives_no_chair_to_a_red_flag(site, felix):
    call = rung(site, felix, thunderclap="yes")
    with pytest.raises(IntegrityError, match="red_flag_gets_no_chair"), transaction.atomic():
        CallRequest.objects.filter(pk=call.pk).update(state="booked")


def test_sent_on_says_where_once(site, felix):
    call = calls.send_on(call=rung(site, felix, thunderclap="yes"), where="emergency", by=felix, at=NINE)
    assert (call.state, call.sent_to, call.closed_at, call.closed_by) == ("sent_on", "emergency", NINE, felix)
    with pytest.raises(calls.CallClosed):
        calls.close(call=call, reason="Better", by=felix, at=NINE)
    with pytest.raises(triage.CallIsOver):
        triage.ask(call=call, answers={"fever": "no"}, by=felix, at=NINE)
    with pytest.raises(DomainError, match="Say where"):
        calls.send_on(call=rung(site, felix), where="home", by=felix, at=NINE)


def test_a_provider_clears_a_flag_with_a_reason_and_then_there_is_a_chair(
    site, chairs, nurses, felix, dana, pia
):
    call = rung(site, felix, new_kind="yes")
    with pytest.raises(DomainError, match="Say why") as no:
        triage.clear(call=call, flag="new_kind", reason=" ", by=dana, at=NINE)
    assert no.value.field == "reason"
    with pytest.raises(triage.NotForAChair, match="does not stand"):
        triage.clear(call=call, flag="fever", reason="None", by=dana, at=NINE)
    triage.clear(call=call, flag="new_kind", reason="Known since May, MRI clean", by=dana, at=NINE)
    row = call.red_flag_answers.get()
    assert (row.cleared_reason, row.cleared_by) == ("Known since May, MRI clean", dana)
    assert scenes.booked(patient=pia, site=site, by=felix, call=call).call == call


def test_a_yes_said_anew_after_a_no_stands_again(site, felix, dana):
    call = rung(site, felix, deficit="yes")
    triage.clear(call=call, flag="deficit", reason="Old", by=dana, at=NINE)
    triage.ask(call=call, answers={"deficit": "no"}, by=felix, at=NINE)
    call = triage.ask(call=call, answers={"deficit": "yes"}, by=felix, at=NINE + MINUTE)
    assert call.red_flag


def test_flagged_calls_stand_first(site, felix):
    rung(site, felix)
    flagged = rung(site, felix, fever="yes")
    assert [one.call for one in calls_of(site=site, day=FRIDAY).open][0] == flagged
