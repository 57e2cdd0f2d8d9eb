"""Reactions and emergency doses for programs: what the pages write, by the same verbs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from visits.api import reaction_shapes as shapes
from visits.api.charting import checked, lines_by_key, visit_by_key
from visits.api.charting_shapes import EmergencyDoseOut, ReactionOut
from visits.api.once import sent_once
from visits.models import EmergencyDose, Reaction, Visit
from visits.selectors import reactions as selector
from visits.services import checking, emergency
from visits.services import reactions as reacting


class Reactions(APIView):
    requires = {"GET": Can.READ_CHART, "POST": Can.CHART_VISIT}

    @extend_schema(responses=ReactionOut(many=True))
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """Every reaction of a visit, those entered in error too."""
        visit, at = visit_by_key(request, key), clock.now()
        reading.chart_opened(patient_key=visit.patient.key, page="api.reactions", by=request.user, at=at)
        return Response(ReactionOut(selector.of_visit(visit), many=True).data)

    @extend_schema(request=shapes.ReactionIn, responses={201: ReactionOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Kind, grade, onset, the drug, and what was done."""
        visit, data = checked(request, key, shapes.ReactionIn)
        row = reacting.record(visit=visit, **_with_line(data), by=request.user, at=clock.now())
        return _shown(visit, row, status.HTTP_201_CREATED)


class ReactionVerb(APIView):
    """One verb on one reaction; answers with it as it is then (corrected: with the one that replaces it)."""

    requires = Can.CHART_VISIT
    shape: type[serializers.Serializer]
    verb: Callable[..., Reaction]

    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        row = get_object_or_404(
            Reaction.objects.select_related("visit__site"), key=key, visit__site=request.site
        )
        visit, data = checked(request, row.visit.key, self.shape)
        fresh = type(self).verb(reaction=row, **_with_line(data), by=request.user, at=clock.now())
        return _shown(visit, fresh, status.HTTP_200_OK)


@extend_schema(request=shapes.SettleIn, responses=ReactionOut)
class Settle(ReactionVerb):
    shape, verb = shapes.SettleIn, staticmethod(reacting.settle)


@extend_schema(request=shapes.ReactionCorrectionIn, responses=ReactionOut)
class Correct(ReactionVerb):
    shape, verb = shapes.ReactionCorrectionIn, staticmethod(reacting.correct)


@extend_schema(request=shapes.WrongIn, responses=ReactionOut)
class InError(ReactionVerb):
    shape, verb = shapes.WrongIn, staticmethod(reacting.enter_in_error)


@extend_schema(request=shapes.SeenIn, responses=ReactionOut)
class Seen(ReactionVerb):
    requires = Can.SIGN_ORDER
    shape, verb = shapes.SeenIn, staticmethod(reacting.see)


@extend_schema(request=shapes.ConfirmIn, responses=ReactionOut)
class Confirm(ReactionVerb):
    requires = Can.RECORD_HISTORY
    shape, verb = shapes.ConfirmIn, staticmethod(reacting.confirm)

    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Into the patient's history; the rules are asked anew at once."""
        answer = super().post(request, key=key)
        visit = Visit.objects.select_related("site", "patient").get(reactions__key=key)
        checking.look_again(visit=visit, at=clock.now())
        return answer


class EmergencyDoses(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.EmergencyDoseIn, responses={201: EmergencyDoseOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Given at once, without an order; no rule stands before it."""
        visit, data = checked(request, key, shapes.EmergencyDoseIn)
        at = clock.now()
        row = emergency.give(visit=visit, **data, by=request.user, at=at)
        return _dose(visit, row, status.HTTP_201_CREATED)


class DoseInError(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.WrongIn, responses=EmergencyDoseOut)
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """It was not given: the first row stays, and says so."""
        rows = EmergencyDose.objects.select_related("visit__site", "given_by").filter(corrects=None)
        row = get_object_or_404(rows, key=key, visit__site=request.site)
        visit, data = checked(request, row.visit.key, shapes.WrongIn)
        emergency.take_back(dose=row, **data, by=request.user, at=clock.now())
        return _dose(visit, row, status.HTTP_200_OK)


def _with_line(data: dict[str, Any]) -> dict[str, Any]:
    """The key of a line as the line itself."""
    if "administration" in data:
        key = data["administration"]
        data["administration"] = get_object_or_404(lines_by_key(), key=key) if key else None
    return data


def _shown(visit: Visit, row: Reaction, code: int) -> Response:
    found = selector.reaction_by_key(visit, row.key).get()
    return Response(ReactionOut(selector.Shown(found)).data, status=code)


def _dose(visit: Visit, row: EmergencyDose, code: int) -> Response:
    found = next(one for one in selector.doses_of(visit, at=clock.now()) if one.row == row)
    return Response(EmergencyDoseOut(found).data, status=code)


urlpatterns = [
    path("visits/<uuid:key>/reactions", Reactions.as_view(), name="api_visit_reactions"),
    path("visits/<uuid:key>/emergency-doses", EmergencyDoses.as_view(), name="api_visit_emergency_doses"),
    path("reactions/<uuid:key>/settle", Settle.as_view(), name="api_reaction_settle"),
    path("reactions/<uuid:key>/correct", Correct.as_view(), name="api_reaction_correct"),
    path("reactions/<uuid:key>/error", InError.as_view(), name="api_reaction_error"),
    path("reactions/<uuid:key>/seen", Seen.as_view(), name="api_reaction_seen"),
    path("reactions/<uuid:key>/confirm", Confirm.as_view(), name="api_reaction_confirm"),
    path("emergency-doses/<uuid:key>/error", DoseInError.as_view(), name="api_emergency_dose_error"),
]
