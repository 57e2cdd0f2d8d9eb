"""How often one patient may be booked: in words, with a way round for who may, the same by page and API."""

from datetime import timedelta

import pytest
from django.urls import reverse

from infusion_center.places.models import Site
from patients.services import registration
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll, signed_in
from visits.models import Visit, VisitMove
from visits.services import booking, flow
from visits.services.limits import TooOften

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def book(site, chairs, nurses, felix, pia):
    def book(starts_at=NINE, *, patient=pia, when=EIGHT, **facts):
        return booking.book_visit(
            site=Site.objects.get(pk=site.pk),
            patient=patient,
            starts_at=starts_at,
            minutes=30,
            load=1,
            by=felix,
            at=when,
            **facts,
        )

    return book


def allow(site, **limits):
    Site.objects.filter(pk=site.pk).update(**limits)


def test_one_booking_more_than_the_site_allows_is_refused_in_words(book, site, paul):
    allow(site, most_bookings_ahead=2)
    book(NINE), book(TEN)
    with pytest.raises(TooOften, match="has 2 bookings ahead already; the site allows 2") as no:
        book(at(11))
    assert no.value.field == "beyond_limit_because"
    book(at(11), patient=paul)
    assert Visit.objects.count() == 3


def test_what_is_over_or_came_to_nothing_is_not_counted(book, site, felix):
    allow(site, most_bookings_ahead=1)
    flow.cancel(visit=book(NINE), reason="Feels better", by=felix, at=EIGHT)
    seated = flow.seat(visit=flow.check_in(visit=book(NINE), by=felix, at=NINE), by=felix, at=NINE)
    assert book(TEN, when=NINE).day == seated.day


def test_a_hold_counts_and_is_refused_too(book, site, felix, pia):
    allow(site, most_bookings_ahead=1)
    hold = {"site": Site.objects.get(pk=site.pk), "patient": pia, "minutes": 30, "load": 1, "by": felix}
    booking.hold_visit(**hold, starts_at=NINE, until=EIGHT + 5 * MINUTE, at=EIGHT)
    with pytest.raises(TooOften):
        booking.hold_visit(**hold, starts_at=TEN, until=EIGHT + 5 * MINUTE, at=EIGHT)


def test_confirming_a_hold_is_no_second_booking(book, site, felix, pia):
    allow(site, most_bookings_ahead=1)
    hold = {"site": Site.objects.get(pk=site.pk), "patient": pia, "minutes": 30, "load": 1, "by": felix}
    held = booking.hold_visit(**hold, starts_at=NINE, until=EIGHT + 5 * MINUTE, at=EIGHT)
    assert booking.confirm_hold(visit=held, by=felix, at=EIGHT + MINUTE).status == "booked"


def test_rescue_visits_are_counted_over_thirty_days_and_series_visits_are_not(book, site):
    allow(site, most_rescues_in_30_days=1)
    came = book(NINE)
    with pytest.raises(TooOften, match="rescue visit 2 within 30 days; the site allows 1"):
        book(TEN)
    assert book(TEN, kind="scheduled").kind == "scheduled"
    Visit.objects.filter(pk=came.pk).update(day=FRIDAY - timedelta(days=30))
    assert book(at(11)).kind == "rescue"


def test_a_merged_records_visits_are_the_kept_ones(book, site, pia, felix, max):
    allow(site, most_bookings_ahead=1)
    kept = enroll(by=felix)
    book(NINE)
    registration.merge(duplicate=pia, into=kept, by=max, at=EIGHT)
    with pytest.raises(TooOften):
        book(TEN, patient=kept)


def test_with_a_reason_it_is_booked_and_the_reason_stays_with_the_booking(book, site):
    allow(site, most_bookings_ahead=1)
    book(NINE)
    visit = book(TEN, beyond_limit_because="Agreed with Dr. Dorn")
    assert VisitMove.objects.get(visit=visit).reason == "Agreed with Dr. Dorn"


def test_no_limit_asks_nothing(book, site, django_assert_max_num_queries):
    allow(site, most_bookings_ahead=None, most_rescues_in_30_days=None)
    for hour in range(9, 16):
        book(at(hour))


class TestAtTheDesk:
    def typed(self, pia, **more):
        day = {"patient": pia.key, "day": str(FRIDAY), "wanted": "undecided", "reason": "Since Wednesday"}
        return day | {"starts_at": at(13).isoformat()} | more

    def test_the_page_says_why_keeps_what_was_typed_and_asks_who_may_for_a_reason(
        self, book, site, pia, felix, max
    ):
        allow(site, most_bookings_ahead=1)
        book(NINE)
        desk, boss = signed_in(felix), signed_in(max)
        refused = desk.post(reverse("visits:book"), self.typed(pia), headers=HTMX)
        page = refused.content.decode()
        assert refused.status_code == 409 and "the site allows 1" in page and "Since Wednesday" in page
        assert "A manager may book beyond the limit." in page and "beyond_limit_because" not in page
        typed = self.typed(pia, beyond_limit_because="Agreed with Dr. Dorn")
        assert desk.post(reverse("visits:book"), typed, headers=HTMX).status_code == 403
        assert (
            "beyond_limit_because"
            in boss.post(reverse("visits:book"), self.typed(pia), headers=HTMX).content.decode()
        )
        assert boss.post(reverse("visits:book"), typed, headers=HTMX).status_code == 200
        assert Visit.objects.count() == 2

    def test_the_api_answers_the_same(self, book, site, pia, felix, max):
        allow(site, most_bookings_ahead=1)
        book(NINE)
        body = {"patient": str(pia.key), "starts_at": at(13).isoformat(), "minutes": 30, "load": 1}
        send = {"path": "/api/v1/visits", "content_type": "application/json"}
        refused = signed_in(felix).post(data=body, **send)
        assert refused.status_code == 409 and "the site allows 1" in refused.json()["detail"]
        body["beyond_limit_because"] = "Agreed with Dr. Dorn"
        assert signed_in(felix).post(data=body, **send).status_code == 403
        assert signed_in(max).post(data=body, **send).status_code == 201
