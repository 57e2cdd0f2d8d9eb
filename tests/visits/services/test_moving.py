"""Move: shown first, checked as a booking is, written once; the visit never stands in its own way."""

from datetime import timedelta

import pytest

from infusion_center.outbox.models import Message
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, NOON, SEVEN, TEN, at
from tests.people import enroll
from tests.places import on_shift
from tests.visits.series_scenes import EVERY, dose
from visits.models import Visit
from visits.services import booking, flow, moving, reminders, replanning
from visits.services.booking import CannotBook, NoPlace, PatientIsBusy
from visits.services.chairs import ChairTaken
from visits.services.moving import MovedMeanwhile
from visits.states import Status

MONDAY = FRIDAY + timedelta(days=3)


@pytest.fixture
def book(site, chairs, nurses, felix):
    def book(patient, starts_at=NINE, **facts):
        usual = {"site": site, "minutes": 60, "load": 3, "by": felix, "at": SEVEN}
        return booking.book_visit(patient=patient, starts_at=starts_at, **usual | facts)

    return book


@pytest.fixture
def visit(book, pia):
    return book(pia)


@pytest.fixture
def move(felix):
    def move(visit, starts_at, *, when=EIGHT, **facts):
        return moving.move(visit=visit, starts_at=starts_at, by=felix, at=when, **facts)

    return move


@pytest.fixture
def others(felix):
    return [enroll(by=felix, given_name=name, family_name="Other") for name in ("Ana", "Bo", "Cy", "Di")]


def look(visit, starts_at, **facts):
    return replanning.look(visit=visit, starts_at=starts_at, at=EIGHT, **facts)


def what_happened(visit):
    return list(visit.moves.order_by("pk").values_list("reason", flat=True))


def test_another_start_the_same_day_keeps_the_chair_and_the_old_time_in_its_moves(visit, move, felix):
    moved = move(visit, TEN)
    assert (moved.pk, moved.starts_at, moved.ends_at) == (visit.pk, TEN, at(11))
    assert (moved.chair, moved.chair_time.upper) == (visit.chair, at(11, 15))
    last = moved.moves.order_by("pk").last()
    assert (last.source, last.target, last.moved_by) == (Status.BOOKED, Status.BOOKED, felix)
    assert last.reason == "Start moved from 09:00 to 10:00, patient asked"


def test_it_does_not_stand_in_its_own_way(book, pia, move):
    """The only bed, all morning: half an hour later overlaps with where it is now."""
    visit = book(pia, minutes=240, chair_kind="bed")
    assert move(visit, at(9, 30)).starts_at == at(9, 30)


def test_another_day_takes_what_was_to_be_left_by_along(book, pia, move, site, nora):
    on_shift(nora, site, starts=at(7, 30, day=MONDAY), ends=at(17, 30, day=MONDAY))
    visit = book(pia, must_leave_by=at(11))
    moved = move(visit, at(9, 45, day=MONDAY))
    assert (moved.day, moved.must_leave_by) == (MONDAY, at(11, day=MONDAY))
    assert what_happened(moved)[-1] == "Start moved from Fri 20 Nov 09:00 to Mon 23 Nov 09:45, patient asked"
    with pytest.raises(CannotBook, match="has to leave by 11:00"):
        move(moved, at(10, 15, day=MONDAY))


def test_a_day_without_nurses_offers_nothing_and_says_so(visit, move):
    with pytest.raises(NoPlace, match="Nurses are taken at 09:00; nothing later that day. No nurse on shift"):
        move(visit, at(9, day=MONDAY))
    visit.refresh_from_db()
    assert visit.starts_at == NINE


def test_where_it_is_full_other_times_are_offered_and_nothing_has_moved(book, pia, paul, move):
    book(paul, NOON, chair_kind="bed")
    visit = book(pia, chair_kind="bed")
    with pytest.raises(NoPlace, match="Chairs are taken at 11:30; next: 13:15") as refused:
        move(visit, at(11, 30))
    assert refused.value.offers.starts[0].at == at(13, 15)
    with pytest.raises(NoPlace, match="Chairs are taken at 11:30"):
        look(visit, at(11, 30))
    visit.refresh_from_db()
    assert visit.starts_at == NINE


def test_every_nurse_starts_one_at_a_time_for_who_is_moved_too(visit, others, book, move):
    for other in others[:2]:
        book(other, TEN)
    with pytest.raises(NoPlace, match="Nurses are taken at 10:05"):
        move(visit, at(10, 5))


def test_the_patient_is_not_in_two_places(visit, book, pia, move):
    book(pia, NOON)
    with pytest.raises(PatientIsBusy, match="12:00 to 13:00"):
        move(visit, at(12, 30))


@pytest.mark.parametrize(
    ("starts_at", "sentence"),
    [
        (at(7, 15), "opens at 07:30"),
        (at(17), "after closing at 17:30"),
        (NINE + timedelta(seconds=30), "whole minute"),
        (NINE.replace(year=1800), "this century"),
    ],
)
def test_what_cannot_be_is_a_sentence(visit, move, starts_at, sentence):
    with pytest.raises(CannotBook, match=sentence):
        move(visit, starts_at, when=SEVEN)


class TestAChair:
    def test_another_one_at_the_same_start(self, visit, move, chairs):
        moved = move(visit, NINE, chair=chairs[4], reason="wants a window")
        assert (moved.chair, moved.starts_at) == (chairs[4], NINE)
        assert what_happened(moved)[-1] == f"From {visit.chair} to Chair 5, wants a window"
        assert not Message.objects.exists()

    def test_and_another_start_at_once(self, visit, move, chairs):
        moved = move(visit, TEN, chair=chairs[4])
        assert (moved.chair, moved.starts_at) == (chairs[4], TEN)

    def test_who_is_planned_there_is_seated_elsewhere_and_named_before(self, visit, book, paul, move):
        other = book(paul, NINE)
        shown = look(visit, at(9, 15), chair=other.chair)
        assert [(one.person, one.source) for one in shown.reseated] == [(paul, other.chair)]
        move(visit, at(9, 15), chair=other.chair)
        taken = other.chair
        other.refresh_from_db()
        assert other.chair == shown.reseated[0].target != taken
        assert other.starts_at == NINE

    def test_looking_writes_nothing(self, visit, book, paul):
        other = book(paul, NINE)
        look(visit, at(9, 15), chair=other.chair)
        rows = Visit.objects.order_by("pk").values_list("planned__startswith", "chair")
        assert list(rows) == [(NINE, visit.chair_id), (NINE, other.chair_id)]

    def test_who_has_arrived_keeps_theirs(self, visit, book, paul, move, felix):
        other = flow.check_in(visit=book(paul, NINE), by=felix, at=EIGHT)
        with pytest.raises(ChairTaken, match=f"{other.chair} is taken at 09:15.*Free then: Chair 1"):
            move(visit, at(9, 15), chair=other.chair)

    def test_a_bed_that_is_taken_is_not_shared(self, visit, book, paul, move, chairs):
        book(paul, NINE, chair_kind="bed")
        with pytest.raises(NoPlace, match="next: 10:15"):
            move(visit, NINE, chair=chairs[10])
        assert "The place changes from recliner to bed." in look(visit, at(10, 15), chair=chairs[10]).notes

    def test_one_that_is_out_of_use_is_refused(self, visit, move, chairs):
        chairs[4].active = False
        chairs[4].save()
        with pytest.raises(CannotBook, match="Chair 5 is not in use"):
            move(visit, NINE, chair=chairs[4])

    def test_whoever_stood_outside_the_chairs_has_one_afterwards(self, book, pia, move):
        visit = book(pia, overbooked_reason="Severe")
        moved = move(visit, TEN)
        assert moved.chair is not None
        assert moved.overbooked_reason == ""


class TestMeanwhile:
    def test_sent_twice_it_is_done_once(self, visit, move):
        move(visit, TEN, was_at=NINE)
        again = move(Visit.objects.get(pk=visit.pk), TEN, was_at=NINE)
        assert again.starts_at == TEN
        assert len(what_happened(again)) == 2

    def test_who_looked_before_another_desk_moved_it_looks_again(self, visit, move):
        move(visit, TEN)
        with pytest.raises(MovedMeanwhile, match="was moved to 10:00. Look again"):
            move(Visit.objects.get(pk=visit.pk), NOON, was_at=NINE)

    @pytest.mark.parametrize("act", [flow.check_in, flow.cancel])
    def test_who_is_here_or_will_not_come_is_not_moved(self, visit, move, felix, act):
        act(visit=visit, by=felix, at=EIGHT, **({"reason": "Better"} if act is flow.cancel else {}))
        with pytest.raises(flow.CannotMove, match="its time stays"):
            move(visit, TEN)

    def test_a_hold_moves_until_it_has_run_out_and_tells_nobody(self, site, chairs, nurses, felix, pia, move):
        pia.email = "pia@example.org"
        pia.save()
        facts = {"site": site, "patient": pia, "minutes": 60, "load": 3, "by": felix, "at": SEVEN}
        hold = booking.hold_visit(starts_at=NINE, until=EIGHT + 10 * MINUTE, **facts)
        assert move(hold, TEN).status == Status.HELD
        assert not Message.objects.exists()
        hold.refresh_from_db()
        with pytest.raises(flow.CannotMove, match="Hold expired"):
            move(hold, NOON, when=EIGHT + 10 * MINUTE)


def test_the_reminder_of_the_old_time_is_not_sent_and_the_patient_is_told(book, pia, site, move, nora):
    pia.email = "pia@example.org"
    pia.save()
    on_shift(nora, site, starts=at(7, 30, day=MONDAY), ends=at(17, 30, day=MONDAY))
    before = NINE - timedelta(hours=site.reminder_hours_before)
    visit = book(pia, at=before - 60 * MINUTE)
    reminders.compose_reminders(at=before)
    move(visit, at(9, day=MONDAY), when=before)
    said = {message.kind: (message.state, message.note) for message in Message.objects.all()}
    assert said == {"reminder": ("skipped", "The visit was moved"), "time_changed": ("due", "")}
    reminders.compose_reminders(at=before + 3 * timedelta(days=1))
    assert Message.objects.filter(kind="reminder", state="due").count() == 1


def test_what_is_ordered_moves_along(book, pia, order, move):
    visit = book(pia, orders=[order])
    before = list(visit.administrations.order_by("pk").values_list("scheduled_at", flat=True))
    moved = move(visit, TEN)
    after = list(moved.administrations.order_by("pk").values_list("scheduled_at", flat=True))
    assert after == [moment + 60 * MINUTE for moment in before] != []


def test_a_dose_of_a_series_keeps_its_visit_and_says_whether_it_fits(epti, pia, nurses, site, nora, move):
    running = epti.start(pia)
    visit = epti.book(dose(running, 1), FRIDAY)
    far = FRIDAY + timedelta(days=EVERY // 2 // 7 * 7)
    on_shift(nora, site, starts=at(7, 30, day=far), ends=at(17, 30, day=far))
    [note] = look(visit, at(9, day=far)).notes
    assert note.startswith("Dose 1 of eptinezumab: outside its window, ")
    move(visit, at(9, day=far))
    assert dose(running, 1).visit.day == far


def test_the_time_that_is_left_until_somebody_has_to_go_is_said(book, pia):
    visit = book(pia, must_leave_by=at(11, 30))
    assert look(visit, at(10, 15)).notes == ["Has to leave by 11:30: 15 minutes after the end."]
