"""Facts entered at a visit: the questions with the driver, where the line lies, a weight."""

from typing import Any

from django import forms

from patients.fact_forms import QuestionsForm, Row, kinds_to_enter
from patients.states import Question, YesNo
from visits.models import Visit
from visits.states import IvSite


def field_ids(visit: Visit) -> str:
    """How the fields of these forms are called on the page: a link may point at one."""
    return f"ask-{visit.key}-%s"


class ResultsForm(forms.Form):
    """Nothing but the choice of what to enter."""

    kinds = kinds_to_enter()


class IvSiteForm(forms.Form):
    iv_site = forms.ChoiceField(
        label="Where does the line lie?",
        choices=IvSite.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say where the line lies."},
    )
    gauge = forms.TypedChoiceField(
        label="Gauge",
        required=False,
        choices=[("", "not recorded"), *((number, f"{number} G") for number in (18, 20, 22, 24, 26))],
        coerce=int,
        empty_value=None,
    )
    attempts = forms.IntegerField(label="Attempts", required=False)
    second_because = forms.CharField(
        label="A second line: why",
        required=False,
        max_length=200,
        help_text="Empty: this is the line in use",
    )


class VisitQuestionsForm(QuestionsForm):
    """With the way home."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["has_driver"] = forms.ChoiceField(
            label="Does somebody drive you home?",
            required=False,
            choices=[(YesNo.YES, "Yes"), (YesNo.NO, "No"), (YesNo.UNKNOWN, "Don't know yet")],
            widget=forms.RadioSelect,
        )
        self.fields["driver_name"] = forms.CharField(
            label="Who?",
            required=False,
            max_length=80,
            widget=forms.TextInput(attrs={"class": "form-control form-control-sm", "autocomplete": "off"}),
        )

    def _today_rows(self) -> list[Row]:
        driver = self._row("has_driver", details=["driver_name"])
        before = self.answered.get(Question.DRIVER)
        return [*super()._today_rows(), Row(driver.legend, driver.taps, driver.details, before)]

    def driver(self) -> dict[str, Any]:
        """Words of the service."""
        return {name: self.cleaned_data[name] for name in ("has_driver", "driver_name")}
