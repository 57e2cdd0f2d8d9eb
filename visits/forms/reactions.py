"""A reaction as it is tapped, what became of it, and a dose given at once. The rules are the services'."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from visits.forms.charting import ChartForm, wall_time
from visits.models import Administration, Reaction
from visits.selectors.chart import is_fluid
from visits.selectors.reactions import grouped_under
from visits.states import OPEN_LINE, Grade, ReactionAction, ReactionKind, ReactionOutcome, Remembered, Route

NOT_CLEAR = "unclear"
AS_RECORDED = ("kind", "grade", "words", "actions", "action_words")
SAY_WHY = {"required": "Say what was wrong."}


class ReactionForm(ChartForm):
    """Kind, grade, which drug, when, what was done. The one drug that runs is proposed."""

    moment = "began_at"
    kind = forms.ChoiceField(
        label="What is it?",
        choices=ReactionKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what kind of reaction it is."},
    )
    grade = forms.TypedChoiceField(
        label="How bad?",
        choices=Grade.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how bad it is."},
    )
    administration = forms.ChoiceField(
        label="After which drug?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say after which drug, or that it is not clear."},
    )
    actions = forms.MultipleChoiceField(
        label="What was done?",
        choices=ReactionAction.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(label="In words", required=False, max_length=200)
    action_words = forms.CharField(label="What else was done", required=False, max_length=200)

    def __init__(self, *args: Any, agents: Sequence[Administration], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.agents = {str(line.key): line for line in agents}
        named = [(key, line.drug.name) for key, line in self.agents.items()]
        field: Any = self.fields["administration"]
        field.choices = [*named, (NOT_CLEAR, "Not clear which")]
        running = [line for line in agents if line.state in OPEN_LINE and not is_fluid(line)]
        if len(running) == 1:
            self.initial.setdefault("administration", str(running[0].key))
        self.fields["began_at"].label = "Began at"

    def clean(self) -> dict[str, Any]:
        """The key becomes the line, "not clear" becomes none."""
        data = super().clean()
        return data | {"administration": self.agents.get(data.get("administration", ""))}


class CorrectionForm(ReactionForm):
    """The same, filled with what was recorded, and what was wrong with it."""

    reason = forms.CharField(label="What was wrong", max_length=200, error_messages=SAY_WHY)

    def __init__(self, *args: Any, reaction: Reaction, **kwargs: Any):
        self.reaction = reaction
        line = reaction.administration
        was = {name: getattr(reaction, name) for name in AS_RECORDED}
        was["administration"] = str(line.key) if line else NOT_CLEAR
        was["began_at"] = reaction.began_at.astimezone(reaction.visit.site.zoneinfo).time()
        super().__init__(*args, initial=was, **kwargs)

    def at(self, wall: Any) -> datetime:
        """The minute that was shown is the moment that was recorded, with its seconds."""
        was, moment = self.reaction.began_at, super().at(wall)
        return was if moment <= was and (was - moment).total_seconds() < 60 else moment


class SettleForm(ChartForm):
    outcome = forms.ChoiceField(
        label="How did it go?",
        choices=[one for one in ReactionOutcome.choices if one[0] != ReactionOutcome.ONGOING],
        widget=forms.RadioSelect,
        error_messages={"required": "Say how it went."},
    )
    ended_at = wall_time("Over at")

    def clean_ended_at(self) -> datetime:
        return self.at(self.cleaned_data["ended_at"])


class WrongForm(ChartForm):
    """A reaction or a dose that never was."""

    reason = forms.CharField(label="What was wrong", max_length=200, error_messages=SAY_WHY)


class ConfirmForm(ChartForm):
    """What the patient's history shall say: an allergy to the drug, to a group of it, or an intolerance."""

    remember = forms.ChoiceField(
        label="Record as",
        widget=forms.RadioSelect,
        error_messages={"required": "Say what it is to be recorded as."},
        help_text="An allergy stops the drug wherever it is ordered. An intolerance is shown; after "
        "akathisia and dystonia the rules ask for a reason.",
    )

    def __init__(self, *args: Any, reaction: Reaction, **kwargs: Any):
        super().__init__(*args, **kwargs)
        line = reaction.administration
        groups = grouped_under(line.drug) if line else []
        field: Any = self.fields["remember"]
        field.choices = [
            *((group, f"Allergy: {words}") for group, words in groups),
            (Remembered.INTOLERANCE, "Intolerance"),
        ]

    def allergy_group(self) -> str:
        said = self.cleaned_data["remember"]
        return "" if said == Remembered.INTOLERANCE else said


class DoseForm(ChartForm):
    """A dose given at once. `key` and `code` come with a button of the card."""

    moment = "given_at"
    drug = forms.CharField(max_length=80, error_messages={"required": "Say which drug."})
    amount = forms.DecimalField(max_digits=10, decimal_places=3, error_messages={"required": "Say how much."})
    unit = forms.CharField(max_length=12, error_messages={"required": "Say in which unit."})
    route = forms.ChoiceField(choices=Route.choices, error_messages={"required": "Say how it was given."})
    code = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
