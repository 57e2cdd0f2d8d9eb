"""A spoken order, as the nurse writes it down."""

from collections.abc import Sequence
from typing import Any

from django import forms

from infusion_center.accounts.models import User
from visits.forms.charting import ChartForm


class VerbalForm(ChartForm):
    """Who said it, about what, in which words, when; read back or it is none."""

    moment = "spoken_at"
    spoken_by = forms.ChoiceField(
        label="Which provider", error_messages={"required": "Say which provider gave the order."}
    )
    what = forms.ChoiceField(
        label="What is given", error_messages={"required": "Choose what is to be given."}
    )
    spoken = forms.CharField(
        label="What was said",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Drug, dose, how and how fast, in the words of the provider",
        error_messages={"required": "Write down what was said, drug and dose."},
    )
    read_back = forms.BooleanField(
        label="I have read it back, and it was confirmed",
        error_messages={"required": "Read it back to the provider first, then tick it."},
    )

    def __init__(
        self, *args: Any, providers: Sequence[User], about: Sequence[tuple[str, str]], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.providers = {str(one.pk): one for one in providers}
        who: Any = self.fields["spoken_by"]
        who.choices = [("", "Choose"), *((pk, one.name) for pk, one in self.providers.items())]
        what: Any = self.fields["what"]
        what.choices = [("", "Choose"), *about]
        self.fields["spoken_at"].label = "Said at"
        self.order_fields(["spoken_by", "what", "spoken_at", "spoken", "read_back"])

    def clean_spoken_by(self) -> User:
        return self.providers[self.cleaned_data["spoken_by"]]
