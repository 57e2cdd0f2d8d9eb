"""Doors of the API for claims."""

from django.urls import path

from billing.api import claims, files

urlpatterns = [
    path("claims", claims.Claims.as_view(), name="api_claims"),
    path("claims/<uuid:key>", claims.OneClaim.as_view(), name="api_claim"),
    path("claims/<uuid:key>/diagnoses", claims.ClaimDiagnoses.as_view(), name="api_claim_diagnoses"),
    path("claims/<uuid:key>/code", claims.ClaimCode.as_view(), name="api_claim_code"),
    path("claims/<uuid:key>/holds/<int:pk>/clear", claims.ClearHold.as_view(), name="api_claim_clear_hold"),
    path("submissions", files.Submissions.as_view(), name="api_submissions"),
    path("submissions/<uuid:key>/file", files.SubmissionFile.as_view(), name="api_submission_file"),
    path("answers", files.Answers.as_view(), name="api_answers"),
]
