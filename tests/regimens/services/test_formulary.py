import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regimens.models import (
    Drug,
    DrugMethod,
    FrequencyLimit,
    HcpcsCode,
    Regimen,
    RegimenStep,
    SafetyRule,
    Source,
    Vial,
)
from regimens.services import formulary, reviewing
from tests.clock import EIGHT, NINE, SEVEN
from tests.regimens.conftest import SHIPPED

DOCUMENT = json.loads(SHIPPED.read_text())
REGIMENS = {row["id"]: row for row in DOCUMENT["regimens"]}
DRUGS = {row["id"]: row for row in DOCUMENT["drugs"]}


@pytest.fixture
def edited(tmp_path):
    """The shipped file with something changed."""

    def write(change):
        document = json.loads(SHIPPED.read_text())
        change(document)
        path = tmp_path / "formulary.json"
        path.write_text(json.dumps(document))
        return path

    return write


def by_table(loaded):
    return {changes.table: changes for changes in loaded.changes}


def drug_of(document, code):
    return next(row for row in document["drugs"] if row["id"] == code)


def test_every_row_of_the_file_comes_in(loaded):
    assert {table: changes.created for table, changes in by_table(loaded).items()} == {
        "sources": 173,
        "drugs": 32,
        "HCPCS codes": sum(len(row["hcpcs"]) for row in DOCUMENT["drugs"]),
        "vials": sum(len(row["vials"]) for row in DOCUMENT["drugs"]),
        "methods": sum(len(row["administration"]) for row in DOCUMENT["drugs"]),
        "limits": sum(len(row["frequency_limits"]) for row in DOCUMENT["drugs"]),
        "safety rules": 115,
        "regimens": 10,
        "regimen steps": sum(len(row["steps"]) for row in DOCUMENT["regimens"]),
    }
    counted = [Source, Drug, HcpcsCode, Vial, DrugMethod, FrequencyLimit, SafetyRule, Regimen, RegimenStep]
    assert [model.objects.count() for model in counted] == [c.created for c in loaded.changes]


@pytest.mark.parametrize("code", REGIMENS)
def test_a_regimen_has_the_minutes_and_the_driver_of_the_file(recipes, code):
    assert recipes[code].chair_minutes == REGIMENS[code]["total_chair_minutes"]
    assert recipes[code].driver == REGIMENS[code]["driver"]


@pytest.mark.parametrize(
    ("code", "load"),
    [("standard_migraine_cocktail", 3), ("status_migrainosus_dhe", 4), ("lidocaine_daycase", 6)],
)
def test_a_regimen_loads_a_nurse_as_its_heaviest_drug_does(recipes, code, load):
    assert recipes[code].load == load


def test_only_eptinezumab_is_a_series(recipes):
    assert {c: r.series_days for c, r in recipes.items() if r.series_days} == {
        "eptinezumab_100": 84,
        "eptinezumab_300": 84,
    }


def test_the_usual_code_stands_before_those_of_other_payers_and_products(loaded):
    famotidine = HcpcsCode.objects.filter(drug__code="famotidine").order_by("position")
    assert [(row.code, row.status) for row in famotidine] == [
        ("J1308", "active"),
        ("J3490", "superseded_for_this_drug"),
        ("S0028", "alternate_payer"),
    ]


def test_provenance_comes_with_the_rows(loaded):
    code = HcpcsCode.objects.get(drug__code="valproate_sodium", code="J3379")
    assert (code.confidence, code.sources) == ("sourced", ["H2"])
    assert Drug.objects.get(code="valproate_sodium").row["provenance"]["sedation"]["confidence"] == "recalled"


def test_the_same_file_again_costs_a_query_and_says_nothing_changed(loaded):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        again = formulary.load_formulary(path=SHIPPED, by=None, at=EIGHT)
    assert again.same_as_before and again.changes == ()
    assert sum("regimens_" in query["sql"] for query in seen) == 1


def test_read_by_force_it_finds_every_row_unchanged(loaded):
    again = formulary.load_formulary(path=SHIPPED, by=None, at=EIGHT, force=True)
    assert {c.table: (c.created, c.updated, c.removed, c.kept) for c in again.changes} == {
        table: (0, [], [], []) for table in by_table(loaded)
    }
    assert by_table(again)["drugs"].unchanged == 32


def test_a_changed_value_is_taken_over_and_named(loaded, edited):
    def longer(document):
        drug_of(document, "ketorolac")["post_observation_minutes"] = 20

    again = by_table(formulary.load_formulary(path=edited(longer), by=None, at=EIGHT))
    assert again["drugs"].updated == ["ketorolac: observation_minutes, row, row_hash"]
    assert again["drugs"].unchanged == 31
    assert Drug.objects.get(code="ketorolac").observation_minutes == 20
    assert again["regimens"].updated == []  # saline hides it in every regimen


def test_a_longer_observation_moves_the_minutes_of_its_regimens(loaded, edited):
    def longer(document):
        drug_of(document, "eptinezumab")["post_observation_minutes"] = 60

    again = by_table(formulary.load_formulary(path=edited(longer), by=None, at=EIGHT))
    assert again["regimens"].updated == ["eptinezumab_100: chair_minutes", "eptinezumab_300: chair_minutes"]
    assert Regimen.objects.get(code="eptinezumab_100").chair_minutes == 115


def test_a_row_that_is_no_longer_shipped_goes_and_is_named(loaded, edited):
    def without_a_code(document):
        del drug_of(document, "lidocaine")["hcpcs"][1]

    again = by_table(formulary.load_formulary(path=edited(without_a_code), by=None, at=EIGHT))
    assert again["HCPCS codes"].removed == ["lidocaine J2002 2024-10-01"]
    assert not HcpcsCode.objects.filter(code="J2002").exists()


def test_a_drug_that_is_no_longer_shipped_stays_because_orders_may_rest_on_it(loaded, edited):
    def without_infliximab(document):
        document["drugs"] = [row for row in document["drugs"] if row["id"] != "infliximab"]

    formulary.load_formulary(path=edited(without_infliximab), by=None, at=EIGHT)
    assert Drug.objects.filter(code="infliximab").exists()


def test_what_a_person_reviewed_is_kept_and_the_difference_is_said(loaded, edited, ada):
    drug = Drug.objects.get(code="ketorolac")
    drug.observation_minutes = 30
    reviewing.save_reviewed(row=drug, by=ada, at=NINE)

    def longer(document):
        drug_of(document, "ketorolac")["post_observation_minutes"] = 20

    again = by_table(formulary.load_formulary(path=edited(longer), by=None, at=NINE))
    assert again["drugs"].kept == ["ketorolac: observation_minutes, row, row_hash"]
    assert again["drugs"].updated == []
    assert Drug.objects.get(code="ketorolac").observation_minutes == 30


def test_a_reviewed_row_that_agrees_with_the_file_is_no_news(loaded, ada):
    reviewing.save_reviewed(row=Drug.objects.get(code="ketorolac"), by=ada, at=NINE)
    again = by_table(formulary.load_formulary(path=SHIPPED, by=None, at=NINE, force=True))
    assert again["drugs"].kept == [] and again["drugs"].unchanged == 32


def test_a_reviewed_regimen_keeps_its_steps(loaded, edited, ada):
    reviewing.save_reviewed(row=Regimen.objects.get(code="magnesium_antiemetic"), by=ada, at=NINE)

    def slower(document):
        regimen = next(row for row in document["regimens"] if row["id"] == "magnesium_antiemetic")
        regimen["steps"][1]["minutes"] = 60

    again = by_table(formulary.load_formulary(path=edited(slower), by=None, at=NINE))
    assert again["regimen steps"].kept == ["magnesium_antiemetic 2: minutes"]
    assert RegimenStep.objects.get(regimen__code="magnesium_antiemetic", position=2).minutes == 30


def test_reviewing_a_drug_reckons_its_regimens_anew(loaded, ada):
    drug = Drug.objects.get(code="eptinezumab")
    drug.observation_minutes, drug.max_patients_per_nurse = 45, 2
    reviewing.save_reviewed(row=drug, by=ada, at=NINE)
    regimen = Regimen.objects.get(code="eptinezumab_300")
    assert (regimen.chair_minutes, regimen.load) == (100, 6)
    drug.refresh_from_db()
    assert (drug.reviewed_by, str(drug.reviewed_on)) == (ada, "2026-11-20")


def test_the_history_says_it_was_a_load(loaded):
    event = Drug.objects.get(code="ketorolac").history.get()
    assert event.pgh_context.metadata["verb"] == "reference.loaded"
    assert event.pgh_context.metadata["at"] == SEVEN.isoformat()


def test_the_command_says_what_changed_table_by_table(db, capsys, edited):
    call_command("load_reference", without_diagnoses=True)
    first = capsys.readouterr().out
    assert "drugs: 32 created, 0 updated, 0 unchanged" in first
    call_command("load_reference", without_diagnoses=True)
    assert "formulary: unchanged since the last load (2026-04 HCPCS)" in capsys.readouterr().out

    def longer(document):
        drug_of(document, "ketorolac")["post_observation_minutes"] = 20

    call_command("load_reference", formulary=edited(longer), without_diagnoses=True)
    assert "  updated ketorolac: observation_minutes, row, row_hash" in capsys.readouterr().out
