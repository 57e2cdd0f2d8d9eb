"""Is today fit?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll, signed_in
from visits.selectors.fit import fit
from visits.services import booking, flow


@pytest.fixture
def book(site, chairs, nurses, felix):
    def book(patient, starts_at=NINE, minutes=60, load=3, **facts):
        about = {"site": site, "patient": patient, "starts_at": starts_at, "minutes": minutes, "load": load}
        return booking.book_visit(**about, by=felix, at=EIGHT, **facts)

    return book


def test_an_empty_day_fits(site, chairs, nurses):
    found = fit(site=site, day=FRIDAY, at=EIGHT)
    assert found.reasons == [] and found.booked == 0 and not any(half.load for half in found.halves)


def test_waits_are_from_door_to_chair_and_what_has_not_happened_is_not_counted(
    book, site, pia, paul, felix, nora
):
    visit = book(pia)
    book(paul, TEN)
    flow.check_in(visit=visit, by=felix, at=NINE)
    flow.seat(visit=visit, by=nora, at=NINE + 12 * MINUTE)
    waits = {wait.stage: wait for wait in fit(site=site, day=FRIDAY, at=TEN).waits}
    assert waits["Arrived until seated"].minutes == (12,)
    assert waits["Door to drip"].number == 0


def test_a_day_says_when_nurses_are_full_and_what_runs_past_closing(
    book, site, nurses, pia, paul, felix, nora
):
    for number in range(4 * len(nurses)):
        book(
            enroll(by=felix, given_name=f"Nr {number}"),
            NINE if number < len(nurses) else at(9, 15 * (number // len(nurses))),
        )
    late = book(pia, at(16, 20), minutes=60)
    flow.check_in(visit=late, by=felix, at=at(16, 20))
    flow.seat(visit=late, by=nora, at=at(17, 0))
    found = fit(site=site, day=FRIDAY, at=at(17, 1))
    assert found.late == [30] and "1 visit ends after closing, the last one 30 minutes." in found.reasons
    assert any(reason.startswith("Nurses are full from 09:") for reason in found.reasons)


def test_the_page_names_nobody_and_costs_the_same_for_two_and_for_eight(book, site, pia, max, felix):
    manager = signed_in(max)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            page = manager.get(reverse("visits:fit"), {"day": str(FRIDAY)}).content.decode()
        assert pia.family_name not in page and "By half hour" in page
        return len(asked)

    book(pia)
    cost()
    few = cost()
    for number in range(6):
        book(enroll(by=felix, given_name=f"Nr {number}"), at(9 + number, 30))
    assert cost() == few <= 6
