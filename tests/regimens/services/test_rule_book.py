"""Phil the pharmacist and Mira the medical director change the rule book; it holds at once."""

import json
from copy import deepcopy

import pghistory.models
import pytest
from django.core.management import call_command

from infusion_center.contracts import order
from infusion_center.errors import Conflict
from patients.models import Term
from regimens.models import Drug, Regimen, RegimenStep, SafetyRule, Vial
from regimens.rules.safety.rows import BadRow
from regimens.selectors import keeping, shipped
from regimens.selectors import rule_book as stored
from regimens.services import formulary, rule_book
from regimens.services.ordering import CannotOrder, order_from_regimen
from regimens.states import BookKind
from tests.clock import EIGHT, NINE
from tests.regimens.conftest import SHIPPED
from tests.regimens.rules.safety.asked import a, asking

pytestmark = pytest.mark.usefixtures("book")


def save(kind, row, *, by, at=NINE):
    """The row as somebody saves it who has just opened it."""
    entry = stored.entry(kind, row["id"])
    seen = rule_book.digest(kind, stored.row_of(kind, entry)) if entry else None
    return rule_book.save_row(kind=kind, row=row, seen=seen, by=by, at=at)


def row_of(kind, code):
    return deepcopy(stored.row_of(kind, stored.entry(kind, code)))


def said(case):
    return [f"{one['severity']} {one['rule']}" for one in order.answer(case, stored.rule_book())["findings"]]


def test_an_allergy_group_a_drug_and_a_rule_hold_without_a_restart(phil):
    before = stored.rule_book()
    save("allergy", {"id": "sulfonamide", "label": "Sulfonamides"}, by=phil)
    save(
        "drug",
        {"id": "newdrug", "class_tags": ["nsaid"], "allergy_groups": ["sulfonamide"]},
        by=phil,
    )
    rule = {
        "id": "newdrug_migraine",
        "title": "New drug in migraine",
        "left": [{"drug": "newdrug"}],
        "right": [{"condition": "migraine"}],
        "relation": "condition_present",
        "severity": "warn",
    }
    save("rule", rule, by=phil)
    assert "newdrug" not in before.drugs
    case = asking(a("newdrug", 10), site=None, allergies=["sulfonamide"])
    assert {"block newdrug:allergy:sulfonamide", "warn newdrug_migraine"} <= set(said(case))
    assert Drug.objects.get(code="newdrug").reviewed_by == phil


def test_a_drug_that_says_only_id_and_tags_has_every_column(phil):
    drug = save("drug", {"id": "newdrug", "class_tags": ["nsaid"]}, by=phil)
    assert (drug.name, drug.orderable, drug.max_patients_per_nurse) == ("newdrug", True, 4)
    assert drug.row["hcpcs"] == [] and str(drug.reviewed_on) == "2026-11-20"


def test_saving_a_row_as_it_stands_changes_nothing_but_who_reviewed_it(phil):
    for kind in BookKind.values:
        for entry in list(stored.entries(kind)[:40]):
            row = stored.row_of(kind, entry)
            save(kind, row, by=phil)
            assert stored.row_of(kind, stored.entry(kind, row["id"])) == row
    assert shipped.compare().differing == ()


def test_columns_tables_and_regimens_follow_the_row(phil):
    row = row_of("drug", "eptinezumab")
    row["post_observation_minutes"] = 45
    row["vials"] = [
        *row["vials"],
        {"strength": "300 mg/3 mL", "total_amount": 300, "unit": "mg", "container": "single_dose"},
    ]
    drug = save("drug", row, by=phil)
    assert drug.observation_minutes == 45
    assert Vial.objects.get(drug=drug, amount=300).confidence == "recalled"
    assert Regimen.objects.get(code="eptinezumab_100").chair_minutes == 100


def test_a_regimen_is_reckoned_from_its_row(phil):
    row = row_of("regimen", "magnesium_antiemetic")
    row["steps"][1]["minutes"] = 60
    regimen = save("regimen", row, by=phil)
    assert RegimenStep.objects.get(regimen=regimen, position=2).minutes == 60
    assert regimen.chair_minutes == 115


@pytest.mark.parametrize(
    ("kind", "code", "change", "place", "said"),
    [
        ("drug", "ketorolac", {"never_gated_when": "agee > 3"}, "never_gated_when", "unknown name 'agee'"),
        ("drug", "ketorolac", {"allergy_groups": ["nope"]}, "allergy_groups", "unknown allergy group nope"),
        ("drug", "ketorolac", {"qt_risk": "huge"}, "qt_risk", "Must be one of"),
        ("drug", "ketorolac", {"post_observation_minutes": -1}, "post_observation_minutes", "at least 0"),
        (
            "drug",
            "ketorolac",
            {"contraindications": [{"tag": "nope", "severity": "block"}]},
            "contraindications.0.tag",
            "unknown condition nope",
        ),
        ("drug", "ketorolac", {"vials": [{"strength": "x"}]}, "vials.0.total_amount", "Missing"),
        ("rule", "dhe_triptan_24h", {"when": "dose >"}, "when", "cannot be read"),
        ("rule", "dhe_triptan_24h", {"left": [{"drug": "nope"}]}, "left.0.drug", "unknown drug nope"),
        ("rule", "dhe_triptan_24h", {"sources": ["Z99"]}, "sources", "no source Z99"),
        ("regimen", "magnesium_antiemetic", {"steps": []}, "steps", "At least one"),
        ("condition", "migraine", {"allergy_group": "nope"}, "allergy_group", "unknown allergy group nope"),
        ("drug", "Bad Id", {"class_tags": []}, "id", "Small letters"),
    ],
)
def test_a_bad_row_is_refused_with_its_place_and_nothing_is_saved(phil, kind, code, change, place, said):
    row = (row_of(kind, code) if code.islower() else {"id": code}) | change
    with pytest.raises(BadRow) as no:
        save(kind, row, by=phil)
    assert no.value.place == place
    assert said.lower() in no.value.said.lower()
    assert shipped.compare().differing == ()


def test_nothing_that_breaks_another_row_is_saved(phil):
    """The only tag-bearing drug gives up its tag while a rule selects by it."""
    Term.objects.filter(kind="class_tag", term="anti_amyloid").delete()
    save("drug", row_of("drug", "donanemab") | {"class_tags": []}, by=phil)
    with pytest.raises(BadRow, match="Another row would break") as no:
        save("drug", row_of("drug", "lecanemab") | {"class_tags": []}, by=phil)
    assert "anti_amyloid" in no.value.message
    assert "anti_amyloid" in Drug.objects.get(code="lecanemab").class_tags


def test_an_id_is_taken_once_and_an_old_page_saves_nothing(phil, mira):
    with pytest.raises(BadRow, match="taken"):
        rule_book.save_row(kind="drug", row={"id": "ketorolac"}, seen=None, by=phil, at=NINE)
    row = row_of("rule", "dhe_triptan_24h")
    old = rule_book.digest("rule", row)
    save("rule", row | {"severity": "warn"}, by=mira)
    with pytest.raises(rule_book.ChangedMeanwhile):
        rule_book.save_row(kind="rule", row=row | {"severity": "info"}, seen=old, by=phil, at=NINE)
    assert SafetyRule.objects.get(code="dhe_triptan_24h").severity == "warn"


def test_a_load_leaves_a_saved_row_and_its_tables_alone(phil):
    row = row_of("drug", "ketorolac")
    row["vials"] = row["vials"][:1]
    save("drug", row, by=phil)
    formulary.load_formulary(path=SHIPPED, by=None, at=NINE, force=True)
    assert Vial.objects.filter(drug__code="ketorolac").count() == 1
    (found,) = shipped.compare().differing
    assert (found.kind, found.code) == ("drug", "ketorolac")
    rule_book.take_shipped(kind="drug", code="ketorolac", by=phil, at=NINE)
    assert Vial.objects.filter(drug__code="ketorolac").count() == 3
    assert shipped.compare().differing == ()


def test_a_switch_takes_a_reason_and_outlives_a_load(phil, mira):
    propofol = Drug.objects.get(code="propofol")
    with pytest.raises(rule_book.NeedsReason):
        rule_book.switch(entry=propofol, on=True, reason=" ", by=mira, at=NINE)
    rule_book.switch(entry=propofol, on=True, reason="Dr. Hale is here", by=mira, at=NINE)
    formulary.load_formulary(path=SHIPPED, by=None, at=NINE, force=True)
    propofol.refresh_from_db()
    assert propofol.orderable and propofol.reviewed_by is None
    assert stored.rule_book().drugs["propofol"].row.orderable_default
    newest = keeping.history(propofol)[0]
    assert (newest.person, newest.verb) == ("Mira Marsh", "switched on")
    assert "Dr. Hale is here" in [change.new for change in newest.changes]


def test_a_regimen_that_is_switched_off_stays_so_over_a_load_and_makes_no_order(phil, mira, dana, pia):
    cocktail = Regimen.objects.get(code="standard_migraine_cocktail")
    rule_book.switch(entry=cocktail, on=False, reason="Prochlorperazine shortage", by=phil, at=NINE)
    formulary.load_formulary(path=SHIPPED, by=None, at=NINE, force=True)
    cocktail.refresh_from_db()
    assert not cocktail.active and cocktail.switched_because == "Prochlorperazine shortage"
    with pytest.raises(CannotOrder, match="no longer in use"):
        order_from_regimen(patient=pia, regimen=cocktail, by=dana, at=NINE)
    with pytest.raises(Conflict, match="off already"):
        rule_book.switch(entry=cocktail, on=False, reason="Again", by=phil, at=NINE)
    assert ("regimen", "standard_migraine_cocktail") in [
        (kind, entry.code) for kind, entry in keeping.switched_off()
    ]
    newest = keeping.history(cocktail)[0]
    assert (newest.person, newest.verb) == ("Phil Pohl", "switched off")


def test_the_history_names_who_changed_which_field(phil):
    save("rule", row_of("rule", "dhe_triptan_24h") | {"window_hours": 36}, by=phil)
    newest = keeping.history(SafetyRule.objects.get(code="dhe_triptan_24h"))
    changes = {change.place: (change.old, change.new) for change in newest[0].changes}
    assert changes["window hours"] == ("24", "36")
    assert newest[0].person == "Phil Pohl"


def test_the_exported_rows_are_the_centers_own(phil, tmp_path):
    save("drug", {"id": "newdrug", "class_tags": ["nsaid"]}, by=phil)
    call_command("export_reference", str(tmp_path / "ours.json"))
    written = json.loads((tmp_path / "ours.json").read_text())
    assert "newdrug" in [row["id"] for row in written["drugs"]]


def test_a_review_changes_nothing_but_the_review(mira):
    row = row_of("rule", "dhe_triptan_24h")
    seen = rule_book.digest("rule", row)
    rule_book.review_row(kind="rule", code="dhe_triptan_24h", seen=seen, by=mira, at=EIGHT)
    assert row_of("rule", "dhe_triptan_24h") == row
    assert SafetyRule.objects.get(code="dhe_triptan_24h").reviewed_by == mira
    events = pghistory.models.Events.objects.tracks(SafetyRule.objects.get(code="dhe_triptan_24h"))
    assert events.filter(pgh_context__verb="rule_book.row_reviewed").exists()
