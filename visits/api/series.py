"""Series for programs: who is due, starts for a dose, booking, changing, skipping. The pages' services."""

from collections.abc import Callable
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
from infusion_center.shared.api import read, refusal_with, shown
from patients.selectors.card import patient_by_key
from regimens.models import Regimen
from visits.api import booking_shapes
from visits.api import series_shapes as shapes
from visits.api.booking import other_times
from visits.selectors import due as selector
from visits.selectors.proposing import proposal
from visits.selectors.series import occurrence_by_key
from visits.services import booking, rescheduling, series
from visits.services.consequences import LookFirst


class Due(APIView):
    """Whose dose is due within these weeks, overdue first."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="series_due", parameters=[shapes.Weeks], responses=shapes.DoseOut(many=True))
    def get(self, request: StaffApiRequest) -> Response:
        weeks = read(shapes.Weeks, request.query_params)["weeks"]
        reading.list_opened(page="api_due", by=request.user, at=clock.now())
        found = selector.due_list(site=request.site, at=clock.now(), weeks=weeks)
        return Response(shapes.DoseOut(found.lines, many=True).data)


class Begin(APIView):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="series_start", request=shapes.StartSeries, responses={201: shapes.SeriesOut})
    def post(self, request: StaffApiRequest) -> Response:
        typed = _typed(shapes.StartSeries, request.data)
        given = typed.validated_data
        row = series.start(
            patient=patient_by_key(given["patient"]),
            site=request.site,
            regimen=get_object_or_404(Regimen, code=given["regimen"]),
            terms=typed.terms(),
            wish=typed.wish(),
            first_due_on=given.get("first_due_on"),
            given_elsewhere_on=given.get("given_elsewhere_on"),
            by=request.user,
            at=clock.now(),
        )
        return Response(shapes.SeriesOut(row).data, status=201)


class Starts(APIView):
    """The best days and starts for one dose, or those of one `day`."""

    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="dose_starts", parameters=[shapes.LookOn], responses=shapes.ProposalOut)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        day = read(shapes.LookOn, request.query_params).get("day")
        one = occurrence_by_key(site=request.site, key=key)
        return Response(shapes.ProposalOut(proposal(one, at=clock.now(), day=day)).data)


class Confirm(APIView):
    """Book one dose; 409 with other times where there is no place."""

    requires = Can.BOOK_VISIT

    @extend_schema(
        operation_id="dose_confirm",
        request=shapes.ConfirmDose,
        responses={201: booking_shapes.VisitOut},
    )
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        one = occurrence_by_key(site=request.site, key=key)
        starts_at = read(shapes.ConfirmDose, request.data)["starts_at"]
        try:
            visit = series.confirm(occurrence=one, starts_at=starts_at, by=request.user, at=clock.now())
        except booking.NoPlace as no:
            return other_times(no)
        return Response(shown(booking_shapes.VisitOut, visit), status=201)


class Edit(APIView):
    """What both edits share: 409 with the consequences and their mark until they are agreed to."""

    def edit(self, request: StaffApiRequest, key: UUID, verb: Callable[..., Any], **facts: Any) -> Response:
        one = occurrence_by_key(site=request.site, key=key)
        try:
            verb(occurrence=one, **facts, by=request.user, at=clock.now())
        except LookFirst as look:
            words = shapes.ConsequenceOut(look.consequences, many=True).data
            return refusal_with(look, {"consequences": words, "mark": look.mark})
        now = occurrence_by_key(site=request.site, key=key)
        return Response(shapes.DoseOut(selector.line_of(now, at=clock.now())).data)


class Change(Edit):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="dose_change", request=shapes.ChangeDose, responses=shapes.DoseOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        typed = _typed(shapes.ChangeDose, request.data)
        names = ("scope", "day", "release", "agreed")
        facts = {name: typed.validated_data[name] for name in names if name in typed.validated_data}
        return self.edit(request, key, rescheduling.change, wish=typed.wish(), **facts)


class Skip(Edit):
    requires = Can.BOOK_VISIT

    @extend_schema(operation_id="dose_skip", request=shapes.SkipDose, responses=shapes.DoseOut)
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        return self.edit(request, key, series.skip, **read(shapes.SkipDose, request.data))


def _typed(shape: Any, data: Any) -> Any:
    given = shape(data=data)
    given.is_valid(raise_exception=True)
    return given
