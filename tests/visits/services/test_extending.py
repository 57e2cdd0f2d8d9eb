"""An order grows past its booking: said before anyone confirms, extended where it fits, refused in words."""

from datetime import timedelta

import pytest

from regimens.models import Order
from tests.clock import EIGHT, FRIDAY, NINE, TEN, at
from tests.visits import scenes
from visits.models import Chair, Visit
from visits.selectors.availability import open_day
from visits.selectors.board import board
from visits.selectors.day import day_of
from visits.selectors.growth import Need, growth_of, room, together
from visits.services import booking, extending, flow, staffing
from visits.services.extending import NoRoom

MINUTES = timedelta(minutes=1)


@pytest.fixture
def one_chair(site, nurses):
    return Chair.objects.create(site=site, name="Chair 1")


@pytest.fixture
def two_chairs(site, one_chair):
    return one_chair, Chair.objects.create(site=site, name="Chair 2", position=1)


def on_board(site):
    rows = board(site=site, day=FRIDAY, at=EIGHT).chairs
    return [box.thing for chair in rows for row in chair.rows for box in row if box.thing]


def grow(order, minutes=150, load=3):
    Order.objects.filter(pk=order.pk).update(chair_minutes=minutes, load=load)


def book(patient, site, by, starts_at=NINE, minutes=90, load=3, **facts):
    return booking.book_visit(
        site=site, patient=patient, starts_at=starts_at, minutes=minutes, load=load, by=by, at=EIGHT, **facts
    )


@pytest.fixture
def grown(site, pia, order, felix, one_chair):
    """Pia from 9:00 to 10:30 in the one chair; her order takes until 11:30."""
    visit = book(pia, site, felix, orders=[order])
    grow(order)
    return visit


@pytest.mark.parametrize(("minutes", "sum_of"), [([], 0), ([90], 90), ([90, 60], 125), ([90, 60, 40], 140)])
def test_several_orders_sit_down_and_go_home_once(minutes, sum_of):
    assert together(minutes) == sum_of


class TestWhatIsSaid:
    def test_nothing_where_the_booking_is_long_and_heavy_enough(self, visit):
        assert growth_of(visit, at=EIGHT) is None

    def test_longer_and_it_fits(self, grown):
        found = growth_of(grown, at=EIGHT)
        assert (found.longer, found.heavier, found.until, found.fits) == (60, 0, at(11, 30), True)

    def test_the_chair_is_promised_from_then_on_and_other_starts(self, grown, site, paul, felix):
        book(paul, site, felix, starts_at=at(11), minutes=60)
        found = growth_of(grown, at=EIGHT)
        assert found.in_the_way == ["All chairs of that kind are taken from 11:00 to 11:45."]
        assert found.starts[:2] == [EIGHT, at(12, 15)]

    def test_the_nurses_are_full_from_then_on(self, site, chairs, nora, pia, paul, order, felix, max):
        staffing.add_shift(site=site, nurse=nora, starts_at=EIGHT, ends_at=at(17), by=max, at=EIGHT)
        visit = book(pia, site, felix, orders=[order])
        book(paul, site, felix, starts_at=at(10, 45), minutes=60, load=12)
        grow(order)
        assert growth_of(visit, at=EIGHT).in_the_way == ["Nurses are full from 10:45 to 11:30."]

    def test_no_nurse_is_there_any_more(self, site, chairs, nora, pia, order, felix, max):
        staffing.add_shift(site=site, nurse=nora, starts_at=EIGHT, ends_at=at(11), by=max, at=EIGHT)
        visit = book(pia, site, felix, orders=[order])
        grow(order)
        assert growth_of(visit, at=EIGHT).in_the_way == ["No nurse is on shift from 11:00 to 11:30."]

    def test_heavier_than_the_nurse_can_carry(self, site, chairs, nora, pia, paul, order, felix, max):
        staffing.add_shift(site=site, nurse=nora, starts_at=EIGHT, ends_at=at(17), by=max, at=EIGHT)
        visit = book(pia, site, felix, orders=[order])
        book(paul, site, felix, starts_at=TEN, minutes=60, load=9)
        grow(order, minutes=90, load=6)
        found = growth_of(visit, at=EIGHT)
        assert (found.longer, found.heavier) == (0, 3)
        assert found.in_the_way == ["Nurses are full from 10:00 to 10:30."]

    def test_closing_time_and_when_the_patient_has_to_leave(self, site, pia, felix, one_chair):
        visit = book(pia, site, felix, starts_at=at(15), must_leave_by=at(16, 45))
        found = room(open_day(site=site, day=visit.day, at=EIGHT), visit, Need(180, 3))
        assert found.in_the_way == [
            "Would end at 18:00, after closing at 17:30.",
            "The patient has to leave by 16:45.",
            "No nurse is on shift from 17:30 to 18:00.",
        ]

    def test_who_sits_in_a_chair_cannot_change_it(self, site, pia, paul, nora, order, felix, two_chairs):
        """Counted there is room in the other chair; but Pia sits in this one, and Paul is seated early."""
        visit = scenes.seated(book(pia, site, felix, orders=[order]), by=nora, chair=two_chairs[0])
        other = book(paul, site, felix, starts_at=at(11), minutes=60)
        other = flow.check_in(visit=other, by=felix, at=TEN)
        Visit.objects.filter(pk=other.pk).update(chair=two_chairs[0])
        grow(order)
        found = growth_of(visit, at=TEN)
        assert found.in_the_way == ["Chair 1 is promised to somebody else from 11:00."]
        assert found.starts == ()

    def test_the_board_marks_it(self, grown, site):
        (cell,) = on_board(site)
        assert cell.grown
        extending.extend(visit=grown, by=grown.booked_by, at=EIGHT)
        (cell,) = on_board(site)
        assert not cell.grown

    def test_a_withdrawn_order_asks_for_nothing(self, grown, order):
        Order.objects.filter(pk=order.pk).update(
            state="withdrawn", withdrawn_at=EIGHT, withdrawn_by=grown.booked_by
        )
        assert growth_of(grown, at=EIGHT) is None


class TestExtending:
    def test_the_end_is_planned_anew_and_the_start_stays(self, grown, site, felix):
        before = day_of(site=site, day=grown.day).version
        visit = extending.extend(visit=grown, by=felix, at=EIGHT)
        assert (visit.starts_at, visit.ends_at, visit.minutes) == (NINE, at(11, 30), 150)
        assert visit.chair_time.upper == at(11, 45)
        assert day_of(site=site, day=grown.day).version == before + 1
        assert growth_of(visit, at=EIGHT) is None

    def test_others_who_are_not_here_yet_make_room(self, site, pia, paul, order, felix, two_chairs):
        visit = book(pia, site, felix, orders=[order])
        other = book(paul, site, felix, starts_at=at(11), minutes=60)
        Visit.objects.filter(pk=other.pk).update(chair=visit.chair)
        grow(order)
        found = extending.extend(visit=visit, by=felix, at=EIGHT)
        other.refresh_from_db()
        assert (found.ends_at, other.starts_at) == (at(11, 30), at(11))
        assert found.chair != other.chair

    def test_refused_in_words_and_nothing_changes(self, grown, site, paul, felix):
        book(paul, site, felix, starts_at=at(11), minutes=60)
        with pytest.raises(NoRoom, match=r"taken from 11:00 to 11:45. It would fit at 08:00, 12:15"):
            extending.extend(visit=grown, by=felix, at=EIGHT)
        grown.refresh_from_db()
        assert (grown.minutes, grown.ends_at) == (90, at(10, 30))

    def test_told_how_long_it_is_that_long_and_never_shorter(self, grown, felix):
        assert extending.extend(visit=grown, minutes=120, by=felix, at=EIGHT).minutes == 120
        assert extending.extend(visit=grown, minutes=30, by=felix, at=EIGHT).minutes == 120

    def test_a_visit_that_is_over_is_not_extended(self, grown, felix):
        flow.cancel(visit=grown, reason="ill", by=felix, at=EIGHT)
        with pytest.raises(flow.CannotMove):
            extending.extend(visit=grown, by=felix, at=EIGHT)

    def test_somebody_in_the_chair_stays_longer(self, visit, nora, order):
        """Nobody else is booked; Pia keeps her chair."""
        seated = scenes.seated(visit, by=nora)
        grow(order)
        longer = extending.extend(visit=seated, by=nora, at=TEN)
        assert (longer.chair, longer.ends_at) == (seated.chair, at(11, 30))

    def test_who_is_overbooked_has_no_chair_to_ask_for(self, site, pia, order, felix, one_chair):
        visit = book(pia, site, felix, orders=[order], overbooked_reason="Cannot wait")
        grow(order)
        assert extending.extend(visit=visit, by=felix, at=EIGHT).chair is None

    def test_the_patients_next_visit_is_not_overrun(self, site, pia, order, felix, two_chairs):
        visit = book(pia, site, felix, orders=[order])
        book(pia, site, felix, starts_at=at(11), minutes=60)
        grow(order)
        with pytest.raises(NoRoom, match="has a visit from 11:00"):
            extending.extend(visit=visit, by=felix, at=EIGHT)


def test_it_takes_the_turnover_of_the_next_one_into_account(site, pia, paul, felix, one_chair):
    first = book(pia, site, felix, minutes=60)
    second = book(paul, site, felix, starts_at=at(10, 45), minutes=60)
    assert second.chair == first.chair
    extending.extend(visit=first, minutes=90, by=felix, at=EIGHT)
    with pytest.raises(NoRoom):
        extending.extend(visit=first, minutes=91, by=felix, at=EIGHT)
