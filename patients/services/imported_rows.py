"""The rows of one person as a file wants them: codes as terms of our vocabularies, numbers in our units."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from infusion_center.accounts.models import User
from infusion_center.errors import DomainError
from infusion_center.shared.clock import age_on
from patients.fhir import records
from patients.fhir.records import Contents
from patients.models import Patient
from patients.rules import fhir_mapping, measures
from patients.rules.fhir_mapping import NONE_KNOWN, Book
from patients.services.reconciling import Tally, Wanted
from patients.states import Life


class Rows:
    """What one person's part of a file amounts to, table by table.

    `implied`: conditions that taking a drug amounts to (digoxin). `nothing_known`: the file says "no known
    allergies". What cannot have been measured is reported and left out.
    """

    def __init__(
        self,
        *,
        contents: Contents,
        subject: str,
        patient: Patient,
        book: Book,
        tally: Tally,
        by: User | None,
        at: datetime,
    ):
        self._book, self._tally, self._by, self._at = book, tally, by, at
        self.implied: list[Wanted] = []
        self.nothing_known = False
        self.conditions = [self._condition(one) for one in contents.conditions if one.subject == subject]
        self.medications = [self._medication(one) for one in contents.medications if one.subject == subject]
        allergies = [self._allergy(one) for one in contents.allergies if one.subject == subject]
        self.allergies = [want for want in allergies if want]
        measured = [self._measured(one, patient) for one in contents.measures if one.subject == subject]
        self.measures = [want for want in measured if want]

    def _fact(self, one: records.Fact, facts: dict[str, Any], *, understood: bool = True) -> Wanted:
        coding = next(iter(one.codings), None)
        said = {
            "text": one.text[:200],
            "code_system": coding.system if coding else "",
            "code": coding.code[:20] if coding else "",
            "state": one.state,
            "unmapped": not understood,
        }
        once = {"source": "fhir", "source_key": one.key, "recorded_at": self._at, "recorded_by": self._by}
        create = one.state != Life.ENTERED_IN_ERROR
        return Wanted(key=one.key, resource=one.key, facts=said | facts, once=once, create=create)

    def _condition(self, one: records.Condition) -> Wanted:
        active = one.state == Life.ACTIVE
        meaning = fhir_mapping.condition(self._book, one.codings, one.text, active=active)
        facts = {"tag": meaning.term, "began_on": one.began_on, "ended_on": one.ended_on}
        return self._fact(one, facts, understood=meaning.understood)

    def _medication(self, one: records.Medication) -> Wanted:
        medicine = fhir_mapping.medicine(self._book, one.codings, one.text)
        for tag in medicine.conditions[:1]:
            taking = {"tag": tag, "began_on": one.started_on, "ended_on": one.ended_on}
            named = records.Fact(
                key=one.key, subject=one.subject, codings=(), text=f"Takes {one.text}", state=one.state
            )
            self.implied.append(self._fact(named, taking))
        facts = {
            "groups": list(medicine.groups),
            "ingredient": medicine.ingredient[:80],
            "started_on": one.started_on,
            "ended_on": one.ended_on,
        }
        return self._fact(one, facts, understood=medicine.understood)

    def _allergy(self, one: records.Allergy) -> Wanted | None:
        meaning = fhir_mapping.allergy(self._book, one.codings, one.text, categories=one.categories)
        if meaning.term == NONE_KNOWN or (meaning.understood and not meaning.term):
            self.nothing_known |= meaning.term == NONE_KNOWN and one.state == Life.ACTIVE
            self._tally.count("AllergyIntolerance", "says none")
            return None
        facts = {"group": meaning.term, "reaction": one.reaction, "severe": one.severe}
        return self._fact(one, facts, understood=meaning.understood)

    def _measured(self, one: records.Measure, patient: Patient) -> Wanted | None:
        try:
            value, unit = self._believed(one, patient)
        except DomainError as no:
            self._tally.report(one.key, no.message)
            self._tally.count("Observation", "left out")
            return None
        facts = {"value": value, "unit": unit, "measured_at": one.measured_at}
        once = {"kind": one.kind, "source": "fhir", "source_key": one.key, "recorded_by": self._by}
        return Wanted(key=(one.kind, one.key), resource=one.key, facts=facts, once=once)

    def _believed(self, one: records.Measure, patient: Patient) -> tuple[Decimal, str]:
        """In our unit. Raises a DomainError for what cannot have been measured."""
        age = age_on(patient.birth_date, one.measured_at.date())
        if age < 0:
            raise measures.Unbelievable("It was measured before the birth date.")
        if one.measured_at > self._at:
            raise measures.Unbelievable("It was measured in the future.")
        read = measures.read_measure(kind=one.kind, value=one.value, unit=one.unit, age_years=age)
        return read.value, read.unit
