"""Somebody stands at the desk: arrived now, or on the waitlist with the next place."""

import pytest

from tests.clock import EIGHT, FRIDAY, NINE, at
from tests.visits import scenes
from visits.models import CallRequest, Chair, Visit
from visits.services import calls, triage, walk_in


def came(patient, site, felix, moment=EIGHT, **facts):
    return walk_in.walk_in(site=site, patient=patient, minutes=90, load=3, **facts, by=felix, at=moment)


def test_with_a_start_within_minutes_they_have_arrived(site, chairs, nurses, felix, pia, order):
    visit = came(pia, site, felix, at(8, 2), orders=[order]).visit
    assert (visit.status, visit.starts_at, visit.arrived_at) == ("arrived", at(8, 5), at(8, 2))
    assert list(visit.orders.all()) == [order]
    call = CallRequest.objects.get()
    assert (call.state, call.walk_in, call.visit) == ("booked", True, visit)


def test_without_one_they_wait_and_hear_of_the_next_place(site, chairs, nurses, felix, pia, paul):
    Chair.objects.exclude(kind="bed").update(active=False)
    scenes.booked(patient=paul, site=site, by=felix, chair_kind="bed", starts_at=EIGHT)
    found = came(pia, site, felix, chair_kind="bed")
    assert (found.visit, found.next_at) == (None, at(9, 45))
    assert (found.waiting.day, found.waiting.travel_minutes, found.waiting.call.walk_in) == (FRIDAY, 0, True)
    assert Visit.objects.count() == 1


def test_who_called_before_is_the_same_call(site, chairs, nurses, felix, pia):
    call = calls.take_call(site=site, day=FRIDAY, caller="Pia", patient=pia, by=felix, at=EIGHT)
    assert came(pia, site, felix).visit.call == call


def test_a_red_flag_said_on_the_phone_holds_at_the_desk(site, chairs, nurses, felix, pia):
    flags = {"thunderclap": "yes"}
    calls.take_call(site=site, day=FRIDAY, caller="Pia", patient=pia, red_flags=flags, by=felix, at=EIGHT)
    with pytest.raises(triage.NotForAChair):
        came(pia, site, felix)
    assert not Visit.objects.exists()


def test_who_has_a_visit_today_is_checked_in_instead(site, chairs, nurses, felix, pia):
    scenes.booked(patient=pia, site=site, by=felix, starts_at=NINE)
    with pytest.raises(walk_in.IsBooked, match="has a visit at 09:00 today"):
        came(pia, site, felix)
    assert not CallRequest.objects.exists()
