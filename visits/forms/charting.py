"""What is typed or tapped at the chair: shapes and types. The rules are the services'."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from infusion_center.accounts.models import User
from infusion_center.shared import clock
from regimens.models import Lot
from regimens.selectors.keepers import colleagues
from visits.models import Administration, Chair, Visit
from visits.rules import vital_limits
from visits.selectors.chart import is_agent
from visits.states import SCALES, Given, ScoreMoment

LONGEST_WAIT = timedelta(days=1)  # of a form on a device without a line
PAIN = [(number, str(number)) for number in range(11)]


def wait_of(told: str) -> timedelta:
    """How long ago a device says the tap was; nothing, where that is no number of seconds."""
    return timedelta(seconds=int(told[:9])) if told.isdecimal() else timedelta(0)


def wall_time(label: str) -> forms.TimeField:
    """The site's wall clock."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(required=False, label=label, widget=widget, help_text="Empty: now")


class PainField(forms.TypedChoiceField):
    """0 to 10, a button each."""

    def __init__(self, **kwargs: Any):
        super().__init__(choices=PAIN, coerce=int, empty_value=None, widget=forms.RadioSelect, **kwargs)


def scale_of(field: str, label: str) -> forms.TypedChoiceField:
    """A scale beside the pain: empty is not asked."""
    steps = [("", "not asked"), *SCALES[field].choices]
    return forms.TypedChoiceField(label=label, required=False, choices=steps, coerce=int, empty_value=None)


def scan_field(label: str, *, first: bool = False) -> forms.CharField:
    """For a scanner that types and ends with Enter; a tablet shows no keyboard for it."""
    attrs = {"data-scan": "", "inputmode": "none", "autocomplete": "off"} | (
        {"data-focus": ""} if first else {}
    )
    return forms.CharField(label=label, required=False, max_length=200, widget=forms.TextInput(attrs=attrs))


def witness_field() -> forms.ModelChoiceField:
    """Only asked where the drug is controlled."""
    return forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who sees the rest wasted", empty_label="Choose"
    )


class ChartForm(forms.Form):
    """A form about one visit, written at one moment: an empty time is the moment of the tap, no other.

    `moment` names the field that takes the time on the site's wall clock, on the visit's day. A form that
    waited on a device without a line says how many seconds ago it was tapped, by the device's own count, so
    that a clock that is wrong there does no harm (decision 0023).
    """

    moment = ""
    steps = False  # Enter goes to the next number, and sends after the last

    def __init__(self, *args: Any, visit: Visit, now: datetime, **kwargs: Any):
        kwargs.setdefault("auto_id", f"f{visit.pk}_%s")  # several cards may have a form open
        super().__init__(*args, **kwargs)
        self.visit, self.now = visit, now
        if self.moment:
            self.fields[self.moment] = wall_time("At")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.moment and self.moment not in self.errors:
            data[self.moment] = self.at(data.get(self.moment))
        return data

    def at(self, wall: Any) -> datetime:
        """Raises ValidationError for a tap so long ago that its day is not sure."""
        return self.visit.site.moment(self.visit.day, wall) if wall else self.now - self._waited()

    def was_tapped(self, typed: Mapping[str, Sequence[str]], saved_at: datetime) -> None:
        """Sent without a line and refused later: the time of the tap stands in its field."""
        if self.moment and typed.get("tapped_ago") and not self.initial.get(self.moment):
            tapped = saved_at - wait_of(typed["tapped_ago"][0])
            self.initial[self.moment] = clock.local(tapped, self.visit.site.zone).time()

    def _waited(self) -> timedelta:
        waited = wait_of(self.data.get("tapped_ago", ""))
        if waited > LONGEST_WAIT:
            raise forms.ValidationError("This was tapped more than a day ago: type its time.")
        return waited


class LineForm(ChartForm):
    """About one line of the visit; `lots` may be opened for it."""

    def __init__(
        self,
        *args: Any,
        line: Administration,
        by: User,
        lots: Sequence[Lot] = (),
        warned: bool = False,
        unscored: Administration | None = None,
        mixed: bool = False,
        **kwargs: Any,
    ):
        self.line, self.offered = line, list(lots)
        super().__init__(*args, **kwargs)
        if mixed and "scan" in self.fields:
            del self.fields["lots"], self.fields["witness"]
            self.fields["scan"].label = "Scan the label"
        if "witness" in self.fields:
            self._two_people(by)
        if "unasked" in self.fields:
            self._pain_first(unscored)
        if warned:
            self.fields["acknowledged"] = forms.BooleanField(label="I have read the warnings", required=False)
        if "lots" in self.fields:
            self._offer()
        if "pain" in self.fields and not is_agent(line):
            del self.fields["pain"]

    def _two_people(self, by: User) -> None:
        """What is left of a controlled drug is wasted before somebody else's eyes."""
        field: Any = self.fields["witness"]
        field.queryset = colleagues(site=self.visit.site, of=by)
        if not self.line.drug.dea_schedule:
            del self.fields["witness"]

    def _pain_first(self, unscored: Administration | None) -> None:
        """The score after the agent before is asked here, where nobody took it yet."""
        if unscored is None:
            del self.fields["unasked"]
        elif "pain" in self.fields:
            self.fields["pain"].label = f"Pain now, after {unscored.drug.name}"

    def _offer(self) -> None:
        """What is on the shelf, the earliest expiry ticked as far as the dose asks for it."""
        field: Any = self.fields["lots"]
        field.queryset = Lot.objects.filter(site=self.visit.site).select_related("product")
        field.choices = [(lot.pk, _shelf_words(lot)) for lot in self.offered]
        field.help_text = "" if self.offered else f"There is no {self.line.drug.name} in stock here."
        self.initial.setdefault("lots", _proposed(self.offered, self.line.dose))

    def clean_lots(self) -> list[Lot]:
        """In the order of the shelf."""
        order = [lot.pk for lot in self.offered]
        return sorted(
            self.cleaned_data["lots"], key=lambda lot: order.index(lot.pk) if lot.pk in order else len(order)
        )


class StartForm(LineForm):
    """What is scanned is held to what the screen shows; whoever has no scanner chooses the lot."""

    moment = "started_at"
    steps = True
    wristband = scan_field("Scan the wristband", first=True)
    scan = scan_field("Scan the vial")
    lots = forms.ModelMultipleChoiceField(
        Lot.objects.none(), required=False, label="From lot", widget=forms.CheckboxSelectMultiple
    )
    pain = PainField(label="Pain now", required=False)
    unasked = forms.CharField(label="If the pain cannot be asked: why", required=False, max_length=200)
    witness = witness_field()
    rate_ml_h = forms.DecimalField(label="Rate, mL/h", required=False, max_digits=7, decimal_places=1)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.line.method != "iv_infusion":
            del self.fields["rate_ml_h"]


class PushForm(StartForm):
    """A push or injection that is over: both times as they were."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields.pop("rate_ml_h", None)
        self.fields["started_at"].label = "From"
        self.fields["stopped_at"] = wall_time("To")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "stopped_at" not in self.errors:
            data["stopped_at"] = self.at(data.get("stopped_at"))
        return data


class MixForm(LineForm):
    """Drawn up from lots, good until a time."""

    moment = "mixed_at"
    lots = forms.ModelMultipleChoiceField(
        Lot.objects.none(), required=False, label="From lot", widget=forms.CheckboxSelectMultiple
    )
    witness = witness_field()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["mixed_at"].label = "Mixed at"
        self.fields["use_by"] = wall_time("Use by")
        self.fields["use_by"].help_text = "Empty: four hours after it was mixed"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if wall := data.get("use_by"):
            data["use_by"] = self.at(wall)
        return data


class CheckForm(LineForm):
    pass


class ThrowForm(LineForm):
    reason = forms.CharField(
        label="Why it is not given", max_length=200, error_messages={"required": "Say why."}
    )
    witness = witness_field()


class MomentForm(LineForm):
    """Pause, resume."""

    moment = "happened_at"


class RateForm(MomentForm):
    rate_ml_h = forms.DecimalField(label="New rate, mL/h", max_digits=7, decimal_places=1)


class BagForm(MomentForm):
    volume_ml = forms.DecimalField(label="In so far, mL", required=False, max_digits=7, decimal_places=2)


class BolusForm(MomentForm):
    volume_ml = forms.DecimalField(label="Bolus, mL", max_digits=7, decimal_places=2)


class StopForm(LineForm):
    moment = "stopped_at"
    pain = PainField(label="Pain now", required=False)
    given_amount = forms.DecimalField(required=False, max_digits=10, decimal_places=3)
    reason = forms.CharField(label="Why not all of it", required=False, max_length=200)
    witness = witness_field()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        amount = self.fields["given_amount"]
        amount.label = f"Went in, {self.line.unit}"
        amount.help_text = f"Empty: all {self.line.dose.normalize():f} {self.line.unit}"


class NotGivenForm(LineForm):
    state = forms.ChoiceField(
        label="What happened",
        choices=[(code, Given(code).label) for code in (Given.REFUSED, Given.HELD, Given.NOT_GIVEN)],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})
    witness = witness_field()


class ErrorForm(LineForm):
    reason = forms.CharField(label="What was wrong", max_length=200, error_messages={"required": "Say why."})


class ReleaseForm(LineForm):
    pass


class ChairForm(ChartForm):
    """Where somebody sits from now on."""

    chair = forms.TypedChoiceField(
        label="To", widget=forms.RadioSelect, error_messages={"required": "Choose a chair."}
    )
    reason = forms.CharField(label="Why", max_length=120, error_messages={"required": "Say why."})

    def __init__(self, *args: Any, chairs: Sequence[Chair], **kwargs: Any):
        super().__init__(*args, **kwargs)
        known = {str(chair.pk): chair for chair in chairs}
        field: Any = self.fields["chair"]
        field.choices, field.coerce = [(pk, str(chair)) for pk, chair in known.items()], known.get


class ScoreForm(ChartForm):
    """One score: on arrival, before or after a line, at discharge."""

    moment = "scored_at"
    pain = PainField(label="Pain", error_messages={"required": "Ask for the pain, 0 to 10."})
    about = forms.ChoiceField(label="When")
    nausea = scale_of("nausea", "Nausea")
    light = scale_of("light", "Light hurts")
    sound = scale_of("sound", "Noise hurts")
    function = scale_of("function", "Can do")
    rass = scale_of("rass", "Sedation (RASS)")

    def __init__(self, *args: Any, lines: Sequence[Administration], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lines = {str(line.key): line for line in lines}
        field: Any = self.fields["about"]
        field.choices = [
            ("baseline", "On arrival"),
            *(choice for line in lines for choice in _moments(line)),
            ("discharge", "At discharge"),
        ]

    @property
    def shown(self) -> list[forms.BoundField]:
        """What is asked each time."""
        return [field for field in self if field.name not in SCALES]

    @property
    def folded(self) -> list[forms.BoundField]:
        """What is asked now and then."""
        return [field for field in self if field.name in SCALES]

    def clean(self) -> dict[str, Any]:
        """`about` becomes the moment and the line."""
        data = super().clean()
        moment, _, key = data.pop("about", "").partition(":")
        return data | {"moment": moment, "administration": self.lines.get(key)}


class VitalsForm(ChartForm):
    """Six numbers by Enter; empty: not measured."""

    moment = "taken_at"
    steps = True
    systolic = forms.IntegerField(
        label="Systolic", required=False, widget=forms.NumberInput(attrs={"data-focus": ""})
    )
    diastolic = forms.IntegerField(label="Diastolic", required=False)
    pulse = forms.IntegerField(label="Pulse", required=False)
    breaths = forms.IntegerField(label="Breaths", required=False)
    spo2 = forms.IntegerField(label="SpO2 %", required=False)
    celsius = forms.DecimalField(label="Temp °C or °F", required=False, max_digits=4, decimal_places=1)

    def clean_celsius(self) -> Decimal | None:
        typed = self.cleaned_data["celsius"]
        return None if typed is None else vital_limits.celsius(typed)


def _moments(line: Administration) -> list[tuple[str, str]]:
    """A score after comes after a start."""
    moments = [ScoreMoment.AFTER, ScoreMoment.BEFORE] if line.started_at else [ScoreMoment.BEFORE]
    return [(f"{moment}:{line.key}", f"{moment.capitalize()} {line.drug.name}") for moment in moments]


def _shelf_words(lot: Lot) -> str:
    """`L-2041, exp 30 Jun 2027, 8 of 1000 mg`."""
    product, left = lot.product, lot.on_hand  # type: ignore[attr-defined]  # counted by lots_for
    words = f"{lot.number}, exp {lot.expires_on:%d %b %Y}, "
    if product.container == "multi_dose":
        return words + f"{left.amount.normalize():f} {product.unit} left, multi-dose"
    return words + f"{left.vials.normalize():f} × {product.amount.normalize():f} {product.unit}"


def _proposed(lots: Sequence[Lot], dose: Decimal) -> list[int]:
    """The first lots on the shelf that hold the dose together; none if they do not."""
    chosen: list[int] = []
    for lot in lots:
        chosen.append(lot.pk)
        dose -= lot.on_hand.amount  # type: ignore[attr-defined]  # counted by lots_for
        if dose <= 0:
            return chosen
    return []
