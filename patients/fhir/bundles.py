"""A file from its bytes to its Contents. One bad resource is a problem of its own; the others go in."""

from collections.abc import Callable
from typing import Any

from patients.fhir import covers, facts, files, measures, people
from patients.fhir.files import Entry
from patients.fhir.reading import Index
from patients.fhir.records import Contents, LeftOut, Problem, UnreadableFile
from patients.fhir.resources import validated

Take = Callable[[Contents, Any, str, Index], None]

# What each kind of resource becomes.
TAKES: dict[str, Take] = {
    "Condition": lambda into, one, key, index: into.conditions.append(facts.condition(one, key, index)),
    "AllergyIntolerance": lambda into, one, key, index: into.allergies.append(facts.allergy(one, key, index)),
    "MedicationRequest": lambda into, one, key, index: into.medications.append(
        facts.medication(one, key, index)
    ),
    "MedicationStatement": lambda into, one, key, index: into.medications.append(
        facts.medication(one, key, index)
    ),
    "Observation": lambda into, one, key, index: into.measures.extend(measures.measures(one, key, index)),
    "Coverage": lambda into, one, key, index: into.covers.append(covers.cover(one, key, index)),
}


def read(raw: bytes) -> Contents:
    """Everything a file says. Raises UnreadableFile where nothing of it can be taken in."""
    entries = files.entries(raw)
    contents, index = Contents(), Index(entries)
    patients = [entry for entry in entries if entry.raw.get("resourceType") == "Patient"]
    for entry in patients:
        _person(entry, contents)
    if not contents.people:
        reasons = [problem.reason for problem in contents.problems]
        raise UnreadableFile(reasons[0] if reasons else "There is no Patient in this file.")
    for entry in entries:
        if entry.raw.get("resourceType") != "Patient":
            _fact(entry, contents, index)
    return contents


def _person(entry: Entry, contents: Contents) -> None:
    try:
        contents.people.append(people.person(validated(entry.raw), _named(entry)))
    except LeftOut as no:
        contents.problems.append(Problem(entry.key, no.message))


def _fact(entry: Entry, contents: Contents, index: Index) -> None:
    kind = entry.raw.get("resourceType")
    if kind not in TAKES or (kind == "Observation" and not measures.is_ours(entry.raw)):
        if kind not in ("Medication", "Organization"):  # read where they are pointed to
            contents.passed_over[str(kind)] += 1
        return
    try:
        if entry.deleted:
            raise LeftOut("The sender has deleted it. Look at what we have of it.")
        TAKES[kind](contents, validated(entry.raw), _named(entry), index)
    except LeftOut as no:
        contents.problems.append(Problem(entry.key, no.message))


def _named(entry: Entry) -> str:
    """The key we find the row again by. Raises LeftOut where there is none: it would come in twice."""
    if entry.key.endswith("/") or len(entry.key) > 120:
        raise LeftOut("It has no id.")
    return entry.key
