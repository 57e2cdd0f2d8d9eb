"""Scores and vitals: whose, when, and what cannot be."""

from decimal import Decimal

import pytest

from tests.clock import NINE, TEN, at
from tests.visits import scenes
from visits.models import Score, Visit, Vitals
from visits.rules.minutes import MomentRefused
from visits.rules.vital_limits import VitalsRefused
from visits.services import charting, flow, giving
from visits.services.charting import NotHere, ScoreRefused
from visits.services.lines import NotThisVisit


def score(visit, moment, pain, *, by, when=NINE, **facts):
    return charting.score(visit=visit, moment=moment, pain=pain, scored_at=when, by=by, at=when, **facts)


def test_pain_on_arrival_may_be_asked_in_the_waiting_room(visit, nora):
    flow.check_in(visit=visit, by=nora, at=at(8, 40))
    assert score(visit, "baseline", 8, by=nora).administration is None


def test_nothing_is_charted_before_they_come_or_after_they_left(visit, nora):
    with pytest.raises(NotHere, match="visit is booked"):
        score(visit, "baseline", 8, by=nora)
    with pytest.raises(NotHere):
        charting.record_vitals(visit=visit, taken_at=NINE, by=nora, at=NINE, pulse=70)


@pytest.mark.parametrize("pain", [-1, 11])
def test_pain_is_0_to_10(in_chair, nora, pain):
    with pytest.raises(ScoreRefused) as no:
        score(in_chair, "baseline", pain, by=nora)
    assert no.value.field == "pain"


def test_before_and_after_name_their_agent_and_arrival_names_none(in_chair, magnesium, nora):
    for moment, line in [
        ("before", None),
        ("after", None),
        ("baseline", magnesium),
        ("discharge", magnesium),
    ]:
        with pytest.raises(ScoreRefused, match="which drug"):
            score(in_chair, moment, 5, by=nora, administration=line)
    with pytest.raises(ScoreRefused, match="when the pain"):
        score(in_chair, "later", 5, by=nora)


def test_after_comes_after_a_start(in_chair, magnesium, stock, nora):
    with pytest.raises(ScoreRefused, match="has not been started"):
        score(in_chair, "after", 5, by=nora, administration=magnesium)
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE, pain=8)
    assert Score.objects.get().moment == "before"
    assert score(in_chair, "after", 5, by=nora, when=TEN, administration=magnesium).pain == 5


def test_a_line_of_another_visit_is_refused(in_chair, magnesium, paul, site, felix, nora):
    other = scenes.seated(scenes.booked(patient=paul, site=site, by=felix), by=nora)
    with pytest.raises(NotThisVisit):
        score(other, "before", 5, by=nora, administration=magnesium)
    assert Score.objects.count() == 0


def test_a_score_from_the_future_or_the_day_before_is_refused(in_chair, nora):
    for when, sentence in [(at(9, 5), "future"), (at(7, 30), "before the patient arrived")]:
        with pytest.raises(MomentRefused, match=sentence):
            charting.score(visit=in_chair, moment="baseline", pain=5, scored_at=when, by=nora, at=NINE)


def test_vitals_are_kept_as_measured(in_chair, nora):
    row = charting.record_vitals(
        visit=in_chair,
        taken_at=NINE,
        by=nora,
        at=at(9, 1),
        systolic=128,
        diastolic=76,
        celsius=Decimal("37.1"),
    )
    row.refresh_from_db()
    assert (row.systolic, row.pulse, row.celsius, row.taken_at, row.recorded_at) == (
        128,
        None,
        Decimal("37.1"),
        NINE,
        at(9, 1),
    )


def test_a_slip_of_the_key_writes_nothing(in_chair, nora):
    with pytest.raises(VitalsRefused):
        charting.record_vitals(visit=in_chair, taken_at=NINE, by=nora, at=NINE, systolic=1280)
    with pytest.raises(VitalsRefused, match="at least one"):
        charting.record_vitals(visit=in_chair, taken_at=NINE, by=nora, at=NINE)
    assert Vitals.objects.count() == 0


def test_a_nurse_takes_over_a_patient(in_chair, nora, noah):
    assert in_chair.nurse == nora
    charting.look_after(visit=in_chair, by=noah, at=NINE)
    assert Visit.objects.get(pk=in_chair.pk).nurse == noah
    assert in_chair.history.latest("pgh_id").pgh_context.metadata["verb"] == "visit.nurse_taken"
