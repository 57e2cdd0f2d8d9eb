"""Where a person answers what a finding asks for: the address of the field, at the visit if there is one.

An address carries keys and the name of a field, nothing about anybody.
"""

from django.urls import reverse

from patients.models import Patient
from visits.models import Visit

MISSING = "missing:"
# WHAT of `missing:WHAT` (contracts.md 1), and rules that name a gap themselves -> the question of the form.
QUESTIONS = {
    "last_taken_at": "taken",
    "pregnancy": "pregnancy",
    "weeks": "due_on",
    "contraception": "contraception",
    "nerve_block": "nerve_block",
    "infusion_number": "infusion_number",
    "new_headache_type": "new_headache_type",
    "no_driver": "has_driver",
    "driver": "has_driver",
    "allergies": "allergies",
    "home_medications": "medications",
    "conditions": "conditions",
    "guardian_consent": "guardian_consent",
    "natalizumab_rems": "rems_enrolled",
}
RESULTS = {
    "crcl_ml_min": "creatinine",
    "hcg": "hcg",
    "dhe_hcg_missing": "hcg",
    "valproate_hcg_missing": "hcg",
    "ecg": "ecg",
    "droperidol_no_ecg": "ecg",
    "haloperidol_no_ecg": "ecg",
    "dhe_cv_risk_no_ecg": "ecg",
    "biologic_screen": "hbv",
    "amyloid_mri_gate": "mri",
    "last_mri_at": "mri",
}
WEIGHTS = {"weight_kg", "no_weight_weight_based"}
OUTCOMES = {"hcg", "hbv", "mri"}
# On the patient's page: the panel of a fact that the questions there do not hold.
PANELS = {"allergies": "allergies", "home_medications": "medications", "conditions": "conditions"}
ANSWERS_OF_PREGNANCY = {"pregnancy": "status", "weeks": "due_on", "contraception": "contraception"}


# Rules that name a gap themselves: their findings lead to a field as well.
NAMING = {"no_driver", "natalizumab_rems", *WEIGHTS, *RESULTS} - {"weight_kg"}


def asked_by(rule: str, asks: str) -> str:
    """What a finding asks for, as `where_to_answer` takes it; empty: nothing a field could answer."""
    return asks or (rule if rule in NAMING else "")


def where_to_answer(asks: str, *, patient: Patient, visit: Visit | None) -> str:
    """The address, with a fragment, of the field that answers `asks`.

    `asks` is `missing:weight_kg`, `weight_kg`, or the id of a rule that names a gap (`droperidol_no_ecg`).
    What no such field holds is answered by the chart, or without a visit by the patient's page.
    """
    what = asks.removeprefix(MISSING)
    of_the_person = _of_the_person(what, patient)
    if of_the_person:
        return of_the_person
    return _at_the_patient(what, patient) if visit is None else _at_the_visit(what, visit)


def _of_the_person(what: str, patient: Patient) -> str:
    """What is answered on the patient's pages, visit or not."""
    if what == "sex_at_birth":
        return reverse("patients:correct", args=[patient.key]) + "#id_sex_at_birth"
    if what == "home_dose":
        return reverse("patients:add_home_dose", args=[patient.key]) + "#questions_amount"
    return ""


def _at_the_visit(what: str, visit: Visit) -> str:
    key = visit.key
    if what in QUESTIONS:
        return reverse("visits:ask", args=[key]) + f"#ask-{key}-{QUESTIONS[what]}"
    if what in RESULTS:
        return reverse("visits:result", args=[key, RESULTS[what]]) + f"#ask-{key}-{_field(RESULTS[what])}"
    if what in WEIGHTS:
        return reverse("visits:weigh", args=[key]) + f"#ask-{key}-value"
    if what == "vitals":
        return reverse("visits:vitals", args=[key]) + "#write-title"
    if what == "iv_site":
        return reverse("visits:iv_site", args=[key]) + f"#ask-{key}-iv_site"
    return reverse("visits:chart", args=[key]) + "#given-title"


def _at_the_patient(what: str, patient: Patient) -> str:
    key = patient.key
    if what in ANSWERS_OF_PREGNANCY:
        return reverse("patients:ask_pregnancy", args=[key]) + f"#pregnancy_{ANSWERS_OF_PREGNANCY[what]}"
    if what in PANELS:
        return reverse("patients:patient", args=[key]) + f"#{PANELS[what]}"
    if what == "last_taken_at":
        return reverse("patients:patient", args=[key]) + "#medications"
    if what in QUESTIONS and QUESTIONS[what] != "has_driver":
        return reverse("patients:questions", args=[key]) + f"#questions_{QUESTIONS[what]}"
    if what in RESULTS:
        return reverse("patients:add_result", args=[key, RESULTS[what]]) + f"#results_{_field(RESULTS[what])}"
    if what in WEIGHTS:
        return reverse("patients:weigh", args=[key]) + "#weights_value"
    return reverse("patients:patient", args=[key]) + "#results"


def _field(kind: str) -> str:
    return "outcome" if kind in OUTCOMES else "number"
