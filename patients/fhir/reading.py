"""Small readings that every kind of resource shares: codes, days, moments, references."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from patients.fhir.files import Entry
from patients.fhir.records import LeftOut
from patients.rules.fhir_mapping import Coding

SYSTEMS = {
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "urn:oid:2.16.840.1.113883.6.90": "icd10",
    "http://loinc.org": "loinc",
}


class Index:
    """Finds what a reference points to: by full address, by `Type/id`, by the bare id of a urn."""

    def __init__(self, entries: Iterable[Entry]):
        self._found: dict[str, Entry] = {}
        for entry in entries:
            kind, own = entry.key.split("/", 1)
            for name in (entry.full_url, entry.key, f"urn:uuid:{own}", f"{kind}:{own}"):
                if name:
                    self._found.setdefault(name, entry)

    def entry(self, reference: Any) -> Entry | None:
        """The entry of a Reference (or None); versions and the server in front of it do not matter."""
        written = (getattr(reference, "reference", None) or "").split("/_history/")[0]
        return self._found.get(written) or self._found.get("/".join(written.split("/")[-2:]))

    def person(self, reference: Any) -> str:
        """The key of the Patient that a resource is about. Raises LeftOut where it is nobody in the file."""
        entry = self.entry(reference)
        if entry is None or not entry.key.startswith("Patient/"):
            raise LeftOut("It is about a patient who is not in this file.")
        return entry.key


def codings(concept: Any) -> tuple[Coding, ...]:
    """The codes of a CodeableConcept, those of systems we know first."""
    listed = [
        Coding(system, code.replace(".", "") if system == "icd10" else code, (coding.display or "").strip())
        for coding in (getattr(concept, "coding", None) or [])
        for system, code in [(SYSTEMS.get(coding.system or "", ""), coding.code or "")]
    ]
    return tuple(sorted(listed, key=lambda coding: not coding.system))


def text(concept: Any) -> str:
    """What a person would read: its text, a display, or the code. Empty where it says nothing."""
    if concept is None:
        return ""
    parts = [
        concept.text,
        *(c.display for c in concept.coding or []),
        *(c.code for c in concept.coding or []),
    ]
    return next((" ".join(part.split()) for part in parts if part), "")


def code(concept: Any) -> str:
    """The first code of a status."""
    listed = getattr(concept, "coding", None) or []
    return next((coding.code for coding in listed if coding.code), "")


def day(value: Any) -> date | None:
    """The day as written, in the sender's zone. None for a bare year or month, which is no day."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def moment(value: Any) -> datetime | None:
    """An aware moment in UTC; a bare day is taken at noon, so that no zone moves it to another day."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value, time(12), tzinfo=UTC) if isinstance(value, date) else None


def extension(element: Any, name: str) -> Any:
    """The extension whose address ends in `name`, or None."""
    return next((part for part in element.extension or [] if (part.url or "").endswith(f"/{name}")), None)
