"""Forms over rows of the rule book: what is typed becomes the whole row, what is not shown stays as it is.

A `Section` says which parts of a row are edited together, a `Blank` how one value is asked for, `Rows` which
list of the row is edited line by line.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from regimens.rules.differences import shown
from regimens.rules.safety.rows import BadRow

SEPARATOR = "__"
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
CONDITION_HELP = "Empty: always. The names are listed beside."
CONFIDENCE = (("recalled", "Recalled, not checked"), ("sourced", "Sourced"))
Choices = list[tuple[str, Any]]


class Picked(forms.ChoiceField):
    """A select whose first line says that nothing is chosen; a value of before stays choosable."""

    def __init__(self, *, choices: Choices, initial: Any = None, **kwargs: Any):
        super().__init__(choices=[("", "–"), *choices], **kwargs)


class Lines(forms.CharField):
    """Several values, one in a line or parted by commas."""

    widget: Any = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]


class Sentences(Lines):
    """Several sentences, one in a line."""

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in forms.CharField.clean(self, value).splitlines() if line.strip()]


class Codes(Lines):
    """Several short values in one line."""

    widget: Any = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class Numbers(Codes):
    """Several numbers in one line."""

    def clean(self, value: Any) -> list[Any]:
        lines = super().clean(value)
        if not all(NUMBER.fullmatch(line) for line in lines):
            raise forms.ValidationError("Numbers parted by commas, such as 3, 5, 7.")
        return [plain(Decimal(line)) for line in lines]


class NumberWhen(Sentences):
    """`value when condition` in each line, as the lists inside a list are written: `60 when age_years >= 65`.

    Takes the keys of the value and of the value per kg, such as `limit` and `limit_per_kg`.
    """

    def __init__(self, *, value: str, per_kg: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.value, self.per_kg = value, per_kg

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(self._line, value)) if isinstance(value, list) else value

    def _line(self, row: dict[str, Any]) -> str:
        number = f"{row[self.per_kg]}/kg" if row.get(self.per_kg) is not None else row.get(self.value)
        return f"{number} when {row['when']}"

    def clean(self, value: Any) -> list[Any]:
        return [self._row(line) for line in super().clean(value)]

    def _row(self, line: str) -> dict[str, Any]:
        number, parted, condition = line.partition(" when ")
        key = self.per_kg if number.strip().endswith("/kg") else self.value
        digits = number.strip().removesuffix("/kg").strip()
        if not parted or not NUMBER.fullmatch(digits):
            raise forms.ValidationError(
                "Each line reads: number when condition. Such as: 60 when age_years >= 65"
            )
        return {"when": condition.strip(), key: plain(Decimal(digits))}


Make = Callable[..., forms.Field]
KINDS: dict[str, Make] = {
    "text": lambda **more: forms.CharField(**more),
    "prose": lambda **more: forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), **more),
    "condition": lambda help_text="", **more: forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "condition", "spellcheck": "false"}),
        help_text=help_text or CONDITION_HELP,
        **more,
    ),
    "number": lambda **more: forms.DecimalField(max_digits=12, decimal_places=4, **more),
    "whole": lambda **more: forms.IntegerField(**more),
    "day": lambda **more: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **more),
    "tick": lambda **more: forms.BooleanField(**more),
    "one": Picked,
    "many": lambda **more: forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, **more),
    "lines": lambda **more: Lines(**more),
    "codes": lambda **more: Codes(**more),
    "sentences": lambda **more: Sentences(**more),
    "numbers": lambda **more: Numbers(**more),
    "adjusted": lambda **more: NumberWhen(value="limit", per_kg="limit_per_kg", **more),
    "pick": Picked,
}


@dataclass(frozen=True)
class Blank:
    """One value. `path` is where it stands in the row (`adult_dose.max`); empty: the row is the value.

    `choices` names a list of `Section.choices`, or is one. `prose`: people read it, nothing reckons with it.
    """

    path: str
    label: str
    kind: str = "text"
    choices: Any = ()
    required: bool = False
    help: str = ""
    prose: bool = False

    @property
    def name(self) -> str:
        return self.path.replace(".", SEPARATOR) or "value"

    def field(self, choices: dict[str, Choices], *, typed_already: Any) -> forms.Field:
        more: dict[str, Any] = {
            "label": self.label,
            "required": self.required,
            "help_text": self.help or ("For people: nothing reckons with it." if self.prose else ""),
        }
        if self.kind in ("one", "many", "pick"):
            offered = choices[self.choices] if isinstance(self.choices, str) else list(self.choices)
            more["choices"] = with_present(offered, typed_already)
        return KINDS[self.kind](**more)

    def value(self, row: Any) -> Any:
        """As the form shows it."""
        found = at(row, self.path)
        if self.kind == "pick":
            return picked(found)
        return found

    def shown(self, row: Any) -> str:
        """As the page shows it."""
        found = at(row, self.path)
        if self.kind == "pick" and found:
            key, wanted = next(iter(found.items()))
            return f"{key.replace('_', ' ')}: {str(wanted).replace('_', ' ')}"
        said = shown(found)
        return said.replace("_", " ") if self.kind in ("one", "many") else said

    def put(self, row: Any, typed: Any) -> Any:
        """The row with what was typed. What says nothing on both sides is left as it was written."""
        before = at(row, self.path)
        value = unpicked(typed) if self.kind == "pick" else plain(typed)
        if value == before or (_nothing(value) and _nothing(before)):
            return row
        if not self.path:
            return value
        *groups, key = self.path.split(".")
        inner = row
        for group in groups:
            inner[group] = dict(inner.get(group) or {})
            inner = inner[group]
        if _nothing(value) and self.kind in ("condition", "adjusted"):
            inner.pop(key, None)
        else:
            inner[key] = self._cleared() if _nothing(value) and value is not False else value
        return row

    def _cleared(self) -> Any:
        if self.kind in ("many", "lines", "codes", "sentences", "numbers"):
            return []
        return "" if self.kind in ("text", "prose") else None


@dataclass(frozen=True)
class Rows:
    """A list of the row, one line each. `needs`: without this value a line is prose."""

    path: str
    label: str
    blanks: tuple[Blank, ...]
    needs: str = ""
    help: str = ""
    marked: bool = True

    @property
    def prefix(self) -> str:
        return self.path.replace(".", SEPARATOR)

    @property
    def every(self) -> tuple[Blank, ...]:
        return (*self.blanks, *(LINE_MARK if self.marked else ()))

    def lines(self, row: dict[str, Any]) -> list[Any]:
        return at(row, self.path) or []


@dataclass(frozen=True)
class Section:
    """What is edited on one page. `marks`: keys of the row whose provenance is asked for beside them."""

    name: str
    label: str
    blanks: tuple[Blank, ...] = ()
    rows: tuple[Rows, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[Blank, ...]:
        marks = [one for key in self.marks for one in marks_of(key)]
        return (*self.blanks, *marks)


LINE_MARK = (
    Blank("confidence", "Known from", "one", CONFIDENCE),
    Blank("sources", "Sources", "codes", help="Codes such as D2, G14"),
    Blank("provenance_note", "Note on the source"),
)


def marks_of(key: str) -> tuple[Blank, ...]:
    about = key.replace("_", " ")
    place = f"provenance.{key}"
    return (
        Blank(f"{place}.confidence", f"{about}: known from".capitalize(), "one", CONFIDENCE),
        Blank(f"{place}.sources", f"{about}: sources".capitalize(), "codes", help="Codes such as D2, G14"),
        Blank(f"{place}.note", f"{about}: note on the source".capitalize()),
    )


@dataclass
class SectionForm:
    """One section, bound to what was typed or showing the row as it stands."""

    section: Section
    before: dict[str, Any]
    choices: dict[str, Choices]
    data: QueryDict | None = None
    form: forms.Form = field(init=False)
    tables: list[tuple[Rows, Any]] = field(init=False)

    def __post_init__(self) -> None:
        blanks = self.section.every
        made = _form_of(blanks, self.choices, self.before)
        self.form = made(self.data, initial={one.name: one.value(self.before) for one in blanks})
        self.tables = [(rows, self._table(rows)) for rows in self.section.rows]

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), *(table.is_valid() for _, table in self.tables)])

    def row(self) -> dict[str, Any]:
        """The whole row as typed; only after `is_valid`."""
        row = deepcopy(self.before)
        for blank in self.section.every:
            row = blank.put(row, self.form.cleaned_data[blank.name])
        for rows, table in self.tables:
            lines = [line for _, line in self._typed_lines(rows, table)]
            row = Blank(rows.path, "", "lines").put(row, lines)
        return row

    def put(self, no: BadRow) -> None:
        """The refusal beside the field it is about, or above the form."""
        for rows, table in self.tables:
            if no.place.startswith(f"{rows.path}."):
                number, _, rest = no.place.removeprefix(f"{rows.path}.").partition(".")
                lines = [line for line, _ in self._typed_lines(rows, table)]
                if number.isdigit() and int(number) < len(lines):
                    _put(lines[int(number)], rows.every, rest, no)
                    return
        _put(self.form, self.section.every, no.place, no)

    def _table(self, rows: Rows) -> Any:
        lines = rows.lines(self.before)
        initial = [
            {"was": number, **{one.name: one.value(line) for one in rows.every}}
            for number, line in enumerate(lines)
        ]
        made: Any = forms.formset_factory(
            _form_of(rows.every, self.choices, *lines, line=True), extra=1, can_delete=True, max_num=200
        )
        return made(self.data, initial=initial, prefix=rows.prefix)

    def _typed_lines(self, rows: Rows, table: Any) -> Iterator[tuple[forms.Form, Any]]:
        """Every line that stays, with the row it makes."""
        before = rows.lines(self.before)
        for form in table:
            typed = form.cleaned_data
            if not typed or typed.get("DELETE") or not (form.has_changed() or typed.get("was") is not None):
                continue
            was = typed.get("was")
            line = deepcopy(before[was]) if was is not None and was < len(before) else {}
            for blank in rows.every:
                line = blank.put(line, typed[blank.name])
            yield form, line


def at(row: Any, path: str) -> Any:
    """The value at a dotted place, None where there is none."""
    for key in path.split(".") if path else ():
        row = row.get(key) if isinstance(row, dict) else None
    return row


def plain(value: Any) -> Any:
    """What was typed, as JSON has it: whole numbers without a fraction, days as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def picked(selector: dict[str, Any] | None) -> str:
    """`{"drug": "ketorolac"}` as `drug:ketorolac`."""
    return ":".join(map(str, next(iter(selector.items())))) if selector else ""


def unpicked(text: str) -> dict[str, Any]:
    key, _, wanted = text.partition(":")
    value = {"any_drug": True, "sedation_level_min": int(wanted) if wanted.isdigit() else wanted}.get(
        key, wanted
    )
    return {key: value} if text else {}


def with_present(offered: Choices, present: list[Any]) -> Choices:
    """What the row says already can be kept, even where it is no longer offered."""
    known = {value for key, group in offered for value in ([key] if isinstance(group, str) else dict(group))}
    missing = {str(one) for one in present if one not in (None, "")} - {str(one) for one in known}
    return [*offered, *((one, one.replace("_", " ")) for one in sorted(missing))]


def _form_of(blanks: tuple[Blank, ...], choices: dict[str, Choices], *rows: Any, line: bool = False) -> Any:
    def present(blank: Blank) -> list[Any]:
        found = [blank.value(row) for row in rows]
        return [one for value in found for one in (value if isinstance(value, list) else [value])]

    made: dict[str, forms.Field] = {
        one.name: one.field(choices, typed_already=present(one)) for one in blanks
    }
    if line:
        for one in made.values():
            one.widget.attrs["class"] = f"{one.widget.attrs.get('class', '')} {_small(one.widget)}".strip()
        made["was"] = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    return type("RowForm", (forms.Form,), made)


def _small(widget: Any) -> str:
    """Bootstrap's class of a small field; the other forms get theirs from crispy."""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return (
        "form-select form-select-sm" if isinstance(widget, forms.Select) else "form-control form-control-sm"
    )


def _put(form: forms.Form, blanks: tuple[Blank, ...], place: str, no: BadRow) -> None:
    inside = [one for one in blanks if place == one.path or place.startswith(f"{one.path}.") or not one.path]
    closest = max(inside, key=lambda one: len(one.path), default=None)
    said = no.said if closest or not place else f"{place.replace('_', ' ')}: {no.said}"
    form.add_error(closest.name if closest else None, said)


def _nothing(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})
