"""What goes in and out of the same-day flow's API."""

from typing import Any

from rest_framework import serializers

from visits.api.booking_shapes import RedFlags, within_reason
from visits.states import ChairKind, RedFlag, SentTo


class Asked(serializers.Serializer[Any]):
    answers = RedFlags()


class Clearing(serializers.Serializer[Any]):
    flag = serializers.ChoiceField(choices=RedFlag.choices)
    reason = serializers.CharField(max_length=200)


class SendingOn(serializers.Serializer[Any]):
    where = serializers.ChoiceField(choices=SentTo.choices)


class Wait(serializers.Serializer[Any]):
    """`regimen`, or `minutes` and `load`, say how long."""

    patient = serializers.UUIDField()
    day = serializers.DateField(validators=[within_reason])
    regimen = serializers.SlugField(required=False)
    minutes = serializers.IntegerField(min_value=5, max_value=720, required=False)
    load = serializers.IntegerField(min_value=1, max_value=12, required=False)
    reason = serializers.CharField(max_length=120, required=False, allow_blank=True)
    chair_kind = serializers.ChoiceField(choices=ChairKind.choices, default=ChairKind.RECLINER)
    earliest_at = serializers.DateTimeField(required=False)
    must_leave_by = serializers.DateTimeField(required=False)
    travel_minutes = serializers.IntegerField(min_value=0, max_value=300, required=False)
    call = serializers.UUIDField(required=False)


class Leaving(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
    refused = serializers.BooleanField(default=False, help_text="No place was found for them")


class WaitingOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient.key")
    call = serializers.UUIDField(source="call.key", default=None)
    day = serializers.DateField()
    minutes = serializers.IntegerField()
    load = serializers.IntegerField()
    chair_kind = serializers.CharField()
    earliest_at = serializers.DateTimeField()
    must_leave_by = serializers.DateTimeField()
    travel_minutes = serializers.IntegerField(help_text="null: not known")
    since = serializers.DateTimeField()
    state = serializers.CharField()


class FitOut(serializers.Serializer[Any]):
    waiting = serializers.UUIDField(source="waiter.waiting.key")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class OfferOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    waiting = serializers.UUIDField(source="waiting.key")
    visit = serializers.UUIDField(source="visit.key")
    starts_at = serializers.DateTimeField(source="visit.starts_at")
    until = serializers.DateTimeField(source="visit.held_until")
    state = serializers.CharField()


class FreedOut(serializers.Serializer[Any]):
    key = serializers.UUIDField(source="task.key")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    offer = OfferOut(allow_null=True)
    fits = FitOut(many=True)


class WaiterOut(serializers.Serializer[Any]):
    waiting = WaitingOut()
    next_at = serializers.DateTimeField(help_text="The next place there is; null: none that day")


class WaitlistOut(serializers.Serializer[Any]):
    freed = FreedOut(many=True)
    waiting = WaiterOut(many=True)


class Offering(serializers.Serializer[Any]):
    waiting = serializers.UUIDField()


class Whom(serializers.Serializer[Any]):
    patient = serializers.UUIDField()


class WalkInOut(serializers.Serializer[Any]):
    """Either `visit`, arrived, or `waiting` with the next place there is."""

    visit = serializers.UUIDField(source="visit.key", default=None)
    waiting = serializers.UUIDField(source="waiting.key", default=None)
    next_at = serializers.DateTimeField()
    why_not = serializers.ListField(child=serializers.CharField())


class SeenOut(serializers.Serializer[Any]):
    asked = serializers.IntegerField()
    booked = serializers.IntegerField()
    seen = serializers.IntegerField()
    refused = serializers.IntegerField()
    sent_on = serializers.IntegerField()
    closed = serializers.IntegerField()
    waiting = serializers.IntegerField()
    percent = serializers.IntegerField(help_text="Of those asked and not sent on; null: nobody asked")


class RateOut(serializers.Serializer[Any]):
    since = serializers.DateField()
    today = SeenOut()
    all = SeenOut()
