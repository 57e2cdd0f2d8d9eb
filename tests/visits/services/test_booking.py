"""Booking: a place is given once, and a refusal names the reason and other times."""

from datetime import date, time, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from infusion_center.accounts.permissions import Role
from infusion_center.places.models import Closure
from patients.services import registration
from patients.states import YesNo
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, NOON, SEVEN, TEN, at
from tests.people import enroll, member_of_staff
from tests.places import on_shift, open_site
from visits.models import Break, Chair, Visit
from visits.selectors.availability import offers
from visits.services import booking, calls, flow
from visits.services.booking import CannotBook, NoPlace, PatientIsBusy
from visits.services.days import PromiseKept
from visits.states import ChairKind, Status

NAMES = [
    "Ana",
    "Bea",
    "Cal",
    "Dee",
    "Eva",
    "Fay",
    "Gus",
    "Hal",
    "Ida",
    "Jon",
    "Kai",
    "Lia",
    "Mia",
    "Ned",
    "Ora",
    "Pam",
    "Quin",
    "Rae",
    "Sam",
    "Tia",
]


@pytest.fixture
def others(felix):
    """Twenty more patients."""
    return [enroll(by=felix, given_name=name, family_name="Other") for name in NAMES]


@pytest.fixture
def book(site, chairs, nurses, felix):
    def book(patient, starts_at=NINE, *, minutes=60, load=3, when=EIGHT, by=felix, **facts):
        return booking.book_visit(
            site=site,
            patient=patient,
            starts_at=starts_at,
            minutes=minutes,
            load=load,
            by=by,
            at=when,
            **facts,
        )

    return book


def moves(visit):
    return list(visit.moves.order_by("pk").values_list("source", "target"))


def test_a_booking_has_a_chair_a_time_with_turnover_and_a_first_move(book, pia, felix):
    visit = book(pia, reason="Migraine since Wednesday", has_driver="yes", driver_name="Ruth")
    visit.refresh_from_db()
    assert (visit.status, visit.day, visit.chair.kind) == (Status.BOOKED, FRIDAY, ChairKind.RECLINER)
    assert (visit.planned.lower, visit.planned.upper) == (NINE, TEN)
    assert visit.chair_time.upper == TEN + 15 * MINUTE
    assert (visit.booked_at, visit.booked_by, visit.driver_name) == (EIGHT, felix, "Ruth")
    assert moves(visit) == [("", "booked")]


def test_the_row_history_names_the_verb_and_the_person(book, pia, felix):
    visit = book(pia)
    event = visit.history.select_related("pgh_context").get()
    assert event.pgh_context.metadata["verb"] == "visit.booked"
    assert event.pgh_context.metadata["user"] == felix.pk


def test_who_finds_no_place_is_told_what_is_full_and_when_there_is_room(book, others, pia):
    for n, patient in enumerate(others[:8]):
        book(patient, NINE + 15 * MINUTE * (n // 2), minutes=180)
    with pytest.raises(NoPlace, match=r"^Nurses are taken at 10:00; next: 12:00, 12:30, 13:00\.$") as no:
        book(pia, TEN)
    assert [start.at for start in no.value.offers.starts] == [NOON, NOON + 30 * MINUTE, NOON + 60 * MINUTE]
    assert no.value.offers.why_not == ("Nurses full until 12:00.",)
    assert not Visit.objects.filter(patient=pia).exists()


def test_chairs_bind_where_there_are_nurses_enough(book, others, pia):
    book(others[0], chair_kind=ChairKind.BED)
    with pytest.raises(NoPlace, match=r"^Chairs are taken at 09:30; next: 10:15"):
        book(pia, NINE + 30 * MINUTE, chair_kind=ChairKind.BED)
    assert book(pia, NINE + 30 * MINUTE).chair.kind == ChairKind.RECLINER


def test_two_nurses_start_two_patients_in_a_quarter_of_an_hour(book, others):
    book(others[0])
    book(others[1])
    with pytest.raises(NoPlace, match=r"^Nurses are taken at 09:00; next: 09:15"):
        book(others[2])


def test_a_break_lowers_what_the_nurses_carry(site, chairs, nora, felix, others, pia):
    shift = on_shift(nora, site)
    Break.objects.create(shift=shift, span=(NOON, NOON + 30 * MINUTE))
    with pytest.raises(NoPlace, match=r"Nurses are taken at 11:30; next: 12:30"):
        booking.book_visit(
            site=site, patient=pia, starts_at=at(11, 30), minutes=60, load=3, by=felix, at=EIGHT
        )


def test_the_same_patient_cannot_be_in_two_places(book, pia):
    book(pia, minutes=90)
    with pytest.raises(PatientIsBusy, match="a visit from 09:00 to 10:30 already"):
        book(pia, TEN)
    assert book(pia, at(10, 30)).status == Status.BOOKED


def test_nor_under_a_record_that_was_merged_into_theirs(book, pia, felix, max):
    double = enroll(by=felix, given_name="Pia", family_name="Pel")
    book(double)
    registration.merge(duplicate=double, into=pia, by=max, at=EIGHT)
    with pytest.raises(PatientIsBusy):
        book(pia, NINE + 30 * MINUTE)


def test_nor_at_two_sites(book, pia, felix):
    north = open_site(slug="north", name="North")
    Chair.objects.create(site=north, name="N1")
    on_shift(member_of_staff("nell", Role.NURSE, site=north), north)
    book(pia)
    with pytest.raises(PatientIsBusy, match="a visit from 09:00 to 10:00 already"):
        booking.book_visit(
            site=north, patient=pia, starts_at=at(9, 30), minutes=60, load=3, by=felix, at=EIGHT
        )


def test_the_database_refuses_whoever_forgets_the_service(book, pia, paul, site, felix):
    visit = book(pia)
    with pytest.raises(IntegrityError, match="one_patient_per_chair"), transaction.atomic():
        Visit.objects.create(
            site=site, day=FRIDAY, patient=paul, chair=visit.chair, planned=visit.planned,
            chair_time=visit.chair_time, minutes=60, load=3, booked_at=EIGHT, booked_by=felix,
        )  # fmt: skip


def test_a_constraint_that_refuses_is_a_sentence(book, pia, paul, monkeypatch):
    book(pia, minutes=90)
    monkeypatch.setattr(booking, "_patient_is_free", lambda plan, visit: None)
    with pytest.raises(PromiseKept, match="This patient has another visit at that time"):
        book(pia, TEN)


def test_a_merged_or_deceased_patient_is_not_booked(book, pia, felix, max):
    double = enroll(by=felix, given_name="Pia", family_name="Pel")
    registration.merge(duplicate=double, into=pia, by=max, at=EIGHT)
    with pytest.raises(CannotBook, match="merged into another one"):
        book(double)
    registration.correct(patient=pia, by=max, at=EIGHT, died_on=date(2026, 11, 1))
    with pytest.raises(CannotBook, match="has died"):
        book(pia)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"starts_at": at(7, 54)}, "07:54 on Fri 20 Nov 2026 has passed."),
        ({"starts_at": at(7, 0), "when": at(6)}, "The center opens at 07:30."),
        ({"starts_at": at(17, 0)}, "Would end at 18:00, after closing at 17:30."),
        ({"starts_at": NINE + timedelta(days=1)}, "Closed on Saturdays."),
        ({"must_leave_by": at(9, 45)}, "Would end at 10:00, but the patient has to leave by 09:45."),
        ({"minutes": 0}, "A visit lasts 5 minutes to 12 hours."),
        ({"minutes": 721}, "A visit lasts 5 minutes to 12 hours."),
        ({"load": 0}, "A visit loads a nurse with 1 to 12."),
    ],
)
def test_what_cannot_be_booked_is_said_in_words(book, pia, request_, sentence):
    with pytest.raises(CannotBook) as no:
        book(pia, **({"starts_at": NINE} | request_))
    assert str(no.value) == sentence


def test_a_holiday_is_named(book, pia, site):
    Closure.objects.create(site=site, day=FRIDAY, reason="Staff training")
    with pytest.raises(CannotBook, match="Closed on Fri 20 Nov 2026: Staff training."):
        book(pia)


def test_a_start_four_minutes_ago_is_still_on_the_phone(book, pia):
    assert book(pia, at(7, 56)).status == Status.BOOKED


def test_patients_change_chairs_so_that_a_long_visit_fits(book, others, pia, chairs, felix):
    """A bed and a private room each half taken; the long visit needs one whole."""
    chairs[10].kind = ChairKind.PRIVATE
    chairs[10].save()
    early = book(others[0], EIGHT, minutes=75, chair_kind=ChairKind.PRIVATE)
    late = book(others[1], TEN, minutes=60, chair_kind=ChairKind.PRIVATE)
    Visit.objects.filter(pk=late.pk).update(chair=(set(chairs[10:]) - {early.chair}).pop())
    long = book(pia, EIGHT + 15 * MINUTE, minutes=180, chair_kind=ChairKind.PRIVATE)
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.chair == late.chair != long.chair
    assert (early.starts_at, late.starts_at) == (EIGHT, TEN)


def test_who_has_arrived_keeps_the_chair(book, others, pia, chairs, felix):
    chairs[10].kind = ChairKind.PRIVATE
    chairs[10].save()
    early = book(others[0], EIGHT, minutes=75, chair_kind=ChairKind.PRIVATE)
    late = book(others[1], TEN, minutes=60, chair_kind=ChairKind.PRIVATE)
    Visit.objects.filter(pk=late.pk).update(chair=(set(chairs[10:]) - {early.chair}).pop())
    for visit in (early, late):
        flow.check_in(visit=visit, by=felix, at=EIGHT)
    with pytest.raises(NoPlace, match=r"^Chairs are taken at 08:15; next: 09:30"):
        book(pia, EIGHT + 15 * MINUTE, minutes=180, chair_kind=ChairKind.PRIVATE)


class TestOverbooking:
    def test_it_stands_outside_the_chairs_and_has_a_cap(self, book, others, pia):
        for n, patient in enumerate(others[:8]):
            book(patient, NINE + 15 * MINUTE * (n // 2), minutes=180)
        first = book(others[8], TEN, overbooked_reason="Status migrainosus, referred by ED")
        assert (first.chair, first.overbooked_reason) == (None, "Status migrainosus, referred by ED")
        book(others[9], TEN, overbooked_reason="Sent by Dr. Dorn")
        with pytest.raises(CannotBook, match="2 visits are overbooked that day already"):
            book(pia, TEN, overbooked_reason="One more")

    def test_its_load_counts_for_those_who_come_after(self, book, others):
        book(others[0], minutes=60, load=12)
        book(others[1], minutes=60, load=12, overbooked_reason="Urgent")
        with pytest.raises(NoPlace, match="Nurses are taken"):
            book(others[2], at(9, 30), minutes=30)

    def test_opening_hours_hold_all_the_same(self, book, pia):
        with pytest.raises(CannotBook, match="after closing"):
            book(pia, at(17, 0), overbooked_reason="Urgent")


class TestHolds:
    @pytest.fixture
    def hold(self, site, chairs, nurses, felix):
        def hold(patient, until, *, starts_at=NINE, when=EIGHT, **facts):
            return booking.hold_visit(
                site=site, patient=patient, starts_at=starts_at, minutes=60, load=12, until=until,
                by=felix, at=when,
                **facts,
            )  # fmt: skip

        return hold

    def test_a_hold_takes_its_place_until_it_runs_out(self, hold, book, pia, paul, others):
        held = hold(pia, EIGHT + 5 * MINUTE)
        book(others[0], load=12)
        with pytest.raises(NoPlace):
            book(paul, load=3, when=EIGHT + 4 * MINUTE)
        assert book(paul, load=3, starts_at=at(9, 15), when=EIGHT + 5 * MINUTE).status == Status.BOOKED
        held.refresh_from_db()
        assert held.status == Status.EXPIRED
        assert moves(held) == [("", "held"), ("held", "expired")]

    def test_a_hold_that_ran_out_holds_nothing_in_a_search_either(self, hold, site, pia, others, book):
        book(others[0], load=12)
        hold(pia, EIGHT + 5 * MINUTE)
        ask = {
            "site": site,
            "day": FRIDAY,
            "minutes": 60,
            "load": 3,
            "chair_kind": "recliner",
            "earliest_at": NINE,
        }
        assert offers(**ask, at=EIGHT).starts[0].at == TEN
        assert offers(**ask, at=EIGHT + 5 * MINUTE).starts[0].at == NINE

    def test_confirmed_in_time_it_is_a_booking(self, hold, pia, felix):
        held = booking.confirm_hold(visit=hold(pia, EIGHT + 5 * MINUTE), by=felix, at=EIGHT + MINUTE)
        assert (held.status, held.booked_at, held.booked_by) == (Status.BOOKED, EIGHT + MINUTE, felix)

    def test_confirmed_too_late_it_is_not(self, hold, pia, felix):
        held = hold(pia, EIGHT + 5 * MINUTE)
        with pytest.raises(flow.CannotMove, match="Hold expired"):
            booking.confirm_hold(visit=held, by=felix, at=EIGHT + 5 * MINUTE)

    def test_the_sweep_lets_go_once(self, hold, pia):
        held = hold(pia, EIGHT + 5 * MINUTE)
        assert flow.expire_all_holds(at=EIGHT + 4 * MINUTE) == 0
        assert flow.expire_all_holds(at=EIGHT + 5 * MINUTE) == 1
        assert flow.expire_all_holds(at=EIGHT + 6 * MINUTE) == 0
        held.refresh_from_db()
        assert held.status == Status.EXPIRED

    def test_a_hold_into_the_past_is_refused(self, hold, pia):
        with pytest.raises(CannotBook, match="later moment"):
            hold(pia, EIGHT)


class TestOrders:
    def test_an_order_comes_with_its_planned_lines(self, book, pia, order):
        visit = book(pia, orders=[order])
        assert list(visit.orders.all()) == [order]
        assert visit.administrations.count() == 3

    def test_another_patients_order_is_refused_and_nothing_is_booked(self, book, paul, order):
        with pytest.raises(CannotBook, match="for another patient"):
            book(paul, orders=[order])
        assert not Visit.objects.exists()

    def test_an_order_is_given_at_one_visit(self, book, pia, order, felix):
        book(pia, orders=[order])
        with pytest.raises(CannotBook, match="planned for another visit"):
            booking.attach_order(visit=book(pia, NOON), order=order, by=felix, at=EIGHT)

    def test_after_a_cancelled_visit_it_moves_to_the_next_with_its_lines(self, book, pia, order, felix):
        first = book(pia, orders=[order])
        flow.cancel(visit=first, reason="Car broke down", by=felix, at=EIGHT)
        second = book(pia, NOON, orders=[order])
        assert second.administrations.count() == 3
        assert first.administrations.count() == 0

    def test_attaching_twice_changes_nothing(self, book, pia, order, felix):
        visit = book(pia, orders=[order])
        booking.attach_order(visit=visit, order=order, by=felix, at=EIGHT)
        assert visit.administrations.count() == 3


def test_a_call_becomes_the_booking(book, site, pia, felix):
    call = calls.take_call(site=site, day=FRIDAY, caller="Pia", phone="555 0100", by=felix, at=SEVEN)
    visit = book(pia, call=call)
    call.refresh_from_db()
    assert (call.state, call.visit, call.patient, call.closed_by) == ("booked", visit, pia, felix)
    with pytest.raises(calls.CallClosed, match="Booked"):
        book(pia, NOON, call=call)
    assert Visit.objects.count() == 1


class TestClockChanges:
    """Chicago falls back on 1 November 2026 and springs forward on 14 March 2027, both Sundays."""

    @pytest.fixture
    def open_sundays(self, site, chairs, nora):
        site.hours.create(weekday=6, opens=time(0, 30), closes=time(22, 0))

    def present(self, site, nora, day, start=(0, 30), end=(22, 0)):
        on_shift(nora, site, starts=at(*start, day=day), ends=at(*end, day=day))

    @pytest.mark.parametrize("day", [date(2026, 11, 2), date(2027, 3, 15)])
    def test_a_booking_made_before_lands_at_the_wall_time_after(self, site, chairs, nora, felix, pia, day):
        self.present(site, nora, day)
        before = at(9, day=day - timedelta(days=5))
        nine = site.moment(day, time(9))
        visit = booking.book_visit(
            site=site, patient=pia, starts_at=nine, minutes=60, load=3, by=felix, at=before
        )
        visit.refresh_from_db()
        assert visit.planned.lower.astimezone(site.zoneinfo).strftime("%H:%M") == "09:00"
        assert visit.day == day
        shown = offers(
            site=site,
            day=day,
            minutes=60,
            load=3,
            chair_kind="recliner",
            at=before,
            earliest_at=site.moment(day, time(7, 30)),
        )
        assert shown.starts[0].at == site.moment(day, time(7, 30))

    @pytest.mark.parametrize(
        ("day", "start", "ends"),
        [
            (
                date(2026, 11, 1),
                time(0, 30),
                "02:30",
            ),  # 1:00-2:00 comes twice: three hours on the clock are four
            (date(2027, 3, 14), time(1, 30), "05:30"),  # 2:00-3:00 does not come
        ],
    )
    def test_on_the_day_itself_durations_are_true(
        self, site, open_sundays, nora, felix, pia, paul, day, start, ends
    ):
        self.present(site, nora, day)
        begins = site.moment(day, start)
        visit = booking.book_visit(
            site=site,
            patient=pia,
            starts_at=begins,
            minutes=180,
            load=12,
            by=felix,
            at=begins - timedelta(days=3),
        )
        assert visit.planned.upper - visit.planned.lower == timedelta(hours=3)
        assert visit.planned.upper.astimezone(site.zoneinfo).strftime("%H:%M") == ends
        with pytest.raises(NoPlace, match=f"next: {ends}"):
            booking.book_visit(
                site=site, patient=paul, starts_at=begins + timedelta(minutes=90), minutes=60, load=3,
                by=felix, at=begins - timedelta(days=3),
            )  # fmt: skip


def test_every_fact_of_a_new_visit_is_written_with_its_first_move(book, pia, felix):
    visit = book(
        pia,
        must_leave_by=NOON,
        reason="Since Tuesday",
        has_driver=YesNo.YES,
        driver_name="Ona Example",
    )
    assert not visit._state.adding
    kept = Visit.objects.get(pk=visit.pk)
    for field in Visit._meta.concrete_fields:
        assert getattr(kept, field.attname) == getattr(visit, field.attname), field.name
    [move] = visit.moves.all()
    assert (move.source, move.target, move.reason) == ("", Status.BOOKED, "")
    assert (move.moved_at, move.moved_by) == (EIGHT, felix)
    [event] = apps.get_model("visits", "VisitEvent").objects.filter(pgh_obj_id=visit.pk)
    assert (event.status, event.pgh_context.metadata["user"]) == (Status.BOOKED, felix.pk)
