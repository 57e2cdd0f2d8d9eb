"""What worked for Pia before, and what is left, from the doses that were charted."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.services import history, reference
from regimens.models import Drug, Regimen
from regimens.services import formulary, ordering
from tests.clock import EIGHT, NINE, SEVEN, TEN, at
from tests.people import signed_in
from tests.places import on_shift
from tests.regimens.conftest import SHIPPED, sign
from tests.visits import scenes
from visits.selectors.what_worked import what_worked
from visits.services import booking, charting, checking, discharge, emergency, flow, giving, reactions


@pytest.fixture(autouse=True)
def at_ten(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture
def book(db):
    loaded = formulary.load_formulary(path=SHIPPED, by=None, at=SEVEN)
    reference.load_vocabulary(vocab=loaded.vocabulary, by=None, at=SEVEN)
    return {regimen.code: regimen for regimen in Regimen.objects.all()}


@pytest.fixture
def shelf(book, site, nora):
    """Ketorolac and saline."""
    lots = {}
    for code, amount, unit, ndc in (
        ("ketorolac", 30, "mg", "0409-3795-01"),
        ("magnesium_sulfate", 5000, "mg", "63323-064-10"),
    ):
        product = scenes.product(Drug.objects.get(code=code), by=nora, amount=amount, unit=unit, ndc=ndc)
        lots[code] = scenes.lot(product, site=site, by=nora, number=f"L-{code}")
    return lots


@pytest.fixture
def treat(site, chairs, nora, dana, felix, book, shelf, monkeypatch):
    """`treat(pia, day, ketorolac=(8, 4))`: a visit of that day with these agents one after the other.

    The rules are not asked here: the doses of the past are a fact.
    """
    monkeypatch.setattr(checking, "require_clear", lambda **_: None)

    def a_visit(patient, day, *, at_once=False, pain=(8, 3), **agents):
        on_shift(nora, site, starts=at(7, 30, day=day), ends=at(17, 30, day=day))
        start = at(9, day=day)
        recipe = scenes.regimen(
            *[
                (shelf[code].product.drug, 15 if code == "ketorolac" else 1000, "mg", "iv_push", 5, [])
                for code in agents
            ],
            code=f"r{day:%m%d}",
            name="Two agents" if len(agents) > 1 else "One agent",
        )
        order = ordering.order_from_regimen(patient=patient, regimen=recipe, by=dana, at=start)
        sign(order, by=dana, at=start)
        visit = booking.book_visit(
            site=site,
            patient=patient,
            starts_at=start,
            minutes=90,
            load=3,
            orders=[order],
            by=felix,
            at=start,
        )
        flow.check_in(visit=visit, by=nora, at=start)
        flow.seat(visit=visit, by=nora, at=start)
        charting.score(visit=visit, moment="baseline", pain=pain[0], scored_at=start, by=nora, at=start)
        for step, line in enumerate(visit.administrations.order_by("position")):
            before, after = agents[line.drug.code]
            begins = start if at_once else start + timedelta(minutes=10 * step)
            lots = [shelf[line.drug.code]]
            ends = begins + timedelta(minutes=5)
            giving.start(administration=line, lots=lots, started_at=begins, pain=before, by=nora, at=begins)
            giving.stop(administration=line, stopped_at=ends, pain=after, by=nora, at=ends)
        end = start + timedelta(minutes=60)
        charting.record_vitals(visit=visit, taken_at=end, systolic=120, diastolic=70, by=nora, at=end)
        discharge.discharge(
            visit=visit, pain=pain[1], back_to_activity="yes", left_with="Sam", iv_out="yes", by=nora, at=end
        )
        return visit

    return a_visit


def names(found):
    return [(one.name, one.words, one.n) for one in found]


def test_agents_that_ran_alone_have_a_mean_and_combinations_say_so(treat, pia):
    treat(pia, date(2026, 11, 2), ketorolac=(8, 4), magnesium_sulfate=(4, 3))
    treat(pia, date(2026, 11, 9), ketorolac=(8, 2))
    treat(pia, date(2026, 11, 16), at_once=True, ketorolac=(9, 1), magnesium_sulfate=(9, 1), pain=(9, 1))
    found = what_worked(pia, visit=None, at=TEN)
    assert names(found.agents) == [
        ("ketorolac tromethamine", "down 63 %", 2),
        ("magnesium sulfate", "down 25 %", 1),
    ]
    assert [(one.times, one.combined) for one in found.agents] == [(3, 1), (2, 1)]
    assert names(found.regimens) == [("Two agents", "down 76 %", 2), ("One agent", "down 63 %", 1)]


def test_the_doses_of_the_visits_and_of_home_count_together(treat, pia, nora):
    treat(pia, date(2026, 11, 16), ketorolac=(8, 4))
    treat(pia, date(2026, 11, 19), ketorolac=(8, 4))
    found = what_worked(pia, visit=None, at=TEN)
    limits = {(one.subject, one.unit, one.hours): one for one in found.limits}
    assert limits["ketorolac", "days", 0].used == 1  # yesterday; Monday was not in a row
    assert limits["ketorolac", "days", 720].used == 2
    assert limits["rescue visits", "visits", 720].used == 2
    assert limits["dihydroergotamine", "mg", 168].used == 0
    assert limits["steroids", "courses", 8760].left == 6
    assert not found.home_known


def test_unknown_is_not_none_and_the_triptan_has_its_clock(book, pia, nora):
    assert what_worked(pia, visit=None, at=TEN).triptan is None
    listed = history.add_medication(patient=pia, text="sumatriptan 50 mg", by=nora, at=EIGHT)
    asked = what_worked(pia, visit=None, at=TEN)
    assert (asked.triptan.names, asked.triptan.taken_at, asked.triptan.is_free) == (
        ["sumatriptan 50 mg"],
        None,
        False,
    )
    taken = at(14, 20, day=date(2026, 11, 19))
    history.answer_last_taken(medication=listed, last_taken_at=taken, by=nora, at=NINE)
    known = what_worked(pia, visit=None, at=TEN).triptan
    assert (known.free_at, known.is_free) == (at(14, 20), False)
    assert what_worked(pia, visit=None, at=at(14, 20)).triptan.is_free


def test_the_panel_is_on_the_composing_page_and_in_the_chart(treat, pia, dana, book, site, felix, nurses):
    treat(pia, date(2026, 11, 9), ketorolac=(8, 2))
    visit = scenes.booked(patient=pia, site=site, by=felix, starts_at=at(10, 30))
    browser = signed_in(dana)
    page = " ".join(browser.get(reverse("visits:compose", args=[visit.key])).content.decode().split())
    assert (
        "What worked before" in page and "down 75 %" in page and "Nobody asked about home medications" in page
    )
    assert "What worked before" in browser.get(reverse("visits:chart", args=[visit.key])).content.decode()
    for headers in ({}, {"HX-Request": "true"}):
        part = browser.get(reverse("visits:worked", args=[visit.key]), headers=headers).content.decode()
        assert "down 75 %" in part and ("<html" in part) is (not headers)


def test_a_long_record_costs_no_more_queries(treat, pia, book):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            what_worked(pia, visit=None, at=TEN)
        return len(caught)

    treat(pia, date(2026, 11, 2), ketorolac=(8, 4))
    queries()
    few = queries()
    for day in (9, 10, 11, 12):
        treat(pia, date(2026, 11, day), ketorolac=(8, 4))
    assert queries() == few <= 30


def test_nothing_given_yet_says_so(book, pia):
    found = what_worked(pia, visit=None, at=TEN)
    assert found.nothing_yet and found.waits == []
    assert Decimal(0) == max(one.used for one in found.limits)


def test_reactions_stand_beside_their_agent_and_those_of_no_clear_drug_below(treat, pia, nora, dana):
    visit = treat(pia, date(2026, 11, 9), ketorolac=(8, 2))
    line = visit.administrations.get()
    flow.undo(visit=visit, reason="Reaction to write down", by=nora, at=at(11, day=date(2026, 11, 9)))
    when = at(9, 3, day=date(2026, 11, 9))
    later = at(11, 5, day=date(2026, 11, 9))
    for facts in (
        {"kind": "rash", "grade": 1, "administration": line},
        {"kind": "rash", "grade": 3, "administration": line},
        {"kind": "mood", "grade": 2},
    ):
        reactions.record(visit=visit, began_at=when, **facts, by=nora, at=later)
    found = what_worked(pia, visit=None, at=TEN)
    assert [(one.name, one.reacted) for one in found.agents] == [
        ("ketorolac tromethamine", "2 reactions, worst severe")
    ]
    assert found.reactions == [
        "Mood change, moderate, 09 Nov 2026",
        "Rash or itching after ketorolac tromethamine, severe, 09 Nov 2026",
        "Rash or itching after ketorolac tromethamine, mild, 09 Nov 2026",
    ]


def test_a_confirmed_reaction_is_said_once_and_an_emergency_dose_counts(treat, pia, nora, dana):
    day = date(2026, 11, 18)
    visit = treat(pia, day, ketorolac=(8, 2))
    flow.undo(visit=visit, reason="Reaction to write down", by=nora, at=at(11, day=day))
    facts = {"kind": "rash", "grade": 1, "administration": visit.administrations.get()}
    late = {"by": nora, "at": at(11, 5, day=day)}
    row = reactions.record(visit=visit, began_at=at(9, 3, day=day), **facts, **late)
    reactions.confirm(reaction=row, allergy_group="nsaid_aspirin", **late)
    emergency.give(
        visit=visit,
        kind="rash",
        drug="diphenhydramine",
        code="diphenhydramine",
        amount=Decimal(50),
        unit="mg",
        route="iv",
        given_at=at(9, 5, day=day),
        **late,
    )
    found = what_worked(pia, visit=None, at=at(8, day=date(2026, 11, 19)))
    assert len(found.reactions) == 1
    used = {(one.subject, one.hours): one.used for one in (*found.limits, *found.untouched)}
    assert used["diphenhydramine", 24] == 50
