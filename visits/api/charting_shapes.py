"""What goes in and comes out of the chart's API: shapes and types, no rules."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from infusion_center.accounts.models import User
from patients.states import YesNo
from regimens.models import Lot
from visits.selectors import chart as charts
from visits.states import Given, IvSite, ScoreMoment


def witness() -> serializers.SlugRelatedField:
    """By username; asked for where a controlled drug leaves a rest."""
    return serializers.SlugRelatedField(slug_field="username", queryset=User.objects.all(), required=False)


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


class MixtureOut(serializers.Serializer):
    key = serializers.UUIDField()
    mixed_at = serializers.DateTimeField()
    use_by = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(allow_null=True)


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
    mixture = MixtureOut(allow_null=True)
    wants_check = serializers.BooleanField(help_text="Mixed, and somebody else has to look")
    events = EventOut(many=True)
    vials = VialsOut(source="row.vials.all", many=True)


class ScoreOut(serializers.Serializer):
    moment = serializers.CharField()
    administration = serializers.UUIDField(source="administration.key", default=None)
    pain = serializers.IntegerField()
    nausea = serializers.IntegerField(allow_null=True)
    light = serializers.IntegerField(allow_null=True)
    sound = serializers.IntegerField(allow_null=True)
    function = serializers.IntegerField(allow_null=True)
    rass = serializers.IntegerField(allow_null=True)
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
    taught = serializers.CharField()
    belongings = serializers.CharField()
    follow_up = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class ReactionOut(serializers.Serializer):
    key = serializers.UUIDField(source="row.key")
    kind = serializers.CharField(source="row.kind")
    words = serializers.CharField(source="row.words")
    grade = serializers.IntegerField(source="row.grade")
    administration = serializers.UUIDField(source="row.administration.key", default=None)
    began_at = serializers.DateTimeField(source="row.began_at")
    minutes_after = serializers.IntegerField(allow_null=True, help_text="Onset after the drug was started")
    actions = serializers.ListField(source="row.actions", child=serializers.CharField())
    action_words = serializers.CharField(source="row.action_words")
    outcome = serializers.CharField(source="row.outcome")
    ended_at = serializers.DateTimeField(source="row.ended_at", allow_null=True)
    seen_at = serializers.DateTimeField(source="row.seen_at", allow_null=True)
    confirmed_as = serializers.CharField(source="row.confirmed_as")
    in_error_at = serializers.DateTimeField(source="row.in_error_at", allow_null=True)
    in_error_reason = serializers.CharField(source="row.in_error_reason")
    recorded_at = serializers.DateTimeField(source="row.recorded_at")


class EmergencyDoseOut(serializers.Serializer):
    key = serializers.UUIDField(source="row.key")
    kind = serializers.CharField(source="row.kind")
    drug = serializers.CharField()
    amount = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField()
    route = serializers.CharField(source="row.route")
    given_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField(source="row.recorded_at")
    signed_at = serializers.DateTimeField(source="row.signed_at", allow_null=True)
    not_given = serializers.CharField(source="taken_back.reason", default="", help_text="Why")


class ChartOut(serializers.Serializer):
    key = serializers.UUIDField(source="visit.key")
    patient = serializers.UUIDField(source="visit.patient.key")
    status = serializers.CharField(source="visit.status")
    seated_at = serializers.DateTimeField(source="visit.seated_at", allow_null=True)
    left_at = serializers.DateTimeField(source="visit.left_at", allow_null=True)
    administrations = AdministrationOut(source="lines", many=True)
    scores = ScoreOut(many=True)
    vitals = serializers.SerializerMethodField()
    reactions = ReactionOut(many=True)
    emergency_doses = EmergencyDoseOut(source="doses", many=True)
    outcome = OutcomeOut(allow_null=True)

    @extend_schema_field(VitalsOut(many=True))
    def get_vitals(self, chart: charts.Chart) -> Any:
        return VitalsOut([vitals.row for vitals in chart.vitals], many=True).data


class ScoreIn(serializers.Serializer):
    patient = serializers.UUIDField()
    moment = serializers.ChoiceField(ScoreMoment.choices)
    administration = serializers.UUIDField(required=False, allow_null=True)
    pain = serializers.IntegerField()
    nausea = serializers.IntegerField(required=False, allow_null=True, help_text="0 to 3, as all but rass")
    light = serializers.IntegerField(required=False, allow_null=True)
    sound = serializers.IntegerField(required=False, allow_null=True)
    function = serializers.IntegerField(required=False, allow_null=True)
    rass = serializers.IntegerField(required=False, allow_null=True, help_text="-5 to 4")
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
    taught = serializers.ChoiceField(YesNo.choices, default=YesNo.UNKNOWN)
    belongings = serializers.ChoiceField(YesNo.choices, default=YesNo.UNKNOWN)
    follow_up = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    vitals = NumbersIn(required=False)
    left_at = serializers.DateTimeField(required=False, help_text="Where it was earlier than now")


class LineIn(serializers.Serializer):
    """`visit` and `patient`: whose line this is meant to be; another one's is refused."""

    visit = serializers.UUIDField()
    patient = serializers.UUIDField()


class MixIn(LineIn):
    lots = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.select_related("product"), many=True)
    mixed_at = serializers.DateTimeField()
    use_by = serializers.DateTimeField(required=False, help_text="Empty: four hours after it was mixed")
    witness = witness()


class ThrowIn(LineIn):
    reason = serializers.CharField(max_length=200)
    witness = witness()


class StartIn(LineIn):
    lots = serializers.PrimaryKeyRelatedField(
        queryset=Lot.objects.select_related("product"),
        many=True,
        help_text="May be empty where the drug stands mixed",
    )
    started_at = serializers.DateTimeField()
    rate_ml_h = serializers.DecimalField(max_digits=7, decimal_places=1, required=False)
    pain = serializers.IntegerField(required=False)
    unasked = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Why the pain cannot be asked"
    )
    witness = witness()
    acknowledged = serializers.BooleanField(required=False, help_text="The warnings were read")


class PushIn(LineIn):
    lots = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.select_related("product"), many=True)
    started_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField()
    pain = serializers.IntegerField(required=False)
    unasked = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Why the pain cannot be asked"
    )
    witness = witness()
    acknowledged = serializers.BooleanField(required=False, help_text="The warnings were read")


class MomentIn(LineIn):
    happened_at = serializers.DateTimeField()


class RateIn(MomentIn):
    rate_ml_h = serializers.DecimalField(max_digits=7, decimal_places=1)


class BolusIn(MomentIn):
    volume_ml = serializers.DecimalField(max_digits=7, decimal_places=2)


class StopIn(LineIn):
    stopped_at = serializers.DateTimeField()
    given_amount = serializers.DecimalField(max_digits=10, decimal_places=3, required=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    pain = serializers.IntegerField(required=False)
    witness = witness()


class NotGivenIn(LineIn):
    state = serializers.ChoiceField([Given.HELD.value, Given.REFUSED.value, Given.NOT_GIVEN.value])
    reason = serializers.CharField(max_length=200)
    witness = witness()


class ErrorIn(LineIn):
    reason = serializers.CharField(max_length=200)


class IvSiteIn(serializers.Serializer):
    patient = serializers.UUIDField()
    iv_site = serializers.ChoiceField(choices=IvSite.choices)
    gauge = serializers.IntegerField(required=False, allow_null=True)
    attempts = serializers.IntegerField(required=False, allow_null=True)
    second_because = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class IvSiteOut(serializers.Serializer):
    iv_site = serializers.CharField()
    iv_site_at = serializers.DateTimeField(allow_null=True)


class DriverIn(serializers.Serializer):
    patient = serializers.UUIDField()
    has_driver = serializers.ChoiceField(choices=YesNo.choices)
    driver_name = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class DriverOut(serializers.Serializer):
    has_driver = serializers.CharField()
    driver_name = serializers.CharField()
