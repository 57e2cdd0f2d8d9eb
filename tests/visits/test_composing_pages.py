"""Composing an order through its page: from a regimen, from nothing, at a visit and without one."""

import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from patients.models import Measurement, Patient
from patients.services import history, reference
from regimens.models import Drug, Order, Regimen, SafetyRule
from regimens.services import formulary, ordering
from tests.clock import EIGHT, NINE, SEVEN, at
from tests.people import enroll, signed_in
from tests.regimens.conftest import SHIPPED, weigh
from tests.visits import scenes
from visits.models import Administration

HTMX = {"HX-Request": "true"}
KETOROLAC = {
    "drug": "ketorolac",
    "dose": "30",
    "unit": "mg",
    "method": "iv_push",
    "minutes": "2",
    "starts": "after",
    "indication": "headache",
}
MAGNESIUM = KETOROLAC | {
    "drug": "magnesium_sulfate",
    "dose": "2000",
    "method": "iv_infusion",
    "minutes": "30",
    "volume_ml": "100",
}
COCKTAIL = "standard_migraine_cocktail"


@pytest.fixture(autouse=True)
def at_nine(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def loaded(db):
    found = formulary.load_formulary(path=SHIPPED, by=None, at=SEVEN)
    reference.load_vocabulary(vocab=found.vocabulary, by=None, at=SEVEN)


@pytest.fixture
def visit(loaded, site, chairs, nurses, pia, felix):
    scenes.asked(pia, by=felix)
    return scenes.booked(patient=pia, site=site, by=felix)


@pytest.fixture
def browser(dana, loaded):
    return signed_in(dana)


@pytest.fixture
def ulcer(visit, pia, dana):
    return history.add_condition(
        patient=pia, text="Stomach ulcer", tag="gi_ulcer_or_bleed", by=dana, at=EIGHT
    )


def form(*rows, act="", **head):
    whose = {"patient": str(Patient.objects.get(given_name="Pia").key)}
    typed = {"count": str(len(rows)), "act": act} | whose | head
    for index, row in enumerate(rows):
        typed |= {f"s{index}-{name}": value for name, value in row.items()}
    return typed


def url(of):
    return reverse("visits:compose", args=[of.key])


def text(answer):
    return " ".join(answer.content.decode().split())


def names(answer):
    """The drugs on the list, by code."""
    return re.findall(r'name="s\d+-drug" value="(\w+)"', text(answer))


def test_a_provider_starts_from_a_regimen_and_saves_and_signs(browser, visit, pia, dana):
    weigh(pia, "61.2", by=dana)
    first = text(browser.get(url(visit)))
    assert "Start from a regimen" in first and "Standard migraine cocktail" in first and "1 h 25" in first
    filled = browser.post(url(visit), form(act=f"regimen:{COCKTAIL}"))
    assert names(filled) == [
        "normal_saline",
        "diphenhydramine",
        "prochlorperazine",
        "ketorolac",
        "dexamethasone",
    ]
    assert "1 h 25 <span>in the chair, until 10:25" in text(filled) and not Order.objects.exists()
    saved = browser.post(url(visit), posted_again(filled) | {"act": "sign"})
    order = Order.objects.get()
    assert saved.url == reverse("visits:chart", args=[visit.key])
    assert order.state == "draft"  # the rules have something to say first
    scenes.answered(order, by=dana, visit=visit, at=NINE)
    browser.post(reverse("visits:sign_order", args=[visit.key, order.key]), form())
    order.refresh_from_db()
    assert (order.state, order.signed_by, order.title) == ("signed", dana, "Standard migraine cocktail")
    assert (order.chair_minutes, visit.administrations.count()) == (85, 5)


def posted_again(answer):
    """The form of a page as a browser would send it."""
    page = answer.content.decode()
    page = page[page.index('<form id="compose-form"') : page.index("</form>", page.index("compose-form"))]
    typed = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        typed[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]+)" selected', options)
        typed[name] = chosen[1] if chosen else re.search(r'<option value="([^"]+)"', options)[1]
    return typed


def test_the_lone_look_answers_with_what_is_said_and_leaves_the_fields_alone(browser, visit):
    answer = browser.post(url(visit), form(KETOROLAC, MAGNESIUM), headers=HTMX)
    page = text(answer)
    assert page.startswith('<section class="panel" id="compose-side"')
    assert "1 h 12 <span>in the chair" in page and page.count('hx-swap-oob="true"') == 3
    assert "<input" not in page


def test_a_drug_comes_with_its_usual_dose_method_and_minutes(browser, visit):
    answer = browser.post(url(visit), form(KETOROLAC, act="add:magnesium_sulfate"))
    typed = posted_again(answer)
    assert names(answer) == ["ketorolac", "magnesium_sulfate"]
    assert (typed["s1-dose"], typed["s1-unit"], typed["s1-method"]) == ("2000", "mg", "iv_infusion")
    assert typed["s1-minutes"] and typed["s0-dose"] == "30"


def test_steps_are_removed_and_change_places(browser, visit):
    rows = (KETOROLAC, MAGNESIUM, KETOROLAC | {"drug": "dexamethasone", "dose": "10"})
    assert names(browser.post(url(visit), form(*rows, act="remove:1"))) == ["ketorolac", "dexamethasone"]
    moved = browser.post(url(visit), form(*rows, act="up:1"))
    assert names(moved) == ["magnesium_sulfate", "ketorolac", "dexamethasone"]
    down = browser.post(url(visit), form(*rows, act="down:1"))
    assert names(down) == ["ketorolac", "dexamethasone", "magnesium_sulfate"]


@pytest.mark.parametrize("act", ["remove:9", "remove:x", "up:0", "down:-1", "add:aspirin", "regimen:no", "?"])
def test_a_button_that_cannot_be_changes_nothing(browser, visit, act):
    answer = browser.post(url(visit), form(KETOROLAC, act=act))
    assert answer.status_code == 200 and names(answer) == ["ketorolac"]


def test_the_verdict_stands_beside_its_drug_with_what_would_fix_it(browser, visit, ulcer):
    many = MAGNESIUM | {"dose": "9000"}
    page = text(browser.post(url(visit), form(KETOROLAC, many), headers=HTMX))
    beside = page[page.index('id="said-0"') : page.index('id="said-1"')]
    assert "<strong>Block</strong>" in beside and "stomach or bowel ulcer" in beside
    assert "Reduce to" not in beside and "Reduce to" in page[page.index('id="said-1"') :]
    assert re.search(r"\d blocks?", page)


def test_a_check_that_did_not_run_says_so_and_passes_for_nothing(browser, visit):
    SafetyRule.objects.filter(code="dhe_triptan_24h").update(row={"id": "dhe_triptan_24h"})
    page = text(browser.post(url(visit), form(KETOROLAC)))
    assert "The safety check did not run" in page and "not checked" in page
    assert "nothing against it" not in page


def test_what_has_no_dose_yet_is_not_called_fine(browser, visit):
    page = text(browser.post(url(visit), form(KETOROLAC | {"dose": ""}, MAGNESIUM), headers=HTMX))
    total = page[: page.index("compose-general")]
    assert "1 not judged yet" in total and "nothing against it" not in total
    assert "Without 1 step that is not clear yet" in total
    alone = text(browser.post(url(visit), form(KETOROLAC | {"dose": ""}), headers=HTMX))
    assert "No step is clear yet." in alone


def test_the_picker_greys_what_cannot_be_given_and_says_why(browser, visit, ulcer):
    page = text(browser.post(url(visit), form(MAGNESIUM, act="drugs")))
    grey = re.findall(r'<button class="pick is-greyed".*?value="add:(\w+)".*?</button>', page)
    assert "ketorolac" in grey and "diphenhydramine" not in grey
    assert re.search(r"Block: Ketorolac[^<]*stomach or bowel ulcer", page) and "Warning: " in page
    assert set(Drug.objects.filter(orderable=False).values_list("code", flat=True)) <= set(grey)


def test_the_picker_says_of_a_drug_what_its_row_would_say(browser, visit, ulcer):
    picked = text(browser.post(url(visit), form(MAGNESIUM, act="drugs")))
    words = re.search(r'value="add:ketorolac".*?Block: ([^<]+)<', picked)[1]
    added = text(browser.post(url(visit), form(MAGNESIUM, act="add:ketorolac")))
    assert words in added[added.index('id="said-1"') :]


def test_the_picker_reads_the_patient_as_often_as_a_look_does(browser, visit):
    def queries(act):
        with CaptureQueriesContext(connection) as captured:
            browser.post(url(visit), form(KETOROLAC, act=act), headers=HTMX)
        return len(captured)

    queries("close")
    closed = queries("close")
    assert "picker-drugs" not in text(browser.post(url(visit), form(KETOROLAC, act="close")))
    assert queries("drugs") - closed <= 3  # every drug with its vials and methods


def test_who_must_leave_sees_the_minutes_turn_red_in_words(browser, loaded, site, chairs, nurses, pia, felix):
    visit = scenes.booked(patient=pia, site=site, by=felix, must_leave_by=at(10, 30))
    long = MAGNESIUM | {"minutes": "90"}
    page = text(browser.post(url(visit), form(KETOROLAC, long), headers=HTMX))
    assert "is-late" in page and "Must leave by 10:30: 42 min too long." in page
    short = text(browser.post(url(visit), form(KETOROLAC), headers=HTMX))
    assert "too long" not in short


def test_what_runs_past_closing_says_so(browser, visit):
    rows = [MAGNESIUM | {"minutes": "500"}]
    assert "The center closes at 17:30" in text(browser.post(url(visit), form(*rows), headers=HTMX))


BAD = [
    ("dose", "", "Write the dose."),
    ("dose", "lots", "Write the dose as a number."),
    ("dose", "0", "must be more than zero"),
    ("dose", "-5", "must be more than zero"),
    ("dose", "NaN", "Write the dose as a number."),
    ("dose", "1e9", "Write the dose as a number."),
    ("dose", "200000", "Nobody gives more than"),
    ("dose", "0.00001", "Write the dose as a number."),
    ("unit", "mL", "is ordered in mg or mg/kg"),
    ("unit", "bottles", "is ordered in mg or mg/kg"),
    ("minutes", "0", "1 to 720 minutes"),
    ("minutes", "99999999999999999999", "1 to 720 minutes"),
    ("minutes", "soon", "Write the minutes as a number."),
    ("volume_ml", "-1", "more than zero"),
    ("volume_ml", "90000", "at most 5,000 mL"),
    ("gap_minutes", "-1", "0 to 480"),
    ("only_if_pain_over", "11", "0 to 10"),
    ("method", "by_drone", "by_drone"),
    ("indication", "fun", "fun"),
    ("drug", "aspirin", "no such drug"),
]


@pytest.mark.parametrize(("name", "typed", "sentence"), BAD)
def test_what_cannot_be_is_said_at_the_field_and_stays_typed(browser, visit, name, typed, sentence):
    answer = browser.post(url(visit), form(KETOROLAC | {name: typed}, MAGNESIUM, act="save"))
    page = text(answer)
    assert answer.status_code == 422 and sentence in page
    assert not Order.objects.exists()
    if typed and name not in ("method", "indication"):
        assert f'value="{typed}"' in page
    looked = browser.post(url(visit), form(KETOROLAC | {name: typed}, MAGNESIUM), headers=HTMX)
    assert looked.status_code == 200 and sentence in text(looked)


@pytest.mark.parametrize("count", ["", "x", "-1", "999", "99999999999999999", "0"])
def test_a_count_of_rows_that_cannot_be_is_no_crash(browser, visit, count):
    assert browser.post(url(visit), form(act="save") | {"count": count}).status_code == 422


def test_an_order_without_a_drug_is_refused_in_words(browser, visit):
    answer = browser.post(url(visit), form(act="save"))
    assert answer.status_code == 422 and "Add a drug first" in text(answer)


def test_a_dose_per_kg_asks_for_the_weight_and_takes_it_there(browser, visit):
    row = KETOROLAC | {"drug": "valproate_sodium", "dose": "15", "unit": "mg/kg", "minutes": "60"}
    page = text(browser.post(url(visit), form(row)))
    assert "weigh the patient" in page and "Weigh the patient" in page and "minutes in the chair" in page
    bad = browser.post(url(visit), form(row, act="weigh", weight="-4", weight_unit="kg"))
    assert 'value="-4"' in text(bad) and not Measurement.objects.exists()
    page = text(browser.post(url(visit), form(row, act="weigh", weight="61.2", weight_unit="kg")))
    assert "15 mg/kg x 61.2 kg = 918 mg, drawn up as 9.2 mL = 920 mg" in page
    assert Measurement.objects.get().value == Decimal("61.2")
    browser.post(url(visit), form(row, act="save"))
    step = Order.objects.get().steps.get()
    assert (step.dose, step.dose_per_kg, step.unit) == (920, 15, "mg")


def test_a_typed_dose_is_not_capped_silently(browser, visit):
    browser.post(url(visit), form(KETOROLAC | {"dose": "90"}, act="save"))
    step = Order.objects.get().steps.get()
    assert (step.dose, step.reckoning) == (90, "")


def test_a_draft_is_edited_in_place_and_its_lines_are_planned_anew(browser, visit, dana):
    browser.post(url(visit), form(KETOROLAC, MAGNESIUM, act="save"))
    order = Order.objects.get()
    change = reverse("visits:change_order", args=[order.key])
    shown = posted_again(browser.get(change))
    assert (shown["count"], shown["s1-dose"]) == ("2", "2000")
    answer = browser.post(change, form(KETOROLAC | {"only_if_pain_over": "4"}, act="save"))
    assert answer.status_code == 302
    order.refresh_from_db()
    assert (order.version, order.steps.get().only_if_pain_over) == (1, 4)
    assert [line.drug.code for line in Administration.objects.all()] == ["ketorolac"]


def test_a_signed_order_changes_by_a_new_version_placed_by_its_signature(browser, visit, dana):
    browser.post(url(visit), form(KETOROLAC | {"dose": "15"}, act="save"))
    old = scenes.answered(Order.objects.get(), by=dana, visit=visit, at=NINE)
    browser.post(reverse("visits:sign", args=[old.key]), form())
    change = reverse("visits:change_order", args=[old.key])
    assert "stands until the new version is signed" in text(browser.get(change))
    saved = browser.post(change, form(MAGNESIUM, act="save"))
    new = Order.objects.get(version=2)
    assert saved.url == reverse("regimens:order", args=[new.key])
    assert {line.step.order_id for line in visit.administrations.all()} == {old.pk}
    scenes.answered(new, by=dana, visit=visit, at=NINE)
    browser.post(reverse("visits:sign", args=[new.key]), form())
    left = visit.administrations.filter(state="ordered")
    assert {line.step.order_id for line in left} == {new.pk}
    again = browser.post(change, form(MAGNESIUM, act="save"))
    assert again.status_code == 409 and "withdrawn" in text(again)


def test_one_page_serves_a_patient_without_a_visit(browser, pia):
    page = reverse("visits:compose_for", args=[pia.key])
    assert "none yet: book it with this order" in text(browser.get(page))
    saved = browser.post(page, form(KETOROLAC, act="save", note="Dim room", title="Trial"))
    order = Order.objects.get()
    assert saved.url == reverse("regimens:order", args=[order.key])
    assert (order.title, order.note, order.regimen) == ("Trial", "Dim room", None)


def test_a_nurse_composes_and_does_not_sign(visit, nora):
    nurse = signed_in(nora)
    assert "Save and sign" not in text(nurse.get(url(visit)))
    assert nurse.post(url(visit), form(KETOROLAC, act="sign")).status_code == 403
    assert not Order.objects.exists()
    assert nurse.post(url(visit), form(KETOROLAC, act="save")).status_code == 302


@pytest.mark.parametrize("who", ["felix", "bea", "mallory"])
def test_who_may_not_write_orders_gets_no_further(request, who, visit):
    browser = signed_in(request.getfixturevalue(who))
    assert browser.get(url(visit)).status_code == 403
    assert browser.post(url(visit), form(KETOROLAC, act="save")).status_code == 403


def test_a_dead_patient_and_a_merged_record_are_refused(browser, pia, felix, loaded):
    from patients.services import registration

    registration.correct(patient=pia, died_on=at(7).date(), by=felix, at=EIGHT)
    answer = browser.post(reverse("visits:compose_for", args=[pia.key]), form(KETOROLAC, act="save"))
    assert answer.status_code == 422 and "deceased" in text(answer)


def test_opening_the_page_is_one_reading_and_looks_are_none(browser, visit, pia):
    browser.get(url(visit))
    browser.post(url(visit), form(KETOROLAC), headers=HTMX)
    read = ChartRead.objects.get()
    assert (read.patient_key, read.page) == (pia.key, "visits:compose")


def test_the_page_shows_who_it_is_for(browser, visit, pia, nora):
    weigh(pia, "61.2", by=nora)
    page = text(browser.get(url(visit)))
    assert "61.2 kg, today" in page and "No known allergies" in page and "no limit told" in page


def test_a_look_costs_the_same_for_two_steps_and_for_twelve(browser, visit):
    def queries(count):
        with CaptureQueriesContext(connection) as seen:
            browser.post(url(visit), form(*[KETOROLAC, MAGNESIUM] * (count // 2)), headers=HTMX)
        return len(seen)

    queries(2)
    few = queries(2)
    assert queries(12) == few <= 30  # what the rules want to know, and who else is there


def test_a_regimen_is_kept_as_what_an_order_was_made_from(browser, visit):
    filled = posted_again(browser.post(url(visit), form(act=f"regimen:{COCKTAIL}")))
    browser.post(url(visit), filled | {"act": "save"})
    order = Order.objects.get()
    assert order.regimen == Regimen.objects.get(code=COCKTAIL) and order.driver_required
    again = ordering.order_from_regimen(
        patient=order.patient, regimen=order.regimen, by=order.written_by, at=NINE
    )
    assert [(s.drug, s.start_after, s.minutes) for s in steps(order)] == [
        (s.drug, s.start_after, s.minutes) for s in steps(again)
    ]


def steps(order):
    return list(order.steps.select_related("drug").order_by("position"))


def test_names_of_strangers_stay_apart(browser, loaded, felix):
    other = enroll(by=felix, given_name="Pat", family_name="Other")
    assert "Other, Pat" in text(browser.get(reverse("visits:compose_for", args=[other.key])))
