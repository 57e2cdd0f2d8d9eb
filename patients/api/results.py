"""Results, answers and doses at home: read, written, struck out."""

from datetime import UTC, datetime
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.api import read, shown
from infusion_center.shared.shapes import Reason
from patients.api.result_shapes import (
    HomeDoseSerializer,
    ResultSerializer,
    ScreeningSerializer,
)
from patients.models import Patient
from patients.selectors import card
from patients.selectors import results as found
from patients.services import results, screening

READS_AND_WRITES = {"GET": Can.READ_CHART, "POST": Can.RECORD_HISTORY}
EVER = datetime(1900, 1, 1, tzinfo=UTC)


def _opened(request: StaffApiRequest, key: UUID, page: str) -> Patient:
    """The patient, noted in the access log."""
    patient = card.patient_by_key(key)
    reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=clock.now())
    return patient


class Results(APIView):
    requires = READS_AND_WRITES

    @extend_schema(operation_id="patients_results", responses=ResultSerializer(many=True))
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """The newest, those struck out too."""
        page = found.result_card(_opened(request, key, "api:patient_results"), limit=50)
        rows = [one.row for one in (*page.rows, *page.wrong)]
        return Response(ResultSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="patients_note_result", request=ResultSerializer, responses={201: ResultSerializer}
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        said, patient = read(ResultSerializer, request.data), card.patient_by_key(key)
        row = results.record(patient=patient, **said, by=request.user, at=clock.now())
        return Response(shown(ResultSerializer, row), status=201)


class ResultInError(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(operation_id="patients_result_in_error", request=Reason, responses=ResultSerializer)
    def post(self, request: StaffApiRequest, key: UUID, result: UUID) -> Response:
        said = read(Reason, request.data)
        row = found.result_of(card.patient_by_key(key), result)
        results.enter_in_error(result=row, **said, by=request.user, at=clock.now())
        return Response(shown(ResultSerializer, row))


class Screening(APIView):
    requires = READS_AND_WRITES

    @extend_schema(operation_id="patients_screening", responses=ScreeningSerializer(many=True))
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """The newest answer to each question that was ever asked."""
        rows = list(found.answers(_opened(request, key, "api:patient_screening"), EVER).values())
        return Response(ScreeningSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="patients_note_answer",
        request=ScreeningSerializer,
        responses={201: ScreeningSerializer},
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        said, patient = read(ScreeningSerializer, request.data), card.patient_by_key(key)
        block = screening.Block(
            said.pop("block_drug", ""), said.pop("block_mg", None), said.pop("block_at", None)
        )
        row = screening.answer(patient=patient, **said, block=block, by=request.user, at=clock.now())
        return Response(shown(ScreeningSerializer, row), status=201)


class HomeDoses(APIView):
    requires = READS_AND_WRITES

    @extend_schema(operation_id="patients_home_doses", responses=HomeDoseSerializer(many=True))
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """Every dose at home that stands, the oldest first."""
        rows = found.home_doses(_opened(request, key, "api:patient_home_doses"), EVER)
        return Response(HomeDoseSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="patients_note_home_dose",
        request=HomeDoseSerializer,
        responses={201: HomeDoseSerializer},
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        said, patient = read(HomeDoseSerializer, request.data), card.patient_by_key(key)
        row = screening.note_home_dose(patient=patient, **said, by=request.user, at=clock.now())
        return Response(shown(HomeDoseSerializer, row), status=201)


class HomeDoseInError(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(operation_id="patients_home_dose_in_error", request=Reason, responses=HomeDoseSerializer)
    def post(self, request: StaffApiRequest, key: UUID, dose: UUID) -> Response:
        said = read(Reason, request.data)
        row = found.home_dose_of(card.patient_by_key(key), dose)
        screening.home_dose_in_error(dose=row, **said, by=request.user, at=clock.now())
        return Response(shown(HomeDoseSerializer, row))
