"""What the board says of a visit beside its state: what takes too long, and what somebody has to see to."""

from datetime import date, timedelta

import pytest

from infusion_center.places.models import Site
from patients.models import Payer
from patients.services import coverage, registration
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, at
from tests.people import enroll
from tests.visits import scenes
from tests.visits.conftest import line_of
from visits.selectors import board as boards
from visits.services import asking, booking, flow, giving


@pytest.fixture
def booked(site, chairs, nurses, felix, pia):
    return booking.book_visit(site=site, patient=pia, starts_at=NINE, minutes=90, load=3, by=felix, at=EIGHT)


def cell(site, when, day=FRIDAY):
    rows = boards.board(site=site, day=day, at=when).chairs
    (found,) = [box.thing for chair in rows for row in chair.rows for box in row if box.thing]
    return found


def covered(patient, by, **dates):
    payer = Payer.objects.create(name="Prairie Health", payer_id="PH001")
    return coverage.add_coverage(patient=patient, payer=payer, member_id="M1", **dates, by=by, at=EIGHT)


class TestOverdue:
    def test_who_came_early_waits_from_the_promised_time(self, booked, site, felix):
        flow.check_in(visit=booked, by=felix, at=at(8, 10))
        assert "overdue" not in cell(site, NINE + 20 * MINUTE).lights
        assert cell(site, NINE + 21 * MINUTE).lights["overdue"] == "waits 21 min"

    def test_who_came_late_waits_from_then(self, booked, site, felix):
        flow.check_in(visit=booked, by=felix, at=at(9, 10))
        assert "overdue" not in cell(site, at(9, 30)).lights

    def test_nothing_given_in_the_chair_until_the_first_drug(self, in_chair, magnesium, stock, site, nora):
        assert cell(site, scenes.SIT + 31 * MINUTE).lights["overdue"] == "nothing given for 31 min"
        giving.start(
            administration=line_of(in_chair, "sodium"), lots=[stock.saline], started_at=NINE, by=nora, at=NINE
        )
        assert "overdue" not in cell(site, scenes.SIT + 31 * MINUTE).lights
        assert cell(site, in_chair.ends_at + 16 * MINUTE).lights["overdue"] == "16 min over"

    def test_the_minutes_are_the_sites_own(self, booked, site, felix):
        flow.check_in(visit=booked, by=felix, at=NINE)
        Site.objects.filter(pk=site.pk).update(waiting_at_most_minutes=45, late_after_minutes=0)
        patient_site = Site.objects.get(pk=site.pk)
        assert "overdue" not in cell(patient_site, at(9, 45)).lights
        flow.undo(visit=booked, reason="Not here after all", by=felix, at=at(9, 1))
        assert cell(patient_site, at(9, 1)).group == "late"

    def test_who_has_left_is_late_for_nothing(self, booked, site, felix):
        flow.check_in(visit=booked, by=felix, at=NINE)
        flow.leave(visit=booked, reason="Could not wait", by=felix, at=at(9, 50))
        rows = boards.board(site=site, day=FRIDAY, at=at(9, 55))
        assert rows.counts == {}


class TestDriver:
    @pytest.mark.parametrize(
        ("answer", "light"), [("unknown", "driver not asked"), ("no", "has no driver"), ("yes", None)]
    )
    def test_not_asked_is_not_no(self, drugs, pia, dana, site, chairs, nurses, felix, answer, light):
        sedating = scenes.regimen((drugs.prochlorperazine, 10, "mg", "iv_push", 5, []), code="sedating")
        order = scenes.signed_order(patient=pia, recipe=sedating, by=dana)
        visit = scenes.booked(patient=pia, site=site, orders=[order], by=felix)
        asking.name_driver(
            visit=visit, has_driver=answer, driver_name="Ed" if answer == "yes" else "", by=felix, at=EIGHT
        )
        assert cell(site, EIGHT).lights.get("no_driver") == light

    def test_nobody_asks_for_a_driver_where_none_is_needed(self, booked, site):
        assert "no_driver" not in cell(site, EIGHT).lights


class TestCover:
    def test_none_on_file_then_not_verified_then_nothing_to_say(self, booked, site, pia, felix):
        assert cell(site, EIGHT).lights["no_cover"] == "no coverage on file"
        plan = covered(pia, felix)
        assert cell(site, EIGHT).lights["no_cover"] == "coverage not verified"
        coverage.verify(coverage=plan, by=felix, at=EIGHT)
        assert "no_cover" not in cell(site, EIGHT).lights

    @pytest.mark.parametrize(
        "dates", [{"ends_on": FRIDAY - timedelta(days=1)}, {"starts_on": FRIDAY + timedelta(days=1)}]
    )
    def test_a_plan_of_other_days_is_none(self, booked, site, pia, felix, dates):
        plan = covered(pia, felix, **dates)
        coverage.verify(coverage=plan, by=felix, at=EIGHT)
        assert cell(site, EIGHT).lights["no_cover"] == "no coverage on file"

    def test_a_plan_of_the_kept_record_counts(self, booked, site, pia, felix, max):
        kept = enroll(by=felix)
        coverage.verify(coverage=covered(kept, felix, starts_on=date(2026, 1, 1)), by=felix, at=EIGHT)
        registration.merge(duplicate=pia, into=kept, by=max, at=EIGHT)
        assert "no_cover" not in cell(site, EIGHT).lights


def test_comfort_needs_are_in_the_patients_words(booked, site, pia, felix):
    registration.correct(patient=pia, comfort="No light, sister stays", by=felix, at=EIGHT)
    assert cell(site, EIGHT).lights["comfort"] == "No light, sister stays"


def test_a_light_is_counted_and_can_be_chosen(booked, site):
    board = boards.board(site=site, day=FRIDAY, at=EIGHT, only="no_cover")
    assert ("no_cover", "Cover to check", 1) in board.groups
    assert board.only == "no_cover"
    assert cell(site, EIGHT).counts_for("no_cover") and not cell(site, EIGHT).counts_for("overdue")
    assert boards.board(site=site, day=FRIDAY, at=EIGHT, only="<script>").only == ""
