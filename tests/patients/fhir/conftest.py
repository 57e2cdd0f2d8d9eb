"""The vocabularies, a folder for uploads, and FHIR people made up for one test."""

import json
from pathlib import Path

import pytest

from infusion_center.shared import clock
from patients.services import importing, reference, taking_in
from tests.clock import SEVEN

BUNDLES = Path(__file__).resolve().parents[3] / "infusion_center" / "reference" / "demo_patients"
VOCAB = json.loads((reference.FOLDER / "formulary.json").read_text())["vocab"]


@pytest.fixture
def vocabulary(db):
    reference.load_vocabulary(vocab=VOCAB, by=None, at=SEVEN)
    reference.load_code_mappings(at=SEVEN)


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return settings.UPLOAD_DIR


@pytest.fixture
def bring(vocabulary, felix):
    """Bring files (name → bytes, or a resource or list of resources) and read them; returns their rows."""

    def brought(at=None, by=felix, **files):
        at = at or clock.now()
        raw = [(name, [_bytes(content)]) for name, content in files.items()]
        batch = importing.receive(files=raw, by=by, at=at)
        while taking_in.read_next(at=at, batch=batch):
            pass
        return list(batch.files.order_by("pk"))

    return brought


def _bytes(content) -> bytes:
    if isinstance(content, bytes):
        return content
    return json.dumps(bundle(*content) if isinstance(content, list) else content).encode()


def bundle(*resources, kind="transaction"):
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def person(number="MR-1", **facts):
    """Vera Vale, whom another hospital calls MR-1."""
    base = {
        "resourceType": "Patient",
        "id": "vera",
        "name": [{"use": "official", "family": "Vale", "given": ["Vera"]}],
        "birthDate": "1980-05-06",
        "gender": "female",
        "identifier": [
            {"type": {"coding": [{"code": "MR"}]}, "system": "http://hospital.example", "value": number},
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-12-3456"},
        ],
    }
    return {**base, **facts}


def concept(text, code="", system=""):
    coding = [{"system": system, "code": code, "display": text}] if code else []
    return {"text": text, **({"coding": coding} if coding else {})}


def fact(kind, text, key="f1", status="active", **facts):
    """A Condition, AllergyIntolerance, MedicationRequest or MedicationStatement of Vera's."""
    whose = "patient" if kind == "AllergyIntolerance" else "subject"
    base = {"resourceType": kind, "id": key, whose: {"reference": "urn:uuid:vera"}}
    if kind.startswith("Medication"):
        base |= {"status": status, "medicationCodeableConcept": concept(text)}
        base |= {"intent": "order"} if kind == "MedicationRequest" else {}
    else:
        base |= {"code": concept(text), "clinicalStatus": {"coding": [{"code": status}]}}
    return {**base, **facts}


def weight(value, unit="kg", key="w1", at="2026-11-01T09:00:00-05:00", code="29463-7"):
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/vera"},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": unit},
    }
