"""The stable format of `explain`, and the worked cases the product ships with."""

import json
import os
import resource
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from infusion_center.contracts import BUILT, KINDS, NOT_BUILT, explain
from infusion_center.contracts.reference import document

# simple_icd_10_cm opens its own files in an old way.
pytestmark = pytest.mark.filterwarnings("ignore:(read|open)_text is deprecated:DeprecationWarning")

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases"
FILE_OF = {kind: kind for kind in ("coding", "units", "order", "day")} | dict.fromkeys(
    ("ndc", "npi", "icd10", "barcode"), "identifiers"
)


def worked(kind):
    cases = json.loads((CASES / f"{FILE_OF[kind]}.json").read_text(encoding="utf-8"))
    return [case for case in cases if case.get("kind", kind) == kind]


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, case, id=case["id"])
        for kind in sorted(BUILT - {"order", "day"})
        for case in worked(kind)
    ],
)
def test_a_worked_case_comes_out_as_expected(kind, case):
    assert explain(kind, [case]) == ([{"id": case["id"], **case["expect"]}], True)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in worked("order")])
def test_a_worked_order_has_its_verdict_and_the_findings_it_must_have(case):
    """`rules` are among the findings; none begins with one of `absent`."""
    answer, expected = only_answer("order", case), case["expect"]
    rules = [finding["rule"] for finding in answer["findings"]]
    assert answer["verdict"] == expected["verdict"]
    assert set(expected["rules"]) <= set(rules)
    assert [rule for rule in rules if rule.startswith(tuple(expected["absent"]))] == []


@pytest.mark.parametrize("kind", sorted(BUILT))
def test_every_built_kind_has_worked_cases(kind):
    assert worked(kind)


def only_answer(kind, case):
    answers, _ = explain(kind, [case])
    assert len(answers) == 1
    return answers[0]


KETAMINE = {
    "id": "k",
    "hcpcs": "J3490",
    "unit_mg": None,
    "dose_mg": 25,
    "vials": [{"mg": 500, "ml": 10, "n": 1, "ndc": "12345-678-90"}],
    "container": "multi",
    "drug": "ketamine",
    "dos": "2026-11-20",
}
PUSH = {
    "id": "1",
    "drug": "ketorolac",
    "mode": "push",
    "start": "2026-11-20T09:00",
    "stop": "2026-11-20T09:02",
}
CHART = {"id": "v", "setting": "office", "policy": {}, "lines": [PUSH]}
ORDER = worked("order")[0]


def order(**patient):
    return ORDER | {"patient": ORDER["patient"] | patient}


def order_of(**line):
    return ORDER | {"orders": [ORDER["orders"][0] | line]}


class TestCasesThatCannotBeRead:
    @pytest.mark.parametrize(
        ("kind", "case", "about"),
        [
            ("npi", {"id": "x", "imput": "1"}, "imput: unknown key"),
            ("npi", {"id": "x"}, "input: missing"),
            ("npi", {"id": "x", "input": 1234567893}, "input"),
            ("npi", {"id": "x", "kind": "npii", "input": "1"}, "kind"),
            ("npi", {"id": 7, "input": "1"}, "id"),
            ("npi", "1234567893", "object"),
            ("icd10", {"id": "x", "input": "G43.709", "dos": "20 November"}, "dos"),
            ("coding", {**CHART, "setting": "clinic"}, "setting"),
            ("coding", {**CHART, "policy": {"missing_stops": "push"}}, "policy.missing_stops: unknown key"),
            ("coding", {**CHART, "policy": {"primary_reason": "9"}}, "no line has the id 9"),
            ("coding", {**CHART, "policy": {"pos": "eleven"}}, "policy.pos"),
            ("coding", {**CHART, "lines": [PUSH, PUSH]}, "same id"),
            ("coding", {**CHART, "lines": [{**PUSH, "mode": "ivp"}]}, "lines.0.mode"),
            ("coding", {**CHART, "lines": [{**PUSH, "start": "09:00"}]}, "lines.0.start"),
            ("coding", {**CHART, "lines": [{**PUSH, "start": "2026-11-20T09:00Z"}]}, "lines.0.start"),
            ("coding", {**CHART, "lines": [{**PUSH, "rate_ml_h": 0}]}, "lines.0.rate_ml_h"),
            ("units", {**KETAMINE, "dose_mg": 0}, "dose_mg"),
            ("units", {**KETAMINE, "dose_mg": "25"}, "dose_mg"),
            ("units", {**KETAMINE, "dose_mg": True}, "dose_mg"),
            ("units", {**KETAMINE, "dose_mg": None}, "dose_mg"),
            ("units", {**KETAMINE, "dose_mg": 501}, "501"),
            ("units", {**KETAMINE, "vials": []}, "vials"),
            ("units", {**KETAMINE, "vials": [{**KETAMINE["vials"][0], "ndc": "1234567890"}]}, "Ten digits"),
            ("units", {**KETAMINE, "drug": None}, "drug"),
            ("units", {**KETAMINE, "drug": "valproate_sodium"}, "J3379"),
            ("units", {**KETAMINE, "hcpcs": "J2001", "unit_mg": 10}, "J2001 was not in force"),
            ("units", {**KETAMINE, "hcpcs": "J2003", "unit_mg": 10}, "1 mg"),
            ("units", {**KETAMINE, "hcpcs": "JXXXX"}, "JXXXX"),
            ("units", {**KETAMINE, "hcpcs": None, "drug": "ketamin"}, "formulary"),
            ("order", ORDER | {"momment": "start"}, "momment: unknown key"),
            ("order", ORDER | {"moment": "begin"}, "moment"),
            ("order", ORDER | {"visit_type": "urgent"}, "visit_type"),
            ("order", ORDER | {"at": "2026-11-20T10:00:00"}, "at"),
            ("order", ORDER | {"orders": []}, "orders"),
            ("order", order(alergies=[]), "patient.alergies: unknown key"),
            ("order", order(allergies=["sulphite"]), "unknown allergy sulphite"),
            ("order", order(allergies=["other:"]), "unknown allergy other:"),
            ("order", order(allergies="sulfite"), "patient.allergies"),
            ("order", order(conditions=["migrane"]), "unknown condition migrane"),
            ("order", order(conditions=["pregnancy"]), "pregnancy is derived"),
            ("order", order(conditions=["no_driver"]), "no_driver is derived"),
            ("order", order(conditions=["egg_allergy"]), "egg_allergy is derived"),
            ("order", order(home_medications=[{"group": "triptans", "name": "x"}]), "unknown group triptans"),
            ("order", order(given=[{"drug": "advil", "amount": 1, "unit": "mg"}]), "patient.given.0.at"),
            ("order", order(screening={"new_headache": True}), "new_headache: unknown key"),
            ("order", order(iv_site="forarm"), "unknown place forarm"),
            ("order", order(driver="yes"), "patient.driver"),
            ("order", order(age_years=34.5), "patient.age_years"),
            ("order", order_of(drug="dhe"), "unknown drug dhe"),
            ("order", order_of(dose=0), "orders.0.dose"),
            ("order", order_of(dose=float("nan")), "orders.0.dose"),
            ("order", order_of(unit="mL"), "dosed in mg"),
            ("order", order_of(method="iv"), "orders.0.method"),
            ("order", order_of(indication="pain"), "orders.0.indication"),
            ("order", order_of(product={"allergens": ["eggs"]}), "unknown allergy group eggs"),
            ("order", ORDER | {"site": {"orderable": ["propofoll"]}}, "unknown drug propofoll"),
            ("order", ORDER | {"site": {"drugs": [{"id": "ours", "tags": []}]}}, "tags: unknown key"),
            ("order", ORDER | {"site": {"drugs": [{"id": "ketorolac"}]}}, "in the formulary already"),
        ],
    )
    def test_the_sentence_names_what_is_wrong(self, kind, case, about):
        answers, all_read = explain(kind, [case])
        assert not all_read
        assert answers[0].keys() == {"id", "error"}
        assert about in answers[0]["error"]

    def test_the_others_are_answered_in_order(self):
        answers, all_read = explain(
            "npi", [{"id": "a", "input": "1"}, {"id": "b"}, {"id": "c", "input": "1234567893"}]
        )
        assert [answer["id"] for answer in answers] == ["a", "b", "c"]
        assert (answers[0]["valid"], answers[2]["valid"], all_read) == (False, True, False)


def test_notes_are_ignored_and_other_kinds_skipped():
    notes = {"title": "t", "why": "w", "basis": "b", "source": "s", "note": "n", "expect": {"valid": False}}
    cases = [
        {"id": "a", "kind": "ndc", "input": "?"},
        {"id": "b", "kind": "npi", "input": "1234567893", **notes},
    ]
    assert explain("npi", cases) == ([{"id": "b", "valid": True}], True)


class TestUnitsCases:
    def test_an_unclassified_code_has_one_unit_and_a_text(self):
        assert only_answer("units", KETAMINE)["lines"] == [
            {
                "units": 1,
                "modifiers": [],
                "ndc11": "12345067890",
                "ndc_qty": 0.5,
                "ndc_uom": "ML",
                "sv101_7": "KETAMINE HCL 25 MG IV",
            }
        ]

    @pytest.mark.parametrize(
        ("dos", "code", "units"), [("2025-12-31", "J3490", 1), ("2026-01-01", "J3379", 100)]
    )
    def test_without_a_code_the_formulary_has_the_one_of_the_day(self, dos, code, units):
        case = {**KETAMINE, "hcpcs": None, "drug": "valproate_sodium", "dos": dos, "dose_mg": 500}
        (line,) = only_answer("units", case)["lines"]
        assert (line["hcpcs"], line["units"]) == (code, units)

    def test_the_payer_decides_the_modifier_of_small_waste(self):
        case = {**KETAMINE, "hcpcs": "J1790", "unit_mg": 5, "dose_mg": 2.5, "container": "single"}
        case["vials"] = [{"mg": 5, "ml": 2, "n": 1, "ndc": "12345-678-90", "lot": "A1"}]
        assert only_answer("units", case)["lines"][0]["modifiers"] == ["JZ"]
        case["policy"] = {"jz_when_sub_unit_waste": False}
        assert only_answer("units", case)["lines"][0]["modifiers"] == []


class TestOrderCases:
    def test_remarks_are_ignored_inside_a_case_too(self):
        case = order(note="seen twice")
        case["orders"] = [case["orders"][0] | {"why": "as before", "source": "chart"}]
        assert only_answer("order", case) == only_answer("order", ORDER)

    def test_grams_and_micrograms_are_understood(self):
        grams = order_of(dose=0.0005, unit="g")
        assert only_answer("order", grams) == only_answer("order", order_of(dose=0.5, unit="mg"))

    def test_a_drug_that_the_center_added_is_dosed_as_the_case_writes_it(self):
        site = {"drugs": [{"id": "ringer_lactate", "class_tags": ["fluid"]}]}
        case = order_of(drug="ringer_lactate", dose=500, unit="mL") | {"site": site}
        assert only_answer("order", case)["verdict"] == "allow"

    def test_a_drug_that_the_center_added_stays_in_its_case(self):
        site = {"drugs": [{"id": "ringer_lactate"}]}
        case = order_of(drug="ringer_lactate")
        answers, all_read = explain("order", [case | {"site": site}, case])
        assert "verdict" in answers[0]
        assert "unknown drug" in answers[1]["error"]
        assert not all_read

    def test_the_answer_has_these_keys_and_no_others(self):
        answer = only_answer("order", ORDER)
        assert list(answer) == ["id", "verdict", "findings"]
        assert list(answer["findings"][0]) == ["rule", "severity", "drug", "message"]


class TestTheCommand:
    def run(self, *arguments):
        said, complained, status = StringIO(), StringIO(), 0
        try:
            call_command("explain", *arguments, stdout=said, stderr=complained)
        except SystemExit as end:
            status = end.code
        return status, said.getvalue(), complained.getvalue()

    def file(self, folder, cases):
        path = folder / "cases.json"
        path.write_text(json.dumps(cases), encoding="utf-8")
        return str(path)

    def test_it_prints_the_answers_and_nothing_else(self, tmp_path):
        status, said, complained = self.run("npi", self.file(tmp_path, [{"id": "a", "input": "1234567893"}]))
        assert (status, json.loads(said), complained) == (0, [{"id": "a", "valid": True}], "")

    def test_it_reads_standard_input(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", StringIO("[]"))
        assert self.run("npi") == (0, "[]\n", "")

    def test_a_case_that_cannot_be_read_is_status_one(self, tmp_path):
        status, said, _ = self.run("npi", self.file(tmp_path, [{"id": "a"}]))
        assert (status, json.loads(said)[0]["id"]) == (1, "a")

    @pytest.mark.parametrize("kind", sorted(NOT_BUILT))
    def test_what_is_not_built_says_so_with_status_two(self, kind):
        assert self.run(kind) == (2, "", f"explain {kind} is not built yet.\n")

    def test_rows_of_a_center_that_are_not_there_are_refused(self, tmp_path):
        status, said, complained = self.run("npi", "--rules", str(tmp_path / "rows.json"))
        assert (status, said) == (2, "")
        assert "rows.json" in complained
        assert document()["drugs"], "the shipped rows are still in use"

    @pytest.mark.parametrize("content", ["{", "{}", "\ufeff", "5"])
    def test_what_is_no_array_is_refused_whole(self, tmp_path, content):
        path = tmp_path / "cases.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(CommandError, match=r"cases\.json"):
            self.run("npi", str(path))

    def test_a_file_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(CommandError, match=r"gone\.json"):
            self.run("npi", str(tmp_path / "gone.json"))


def test_every_kind_is_built_or_says_it_is_not():
    assert BUILT | NOT_BUILT == KINDS
    assert not BUILT & NOT_BUILT


def processor_seconds():
    """Of the processes this one started and saw end: the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("kind", ["coding", "order"])
def test_a_thousand_cases_need_no_server_no_environment_and_under_ten_seconds(kind, tmp_path):
    cases = [{**case, "id": f"{case['id']}.{n}"} for n in range(34) for case in worked(kind)][:1000]
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    began = processor_seconds()
    ran = subprocess.run(
        [sys.executable, "manage.py", "explain", kind, str(tmp_path / "cases.json")],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "EMBEDDED_DIR": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert processor_seconds() - began < 10
    assert len(json.loads(ran.stdout)) == 1000
