"""A visit told in plain sentences, from what was charted. The same facts always give the same text.

Moments come on the site's wall clock, names and amounts in words. What was not asked or scored is said so.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

MARK = "## "  # a line that begins so is a heading
DID = {
    "start": "started {at}",
    "rate": "rate changed {at}",
    "pause": "paused {at}",
    "resume": "resumed {at}",
    "bag": "new bag {at}",
    "bolus": "bolus {at}",
    "stop": "stopped {at}",
}
MEASURED = {"pulse": "pulse {}", "breaths": "breaths {}", "spo2": "SpO2 {} %", "celsius": "{} °C"}


@dataclass(frozen=True)
class Section:
    title: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Did:
    """One event. `late_at`: when it was written down, where that was long after."""

    kind: str
    at: datetime
    by: str
    rate_ml_h: Decimal | None = None
    late_at: datetime | None = None
    bolus_ml: Decimal | None = None
    note: str = ""


@dataclass(frozen=True)
class Drug:
    """One line of the chart. `state` in words; amounts with their unit; `effect` as the chart words it."""

    name: str
    dose: str
    method: str
    state: str
    events: Sequence[Did] = ()
    minutes: int = 0
    volume_ml: Decimal | None = None
    went_in: str = ""  # only where it was less than ordered
    reason: str = ""
    lots: Sequence[str] = ()
    wasted: Sequence[str] = ()
    mixed: Sequence[str] = ()
    before: int | None = None
    after: int | None = None
    effect: str = ""  # empty: a fluid, or never started


def drug(one: Drug, *, day: date) -> str:
    """What became of one line."""
    head = f"{_capital(one.name)} {one.dose}, {one.method}"
    mixed = _capital("; ".join(one.mixed))
    if not one.events:
        state = f"{head}: {_because(one.state.lower(), one.reason)}"
        wasted = f"Wasted: {', '.join(one.wasted)}" if one.wasted else ""
        return " ".join(f"{sentence}." for sentence in (state, mixed, wasted) if sentence)
    sentences = [
        f"{head}: {_course(one.events, day)}",
        mixed,
        _ran(one),
        _went_in(one),
        f"From lot {', '.join(one.lots)}" if one.lots else "",
        f"Wasted: {', '.join(one.wasted)}" if one.wasted else "",
        _pain(one),
    ]
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def vitals(at: datetime, numbers: Mapping[str, int | Decimal | None], *, day: date) -> str:
    """`09:05: 128/78 mmHg, pulse 76.` What was not measured is left out."""
    systolic, diastolic = numbers.get("systolic"), numbers.get("diastolic")
    pressure = f"{_or_dash(systolic)}/{_or_dash(diastolic)} mmHg" if systolic or diastolic else ""
    rest = [form.format(numbers[name]) for name, form in MEASURED.items() if numbers.get(name) is not None]
    return f"{wall(at, day)}: {', '.join(filter(None, [pressure, *rest]))}."


def wall(at: datetime, day: date) -> str:
    """`09:05`; with its day where the visit went past midnight."""
    return f"{at:%H:%M}" if at.date() == day else f"{at:%a %d %b %H:%M}"


def as_text(sections: Iterable[Section]) -> str:
    """One text; a section with nothing to say is left out. `sections_of` reads it back."""
    told = [(one.title, [" ".join(line.split("\n")) for line in one.sentences]) for one in sections]
    return "\n\n".join("\n".join([f"{MARK}{title}", *lines]) for title, lines in told if lines)


def sections_of(text: str) -> list[Section]:
    """The sections of a frozen text, line by line as it stands there."""
    found: list[Section] = []
    for block in f"\n{text}".split(f"\n{MARK}")[1:]:
        title, *lines = block.rstrip("\n").split("\n")
        found.append(Section(title, lines))
    return found


def typed(title: str, paragraph: str) -> Section:
    """What somebody wrote, between the built sections; its lines stay lines, and none becomes a heading."""
    lines = [line.rstrip() for line in paragraph.strip().splitlines()]
    return Section(title, [f" {line}" if line.startswith(MARK) else line for line in lines])


def fingerprint(content: str | bytes) -> str:
    """SHA-256 in hexadecimal; of a text, of its UTF-8 bytes."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _course(events: Sequence[Did], day: date) -> str:
    """From the first drop to the last; who did it once, where it was one person."""
    people = {event.by for event in events}
    together = len(people) == 1 and len(events) > 1
    told = "; ".join(_did(event, day, "" if together else event.by) for event in events)
    return f"{told}; all by {events[0].by}" if together else told


def _did(event: Did, day: date, by: str) -> str:
    to = "to" if event.kind == "rate" else "at"
    rate = f" {to} {event.rate_ml_h.normalize():f} mL/h" if event.rate_ml_h else ""
    rate += f" of {event.bolus_ml.normalize():f} mL" if event.bolus_ml else ""
    unasked = f"pain not asked: {event.note.rstrip('.')}" if event.note else ""
    late = f"written down {wall(event.late_at, day)}" if event.late_at else ""
    aside = ", ".join(part for part in (by, unasked, late) if part)
    return f"{DID[event.kind].format(at=wall(event.at, day))}{rate}{f' ({aside})' if aside else ''}"


def _ran(one: Drug) -> str:
    volume = f", {one.volume_ml.normalize():f} mL" if one.volume_ml else ""
    return f"Ran {one.minutes} min{volume}" if one.minutes or volume else ""


def _went_in(one: Drug) -> str:
    amount = f"{one.state}: {one.went_in}" if one.went_in else one.state
    return _because(amount, one.reason)


def _pain(one: Drug) -> str:
    if not one.effect:
        return ""
    if one.before is None and one.after is None:
        return "Pain not scored"
    return f"Pain {_or_dash(one.before)} before, {_or_dash(one.after)} after: {one.effect}"


def _because(words: str, reason: str) -> str:
    return f"{words} ({reason.rstrip('.')})" if reason else words


def _or_dash(number: int | Decimal | None) -> str:
    return "–" if number is None else str(number)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
