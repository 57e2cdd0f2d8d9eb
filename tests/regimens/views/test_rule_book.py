import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion_center.places.models import Site
from regimens.book_sections import SECTIONS
from regimens.models import Drug, Regimen, SafetyRule
from regimens.selectors import rule_book as stored
from regimens.selectors import shipped
from regimens.services import rule_book
from regimens.states import BookKind
from tests.clock import NINE
from tests.people import signed_in

pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture
def browser(phil):
    return signed_in(phil)


@pytest.fixture
def director(mira):
    return signed_in(mira)


def text(answer):
    return " ".join(answer.content.decode().split())


def sent_by(answer):
    """What a browser sends back when nothing is touched."""
    page = answer.context["form"]
    forms = [page.form, *(part for _, table in page.tables for part in (table.management_form, *table))]
    sent = {"seen": answer.context["seen"] or ""}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                sent[bound.html_name] = "on"
            elif value is not None and value is not False:
                prepared = bound.field.prepare_value(value)
                sent[bound.html_name] = prepared if isinstance(prepared, list) else str(prepared)
    return sent


def edit(browser, kind, code, section, **changes):
    path = f"/rule-book/{kind}/{code}/edit/{section}/"
    return browser.post(path, sent_by(browser.get(path)) | changes)


def wrong(answer):
    """Field -> errors, of every form on the page."""
    page = answer.context["form"]
    bound = [page.form, *(line for _, table in page.tables for line in table)]
    return {form.add_prefix(name): errors for form in bound for name, errors in form.errors.items()}


@pytest.mark.parametrize("kind", BookKind.values)
def test_every_kind_has_its_list_its_page_its_forms_and_a_new_row(browser, kind):
    code = stored.row_of(kind, stored.entries(kind).first())["id"]
    assert code in text(browser.get(f"/rule-book/?kind={kind}"))
    assert "unreviewed" in text(browser.get(f"/rule-book/{kind}/{code}/"))
    assert browser.get(f"/rule-book/new/{kind}/").status_code == 200
    for section in SECTIONS[kind]:
        assert browser.get(f"/rule-book/{kind}/{code}/edit/{section.name}/").status_code == 200


@pytest.mark.parametrize(
    "code", ["ketorolac", "dihydroergotamine", "lecanemab", "epinephrine", "valproate_sodium"]
)
def test_a_form_sent_back_untouched_leaves_the_row_as_it_was(browser, code):
    before = stored.row_of("drug", stored.entry("drug", code))
    for section in SECTIONS["drug"]:
        assert edit(browser, "drug", code, section.name).status_code == 302, section.name
    assert stored.row_of("drug", stored.entry("drug", code)) == before


def test_rules_and_regimens_sent_back_untouched_stay_as_they_were(browser):
    for kind, codes in {
        "rule": ["dhe_triptan_24h", "ketorolac_renal_gi"],
        "regimen": ["standard_migraine_cocktail"],
        "allergy": ["benzyl_alcohol"],
        "drug_group": ["triptan"],
        "condition": ["egg_allergy"],
        "class_tag": ["nsaid"],
    }.items():
        for code in codes:
            for section in SECTIONS[kind]:
                assert edit(browser, kind, code, section.name).status_code == 302, (kind, code)
    assert shipped.compare().differing == ()


def test_a_value_is_changed_a_line_added_and_one_taken_away(browser):
    changes = {
        "contraindications-0-DELETE": "on",
        "contraindications-17-tag": "diabetes",
        "contraindications-17-severity": "warn",
        "contraindications-17-when": "age_years >= 65",
    }
    edit(browser, "drug", "ketorolac", "contraindications", **changes)
    tags = [
        (one["tag"], one.get("when")) for one in Drug.objects.get(code="ketorolac").row["contraindications"]
    ]
    assert len(tags) == 17
    assert tags[0][0] == "renal_impairment_severe" and tags[-1] == ("diabetes", "age_years >= 65")


def test_limits_inside_a_limit_are_one_a_line(browser):
    adjusted = "60 when age_years >= 65\n2/kg when weight_kg < 50"
    edit(browser, "drug", "ketorolac", "limits", **{"frequency_limits-1-adjusted": adjusted})
    assert Drug.objects.get(code="ketorolac").row["frequency_limits"][1]["adjusted"] == [
        {"when": "age_years >= 65", "limit": 60},
        {"when": "weight_kg < 50", "limit_per_kg": 2},
    ]


@pytest.mark.parametrize(
    ("kind", "code", "section", "field", "typed", "sentence"),
    [
        ("rule", "dhe_triptan_24h", "rule", "when", "agee > 3", "unknown name"),
        ("rule", "dhe_triptan_24h", "rule", "window_hours", "soon", "Enter a number"),
        ("drug", "ketorolac", "contraindications", "contraindications-2-when", "dose > (", "cannot be read"),
        ("drug", "ketorolac", "limits", "frequency_limits-1-adjusted", "60 if old", "number when condition"),
        ("drug", "ketorolac", "limits", "frequency_limits-1-adjusted", "60 when oldd", "unknown name"),
        ("drug", "ketorolac", "adult", "adult_dose__adjustments-0-when", "nope", "unknown name"),
        ("drug", "ketorolac", "adult", "adult_dose__max", "0", "more than 0"),
        ("drug", "ketorolac", "names", "generic_name", "", "required"),
        ("drug", "ketorolac", "vials", "vials-0-sources", "Z9", "no source Z9"),
        ("drug", "ketorolac", "classes", "provenance__qt_risk__sources", "Z9", "no source Z9"),
        ("regimen", "magnesium_antiemetic", "steps", "steps-1-start_after", "9", "no such other step"),
    ],
)
def test_bad_input_gets_a_sentence_at_the_field_and_stays(
    browser, kind, code, section, field, typed, sentence
):
    answer = edit(browser, kind, code, section, **{field: typed})
    assert answer.status_code == 422
    at = wrong(answer)
    assert list(at) == [field]
    assert sentence in str(at[field])
    assert typed in answer.content.decode().replace("&gt;", ">")
    assert shipped.compare().differing == ()


def test_a_rule_and_the_words_it_needs_are_added(browser):
    browser.post(
        "/rule-book/new/drug_group/",
        {"id": "gepant", "label": "Gepants", "members": "rimegepant, ubrogepant"},
    )
    blank = sent_by(browser.get("/rule-book/new/rule/"))
    rule = blank | {
        "id": "gepant_dhe",
        "title": "DHE with a gepant",
        "relation": "active_home_med",
        "severity": "warn",
        "left-0-value": "drug:dihydroergotamine",
        "right-0-value": "external_group:gepant",
    }
    assert browser.post("/rule-book/new/rule/", rule).status_code == 302
    made = SafetyRule.objects.get(code="gepant_dhe")
    assert made.row["left"] == [{"drug": "dihydroergotamine"}]
    assert made.row["right"] == [{"external_group": "gepant"}]
    assert "taken" in text(browser.post("/rule-book/new/rule/", rule))


def test_an_old_page_saves_nothing(browser, mira):
    path = "/rule-book/rule/dhe_triptan_24h/edit/rule/"
    sent = sent_by(browser.get(path))
    row = stored.row_of("rule", stored.entry("rule", "dhe_triptan_24h"))
    rule_book.save_row(kind="rule", row=row | {"window_hours": 30}, seen=sent["seen"], by=mira, at=NINE)
    answer = browser.post(path, sent | {"severity": "info"})
    assert answer.status_code == 409
    assert "Somebody changed this row meanwhile" in text(answer)


def test_reviewed_without_a_change(browser, phil):
    seen = browser.get("/rule-book/rule/dhe_triptan_24h/").context["seen"]
    browser.post("/rule-book/rule/dhe_triptan_24h/review/", {"seen": seen})
    assert SafetyRule.objects.get(code="dhe_triptan_24h").reviewed_by == phil
    assert browser.post("/rule-book/rule/dhe_triptan_24h/review/", {"seen": "old"}).status_code == 409


def test_tried_before_saving_the_answer_stands_beside_that_of_today(browser):
    path = "/rule-book/rule/dhe_triptan_24h/edit/rule/"
    sent = sent_by(browser.get(path))
    offered = browser.get("/rule-book/try/rule/dhe_triptan_24h/rule/?example=2").context
    case = json.loads(offered["case"])
    assert case["orders"][0]["drug"] == "dihydroergotamine"
    tried = sent | {"severity": "info", "case": offered["case"]}
    answer = browser.post("/rule-book/try/rule/dhe_triptan_24h/rule/", tried)
    typed, today = answer.context["sides"]
    assert "info" in [one["severity"] for one in typed["findings"] if one["rule"] == "dhe_triptan_24h"]
    assert "block" in [one["severity"] for one in today["findings"] if one["rule"] == "dhe_triptan_24h"]
    assert "only here" in text(answer)
    assert shipped.compare().differing == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"case": "{"}, "The case is no JSON"),
        ({"case": "[]"}, "no JSON object"),
        ({"case": "[" * 100_000}, "no JSON"),
        ({"when": "agee > 3", "case": "{}"}, "unknown name"),
        ({"title": "", "case": "{}"}, "not right yet"),
    ],
)
def test_what_cannot_be_tried_is_said(browser, change, sentence):
    sent = sent_by(browser.get("/rule-book/rule/dhe_triptan_24h/edit/rule/"))
    answer = browser.post("/rule-book/try/rule/dhe_triptan_24h/rule/", sent | change)
    assert answer.status_code == 422
    assert sentence in text(answer)


@pytest.mark.parametrize(
    "case",
    [
        {"id": "x"},
        {"id": 1, "orders": "none"},
        json.loads('{"id": "x", "patient": ' + '{"a": ' * 400 + "1" + "}" * 401),
        {"id": "x", "site": {"drugs": [{"id": "y", "class_tags": 7}]}},
    ],
)
def test_a_case_that_cannot_be_read_is_said_on_both_sides(browser, case):
    sent = sent_by(browser.get("/rule-book/rule/dhe_triptan_24h/edit/rule/"))
    answer = browser.post("/rule-book/try/rule/dhe_triptan_24h/rule/", sent | {"case": json.dumps(case)})
    assert all(side["problem"] for side in answer.context["sides"])


def test_a_page_without_its_counters_is_refused_not_broken(browser):
    answer = browser.post("/rule-book/drug/ketorolac/edit/vials/", {"seen": "x", "vials-0-strength": "\0"})
    assert answer.status_code == 422


def test_every_example_is_answered_for_every_drug(browser):
    for code in Drug.objects.values_list("code", flat=True):
        sent = sent_by(browser.get(f"/rule-book/drug/{code}/edit/names/"))
        offered = browser.get(f"/rule-book/try/drug/{code}/names/").context["case"]
        sides = browser.post(f"/rule-book/try/drug/{code}/names/", sent | {"case": offered}).context["sides"]
        assert all("problem" not in side for side in sides), (code, sides)


def test_the_shipped_value_is_taken_row_by_row(browser, phil):
    edit(browser, "drug", "ketorolac", "chair", post_observation_minutes="25")
    page = text(browser.get("/rule-book/loads/"))
    assert "post observation minutes" in page and "25" in page
    browser.post("/rule-book/loads/drug/ketorolac/take/")
    assert "every row is as shipped" in text(browser.get("/rule-book/loads/"))
    assert Drug.objects.get(code="ketorolac").observation_minutes == 15


def test_the_pharmacist_switches_off_and_the_director_on(browser, director):
    switch = "/rule-book/switches/drug/ketorolac/"
    assert browser.post(switch, {"on": "no", "reason": "recall"}).status_code == 302
    assert not Drug.objects.get(code="ketorolac").orderable
    assert browser.post(switch, {"on": "yes", "reason": "x"}).status_code == 403
    answer = director.post(switch, {"on": "yes", "reason": ""})
    assert answer.status_code == 422 and "Say why" in text(answer)
    director.post(switch, {"on": "yes", "reason": "recall over"})
    assert Drug.objects.get(code="ketorolac").orderable


def test_a_regimen_is_switched_off_on_its_page_and_leaves_every_list_to_choose_from(browser, director):
    page = "/rule-book/regimen/standard_migraine_cocktail/"
    assert "Switch off" in text(browser.get(page))
    off = {"on": "no", "reason": "Shortage"}
    browser.post("/rule-book/switches/regimen/standard_migraine_cocktail/", off)
    assert "switched off" in text(browser.get(page)) and "Shortage" in text(browser.get(page))
    assert "Standard migraine cocktail" in text(director.get("/rule-book/switches/"))
    assert browser.post("/rule-book/switches/rule/dhe_triptan_24h/", off).status_code == 404
    on = {"on": "yes", "reason": "Here again"}
    director.post("/rule-book/switches/regimen/standard_migraine_cocktail/", on)
    assert Regimen.objects.get(code="standard_migraine_cocktail").active


def test_the_director_says_what_the_site_has(director, browser, site):
    assert "propofol" in text(director.get("/rule-book/switches/"))
    director.post("/rule-book/switches/", {"anesthesia_provider": "on"})
    assert Site.objects.get(pk=site.pk).anesthesia_provider
    assert browser.get("/rule-book/switches/").status_code == 403


PAGES = ["/rule-book/", "/rule-book/loads/", "/rule-book/drug/ketorolac/", "/rule-book/new/drug/"]


@pytest.mark.parametrize("path", PAGES)
def test_the_rule_book_is_for_its_keepers(nora, path):
    assert signed_in(nora).get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/rule-book/nope/ketorolac/", "/rule-book/drug/nope/", "/rule-book/new/nope/"]
)
def test_what_is_not_there_is_not_found(browser, path):
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_as_often_for_many_rows_as_for_few(browser, phil, path):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            browser.get(path)
        return len(seen)

    queries()
    before = queries()
    for number in range(18):
        row = {"id": f"new_{number}", "class_tags": ["nsaid"]}
        rule_book.save_row(kind="drug", row=row, seen=None, by=phil, at=NINE)
    assert queries() == before
    assert before <= 40
