"""What the front desk types: shapes only. Times are the site's wall clock."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms

from infusion_center.places.models import Site
from patients.states import YesNo
from visits.models import Visit
from visits.selectors.day import minutes_between
from visits.selectors.wanted import Wanted
from visits.states import ChairKind

AHEAD = timedelta(days=731)
YEARS = range(2000, 2100)


class FindForm(forms.Form):
    text = forms.CharField(max_length=80, required=False, strip=True)


class ChooseForm(forms.Form):
    """Whom to book, from which call, and from which entry of the waitlist."""

    patient = forms.UUIDField()
    call = forms.UUIDField(required=False)
    waiting = forms.UUIDField(required=False)


class BookForm(forms.Form):
    """Everything of a booking but the start, which is a button. Bound from the first: it proposes, too."""

    patient = forms.UUIDField(widget=forms.HiddenInput)
    call = forms.UUIDField(required=False, widget=forms.HiddenInput)
    wanted = forms.ChoiceField(label="For", error_messages={"required": "Choose what for."})
    reason = forms.CharField(label="Reason", max_length=120, required=False)
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    earliest = forms.TimeField(
        label="Can be here from",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    leave_by = forms.TimeField(
        label="Has to leave by",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    around = forms.TimeField(
        label="Best around",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "aria-describedby": "around-help"}, format="%H:%M"),
    )
    chair_kind = forms.ChoiceField(label="Place", choices=ChairKind.choices, required=False)
    has_driver = forms.ChoiceField(label="Driver", choices=YesNo.choices, required=False)
    driver_name = forms.CharField(label="Driver's name", max_length=80, required=False)
    travel_minutes = forms.IntegerField(
        label="Minutes away", min_value=0, max_value=300, required=False, widget=forms.NumberInput
    )

    def __init__(
        self, *args: Any, site: Site, today: date, choices: list[tuple[str, list[Wanted]]], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.site, self.today = site, today
        self._by_code = {one.code: one for _, group in choices for one in group}
        for field in self.fields.values():
            size = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs.setdefault("class", f"{size} {size}-sm")
        self.fields["wanted"].widget.attrs["data-focus"] = ""
        self.fields["wanted"].choices = [("", "Choose…")] + [  # type: ignore[attr-defined]
            (heading, [(one.code, f"{one.name} · {one.minutes} min") for one in group])
            for heading, group in choices
        ]

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not self.today - AHEAD <= day <= self.today + AHEAD:
            raise forms.ValidationError("Choose a day within two years.")
        return day

    def clean_chair_kind(self) -> str:
        return self.cleaned_data["chair_kind"] or ChairKind.RECLINER

    def clean_has_driver(self) -> str:
        return self.cleaned_data["has_driver"] or YesNo.UNKNOWN

    def chosen(self) -> Wanted:
        return self._by_code[self.cleaned_data["wanted"]]

    def moment(self, field: str) -> datetime | None:
        """A wall time of the chosen day as a moment."""
        wall: time | None = self.cleaned_data.get(field)
        day: date = self.cleaned_data["day"]
        return self.site.moment(day, wall) if wall else None


class StartForm(forms.Form):
    """The offered start that was pressed: a moment with its offset."""

    starts_at = forms.DateTimeField(error_messages={"required": "Choose a start."})
    beyond_limit_because = forms.CharField(max_length=200, required=False, strip=True)


class LookForm(forms.Form):
    """Where a visit could be instead: a moment that was pressed or dragged to, else a day and a wall time."""

    starts_at = forms.DateTimeField(required=False)
    day = forms.DateField(required=False)
    time = forms.TimeField(required=False)
    chair = forms.IntegerField(required=False)

    def start(self, site: Site) -> datetime | None:
        """Empty where neither was typed in full. Minutes are whole."""
        typed = self.cleaned_data
        if typed.get("starts_at"):
            moment: datetime = typed["starts_at"]
            return moment.replace(second=0, microsecond=0)
        day, wall = typed.get("day"), typed.get("time")
        return site.moment(day, wall) if day and wall and day.year in YEARS else None


class AgreedForm(forms.Form):
    """A move as it was shown, and why."""

    starts_at = forms.DateTimeField()
    was_at = forms.DateTimeField()
    chair = forms.IntegerField(required=False)
    reason = forms.CharField(max_length=120, required=False, strip=True)


class LongerForm(forms.Form):
    """How long somebody stays: minutes that were dragged to or shown, else a wall time of that day.

    `was_at`: the start they count from, as it was shown.
    """

    minutes = forms.IntegerField(required=False, min_value=1)
    until = forms.TimeField(required=False)
    was_at = forms.DateTimeField(required=False)

    def minutes_of(self, visit: Visit) -> int | None:
        """From the promised start; empty where neither was typed."""
        minutes, until = self.cleaned_data["minutes"], self.cleaned_data["until"]
        if minutes or not until:
            return minutes
        return minutes_between(visit.starts_at, visit.site.moment(visit.day, until))


class OverbookForm(forms.Form):
    """A start that was not offered, with the reason why it must be."""

    overbook_at = forms.TimeField(error_messages={"required": "At what time?"})
    overbooked_reason = forms.CharField(
        max_length=120, error_messages={"required": "Say why in a few words."}
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False, strip=True)


class SeatForm(forms.Form):
    chair = forms.IntegerField(required=False)
