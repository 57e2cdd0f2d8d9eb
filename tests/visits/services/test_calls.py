"""The call list: asked, served, refused, and why."""

import pytest

from infusion_center.errors import DomainError
from tests.clock import FRIDAY, NINE, NOON
from visits.models import ClinicDay
from visits.services import calls


@pytest.fixture
def call(site, felix):
    return calls.take_call(site=site, day=FRIDAY, caller=" Pia ", wish="This morning", by=felix, at=NINE)


def test_a_call_is_noted_and_boards_learn_of_it(call, felix):
    assert (call.caller, call.state, call.called_at, call.taken_by) == ("Pia", "open", NINE, felix)
    assert ClinicDay.objects.get().version == 1


@pytest.mark.parametrize(("answer", "state"), [(calls.refuse, "refused"), (calls.close, "closed")])
def test_it_is_answered_once_with_a_reason(call, felix, answer, state):
    with pytest.raises(DomainError, match="Say why") as no:
        answer(call=call, reason=" ", by=felix, at=NINE)
    assert no.value.field == "reason"
    answer(call=call, reason="No nurse before noon", by=felix, at=NINE)
    assert (call.state, call.closed_at, call.closed_by) == (state, NINE, felix)
    assert call.closed_reason == "No nurse before noon"
    with pytest.raises(calls.CallClosed, match="already"):
        calls.close(call=call, reason="Helped elsewhere", by=felix, at=NOON)
    call.refresh_from_db()
    assert call.closed_at == NINE


def test_a_call_without_a_caller_is_a_sentence_at_the_field(site, felix):
    with pytest.raises(DomainError, match="Who is calling") as no:
        calls.take_call(site=site, day=FRIDAY, caller=" ", by=felix, at=NINE)
    assert no.value.field == "caller"
