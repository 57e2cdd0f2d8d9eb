"""Who goes to whom, and the words that go along."""

from collections.abc import Sequence
from typing import Any

from django import forms

from visits.models import Visit
from visits.selectors.hand_over import Colleague


class HandOverForm(forms.Form):
    """One tick and one line of words for each patient; a tick carries the patient it was shown for."""

    to = forms.TypedChoiceField(
        label="To",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who takes them."},
    )
    on_break = forms.BooleanField(label="Only until I am back", required=False)
    visits = forms.CharField(required=False, widget=forms.HiddenInput)  # where a refusal about them stands

    def __init__(
        self, *args: Any, visits: Sequence[Visit], mine: Sequence[Visit], colleagues: Sequence[Colleague]
    ):
        super().__init__(*args)
        self.offered, self.people = list(visits), {one.nurse.pk: one.nurse for one in colleagues}
        to: Any = self.fields["to"]
        to.choices = [(one.nurse.pk, _words(one)) for one in colleagues]
        theirs = {visit.pk for visit in mine}
        for visit in visits:
            self.fields[f"give_{visit.key}"] = forms.CharField(
                required=False,
                initial=visit.pk in theirs,
                widget=forms.CheckboxInput(attrs={"value": str(visit.patient.key)}),
                label=f"Hand over {visit.patient.name}",
            )
            self.fields[f"words_{visit.key}"] = forms.CharField(
                required=False, max_length=300, label=f"What to know about {visit.patient.name}"
            )

    @property
    def rows(self) -> list[tuple[Visit, forms.BoundField, forms.BoundField]]:
        return [(visit, self[f"give_{visit.key}"], self[f"words_{visit.key}"]) for visit in self.offered]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = [visit for visit in self.offered if self.data.get(f"give_{visit.key}")]
        if any(self.data[f"give_{visit.key}"] != str(visit.patient.key) for visit in chosen):
            raise forms.ValidationError(
                "The page was opened for another patient. Nothing was written: load it again."
            )
        return {
            "visits": chosen,
            "to": self.people.get(data.get("to", 0)),
            "words": {visit.pk: data.get(f"words_{visit.key}", "") for visit in chosen},
            "on_break": data.get("on_break", False),
        }


def _words(one: Colleague) -> str:
    patients = "one patient" if one.patients == 1 else f"{one.patients or 'no'} patients"
    return f"{one.nurse.short_name}: {patients}, {one.shift}"
