"""Red flags on the phone: what the caller said, and a provider's word on it. After a yes, no chair."""

from collections.abc import Mapping
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from visits.models import CallRequest, RedFlagAnswer
from visits.rules import red_flags
from visits.selectors.calls import lines_of
from visits.services import days
from visits.states import CallState, RedFlag, SentTo


class NotForAChair(Conflict):
    """A red flag stands: the caller belongs elsewhere."""


class CallIsOver(Conflict):
    """The call is answered already."""


def ask(*, call: CallRequest, answers: Mapping[str, str], by: User, at: datetime) -> CallRequest:
    """Write down what was asked, `yes` or `no` by flag; what was not asked is left out or empty.

    A yes that was cleared and is said again stands again. Raises CallIsOver once the call is answered.
    """
    said = {flag: answer for flag, answer in answers.items() if answer}
    if not said.keys() <= set(RedFlag.values) or not set(said.values()) <= {"yes", "no"}:
        raise DomainError("Answer yes, no or not asked.", field="red_flags")
    with days.changing("call.red_flags_asked", site=call.site, day=call.day, by=by, at=at):
        still_open(call)
        before = {row.flag: row.answer for row in call.red_flag_answers.all()}
        for flag, answer in said.items():
            if before.get(flag) != answer:
                fresh = {"answer": answer, "asked_at": at, "asked_by": by}
                uncleared = {"cleared_at": None, "cleared_by": None, "cleared_reason": ""}
                RedFlagAnswer.objects.update_or_create(call=call, flag=flag, defaults=fresh | uncleared)
        return _weigh(call, at=at)


def clear(*, call: CallRequest, flag: str, reason: str, by: User, at: datetime) -> CallRequest:
    """A provider has spoken to them and takes the flag off, with a reason (the edge has checked who asks)."""
    if not reason.strip():
        raise DomainError("Say why in a few words.", field="reason")
    with days.changing("call.red_flag_cleared", site=call.site, day=call.day, by=by, at=at):
        still_open(call)
        standing = RedFlagAnswer.objects.filter(call=call, flag=flag, answer="yes", cleared_at=None)
        if not standing.update(cleared_at=at, cleared_by=by, cleared_reason=reason.strip()):
            raise NotForAChair("That flag does not stand any more.")
        return _weigh(call, at=at)


def may_have_a_chair(call: CallRequest) -> None:
    """Raises NotForAChair, with where they belong. One query."""
    standing = [line for line in lines_of(call) if line.stands]
    if standing:
        where = SentTo(red_flags.where_to(standing)).label.lower()
        flags = ", ".join(line.question.flag.label.lower() for line in standing)
        raise NotForAChair(f"Red flag ({flags}): {where}, not a chair.")


def still_open(call: CallRequest) -> None:
    """Raises CallIsOver once somebody has answered the call."""
    call.refresh_from_db()
    if call.state != CallState.OPEN:
        raise CallIsOver(f"This call is “{call.get_state_display()}” already.")


def _weigh(call: CallRequest, *, at: datetime) -> CallRequest:
    """Keep on the call what the answers come to; the database books none that has a flag."""
    call.red_flag = any(line.stands for line in lines_of(call))
    call.save(update_fields=["red_flag", "updated_at"])
    return call
