"""Boluses, witnesses, the score between two agents, watching after a drug, another chair in mid-infusion."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from infusion_center.places.models import Site
from regimens.models import StockMove
from tests.clock import EIGHT, NINE, TEN, at
from tests.people import signed_in
from tests.visits import notes as treatment
from tests.visits import scenes
from tests.visits.conftest import line_of
from visits.models import Score, VialUse, Visit, VisitMove
from visits.selectors import chart as charts
from visits.selectors import telling
from visits.services import charting, discharge, flow, giving, moving
from visits.services.chairs import ChairTaken
from visits.services.discharge import DischargeRefused
from visits.services.flow import CannotMove
from visits.services.giving import AmountRefused
from visits.services.vials import WitnessMissing


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def look(browser, visit, name, *rest, when=NINE):
    with time_machine.travel(when, tick=False):
        return browser.get(reverse(f"visits:{name}", args=[visit.key, *rest]))


def send(browser, visit, name, *rest, when=NINE, **typed):
    with time_machine.travel(when, tick=False):
        address = reverse(f"visits:{name}", args=[visit.key, *rest])
        return browser.post(address, {"patient": str(visit.patient.key)} | typed, HTTP_HX_REQUEST="true")


def seen(visit, when):
    return charts.chart_of(charts.visits().get(pk=visit.pk), at=when)


@pytest.fixture
def running(in_chair, magnesium, stock, nora):
    """At 100 mL an hour since nine."""
    return giving.start(
        administration=magnesium,
        lots=[stock.magnesium],
        started_at=NINE,
        rate_ml_h=Decimal(100),
        by=nora,
        at=NINE,
    )


def test_a_bolus_goes_in_besides_the_rate_and_is_told(in_chair, running, nora, nurse):
    form = look(nurse, in_chair, "act", running.key, "bolus").text
    assert "Bolus, mL" in form
    done = send(nurse, in_chair, "act", running.key, "bolus", volume_ml="20", when=at(9, 10))
    assert "bolus 20 mL" in done.text
    line = next(line for line in seen(in_chair, at(9, 30)).lines if line.open)
    assert (line.volume_ml, line.minutes_run) == (Decimal("70.0"), 30)
    told = str(telling.told_of(charts.visits().get(pk=in_chair.pk), at=TEN).built)
    assert "bolus 09:10 of 20 mL" in told


def test_a_bolus_is_no_more_than_the_bag(running, nora):
    for ml, said in [("200", "more than the 100 mL ordered"), ("0", "more than zero")]:
        with pytest.raises(AmountRefused, match=said):
            giving.bolus(
                administration=running, volume_ml=Decimal(ml), happened_at=at(9, 5), by=nora, at=at(9, 5)
            )


@pytest.fixture
def controlled(drugs, magnesium):
    drugs.magnesium.dea_schedule = "III"
    drugs.magnesium.save()
    magnesium.refresh_from_db()
    magnesium.drug.refresh_from_db()
    return magnesium


def test_what_is_left_of_a_controlled_drug_is_wasted_before_two_people(
    in_chair, controlled, stock, nora, noah, nurse
):
    asked = {"lots": [stock.magnesium_big.pk]}
    form = look(nurse, in_chair, "act", controlled.key, "start").text
    assert (
        "Who sees the rest wasted" in form and "Noah Nash" in form and "Nora North, RN</option>" not in form
    )
    alone = send(nurse, in_chair, "act", controlled.key, "start", **asked)
    assert (alone.status_code, "name who sees it wasted" in alone.text) == (422, True)
    assert StockMove.objects.filter(kind="wasted").count() == 0
    assert send(nurse, in_chair, "act", controlled.key, "start", **asked, witness=noah.pk).status_code == 200
    use = VialUse.objects.get()
    assert (use.wasted, use.waste_witness) == (Decimal(3000), noah)


def test_nobody_is_their_own_witness(controlled, stock, nora):
    with pytest.raises(WitnessMissing, match="somebody else") as no:
        giving.start(
            administration=controlled,
            lots=[stock.magnesium_big],
            started_at=NINE,
            witness=nora,
            by=nora,
            at=NINE,
        )
    assert no.value.field == "witness"


def test_a_dose_cut_short_needs_the_witness_too(controlled, stock, nora, noah):
    giving.start(administration=controlled, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    less = {"administration": controlled, "stopped_at": at(9, 10), "given_amount": Decimal(500)}
    with pytest.raises(WitnessMissing):
        giving.stop(**less, reason="Felt faint", by=nora, at=at(9, 10))
    giving.stop(**less, reason="Felt faint", witness=noah, by=nora, at=at(9, 10))
    assert VialUse.objects.get(reversed_at=None).waste_witness == noah


@pytest.fixture
def one_at_a_time(site):
    Site.objects.filter(pk=site.pk).update(next_agent_after_score=True)


@pytest.fixture
def first_agent_over(running, nora):
    charting.score(
        visit=running.visit, moment="before", administration=running, pain=8, scored_at=NINE, by=nora, at=NINE
    )
    return giving.stop(administration=running, stopped_at=at(9, 30), by=nora, at=at(9, 30))


def test_the_next_agent_waits_for_the_score_of_the_one_before(
    one_at_a_time, first_agent_over, ketorolac, stock, nora, nurse
):
    visit = ketorolac.visit
    form = look(nurse, visit, "act", ketorolac.key, "start", when=at(9, 40)).text
    assert "Pain now, after magnesium sulfate" in form and "If the pain cannot be asked: why" in form
    lots = {"lots": [stock.ketorolac.pk]}
    refused = send(nurse, visit, "act", ketorolac.key, "start", when=at(9, 40), **lots)
    assert refused.status_code == 409 and "Ask for the pain after magnesium sulfate first" in refused.text
    assert (
        send(nurse, visit, "act", ketorolac.key, "start", when=at(9, 40), **lots, pain=4).status_code == 200
    )
    assert [(one.moment, one.pain) for one in Score.objects.order_by("pk")] == [
        ("before", 8),
        ("after", 4),
        ("before", 4),
    ]
    effects = {line.row.drug.name: line.effect for line in seen(visit, at(9, 41)).lines}
    assert effects["magnesium sulfate"].percent == 50


def test_who_cannot_be_asked_is_said_to_be_so(one_at_a_time, first_agent_over, ketorolac, stock, nora):
    giving.start(
        administration=ketorolac,
        lots=[stock.ketorolac],
        started_at=at(9, 40),
        unasked="Asleep.",
        by=nora,
        at=at(9, 40),
    )
    told = str(telling.told_of(charts.visits().get(pk=ketorolac.visit_id), at=TEN).built)
    assert "pain not asked: Asleep" in told


def test_a_site_that_does_not_work_so_is_not_held_up(first_agent_over, ketorolac, stock, nora):
    who = {"by": nora, "at": at(9, 40)}
    assert (
        giving.start(administration=ketorolac, lots=[stock.ketorolac], started_at=at(9, 40), **who).state
        == "running"
    )


def test_fluids_wait_for_no_score(one_at_a_time, first_agent_over, saline, stock, nora):
    who = {"by": nora, "at": at(9, 40)}
    assert (
        giving.start(administration=saline, lots=[stock.saline], started_at=at(9, 40), **who).state
        == "running"
    )


def test_who_leaves_while_a_drug_is_watched_needs_a_word(in_chair, stock, drugs, nora, nurse):
    drugs.ketorolac.observation_minutes = 30
    drugs.ketorolac.save()
    treatment.treated(in_chair, stock, by=nora)
    assert seen(in_chair, at(9, 50)).due[-1].words == "Watch 22 min more after ketorolac"
    assert "Watch until 10:12 after ketorolac" in look(nurse, in_chair, "discharge", when=at(9, 50)).text
    home = {
        "visit": in_chair,
        "pain": 2,
        "back_to_activity": "yes",
        "left_with": "Sam",
        "iv_out": "yes",
        "by": nora,
    }
    with pytest.raises(DischargeRefused, match="Watch until 10:12 after ketorolac") as no:
        discharge.discharge(**home, at=at(10, 11))
    assert no.value.field == "note"
    discharge.discharge(**home, at=at(10, 11), note="Her child is ill; provider agrees")


def test_after_the_watch_they_may_go(in_chair, stock, drugs, nora):
    drugs.ketorolac.observation_minutes = 30
    drugs.ketorolac.save()
    treatment.treated(in_chair, stock, by=nora)
    assert "ready to leave" in seen(in_chair, at(10, 12)).due[-1].words
    discharge.discharge(
        visit=in_chair, pain=2, back_to_activity="yes", left_with="Sam", iv_out="yes", by=nora, at=at(10, 12)
    )


def test_somebody_moves_to_another_chair_while_the_drug_runs_on(
    in_chair, running, chairs, nora, nurse, paul, site, felix
):
    booked = scenes.booked(patient=paul, site=site, by=felix, starts_at=TEN)
    moving.move(visit=booked, starts_at=TEN, chair=chairs[7], by=felix, at=EIGHT)
    form = look(nurse, in_chair, "change_chair").text
    assert str(chairs[7]) in form
    done = send(
        nurse, in_chair, "change_chair", chair=chairs[7].pk, reason="Too bright there", when=at(9, 10)
    )
    assert done.status_code == 200
    now = Visit.objects.get(pk=in_chair.pk)
    booked.refresh_from_db()
    assert now.chair == chairs[7] and booked.chair != chairs[7]  # who is planned there makes room
    assert VisitMove.objects.filter(visit=now, reason__contains="Too bright there").count() == 1
    assert line_of(now, "magnesium").state == "running"


def test_nobody_moves_into_a_chair_where_somebody_sits_or_without_a_reason(
    in_chair, chairs, nora, nurse, paul, site, felix
):
    other = scenes.seated(scenes.booked(patient=paul, site=site, by=felix), by=nora, chair=chairs[4])
    with pytest.raises(ChairTaken, match="still sits in"):
        flow.change_chair(visit=in_chair, chair=other.chair, reason="Light", by=nora, at=NINE)
    with pytest.raises(CannotMove, match="another chair"):
        flow.change_chair(
            visit=in_chair, chair=Visit.objects.get(pk=in_chair.pk).chair, reason="Light", by=nora, at=NINE
        )
    answer = send(nurse, in_chair, "change_chair", chair=chairs[5].pk, reason="")
    assert (answer.status_code, "Say why." in answer.text) == (422, True)
