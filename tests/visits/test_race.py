"""Many desks at once, each with its own connection, against the real database (requirements 1)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, NOON, TEN, at
from tests.people import enroll
from tests.places import on_shift
from tests.visits.series_scenes import dose
from visits.models import Chair, FreedTime, Offer, Visit, VisitMove
from visits.selectors.availability import offers_on
from visits.services import booking, calls, days, flow, freed, moving, offering, series, waitlist
from visits.services.booking import NoPlace, PatientIsBusy
from visits.services.occurrences import DoseIsPast
from visits.states import HOLDS_CHAIR

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

WRITERS = 50


def race(*acts):
    """Run all acts at the same moment: result or exception, in their order."""
    gate = threading.Barrier(len(acts))

    def run(act):
        connection.ensure_connection()
        gate.wait()
        try:
            result = act()
        except Exception as error:  # noqa: BLE001 - counted by the test
            result = error
        connection.close()
        return result

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def split(results):
    winners = [result for result in results if not isinstance(result, Exception)]
    losers = [result for result in results if isinstance(result, Exception)]
    return winners, losers


@pytest.fixture
def patients(felix):
    return [enroll(by=felix, given_name=f"Pat{n:02}", family_name="Racer") for n in range(WRITERS)]


def desk(site, felix, patient, starts_at=NINE, *, minutes=60, load=3, **facts):
    return lambda: booking.book_visit(
        site=site,
        patient=patient,
        starts_at=starts_at,
        minutes=minutes,
        load=load,
        by=felix,
        at=EIGHT,
        **facts,
    )


def test_fifty_writers_for_the_last_place_of_a_day(site, chairs, nora, felix, patients):
    """One bed; whoever gets nine o'clock has it for the day. How long answers take, `make bench` says."""
    on_shift(nora, site)
    results = race(*[desk(site, felix, one, minutes=480, chair_kind="bed") for one in patients])
    winners, losers = split(results)
    assert len(winners) == 1
    assert {type(error) for error in losers} == {NoPlace}
    assert all("taken at 09:00; nothing later that day" in str(error) for error in losers)
    assert list(Visit.objects.all()) == winners
    assert VisitMove.objects.count() == 1


def test_a_loser_holds_the_day_for_two_statements_and_reckons_other_times_after_it(
    site, chairs, nora, felix, pia, paul, monkeypatch
):
    on_shift(nora, site)
    desk(site, felix, pia, chair_kind="bed")()
    held = []

    def reckon(search):
        held.append(connection.in_atomic_block)
        return offers_on(search)

    monkeypatch.setattr(booking, "offers_on", reckon)
    with (
        CaptureQueriesContext(connection) as asked,
        pytest.raises(NoPlace, match="next: 10:15, 10:45, 11:15"),
    ):
        desk(site, felix, paul, chair_kind="bed")()
    statements = [one["sql"] for one in asked]
    took = next(n for n, sql in enumerate(statements) if "visits_clinicday AS taken" in sql)
    assert len(statements[took:]) - 1 == 2  # the day with all that is on it, the end
    assert statements[-1] == "ROLLBACK"
    assert held == [False]


@pytest.mark.parametrize(("kind", "refusal"), [("bed", NoPlace), ("recliner", days.DayBusy)])
def test_who_waits_in_vain_for_the_day_is_told_if_the_place_is_gone(
    site, chairs, nurses, felix, pia, paul, monkeypatch, kind, refusal
):
    monkeypatch.setattr(days, "LOCK_TIMEOUT", "50ms")
    desk(site, felix, pia, chair_kind="bed")()
    with ThreadPoolExecutor(1) as other_desk, transaction.atomic():
        days.take(site=site, day=FRIDAY)
        [error] = other_desk.submit(race, desk(site, felix, paul, chair_kind=kind)).result()
    assert type(error) is refusal


def test_losers_are_offered_other_times(site, chairs, nora, felix, patients):
    on_shift(nora, site)
    winners, losers = split(
        race(*[desk(site, felix, patient, chair_kind="bed") for patient in patients[:20]])
    )
    assert len(winners) == 1
    assert len(losers) == 19
    for error in losers:
        assert [start.at for start in error.offers.starts] == [
            TEN + n * 30 * MINUTE + 15 * MINUTE for n in range(3)
        ]


def test_nurse_load_and_starts_are_filled_exactly_and_never_over(site, chairs, nora, felix, patients):
    """Ten recliners; one nurse carries four of load 3 and starts one each quarter of an hour."""
    on_shift(nora, site)
    starts = [NINE + n * 15 * MINUTE for n in range(4)]
    desks = [
        desk(site, felix, patient, starts[n % 4], minutes=240) for n, patient in enumerate(patients[:40])
    ]
    winners, losers = split(race(*desks))
    assert sorted(visit.starts_at for visit in winners) == starts
    assert {type(error) for error in losers} == {NoPlace}


def test_a_patient_at_many_desks_has_one_visit(site, chairs, nurses, felix, pia):
    desks = [desk(site, felix, pia, NINE + n * 5 * MINUTE) for n in range(12)]
    winners, losers = split(race(*desks))
    assert len(winners) == 1
    assert {type(error) for error in losers} == {PatientIsBusy}


def test_one_call_becomes_one_visit(site, chairs, nurses, felix, pia, paul):
    call = calls.take_call(site=site, day=FRIDAY, caller="Somebody", by=felix, at=EIGHT)
    desks = [desk(site, felix, patient, start, call=call) for patient, start in [(pia, NINE), (paul, NOON)]]
    winners, losers = split(race(*desks))
    assert [type(error) for error in losers] == [calls.CallClosed]
    assert Visit.objects.get() == winners[0]


def test_pressed_at_four_desks_a_check_in_happens_once(site, chairs, nurses, felix, pia):
    visit = desk(site, felix, pia)()
    presses = [
        lambda: flow.check_in(visit=Visit.objects.select_related("site").get(pk=visit.pk), by=felix, at=EIGHT)
    ] * 4
    winners, losers = split(race(*presses))
    assert len(winners) == 1
    assert {type(error) for error in losers} == {flow.CannotMove}
    assert visit.moves.filter(target="arrived").count() == 1


def test_bookings_seatings_and_cancellations_at_once_end_with_everybody_in_one_chair(
    site, chairs, nurses, nora, felix, patients
):
    """Whatever wins, nobody shares a chair, nothing deadlocks, and every refusal is a sentence."""
    seated = [desk(site, felix, patient, NINE, minutes=120)() for patient in patients[:2]]
    for visit in seated:
        flow.check_in(visit=visit, by=felix, at=EIGHT)
    booked = [
        desk(site, felix, patient, TEN + n * 15 * MINUTE, minutes=45)()
        for n, patient in enumerate(patients[2:8])
    ]
    target = Chair.objects.get(pk=booked[0].chair_id)
    acts = [
        lambda v=visit: flow.seat(visit=v, chair=target, by=nora, at=EIGHT + 45 * MINUTE) for visit in seated
    ]
    acts += [
        lambda v=visit: flow.cancel(visit=v, reason="Better", by=felix, at=EIGHT) for visit in booked[:3]
    ]
    acts += [desk(site, felix, patient, TEN, minutes=60) for patient in patients[8:20]]
    winners, losers = split(race(*acts))
    assert {type(error).__module__.split(".")[0] for error in losers} <= {"visits"}
    assert sum(isinstance(winner, Visit) and winner.status == "in_chair" for winner in winners) == 1
    held = Visit.objects.filter(status__in=HOLDS_CHAIR).select_related("chair")
    by_chair = {}
    for visit in held:
        by_chair.setdefault(visit.chair_id, []).append(visit.chair_time)
    for spans in by_chair.values():
        spans.sort(key=lambda span: span.lower)
        assert all(one.upper <= other.lower for one, other in zip(spans, spans[1:], strict=False))


def mover(felix, visit, starts_at, **facts):
    """Another desk that has looked at the visit just now."""
    seen = Visit.objects.select_related("site", "patient__merged_into", "chair").get(pk=visit.pk)
    return lambda: moving.move(visit=seen, starts_at=starts_at, by=felix, at=EIGHT, **facts)


def test_moves_and_bookings_for_the_same_bed_end_with_one_of_them_there(
    site, chairs, nurses, felix, patients
):
    """Bed visits of eight and of three in the afternoon are moved to ten, where others are being booked."""
    early = desk(site, felix, patients[0], EIGHT, chair_kind="bed")()
    late = desk(site, felix, patients[1], NOON + 3 * 60 * MINUTE, chair_kind="bed")()
    acts = [mover(felix, early, TEN), mover(felix, late, TEN)] * 2
    acts += [desk(site, felix, patient, TEN, chair_kind="bed") for patient in patients[2:10]]
    _, losers = split(race(*acts))
    assert {type(error) for error in losers} <= {NoPlace}
    assert Visit.objects.filter(planned__startswith=TEN, status__in=HOLDS_CHAIR).count() == 1
    assert len(losers) in (10, 11)  # the winner's own second press is no loser


def test_one_visit_moved_by_many_desks_is_moved_once(site, chairs, nurses, felix, pia):
    visit = desk(site, felix, pia)()
    acts = [mover(felix, visit, TEN + n * 30 * MINUTE) for n in range(6)]
    winners, losers = split(race(*acts))
    assert len(winners) == 1
    assert {type(error) for error in losers} == {moving.MovedMeanwhile}
    assert visit.moves.count() == 2


def test_two_visits_that_change_days_with_each_other_do_not_wait_for_ever(
    site, chairs, nora, felix, patients
):
    """Both days are taken, the earlier first, whichever way somebody goes."""
    monday = timedelta(days=3)
    on_shift(nora, site)
    on_shift(nora, site, starts=at(7, 30) + monday, ends=at(17, 30) + monday)
    here = [desk(site, felix, one, NINE + n * 15 * MINUTE)() for n, one in enumerate(patients[:3])]
    there = [desk(site, felix, one, NINE + monday + n * 15 * MINUTE)() for n, one in enumerate(patients[3:6])]
    acts = [mover(felix, one, one.starts_at + monday + 120 * MINUTE) for one in here]
    acts += [mover(felix, one, one.starts_at - monday + 120 * MINUTE) for one in there]
    winners, losers = split(race(*acts))
    assert losers == []
    assert sorted(winner.day for winner in winners) == [FRIDAY] * 3 + [FRIDAY + monday] * 3


def test_one_dose_of_a_series_is_booked_once_however_many_call(epti, nurses, pia):
    running = epti.start(pia)
    one = dose(running, 1)

    def confirm(minutes):
        starts_at = NINE + minutes * MINUTE
        return lambda: series.confirm(
            occurrence=dose(running, 1), starts_at=starts_at, by=epti.desk, at=EIGHT
        )

    winners, losers = split(race(*[confirm(90 * n) for n in range(4)]))
    assert list(Visit.objects.all()) == winners
    assert len(winners) == 1
    assert {type(error) for error in losers} == {DoseIsPast}
    one.refresh_from_db()
    assert one.visit == winners[0]


def test_a_freed_time_offered_at_two_desks_goes_to_one(site, chairs, nurses, nora, felix, patients):
    """Twelve desks, each with somebody else in mind: one holds the place, the others read for whom."""
    leaver, *others = patients[:13]
    visit = desk(site, felix, leaver, chair_kind="bed")()
    entries = [
        waitlist.join(
            site=site, day=FRIDAY, patient=one, minutes=60, load=3, chair_kind="bed",
            must_leave_by=TEN, by=felix, at=EIGHT,
        )
        for one in others
    ]  # fmt: skip
    flow.cancel(visit=visit, reason="Better", by=felix, at=EIGHT)
    task = FreedTime.objects.get()
    offers = [
        lambda entry=entry: offering.offer(
            task=FreedTime.objects.select_related("site").get(pk=task.pk), waiting=entry, by=felix, at=EIGHT
        )
        for entry in entries
    ]
    winners, losers = split(race(*offers))
    assert len(winners) == 1
    assert {type(error) for error in losers} == {freed.FreedTimeMoved}
    assert all("is offering this time to" in str(error) for error in losers)
    assert Visit.objects.filter(status="held").count() == 1


def test_an_offer_taken_at_one_desk_and_declined_at_another_has_one_answer(
    site, chairs, nurses, felix, pia, paul
):
    visit = desk(site, felix, paul, chair_kind="bed")()
    entry = waitlist.join(
        site=site, day=FRIDAY, patient=pia, minutes=60, load=3, chair_kind="bed", must_leave_by=TEN,
        by=felix, at=EIGHT,
    )  # fmt: skip
    flow.cancel(visit=visit, reason="Better", by=felix, at=EIGHT)
    offer = offering.offer(task=FreedTime.objects.get(), waiting=entry, by=felix, at=EIGHT)

    def fresh():
        return Offer.objects.select_related("visit__site", "visit__patient").get(pk=offer.pk)

    acts = [
        lambda answer=answer: answer(offer=fresh(), by=felix, at=EIGHT)
        for answer in (offering.accept, offering.decline) * 3
    ]
    split(race(*acts))
    offer.refresh_from_db()
    offer.freed.refresh_from_db()
    entry.refresh_from_db()
    ends = {"booked": ("accepted", "taken", "booked"), "cancelled": ("declined", "open", "waiting")}
    hold = Visit.objects.get(pk=offer.visit_id)
    booked_then_cancelled = ("accepted", "taken", "booked")
    assert (offer.state, offer.freed.state, entry.state) in (ends[hold.status], booked_then_cancelled)
