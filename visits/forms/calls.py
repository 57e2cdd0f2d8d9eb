"""A call as it is noted while the caller is on the line."""

from django import forms


class CallForm(forms.Form):
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
