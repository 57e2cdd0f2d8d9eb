"""A call as it is noted while the caller is on the line, and what is asked before a chair is offered."""

from typing import Any

from django import forms

from visits.states import RedFlag, SentTo

YES_NO = [("yes", "Yes"), ("no", "No")]


class RedFlagForm(forms.Form):
    """`flag_<code>`: yes, no, or empty: not asked."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for flag in RedFlag.values:
            self.fields[f"flag_{flag}"] = forms.ChoiceField(choices=YES_NO, required=False)

    def answers(self) -> dict[str, str]:
        """As sent, by code of the flag."""
        return {flag: self.data.get(f"flag_{flag}", "") for flag in RedFlag.values}


class CallForm(RedFlagForm):
    caller = forms.CharField(label="Caller", max_length=120, required=False)
    phone = forms.CharField(label="Phone", max_length=30, required=False)
    wish = forms.CharField(label="Wish", max_length=200, required=False)
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

    def call(self) -> dict[str, Any]:
        """What was noted of the call itself."""
        return {name: self.cleaned_data[name] for name in self.base_fields}


class ClearFlagForm(forms.Form):
    flag = forms.ChoiceField(choices=RedFlag.choices)
    reason = forms.CharField(max_length=200, required=False, strip=True)


class SendOnForm(forms.Form):
    where = forms.ChoiceField(choices=SentTo.choices)


class EarlierForm(forms.Form):
    """From when a booked patient could come, and how far away they are."""

    earliest = forms.TimeField(required=False)
    travel_minutes = forms.IntegerField(min_value=0, max_value=300, required=False)


class ForWhomForm(forms.Form):
    """Which entry of the waitlist a freed time is offered to."""

    waiting = forms.UUIDField()


class OffTheListForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False, strip=True)
    refused = forms.BooleanField(required=False)
