"""The note: typed paragraphs, and what is added after the signature."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from infusion_center.accounts.models import User
from visits.forms.charting import wall_time
from visits.models import Visit
from visits.selectors.corrections import Row
from visits.selectors.telling import AFTER, BEFORE
from visits.services.after_signing import MOMENTS
from visits.states import IN_ERROR


def _paragraph(label: str, help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 5})
    return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=widget)


class NoteForm(forms.Form):
    """`version` and `seen`: of the note as it stood when the page was made."""

    before = _paragraph(BEFORE, "History and reason, in your words. It stands before what the chart tells.")
    after = _paragraph(AFTER, "It stands after what the chart tells.")
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_version(self) -> int:
        return self.cleaned_data["version"] or 0


class AddendumForm(forms.Form):
    text = forms.CharField(
        label="What is added",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what is to be added."},
    )
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})


class CorrectionForm(forms.Form):
    """Which charted row and field, and what was found: a time on the site's wall clock, or a number."""

    what = forms.ChoiceField(label="What was written down wrong", error_messages={"required": "Choose it."})
    found_at = wall_time("Time found")
    found = forms.DecimalField(label="Number found", required=False, max_digits=10, decimal_places=3)
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})

    def __init__(self, *args: Any, visit: Visit, rows: Sequence[Row], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.visit = visit
        self.fields["found_at"].help_text = "Where a time was wrong"
        self.fields["found"].help_text = "Where a number was wrong"
        what: Any = self.fields["what"]
        what.choices = [("", "…"), *((_named(row), list(_choices(row, visit))) for row in rows)]

    def clean(self) -> dict[str, Any]:
        """`what` becomes kind, row and field; the time a moment of the visit's day."""
        data = super().clean() or self.cleaned_data
        if wall := data.get("found_at"):
            data["found_at"] = self.visit.site.moment(self.visit.day, wall)
        if what := data.pop("what", None):
            kind, row, field = what.split(":")
            data |= {"kind": kind, "row": int(row), "field": field}
        return data


class CoSignatureForm(forms.Form):
    provider = forms.ModelChoiceField(
        User.objects.none(), label="Who shall co-sign", error_messages={"required": "Choose a provider."}
    )

    def __init__(self, *args: Any, providers: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["provider"]
        field.queryset, field.label_from_instance = providers, lambda one: one.name


def _named(row: Row) -> str:
    return row.words[:1].upper() + row.words[1:]


def _choices(row: Row, visit: Visit) -> Iterable[tuple[str, str]]:
    """One per field that has a value to be wrong, and the row as a whole."""
    for field, name in row.fields.items():
        if row.charted[field] is not None:
            yield f"{row.kind}:{row.row}:{field}", f"{name} {shown(row, field, visit)}"
    yield f"{row.kind}:{row.row}:{IN_ERROR}", "entered in error"


def shown(row: Row, field: str, visit: Visit) -> str:
    """The charted value: a moment on the site's wall clock, a number as it stands."""
    value: Any = row.charted[field]
    if field in MOMENTS:
        return f"{value.astimezone(visit.site.zoneinfo):%H:%M}"
    return str(value)
