"""An order that grows past its booking, as the provider and the front desk see it."""

import pytest
from django.urls import reverse

from regimens.models import Order
from tests.clock import EIGHT, NINE, at
from tests.people import signed_in
from tests.visits import scenes
from visits.models import Chair, Visit
from visits.services import booking, moving

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def one_chair(site, nurses):
    return Chair.objects.create(site=site, name="Chair 1")


@pytest.fixture
def booked(site, one_chair, pia, felix):
    """Pia from 9:00 to 9:45, for a reason only."""
    return booking.book_visit(site=site, patient=pia, starts_at=NINE, minutes=45, load=3, by=felix, at=EIGHT)


def said(response):
    return " ".join(response.content.decode().split())


def magnesium(drugs, minutes):
    """The composing page's form with one infusion of so many minutes."""
    step = {
        "drug": drugs.magnesium.code,
        "dose": "1000",
        "unit": "mg",
        "method": "iv_infusion",
        "diluent": "",
        "volume_ml": "100",
        "minutes": str(minutes),
        "starts": "after",
        "gap_minutes": "0",
        "indication": "headache",
        "only_if_pain_over": "",
        "note": "",
        "max_dose": "",
    }
    return {"count": "1", "regimen": "", "picker": ""} | {f"s0-{name}": value for name, value in step.items()}


def look(dana, visit, form):
    page = reverse("visits:compose", args=[visit.key])
    return said(signed_in(dana).post(page, form, headers=HTMX))


def test_the_composing_page_says_that_it_fits(dana, booked, drugs):
    page = look(dana, booked, magnesium(drugs, 60))
    assert "40 min longer than booked: until 10:25." in page
    assert "Chair and nurses have room for it." in page
    assert not Order.objects.exists()


def test_and_what_stands_in_the_way_before_anything_is_saved(dana, booked, drugs, site, paul, felix):
    scenes.booked(patient=paul, site=site, by=felix, starts_at=at(10))
    page = look(dana, booked, magnesium(drugs, 60))
    assert "All chairs of that kind are taken from 10:00 to 10:40." in page
    assert "It would fit at 08:00, 11:45" in page
    assert not Order.objects.exists()


def test_short_enough_nothing_is_said(dana, booked, drugs):
    page = look(dana, booked, magnesium(drugs, 15))
    assert "in the chair" in page
    assert "than booked" not in page


@pytest.fixture
def grown(booked, order, felix):
    booking.attach_order(visit=booked, order=order, by=felix, at=EIGHT)
    return booked


def test_the_front_desk_sees_it_and_extends_with_one_press(felix, grown, order):
    desk, panel = signed_in(felix), reverse("visits:visit", args=[grown.key])
    assert "the order needs more than is booked" in said(desk.get(reverse("visits:today")))
    page = said(desk.get(panel, headers=HTMX))
    assert "longer than booked" in page
    assert f"Extend to {at(9):%M}" not in page
    done = desk.post(reverse("visits:extend", args=[grown.key]), headers=HTMX)
    assert done["HX-Trigger"]
    assert "longer than booked" not in said(done)
    assert Visit.objects.get().minutes == order.chair_minutes
    assert "the order needs more than is booked" not in said(desk.get(reverse("visits:today")))


def test_where_it_does_not_fit_there_is_no_button_and_the_verb_refuses_in_words(felix, grown, site, paul):
    scenes.booked(patient=paul, site=site, by=felix, starts_at=at(10))
    desk = signed_in(felix)
    page = said(desk.get(reverse("visits:visit", args=[grown.key]), headers=HTMX))
    assert "All chairs of that kind are taken from 10:00" in page
    assert "Extend to" not in page
    refused = desk.post(reverse("visits:extend", args=[grown.key]), headers=HTMX)
    assert refused.status_code == 409
    assert "All chairs of that kind are taken from 10:00" in said(refused)


class TestSomebodyStaysLonger:
    """Without an order that says so: it is looked at first, then agreed to."""

    def test_what_it_means_then_it_is_planned_so(self, felix, booked):
        desk = signed_in(felix)
        shown = desk.post(reverse("visits:extend_look", args=[booked.key]), {"until": "10:30"}, headers=HTMX)
        assert shown.status_code == 200
        for words in ("Until 10:30 instead of 09:45", "45 min longer than booked", "Extend to 10:30"):
            assert words in said(shown)
        assert Visit.objects.get().minutes == 45
        done = desk.post(reverse("visits:extend", args=[booked.key]), {"minutes": "90"}, headers=HTMX)
        assert 'data-announce="Planned until 10:30"' in said(done)
        assert "board-changed" in done.headers["HX-Trigger"]
        assert (Visit.objects.get().minutes, Visit.objects.get().ends_at) == (90, at(10, 30))

    def test_moved_since_it_was_looked_at_it_is_looked_at_again(self, felix, booked):
        desk = signed_in(felix)
        shown = desk.post(reverse("visits:extend_look", args=[booked.key]), {"minutes": "90"}, headers=HTMX)
        assert f'name="was_at" value="{NINE.isoformat()}"' in said(shown)
        moving.move(visit=booked, starts_at=at(11), by=felix, at=EIGHT)
        typed = {"minutes": "90", "was_at": NINE.isoformat()}
        done = desk.post(reverse("visits:extend", args=[booked.key]), typed, headers=HTMX)
        assert (done.status_code, Visit.objects.get().minutes) == (409, 45)
        assert "This visit was moved to Fri 20 Nov 11:00. Look again." in said(done)

    def test_a_clash_is_words_and_cannot_be_agreed_to(self, felix, booked, site, paul):
        scenes.booked(patient=paul, site=site, by=felix, starts_at=at(10))
        desk = signed_in(felix)
        shown = desk.post(reverse("visits:extend_look", args=[booked.key]), {"minutes": "90"}, headers=HTMX)
        assert shown.status_code == 409
        assert "All chairs of that kind are taken from 10:00 to 10:45." in said(shown)
        assert "Extend to" not in said(shown)
        done = desk.post(reverse("visits:extend", args=[booked.key]), {"minutes": "90"}, headers=HTMX)
        assert (done.status_code, Visit.objects.get(pk=booked.pk).minutes) == (409, 45)

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({}, "Until when? Choose a time."),
            ({"until": "soon"}, "Until when? Choose a time."),
            ({"until": "09:45"}, "Booked until 09:45: choose a later time, 12 hours in all at most."),
            ({"until": "08:00"}, "Booked until 09:45: choose a later time, 12 hours in all at most."),
            ({"minutes": "721"}, "Booked until 09:45: choose a later time, 12 hours in all at most."),
        ],
    )
    def test_no_later_time_is_a_sentence(self, felix, booked, typed, sentence):
        page = signed_in(felix).post(reverse("visits:extend_look", args=[booked.key]), typed, headers=HTMX)
        assert page.status_code == 422
        assert sentence in said(page)

    def test_a_form_that_has_changed_extends_nothing(self, felix, booked):
        typed = {"minutes": "many"}
        page = signed_in(felix).post(reverse("visits:extend", args=[booked.key]), typed, headers=HTMX)
        assert (page.status_code, Visit.objects.get().minutes) == (422, 45)
        assert "The form has changed. Choose the time again." in said(page)

    def test_without_htmx_it_is_a_page(self, felix, booked):
        desk = signed_in(felix)
        assert "<html" in said(
            desk.post(reverse("visits:extend_look", args=[booked.key]), {"until": "10:30"})
        )
        done = desk.post(reverse("visits:extend", args=[booked.key]), {"minutes": "90"})
        assert done.url == reverse("visits:visit", args=[booked.key])
