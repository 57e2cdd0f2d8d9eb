"""What waits for Dana, the most urgent first, with its age."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion_center.accounts.permissions import Role
from regimens.services import clearing, ordering
from regimens.states import CheckMoment
from tests.clock import FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll, member_of_staff
from tests.visits import notes, scenes
from tests.visits.conftest import spoken
from visits.rules.deciding import Waiting, urgency
from visits.selectors.deciding import Kind, tag, to_decide
from visits.services import (
    after_signing,
    charting,
    checking,
    composing,
    emergency,
    giving,
    orders,
    reactions,
    standing,
)

SATURDAY = FRIDAY + timedelta(days=1)


def waits(site, *, when=TEN):
    return [(one.kind, one.minutes) for one in to_decide(site=site, day=FRIDAY, at=when)]


def run(line, lot, *, by, starts, stops, before=None, after=None):
    giving.start(administration=line, lots=[lot], started_at=starts, pain=before, by=by, at=starts)
    giving.stop(administration=line, stopped_at=stops, pain=after, by=by, at=stops)


def test_a_score_after_an_agent_asks_for_the_next_step(in_chair, magnesium, ketorolac, stock, nora, site):
    assert waits(site) == []
    run(magnesium, stock.magnesium, by=nora, starts=NINE, stops=at(9, 30), before=8, after=5)
    (one,) = to_decide(site=site, day=FRIDAY, at=at(9, 42))
    assert (one.kind, one.minutes, one.visit) == (Kind.NEXT, 12, in_chair)
    assert one.what == "After magnesium sulfate: 8 → 5, down 38 %. Next ordered: ketorolac"
    giving.start(
        administration=ketorolac, lots=[stock.ketorolac], started_at=at(9, 45), by=nora, at=at(9, 45)
    )
    assert waits(site) == []
    giving.stop(administration=ketorolac, stopped_at=at(9, 47), pain=2, by=nora, at=at(9, 47))
    assert waits(site) == []  # nothing is left to give


def test_saying_no_to_the_next_agent_settles_it(in_chair, magnesium, ketorolac, stock, nora, site):
    run(magnesium, stock.magnesium, by=nora, starts=NINE, stops=at(9, 30), before=8, after=0)
    giving.not_given(
        administration=ketorolac, state="not_given", reason="Free of pain", by=nora, at=at(9, 40)
    )
    assert waits(site) == []


def test_a_finding_after_the_signature_is_said_until_somebody_answers(
    in_chair, order, site, nora, dana, rules_say
):
    rules_say(ketorolac="warn")
    checking.recheck(
        visit=in_chair, moment=CheckMoment.CHECK_IN, because="a fact has changed", by=None, at=at(9, 50)
    )
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert (one.kind, one.minutes, one.standing[0].message) == (Kind.RULES, 10, "ketorolac: mind it.")
    clearing.acknowledge(order=order, rule="ketorolac_rule", drug="ketorolac", by=nora, at=TEN)
    assert waits(site) == []


def test_a_check_that_failed_is_said_too(in_chair, site, monkeypatch):
    from visits.selectors import judging

    monkeypatch.setattr(judging, "bench", lambda **_: 1 / 0)
    checking.recheck(visit=in_chair, moment=CheckMoment.CHECK_IN, because="check-in", by=None, at=at(9, 50))
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert one.kind == Kind.RULES and "could not run" in one.what


def test_a_visit_waits_for_an_order_then_the_draft_for_its_signature(waiting, recipe, site, nora, dana):
    assert waits(site) == [(Kind.NO_ORDER, 70)]  # in the chair since 8:50
    order = ordering.order_from_regimen(patient=waiting.patient, regimen=recipe, by=nora, at=at(9, 55))
    orders.give_here(visit=waiting, order=order, by=nora, at=at(9, 55))
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert (one.kind, one.minutes, one.visit, one.order) == (Kind.TO_SIGN, 5, waiting, order)


def test_a_spoken_order_waits_until_it_is_signed(waiting, recipe, site, nora, dana):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert (one.kind, one.minutes, one.overdue) == (Kind.VERBAL, 60, False)
    assert "Dana Dorn" in one.what and "Ketorolac 30 mg IV push now" in one.what
    assert to_decide(site=site, day=FRIDAY, at=NINE + timedelta(hours=24))[0].overdue
    standing.sign_off(order=order, by=dana, at=TEN)
    assert waits(site) == []


def test_another_sites_orders_are_not_this_lists(waiting, recipe, site, nora, dana):
    from tests.places import open_site

    spoken(waiting, recipe, by=nora, said_by=dana)
    other = open_site(name="Elsewhere", slug="elsewhere")
    assert to_decide(site=other, day=FRIDAY, at=TEN) == []


def test_the_chair_comes_before_the_waiting_room_and_both_before_the_rest():
    told = [
        Waiting(at(9, 30), "in_chair"),
        Waiting(at(9, 45), "in_chair"),
        Waiting(at(7, 0), "arrived"),
        Waiting(at(8, 0), "in_chair", due_at=at(9, 0)),
        Waiting(at(6, 0), ""),
        Waiting(at(6, 30), "booked"),
        Waiting(at(8, 30), "in_chair", due_at=at(20, 0)),
    ]
    assert sorted([*told[1:], told[0]], key=lambda one: urgency(one, at=TEN)) == told


def test_the_tag_changes_with_what_the_list_shows(waiting, recipe, site, nora, dana, pia, rules_say):
    tags = [tag(site=site, day=FRIDAY, at=TEN)]

    def changed():
        tags.append(tag(site=site, day=FRIDAY, at=TEN))
        return tags[-1] != tags[-2]

    assert not changed()
    rules_say(ketorolac="warn")
    order = ordering.order_from_regimen(patient=pia, regimen=recipe, by=nora, at=TEN)  # at no visit
    assert changed()
    checking.check_order(order=order, visit=None, moment=CheckMoment.ORDER, because="Saved", by=nora, at=TEN)
    assert changed()
    clearing.acknowledge(order=order, rule="ketorolac_rule", drug="ketorolac", by=nora, at=TEN)
    assert changed()
    charting.score(visit=waiting, moment="baseline", pain=8, scored_at=TEN, by=nora, at=TEN)
    assert changed()
    assert tag(site=site, day=FRIDAY, at=TEN + MINUTE) != tags[-1]
    with CaptureQueriesContext(connection) as asked:
        tag(site=site, day=FRIDAY, at=TEN)
    assert len(asked) == 1


def reacts(visit, *, by, when=None, **facts):
    when = when or at(9, 40)
    usual = {"kind": "nausea", "grade": 1, "began_at": when}
    return reactions.record(visit=visit, **(usual | facts), by=by, at=when)


def test_a_reaction_waits_until_a_provider_has_looked_or_it_is_settled(in_chair, site, nora, dana):
    tags = [tag(site=site, day=FRIDAY, at=TEN)]
    row = reacts(in_chair, by=nora, actions=["slowed"])
    tags.append(tag(site=site, day=FRIDAY, at=TEN))
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert (one.kind, one.minutes, one.visit) == (Kind.REACTION, 20, in_chair)
    assert one.what == "Mild nausea or vomiting, not clear after which drug. Slowed."
    reactions.see(reaction=row, by=dana, at=TEN)
    tags.append(tag(site=site, day=FRIDAY, at=TEN))
    assert waits(site) == []
    other = reacts(in_chair, by=nora, kind="rash", when=TEN)
    assert waits(site) == [(Kind.REACTION, 0)]
    reactions.settle(reaction=other, outcome="resolved", by=nora, at=TEN)
    tags.append(tag(site=site, day=FRIDAY, at=TEN))
    assert waits(site) == [] and len(set(tags)) == 4


def test_two_reactions_of_one_visit_are_two_lines_and_an_error_is_none(in_chair, site, nora):
    rows = [reacts(in_chair, by=nora), reacts(in_chair, by=nora, kind="rash")]
    assert len({one.key for one in to_decide(site=site, day=FRIDAY, at=TEN)}) == 2
    for row in rows:
        reactions.enter_in_error(reaction=row, reason="Other patient", by=nora, at=TEN)
    assert waits(site) == []


def gives(visit, *, by, when=None, kind="rash", drug="diphenhydramine"):
    facts = {"kind": kind, "drug": drug, "amount": Decimal(25), "unit": "mg", "route": "iv"}
    when = when or at(9, 45)
    return emergency.give(visit=visit, **facts, given_at=when, by=by, at=when)


def test_an_emergency_dose_waits_for_its_signature_and_tells_of_a_reaction_nobody_wrote(
    in_chair, site, nora, dana
):
    dose = gives(in_chair, by=nora)
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert (one.kind, one.minutes, one.grade) == (Kind.EMERGENCY, 15, 3)
    assert one.what == (
        "diphenhydramine 25 mg IV at 09:45 by Nora North, RN. No reaction is written down for it yet"
    )
    row = reacts(in_chair, by=nora, kind="rash")
    reactions.see(reaction=row, by=dana, at=TEN)
    (one,) = to_decide(site=site, day=FRIDAY, at=TEN)
    assert (one.kind, one.grade) == (Kind.EMERGENCY, 0) and one.what.endswith("Nora North, RN")
    before = tag(site=site, day=FRIDAY, at=TEN)
    emergency.sign_off(doses=[dose], by=dana, at=TEN)
    assert waits(site) == [] and tag(site=site, day=FRIDAY, at=TEN) != before


def test_a_dose_taken_back_asks_for_no_signature(in_chair, site, nora):
    emergency.take_back(dose=gives(in_chair, by=nora), reason="Wrong chair", by=nora, at=TEN)
    assert waits(site) == []


def test_a_severe_reaction_comes_before_everything_and_a_worse_one_before_it():
    told = [
        Waiting(at(9, 55), "in_chair", grade=4),
        Waiting(at(9, 50), "in_chair", grade=3),
        Waiting(at(7, 0), "in_chair"),
        Waiting(at(9, 0), "in_chair", grade=2),
        Waiting(at(6, 0), "arrived"),
    ]
    assert sorted([*told[1:], told[0]], key=lambda one: urgency(one, at=TEN)) == told


def test_a_reaction_of_yesterday_is_not_lost_and_settling_it_tells_todays_list(in_chair, site, nora):
    row = reacts(in_chair, by=nora)
    tomorrow = FRIDAY + timedelta(days=1)
    later = TEN + timedelta(days=1)
    (one,) = to_decide(site=site, day=tomorrow, at=later)
    before = tag(site=site, day=tomorrow, at=later)
    reactions.settle(reaction=row, outcome="left_with_it", by=nora, at=later)
    assert one.kind == Kind.REACTION and tag(site=site, day=tomorrow, at=later) != before


def test_a_long_list_costs_no_more_queries(site, chairs, nurses, recipe, felix, nora, dana):
    def a_patient(number):
        person = enroll(by=felix, given_name=f"P{number}", family_name="Prior")
        scenes.asked(person, by=nora)
        visit = scenes.booked(
            patient=person, site=site, by=felix, starts_at=at(9 + number // 3, 20 * (number % 3))
        )
        if number % 3 == 0:
            composing.save_draft(
                patient=person,
                visit=visit,
                order=None,
                steps=_steps(recipe),
                regimen=recipe,
                by=nora,
                at=NINE,
            )
        elif number % 3 == 1:
            scenes.seated(visit, by=nora, chair=chairs[number])
            spoken(visit, recipe, by=nora, said_by=dana)
            reacts(visit, by=nora)
            gives(visit, by=nora, when=at(9, 41))

    def queries():
        with CaptureQueriesContext(connection) as asked:
            found = to_decide(site=site, day=FRIDAY, at=TEN)
        return len(found), len(asked)

    for number in (0, 1, 2):
        a_patient(number)
    assert queries()[0] == 5
    few = queries()
    for number in (3, 4, 5):
        a_patient(number)
    many = queries()
    assert (few[0], many[0]) == (5, 10) and many[1] == few[1] <= 14


def _steps(recipe):
    from regimens.selectors.composing import typed_by_recipe

    return typed_by_recipe(recipe)


def test_notes_of_any_day_wait_for_their_signature_and_the_tag_sees_it(in_chair, stock, site, nora, dana):
    notes.over(in_chair, stock, by=nora)
    before = tag(site=site, day=SATURDAY, at=TEN)
    (one,) = to_decide(site=site, day=SATURDAY, at=at(10, 5, day=SATURDAY))
    assert (one.kind, one.minutes, one.overdue) == (Kind.NOTE, 24 * 60, True)
    notes.signed(in_chair, by=dana)
    assert to_decide(site=site, day=SATURDAY, at=TEN) == []
    assert tag(site=site, day=SATURDAY, at=TEN) != before


def test_a_co_signature_that_was_asked_for_waits_too(in_chair, stock, site, nora, dana):
    pat = member_of_staff("pat", Role.PROVIDER, site=site, first_name="Pat", last_name="Parr")
    notes.over(in_chair, stock, by=nora)
    notes.signed(in_chair, by=dana)
    after_signing.ask_cosignature(visit=in_chair, provider=pat, by=dana, at=at(11))
    (one,) = to_decide(site=site, day=FRIDAY, at=at(11, 30))
    assert (one.kind, one.minutes, one.what) == (Kind.COSIGN, 30, "Asked of Pat Parr by Dana Dorn, MD")
    after_signing.cosign(visit=in_chair, by=pat, at=at(12))
    assert to_decide(site=site, day=FRIDAY, at=at(12)) == []
