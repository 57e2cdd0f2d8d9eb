"""Of those who asked for today, how many were seen today."""

from datetime import timedelta

from tests.clock import EIGHT, FRIDAY, NINE, at
from tests.people import enroll
from tests.visits import scenes
from visits.selectors.seen import Seen, seen_same_day
from visits.services import calls, flow


def test_asked_seen_refused_with_reasons_and_sent_on(site, chairs, nurses, felix, nora, pia, paul):
    def rung(day=FRIDAY, **facts):
        return calls.take_call(site=site, day=day, caller="Somebody", by=felix, at=EIGHT, **facts)

    seated = scenes.booked(patient=pia, site=site, by=felix, call=rung())
    scenes.seated(seated, by=nora)
    away = scenes.booked(patient=paul, site=site, by=felix, starts_at=at(10), call=rung())
    flow.no_show(visit=away, by=felix, at=at(10, 30))
    for _ in range(2):
        calls.refuse(call=rung(), reason="No nurse", by=felix, at=NINE)
    calls.send_on(call=rung(red_flags={"fever": "yes"}), where="emergency", by=felix, at=NINE)
    rung()
    calls.refuse(call=rung(FRIDAY - timedelta(days=1)), reason="No chair", by=felix, at=NINE)
    rung(FRIDAY - timedelta(days=30))  # a month ago

    rate = seen_same_day(site=site, day=FRIDAY)
    assert rate.today == Seen(asked=6, booked=2, seen=1, refused=2, sent_on=1, waiting=1)
    assert (rate.today.could_be, rate.today.percent) == (5, 20)
    assert (rate.all.asked, rate.all.refused) == (7, 3)
    assert rate.reasons == [("No nurse", 2), ("No chair", 1)]
    assert [day for day, _ in rate.days] == [FRIDAY, FRIDAY - timedelta(days=1)]


def test_nobody_asked_is_no_percentage(site):
    assert seen_same_day(site=site, day=FRIDAY).today.percent is None


def test_who_comes_another_day_was_not_seen_same_day(site, chairs, nurses, felix, nora):
    call = calls.take_call(site=site, day=FRIDAY - timedelta(days=1), caller="Uma", by=felix, at=EIGHT)
    visit = scenes.booked(patient=enroll(by=felix, given_name="Uma"), site=site, by=felix, call=call)
    scenes.seated(visit, by=nora)
    assert seen_same_day(site=site, day=FRIDAY).all.seen == 0
