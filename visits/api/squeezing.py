"""Squeeze in, for programs: ask, look whether a worker has found a way, confirm or drop it."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.api import read, shown
from patients.selectors.card import patient_by_key
from regimens.models import Order, Regimen
from visits.api import squeezing_shapes as shapes
from visits.api.booking_shapes import VisitOut
from visits.models import Squeeze
from visits.selectors import squeezing as squeezes
from visits.services import squeezing
from visits.tasks import wake_the_solver


class AskSqueeze(APIView):
    """Nothing moves: a worker looks who could."""

    requires = Can.BOOK_VISIT

    @extend_schema(
        operation_id="squeezes_ask", request=shapes.SqueezeQuestion, responses={201: shapes.SqueezeOut}
    )
    def post(self, request: StaffApiRequest) -> Response:
        typed, now = read(shapes.SqueezeQuestion, request.data), clock.now()
        patient = patient_by_key(typed.pop("patient"))
        squeeze = squeezing.ask(site=request.site, patient=patient, **typed, by=request.user, at=now)
        wake_the_solver()
        return Response(_shown(squeeze), status=201)


class LookAtSqueeze(APIView):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="squeezes_look", responses=shapes.SqueezeOut)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        reading.list_opened(page="api_squeeze", by=request.user, at=clock.now())
        return Response(_shown(squeezes.by_key(site=request.site, key=key)))


class ConfirmSqueeze(APIView):
    """Those who move are moved and the visit is booked, or 409 and nothing is."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="squeezes_confirm", request=shapes.Agreement, responses={201: VisitOut})
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        facts, squeeze = read(shapes.Agreement, request.data), squeezes.by_key(site=request.site, key=key)
        facts["orders"] = [get_object_or_404(Order, key=one) for one in facts.get("orders", [])]
        if "regimen" in facts:
            facts["regimen"] = get_object_or_404(Regimen, code=facts["regimen"])
        visit = squeezing.confirm(squeeze=squeeze, **facts, by=request.user, at=clock.now())
        return Response(shown(VisitOut, visit), status=201)


class DropSqueeze(APIView):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="squeezes_drop", request=None, responses=shapes.SqueezeOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        squeeze = squeezes.by_key(site=request.site, key=key)
        return Response(_shown(squeezing.drop(squeeze=squeeze, by=request.user, at=clock.now())))


def _shown(squeeze: Squeeze) -> Any:
    return shapes.SqueezeOut(squeezes.shown(squeeze, at=clock.now())).data
