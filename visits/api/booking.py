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
from infusion_center.shared.api import read, refusal_with, shown
from infusion_center.shared.shapes import Reason
from patients.selectors.card import patient_by_key
from regimens.models import Order, Regimen
from visits.api import booking_shapes as shapes
from visits.api.once import key_of
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
        wish = read(shapes.Wish, request.data)
        found = availability.offers(site=request.site, at=clock.now(), **wish)
        return Response(_told(found))


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
        typed = read(shapes.Booking, request.data)
        key = key_of(request)
        in_spite = typed.get("overbooked_reason") or typed.get("beyond_limit_because")
        if in_spite and not request.user.can(Can.OVERBOOK):
            raise PermissionDenied
        try:
            visit = booking.book_visit(**_facts(request, typed), key=key, by=request.user, at=clock.now())
        except booking.NoPlace as no:
            return other_times(no)
        return Response(shown(shapes.VisitOut, visit), status=201)


class Move(APIView):
    """What every move of a visit shares: find it here, call the verb, answer with the visit."""

    def move(self, request: StaffApiRequest, key: UUID, verb: Callable[..., Visit], **facts: Any) -> Response:
        visit = visit_by_key(site=request.site, key=key)
        return Response(shown(shapes.VisitOut, verb(visit=visit, by=request.user, at=clock.now(), **facts)))


class CheckIn(Move):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_check_in", request=None, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, arriving.check_in)


class Seat(Move):
    requires = Can.SEAT_PATIENT

    @extend_schema(operation_id="visits_seat", request=shapes.Seating, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        name = read(shapes.Seating, request.data).get("chair")
        chair = get_object_or_404(Chair, site=request.site, name=name) if name else None
        return self.move(request, key, flow.seat, chair=chair)


class Cancel(Move):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_cancel", request=Reason, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, flow.cancel, **read(Reason, request.data))


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
        return self.move(request, key, extending.extend, **read(shapes.Extension, request.data))


class Replan(Move):
    """Another start, another chair, or both; 409 with other times where there is no place."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="visits_move", request=shapes.NewPlace, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        typed = read(shapes.NewPlace, request.data)
        if name := typed.pop("chair", None):
            typed["chair"] = get_object_or_404(Chair, site=request.site, name=name)
        try:
            return self.move(request, key, moving.move, **typed)
        except booking.NoPlace as no:
            return other_times(no)


class Undo(Move):
    requires = Can.UNDO_MOVE

    @extend_schema(operation_id="visits_undo", request=Reason, responses=shapes.VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.move(request, key, flow.undo, **read(Reason, request.data))


class Today(APIView):
    """The day's board; 304 while `version` is what stands. The selector's lines are the shape already."""

    requires = Can.SEE_BOARD

    @extend_schema(operation_id="today", parameters=[shapes.Day], responses=shapes.BoardOut)
    def get(self, request: StaffApiRequest) -> Response:
        asked, now = read(shapes.Day, request.query_params), clock.now()
        version = asked.get("version", "")
        if version and board.unchanged(version, at=now):
            return Response(status=304)
        reading.list_opened(page="api_today", by=request.user, at=now)
        day = asked.get("day") or request.site.day_of(now)
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
        typed, now = read(shapes.Call, request.data), clock.now()
        key = typed.pop("patient", None)
        patient = patient_by_key(key) if key else None
        day = request.site.day_of(now)
        call = calling.take_call(
            site=request.site, day=day, patient=patient, **typed, by=request.user, at=now
        )
        return Response(shown(shapes.CallOut, call), status=201)


class AnswerCall(APIView):
    """What both answers to a call share."""

    def answer(self, request: StaffApiRequest, key: UUID, verb: Callable[..., CallRequest]) -> Response:
        call, facts = calls.call_by_key(site=request.site, key=key), read(Reason, request.data)
        return Response(shown(shapes.CallOut, verb(call=call, by=request.user, at=clock.now(), **facts)))


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


def _told(found: availability.Offers) -> dict[str, Any]:
    """The shape OffersOut already, but for the starts."""
    return vars(found) | {"starts": [vars(start) for start in found.starts]}


def other_times(no: booking.NoPlace) -> Response:
    """409, and the starts there are instead."""
    return refusal_with(no, _told(no.offers))


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
