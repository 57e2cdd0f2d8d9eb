"""What goes in and out of the front desk's API. Moments are ISO 8601 with an offset; days are the site's."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from patients.states import YesNo
from visits.models import CallRequest
from visits.selectors.calls import lines_of
from visits.states import ChairKind, VisitKind


def within_reason(day: date) -> None:
    if not 2000 <= day.year < 2100:
        raise serializers.ValidationError("Choose a day of this century.")


class Wish(serializers.Serializer[Any]):
    day = serializers.DateField(validators=[within_reason])
    minutes = serializers.IntegerField(min_value=5, max_value=720)
    load = serializers.IntegerField(min_value=1, default=3)
    chair_kind = serializers.ChoiceField(choices=ChairKind.choices, default=ChairKind.RECLINER)
    earliest_at = serializers.DateTimeField(required=False)
    must_leave_by = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(choices=VisitKind.choices, default=VisitKind.RESCUE)
    wished_at = serializers.DateTimeField(required=False, help_text="For a series visit of another day")
    limit = serializers.IntegerField(min_value=1, max_value=500, default=3)


class StartOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    chairs = serializers.ListField(child=serializers.CharField())


class OffersOut(serializers.Serializer[Any]):
    starts = StartOut(many=True)
    why_not = serializers.ListField(child=serializers.CharField())
    levelled = serializers.BooleanField(help_text="The first is near the wish and level; else the earliest")
    movable = serializers.BooleanField(help_text="Others are in the way: it may help if one of them moves")


class Booking(serializers.Serializer[Any]):
    """`orders` or `regimen` say how long; `minutes` and `load` where neither is decided."""

    patient = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    orders = serializers.ListField(child=serializers.UUIDField(), required=False)
    regimen = serializers.SlugField(required=False)
    minutes = serializers.IntegerField(required=False)
    load = serializers.IntegerField(required=False)
    reason = serializers.CharField(max_length=120, required=False, allow_blank=True)
    chair_kind = serializers.ChoiceField(choices=ChairKind.choices, default=ChairKind.RECLINER)
    must_leave_by = serializers.DateTimeField(required=False)
    has_driver = serializers.ChoiceField(choices=YesNo.choices, default=YesNo.UNKNOWN)
    driver_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    overbooked_reason = serializers.CharField(max_length=120, required=False, allow_blank=True)
    beyond_limit_because = serializers.CharField(max_length=200, required=False, allow_blank=True)
    call = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        sized = "minutes" in attrs and "load" in attrs
        if not (attrs.get("orders") or attrs.get("regimen") or sized):
            raise serializers.ValidationError("Say what for: orders, a regimen, or minutes and load.")
        return attrs


class Again(serializers.Serializer[Any]):
    """What a program calls its own request."""

    key = serializers.UUIDField(allow_null=True)


class Seating(serializers.Serializer[Any]):
    chair = serializers.CharField(required=False, help_text="By name; empty: the planned one")


class Extension(serializers.Serializer[Any]):
    """Empty: as long and heavy as its orders have become."""

    minutes = serializers.IntegerField(min_value=5, max_value=720, required=False)
    load = serializers.IntegerField(min_value=1, max_value=12, required=False)


class NewPlace(serializers.Serializer[Any]):
    """`was_at`: the start it had when somebody looked; a visit that was moved since is not moved again."""

    starts_at = serializers.DateTimeField()
    chair = serializers.CharField(required=False, help_text="By name; empty: whichever is free")
    reason = serializers.CharField(max_length=120, required=False, allow_blank=True)
    was_at = serializers.DateTimeField(required=False)


class Day(serializers.Serializer[Any]):
    day = serializers.DateField(required=False, validators=[within_reason])
    version = serializers.CharField(required=False, max_length=60)


class VisitOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient.key")
    status = serializers.CharField()
    day = serializers.DateField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    minutes = serializers.IntegerField()
    load = serializers.IntegerField()
    chair = serializers.CharField(source="chair.name", default=None)
    chair_kind = serializers.CharField()
    reason = serializers.CharField()
    overbooked_reason = serializers.CharField()
    arrived_at = serializers.DateTimeField()
    seated_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField()


class BoardLine(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    patient = serializers.UUIDField()
    called = serializers.CharField()
    family_name = serializers.CharField()
    same_name = serializers.BooleanField()
    interpreter = serializers.BooleanField()
    group = serializers.CharField()
    status = serializers.CharField()
    chair = serializers.CharField(allow_null=True)
    what = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    minutes = serializers.IntegerField()


class BoardOut(serializers.Serializer[Any]):
    version = serializers.CharField()
    day = serializers.DateField()
    closed = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    visits = BoardLine(many=True)


class RedFlags(serializers.DictField):
    """yes or no by flag; what is left out was not asked."""

    child = serializers.ChoiceField(choices=["yes", "no"])


class Call(serializers.Serializer[Any]):
    caller = serializers.CharField(max_length=120)
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    wish = serializers.CharField(max_length=200, required=False, allow_blank=True)
    patient = serializers.UUIDField(required=False)
    earliest_at = serializers.DateTimeField(required=False)
    must_leave_by = serializers.DateTimeField(required=False)
    red_flags = RedFlags(required=False)


class RedFlagOut(serializers.Serializer[Any]):
    flag = serializers.CharField(source="code")
    question = serializers.CharField(source="question.words")
    answer = serializers.CharField(help_text="yes, no, or empty: not asked")
    cleared = serializers.CharField(help_text="Why a provider took it off")


class CallOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    caller = serializers.CharField()
    phone = serializers.CharField()
    wish = serializers.CharField()
    patient = serializers.UUIDField(source="patient.key", default=None)
    earliest_at = serializers.DateTimeField()
    must_leave_by = serializers.DateTimeField()
    state = serializers.CharField()
    called_at = serializers.DateTimeField()
    closed_reason = serializers.CharField()
    walk_in = serializers.BooleanField()
    red_flag = serializers.BooleanField(help_text="No chair while it stands")
    sent_to = serializers.CharField()
    red_flags = serializers.SerializerMethodField()

    @extend_schema_field(RedFlagOut(many=True))
    def get_red_flags(self, call: CallRequest) -> Any:
        return RedFlagOut(lines_of(call), many=True).data
