"""What goes in and out of the API's squeezes: a search for room by moving others."""

from typing import Any

from rest_framework import serializers

from visits.api.booking_shapes import within_reason
from visits.states import ChairKind, VisitKind


class SqueezeQuestion(serializers.Serializer[Any]):
    patient = serializers.UUIDField()
    day = serializers.DateField(validators=[within_reason])
    minutes = serializers.IntegerField(min_value=5, max_value=720)
    load = serializers.IntegerField(min_value=1, max_value=1000, default=3)
    chair_kind = serializers.ChoiceField(choices=ChairKind.choices, default=ChairKind.RECLINER)
    earliest_at = serializers.DateTimeField(required=False)
    must_leave_by = serializers.DateTimeField(required=False)


class Agreement(serializers.Serializer[Any]):
    """Everybody who moves has been called and agrees. What the new visit is for, as in a booking."""

    orders = serializers.ListField(child=serializers.UUIDField(), required=False)
    regimen = serializers.SlugField(required=False)
    reason = serializers.CharField(max_length=120, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=VisitKind.choices, default=VisitKind.RESCUE)


class MoverOut(serializers.Serializer[Any]):
    patient = serializers.UUIDField(source="person.key")
    was_at = serializers.DateTimeField()
    will_be_at = serializers.DateTimeField()


class SqueezeOut(serializers.Serializer[Any]):
    key = serializers.UUIDField(source="squeeze.key")
    state = serializers.CharField(help_text="asked, until a worker has looked; then solved or none")
    starts_at = serializers.DateTimeField(source="squeeze.starts_at", allow_null=True)
    why_none = serializers.CharField(source="squeeze.why_none")
    moves = MoverOut(source="movers", many=True)
