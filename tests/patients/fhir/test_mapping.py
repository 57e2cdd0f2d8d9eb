"""By ingredient and class: names that are in no list, as other systems write them."""

import csv
import json

import pytest

from patients.models import CodeMapping, Term
from patients.rules import fhir_mapping
from patients.rules.fhir_mapping import Coding
from patients.rules.rxnorm_names import read
from patients.selectors import mappings
from patients.services import reference
from tests.clock import EIGHT
from tests.patients.fhir.conftest import VOCAB

FORMULARY = json.loads((reference.FOLDER / "formulary.json").read_text())


@pytest.fixture
def book(vocabulary):
    return mappings.book()


@pytest.mark.parametrize(
    ("name", "ingredients"),
    [
        ("Sumatriptan 50 MG Oral Tablet", ["sumatriptan"]),
        (
            "Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet [Percocet]",
            ["acetaminophen", "oxycodone"],
        ),
        ("NDA020800 0.3 ML Epinephrine 1 MG/ML Auto-Injector", ["epinephrine"]),
        ("Abuse-Deterrent 12 HR Oxycodone Hydrochloride 15 MG Extended Release Oral Tablet", ["oxycodone"]),
        ("{28 (norethindrone 0.35 MG Oral Tablet) } Pack [Camila 28 Day]", ["norethindrone"]),
        ("Vitamin B 12 5 MG/ML Injectable Solution", ["vitamin b 12"]),
        ("72 HR Fentanyl 0.025 MG/HR Transdermal System", ["fentanyl"]),
        ("200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler", ["albuterol"]),
        ("topiramate", ["topiramate"]),
        ("", []),
    ],
)
def test_ingredients_of_a_written_name(name, ingredients):
    assert [one.bare for one in read(name).ingredients] == ingredients


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("Sumatriptan 85 MG / Naproxen sodium 500 MG Oral Tablet [Treximet]", ["nsaid_home", "triptan"]),
        ("Donitriptan 5 MG Oral Tablet", ["triptan"]),
        ("Imitrex", ["triptan"]),
        ("Escitalopram 10 MG Oral Tablet", ["qt_known_home", "ssri_snri"]),
        ("Clarithromycin 500 MG Oral Tablet", ["qt_known_home", "strong_cyp3a4_inhibitor"]),
        ("nirmatrelvir 150 MG / ritonavir 100 MG", ["strong_cyp3a4_inhibitor"]),
        ("Aspirin 81 MG Oral Tablet", ["aspirin_low_dose"]),
        ("Aspirin 325 MG Oral Tablet", ["nsaid_home"]),
        ("Aspirin", ["nsaid_home"]),
        (
            "acetaminophen 250 MG / aspirin 250 MG / caffeine 65 MG Oral Tablet [Excedrin]",
            ["acetaminophen_containing", "nsaid_home"],
        ),
        ("butalbital 50 MG / acetaminophen 325 MG / caffeine 40 MG", ["acetaminophen_containing"]),
        ("lithium carbonate 300 MG Oral Capsule", ["lithium"]),
        ("divalproex sodium 500 MG Extended Release Oral Tablet", ["valproate_oral"]),
        ("Erythromycin 0.005 MG/MG Ophthalmic Ointment", []),
        ("Epinephrine 0.125 MG/ACTUAT Metered Dose Inhaler", ["vasoconstrictor_drug"]),
        ("tramadol hydrochloride 50 MG Oral Tablet", ["opioid"]),
        ("Perindopril 4 MG / Amlodipine 5 MG", ["acei_arb", "calcium_channel_blocker"]),
        ("1 ML fremanezumab-vfrm 150 MG/ML Prefilled Syringe", ["cgrp_mab"]),
        ("nicotine 21 MG/DAY Transdermal Patch", ["nicotine"]),
        ("Amoxicillin 500 MG Oral Capsule", []),
    ],
)
def test_a_drug_reaches_its_groups(book, name, groups):
    found = fhir_mapping.medicine(book, [], name)
    assert (list(found.groups), found.understood) == (groups, True)


def test_every_drug_that_the_formulary_names_reaches_its_group(book):
    left_to_questions = {"smoking", "alcohol within 8 h", "grapefruit juice", "cold and flu products"}
    missed = [
        (group["id"], member)
        for group in VOCAB["external_drug_groups"]
        for member in group["members"]
        if member not in left_to_questions and "nerve block" not in member
        if group["id"] not in fhir_mapping.medicine(book, [], _as_a_list_says(member)).groups
    ]
    assert missed == []


def _as_a_list_says(member):
    plain = member.split(" (")[0].replace("/", " / ").replace(" oral / nasal", "").replace(">325", "500")
    return plain.removesuffix(" replacement")


@pytest.mark.parametrize("name", ["Zorbium 5 MG", "Zorbium 5 MG / Aspirin 81 MG Oral Tablet", ""])
def test_an_unknown_ingredient_is_never_silence(book, name):
    assert not fhir_mapping.medicine(book, [], name).understood


def test_a_known_part_of_an_unknown_product_still_counts(book):
    assert fhir_mapping.medicine(book, [], "Zorbium 5 MG / Warfarin Sodium 5 MG").groups == ("anticoagulant",)


def test_a_code_alone_is_understood(book):
    assert fhir_mapping.medicine(book, [Coding("rxnorm", "37418")], "").groups == ("triptan",)
    assert fhir_mapping.allergy(book, [Coding("rxnorm", "7052")], "").term == "opioid"


@pytest.mark.parametrize(
    ("name", "categories", "group"),
    [
        ("Allergy to aspirin (disorder)", (), "nsaid_aspirin"),
        ("Hypersensitivity to ibuprofen", (), "nsaid_aspirin"),
        ("NSAIDs", (), "nsaid_aspirin"),
        ("Sulfa drugs", (), "sulfonamide_antibiotic"),
        ("Sulfamethoxazole / Trimethoprim", (), "sulfonamide_antibiotic"),
        ("Sodium metabisulfite", (), "sulfite"),
        ("Codeine", (), "opioid"),
        ("Compazine", (), "prochlorperazine"),
        ("prednisone", (), "corticosteroid"),
        ("Bupivacaine hydrochloride", (), "amide_local_anesthetic"),
        ("Allergy to soya", ("food",), "soy"),
        ("Penicillin V", ("medication",), "other:penicillin v"),
        ("Latex allergy", ("food",), "other:latex"),
        ("Kiwi fruit allergy", ("food",), "other:kiwi fruit"),
        ("Zorbium", ("medication",), None),
        ("Zorbium", (), None),
        ("Allergy to substance", (), None),
    ],
)
def test_an_allergy_reaches_its_group(book, name, categories, group):
    found = fhir_mapping.allergy(book, [], name, categories=categories)
    assert (found.term or None, found.understood) == (group, group is not None)


@pytest.mark.parametrize(
    ("coding", "name", "tag"),
    [
        (Coding("icd10", "G43909"), "", "migraine"),
        (Coding("icd10", "G43419"), "", "hemiplegic_migraine"),
        (Coding("icd10", "I110"), "", "heart_failure"),
        (Coding("icd10", "I119"), "", ""),
        (Coding("", ""), "Type 2 diabetes mellitus", "diabetes"),
        (Coding("", ""), "History of myocardial infarction (situation)", "coronary_artery_disease"),
        (Coding("", ""), "Chronic kidney disease stage 4 (disorder)", "renal_impairment_severe"),
        (Coding("", ""), "Fracture of forearm", ""),
        (Coding("", ""), "Diabetes insipidus", ""),
        (Coding("", ""), "Family history of diabetes", None),
        (Coding("", ""), "Suspected stroke", None),
        (Coding("", ""), "Neonatal jaundice", None),
    ],
)
def test_a_condition_reaches_its_tag(book, coding, name, tag):
    found = fhir_mapping.condition(book, [coding], name, active=True)
    assert (found.term, found.understood) == (tag or "", tag is not None)


def test_the_tables_name_only_what_the_formulary_knows():
    tags = {row["id"] for row in VOCAB["condition_tags"]}
    groups = {row["id"] for row in VOCAB["external_drug_groups"]}
    allergies = {row["id"] for row in VOCAB["allergy_groups"]} | {row["id"] for row in FORMULARY["drugs"]}
    known = {"condition": tags, "drug_group": groups, "allergy": allergies | {fhir_mapping.NONE_KNOWN}}
    rows = [*reference._code_rows(reference.FOLDER / "fhir_mapping.csv")]
    rows += reference._name_rows(reference.FOLDER / "home_medications.csv")
    terms = [(row["kind"], term) for row in rows for term in row["terms"].split(";") if term]
    assert {
        (kind, term) for kind, term in terms if term not in known[kind] and not term.startswith("other:")
    } == set()


@pytest.mark.parametrize("name", ["fhir_mapping.csv", "home_medications.csv"])
def test_no_row_stands_twice(name):
    with (reference.FOLDER / name).open() as file:
        keys = [tuple(row[:3]) if name.startswith("fhir") else tuple(row[:2]) for row in csv.reader(file)]
    assert len(keys) == len(set(keys))


def test_loading_again_changes_nothing_and_a_reviewed_row_stays_as_it_is(vocabulary, ada):
    assert reference.load_code_mappings(at=EIGHT).created == 0
    again = reference.load_vocabulary(vocab=VOCAB, by=ada, at=EIGHT)
    assert (again.created, again.updated, again.unchanged) == (0, [], Term.objects.count())
    CodeMapping.objects.filter(system="brand", code="imitrex").update(
        ingredient="something else", reviewed_by=ada, reviewed_on=EIGHT.date()
    )
    assert reference.load_code_mappings(at=EIGHT).kept == ["brand imitrex drug_group: ingredient"]
    row = CodeMapping.objects.get(system="brand", code="imitrex")
    assert (row.ingredient, row.reviewed_by) == ("something else", ada)
