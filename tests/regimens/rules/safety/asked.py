"""Cases for `explain order`, built from one healthy man of 34 with fresh data, a driver and no medicines.

Hours and days are counted back from the order, which is 20 November 2026, 10:00 in Chicago.
"""

from datetime import datetime, timedelta

from infusion_center.contracts import explain
from infusion_center.contracts.order import book_in_use

NOW = datetime.fromisoformat("2026-11-20T10:00:00-06:00")
HEALTHY = {
    "age_years": 34,
    "sex_at_birth": "male",
    "weight_kg": 80,
    "height_cm": 178,
    "conditions": ["migraine"],
    "allergies": [],
    "pregnancy": {"status": "not_possible", "weeks": None, "hcg": None, "contraception": None},
    "home_medications": [],
    "given": [],
    "ecg": {"qtc_ms": 415, "at": "2026-11-20T09:15:00-06:00"},
    "labs": {"crcl_ml_min": 95, "at": "2026-10-28T09:00:00-05:00"},
    "vitals": {"sbp": 124, "dbp": 76, "hr": 72, "spo2": 98, "at": "2026-11-20T09:45:00-06:00"},
    "driver": True,
    "iv_site": "forearm",
    "rescue_visits": [],
    "screening": {"nerve_block": None},
}
# A dose that no rule minds for a man of 80 kg, and how it is given where that is no infusion.
DOSE = {
    "acetaminophen_iv": 1000,
    "caffeine_sodium_benzoate": 500,
    "chlorpromazine": 12.5,
    "dexamethasone": 10,
    "dihydroergotamine": 0.5,
    "diphenhydramine": 25,
    "donanemab": 1400,
    "droperidol": 1.25,
    "epinephrine": 0.3,
    "eptinezumab": 100,
    "famotidine": 20,
    "haloperidol": 2.5,
    "infliximab": 400,
    "ketamine": 24,
    "ketorolac": 15,
    "lecanemab": 800,
    "levetiracetam": 1000,
    "lidocaine": 240,
    "magnesium_sulfate": 1000,
    "methocarbamol": 1000,
    "methylprednisolone": 125,
    "metoclopramide": 10,
    "natalizumab": 300,
    "normal_saline": 500,
    "ocrelizumab": 600,
    "ondansetron": 4,
    "orphenadrine": 60,
    "prochlorperazine": 10,
    "promethazine": 12.5,
    "propofol": 20,
    "tramadol_iv": 50,
    "valproate_sodium": 750,
}
EVERYTHING_ON = {
    "orderable": [row.id for row in (drug.row for drug in book_in_use().drugs.values())],
    "staff": {"free_nurses": 1, "acls_on_site": True, "anesthesia_provider": True},
}


def ago(*, hours=0, minutes=0, days=0, at=NOW):
    return (at - timedelta(days=days, hours=hours, minutes=minutes)).isoformat()


def a(drug, dose=None, **more):
    """One order."""
    line = {
        "drug": drug,
        "dose": DOSE.get(drug, 10) if dose is None else dose,
        "unit": "mL" if drug == "normal_saline" else "mg",
        "method": "iv_infusion",
        "minutes": 60,
        "volume_ml": 100,
        "at": NOW.isoformat(),
        "indication": "headache",
        "product": {"allergens": [], "container": "single_dose"},
    }
    return line | more


def took(group, name, *, active=True, unknown=False, **when):
    """A home medication; `unknown`: nobody knows when it was last taken."""
    return {
        "group": group,
        "name": name,
        "active": active,
        "last_taken_at": None if unknown else ago(**when),
    }


def had(drug, amount=None, *, where="clinic", **when):
    """A dose given already."""
    unit = "mL" if drug == "normal_saline" else "mg"
    amount = DOSE[drug] if amount is None else amount
    return {"drug": drug, "amount": amount, "unit": unit, "at": ago(**when), "where": where}


def pregnant(weeks=None, **more):
    return woman(status="pregnant", weeks=weeks, **more)


def woman(status="not_pregnant", *, weeks=None, hcg=None, contraception="effective"):
    """The keys of a woman of 34; `hcg`: when a negative test was taken."""
    test = None if hcg is None else {"result": "negative", "at": hcg}
    return {
        "sex_at_birth": "female",
        "pregnancy": {"status": status, "weeks": weeks, "hcg": test, "contraception": contraception},
    }


def asking(*orders, moment="order", visit="rescue", site=EVERYTHING_ON, at=NOW, **patient):
    """The case. A bare drug name is its ordinary dose."""
    return {
        "id": "case",
        "moment": moment,
        "visit_type": visit,
        "at": at.isoformat(),
        "patient": HEALTHY | patient,
        "orders": [a(order) if isinstance(order, str) else order for order in orders],
        **({"site": site} if site is not None else {}),
    }


def answer(case):
    answers, _ = explain("order", [case])
    return answers[0]


def said(case):
    """Every finding as `severity rule`, in the order of the answer."""
    found = answer(case)
    assert "error" not in found, found
    return [f"{finding['severity']} {finding['rule']}" for finding in found["findings"]]


def verdict(case):
    found = answer(case)
    assert "error" not in found, found
    return found["verdict"]


WEIGHT = {"block": 3, "override_reason": 2, "warn": 1, "info": 0, "allow": -1}
