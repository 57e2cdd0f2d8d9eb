"""Going live by file: a dry run says of every line what becomes of it, then the good ones go in, once."""

from datetime import date, timedelta

import pytest

from infusion_center.places.models import Closure, SpecialHours
from regimens.models import Regimen
from tests.clock import EIGHT, FRIDAY, NINE, SEVEN, at
from tests.people import enroll
from tests.visits import series_scenes
from visits.models import Series, Shift, Visit
from visits.rules.csv_rows import NotAFile
from visits.selectors.day import day_of
from visits.services import bringing, flow, hours, staffing
from visits.services.brought import Fate

ADD, THERE, CLASH, UNREAD = Fate.ADD, Fate.THERE, Fate.CLASH, Fate.UNREAD
SHIFTS = """nurse,day,from,to,breaks
nora,2026-11-20,07:30,16:00,12:00-12:30; 15:00-15:15
"Nash, Noah",11/20/2026,9 am,5:30 pm,
Nora North,2026-11-23,07:30,16:00,
"""


@pytest.fixture
def file(site, nora, noah, max):
    """`file("shifts", text)` looks; `file("shifts", text, take=True)` takes."""

    def file(kind, text, *, take=False):
        verb = bringing.bring if take else bringing.look
        return verb(kind, site=site, text=text, by=max, at=SEVEN)

    return file


def fates(found):
    return [one.fate for one in found]


def said(found):
    return {one.line.number: one.sentence for one in found if one.sentence}


class TestShifts:
    def test_the_dry_run_writes_nothing(self, file):
        assert fates(file("shifts", SHIFTS)) == [ADD, ADD, ADD]
        assert not Shift.objects.exists()

    def test_taken_they_are_there_with_their_breaks_and_twice_adds_nothing(self, site, file):
        assert fates(file("shifts", SHIFTS, take=True)) == [ADD, ADD, ADD]
        friday = day_of(site=site, day=FRIDAY)
        assert sorted(friday.nurses) == [(450, 960), (540, 1050)]
        assert sorted(friday.breaks) == [(720, 750), (900, 915)]
        assert fates(file("shifts", SHIFTS)) == [THERE, THERE, THERE]
        assert fates(file("shifts", SHIFTS, take=True)) == [THERE, THERE, THERE]
        assert Shift.objects.count() == 3

    def test_each_line_says_what_is_not_understood_and_the_others_go_in(self, file):
        text = (
            "nurse,day,from,to,breaks\n"
            "nobody,2026-11-20,07:30,16:00,\n"
            "nora,the 20th,07:30,16:00,\n"
            "nora,2026-11-20,half past seven,16:00,\n"
            "nora,2026-11-20,07:30,,\n"
            "nora,2026-11-20,07:30,16:00,noon\n"
            "nora,2026-11-20,07:30,16:00,17:00-17:30\n"
            "nora,1926-11-20,07:30,16:00,\n"
            "nora,2026-11-20,07:30,16:00,\n"
        )
        found = file("shifts", text, take=True)
        assert fates(found) == [UNREAD] * 7 + [ADD]
        assert said(found) == {
            2: "No nurse of this site is called “nobody”.",
            3: "“the 20th” is no day: write 2026-11-27 or 11/27/2026.",
            4: "“half past seven” is no time: write 07:30 or 5:30 PM.",
            5: "The column “to” is empty.",
            6: "“noon” is no break: write 12:00-12:30.",
            7: "Breaks lie within the shift, one after the other.",
            8: "“1926-11-20” is not of this century.",
        }
        assert found[0].line.text == "nobody,2026-11-20,07:30,16:00,"

    def test_what_clashes_with_the_roster_or_with_a_line_above_stays_out(self, site, file, noah, max):
        week = timedelta(days=7)
        hours.close_day(site=site, day=FRIDAY + week, reason="Holiday", by=max, at=SEVEN)
        staffing.add_absence(nurse=noah, starts_at=at(0), ends_at=at(23, 59), reason="sick", by=max, at=SEVEN)
        text = (
            "nurse,day,from,to\n"
            "nora,2026-11-20,07:30,16:00\n"
            "nora,2026-11-20,15:00,18:00\n"
            "noah,2026-11-20,07:30,16:00\n"
            "nora,2026-11-27,07:30,16:00\n"
            "nora,2026-11-21,07:30,16:00\n"
        )
        found = file("shifts", text, take=True)
        assert fates(found) == [ADD, CLASH, CLASH, CLASH, CLASH]
        assert said(found) == {
            3: "Nora has a shift at Lakeside Headache Infusion from Fri 20 Nov 07:30 to 16:00.",
            4: "Noah is absent all that time: sick.",
            5: "Closed on Fri 27 Nov 2026: Holiday.",
            6: "Closed on Saturdays.",
        }

    def test_a_night_shift_ends_the_next_morning(self, site, file):
        file("shifts", "nurse,day,from,to\nnora,2026-11-19,22:00,06:00\n", take=True)
        assert day_of(site=site, day=FRIDAY).nurses == ((-120, 360),)

    def test_a_file_without_the_columns_is_refused(self, file):
        with pytest.raises(NotAFile, match="from, to is missing"):
            file("shifts", "nurse,day\nnora,2026-11-20\n")


class TestClosures:
    TEXT = "day,reason,opens,closes\n2026-11-26,Thanksgiving,,\n2026-12-24,Christmas Eve,08:00,12:00\n"

    def test_closed_days_and_other_hours_go_in_once(self, site, file):
        assert fates(file("closures", self.TEXT)) == [ADD, ADD]
        assert not Closure.objects.exists()
        assert fates(file("closures", self.TEXT, take=True)) == [ADD, ADD]
        assert Closure.objects.get().reason == "Thanksgiving"
        assert SpecialHours.objects.get().day == date(2026, 12, 24)
        assert fates(file("closures", self.TEXT, take=True)) == [THERE, THERE]

    def test_what_is_not_clear_and_what_clashes(self, file):
        file("closures", self.TEXT, take=True)
        text = (
            "day,reason,opens,closes\n"
            "2026-11-26,Thanksgiving,08:00,12:00\n"
            "2026-12-24,Christmas Eve,,\n"
            "2026-12-25,,,\n"
            "2026-12-31,New Year's Eve,12:00,08:00\n"
            "2026-12-31,New Year's Eve,12:00,\n"
        )
        found = file("closures", text, take=True)
        assert fates(found) == [CLASH, CLASH, UNREAD, UNREAD, UNREAD]


class TestBookings:
    @pytest.fixture
    def open_day(self, chairs, nurses):
        Regimen.objects.create(
            code="eptinezumab", name="Eptinezumab", chair_minutes=60, load=3, series_days=84, row_hash="-"
        )

    @pytest.fixture
    def text(self, open_day, pia, paul):
        return (
            "number,family_name,given_name,birth_date,day,start,minutes,regimen,chair_kind\n"
            f"{pia.number},,,,2026-11-20,9:00,90,,\n"
            ",Prior,paul,1/2/1990,2026-11-20,9:15,,eptinezumab,bed\n"
        )

    def test_the_dry_run_books_nobody(self, file, text):
        before = Visit.objects.count()
        assert fates(file("bookings", text)) == [ADD, ADD]
        assert Visit.objects.count() == before == 0

    def test_taken_they_are_booked_and_twice_books_nobody_twice(self, file, text, pia, paul):
        assert fates(file("bookings", text, take=True)) == [ADD, ADD]
        first, second = Visit.objects.order_by("planned")
        assert (first.patient, first.minutes, first.starts_at) == (pia, 90, NINE)
        assert (second.patient, second.minutes, second.kind, second.chair_kind) == (
            paul,
            60,
            "scheduled",
            "bed",
        )
        assert fates(file("bookings", text, take=True)) == [THERE, THERE]
        assert fates(file("bookings", text)) == [THERE, THERE]

    def test_a_cancelled_one_is_booked_again(self, file, text, felix):
        file("bookings", text, take=True)
        flow.cancel(visit=Visit.objects.order_by("planned").first(), reason="ill", by=felix, at=EIGHT)
        assert fates(file("bookings", text)) == [ADD, THERE]

    def test_lines_that_clash_with_each_other_are_said_in_the_dry_run(self, file, open_day, felix):
        """One bed: the second line finds it taken by the first."""
        people = [enroll(by=felix, given_name=name) for name in ("Ana", "Bea")]
        text = "number,day,start,minutes,chair\n" + "".join(
            f"{one.number},2026-11-20,9:00,60,bed\n" for one in people
        )
        found = file("bookings", text)
        assert fates(found) == [ADD, CLASH]
        assert said(found)[3].startswith("Chairs are taken at 09:00; next: 10:15")
        assert fates(file("bookings", text, take=True)) == [ADD, CLASH]

    def test_what_is_not_clear_is_said_by_line(self, file, open_day, pia, felix):
        enroll(by=felix)  # another Pia Pell, born on the same day
        text = (
            "number,family_name,given_name,birth_date,day,start,minutes,regimen,chair_kind\n"
            "999999,,,,2026-11-20,9:00,90,,\n"
            ",Pell,Pia,1984-04-10,2026-11-20,9:00,90,,\n"
            ",Pell,,1984-04-10,2026-11-20,9:00,90,,\n"
            f"{pia.number},,,,2026-11-20,9:00,,,\n"
            f"{pia.number},,,,2026-11-20,9:00,ninety,,\n"
            f"{pia.number},,,,2026-11-20,9:00,,no_such,\n"
            f"{pia.number},,,,2026-11-20,9:00,90,,sofa\n"
            f"{pia.number},,,,2026-11-21,9:00,90,,\n"
            f"{pia.number},,,,2026-11-19,9:00,90,,\n"
        )
        found = file("bookings", text, take=True)
        assert fates(found) == [UNREAD] * 9
        assert said(found)[2] == "No such patient here."
        assert said(found)[3] == "More than one such patient here."
        assert said(found)[5] == "Write minutes, or the code of a regimen."
        assert said(found)[9] == "Closed on Saturdays."
        assert "has passed" in said(found)[10]


class TestSeries:
    """Who came back every twelve weeks before, with the day of the last dose."""

    @pytest.fixture
    def recipe(self, nora, site):
        return series_scenes.eptinezumab(by=nora, site=site)[0]

    @pytest.fixture
    def text(self, recipe, pia, paul):
        return (
            "number,regimen,last_given,first_due,weekday,from,until,comfort\n"
            f"{pia.number},eptinezumab_100,2026-10-01,,Tue,09:00,11:00,Dim light\n"
            f"{paul.number},eptinezumab_100,,12/01/2026,,,,\n"
        )

    def test_the_dry_run_writes_nothing(self, file, text):
        assert fates(file("series", text)) == [ADD, ADD]
        assert not Series.objects.exists()

    def test_taken_each_has_its_next_dose_and_twice_adds_nothing(self, file, text, pia, paul):
        assert fates(file("series", text, take=True)) == [ADD, ADD]
        first, second = Series.objects.order_by("pk")
        assert (first.patient, first.every_days, first.comfort) == (pia, 84, "Dim light")
        assert (first.weekday, first.start_from, first.start_until) == (1, 540, 660)
        assert first.occurrences.get(number=1).due_on == date(2026, 10, 1) + timedelta(days=84)
        assert second.occurrences.get(number=1).due_on == date(2026, 12, 1)
        assert fates(file("series", text)) == fates(file("series", text, take=True)) == [THERE, THERE]

    @pytest.mark.parametrize(
        ("cells", "sentence"),
        [
            ("nowhere,2026-10-01,,,,", "No regimen has the code “nowhere”."),
            ("eptinezumab_100,,,,,", "Say when the first dose is due, or when the last was given."),
            ("eptinezumab_100,2027-10-01,,,,", "That day is still to come."),
            ("eptinezumab_100,01.10.2026,,,,", "is no day"),
            ("eptinezumab_100,2026-10-01,Someday,,,", "“Someday” is no weekday."),
            ("eptinezumab_100,2026-10-01,T,,,", "“T” is no weekday."),
            ("eptinezumab_100,2026-10-01,,09:00,,", "Say both times to start between, or neither."),
            ("eptinezumab_100,2026-10-01,,,,-3", "is no number of days"),
            ("eptinezumab_100,2026-10-01,,,,9999", "Say after how many days it comes back"),
        ],
    )
    def test_what_is_not_understood_says_so_and_the_others_go_in(
        self, file, recipe, pia, paul, cells, sentence
    ):
        columns = "number,regimen,last_given,weekday,from,until,every_days"
        good = f"{paul.number},eptinezumab_100,2026-10-01,,,,"
        found = file("series", f"{columns}\n{pia.number},{cells}\n{good}\n", take=True)
        assert fates(found) == [UNREAD, ADD] and sentence in said(found)[2]
        assert Series.objects.get().patient == paul

    def test_a_patient_twice_in_one_file_begins_once(self, file, text, pia):
        twice = text + f"{pia.number},eptinezumab_100,2026-10-01,,,,,\n"
        assert fates(file("series", twice)) == [ADD, ADD, THERE]
        assert fates(file("series", twice, take=True)) == [ADD, ADD, THERE]
