"""The front desk for programs: times, bookings, moves, the board, calls. The same services as the pages."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.api import refusal_with
from infusion_center.shared.shapes import Reason
from patients.selectors.card import patient_by_key
from regimens.models import Order, Regimen
from visits.api import booking_shapes as shapes
from visits.models import CallRequest, Chair, Visit
from visits.selectors import availability, board, calls, day_lines, loads
from visits.selectors.details import visit_by_key
from visits.services import arriving, booking, extending, flow, moving
from visits.services import calls as calling


class Availability(APIView):
    """The best starts of a day and why not sooner. POST: a wish says something about a person."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="availability", request=shapes.Wish, responses=shapes.OffersOut)
    def post(self, request: StaffApiRequest) -> Response:
        wish = _typed(shapes.Wish, request)
        found = availability.offers(site=request.site, at=clock.now(), **wish)
        return Response(shapes.OffersOut(found).data)


AGAIN = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="Yours for this booking: sent again, it is answered with the visit it made.",
)


class BookVisit(APIView):
    """Book a visit; 409 with other times where there is no place."""

    requires = Can.BOOK_VISIT

    @extend_schema(
        operation_id="visits_book",
        parameters=[AGAIN],
        request=shapes.Booking,
        responses={201: shapes.VisitOut},
    )
    def post(self, request: StaffApiRequest) -> Response:
        typed = _typed(shapes.Booking, request)
        again = shapes.Again(data={"key": request.headers.get("Idempotency-Key")})
        again.is_valid(raise_exception=True)
        in_spite = typed.get("overbooked_reason") or typed.get("beyond_limit_because")
        if in_spite and not request.user.can(Can.OVERBOOK):
            raise PermissionDenied
        try:
            visit = booking.book_visit(
                **_facts(request, typed), **again.validated_data, by=request.user, at=clock.now()
            )
        except booking.NoPlace as no:
            return _other_times(no)
        return Response(shapes.VisitOut(visit).data, status=201)


class Move(APIView):
    """What every move of a visit shares: find it here, call the verb, answer with the visit."""

    def move(self, request: StaffApiRequest, key: UUID, verb: Callable[..., Visit], **facts: Any) -> Response:
        visit = visit_by_key(site=request.site, key=key)
        return Response(shapes.VisitOut(verb(visit=visit, by=request.user, at=clock.now(), **facts)).data)


class CheckIn(Move):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_check_in", request=None, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, arriving.check_in)


class Seat(Move):
    requires = Can.SEAT_PATIENT

    @extend_schema(operation_id="visits_seat", request=shapes.Seating, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        name = _typed(shapes.Seating, request).get("chair")
        chair = get_object_or_404(Chair, site=request.site, name=name) if name else None
        return self.move(request, key, flow.seat, chair=chair)


class Cancel(Move):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_cancel", request=Reason, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, flow.cancel, **_typed(Reason, request))


class NoShow(Move):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_no_show", request=None, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, flow.no_show)


class Extend(Move):
    """Longer or heavier at the same start; 409 in words where it does not fit."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_extend", request=shapes.Extension, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, extending.extend, **_typed(shapes.Extension, request))


class Replan(Move):
    """Another start, another chair, or both; 409 with other times where there is no place."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_move", request=shapes.NewPlace, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        typed = _typed(shapes.NewPlace, request)
        if name := typed.pop("chair", None):
            typed["chair"] = get_object_or_404(Chair, site=request.site, name=name)
        try:
            return self.move(request, key, moving.move, **typed)
        except booking.NoPlace as no:
            return _other_times(no)


class Undo(Move):
    requires = Can.UNDO_MOVE

    @extend_schema(operation_id="visits_undo", request=Reason, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, flow.undo, **_typed(Reason, request))


class Today(APIView):
    """The day's board; 304 while `version` is what stands. The selector's lines are the shape already."""

    requires = Can.SEE_BOARD

    @extend_schema(operation_id="today", parameters=[shapes.Day], responses=shapes.BoardOut)
    def get(self, request: StaffApiRequest) -> Response:
        asked = shapes.Day(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now, shown = clock.now(), asked.validated_data.get("version", "")
        if shown and board.unchanged(shown, at=now):
            return Response(status=304)
        reading.list_opened(page="api_today", by=request.user, at=now)
        day = asked.validated_data.get("day") or request.site.day_of(now)
        return Response(vars(day_lines.day_lines(site=request.site, day=day, at=now)))


class Calls(APIView):
    """GET: today's calls. POST: note one."""

    requires = {"GET": Can.SEE_BOARD, "POST": Can.BOOK_VISIT}

    @extend_schema(operation_id="calls", responses=shapes.CallOut(many=True))
    def get(self, request: StaffApiRequest) -> Response:
        now = clock.now()
        reading.list_opened(page="api_calls", by=request.user, at=now)
        found = calls.calls_of(site=request.site, day=request.site.day_of(now))
        return Response(shapes.CallOut([one.call for one in found.open], many=True).data)

    @extend_schema(operation_id="calls_take", request=shapes.Call, responses={201: shapes.CallOut})
    def post(self, request: StaffApiRequest) -> Response:
        typed, now = _typed(shapes.Call, request), clock.now()
        key = typed.pop("patient", None)
        patient = patient_by_key(key) if key else None
        day = request.site.day_of(now)
        call = calling.take_call(
            site=request.site, day=day, patient=patient, **typed, by=request.user, at=now
        )
        return Response(shapes.CallOut(call).data, status=201)


class AnswerCall(APIView):
    """What both answers to a call share."""

    def answer(self, request: StaffApiRequest, key: UUID, verb: Callable[..., CallRequest]) -> Response:
        call, facts = calls.call_by_key(site=request.site, key=key), _typed(Reason, request)
        return Response(shapes.CallOut(verb(call=call, by=request.user, at=clock.now(), **facts)).data)


class RefuseCall(AnswerCall):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="calls_refuse", request=Reason, responses=shapes.CallOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.answer(request, key, calling.refuse)


class CloseCall(AnswerCall):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="calls_close", request=Reason, responses=shapes.CallOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.answer(request, key, calling.close)


def _other_times(no: booking.NoPlace) -> Response:
    return refusal_with(no, shapes.OffersOut(no.offers).data)


def _typed(shape: Any, request: StaffApiRequest) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _facts(request: StaffApiRequest, typed: dict[str, Any]) -> dict[str, Any]:
    """Keys become rows; minutes and load come from what is booked unless they are given."""
    regimen = get_object_or_404(Regimen, code=typed["regimen"]) if typed.get("regimen") else None
    orders = [get_object_or_404(Order, key=key) for key in typed.pop("orders", [])]
    call = calls.call_by_key(site=request.site, key=typed["call"]) if typed.get("call") else None
    day = booking.day_asked(request.site, typed["starts_at"], at=clock.now())
    minutes = [order.chair_minutes for order in orders] or ([regimen.chair_minutes] if regimen else [])
    sizes = {"minutes": sum(minutes)}
    if "load" not in typed:
        sizes["load"] = loads.visit_load(
            site=request.site, day=day, orders=orders, regimen=regimen, otherwise=0
        )
    return (
        sizes
        | typed
        | {
            "site": request.site,
            "patient": patient_by_key(typed["patient"]),
            "regimen": regimen,
            "orders": orders,
            "call": call,
        }
    )
