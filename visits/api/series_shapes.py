"""What goes in and out of the API of series. Days are the site's; times of the wall clock are `HH:MM`."""

from typing import Any

from rest_framework import serializers

from visits.api.booking_shapes import StartOut, within_reason
from visits.forms.series import minutes_of
from visits.selectors.due import USUAL_WEEKS, WEEKS
from visits.services.series_terms import EARLY_DAYS, LATE_DAYS, LONGEST, Terms, Wish
from visits.states import ChairKind, Scope


class Weeks(serializers.Serializer[Any]):
    weeks = serializers.IntegerField(min_value=1, max_value=WEEKS[-1], default=USUAL_WEEKS)


class WishIn(serializers.Serializer[Any]):
    """`weekday`: 0 is Monday. Left out: any."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, allow_null=True, default=None)
    start_from = serializers.TimeField(allow_null=True, default=None, format="%H:%M")
    start_until = serializers.TimeField(allow_null=True, default=None, format="%H:%M")

    def wish(self) -> Wish:
        typed = self.validated_data
        walls = (minutes_of(typed[name]) for name in ("start_from", "start_until"))
        return Wish(typed["weekday"], *walls)


class StartSeries(WishIn):
    """`every_days` left out: as the regimen says. It counts from the last dose, else from `first_due_on`."""

    patient = serializers.UUIDField()
    regimen = serializers.SlugField()
    first_due_on = serializers.DateField(required=False, validators=[within_reason])
    given_elsewhere_on = serializers.DateField(required=False, validators=[within_reason])
    every_days = serializers.IntegerField(
        min_value=1, max_value=LONGEST, required=False, allow_null=True, default=None
    )
    early_days = serializers.IntegerField(min_value=0, max_value=LONGEST, default=EARLY_DAYS)
    late_days = serializers.IntegerField(min_value=0, max_value=LONGEST, default=LATE_DAYS)
    chair_kind = serializers.ChoiceField(choices=ChairKind.choices, default=ChairKind.RECLINER)
    comfort = serializers.CharField(max_length=80, allow_blank=True, default="")

    def terms(self) -> Terms:
        return Terms(**{name: self.validated_data[name] for name in Terms.__dataclass_fields__})


class ChangeDose(WishIn):
    """`agreed`: the mark of the consequences that were answered first."""

    scope = serializers.ChoiceField(choices=Scope.choices)
    day = serializers.DateField(required=False, validators=[within_reason])
    release = serializers.BooleanField(default=False)
    agreed = serializers.CharField(max_length=16, allow_blank=True, default="")


class SkipDose(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
    agreed = serializers.CharField(max_length=16, allow_blank=True, default="")


class ConfirmDose(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()


class LookOn(serializers.Serializer[Any]):
    day = serializers.DateField(required=False, validators=[within_reason])


class WindowOut(serializers.Serializer[Any]):
    due = serializers.DateField()
    opens = serializers.DateField()
    closes = serializers.DateField()


class DoseOut(serializers.Serializer[Any]):
    """`look`: proposed, no_answer, booked, overdue or outside (booked, and not in its window)."""

    key = serializers.UUIDField(source="occurrence.key")
    series = serializers.UUIDField(source="occurrence.series.key")
    patient = serializers.UUIDField(source="person.key")
    regimen = serializers.CharField(source="occurrence.series.regimen.code")
    number = serializers.IntegerField(source="occurrence.number")
    state = serializers.CharField(source="occurrence.state")
    look = serializers.CharField()
    window = WindowOut()
    wished_on = serializers.DateField(source="occurrence.wished_on")
    last_given_on = serializers.DateField(source="last.day", default=None)
    visit = serializers.UUIDField(source="occurrence.visit.key", default=None)
    starts_at = serializers.DateTimeField(source="occurrence.visit.starts_at", default=None)
    authorization = serializers.SerializerMethodField(help_text="Null: not known")
    phones = serializers.SerializerMethodField()

    def get_authorization(self, line: Any) -> str | None:
        return line.permission.words if line.permission.known else None

    def get_phones(self, line: Any) -> list[str]:
        return [phone.written for phone in line.phones]


class DayOut(serializers.Serializer[Any]):
    day = serializers.DateField()
    fits_the_window = serializers.BooleanField()
    starts = StartOut(many=True, source="offers.starts")
    why_not = serializers.ListField(child=serializers.CharField(), source="offers.why_not")


class ProposalOut(serializers.Serializer[Any]):
    window = WindowOut()
    minutes = serializers.IntegerField()
    days = DayOut(many=True)


class ConsequenceOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    due = serializers.DateField()
    becomes = serializers.DateField()
    booked_on = serializers.DateField()
    fate = serializers.CharField()


class SeriesOut(serializers.Serializer[Any]):
    key = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient.key")
    regimen = serializers.CharField(source="regimen.code")
    every_days = serializers.IntegerField()
    early_days = serializers.IntegerField()
    late_days = serializers.IntegerField()
    started_on = serializers.DateField()
    ended_on = serializers.DateField()
