"""What is typed about a series: shapes only. Days are the site's, times its wall clock."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from django import forms

from regimens.models import Regimen
from visits.forms.booking import AHEAD
from visits.models import Occurrence, Series
from visits.selectors.due import USUAL_WEEKS, WEEKS
from visits.services.series_terms import EARLY_DAYS, LATE_DAYS, LONGEST, Terms, Wish
from visits.states import ChairKind, Scope

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WISH = ("weekday", "start_from", "start_until")


def _day(label: str, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **kwargs)


def _wall(label: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


def _days(label: str, least: int, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=LONGEST, **kwargs)


class WeeksForm(forms.Form):
    """How far ahead the list looks."""

    weeks = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, choices=[(n, f"{n} weeks") for n in WEEKS]
    )

    def chosen(self) -> int:
        return self.is_valid() and self.cleaned_data["weeks"] or USUAL_WEEKS


class AgreeForm(forms.Form):
    """`agreed` is the mark of the consequences that were shown."""

    agreed = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)


class DayForm(forms.Form):
    """Another day to look at; nothing typed: the best ones."""

    day = _day("Another day")

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date | None:
        return _within_reason(self.cleaned_data["day"], self.today)


class SkipForm(AgreeForm):
    reason = forms.CharField(label="Why is it skipped?", max_length=200, required=False)


class EndForm(AgreeForm):
    reason = forms.CharField(label="Why does it end?", max_length=200, required=False)
    cancel_visits = forms.BooleanField(label="Cancel what is booked, too", required=False, initial=True)


class WishForm(forms.Form):
    """When it suits the patient."""

    weekday = forms.TypedChoiceField(
        label="Weekday",
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "Any"), *enumerate(WEEKDAYS)],
    )
    start_from = _wall("Start from")
    start_until = _wall("Start until")

    def wish(self) -> Wish:
        weekday, start, until = (self.cleaned_data[name] for name in WISH)
        return Wish(weekday, minutes_of(start), minutes_of(until))


class ChangeForm(AgreeForm, WishForm):
    """This dose, it and the later ones, or all; the day of this one, when it suits."""

    scope = forms.ChoiceField(label="Change", choices=Scope.choices, widget=forms.RadioSelect)
    day = _day("Day of this one", help_text="Later ones move as far")
    release = forms.BooleanField(label="Give back times that no longer fit", required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        self.order_fields(["scope", "day", *WISH, "release"])

    def clean_day(self) -> date | None:
        return _within_reason(self.cleaned_data["day"], self.today)


class TermsForm(forms.Form):
    """How the series runs, in days."""

    every_days = _days("Every, days", 1)
    early_days = _days("Early by, days", 0, initial=EARLY_DAYS)
    late_days = _days("Late by, days", 0, initial=LATE_DAYS)
    chair_kind = forms.ChoiceField(label="Place", choices=ChairKind.choices, required=False)
    comfort = forms.CharField(label="Comfort", max_length=80, required=False)

    def clean_chair_kind(self) -> str:
        return self.cleaned_data["chair_kind"] or ChairKind.RECLINER

    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in TermsForm.base_fields})


class ChangeTermsForm(AgreeForm, TermsForm):
    regimen = forms.ChoiceField(label="Regimen")
    release = forms.BooleanField(label="Give back times that no longer fit", required=False)

    def __init__(self, *args: Any, regimens: Sequence[Regimen], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.by_code = _offer(self.fields["regimen"], regimens)
        self.order_fields(["regimen", *TermsForm.base_fields, "release"])


class StartForm(TermsForm, WishForm):
    """A new series: what, from when, how, and when it suits."""

    regimen = forms.ChoiceField(label="Regimen", error_messages={"required": "Choose what comes back."})
    first_due_on = _day("First dose due", help_text="Empty: counted from the last dose")
    given_elsewhere_on = _day("Last dose elsewhere")

    def __init__(self, *args: Any, regimens: Sequence[Regimen], today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        self.by_code = _offer(self.fields["regimen"], regimens)
        self.fields["every_days"].required = False
        self.fields["every_days"].help_text = "Empty: as the regimen says"
        days = ["first_due_on", "given_elsewhere_on"]
        self.order_fields(["regimen", *days, *TermsForm.base_fields, *WISH])

    def clean_first_due_on(self) -> date | None:
        return _within_reason(self.cleaned_data["first_due_on"], self.today)

    def clean_given_elsewhere_on(self) -> date | None:
        return _within_reason(self.cleaned_data["given_elsewhere_on"], self.today)


def wish_of(row: Series | Occurrence) -> dict[str, Any]:
    """What the form shows of a stored wish."""
    walls = {name: wall_of(getattr(row, name)) for name in ("start_from", "start_until")}
    return {"weekday": row.weekday} | walls


def minutes_of(wall: time | None) -> int | None:
    return None if wall is None else wall.hour * 60 + wall.minute


def wall_of(minutes: int | None) -> time | None:
    return None if minutes is None else time(*divmod(minutes, 60))


def _within_reason(day: date | None, today: date) -> date | None:
    if day is not None and not today - AHEAD <= day <= today + AHEAD:
        raise forms.ValidationError("Choose a day within two years.")
    return day


def _offer(field: Any, regimens: Sequence[Regimen]) -> Mapping[str, Regimen]:
    field.choices = [(one.code, one.name) for one in regimens]
    if len(regimens) > 1 and field.initial is None:
        field.choices = [("", "Choose"), *field.choices]
    return {one.code: one for one in regimens}
