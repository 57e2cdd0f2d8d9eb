"""One row of the same-day reserve."""

from calendar import day_name

from django import forms

from visits.states import ChairKind

WEEKDAYS = list(enumerate(day_name))


def _clock(label: str) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class ReserveForm(forms.Form):
    weekday = forms.TypedChoiceField(label="Weekday", choices=WEEKDAYS, coerce=int)
    chair_kind = forms.ChoiceField(label="Place", choices=ChairKind.choices)
    starts = _clock("From")
    ends = _clock("To")
    places = forms.IntegerField(label="How many", min_value=1, max_value=99)
    released_days_before = forms.IntegerField(
        label="Released, days before", min_value=1, max_value=14, initial=1
    )
    released_at = _clock("At")
