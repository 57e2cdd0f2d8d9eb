"""The due list and a patient's series as the front desk sees them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from patients.services import reaching
from tests.clock import FRIDAY, at
from tests.people import enroll, signed_in
from tests.places import open_site
from tests.visits.series_scenes import DAY, dose, somebody_works
from visits.models import Occurrence, Series, Visit
from visits.services import flow, series
from visits.services.series_terms import Wish

HTMX = {"HX-Request": "true"}
WEDNESDAY = FRIDAY - 2 * DAY
NOW = at(8, day=WEDNESDAY)
EPTINEZUMAB = {"regimen": "eptinezumab_100", "early_days": "0", "late_days": "14"}


@pytest.fixture(autouse=True)
def wednesday(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def running(epti, pia):
    somebody_works(epti.nurse, epti.site, *(FRIDAY + n * DAY for n in range(15)))
    return epti.start(pia)


@pytest.fixture
def desk(felix):
    return signed_in(felix)


def url(name, row):
    return reverse(f"visits:{name}", args=[row.key])


def act(client, name, row, **typed):
    return client.post(url(name, row), typed, headers=HTMX)


def said(response):
    return " ".join(response.content.decode().split())


def starts_in(response):
    return re.findall(r'name="starts_at" value="([^"]+)"', response.content.decode())


class TestTheList:
    def test_a_line_says_who_what_when_how_far_and_how_to_reach_them(self, desk, running, pia, felix):
        phone = reaching.add_phone(patient=pia, written="312 555 0142", by=felix, at=NOW)
        page = said(desk.get(reverse("visits:due")))
        for words in ["Pell, Pia", "Eptinezumab", "dose 1", "none yet", "20 Nov 2026", "to be booked"]:
            assert words in page
        assert "20 Nov to 4 Dec" in page
        assert phone.written in page

    def test_an_authorization_nobody_knows_of_is_said_to_be_unknown(self, desk, running):
        assert '<span class="flag flag-unknown">not known yet</span>' in said(desk.get(reverse("visits:due")))

    def test_overdue_comes_first_then_what_is_outside_then_by_due_day(self, desk, epti, felix, running):
        names = ["Late", "Outside", "Booked"]
        late, beyond, booked = (
            epti.start(enroll(by=felix, given_name=name), first=FRIDAY + n * DAY)
            for name, n in zip(names, [-30, 3, 1], strict=True)
        )
        epti.book(dose(beyond, 1), FRIDAY, hour=11, when=NOW)
        epti.book(dose(booked, 1), FRIDAY + 3 * DAY, hour=11, when=NOW)
        found = desk.get(reverse("visits:due")).context["due"]
        assert [(line.person.given_name, line.look) for line in found.lines] == [
            ("Late", "overdue"),
            ("Outside", "outside"),
            ("Pia", "proposed"),
            ("Booked", "booked"),
        ]
        assert (found.overdue, found.outside) == (1, 1)
        assert late.pk

    def test_of_each_series_the_next_dose_is_listed_and_every_one_that_is_booked(self, desk, epti, running):
        epti.book(dose(running, 2), FRIDAY + 80 * DAY, when=NOW)
        lines = desk.get(reverse("visits:due")).context["due"].lines
        assert [(line.occurrence.number, line.look) for line in lines] == [(2, "outside"), (1, "proposed")]

    def test_it_looks_as_far_ahead_as_is_chosen(self, desk, epti, felix):
        epti.start(enroll(by=felix), first=FRIDAY + 30 * DAY)
        lines = {weeks: desk.get(reverse("visits:due"), {"weeks": weeks}) for weeks in ("2", "8", "nonsense")}
        assert [len(page.context["due"].lines) for page in lines.values()] == [0, 1, 0]

    def test_people_who_died_and_series_that_ended_are_not_called(self, desk, epti, running, pia):
        series.end(series=running, reason="No benefit", by=epti.desk, at=NOW)
        assert desk.get(reverse("visits:due")).context["due"].lines == []

    def test_it_takes_the_same_queries_for_two_and_for_twenty(self, desk, epti, felix):
        counts = []
        desk.get(reverse("visits:due"))  # noted in the access log once an hour
        for upto in (2, 20):
            while Series.objects.count() < upto:
                n = Series.objects.count()
                one = epti.start(enroll(by=felix, given_name=f"P{'abcdefghijklmnopqrstu'[n]}"))
                if n % 3 == 0:
                    epti.book(dose(one, 1), FRIDAY, hour=8 + n // 3, when=NOW)
            with CaptureQueriesContext(connection) as queries:
                assert len(desk.get(reverse("visits:due")).context["due"].lines) == upto
            counts.append(len(queries))
        assert counts[1] == counts[0] <= 14

    def test_opening_the_list_is_one_row_an_hour_and_a_line_one_each(self, desk, running, pia):
        for _ in range(2):
            desk.get(reverse("visits:due"))
        desk.get(url("due_one", dose(running, 1)), headers=HTMX)
        desk.get(url("due_one", dose(running, 1)), {"day": "2026-11-23"}, headers=HTMX)
        assert ChartRead.objects.filter(patient_key=None).count() == 1
        assert ChartRead.objects.filter(patient_key=pia.key).count() == 1

    def test_another_site_and_a_biller_see_nothing_of_it(self, desk, bea, running, felix):
        assert signed_in(bea).get(reverse("visits:due")).status_code == 403
        other = open_site(slug="other", name="Other")
        felix.sites.set([other])
        assert signed_in(felix).get(reverse("visits:due")).context["due"].lines == []
        assert signed_in(felix).get(url("due_one", dose(running, 1))).status_code == 404

    def test_an_order_that_could_begin_a_series_is_offered_and_nothing_begins_by_itself(
        self, desk, epti, pia
    ):
        somebody_works(epti.nurse, epti.site, WEDNESDAY)
        epti.sits(epti.book_otherwise(pia, WEDNESDAY, hour=9))
        page = said(desk.get(reverse("visits:due")))
        assert "Not in a series yet" in page and url("start_series", pia) in page
        assert not Series.objects.exists()
        act(desk, "start_series", pia, **EPTINEZUMAB, first_due_on="2026-11-18")
        assert Series.objects.get().patient == pia
        assert "Not in a series yet" not in said(desk.get(reverse("visits:due")))


class TestOneDose:
    def test_the_best_days_and_starts_stand_beside_the_list(self, desk, running):
        page = desk.get(url("due_one", dose(running, 1)), headers=HTMX)
        assert "Fri 20 Nov 2026" in said(page) and "Mon 23 Nov 2026" in said(page)
        assert starts_in(page)[0] == "2026-11-20T13:30:00+00:00"
        assert len(starts_in(page)) == 9

    def test_a_start_that_is_pressed_is_booked_and_the_list_says_so(self, desk, running):
        start = starts_in(desk.get(url("due_one", dose(running, 1)), headers=HTMX))[1]
        page = act(desk, "due_confirm", dose(running, 1), starts_at=start)
        assert page.status_code == 200
        visit = Visit.objects.get()
        assert (dose(running, 1).visit, visit.kind) == (visit, "scheduled")
        assert 'hx-swap-oob="true"' in page.text
        assert re.search(r"Booked.*booked.*Fri 20 Nov 08:00", said(page))

    def test_wished_weekday_and_time_come_first(self, desk, epti, felix):
        somebody_works(epti.nurse, epti.site, *(FRIDAY + n * DAY for n in range(15)))
        running = epti.start(enroll(by=felix), wish=Wish(2, 13 * 60, 14 * 60))
        page = desk.get(url("due_one", dose(running, 1)), headers=HTMX)
        assert starts_in(page)[:3] == [f"2026-11-25T{wall}:00+00:00" for wall in ("19:30", "19:00", "20:00")]

    def test_another_day_may_be_asked_for_and_is_marked_when_it_does_not_fit(self, desk, epti, running):
        somebody_works(epti.nurse, epti.site, FRIDAY - DAY)
        page = desk.get(url("due_one", dose(running, 1)), {"day": "2026-11-19"}, headers=HTMX)
        assert "outside the window" in said(page) and len(starts_in(page)) == 3

    def test_a_closed_day_and_a_day_without_nurses_say_so(self, desk, running):
        one = dose(running, 1)
        saturday = desk.get(url("due_one", one), {"day": "2026-11-21"}, headers=HTMX)
        assert "Closed on Saturdays." in said(saturday)
        far = desk.get(url("due_one", one), {"day": "2027-03-01"}, headers=HTMX)
        assert "No nurse on shift" in said(far)

    @pytest.mark.parametrize("day", ["yesterday", "9999-12-31", "0001-01-01"])
    def test_any_day_that_can_be_typed_is_a_page(self, desk, running, day):
        assert desk.get(url("due_one", dose(running, 1)), {"day": day}).status_code == 200

    def test_without_script_it_is_the_whole_page(self, desk, running):
        page = desk.get(url("due_one", dose(running, 1)))
        assert "<html" in page.text and len(starts_in(page)) == 9

    def test_a_start_that_was_taken_meanwhile_is_refused_with_others(self, desk, running):
        start = starts_in(desk.get(url("due_one", dose(running, 1)), headers=HTMX))[0]
        act(desk, "due_confirm", dose(running, 1), starts_at=start)
        again = act(desk, "due_confirm", dose(running, 1), starts_at=start)
        assert again.status_code == 409
        assert 'role="alert"' in again.text
        assert Visit.objects.count() == 1

    def test_nothing_pressed_is_a_sentence(self, desk, running):
        answer = act(desk, "due_confirm", dose(running, 1), starts_at="")
        assert answer.status_code == 422 and "Choose a start." in said(answer)

    def test_no_answer_shows_on_the_line(self, desk, running):
        assert "no answer" in said(act(desk, "due_tried", dose(running, 1)))
        assert desk.get(reverse("visits:due")).context["due"].lines[0].look == "no_answer"

    def test_skipping_needs_a_reason_and_what_was_promised_is_shown_first(self, desk, epti, running):
        one = dose(running, 1)
        assert "Say why in a few words." in said(act(desk, "due_skip", one, reason=""))
        epti.book(one, FRIDAY, when=NOW)
        first = act(desk, "due_skip", one, reason="On holiday")
        assert first.status_code == 409
        assert "the time on 20 Nov 2026 is given back" in said(first)
        assert 'value="On holiday"' in first.text
        mark = re.search(r'name="agreed" value="(\w+)"', first.text).group(1)
        assert act(desk, "due_skip", one, reason="On holiday", agreed=mark).status_code == 200
        assert dose(running, 1).state == "skipped"

    def test_a_change_names_its_scope_and_shows_what_it_touches(self, desk, epti, running):
        epti.book(dose(running, 1), FRIDAY, when=NOW)
        form = said(desk.get(url("due_change", dose(running, 1)), headers=HTMX))
        for words in ["This one only", "This one and all later ones", "All that are still to come"]:
            assert words in form
        typed = {"scope": "later", "day": "2026-11-27", "start_from": "13:00", "start_until": "14:00"}
        look = act(desk, "due_change", dose(running, 1), **typed)
        assert "stays booked for 20 Nov 2026, outside its window" in said(look)
        mark = re.search(r'name="agreed" value="(\w+)"', look.text).group(1)
        act(desk, "due_change", dose(running, 1), **typed, agreed=mark)
        assert [one.due_on for one in Occurrence.objects.order_by("number")[:2]] == [
            FRIDAY + 7 * DAY,
            FRIDAY + 91 * DAY,
        ]
        assert dose(running, 2).start_from == 13 * 60

    def test_what_is_refused_stays_typed_with_a_sentence_at_its_field(self, desk, running):
        answer = act(desk, "due_change", dose(running, 1), scope="all", day="2026-11-27", start_from="13:00")
        assert answer.status_code == 422
        assert "Say both times to start between, or neither." in said(answer)
        assert 'value="2026-11-27"' in answer.text


class TestThePatientsPage:
    def test_it_brings_its_series_in_a_panel(self, desk, running, pia):
        page = desk.get(reverse("patients:patient", args=[pia.key]))
        assert url("series_of", pia) in page.text
        panel = said(desk.get(url("series_of", pia), headers=HTMX))
        assert "Eptinezumab, every 84 days" in panel and "0 days early to 14 days late" in panel
        assert url("due_one", dose(running, 1)) in panel
        assert ChartRead.objects.filter(patient_key=pia.key).count() == 1

    def test_a_series_is_started_with_its_terms_and_wish(self, desk, epti, pia):
        typed = {
            "regimen": "eptinezumab_100",
            "first_due_on": "2026-11-30",
            "every_days": "90",
            "early_days": "2",
            "late_days": "10",
            "chair_kind": "bed",
            "comfort": "Dim light",
            "weekday": "1",
            "start_from": "09:00",
            "start_until": "11:00",
        }
        page = act(desk, "start_series", pia, **typed)
        assert "The series has begun" in said(page)
        row = Series.objects.get()
        assert (row.every_days, row.early_days, row.late_days, row.weekday) == (90, 2, 10, 1)
        assert (row.start_from, row.start_until) == (540, 660)
        assert (row.chair_kind, row.comfort) == ("bed", "Dim light")

    def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(self, desk, epti, pia):
        answer = act(desk, "start_series", pia, **EPTINEZUMAB, comfort="Dim")
        assert answer.status_code == 422
        assert "Say when the first dose is due" in said(answer) and 'value="Dim"' in answer.text

    def test_terms_are_changed_and_the_series_ended(self, desk, running, pia):
        act(desk, "change_series", running, **EPTINEZUMAB, every_days="90")
        assert dose(running, 2).due_on == FRIDAY + 90 * DAY
        assert "Say why" in said(act(desk, "end_series", running, reason=""))
        assert "Ended" in said(act(desk, "end_series", running, reason="No benefit", cancel_visits="on"))
        assert "ended 18 Nov 2026: No benefit" in said(desk.get(url("series_of", pia)))

    def test_a_biller_may_look_and_not_act(self, bea, running, pia):
        panel = signed_in(bea).get(url("series_of", pia), headers=HTMX)
        assert panel.status_code == 200 and "End this series" not in panel.text
        assert act(signed_in(bea), "end_series", running, reason="No").status_code == 403

    def test_it_takes_the_same_queries_for_one_series_and_for_two(self, desk, epti, pia, running, recipe):
        counts = []
        desk.get(url("series_of", pia), headers=HTMX)
        for again in (False, True):
            if again:
                recipe.series_days = 28
                recipe.save()
                series.start(
                    patient=pia, site=epti.site, regimen=recipe, first_due_on=FRIDAY, by=epti.desk, at=NOW
                )
            with CaptureQueriesContext(connection) as queries:
                desk.get(url("series_of", pia), headers=HTMX)
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_a_visit_that_was_cancelled_puts_its_dose_back_on_the_list(desk, epti, running):
    visit = epti.book(dose(running, 1), FRIDAY, when=NOW)
    flow.cancel(visit=visit, reason="Has the flu", by=epti.desk, at=NOW + timedelta(hours=1))
    page = said(desk.get(reverse("visits:due")))
    assert "20 Nov 2026: cancelled" in page and "to be booked" in page


def test_it_looks_on_until_a_day_of_the_window_has_a_start(desk, epti, felix):
    """Nobody works on the first nine open days."""
    last = FRIDAY + 13 * DAY
    somebody_works(epti.nurse, epti.site, last)
    running = epti.start(enroll(by=felix))
    page = desk.get(url("due_one", dose(running, 1)), headers=HTMX)
    assert "Thu 3 Dec 2026" in said(page) and len(starts_in(page)) == 3
