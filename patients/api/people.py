"""Find, register, read and correct a patient."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.api import read, shown
from patients.api.serializers import (
    CorrectionSerializer,
    FoundSerializer,
    PatientSerializer,
    QuestionSerializer,
    RegistrationSerializer,
)
from patients.selectors import card, search
from patients.services import registration


class FindPatients(APIView):
    """POST, so that no name stands in an address."""

    requires = Can.FIND_PATIENT

    @extend_schema(
        operation_id="patients_find", request=QuestionSerializer, responses={200: FoundSerializer(many=True)}
    )
    def post(self, request: StaffApiRequest) -> Response:
        asked = read(QuestionSerializer, request.data)
        reading.list_opened(page="api:patients_find", by=request.user, at=clock.now())
        return Response(FoundSerializer(search.find(**asked), many=True).data)


class RegisterPatient(APIView):
    requires = Can.REGISTER_PATIENT

    @extend_schema(
        operation_id="patients_register", request=RegistrationSerializer, responses={201: PatientSerializer}
    )
    def post(self, request: StaffApiRequest) -> Response:
        said = read(RegistrationSerializer, request.data)
        patient = registration.register(**said, by=request.user, at=clock.now())
        return Response(shown(PatientSerializer, patient), status=201)


class OnePatient(APIView):
    """A merged record's key answers with the record it was merged into."""

    requires = {"GET": Can.READ_CHART, "PATCH": Can.REGISTER_PATIENT}

    @extend_schema(operation_id="patients_read", responses=PatientSerializer)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        patient = card.patient_by_key(key)
        reading.chart_opened(patient_key=patient.key, page="api:patient", by=request.user, at=clock.now())
        return Response(shown(PatientSerializer, patient))

    @extend_schema(operation_id="patients_correct", request=CorrectionSerializer, responses=PatientSerializer)
    def patch(self, request: StaffApiRequest, key: UUID) -> Response:
        patient = card.patient_by_key(key)
        said = CorrectionSerializer(data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        registration.correct(patient=patient, **said.validated_data, by=request.user, at=clock.now())
        return Response(shown(PatientSerializer, patient))
