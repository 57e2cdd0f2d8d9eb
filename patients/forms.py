"""Shape and type of what is typed about a patient. What may be true is decided by rules and services."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from infusion_center.errors import DomainError
from infusion_center.shared import clock
from patients.models import Payer, Relationship
from patients.rules import identity
from patients.selectors import vocabulary
from patients.states import PhoneKind, PregnancyStatus, Sex, VocabularyKind, YesNo

LANGUAGES = [
    ("en", "English"),
    ("es", "Spanish"),
    ("ar", "Arabic"),
    ("zh", "Chinese"),
    ("fr", "French"),
    ("ht", "Haitian Creole"),
    ("hi", "Hindi"),
    ("ko", "Korean"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ru", "Russian"),
    ("tl", "Tagalog"),
    ("uk", "Ukrainian"),
    ("vi", "Vietnamese"),
    ("ase", "American Sign Language"),
    ("other", "Other"),
]
ASKED = [("", "Not asked"), ("true", "Yes"), ("false", "No")]


class WrittenDateField(forms.CharField):
    """A past day as people type it: 3/12/1980, 1980-03-12, 12 mar 1980."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return identity.read_birth_date(text, day=clock.now().date())
        except DomainError as no:
            raise ValidationError(no.message) from no

    def prepare_value(self, value: Any) -> Any:
        return f"{value.month}/{value.day}/{value.year}" if isinstance(value, date) else value


class MomentField(forms.DateTimeField):
    """A moment by the site's wall clock. Give `zone` before cleaning."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    zone = "UTC"

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(ZoneInfo(self.zone)):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(ZoneInfo(self.zone)) if isinstance(value, datetime) else value


class SiteForm(forms.Form):
    """A form whose moments are read by the clock of a site."""

    def __init__(self, *args: Any, site: Any = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = getattr(site, "zone", None) or "UTC"


def _day(label: str, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}), **kwargs
    )


def _asked(label: str) -> forms.TypedChoiceField:
    """Yes, no, or not asked."""
    return forms.TypedChoiceField(
        label=label, choices=ASKED, required=False, coerce=lambda word: word == "true", empty_value=None
    )


def _line(label: str, longest: int, required: bool = False, **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"} | attrs)
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


class FindForm(forms.Form):
    text = forms.CharField(max_length=120, required=False)


class IdentityForm(forms.Form):
    """Who the person is and where they live. `seen` is the version of the record that was on the screen."""

    given_name = _line("Given name", 80, required=True)
    family_name = _line("Family name", 80, required=True)
    birth_date = WrittenDateField(
        label="Birth date",
        max_length=30,
        widget=forms.TextInput(attrs={"placeholder": "3/12/1980", "autocomplete": "off"}),
    )
    sex_at_birth = forms.ChoiceField(label="Sex at birth", choices=Sex.choices, initial=Sex.UNKNOWN)
    preferred_name = _line("Called", 80)
    former_name = _line("Former name", 80)
    pronouns = _line("Pronouns", 30)
    gender = _line("Gender", 40)
    language = forms.ChoiceField(label="Language", choices=LANGUAGES, initial="en")
    interpreter = forms.ChoiceField(label="Interpreter needed", choices=YesNo.choices, initial=YesNo.UNKNOWN)
    email = forms.EmailField(label="E-mail", required=False)
    street = _line("Street", 120)
    city = _line("City", 60)
    state = _line("State", 30)
    postal_code = _line("ZIP", 10)
    comfort = _line("Comfort needs", 120)

    GROUPS = {
        "Name": ["given_name", "family_name", "preferred_name", "former_name"],
        "Person": ["birth_date", "sex_at_birth", "gender", "pronouns", "language", "interpreter"],
        "Address": ["street", "city", "state", "postal_code", "email", "comfort"],
    }

    def groups(self) -> Iterable[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS.items()]


class RegisterForm(IdentityForm):
    """A new record, with the phone they call from."""

    phone = _line("Phone", 30)
    may_text = forms.ChoiceField(label="May we text it?", choices=YesNo.choices, initial=YesNo.UNKNOWN)

    GROUPS = {
        "Name": ["given_name", "family_name", "birth_date", "sex_at_birth"],
        "Reach": ["phone", "may_text", "language", "interpreter"],
        "Address": IdentityForm.GROUPS["Address"],
        "Person": ["preferred_name", "former_name", "gender", "pronouns"],
    }


class CorrectForm(IdentityForm):
    died_on = _day("Died on")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    GROUPS = IdentityForm.GROUPS | {"Person": [*IdentityForm.GROUPS["Person"], "died_on"]}

    def clean_seen(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"]) if self.cleaned_data["seen"] else None
        except ValueError as no:
            raise ValidationError("Load the page again.") from no


class PhoneForm(forms.Form):
    written = _line("Number", 30, required=True, inputmode="tel")
    kind = forms.ChoiceField(label="Kind", choices=PhoneKind.choices)
    may_text = forms.ChoiceField(label="May we text it?", choices=YesNo.choices, initial=YesNo.UNKNOWN)


class ContactForm(forms.Form):
    name = _line("Name", 120, required=True)
    relation = _line("Relation", 40)
    phone = _line("Phone", 30, inputmode="tel")
    drives = forms.BooleanField(label="Drives them home", required=False)
    guardian = forms.BooleanField(label="Guardian", required=False)


class CoverageForm(forms.Form):
    payer = forms.ModelChoiceField(label="Payer", queryset=Payer.objects.none())
    member_id = _line("Member id", 40, required=True)
    rank = forms.IntegerField(label="Billed at place", initial=1, min_value=1, max_value=9)
    group_number = _line("Group number", 40)
    starts_on = _day("Starts on")
    ends_on = _day("Ends on")
    relationship = forms.ChoiceField(label="Patient is the subscriber's", choices=Relationship.choices)
    subscriber_given_name = _line("Subscriber's given name", 80)
    subscriber_family_name = _line("Subscriber's family name", 80)
    subscriber_birth_date = WrittenDateField(label="Subscriber's birth date", max_length=30, required=False)
    subscriber_sex = forms.ChoiceField(
        label="Subscriber's sex", choices=[("", "Not known"), *Sex.choices[:2]], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        payer: Any = self.fields["payer"]
        payer.queryset = Payer.objects.filter(active=True).order_by("name", "pk")


class FactForm(SiteForm):
    """Free words, and what they mean to our rules: looked up, chosen, or nothing."""

    LOOK_UP, NOTHING = "", "-"
    kind: str

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        terms = [(term.term, term.label) for term in vocabulary.terms(kind=self.kind)]
        meaning: Any = self.fields["meaning"]
        meaning.choices = [
            (self.LOOK_UP, "Look it up"),
            (self.NOTHING, "None of ours"),
            *terms,
        ]

    def term(self) -> str:
        """The chosen term, or nothing."""
        chosen = self.cleaned_data["meaning"]
        return "" if chosen in (self.LOOK_UP, self.NOTHING) else chosen

    def origin(self) -> dict[str, Any]:
        """The words "none of ours" are a person's: nothing is left to review."""
        return {"unmapped": False} if self.cleaned_data["meaning"] == self.NOTHING else {}


class AllergyForm(FactForm):
    kind = VocabularyKind.ALLERGY
    text = _line("Allergic to", 200, required=True)
    meaning = forms.ChoiceField(label="Our drug group", required=False)
    reaction = _line("Reaction", 120)
    severe = _asked("Severe")

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        other = f"other:{said['text']}"[:80] if said["meaning"] == self.NOTHING else ""
        facts = {name: said[name] for name in ("text", "reaction", "severe")}
        return facts | {"group": self.term() or other} | self.origin()


class ConditionForm(FactForm):
    kind = VocabularyKind.CONDITION
    text = _line("Condition", 200, required=True)
    meaning = forms.ChoiceField(label="Our tag", required=False)
    began_on = _day("Since")

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"text": said["text"], "tag": self.term(), "began_on": said["began_on"]} | self.origin()


class MedicationForm(FactForm):
    kind = VocabularyKind.DRUG_GROUP
    text = _line("Takes", 200, required=True, placeholder="sumatriptan 50 mg")
    meaning = forms.ChoiceField(label="Our drug group", required=False)
    started_on = _day("Since")
    last_taken_at = MomentField(label="Last taken (empty: not known)", required=False)

    def facts(self) -> dict[str, Any]:
        said = self.cleaned_data
        chosen = [self.term()] if self.term() else []
        times = {"started_on": said["started_on"], "last_taken_at": said["last_taken_at"]}
        return {"text": said["text"], "groups": chosen} | times | self.origin()


class LastTakenForm(SiteForm):
    last_taken_at = MomentField(label="Last taken (empty: they do not know)", required=False)


class WeightForm(SiteForm):
    value = forms.DecimalField(label="Weight", max_digits=6, decimal_places=2, min_value=0)
    unit = forms.ChoiceField(label="Unit", choices=[("kg", "kg"), ("lb", "lb")])
    measured_at = MomentField(label="Measured (empty: just now)", required=False)


class PregnancyForm(forms.Form):
    status = forms.ChoiceField(
        label="Pregnant?", choices=PregnancyStatus.choices, initial=PregnancyStatus.UNKNOWN
    )
    due_on = _day("Due on")
    contraception = forms.ChoiceField(
        label="Contraception",
        choices=[("", "Not asked"), ("effective", "Effective"), ("none", "None")],
        required=False,
    )
    breastfeeding = _asked("Breastfeeding")
