"""What is true of a patient's health, and who pays: one POST per kind of row."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.shared import clock
from infusion_center.shared.api import read, shown
from patients.api.serializers import (
    AllergySerializer,
    AnswerSerializer,
    AnswersSerializer,
    ConditionSerializer,
    CoverageSerializer,
    MeasurementSerializer,
    MedicationSerializer,
    PregnancySerializer,
)
from patients.selectors import card
from patients.services import coverage, history

ANSWERS = {"none": history.answer_none, "reviewed": history.review}


def _noted(request: StaffApiRequest, key: UUID, shape: type[Serializer[Any]], verb: Any) -> Response:
    """Read the row, call the verb, answer with the row as it was kept."""
    said, patient = read(shape, request.data), card.patient_by_key(key)
    row = verb(patient=patient, **said, by=request.user, at=clock.now())
    return Response(shown(shape, row), status=201)


class NoteAllergy(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(
        operation_id="patients_note_allergy", request=AllergySerializer, responses={201: AllergySerializer}
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return _noted(request, key, AllergySerializer, history.add_allergy)


class NoteCondition(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(
        operation_id="patients_note_condition",
        request=ConditionSerializer,
        responses={201: ConditionSerializer},
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return _noted(request, key, ConditionSerializer, history.add_condition)


class NoteMedication(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(
        operation_id="patients_note_medication",
        request=MedicationSerializer,
        responses={201: MedicationSerializer},
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return _noted(request, key, MedicationSerializer, history.add_medication)


class Measure(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(
        operation_id="patients_measure", request=MeasurementSerializer, responses={201: MeasurementSerializer}
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return _noted(request, key, MeasurementSerializer, history.measure)


class AnswerPregnancy(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(
        operation_id="patients_answer_pregnancy",
        request=PregnancySerializer,
        responses={201: PregnancySerializer},
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return _noted(request, key, PregnancySerializer, history.answer_pregnancy)


class NoteCoverage(APIView):
    requires = Can.REGISTER_PATIENT

    @extend_schema(
        operation_id="patients_note_coverage", request=CoverageSerializer, responses={201: CoverageSerializer}
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return _noted(request, key, CoverageSerializer, coverage.add_coverage)


class AnswerList(APIView):
    """None, or reviewed and nothing changed, for one of the three lists."""

    requires = Can.RECORD_HISTORY

    @extend_schema(operation_id="patients_answer", request=AnswerSerializer, responses=AnswersSerializer)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        said, patient = read(AnswerSerializer, request.data), card.patient_by_key(key)
        ANSWERS[said["answer"]](patient=patient, what=said["what"], by=request.user, at=clock.now())
        return Response(shown(AnswersSerializer, patient))
