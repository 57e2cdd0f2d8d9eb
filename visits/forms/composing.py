"""The composing page's form: a head, and one small form per step, prefixed `s0`, `s1` ... in their order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from regimens.models import Drug
from regimens.rules.step_limits import MOST_STEPS
from regimens.selectors.composing import PlannedStep
from regimens.states import Indication, Method, Starts
from visits.selectors.composing import plain

NUMBER = {"inputmode": "decimal", "autocomplete": "off", "size": "6"}
SMALL = "form-control form-control-sm"
WHOLE = {"inputmode": "numeric", "autocomplete": "off", "size": "4"}


def _words(what: str) -> dict[str, str]:
    """One sentence for whatever is wrong with a number."""
    wrong = f"Write {what} as a number."
    return {
        "required": f"Write {what}.",
        "invalid": wrong,
        "max_digits": wrong,
        "max_decimal_places": wrong,
        "max_whole_digits": wrong,
    }


def _decimal(what: str, label: str, **facts: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs=NUMBER)
    return forms.DecimalField(label=label, widget=widget, error_messages=_words(what), **facts)


def _whole(what: str, label: str, **facts: Any) -> forms.IntegerField:
    widget = forms.TextInput(attrs=WHOLE)
    return forms.IntegerField(label=label, widget=widget, error_messages=_words(what), **facts)


class StepForm(forms.Form):
    """One step as typed. What makes no sense of it is said by `problems_of`, beside the field."""

    use_required_attribute = False
    drug = forms.CharField(max_length=60, widget=forms.HiddenInput)
    dose = _decimal("the dose", "Dose", max_digits=10, decimal_places=3)
    unit = forms.CharField(max_length=12, label="Unit")
    method = forms.ChoiceField(choices=Method.choices, label="Method")
    minutes = _whole("the minutes", "Minutes")
    volume_ml = _decimal("the volume", "Volume mL", max_digits=7, decimal_places=2, required=False)
    diluent = forms.CharField(max_length=120, required=False, label="Diluent")
    starts = forms.ChoiceField(choices=Starts.choices, label="Starts")
    gap_minutes = _whole("the wait", "Wait min", required=False)
    indication = forms.ChoiceField(choices=Indication.choices, label="Given for")
    only_if_pain_over = _whole("the pain", "Only if pain over", required=False)
    max_dose = forms.DecimalField(max_digits=10, decimal_places=3, required=False, widget=forms.HiddenInput)
    note = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)

    def __init__(self, row: Mapping[str, str], *, index: int, drugs: Mapping[str, Drug], focus: str = ""):
        super().__init__({f"s{index}-{name}": value for name, value in row.items()}, prefix=f"s{index}")
        self.index, self.row = index, row
        self.known = drugs.get(row.get("drug", ""))
        own = self._units()
        self.fields["unit"].widget = forms.Select(choices=[(unit, unit) for unit in own])
        if index == 0:  # the first waits for nothing, whatever its place says
            self.fields["starts"].widget = forms.HiddenInput()
        if focus == f"id_s{index}-dose":
            self.fields["dose"].widget.attrs["data-focus"] = ""
        self.up_id, self.down_id = f"up-{index}", f"down-{index}"
        for one in self.fields.values():
            look = "form-select form-select-sm" if isinstance(one.widget, forms.Select) else SMALL
            if not one.widget.is_hidden:
                one.widget.attrs |= {"aria-describedby": f"said-{index}", "class": look}

    def clean_drug(self) -> Drug:
        if self.known is None:
            raise forms.ValidationError("There is no such drug in the formulary.")
        return self.known

    def planned(self) -> PlannedStep | None:
        """The step, or None while something in it cannot be read."""
        if not self.is_valid():
            return None
        typed = dict(self.cleaned_data)
        typed["gap_minutes"] = typed["gap_minutes"] or 0
        return PlannedStep(**typed)

    def put(self, problems: Mapping[str, str] | None) -> None:
        """Refusals go beside their fields."""
        for field, sentence in (problems or {}).items():
            self.add_error(field if field in self.fields else None, sentence)

    @property
    def name(self) -> str:
        return self.known.name if self.known else self.row.get("drug", "")

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """(label, sentence) of everything that is wrong."""
        return [
            (str(self.fields[field].label or "Drug") if field in self.fields else "", str(sentence))
            for field, said in self.errors.items()
            for sentence in said
        ]

    def _units(self) -> list[str]:
        """The drug's own unit, flat and per kg, and whatever was typed."""
        typed = self.row.get("unit", "")
        plain_unit = "mL" if "mL" in typed or (self.known and "fluid" in self.known.class_tags) else "mg"
        return list(dict.fromkeys([plain_unit, f"{plain_unit}/kg", *([typed] if typed else [])]))


class HeadForm(forms.Form):
    """What belongs to the whole order."""

    use_required_attribute = False
    title = forms.CharField(max_length=120, required=False, label="Name of the order")
    note = forms.CharField(
        max_length=500, required=False, label="Note to the nurse", widget=forms.Textarea(attrs={"rows": 2})
    )


class WeightForm(forms.Form):
    use_required_attribute = False
    weight = forms.DecimalField(
        max_digits=6, decimal_places=2, label="Weight today", widget=forms.TextInput(attrs=NUMBER)
    )
    weight_unit = forms.ChoiceField(choices=[("kg", "kg"), ("lb", "lb")], label="Unit")


def rows_in(data: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of a posted form, as typed."""
    count = data.get("count", "0")
    number = int(count) if count.isdecimal() and len(count) < 4 else 0
    names = list(StepForm.base_fields)
    return [
        {name: data.get(f"s{index}-{name}", "") for name in names} for index in range(min(number, MOST_STEPS))
    ]


def rows_of(steps: Sequence[PlannedStep]) -> list[dict[str, str]]:
    """Steps as rows of the form."""
    return [
        {
            "drug": step.drug.code,
            "dose": plain(step.dose),
            "unit": step.unit,
            "method": step.method,
            "minutes": plain(step.minutes),
            "volume_ml": plain(step.volume_ml),
            "diluent": step.diluent,
            "starts": step.starts,
            "gap_minutes": plain(step.gap_minutes),
            "indication": step.indication,
            "only_if_pain_over": plain(step.only_if_pain_over),
            "max_dose": plain(step.max_dose),
            "note": step.note,
        }
        for step in steps
    ]
