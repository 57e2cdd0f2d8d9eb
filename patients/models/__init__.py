from patients.models.coverage import Coverage, Payer, Relationship
from patients.models.history import Allergy, Condition, HomeMedication, Measurement, PregnancyAnswer
from patients.models.imports import ImportFile, PatientImport
from patients.models.patient import Contact, Identifier, Patient, Phone
from patients.models.reference import CodeMapping, Term
from patients.models.results import HomeDose, Result, ScreeningAnswer

__all__ = [
    "Allergy",
    "CodeMapping",
    "Condition",
    "Contact",
    "Coverage",
    "HomeDose",
    "HomeMedication",
    "Identifier",
    "ImportFile",
    "Measurement",
    "Patient",
    "PatientImport",
    "Payer",
    "Phone",
    "PregnancyAnswer",
    "Relationship",
    "Result",
    "ScreeningAnswer",
    "Term",
]
