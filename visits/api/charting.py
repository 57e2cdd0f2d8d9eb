"""The chart for programs: what the pages write, by the same verbs. Every time is given, none is assumed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404
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
from infusion_center.shared.api import read, shown
from infusion_center.shared.rows import row_of, row_or_404
from patients.models import Patient
from visits.api import charting_shapes as shapes
from visits.api.once import sent_once
from visits.models import Administration, Visit
from visits.selectors import chart as charts
from visits.services import asking, charting, discharge, giving, lines, preparing


class ChartView(APIView):
    requires = Can.READ_CHART

    @extend_schema(responses=shapes.ChartOut)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """One visit's chart."""
        visit, at = visit_by_key(request, key), clock.now()
        reading.chart_opened(patient_key=visit.patient.key, page="api.chart", by=request.user, at=at)
        return Response(shown(shapes.ChartOut, charts.chart_of(visit, at=at)))


class Scores(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.ScoreIn, responses={201: shapes.ScoreOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Pain 0 to 10 and what it follows."""
        visit, data = checked(request, key, shapes.ScoreIn)
        line = data.pop("administration", None)
        row = get_object_or_404(lines_by_key(), key=line) if line else None
        score = charting.score(visit=visit, administration=row, **data, by=request.user, at=clock.now())
        return Response(shown(shapes.ScoreOut, score), status=status.HTTP_201_CREATED)


class VitalSigns(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.VitalsIn, responses={201: shapes.VitalsOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Numbers as measured; what was not measured is left out."""
        visit, data = checked(request, key, shapes.VitalsIn)
        row = charting.record_vitals(visit=visit, **data, by=request.user, at=clock.now())
        return Response(shown(shapes.VitalsOut, row), status=status.HTTP_201_CREATED)


class IvSiteView(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.IvSiteIn, responses=shapes.IvSiteOut)
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Where the line lies now."""
        visit, data = checked(request, key, shapes.IvSiteIn)
        row = charting.record_iv_site(visit=visit, **data, by=request.user, at=clock.now())
        return Response(shown(shapes.IvSiteOut, row))


class Driver(APIView):
    requires = Can.RECORD_HISTORY

    @extend_schema(request=shapes.DriverIn, responses=shapes.DriverOut)
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Who drives them home; unknown is an answer, and not a no."""
        visit, data = checked(request, key, shapes.DriverIn)
        row = asking.name_driver(visit=visit, **data, by=request.user, at=clock.now())
        return Response(shown(shapes.DriverOut, row))


class Discharge(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=shapes.DischargeIn, responses={201: shapes.OutcomeOut})
    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Close the visit with its outcome."""
        visit, data = checked(request, key, shapes.DischargeIn)
        outcome = discharge.discharge(visit=visit, **data, by=request.user, at=clock.now())
        return Response(shown(shapes.OutcomeOut, outcome), status=status.HTTP_201_CREATED)


class LineVerb(APIView):
    """One verb on one line; answers with the line as it is then (for an error: the line that replaces it)."""

    requires = Can.CHART_VISIT
    shape: type[shapes.LineIn] = shapes.LineIn
    verb: Callable[..., Administration]

    @sent_once
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        facts, now = read(self.shape, request.data), clock.now()
        visit, row = visit_to_write(request, facts.pop("visit")), get_object_or_404(lines_by_key(), key=key)
        _of_patient(visit, facts.pop("patient"))
        lines.belongs(administration=row, visit=visit)
        line = type(self).verb(administration=row, **facts, by=request.user, at=now)
        return Response(shown(shapes.AdministrationOut, charts.line_of(line, at=now)))


@extend_schema(request=shapes.MixIn, responses=shapes.AdministrationOut)
class Mix(LineVerb):
    shape, verb = shapes.MixIn, staticmethod(preparing.mix)


@extend_schema(request=shapes.LineIn, responses=shapes.AdministrationOut)
class SecondCheck(LineVerb):
    verb = staticmethod(preparing.check)


@extend_schema(request=shapes.ThrowIn, responses=shapes.AdministrationOut)
class ThrowAway(LineVerb):
    shape, verb = shapes.ThrowIn, staticmethod(preparing.throw_away)


@extend_schema(request=shapes.StartIn, responses=shapes.AdministrationOut)
class Start(LineVerb):
    shape, verb = shapes.StartIn, staticmethod(giving.start)


@extend_schema(request=shapes.PushIn, responses=shapes.AdministrationOut)
class Push(LineVerb):
    shape, verb = shapes.PushIn, staticmethod(giving.give_push)


@extend_schema(request=shapes.RateIn, responses=shapes.AdministrationOut)
class Rate(LineVerb):
    shape, verb = shapes.RateIn, staticmethod(giving.change_rate)


@extend_schema(request=shapes.BolusIn, responses=shapes.AdministrationOut)
class Bolus(LineVerb):
    shape, verb = shapes.BolusIn, staticmethod(giving.bolus)


@extend_schema(request=shapes.MomentIn, responses=shapes.AdministrationOut)
class Pause(LineVerb):
    shape, verb = shapes.MomentIn, staticmethod(giving.pause)


@extend_schema(request=shapes.MomentIn, responses=shapes.AdministrationOut)
class Resume(LineVerb):
    shape, verb = shapes.MomentIn, staticmethod(giving.resume)


@extend_schema(request=shapes.StopIn, responses=shapes.AdministrationOut)
class Stop(LineVerb):
    shape, verb = shapes.StopIn, staticmethod(giving.stop)


@extend_schema(request=shapes.NotGivenIn, responses=shapes.AdministrationOut)
class NotGiven(LineVerb):
    shape, verb = shapes.NotGivenIn, staticmethod(giving.not_given)


@extend_schema(request=shapes.ErrorIn, responses=shapes.AdministrationOut)
class EnteredInError(LineVerb):
    shape, verb = shapes.ErrorIn, staticmethod(giving.enter_in_error)


def visit_by_key(request: StaffApiRequest, key: UUID) -> Visit:
    return get_object_or_404(charts.visits(), key=key, site=request.site)


def visit_to_write(request: StaffApiRequest, key: UUID) -> Visit:
    """The same without what only a screen names."""
    visit = row_or_404(Visit, "key", key)
    if visit.site_id != request.site.pk:
        raise Http404
    visit.site, visit.patient = request.site, row_of(Patient, "id", visit.patient_id)
    return visit


def lines_by_key() -> Any:
    return Administration.objects.select_related("drug", "visit__site", "visit__patient", "step__order")


def checked(
    request: StaffApiRequest, key: UUID, shape: type[serializers.Serializer]
) -> tuple[Visit, dict[str, Any]]:
    """The visit and what was sent; the patient named must be the visit's (requirement 11)."""
    visit, data = visit_to_write(request, key), read(shape, request.data)
    _of_patient(visit, data.pop("patient"))
    return visit, data


def _of_patient(visit: Visit, patient: UUID) -> None:
    if patient != visit.patient.key:
        raise lines.NotThisVisit("This visit belongs to another patient. Nothing was written.")


urlpatterns = [
    path("visits/<uuid:key>", ChartView.as_view(), name="api_visit_chart"),
    path("visits/<uuid:key>/scores", Scores.as_view(), name="api_visit_scores"),
    path("visits/<uuid:key>/vitals", VitalSigns.as_view(), name="api_visit_vitals"),
    path("visits/<uuid:key>/iv-site", IvSiteView.as_view(), name="api_visit_iv_site"),
    path("visits/<uuid:key>/driver", Driver.as_view(), name="api_visit_driver"),
    path("visits/<uuid:key>/discharge", Discharge.as_view(), name="api_visit_discharge"),
    path("administrations/<uuid:key>/mix", Mix.as_view(), name="api_administration_mix"),
    path("administrations/<uuid:key>/check", SecondCheck.as_view(), name="api_administration_check"),
    path("administrations/<uuid:key>/throw-away", ThrowAway.as_view(), name="api_administration_throw"),
    path("administrations/<uuid:key>/start", Start.as_view(), name="api_administration_start"),
    path("administrations/<uuid:key>/push", Push.as_view(), name="api_administration_push"),
    path("administrations/<uuid:key>/rate", Rate.as_view(), name="api_administration_rate"),
    path("administrations/<uuid:key>/bolus", Bolus.as_view(), name="api_administration_bolus"),
    path("administrations/<uuid:key>/pause", Pause.as_view(), name="api_administration_pause"),
    path("administrations/<uuid:key>/resume", Resume.as_view(), name="api_administration_resume"),
    path("administrations/<uuid:key>/stop", Stop.as_view(), name="api_administration_stop"),
    path("administrations/<uuid:key>/not-given", NotGiven.as_view(), name="api_administration_not_given"),
    path("administrations/<uuid:key>/error", EnteredInError.as_view(), name="api_administration_error"),
]
