"""The pages' verbs for programs: same abilities, same services, same sentences."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.api import read
from infusion_center.shared.shapes import Reason
from patients.selectors import card
from regimens.api import serializers as shapes
from regimens.models import Drug, Order, Regimen
from regimens.selectors import formulary, on_hand, orders
from regimens.selectors.composing import PlannedStep, steps_of
from regimens.services import ordering, stocking


class Drugs(ListAPIView):
    """The formulary by name."""

    requires = Can.BROWSE_FORMULARY
    serializer_class = shapes.DrugLine
    queryset = formulary.drugs()


class OneDrug(RetrieveAPIView):
    requires = Can.BROWSE_FORMULARY
    serializer_class = shapes.DrugDetail
    queryset = Drug.objects.prefetch_related("hcpcs_codes", "vials")
    lookup_field = "code"


class Regimens(ListAPIView):
    """The recipes in use."""

    requires = Can.BROWSE_FORMULARY
    serializer_class = shapes.RegimenLine
    queryset = formulary.regimens()


class OneRegimen(APIView):
    requires = Can.BROWSE_FORMULARY

    @extend_schema(responses=shapes.RegimenDetail)
    def get(self, request: StaffApiRequest, code: str) -> Response:
        regimen: Any = get_object_or_404(Regimen, code=code)
        regimen.ordered_steps = steps_of(regimen)
        return Response(shapes.RegimenDetail(regimen).data)


class Orders(APIView):
    """Write an order from a regimen, or step by step."""

    requires = Can.WRITE_ORDER

    @extend_schema(request=shapes.NewOrder, responses={201: shapes.OrderDetail})
    def post(self, request: StaffApiRequest) -> Response:
        asked = read(shapes.NewOrder, request.data)
        patient = card.patient_by_key(asked["patient"])
        regimen = _regimen(asked.get("regimen"))
        facts: dict[str, Any] = {"note": asked["note"], "by": request.user, "at": clock.now()}
        if "steps" in asked:
            facts |= {"steps": _steps(asked["steps"]), "title": asked["title"]}
            order = ordering.compose_order(patient=patient, regimen=regimen, **facts)
        else:
            assert regimen is not None  # the shape asks for one of the two
            facts |= {"without": asked["without"]}
            order = ordering.order_from_regimen(patient=patient, regimen=regimen, **facts)
        return answer(request, order, status.HTTP_201_CREATED)


class WithdrawOrder(APIView):
    requires = Can.WRITE_ORDER

    @extend_schema(request=Reason, responses=shapes.OrderDetail)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        reason = read(Reason, request.data)["reason"]
        order = ordering.withdraw_order(
            order=order_by_key(key), reason=reason, by=request.user, at=clock.now()
        )
        return answer(request, order)


class Lots(APIView):
    """What is on the shelf of the person's site; a delivery."""

    requires = Can.KEEP_STOCK

    @extend_schema(responses=shapes.LotLine(many=True))
    def get(self, request: StaffApiRequest) -> Response:
        reading.list_opened(page="api:lots", by=request.user, at=clock.now())
        return Response(shapes.LotLine(on_hand.lots_at(site=request.site), many=True).data)

    @extend_schema(request=shapes.NewLot, responses={201: shapes.LotLine})
    def post(self, request: StaffApiRequest) -> Response:
        asked = read(shapes.NewLot, request.data)
        found, whose = on_hand.product_by_code(asked.pop("code")), asked.pop("patient", None)
        scanned = {"number": found.number, "expires_on": found.expires_on}
        facts = scanned | asked
        if facts["expires_on"] is None:
            raise DomainError("The expiry is neither typed nor in the barcode.", field="expires_on")
        lot = stocking.receive_lot(
            site=request.site,
            product=found.product,
            patient=card.patient_by_key(whose) if whose else None,
            **facts,
            by=request.user,
            at=clock.now(),
        )
        return Response(
            shapes.LotLine(on_hand.lot_page(pk=lot.pk, site=request.site)).data,
            status=status.HTTP_201_CREATED,
        )


def _regimen(code: str | None) -> Regimen | None:
    regimen = Regimen.objects.filter(code=code).first() if code else None
    if code and regimen is None:
        raise DomainError("There is no regimen of this name.", field="regimen")
    return regimen


def _steps(asked: list[dict[str, Any]]) -> list[PlannedStep]:
    codes = {step["drug"] for step in asked}
    drugs = {drug.code: drug for drug in Drug.objects.filter(code__in=codes).prefetch_related("vials")}
    if codes - drugs.keys():
        raise DomainError("There is no such drug in the formulary.", field="steps")
    return [PlannedStep(**step | {"drug": drugs[step["drug"]]}) for step in asked]


def order_by_key(key: UUID) -> Order:
    """404 where there is none."""
    try:
        return orders.order_by_key(key)
    except Order.DoesNotExist as gone:
        raise Http404 from gone


def answer(request: StaffApiRequest, order: Any, code: int = status.HTTP_200_OK) -> Response:
    """The order as it stands: an answer about one named patient, so the access log says so."""
    reading.chart_opened(patient_key=order.patient.key, page="api:order", by=request.user, at=clock.now())
    order.ordered_steps = list(order.steps.select_related("drug").order_by("position"))
    return Response(shapes.OrderDetail(order).data, status=code)
