"""The slip and the calendar file that a patient takes home."""

import pytest
import time_machine
from django.urls import reverse
from icalendar import Calendar

from infusion_center.audit.models import ChartRead
from tests.clock import EIGHT, NINE
from tests.people import signed_in
from tests.places import open_site
from tests.visits import scenes
from visits.services import flow


@pytest.fixture
def visit(site, chairs, nurses, pia, felix):
    return scenes.booked(patient=pia, site=site, by=felix)


@pytest.fixture
def desk(felix):
    with time_machine.travel(EIGHT, tick=False):
        yield signed_in(felix)


def test_the_slip_says_when_where_and_what_to_bring_and_is_noted_as_read(desk, visit, site, pia):
    page = desk.get(reverse("visits:slip", args=[visit.key])).content.decode()
    assert "09:00" in page and site.street in page and pia.family_name in page and "drives you home" in page
    assert ChartRead.objects.filter(patient_key=pia.key, page="visits:slip").count() == 1


def test_the_calendar_file_says_when_and_where_and_nothing_of_whom_or_why(desk, visit, site, pia):
    answer = desk.get(reverse("visits:calendar", args=[visit.key]))
    assert answer["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["DTSTART"].dt == NINE and str(event["DTSTART"].params["TZID"]) == site.zone
    assert (event["DTEND"].dt - event["DTSTART"].dt).total_seconds() == visit.minutes * 60
    assert event["STATUS"] == "CONFIRMED" and site.name in event["SUMMARY"]
    written = answer.content.decode()
    assert not [word for word in (pia.given_name, pia.family_name, visit.reason) if word in written]


def test_a_cancelled_visit_takes_its_event_back_under_the_same_name(desk, visit, felix):
    first = Calendar.from_ical(desk.get(reverse("visits:calendar", args=[visit.key])).content)
    flow.cancel(visit=visit, reason="Feels better", by=felix, at=EIGHT)
    again = Calendar.from_ical(desk.get(reverse("visits:calendar", args=[visit.key])).content)
    (old,), (new,) = first.walk("VEVENT"), again.walk("VEVENT")
    assert old["UID"] == new["UID"] and new["STATUS"] == "CANCELLED" and new["SEQUENCE"] >= old["SEQUENCE"]


def test_another_site_s_visit_is_not_found(desk, visit, felix):
    felix.sites.set([open_site(slug="south", name="South")])
    assert desk.get(reverse("visits:slip", args=[visit.key])).status_code == 404
