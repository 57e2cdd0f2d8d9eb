"""What the manager types about shifts, hours and loads: shapes only. Times are the site's wall clock."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms

from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from visits.rules import wall_times
from visits.services.hours import WEEKDAYS

SMALL = "form-control form-control-sm"


def _time(label: str, *, required: bool = True) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time", "class": SMALL}, format="%H:%M")
    wanted = {"required": "At what time?", "invalid": "Write a time such as 07:30."}
    return forms.TimeField(label=label, required=required, widget=widget, error_messages=wanted)


def this_century(day: date) -> None:
    if not 2000 <= day.year < 2100:
        raise forms.ValidationError("Choose a day of this century.")


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": SMALL}, format="%Y-%m-%d")
    asked = {"required": "Which day?"}
    return forms.DateField(label=label, widget=widget, error_messages=asked, validators=[this_century])


def _words(label: str, why: str, most: int = 120) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": SMALL})
    return forms.CharField(
        label=label, max_length=most, strip=True, widget=widget, error_messages={"required": why}
    )


class OwnIds(forms.Form):
    """Several of these stand on one page: each has ids of its own."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs | {"auto_id": f"{type(self).__name__.lower()}_%s"})


class PlaceForm(forms.Form):
    """Which nurse, which day: of an address."""

    nurse = forms.IntegerField()
    day = forms.DateField(validators=[this_century])


class ShiftForm(OwnIds):
    starts = _time("From")
    starts.widget.attrs["data-focus"] = ""
    ends = _time("To")
    breaks = forms.CharField(
        label="Breaks",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"class": SMALL, "placeholder": "12:00-12:30"}),
    )
    ends.help_text = "At or before From: the next morning."
    breaks.help_text = "Several with a comma between."

    def clean_breaks(self) -> list[wall_times.Wall]:
        try:
            return wall_times.read_breaks(self.cleaned_data["breaks"])
        except DomainError as no:
            raise forms.ValidationError(no.message) from no

    def facts(self, day: date, site: Site) -> dict[str, Any]:
        """As moments, for the verbs."""
        starts, ends = self.cleaned_data["starts"], self.cleaned_data["ends"]
        starts_at, ends_at = wall_times.moments(day, starts, ends, site.zone)
        breaks = wall_times.breaks_within(day, starts, self.cleaned_data["breaks"], site.zone)
        return {"starts_at": starts_at, "ends_at": ends_at, "breaks": breaks}


class AbsenceForm(OwnIds):
    first = _day("First day")
    last = _day("Last day")
    starts = _time("From, if not all day", required=False)
    ends = _time("Until, if not all day", required=False)
    reason = _words("Why", "Say why in a word: vacation, sick, training.")
    reason.widget.attrs |= {"data-focus": "", "placeholder": "vacation"}

    def facts(self, site: Site) -> dict[str, Any]:
        typed = self.cleaned_data
        return {"reason": typed["reason"]} | span_of_days(
            site, typed["first"], typed["last"], typed["starts"], typed["ends"]
        )


def span_of_days(
    site: Site, first: date, last: date, starts: time | None, ends: time | None
) -> dict[str, datetime]:
    """Whole days, unless it begins or ends within one."""
    until = site.moment(last, ends) if ends else site.moment(last + timedelta(days=1), time(0))
    return {"starts_at": site.moment(first, starts or time(0)), "ends_at": until}


class CopyForm(OwnIds):
    week = forms.DateField(widget=forms.HiddenInput, validators=[this_century])
    weeks = forms.IntegerField(
        label="Into how many weeks after it",
        initial=1,
        widget=forms.NumberInput(attrs={"class": SMALL, "min": 1, "max": 12, "data-focus": ""}),
    )


class HoursForm(OwnIds):
    """Two times a weekday, both empty where it is closed."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for n, name in enumerate(WEEKDAYS):
            self.fields[f"opens{n}"] = _time(f"{name} opens", required=False)
            self.fields[f"closes{n}"] = _time(f"{name} closes", required=False)

    def rows(self) -> list[tuple[str, list[Any]]]:
        return [(name, [self[f"opens{n}"], self[f"closes{n}"]]) for n, name in enumerate(WEEKDAYS)]

    def hours(self) -> dict[int, tuple[time | None, time | None]]:
        typed = self.cleaned_data
        return {n: (typed[f"opens{n}"], typed[f"closes{n}"]) for n in range(7)}


class ClosureForm(OwnIds):
    day = _day("Day")
    reason = _words("Why", "Say why in a few words.")


class SpecialForm(OwnIds):
    day = _day("Day")
    opens = _time("Opens")
    closes = _time("Closes")
    reason = _words("Why", "Say why in a few words.")


class LoadForm(OwnIds):
    """`about`: `drug:CODE` or `class:TAG`."""

    about = forms.ChoiceField(label="Drug or class", error_messages={"required": "Choose one."})
    load = forms.IntegerField(
        label="Load (1 to 12)", required=False, widget=forms.NumberInput(attrs={"class": SMALL})
    )
    load.help_text = "Empty: as the formulary says again."
    source = _words("Source", "Say where this comes from: a law, a policy, a decision.", 200)
    valid_from = _day("From")

    def __init__(self, *args: Any, choices: list[Any], **kwargs: Any):
        super().__init__(*args, **kwargs)
        about: Any = self.fields["about"]
        about.choices = [("", "Choose…"), *choices]
        about.widget.attrs["class"] = "form-select form-select-sm"


class RatioForm(OwnIds):
    patients_per_nurse = forms.IntegerField(
        label="Patients per nurse (1 to 12)", required=False, widget=forms.NumberInput(attrs={"class": SMALL})
    )
    patients_per_nurse.help_text = "Empty: no such rule from that day."
    source = _words("Source", "Say where this comes from: a law, a policy, a decision.", 200)
    valid_from = _day("From")
