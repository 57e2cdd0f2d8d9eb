"""What the board shows."""

from datetime import timedelta

import pytest

from patients.services import registration
from tests.clock import EIGHT, ELEVEN, FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll
from tests.visits import scenes
from visits.api.booking_shapes import BoardLine, BoardOut
from visits.models import Visit
from visits.selectors import board as boards
from visits.selectors.calls import calls_of
from visits.selectors.day_lines import day_lines
from visits.selectors.day_list import day_list
from visits.services import booking, calls, flow


@pytest.fixture
def book(site, chairs, nurses, felix):
    def book(patient, starts_at=NINE, minutes=60, load=3, **facts):
        return booking.book_visit(
            site=site,
            patient=patient,
            starts_at=starts_at,
            minutes=minutes,
            load=load,
            by=felix,
            at=EIGHT,
            **facts,
        )

    return book


def shown(site, when, day=FRIDAY):
    return boards.board(site=site, day=day, at=when)


def cells(board):
    return [box.thing for chair in board.chairs for row in chair.rows for box in row if box.thing]


def test_a_row_per_chair_and_an_hour_per_column_group(site, chairs, nurses, book, pia):
    book(pia)
    board = shown(site, EIGHT)
    assert [row.chair.name for row in board.chairs] == [chair.name for chair in chairs]
    assert board.hours == [f"{hour:02}:00" for hour in range(7, 18)]
    assert all(sum(box.span for box in row) == board.columns for chair in board.chairs for row in chair.rows)
    (cell,) = cells(board)
    assert (cell.person.called, cell.what, cell.group) == ("Pia", "Not decided yet", "expected")


def test_the_now_line_is_where_the_clock_is(site, chairs):
    assert shown(site, at(8, 30)).now == 18  # columns of five minutes since seven
    assert shown(site, at(20, 0)).now is None
    assert shown(site, EIGHT - timedelta(days=1)).now is None


@pytest.mark.parametrize(
    ("moves", "when", "group"),
    [
        ([], NINE + 10 * MINUTE, "expected"),
        ([], NINE + 11 * MINUTE, "late"),
        (["arrive"], TEN, "in_clinic"),
        (["arrive", "seat"], TEN, "in_clinic"),
    ],
)
def test_the_four_lists(book, pia, site, felix, nora, moves, when, group):
    visit = book(pia)
    if "arrive" in moves:
        flow.check_in(visit=visit, by=felix, at=NINE)
    if "seat" in moves:
        flow.seat(visit=visit, by=nora, at=NINE)
    board = shown(site, when)
    lists = ["expected", "late", "in_clinic", "checked_out"]
    assert [board.counts.get(one, 0) for one in lists] == [int(one == group) for one in lists]
    assert [code for code, _, _ in board.groups][:4] == lists


def test_somebody_who_sits_too_long_pushes_the_next_patient_to_a_second_line(
    book, pia, paul, site, felix, nora
):
    first = book(pia)
    flow.check_in(visit=first, by=felix, at=NINE)
    flow.seat(visit=first, by=nora, at=NINE)
    second = book(paul, at(10, 15))
    assert second.chair == first.chair
    board = shown(site, at(10, 30))
    assert [len(chair.rows) for chair in board.chairs][0] == 2
    assert len(cells(board)) == 2


def test_an_overbooked_visit_stands_in_a_row_of_its_own(book, pia, site):
    book(pia, overbooked_reason="Urgent")
    board = shown(site, EIGHT)
    assert board.chairs[-1].chair is None
    assert len(cells(board)) == 1


def test_the_nurse_load_strip(book, pia, paul, site):
    book(pia, load=12)
    book(paul, load=6)
    loads = shown(site, EIGHT).load
    nine = loads[4]  # half hours since seven
    assert (nine.percent, nine.level) == (75, "fine")
    assert loads[0].percent is None  # nobody before 7:30
    assert loads[3].percent == 0


def test_the_hours_that_are_over_show_what_the_nurses_carried(book, pia, nora, felix, site):
    visit = book(pia, EIGHT, load=12)
    flow.check_in(visit=visit, by=felix, at=EIGHT)
    flow.seat(visit=visit, by=nora, at=EIGHT)
    Visit.objects.filter(pk=visit.pk).update(status="done", left_at=NINE, left_by=nora)
    loads = shown(site, TEN).load
    assert [loads[n].percent for n in (2, 3, 4)] == [50, 50, 0]


def test_names_carry_their_alarms(book, pia, site, felix):
    twin = enroll(by=felix, birth_date=pia.birth_date + timedelta(days=400), interpreter="yes", language="es")
    book(twin)
    (cell,) = cells(shown(site, EIGHT))
    assert cell.person.same_name
    assert cell.person.needs_interpreter


def test_a_cancelled_visit_leaves_the_board_and_stays_on_the_list(book, pia, site, felix):
    flow.cancel(visit=book(pia), reason="Feels better", by=felix, at=EIGHT)
    assert cells(shown(site, EIGHT)) == []
    groups = {code: found for code, _, found in day_list(site=site, day=FRIDAY, at=EIGHT).groups}
    assert [cell.person for cell in groups["off"]] == [pia]


def test_a_tag_is_current_until_something_changes_or_five_minutes_pass(
    book, pia, site, felix, django_assert_num_queries
):
    empty = shown(site, EIGHT).tag
    assert boards.unchanged(empty, at=EIGHT + MINUTE)
    book(pia)
    assert not boards.unchanged(empty, at=EIGHT + MINUTE)
    tag = shown(site, EIGHT).tag
    with django_assert_num_queries(1):
        assert boards.unchanged(tag, at=EIGHT + 4 * MINUTE)
    with django_assert_num_queries(0):
        assert not boards.unchanged(tag, at=EIGHT + 5 * MINUTE)
    calls.take_call(site=site, day=FRIDAY, caller="Somebody", by=felix, at=EIGHT)
    assert not boards.unchanged(tag, at=EIGHT)


@pytest.mark.parametrize(
    "tag", ["", "x", "1.2.3", "1.20261332.1.5", "1.20261120.1.-5", "1.20261120.99999999999999999999.1"]
)
def test_a_tag_that_is_none_of_ours_is_simply_old(site, tag):
    assert not boards.unchanged(tag, at=EIGHT)


def test_the_call_list_counts_asked_served_and_refused(site, felix, book, pia):
    made = [
        calls.take_call(site=site, day=FRIDAY, caller=name, by=felix, at=EIGHT + n * MINUTE)
        for n, name in enumerate(["Ana", "Bo", "Cy"])
    ]
    calls.refuse(call=made[0], reason="Full", by=felix, at=NINE)
    book(pia, ELEVEN, call=made[1])
    found = calls_of(site=site, day=FRIDAY)
    assert ([one.call.caller for one in found.open], found.asked, found.booked, found.refused) == (
        ["Cy"],
        3,
        1,
        1,
    )


def test_programs_read_of_a_day_what_the_board_shows(book, site, felix, nora, pia, paul, dana, max, recipe):
    ordered = scenes.signed_order(patient=pia, recipe=recipe, by=dana)
    first = book(pia, orders=[ordered])
    flow.check_in(visit=first, by=felix, at=NINE)
    flow.seat(visit=first, by=nora, at=NINE)
    namesake = enroll(by=felix, given_name=pia.given_name, family_name=pia.family_name.upper())
    book(namesake, TEN, reason="Migraine since Wednesday")
    book(paul, NINE, regimen=recipe)
    twice = enroll(by=felix, given_name="Paula", family_name="Doubleday")
    book(twice, TEN + 30 * MINUTE)
    kept = enroll(by=felix, given_name="Paula", preferred_name="Lala", family_name="Double")
    registration.merge(duplicate=twice, into=kept, by=max, at=EIGHT)

    lines = day_lines(site=site, day=FRIDAY, at=TEN)
    drawn = sorted(cells(shown(site, TEN)), key=lambda cell: (cell.visit.starts_at, cell.visit.pk))
    assert len(lines.visits) == len(drawn) == 4 and len({one["group"] for one in lines.visits}) == 3
    for line, cell in zip(lines.visits, drawn, strict=True):
        assert line == {
            "key": str(cell.visit.key),
            "patient": str(cell.person.key),
            "called": cell.person.called,
            "family_name": cell.person.family_name,
            "same_name": cell.person.same_name,
            "interpreter": cell.person.needs_interpreter,
            "status": cell.visit.status,
            "chair": cell.visit.chair.name,
            "what": cell.what,
            "starts_at": cell.visit.starts_at,
            "ends_at": cell.visit.ends_at,
            "minutes": cell.visit.minutes,
            "group": cell.group,
        }
    assert set(lines.visits[0]) == set(BoardLine().fields) and vars(lines).keys() == set(BoardOut().fields)
