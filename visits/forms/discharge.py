"""The discharge checklist, and the two other ways a visit ends."""

from typing import Any

from django import forms

from patients.states import YesNo
from visits.forms.charting import PainField, VitalsForm
from visits.models import Visit
from visits.selectors.leaving import Ready

ANSWERS = [(YesNo.YES, "Yes"), (YesNo.NO, "No"), (YesNo.UNKNOWN, "Not known")]


class DischargeForm(VitalsForm):
    """Pre-filled where something is known; pain, activity and the IV are asked."""

    moment = "left_at"
    steps = False
    pain = PainField(label="Pain at discharge", error_messages={"required": "Ask for the pain, 0 to 10."})
    back_to_activity = forms.ChoiceField(
        label="Back to work or regular activity today?",
        choices=ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": "Ask whether they go back to their activity."},
    )
    iv_out = forms.ChoiceField(
        label="IV out?",
        choices=ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the IV is out."},
    )
    left_with = forms.CharField(label="Who drives them home", required=False, max_length=80)
    taught = forms.BooleanField(label="After-visit sheet given and explained", required=False)
    belongings = forms.BooleanField(label="Belongings are with the patient", required=False)
    follow_up = forms.CharField(
        label="Follow-up agreed",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "We call tomorrow at ten"}),
    )
    note = forms.CharField(label="Note", required=False, max_length=300)
    field_order = [
        "pain",
        "back_to_activity",
        "iv_out",
        "left_with",
        "taught",
        "belongings",
        "follow_up",
        "note",
    ]

    def __init__(self, *args: Any, visit: Visit, ready: Ready, **kwargs: Any):
        known = {"left_with": visit.driver_name, "pain": ready.pain}
        kwargs.setdefault("initial", known | ({"iv_out": YesNo.YES} if ready.iv_out else {}))
        super().__init__(*args, visit=visit, **kwargs)
        self.fields["left_at"].label = "Left at"

    def clean(self) -> dict[str, Any]:
        """The six numbers become `vitals`; what is not ticked is not known."""
        data = super().clean()
        data["vitals"] = {name: data.pop(name, None) for name in VitalsForm.base_fields}
        ticked = {name: YesNo.YES if data.get(name) else YesNo.UNKNOWN for name in ("taught", "belongings")}
        return data | ticked


class EndForm(forms.Form):
    """Before everything was given."""

    how = forms.ChoiceField(
        label="How",
        choices=[
            ("left_early", "Left before done"),
            ("transferred", "To an emergency department or hospital"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Why, and where to", max_length=200)
    pain = PainField(label="Pain now", required=False)
