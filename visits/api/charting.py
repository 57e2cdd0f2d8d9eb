"""The chart for programs: what the pages write, by the same verbs. Every time is given, none is assumed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.permissions import Can
from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from patients.states import YesNo
from regimens.models import Lot
from visits.models import Administration, Visit
from visits.selectors import chart as charts
from visits.services import charting, discharge, giving, lines
from visits.states import Given, ScoreMoment


class EventOut(serializers.Serializer):
    kind = serializers.CharField(source="row.kind")
    at = serializers.DateTimeField(source="row.at")
    rate_ml_h = serializers.DecimalField(
        source="row.rate_ml_h", max_digits=7, decimal_places=1, allow_null=True
    )
    volume_ml = serializers.DecimalField(
        source="row.volume_ml", max_digits=7, decimal_places=2, allow_null=True
    )
    recorded_at = serializers.DateTimeField(source="row.recorded_at")
    late = serializers.BooleanField()


class VialsOut(serializers.Serializer):
    lot = serializers.IntegerField(source="lot_id")
    number = serializers.CharField(source="lot.number")
    ndc = serializers.CharField(source="lot.product.ndc")
    vials = serializers.DecimalField(max_digits=7, decimal_places=2)
    given = serializers.DecimalField(max_digits=10, decimal_places=3)
    wasted = serializers.DecimalField(max_digits=10, decimal_places=3)
    reversed_at = serializers.DateTimeField(allow_null=True)


class AdministrationOut(serializers.Serializer):
    key = serializers.UUIDField(source="row.key")
    drug = serializers.CharField(source="row.drug.code")
    dose = serializers.DecimalField(source="row.dose", max_digits=10, decimal_places=3)
    unit = serializers.CharField(source="row.unit")
    method = serializers.CharField(source="row.method")
    state = serializers.CharField(source="row.state")
    reason = serializers.CharField(source="row.reason")
    scheduled_at = serializers.DateTimeField(source="row.scheduled_at", allow_null=True)
    started_at = serializers.DateTimeField(source="row.started_at", allow_null=True)
    stopped_at = serializers.DateTimeField(source="row.stopped_at", allow_null=True)
    given_amount = serializers.DecimalField(
        source="row.given_amount", max_digits=10, decimal_places=3, allow_null=True
    )
    minutes_run = serializers.IntegerField()
    volume_ml = serializers.DecimalField(max_digits=9, decimal_places=1, allow_null=True)
    pain_before = serializers.IntegerField(source="effect.before", default=None)
    pain_after = serializers.IntegerField(source="effect.after", default=None)
    effect = serializers.CharField(source="effect.words", default="")
    events = EventOut(many=True)
    vials = VialsOut(source="row.vials.all", many=True)


class ScoreOut(serializers.Serializer):
    moment = serializers.CharField()
    administration = serializers.UUIDField(source="administration.key", default=None)
    pain = serializers.IntegerField()
    scored_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class VitalsOut(serializers.Serializer):
    systolic = serializers.IntegerField(allow_null=True)
    diastolic = serializers.IntegerField(allow_null=True)
    pulse = serializers.IntegerField(allow_null=True)
    breaths = serializers.IntegerField(allow_null=True)
    spo2 = serializers.IntegerField(allow_null=True)
    celsius = serializers.DecimalField(max_digits=3, decimal_places=1, allow_null=True)
    taken_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class OutcomeOut(serializers.Serializer):
    definition = serializers.CharField()
    pain_before = serializers.IntegerField(allow_null=True)
    pain_after = serializers.IntegerField(allow_null=True)
    back_to_activity = serializers.CharField()
    left_with = serializers.CharField()
    iv_out = serializers.CharField()
    note = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class ChartOut(serializers.Serializer):
    key = serializers.UUIDField(source="visit.key")
    patient = serializers.UUIDField(source="visit.patient.key")
    status = serializers.CharField(source="visit.status")
    seated_at = serializers.DateTimeField(source="visit.seated_at", allow_null=True)
    left_at = serializers.DateTimeField(source="visit.left_at", allow_null=True)
    administrations = AdministrationOut(source="lines", many=True)
    scores = ScoreOut(many=True)
    vitals = serializers.SerializerMethodField()
    outcome = OutcomeOut(allow_null=True)

    @extend_schema_field(VitalsOut(many=True))
    def get_vitals(self, chart: charts.Chart) -> Any:
        return VitalsOut([vitals.row for vitals in chart.vitals], many=True).data


class ScoreIn(serializers.Serializer):
    patient = serializers.UUIDField()
    moment = serializers.ChoiceField(ScoreMoment.choices)
    administration = serializers.UUIDField(required=False, allow_null=True)
    pain = serializers.IntegerField()
    scored_at = serializers.DateTimeField()


class NumbersIn(serializers.Serializer):
    systolic = serializers.IntegerField(required=False, allow_null=True)
    diastolic = serializers.IntegerField(required=False, allow_null=True)
    pulse = serializers.IntegerField(required=False, allow_null=True)
    breaths = serializers.IntegerField(required=False, allow_null=True)
    spo2 = serializers.IntegerField(required=False, allow_null=True)
    celsius = serializers.DecimalField(max_digits=3, decimal_places=1, required=False, allow_null=True)


class VitalsIn(NumbersIn):
    patient = serializers.UUIDField()
    taken_at = serializers.DateTimeField()


class DischargeIn(serializers.Serializer):
    patient = serializers.UUIDField()
    pain = serializers.IntegerField()
    back_to_activity = serializers.ChoiceField(YesNo.choices)
    left_with = serializers.CharField(max_length=80, allow_blank=True)
    iv_out = serializers.ChoiceField(YesNo.choices)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")
    vitals = NumbersIn(required=False)


class LineIn(serializers.Serializer):
    """`visit`: whose line this is meant to be; another visit's is refused."""

    visit = serializers.UUIDField()


class StartIn(LineIn):
    lots = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.select_related("product"), many=True)
    started_at = serializers.DateTimeField()
    rate_ml_h = serializers.DecimalField(max_digits=7, decimal_places=1, required=False)
    pain = serializers.IntegerField(required=False)


class PushIn(LineIn):
    lots = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.select_related("product"), many=True)
    started_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField()
    pain = serializers.IntegerField(required=False)


class MomentIn(LineIn):
    happened_at = serializers.DateTimeField()


class RateIn(MomentIn):
    rate_ml_h = serializers.DecimalField(max_digits=7, decimal_places=1)


class StopIn(LineIn):
    stopped_at = serializers.DateTimeField()
    given_amount = serializers.DecimalField(max_digits=10, decimal_places=3, required=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    pain = serializers.IntegerField(required=False)


class NotGivenIn(LineIn):
    state = serializers.ChoiceField([Given.HELD.value, Given.REFUSED.value, Given.NOT_GIVEN.value])
    reason = serializers.CharField(max_length=200)


class ErrorIn(LineIn):
    reason = serializers.CharField(max_length=200)


class ChartView(APIView):
    requires = Can.READ_CHART

    @extend_schema(responses=ChartOut)
    def get(self, request: StaffApiRequest, key: UUID) -> Response:
        """One visit's chart."""
        visit, at = _visit(request, key), clock.now()
        reading.chart_opened(patient_key=visit.patient.key, page="api.chart", by=request.user, at=at)
        return Response(ChartOut(charts.chart_of(visit, at=at)).data)


class Scores(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=ScoreIn, responses={201: ScoreOut})
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Pain 0 to 10 and what it follows."""
        visit, data = _checked(request, key, ScoreIn)
        line = data.pop("administration", None)
        row = get_object_or_404(_lines(), key=line) if line else None
        score = charting.score(visit=visit, administration=row, **data, by=request.user, at=clock.now())
        return Response(ScoreOut(score).data, status=status.HTTP_201_CREATED)


class VitalSigns(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=VitalsIn, responses={201: VitalsOut})
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Numbers as measured; what was not measured is left out."""
        visit, data = _checked(request, key, VitalsIn)
        row = charting.record_vitals(visit=visit, **data, by=request.user, at=clock.now())
        return Response(VitalsOut(row).data, status=status.HTTP_201_CREATED)


class Discharge(APIView):
    requires = Can.CHART_VISIT

    @extend_schema(request=DischargeIn, responses={201: OutcomeOut})
    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        """Close the visit with its outcome."""
        visit, data = _checked(request, key, DischargeIn)
        outcome = discharge.discharge(visit=visit, **data, by=request.user, at=clock.now())
        return Response(OutcomeOut(outcome).data, status=status.HTTP_201_CREATED)


class LineVerb(APIView):
    """One verb on one line; answers with the line as it is then (for an error: the line that replaces it)."""

    requires = Can.CHART_VISIT
    shape: type[LineIn] = LineIn
    verb: Callable[..., Administration]

    def post(self, request: StaffApiRequest, key: UUID) -> Response:
        shape = self.shape(data=request.data)
        shape.is_valid(raise_exception=True)
        facts, now = shape.validated_data, clock.now()
        visit, row = _visit(request, facts.pop("visit")), get_object_or_404(_lines(), key=key)
        lines.belongs(administration=row, visit=visit)
        line = type(self).verb(administration=row, **facts, by=request.user, at=now)
        return Response(AdministrationOut(charts.line_of(line, at=now)).data)


@extend_schema(request=StartIn, responses=AdministrationOut)
class Start(LineVerb):
    shape, verb = StartIn, staticmethod(giving.start)


@extend_schema(request=PushIn, responses=AdministrationOut)
class Push(LineVerb):
    shape, verb = PushIn, staticmethod(giving.give_push)


@extend_schema(request=RateIn, responses=AdministrationOut)
class Rate(LineVerb):
    shape, verb = RateIn, staticmethod(giving.change_rate)


@extend_schema(request=MomentIn, responses=AdministrationOut)
class Pause(LineVerb):
    shape, verb = MomentIn, staticmethod(giving.pause)


@extend_schema(request=MomentIn, responses=AdministrationOut)
class Resume(LineVerb):
    shape, verb = MomentIn, staticmethod(giving.resume)


@extend_schema(request=StopIn, responses=AdministrationOut)
class Stop(LineVerb):
    shape, verb = StopIn, staticmethod(giving.stop)


@extend_schema(request=NotGivenIn, responses=AdministrationOut)
class NotGiven(LineVerb):
    shape, verb = NotGivenIn, staticmethod(giving.not_given)


@extend_schema(request=ErrorIn, responses=AdministrationOut)
class EnteredInError(LineVerb):
    shape, verb = ErrorIn, staticmethod(giving.enter_in_error)


def _visit(request: StaffApiRequest, key: UUID) -> Visit:
    return get_object_or_404(charts.visits(), key=key, site=request.site)


def _lines() -> Any:
    return Administration.objects.select_related("drug", "visit__site", "visit__patient")


def _checked(
    request: StaffApiRequest, key: UUID, shape: type[serializers.Serializer]
) -> tuple[Visit, dict[str, Any]]:
    """The visit and what was sent; the patient named must be the visit's (requirement 11)."""
    visit, given = _visit(request, key), shape(data=request.data)
    given.is_valid(raise_exception=True)
    data = dict(given.validated_data)
    if data.pop("patient") != visit.patient.key:
        raise lines.NotThisVisit("This visit belongs to another patient. Nothing was written.")
    return visit, data


urlpatterns = [
    path("visits/<uuid:key>", ChartView.as_view(), name="api_visit_chart"),
    path("visits/<uuid:key>/scores", Scores.as_view(), name="api_visit_scores"),
    path("visits/<uuid:key>/vitals", VitalSigns.as_view(), name="api_visit_vitals"),
    path("visits/<uuid:key>/discharge", Discharge.as_view(), name="api_visit_discharge"),
    path("administrations/<uuid:key>/start", Start.as_view(), name="api_administration_start"),
    path("administrations/<uuid:key>/push", Push.as_view(), name="api_administration_push"),
    path("administrations/<uuid:key>/rate", Rate.as_view(), name="api_administration_rate"),
    path("administrations/<uuid:key>/pause", Pause.as_view(), name="api_administration_pause"),
    path("administrations/<uuid:key>/resume", Resume.as_view(), name="api_administration_resume"),
    path("administrations/<uuid:key>/stop", Stop.as_view(), name="api_administration_stop"),
    path("administrations/<uuid:key>/not-given", NotGiven.as_view(), name="api_administration_not_given"),
    path("administrations/<uuid:key>/error", EnteredInError.as_view(), name="api_administration_error"),
]
