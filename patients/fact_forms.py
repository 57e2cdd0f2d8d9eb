"""Shape and type of results, doses at home, and the questions before an infusion, in the patients' words.

Nothing is filled in beforehand: a question that nobody touches was not asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from infusion_center.shared import clock
from patients.forms import MomentField, SiteForm
from patients.models import Patient
from patients.rules import home_doses, results
from patients.selectors import card
from patients.selectors.results import GROUP_OF, AnswerLine, medications_to_ask
from patients.services.screening import Block, Pack, Pregnancy, Said, Taken
from patients.states import Answer, Finding, PregnancyStatus, Question, ResultKind, ResultMethod, Sex, YesNo

YES_NO = [(YesNo.YES, "Yes"), (YesNo.NO, "No"), (YesNo.UNKNOWN, "Don't know")]
WHEN = [("today", "Today"), ("yesterday", "Yesterday"), ("earlier", "Before yesterday")]
UNKNOWN = ("unknown", "Don't know")
ADULT_FROM_YEARS = 18
PLAIN = [
    Question.NEW_HEADACHE_TYPE,
    Question.NERVE_BLOCK,
    Question.ALCOHOL_TODAY,
    Question.FASTED,
    Question.GUARDIAN_CONSENT,
    Question.REMS_ENROLLED,
    Question.CHECKLIST,
    Question.APOE4_KNOWN,
]
NONE = {Question.TRIPTAN: ("none", "I take none"), Question.NSAID: ("none", "None since yesterday")}
NONE_ELSE = ("none", "No other")
LISTS = {"allergies": "Allergies", "medications": "Home medications", "conditions": "Conditions"}
NONE_WORDS = {
    "allergies": "No known allergies",
    "medications": "Takes nothing",
    "conditions": "No conditions",
}


def _taps(label: str, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


def _wall(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


def _date(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class ResultForm(SiteForm):
    """One result of one kind: a number or an outcome, and when and how unless just now and as usual."""

    def __init__(self, *args: Any, kind: str, now: datetime, site: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.kind, self.test, self.now = kind, results.test_of(kind), now
        self.zone = getattr(site, "zone", None) or "UTC"
        test = self.test
        if test.unit:
            self.fields["number"] = forms.DecimalField(
                label=f"{test.name}, {test.unit}", max_digits=8, decimal_places=2
            )
        else:
            words = [(one, (test.words or {}).get(one, one).capitalize()) for one in Finding.values]
            self.fields["outcome"] = forms.ChoiceField(
                label="Outcome",
                choices=words,
                widget=forms.RadioSelect,
                error_messages={"required": "Say how it came out."},
            )
        self.fields["taken_at"] = (
            _date("On (empty: today)")
            if test.by_day
            else MomentField(label="Taken (empty: just now)", required=False)
        )
        self.fields["taken_at"].zone = self.zone  # type: ignore[attr-defined]  # MomentField reads it
        self.fields["method"] = forms.ChoiceField(
            label="How",
            required=False,
            choices=[(one, ResultMethod(one).label) for one in test.methods],
            initial=test.methods[0],
        )
        self.fields["note"] = forms.CharField(label="Note", required=False, max_length=120)

    def clean_taken_at(self) -> datetime:
        """A day stands for its noon, today for now: a result is never of the future."""
        typed: Any = self.cleaned_data["taken_at"]
        if typed is None:
            return self.now
        if not self.test.by_day:
            return typed
        return day_moment(typed, zone=self.zone, now=self.now)


class InErrorForm(forms.Form):
    reason = forms.CharField(
        label="What was wrong", max_length=200, error_messages={"required": "Say what was wrong."}
    )


class HomeDoseForm(SiteForm):
    drug = forms.ChoiceField(label="Drug", choices=[("", "Choose"), *home_doses.AT_HOME.items()])
    amount = forms.DecimalField(
        label="Amount in mg (empty: not known)", required=False, max_digits=8, decimal_places=2
    )
    taken_at = MomentField(label="Taken")
    told = forms.CharField(label="In their words", required=False, max_length=120)


@dataclass(frozen=True)
class Row:
    """One question on the screen: its taps, what belongs to the answer, and what was answered before."""

    legend: str
    taps: forms.BoundField | None
    details: Sequence[forms.BoundField]
    before: AnswerLine | None = None
    link: str = ""  # the list whose page takes a change

    @property
    def name(self) -> str:
        return (self.taps or self.details[0]).auto_id


@dataclass(frozen=True)
class Section:
    """Questions under one heading; `name` is its id on the page."""

    name: str
    heading: str
    rows: Sequence[Row]


class QuestionsForm(forms.Form):
    """The questions before an infusion. `answered`: what was answered already, shown beside each question.

    `patient` is the kept record; times are on the wall clock of `zone`, the day is that of `now`.
    """

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        zone: str,
        now: datetime,
        answered: Iterable[AnswerLine] = (),
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.patient, self.zone, self.now = patient, zone, now
        self.today = clock.local_day(now, zone)
        self.answered = {line.question: line for line in answered}
        self.listed = medications_to_ask(patient)
        self.lists = {what: card.facts(patient, what) for what in LISTS}
        self._ask_medications()
        self._ask_the_rest()
        self._ask_lists()
        for field in self.fields.values():
            if not isinstance(field.widget, forms.RadioSelect):
                kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
                field.widget.attrs["class"] = f"{kind} {kind}-sm"

    # --- The fields ---------------------------------------------------------------------------------

    def _ask_medications(self) -> None:
        for row in self.listed:
            self.fields[f"last_{row.pk}"] = _taps(
                f"When did you last take {row.text}?",
                [*WHEN, UNKNOWN],
            )
            self.fields[f"last_{row.pk}_time"] = _wall("About what time?")
        for question, words in (
            (
                str(Question.TRIPTAN),
                "When did you last take a triptan (sumatriptan, rizatriptan, …)?",
            ),
            (str(Question.NSAID), "Ibuprofen, naproxen or aspirin in the last day?"),
        ):
            others = self._has_listed(question)
            label = f"Any other {Question(question).label.lower()}, not on the list?" if others else words
            none = NONE_ELSE if others else NONE[Question(question)]
            days = WHEN if question == Question.TRIPTAN else WHEN[:2]
            self.fields[question] = _taps(label, [*days, none, UNKNOWN])
            self.fields[f"{question}_time"] = _wall("About what time?")
            self.fields[f"{question}_name"] = forms.CharField(
                label="Which one?", required=False, max_length=200
            )
        self.fields["steroid_pack"] = _taps("A steroid pack (Medrol, prednisone) in the last month?", YES_NO)
        self.fields["steroid_pack_on"] = _date("Last tablet on")
        self.fields["steroid_pack_mg"] = forms.DecimalField(
            label="mg in all, if known", required=False, max_digits=8, decimal_places=2
        )

    def _ask_the_rest(self) -> None:
        if self.patient.sex_at_birth != Sex.MALE:
            self.fields["pregnancy"] = _taps(
                "Could you be pregnant?",
                [
                    (PregnancyStatus.NOT_PREGNANT, "No"),
                    (PregnancyStatus.NOT_POSSIBLE, "It is not possible"),
                    (PregnancyStatus.UNKNOWN, "Maybe, or don't know"),
                    (PregnancyStatus.PREGNANT, "Yes, I am"),
                ],
            )
            self.fields["due_on"] = _date("Due on")
            self.fields["contraception"] = _taps(
                "Do you use contraception that works?", [("effective", "Yes"), ("none", "No")]
            )
        self.fields["new_headache_type"] = _taps("Is this headache different from your usual ones?", YES_NO)
        self.fields["nerve_block"] = _taps("A nerve block (numbing shots in the head or neck) today?", YES_NO)
        self.fields["block_drug"] = forms.ChoiceField(
            label="With",
            required=False,
            choices=[
                ("", "Not known"),
                ("lidocaine", "Lidocaine"),
                ("bupivacaine", "Bupivacaine"),
                ("ropivacaine", "Ropivacaine"),
            ],
        )
        self.fields["block_mg"] = forms.DecimalField(
            label="mg, if known", required=False, max_digits=6, decimal_places=1
        )
        self.fields["block_at"] = _wall("At")
        self.fields["alcohol_today"] = _taps("Any alcohol today?", YES_NO)
        self.fields["fasted"] = _taps("Nothing to eat for six hours?", YES_NO)
        self.fields["rems_enrolled"] = _taps("Enrolled in TOUCH?", YES_NO)
        self.fields["infusion_checklist"] = _taps("TOUCH checklist done today?", YES_NO)
        self.fields["apoe4_known"] = _taps("ApoE4 tested and talked through?", YES_NO)
        if clock.age_on(self.patient.birth_date, self.today) < ADULT_FROM_YEARS:
            self.fields["guardian_consent"] = _taps("Does a parent or guardian consent today?", YES_NO)
        self.fields["infusion_number"] = forms.IntegerField(
            label="Infusion number", required=False, min_value=1, max_value=500
        )

    def _ask_lists(self) -> None:
        for what, facts in self.lists.items():
            words = ", ".join(row.text for row in facts.active)
            if facts.answer == Answer.NOT_ASKED:
                choices = [("none", NONE_WORDS[what])]
                label = f"{LISTS[what]}: never asked"
            else:
                choices = [("same", "Nothing changed")]
                label = f"{LISTS[what]}: {words or 'none'}"
            self.fields[what] = _taps(label, choices)

    def _has_listed(self, question: str) -> bool:
        return any(GROUP_OF[Question(question)] in row.groups for row in self.listed)

    # --- How they stand on the screen -----------------------------------------------------------------

    def sections(self) -> list[Section]:
        """In the order of the talk."""
        lately = [*self._medication_rows(), self._row("steroid_pack", "_on", "_mg")]
        return [
            self._section("taken", "Taken lately", lately),
            self._section("today", "Today", self._today_rows()),
            self._section("lists", "Read through together", [self._row(what, link=what) for what in LISTS]),
            self._section("special", "Only some drugs ask for this", self._special_rows()),
        ]

    def _section(self, name: str, heading: str, rows: Sequence[Row]) -> Section:
        return Section(str(self.auto_id) % name, heading, rows)

    def _medication_rows(self) -> list[Row]:
        rows = [self._row(f"last_{one.pk}", "_time") for one in self.listed]
        return [*rows, self._row("triptan", "_time", "_name"), self._row("nsaid", "_time", "_name")]

    def _today_rows(self) -> list[Row]:
        block = self._row("nerve_block", details=["block_drug", "block_mg", "block_at"])
        rows = [self._row("new_headache_type"), block]
        if "pregnancy" in self.fields:
            rows += [self._row("pregnancy", details=["due_on"]), self._row("contraception")]
        return [self._row("guardian_consent"), *rows] if "guardian_consent" in self.fields else rows

    def _special_rows(self) -> list[Row]:
        return [
            self._row("alcohol_today"),
            self._row("fasted"),
            self._row("rems_enrolled"),
            self._row("infusion_checklist"),
            self._row("apoe4_known"),
            Row(
                "Which infusion of the series is it? (lecanemab, donanemab)",
                None,
                [self["infusion_number"]],
                self.answered.get(Question.INFUSION_NUMBER),
            ),
        ]

    def _row(self, name: str, *tails: str, details: Sequence[str] = (), link: str = "") -> Row:
        names = [f"{name}{tail}" for tail in tails] + list(details)
        before = self.answered.get(Question(name)) if name in Question.values else None
        legend = str(self.fields[name].label)
        return Row(legend, self[name], [self[one] for one in names], before, link)

    # --- What was said -----------------------------------------------------------------------------------

    def clean_steroid_pack_on(self) -> date | None:
        day: date | None = self.cleaned_data["steroid_pack_on"]
        if day is not None and day > self.today:
            raise ValidationError("That day is still to come.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in [*(f"last_{row.pk}" for row in self.listed), "triptan", "nsaid"]:
            self._check_time(data, name)
        self._check_belongs(data, "steroid_pack", ["steroid_pack_on", "steroid_pack_mg"], "yes")
        self._check_belongs(data, "nerve_block", ["block_drug", "block_mg", "block_at"], "yes")
        return data

    def _check_time(self, data: dict[str, Any], name: str) -> None:
        told, at = data.get(name), data.get(f"{name}_time")
        if told in ("today", "yesterday") and at is None and f"{name}_time" not in self.errors:
            self.add_error(f"{name}_time", "About what time? Or choose “don't know”.")
        if at is not None and told not in ("today", "yesterday"):
            self.add_error(name, "Choose the day of that time.")

    def _check_belongs(self, data: dict[str, Any], name: str, details: Sequence[str], word: str) -> None:
        if data.get(name) != word and any(data.get(one) not in (None, "") for one in details):
            self.add_error(name, "Choose “yes”, or clear what stands beside it.")

    def said(self) -> Said:
        """The answers given, in the words of the service; call it on a valid form."""
        data = self.cleaned_data
        block_at = clock.moment(self.today, data["block_at"], self.zone) if data["block_at"] else None
        return Said(
            last_taken={
                row: self._moment(data[name], data[f"{name}_time"])
                for row in self.listed
                if data[name := f"last_{row.pk}"]
            },
            taken={one: self._taken(one) for one in GROUP_OF if data[one]},
            pack=self._pack(),
            pregnancy=self._pregnancy(),
            plain={question: data[question] for question in PLAIN if data.get(question)},
            block=Block(data["block_drug"], data["block_mg"], block_at),
            infusion_number=data["infusion_number"],
            lists={what: data[what] for what in LISTS if data[what]},
        )

    def _taken(self, question: Question) -> Taken:
        data = self.cleaned_data
        answer = {"none": YesNo.NO, "unknown": YesNo.UNKNOWN}.get(data[question], YesNo.YES)
        return Taken(
            answer=answer,
            at=self._moment(data[question], data[f"{question}_time"]),
            name=data[f"{question}_name"],
        )

    def _pack(self) -> Pack | None:
        data = self.cleaned_data
        if not data["steroid_pack"]:
            return None
        day = data["steroid_pack_on"]
        moment = day_moment(day, zone=self.zone, now=self.now) if day else None
        return Pack(data["steroid_pack"], moment, data["steroid_pack_mg"])

    def _pregnancy(self) -> Pregnancy | None:
        data = self.cleaned_data
        told = Pregnancy(data.get("pregnancy", ""), data.get("due_on"), data.get("contraception", ""))
        return told if told.status or told.due_on or told.contraception else None

    def _moment(self, told: str, wall: time | None) -> datetime | None:
        """`earlier` is kept as the last minute it can have been: a limit that has passed then has passed."""
        yesterday = self.today - timedelta(days=1)
        if told == "earlier":
            return clock.moment(yesterday, time(0), self.zone) - timedelta(minutes=1)
        if told not in ("today", "yesterday") or wall is None:
            return None
        return clock.moment(self.today if told == "today" else yesterday, wall, self.zone)


def day_moment(day: date, *, zone: str, now: datetime) -> datetime:
    """Noon of that day, or now where it is not noon yet. Raises ValidationError for a day to come."""
    if day > clock.local_day(now, zone):
        raise ValidationError("That day is still to come.")
    return min(clock.moment(day, time(12), zone), now)


def kinds_to_enter() -> list[tuple[str, str]]:
    """(kind, its button), the ones of every day first."""
    return [(kind, ResultKind(kind).label) for kind in results.TESTS]
