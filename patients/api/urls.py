"""Mounted at /api/v1/."""

from django.urls import path

from patients.api import facts, people, results

urlpatterns = [
    path("patients/find", people.FindPatients.as_view(), name="api_patients_find"),
    path("patients", people.RegisterPatient.as_view(), name="api_patients"),
    path("patients/<uuid:key>", people.OnePatient.as_view(), name="api_patient"),
    path("patients/<uuid:key>/allergies", facts.NoteAllergy.as_view(), name="api_patient_allergies"),
    path("patients/<uuid:key>/conditions", facts.NoteCondition.as_view(), name="api_patient_conditions"),
    path("patients/<uuid:key>/medications", facts.NoteMedication.as_view(), name="api_patient_medications"),
    path("patients/<uuid:key>/measurements", facts.Measure.as_view(), name="api_patient_measurements"),
    path("patients/<uuid:key>/coverages", facts.NoteCoverage.as_view(), name="api_patient_coverages"),
    path("patients/<uuid:key>/pregnancy", facts.AnswerPregnancy.as_view(), name="api_patient_pregnancy"),
    path("patients/<uuid:key>/results", results.Results.as_view(), name="api_patient_results"),
    path(
        "patients/<uuid:key>/results/<uuid:result>/error",
        results.ResultInError.as_view(),
        name="api_patient_result_in_error",
    ),
    path("patients/<uuid:key>/screening", results.Screening.as_view(), name="api_patient_screening"),
    path("patients/<uuid:key>/home-doses", results.HomeDoses.as_view(), name="api_patient_home_doses"),
    path(
        "patients/<uuid:key>/home-doses/<uuid:dose>/error",
        results.HomeDoseInError.as_view(),
        name="api_patient_home_dose_in_error",
    ),
    path("patients/<uuid:key>/answers", facts.AnswerList.as_view(), name="api_patient_answers"),
]
