"""Scores beside the pain, where lines lie, hold parameters, and the sheet a patient takes home."""

import pytest
import time_machine
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from infusion_center.shared import paper
from regimens.models import Drug
from tests.clock import NINE, TEN, at
from tests.people import signed_in
from tests.visits import notes as scenes
from tests.visits.scenes import drug
from visits.models import EmergencyDose, IvAccess, Outcome, Score, Visit
from visits.selectors import chart as charts
from visits.selectors import leaving, telling
from visits.services import charting, giving
from visits.services.charting import IvSiteRefused, ScoreRefused
from visits.services.lines import CannotGive


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    settings.IDLE_LOCK_MINUTES = 600


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def page(browser, visit, name, *rest, when=NINE, **typed):
    address = reverse(f"visits:{name}", args=[visit.key, *rest])
    with time_machine.travel(when, tick=False):
        if not typed:
            return browser.get(address)
        return browser.post(address, {"patient": str(visit.patient.key)} | typed, HTTP_HX_REQUEST="true")


def pressed(visit, nora, systolic, when=NINE):
    charting.record_vitals(visit=visit, systolic=systolic, taken_at=when, by=nora, at=when)


@pytest.fixture
def held_under_90(drugs, magnesium):
    drugs.magnesium.row["monitoring"]["hold_if"] = ["sbp_lt_90", "absent_reflexes"]
    drugs.magnesium.save()
    magnesium.refresh_from_db()
    magnesium.drug.refresh_from_db()
    return magnesium


def test_scores_beside_the_pain_are_kept_shown_and_told(in_chair, nurse, nora):
    done = page(nurse, in_chair, "pain", pain=7, about="baseline", nausea=2, light=3, rass=-1)
    assert "nausea moderate, light severe, RASS -1 drowsy" in done.text
    score = Score.objects.get()
    assert (score.nausea, score.light, score.sound, score.function, score.rass) == (2, 3, None, None, -1)
    told = telling.told_of(charts.visits().get(pk=in_chair.pk), at=TEN)
    assert "on arrival (nausea moderate, light severe, RASS -1 drowsy)." in str(told.built)


def test_a_step_that_is_not_on_the_scale_is_refused_at_its_field(in_chair, nora):
    with pytest.raises(ScoreRefused) as no:
        charting.score(visit=in_chair, moment="baseline", pain=7, scored_at=NINE, by=nora, at=NINE, nausea=4)
    assert no.value.field == "nausea"


def test_a_second_line_stands_beside_the_first(in_chair, nurse):
    page(nurse, in_chair, "iv_site", iv_site="hand", gauge=22, attempts=2)
    page(nurse, in_chair, "iv_site", iv_site="forearm", gauge=20, second_because="valproate runs apart")
    assert Visit.objects.get().iv_site == "hand"
    told = str(telling.told_of(charts.visits().get(pk=in_chair.pk), at=TEN).built)
    assert "IV line: hand, 22 G, 2 attempts (09:00)." in told
    assert "Second IV line: forearm, 20 G: valproate runs apart (09:00)." in told


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"gauge": 40}, "gauge"), ({"attempts": 0}, "attempts"), ({"second_because": "x"}, "second_because")],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(in_chair, nora, facts, field):
    with pytest.raises(IvSiteRefused) as no:
        charting.record_iv_site(visit=in_chair, iv_site="hand", **facts, by=nora, at=NINE)
    assert no.value.field == field and not IvAccess.objects.exists()


def test_a_drug_is_not_started_beyond_its_hold_parameter_until_it_is_measured_again(
    in_chair, held_under_90, stock, nora, nurse
):
    form = page(nurse, in_chair, "act", held_under_90.key, "start")
    assert "not measured at this visit: systolic pressure" in form.text and "absent reflexes" in form.text
    pressed(in_chair, nora, 84)
    with pytest.raises(CannotGive, match="held: systolic pressure 84 is under 90. Measure again"):
        giving.start(administration=held_under_90, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    assert (
        "Held: systolic pressure 84 is under 90"
        in page(nurse, in_chair, "act", held_under_90.key, "start").text
    )
    pressed(in_chair, nora, 110, at(9, 5))
    started = giving.start(
        administration=held_under_90, lots=[stock.magnesium], started_at=at(9, 5), by=nora, at=at(9, 5)
    )
    assert started.state == "running"


def test_a_running_drug_asks_for_a_pause_first_of_all_and_does_not_resume(
    in_chair, held_under_90, stock, nora
):
    who = {"by": nora, "at": at(9, 10)}
    giving.start(administration=held_under_90, lots=[stock.magnesium], started_at=NINE, **who)
    pressed(in_chair, nora, 80, at(9, 10))
    due = charts.chart_of(charts.visits().get(pk=in_chair.pk), at=at(9, 59)).due
    assert due[0].words == "Pause magnesium sulfate: systolic pressure 80 is under 90"
    giving.pause(administration=held_under_90, happened_at=at(9, 10), **who)
    with pytest.raises(CannotGive, match="is held"):
        giving.resume(administration=held_under_90, happened_at=at(9, 10), **who)


def test_the_card_asks_for_the_pause_too_though_the_newest_row_left_the_pressure_out(
    in_chair, held_under_90, stock, nora, nurse
):
    who = {"by": nora, "at": NINE}
    giving.start(administration=held_under_90, lots=[stock.magnesium], started_at=NINE, **who)
    pressed(in_chair, nora, 80)
    charting.record_vitals(visit=in_chair, spo2=97, taken_at=at(9, 5), by=nora, at=at(9, 5))
    due = charts.chart_of(charts.visits().get(pk=in_chair.pk), at=at(9, 5)).due
    assert due[0].words == "Pause magnesium sulfate: systolic pressure 80 is under 90"
    with time_machine.travel(at(9, 5), tick=False):
        cards = nurse.get(reverse("visits:my_chairs")).text
    assert "Pause magnesium sulfate: systolic pressure 80 is under 90" in cards


def test_what_was_agreed_at_discharge_stands_in_the_chart_and_on_the_sheet(
    in_chair, stock, nora, nurse, drugs
):
    drugs.ketorolac.class_tags = ["nsaid"]
    drugs.ketorolac.save()
    drugs.magnesium.driving_hours = 6
    drugs.magnesium.save()
    visit = scenes.over(in_chair, stock, by=nora)
    Outcome.objects.update(follow_up="We call on Monday at ten")
    sheet = leaving.sheet_of(charts.visits().get(pk=visit.pk), at=at(12))
    assert sheet.driving_until is not None and not sheet.ask_about_driving
    seen = {}
    for language in leaving.LANGUAGES:
        answer = page(nurse, visit, "after_visit", language, when=at(12))
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
        facts = {"sheet": sheet, "site": visit.site, "language": language}
        seen[language] = paper.render(f"visits/after_visit_{language}.html", facts)
    assert "Do not drive before Friday, 15:35." in seen["en"] and "We call on Monday at ten" in seen["en"]
    assert "No maneje antes del viernes, 15:35." in seen["es"] and "Llame al 911" in seen["es"]
    assert "No ibuprofen" in seen["en"] and "No triptan" not in seen["en"]
    assert ChartRead.objects.filter(page="visits:after_visit", patient_key=visit.patient.key).count() == 2


def test_a_sedating_drug_of_which_no_number_is_known_says_ask(in_chair, stock, nora, drugs):
    drugs.magnesium.driver_required = True
    drugs.magnesium.save()
    visit = scenes.over(in_chair, stock, by=nora)
    sheet = leaving.sheet_of(charts.visits().get(pk=visit.pk), at=at(12))
    assert sheet.ask_about_driving and sheet.driving_until is None


def test_what_still_runs_keeps_from_driving_too(in_chair, magnesium, stock, nora, nurse, drugs):
    drugs.magnesium.driving_hours = 4
    drugs.magnesium.save()
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    form = page(nurse, in_chair, "discharge", when=TEN).text
    assert "No driving until" in form and "14:00" in form and "Nothing given keeps" not in form


def test_what_is_written_down_late_is_held_against_the_numbers_of_its_own_time(
    in_chair, held_under_90, stock, nora
):
    pressed(in_chair, nora, 118, at(8, 55))
    pressed(in_chair, nora, 84, at(9, 20))
    late = {"administration": held_under_90, "lots": [stock.magnesium], "by": nora, "at": at(9, 30)}
    with pytest.raises(CannotGive, match="is held"):
        giving.start(**late, started_at=at(9, 25))
    assert giving.start(**late, started_at=NINE).state == "running"


def test_what_was_given_at_once_stands_on_the_sheet_and_keeps_from_driving(in_chair, stock, nora, drugs):
    visit = in_chair
    facts = {"kind": "dystonia", "unit": "mg", "route": "iv", "given_at": NINE, "given_by": nora}
    facts |= {"recorded_at": NINE, "recorded_by": nora, "amount": 50, "visit": visit}
    EmergencyDose.objects.create(drug="diphenhydramine", code="", **facts)
    sheet = leaving.sheet_of(charts.visits().get(pk=visit.pk), at=TEN)
    assert [one.drug for one in sheet.given] == ["diphenhydramine"] and sheet.ask_about_driving
    drug("diphenhydramine", "diphenhydramine", driver=True)
    Drug.objects.filter(code="diphenhydramine").update(driving_hours=8)
    EmergencyDose.objects.create(drug="diphenhydramine", code="diphenhydramine", **facts)
    assert leaving.ready(visit, at=TEN).driving.drug == "diphenhydramine"


def test_there_is_no_sheet_in_a_language_nobody_wrote(in_chair, nurse):
    assert page(nurse, in_chair, "after_visit", "fr").status_code == 404


def test_the_line_comes_out_once_nothing_runs_and_is_told(in_chair, magnesium, stock, nora, nurse):
    charting.record_iv_site(visit=in_chair, iv_site="forearm", gauge=22, by=nora, at=NINE)
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    runs = page(nurse, in_chair, "iv_out", when=at(9, 10), sent="1")
    assert (runs.status_code, "still runs" in runs.text) == (422, True)
    giving.stop(administration=magnesium, stopped_at=at(9, 30), by=nora, at=at(9, 30))
    assert "forearm, 09:00, out" in page(nurse, in_chair, "iv_out", when=at(9, 40), sent="1").text.lower()
    assert IvAccess.objects.get().removed_by == nora
    again = page(nurse, in_chair, "iv_out", when=at(9, 41), sent="2")
    assert (again.status_code, "No line is written down" in again.text) == (422, True)
    told = str(telling.told_of(charts.visits().get(pk=in_chair.pk), at=TEN).built)
    assert "IV line: forearm, 22 G (09:00, out 09:40)" in told


def test_what_is_known_stands_in_the_discharge_form_already(in_chair, stock, nora, nurse):
    charting.record_iv_site(visit=in_chair, iv_site="forearm", by=nora, at=NINE)
    scenes.treated(in_chair, stock, by=nora)
    blank = page(nurse, in_chair, "discharge", when=at(9, 45)).text
    assert 'name="pain"' in blank and " checked" not in blank  # a score before the last drug is not the last
    charting.take_iv_out(visit=in_chair, by=nora, at=at(9, 46))
    charting.score(visit=in_chair, moment="discharge", pain=2, scored_at=at(9, 50), by=nora, at=at(9, 50))
    known = page(nurse, in_chair, "discharge", when=at(9, 55)).text
    assert 'value="2" checked' in known and 'value="yes" checked' in known
    assert " checked" in page(nurse, in_chair, "discharge", when=at(10, 6)).text  # the IV is still out
    assert 'value="2" checked' not in page(nurse, in_chair, "discharge", when=at(10, 6)).text
