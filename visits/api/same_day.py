"""The same-day flow for programs: red flags, the waitlist, freed times, walk-ins, the rate."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.api import read, shown
from patients.selectors.card import patient_by_key
from regimens.models import Regimen
from visits.api import same_day_shapes as shapes
from visits.api.booking_shapes import CallOut, VisitOut
from visits.models import CallRequest, Visit
from visits.selectors import seen, wanted
from visits.selectors.calls import call_by_key
from visits.selectors.waitlist import freed_by_key, offer_by_key, waiting_by_key, waitlist_of
from visits.services import calls, offering, triage, waitlist
from visits.services.walk_in import walk_in

CallVerb = Callable[..., CallRequest]


class OnACall(APIView):
    """What the acts on one call share."""

    requires = Can.BOOK_VISIT

    def act(
        self, request: StaffApiRequest, key: UUID, verb: Callable[..., CallRequest], shape: Any
    ) -> Response:
        call, typed = call_by_key(site=request.site, key=key), read(shape, request.data)
        return Response(shown(CallOut, verb(call=call, **typed, by=request.user, at=clock.now())))


class AskRedFlags(OnACall):
    @extend_schema(operation_id="calls_ask_red_flags", request=shapes.Asked, responses=CallOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.act(request, key, triage.ask, shapes.Asked)


class ClearFlag(OnACall):
    requires = Can.SIGN_ORDER

    @extend_schema(operation_id="calls_clear_flag", request=shapes.Clearing, responses=CallOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.act(request, key, triage.clear, shapes.Clearing)


class SendOn(OnACall):
    @extend_schema(operation_id="calls_send_on", request=shapes.SendingOn, responses=CallOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.act(request, key, calls.send_on, shapes.SendingOn)


class Waitlist(APIView):
    """GET: today's waitlist and freed times. POST: put somebody on it."""

    requires = {"GET": Can.SEE_BOARD, "POST": Can.BOOK_VISIT}

    @extend_schema(operation_id="waitlist", responses=shapes.WaitlistOut)
    def get(self, request: StaffApiRequest) -> Response:
        now = clock.now()
        reading.list_opened(page="api_waitlist", by=request.user, at=now)
        found = waitlist_of(site=request.site, day=request.site.day_of(now), at=now)
        return Response(shown(shapes.WaitlistOut, found))

    @extend_schema(operation_id="waitlist_join", request=shapes.Wait, responses={201: shapes.WaitingOut})
    def post(self, request: StaffApiRequest) -> Response:
        typed = read(shapes.Wait, request.data)
        code, call = typed.pop("regimen", None), typed.pop("call", None)
        regimen = get_object_or_404(Regimen, code=code) if code else None
        usual = {"minutes": wanted.UNDECIDED_MINUTES, "load": wanted.UNDECIDED_LOAD}
        if regimen is not None:
            usual = {"minutes": regimen.chair_minutes, "load": regimen.load}
        facts = usual | typed | {"patient": patient_by_key(typed["patient"]), "regimen": regimen}
        facts["call"] = call_by_key(site=request.site, key=call) if call else None
        entry = waitlist.join(site=request.site, **facts, by=request.user, at=clock.now())
        return Response(shown(shapes.WaitingOut, entry), status=201)


class LeaveWaitlist(APIView):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="waitlist_leave", request=shapes.Leaving, responses=shapes.WaitingOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        entry, typed = waiting_by_key(site=request.site, key=key), read(shapes.Leaving, request.data)
        left = calls.off_the_list(waiting=entry, **typed, by=request.user, at=clock.now())
        return Response(shown(shapes.WaitingOut, left))


class OfferTime(APIView):
    """A freed time to one of those who wait, as a hold that runs out; 409 where another desk was first."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="freed_offer", request=shapes.Offering, responses={201: shapes.OfferOut})
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        task, whom = freed_by_key(site=request.site, key=key), read(shapes.Offering, request.data)["waiting"]
        entry = waiting_by_key(site=request.site, key=whom)
        made = offering.offer(task=task, waiting=entry, by=request.user, at=clock.now())
        return Response(shown(shapes.OfferOut, made), status=201)


class AnswerOffer(APIView):
    """What both answers to an offer share."""

    requires = Can.BOOK_VISIT

    def answer(self, request: StaffApiRequest, key: UUID, verb: Callable[..., Visit]) -> Response:
        offer = offer_by_key(site=request.site, key=key)
        return Response(shown(VisitOut, verb(offer=offer, by=request.user, at=clock.now())))


class AcceptOffer(AnswerOffer):
    @extend_schema(operation_id="offers_accept", request=None, responses=VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.answer(request, key, offering.accept)


class DeclineOffer(AnswerOffer):
    @extend_schema(operation_id="offers_decline", request=None, responses=VisitOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.answer(request, key, offering.decline)


class WalkIn(APIView):
    """Arrived now where a start exists within minutes, else on the waitlist."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="walk_ins", request=shapes.Whom, responses={201: shapes.WalkInOut})
    def post(self, request: StaffApiRequest) -> Response:
        patient = patient_by_key(read(shapes.Whom, request.data)["patient"])
        what = wanted.of_a_walk_in(patient).facts
        came = walk_in(site=request.site, patient=patient, **what, by=request.user, at=clock.now())
        return Response(shown(shapes.WalkInOut, came), status=201)


class SeenSameDay(APIView):
    """Of those who asked: today and the last 30 days."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="seen_same_day", responses=shapes.RateOut)
    def get(self, request: StaffApiRequest) -> Response:
        rate = seen.seen_same_day(site=request.site, day=request.site.day_of(clock.now()))
        return Response(shown(shapes.RateOut, rate))


urlpatterns = [
    path("calls/<uuid:key>/red-flags", AskRedFlags.as_view(), name="api_ask_red_flags"),
    path("calls/<uuid:key>/clear-flag", ClearFlag.as_view(), name="api_clear_flag"),
    path("calls/<uuid:key>/send-on", SendOn.as_view(), name="api_send_on"),
    path("waitlist", Waitlist.as_view(), name="api_waitlist"),
    path("waitlist/<uuid:key>/leave", LeaveWaitlist.as_view(), name="api_leave_waitlist"),
    path("freed/<uuid:key>/offer", OfferTime.as_view(), name="api_offer_time"),
    path("offers/<uuid:key>/accept", AcceptOffer.as_view(), name="api_accept_offer"),
    path("offers/<uuid:key>/decline", DeclineOffer.as_view(), name="api_decline_offer"),
    path("walk-ins", WalkIn.as_view(), name="api_walk_ins"),
    path("seen-same-day", SeenSameDay.as_view(), name="api_seen_same_day"),
]
