"""Claims through the API: list, one, diagnose, code again, clear a hold."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.serializers import ClaimDetail, ClaimRow, Diagnoses
from billing.models import Claim
from billing.selectors import claim_page, worklist
from billing.services import charging
from billing.states import ClaimState
from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.api import Pages, read
from infusion_center.shared.shapes import Reason


class Claims(APIView):
    """The site's claims, oldest first."""

    requires = Can.SEE_CLAIMS

    @extend_schema(
        operation_id="claims_list",
        parameters=[OpenApiParameter("state", str, enum=ClaimState.values)],
        responses=ClaimRow(many=True),
    )
    def get(self, request: StaffApiRequest) -> Response:
        rows = worklist.for_list(claim_page.claims_of(request.site))
        state = request.query_params.get("state")
        if state:
            if state not in ClaimState.values:
                raise ValidationError({"state": ["There is no such state."]})
            rows = rows.filter(state=state)
        reading.list_opened(page="api:claims", by=request.user, at=clock.now())
        pages = Pages()
        listed = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(ClaimRow(listed, many=True).data)


class OneClaim(APIView):
    """One claim with its lines and open holds."""

    requires = Can.SEE_CLAIMS

    @extend_schema(operation_id="claims_read", responses=ClaimDetail)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        claim = claim_of(request, key)
        reading.chart_opened(patient_key=claim.patient.key, page="api:claim", by=request.user, at=clock.now())
        return shown(claim)


class ClaimDiagnoses(APIView):
    """Replace the list of diagnoses; the claim is coded again."""

    requires = Can.CODE_CLAIM

    @extend_schema(operation_id="claims_diagnose", request=Diagnoses, responses=ClaimDetail)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        said, claim = read(Diagnoses, request.data), claim_of(request, key)
        charging.set_diagnoses(claim=claim, codes=said["codes"], by=request.user, at=clock.now())
        return shown(claim_of(request, key))


class ClaimCode(APIView):
    """Code again from the chart as it is now."""

    requires = Can.CODE_CLAIM

    @extend_schema(operation_id="claims_code", request=None, responses=ClaimDetail)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        charging.code_claim(claim=claim_of(request, key), by=request.user, at=clock.now())
        return shown(claim_of(request, key))


class ClearHold(APIView):
    """A matter of judgement, settled with a reason."""

    requires = Can.CODE_CLAIM

    @extend_schema(operation_id="claims_clear_hold", request=Reason, responses=ClaimDetail)
    def post(self, request: StaffApiRequest, key: UUID, pk: int) -> Response:
        said, claim = read(Reason, request.data), claim_of(request, key)
        hold = get_object_or_404(claim.holds.select_related("claim"), pk=pk)
        charging.clear_hold(hold=hold, reason=said["reason"], by=request.user, at=clock.now())
        return shown(claim_of(request, key))


def claim_of(request: StaffApiRequest, key: UUID) -> Claim:
    rows = worklist.for_list(claim_page.claims_of(request.site)).select_related(
        "visit", "patient", "coverage__payer"
    )
    return get_object_or_404(rows, key=key)


def shown(claim: Claim) -> Response:
    claim.ordered_lines = list(claim.lines.order_by("position"))  # type: ignore[attr-defined]  # for ClaimDetail
    return Response(ClaimDetail(claim).data)
