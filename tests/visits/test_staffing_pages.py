"""The manager's pages of capacity: week, hours, loads, files. What touches who is booked is asked first."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from infusion_center.places.models import Closure, OpeningHours, SpecialHours
from tests.clock import EIGHT, FRIDAY, NINE, SEVEN, TEN, at
from tests.people import enroll, member_of_staff, signed_in
from tests.places import on_shift, open_site
from tests.visits import scenes
from visits.models import Absence, LoadPolicy, RatioRule, Shift, Visit
from visits.services import booking, staffing

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def boss(max, chairs):
    return signed_in(max)


def said(response):
    return " ".join(response.content.decode().split())


def address(name, **query):
    return reverse(f"visits:{name}", query=query)


def seen(response):
    """The mark of what was asked."""
    return re.search(r'name="seen" value="(\w+)"', response.content.decode())[1]


class TestTheWeek:
    def test_it_shows_shifts_breaks_absences_and_hours(self, boss, site, nora, max):
        staffing.add_shift(
            site=site,
            nurse=nora,
            starts_at=EIGHT,
            ends_at=at(16),
            breaks=[(at(12), at(12, 30))],
            by=max,
            at=SEVEN,
        )
        staffing.add_absence(nurse=nora, starts_at=NINE, ends_at=TEN, reason="training", by=max, at=SEVEN)
        page = said(boss.get(address("staffing")))
        assert "Week of 16 Nov 2026" in page
        for words in ("08:00–16:00", "break 12:00–12:30", "training", "6:30", "Closed on Saturdays."):  # noqa: RUF001
            assert words in page

    def test_a_shift_at_another_site_is_shown_and_not_editable(self, boss, nora):
        north = open_site(slug="north", name="North Side")
        nora.sites.add(north)
        shift = on_shift(nora, north)
        page = said(boss.get(address("staffing")))
        assert "at North Side" in page
        assert boss.get(reverse("visits:shift", args=[shift.pk])).status_code == 404

    def test_the_same_queries_for_2_nurses_and_20(self, boss, site, nurses, django_assert_max_num_queries):
        budget = 14
        with django_assert_max_num_queries(budget):
            boss.get(address("staffing"))
        for n in range(18):
            on_shift(member_of_staff(f"nurse{n}", "nurse", site=site, first_name=f"N{n}"), site)
        with django_assert_max_num_queries(budget):
            boss.get(address("staffing"))

    @pytest.mark.parametrize("week", ["", "nonsense", "0001-01-01", "9999-12-31"])
    def test_an_odd_week_is_this_one(self, boss, nurses, week):
        assert "Week of 16 Nov 2026" in said(boss.get(address("staffing", week=week)))

    @pytest.mark.parametrize("name", ["staffing", "hours", "loads", "bring", "copy_week"])
    def test_it_is_the_managers(self, name, felix, nora):
        for user in (felix, nora):
            assert signed_in(user).get(address(name)).status_code == 403


class TestShifts:
    @pytest.fixture
    def place(self, nora):
        return {"nurse": nora.pk, "day": FRIDAY.isoformat()}

    def test_added_by_its_times(self, boss, site, nora, place):
        answer = boss.post(
            address("new_shift", **place),
            {"starts": "08:00", "ends": "16:00", "breaks": "12:00-12:30"},
            headers=HTMX,
        )
        shift = Shift.objects.get()
        assert (shift.span.lower, shift.span.upper, shift.breaks.count()) == (EIGHT, at(16), 1)
        assert 'data-announce="The shift is added"' in said(answer)
        assert re.search(rf'id="add-{nora.pk}-2026-11-20" data-focus', said(answer))

    def test_it_proposes_the_last_shifts_times(self, boss, site, nora, place, max):
        earlier = timedelta(days=7)
        staffing.add_shift(
            site=site, nurse=nora, starts_at=SEVEN - earlier, ends_at=at(15) - earlier, by=max, at=SEVEN
        )
        page = said(boss.get(address("new_shift", **place)))
        assert 'value="07:00"' in page
        assert 'value="15:00"' in page

    def test_a_refusal_stands_in_the_form_and_what_was_typed_stays(self, boss, site, nora, place):
        on_shift(nora, site)
        answer = boss.post(
            address("new_shift", **place), {"starts": "08:00", "ends": "16:00", "breaks": ""}, headers=HTMX
        )
        assert answer.status_code == 422
        assert "Nora has a shift at Lakeside Headache Infusion" in said(answer)
        assert 'value="16:00"' in said(answer)

    def test_words_that_are_no_times_are_said(self, boss, place):
        answer = boss.post(address("new_shift", **place), {"starts": "", "ends": "x", "breaks": "noon"})
        assert answer.status_code == 422
        for words in ("At what time?", "Write a time such as 07:30", "is no break"):
            assert words in said(answer)

    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "x"])
    def test_an_odd_day_is_not_found(self, boss, place, day):
        assert boss.get(address("new_shift", **(place | {"day": day}))).status_code == 404

    def test_a_nurse_of_another_site_is_not_found(self, boss, felix, place):
        assert boss.get(address("new_shift", **(place | {"nurse": felix.pk}))).status_code == 404
        assert boss.get(address("new_shift", nurse="x")).status_code == 404

    def test_taking_away_whom_patients_need_is_asked_first(self, boss, site, nora, pia, felix):
        shift = on_shift(nora, site)
        scenes.booked(patient=pia, site=site, by=felix)
        remove = reverse("visits:shift", args=[shift.pk])
        asked = boss.post(remove, {"act": "remove"}, headers=HTMX)
        assert "Fri 20 Nov: 1 visit at 09:00–10:30 would have no nurse." in said(asked)  # noqa: RUF001
        assert Shift.objects.exists()
        boss.post(remove, {"act": "remove", "seen": "something else"}, headers=HTMX)
        assert Shift.objects.exists()
        done = boss.post(remove, {"act": "remove", "seen": seen(asked)}, headers=HTMX)
        assert 'data-announce="The shift is removed"' in said(done)
        assert not Shift.objects.exists()
        assert Visit.objects.get().starts_at == NINE

    def test_asked_about_what_has_changed_meanwhile_it_is_asked_again(
        self, boss, site, nora, pia, paul, felix
    ):
        shift = on_shift(nora, site)
        scenes.booked(patient=pia, site=site, by=felix)
        change = reverse("visits:shift", args=[shift.pk])
        typed = {"starts": "12:00", "ends": "17:00", "breaks": ""}
        asked = boss.post(change, typed, headers=HTMX)
        assert 'name="starts" value="12:00"' in said(asked)
        scenes.booked(patient=paul, site=site, by=felix, starts_at=TEN)
        again = boss.post(change, typed | {"seen": seen(asked)}, headers=HTMX)
        assert "2 visits" in said(again)
        boss.post(change, typed | {"seen": seen(again)}, headers=HTMX)
        assert Shift.objects.get().span.lower == at(12)

    def test_without_javascript_it_goes_back_to_the_week(self, boss, place):
        answer = boss.post(address("new_shift", **place), {"starts": "08:00", "ends": "16:00"}, follow=True)
        assert "The shift is added." in said(answer)


class TestAbsences:
    def test_whole_days_are_added_and_removed(self, boss, site, nora):
        on_shift(nora, site)
        place = {"nurse": nora.pk, "day": FRIDAY.isoformat()}
        typed = {"first": "2026-11-20", "last": "2026-11-22", "starts": "", "ends": "", "reason": "vacation"}
        boss.post(address("new_absence", **place), typed, headers=HTMX)
        absence = Absence.objects.get()
        assert (absence.span.lower, absence.span.upper) == (at(0), at(0, day=FRIDAY + timedelta(days=3)))
        page = reverse("visits:absence", args=[absence.pk])
        assert "Absent: vacation" in said(boss.get(page))
        boss.post(page, {"act": "remove"}, headers=HTMX)
        assert not Absence.objects.exists()

    def test_part_of_a_day_and_what_it_means_for_who_is_booked(self, boss, site, nora, pia, felix):
        on_shift(nora, site)
        scenes.booked(patient=pia, site=site, by=felix)
        place = {"nurse": nora.pk, "day": FRIDAY.isoformat()}
        typed = {
            "first": "2026-11-20",
            "last": "2026-11-20",
            "starts": "10:00",
            "ends": "11:00",
            "reason": "dentist",
        }
        asked = boss.post(address("new_absence", **place), typed, headers=HTMX)
        assert "1 visit at 10:00–10:30 would have no nurse." in said(asked)  # noqa: RUF001
        assert not Absence.objects.exists()

    def test_the_wrong_way_round_is_refused_beside_its_field(self, boss, nora):
        place = {"nurse": nora.pk, "day": FRIDAY.isoformat()}
        typed = {"first": "2026-11-22", "last": "2026-11-20", "reason": "vacation"}
        answer = boss.post(address("new_absence", **place), typed, headers=HTMX)
        assert answer.status_code == 422
        assert "ends after it starts" in said(answer)


class TestCopying:
    def test_the_preview_counts_and_names_the_clashes_and_the_copy_adds_the_rest(self, boss, site, nurses):
        Closure.objects.create(site=site, day=FRIDAY + timedelta(days=7), reason="Holiday")
        page = said(boss.get(address("copy_week", week="2026-11-20", weeks=2)))
        assert "2 shifts would be added." in page
        assert "2 clash and stay out:" in page
        assert "Closed on Fri 27 Nov 2026: Holiday." in page
        assert Shift.objects.count() == 2
        done = boss.post(address("copy_week"), {"week": "2026-11-16", "weeks": 2}, headers=HTMX)
        assert "2 shifts added" in said(done)
        assert Shift.objects.count() == 4

    @pytest.mark.parametrize("weeks", ["0", "13", "x", ""])
    def test_an_odd_number_of_weeks_is_refused(self, boss, nurses, weeks):
        assert boss.get(address("copy_week", week="2026-11-20", weeks=weeks)).status_code == 422


class TestHours:
    def test_the_weeks_hours_are_kept(self, boss, site):
        typed = {f"opens{n}": "08:00" for n in range(6)} | {f"closes{n}": "16:00" for n in range(6)}
        boss.post(address("hours"), typed | {"form": "hours"})
        rows = OpeningHours.objects.filter(site=site).values_list("weekday", "opens__hour", "closes__hour")
        assert list(rows.order_by("weekday")) == [(n, 8, 16) for n in range(6)]

    def test_half_a_day_is_refused(self, boss):
        answer = boss.post(address("hours"), {"form": "hours", "opens5": "08:00"})
        assert answer.status_code == 422
        assert "Saturday: give both times" in said(answer)

    def test_a_closed_day_and_other_hours_come_and_go(self, boss, site):
        boss.post(address("hours"), {"form": "closure", "day": "2026-11-26", "reason": "Thanksgiving"})
        special = {
            "form": "special",
            "day": "2026-11-27",
            "opens": "10:00",
            "closes": "14:00",
            "reason": "Bridge",
        }
        boss.post(address("hours"), special)
        page = said(boss.get(address("hours")))
        assert "Thanksgiving" in page
        assert "10:00–14:00" in page  # noqa: RUF001
        boss.post(address("hours"), {"remove": f"closure:{Closure.objects.get().pk}"})
        boss.post(address("hours"), {"remove": f"special:{SpecialHours.objects.get().pk}"})
        assert not Closure.objects.exists()
        assert not SpecialHours.objects.exists()

    def test_closing_a_day_with_visits_is_asked_first(self, boss, site, nurses, pia, felix):
        scenes.booked(patient=pia, site=site, by=felix)
        typed = {"form": "closure", "day": "2026-11-20", "reason": "Burst pipe"}
        asked = boss.post(address("hours"), typed)
        assert "Fri 20 Nov: 1 visit booked, and the center would be closed." in said(asked)
        assert not Closure.objects.exists()
        boss.post(address("hours"), typed | {"seen": seen(asked)})
        assert Closure.objects.get().reason == "Burst pipe"

    @pytest.mark.parametrize("posted", [{}, {"form": "x"}, {"remove": "closure:x"}, {"remove": "special:9"}])
    def test_what_is_no_act_is_not_found(self, boss, posted):
        assert boss.post(address("hours"), posted).status_code == 404


class TestLoads:
    def test_a_row_is_written_shown_and_removed_and_the_history_keeps_both(self, boss, site, drugs):
        typed = {
            "form": "load",
            "about": "drug:ketorolac",
            "load": "6",
            "source": "Meeting",
            "valid_from": "2026-11-20",
        }
        boss.post(address("loads"), typed)
        row = LoadPolicy.objects.get()
        assert (row.drug, row.load, row.written_by.username) == (drugs.ketorolac, 6, "max")
        page = said(boss.get(address("loads")))
        assert "in force" in page
        assert "max has written ketorolac, 6 from 20 Nov 2026 (Meeting)" in page
        boss.post(address("loads"), {"remove": f"load:{row.pk}"})
        page = said(boss.get(address("loads")))
        assert "max has removed ketorolac" in page
        assert "Every drug loads as the formulary says." in page

    def test_what_is_typed_wrong_is_said_beside_it(self, boss, drugs):
        typed = {
            "form": "load",
            "about": "drug:ketorolac",
            "load": "13",
            "source": "M",
            "valid_from": "2026-11-20",
        }
        answer = boss.post(address("loads"), typed)
        assert answer.status_code == 422
        assert "A number from 1 to 12" in said(answer)
        assert "Choose one." in said(boss.post(address("loads"), {"form": "load"}))

    def test_a_ratio_that_who_is_booked_does_not_keep_is_asked_first(self, boss, site, nora, felix):
        on_shift(nora, site)
        for n, name in enumerate(("Ana", "Bea", "Cal")):
            booking.book_visit(
                site=site,
                patient=enroll(by=felix, given_name=name),
                starts_at=NINE + n * timedelta(minutes=15),
                minutes=60,
                load=3,
                by=felix,
                at=EIGHT,
            )
        typed = {"form": "ratio", "patients_per_nurse": "2", "source": "Law", "valid_from": "2026-11-20"}
        asked = boss.post(address("loads"), typed)
        assert "3 visits at 09:30–10:00 would ask for 18, and the nurses carry 12." in said(asked)  # noqa: RUF001
        assert not RatioRule.objects.exists()
        boss.post(address("loads"), typed | {"seen": seen(asked)})
        assert RatioRule.objects.get().state == "IL"

    def test_a_booking_made_from_the_page_loads_as_the_site_says(
        self, boss, site, nurses, pia, recipe, felix
    ):
        typed = {
            "form": "load",
            "about": "drug:ketorolac",
            "load": "7",
            "source": "Meeting",
            "valid_from": "2026-11-20",
        }
        boss.post(address("loads"), typed)
        booked = {
            "patient": pia.key,
            "wanted": f"regimen:{recipe.code}",
            "day": "2026-11-20",
            "starts_at": NINE.isoformat(),
        }
        signed_in(felix).post(address("book"), booked)
        assert Visit.objects.get().load == 7


class TestFiles:
    TEXT = "nurse,day,from,to\nnora,2026-11-20,08:00,16:00\nnobody,2026-11-20,08:00,16:00\n"

    def upload(self, boss, kind, text):
        file = SimpleUploadedFile("rows.csv", text.encode(), content_type="text/csv")
        return boss.post(address("bring"), {"kind": kind, "file": file})

    def test_looked_at_nothing_is_written_taken_the_good_lines_are(self, boss, nora):
        page = said(self.upload(boss, "shifts", self.TEXT))
        assert "Dry run: nothing is written yet" in page
        assert "1 line would be added." in page
        assert "No nurse of this site is called “nobody”." in page
        assert "nobody,2026-11-20,08:00,16:00" in page
        assert not Shift.objects.exists()
        done = boss.post(address("bring"), {"kind": "shifts", "text": self.TEXT, "act": "take"})
        assert "1 line is added." in said(done)
        assert Shift.objects.count() == 1

    def test_a_closure_over_visits_says_so_in_the_dry_run(self, boss, site, nurses, pia, felix):
        scenes.booked(patient=pia, site=site, by=felix)
        page = said(self.upload(boss, "closures", "day,reason\n2026-11-20,Burst pipe\n"))
        assert "1 visit booked, and the center would be closed." in page
        assert not Closure.objects.exists()

    def test_bookings_are_for_who_may_book(self, boss, ada, nurses, pia):
        text = f"number,day,start,minutes\n{pia.number},2026-11-20,9:00,60\n"
        assert self.upload(signed_in(ada), "bookings", text).status_code == 403
        assert "1 line would be added." in said(self.upload(boss, "bookings", text))
        assert not Visit.objects.exists()

    @pytest.mark.parametrize(
        ("kind", "text", "words"),
        [
            ("shifts", "", "The submitted file is empty"),
            ("shifts", "nurse,day\n", "from, to is missing there"),
            ("what", "x", "Select a valid choice"),
        ],
    )
    def test_what_is_no_file(self, boss, kind, text, words):
        answer = self.upload(boss, kind, text)
        assert answer.status_code == 422
        assert words in said(answer)

    def test_a_spreadsheet_of_windows_is_read(self, boss, site):
        file = SimpleUploadedFile("rows.csv", "day,reason\n2026-12-01,Caf\xe9\n".encode("cp1252"))
        boss.post(address("bring"), {"kind": "closures", "file": file})
        page = boss.post(
            address("bring"),
            {
                "kind": "closures",
                "file": SimpleUploadedFile("r.csv", "day,reason\n2026-12-01,Caf\xe9\n".encode("cp1252")),
                "act": "take",
            },
        )
        assert "1 line is added." in said(page)
        assert Closure.objects.get().reason == "Café"
