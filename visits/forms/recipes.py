"""The steps of a regimen as typed: those of the composing page, and what only a recipe says."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from regimens.models import RegimenStep
from regimens.rules.step_limits import MOST_STEPS
from regimens.selectors.composing import PlannedStep
from regimens.services.variants import RecipeStep
from visits.forms.composing import StepForm, rows_of


class RecipeStepForm(StepForm):
    """A step that may be left out, or is given on a condition. `dose` may be per kg."""

    optional = forms.BooleanField(label="May be left out", required=False)
    condition = forms.CharField(label="Given when", max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["optional"].widget.attrs["class"] = "form-check-input"
        most: Any = self.fields["max_dose"]
        most.label, most.widget = "At most", forms.TextInput(attrs=most.widget.attrs | {"size": 6})
        most.widget.attrs |= {"class": "form-control form-control-sm", "inputmode": "decimal"}

    def step(self) -> RecipeStep | None:
        """None while something in it cannot be read."""
        if not self.is_valid():
            return None
        typed = dict(self.cleaned_data)
        optional, condition = typed.pop("optional"), typed.pop("condition")
        typed["gap_minutes"] = typed["gap_minutes"] or 0
        return RecipeStep(PlannedStep(**typed), optional, condition)


class NameForm(forms.Form):
    use_required_attribute = False
    name = forms.CharField(max_length=120, label="Name", error_messages={"required": "Give it a name."})


def rows_in(data: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of a posted form, as typed."""
    count = data.get("count", "0")
    number = int(count) if count.isdecimal() and len(count) < 4 else 0
    names = list(RecipeStepForm.base_fields)
    return [
        {name: data.get(f"s{index}-{name}", "") for name in names} for index in range(min(number, MOST_STEPS))
    ]


def rows_of_recipe(steps: Sequence[RegimenStep], typed: Sequence[PlannedStep]) -> list[dict[str, str]]:
    """A stored recipe as rows of the form; the condition apart from the note."""
    return [
        row | {"note": step.note, "condition": step.condition, "optional": "on" if step.optional else ""}
        for row, step in zip(rows_of(typed), steps, strict=True)
    ]
