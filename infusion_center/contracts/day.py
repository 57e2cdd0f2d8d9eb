"""`explain day`: whom can we seat today, and when? (contracts.md 2)"""

import math
import time
from statistics import median
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from infusion_center.contracts.case import Case, Malformed, Part, Text, without_inner_notes
from visits.rules.replay import Desk
from visits.rules.slots import HORIZON, Floor, Span, Wish


def _whole(value: Any) -> Any:
    """1020.0 is a whole number, too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Minute = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=HORIZON)]
Moment = Annotated[float, Field(ge=0, le=HORIZON, allow_inf_nan=False)]
Long = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=HORIZON)]
Many = Annotated[int, Field(ge=0, le=1000)]
Pause = Annotated[list[Minute], Field(min_length=2, max_length=2)]


class NursePart(Part):
    from_: Annotated[Minute, Field(alias="from")]
    to: Minute
    away: list[Pause] = []


class RulesPart(Part):
    turnover_min: Minute
    start_occupies_nurse_min: Minute
    nurse_load: Many


class VisitPart(Part):
    id: Text
    minutes: Long
    load: Many


class BookedPart(VisitPart):
    start: Minute


class CallPart(VisitPart):
    """`called` is any moment of the day; who may come from half past a minute comes at the next."""

    called: Moment
    earliest: Moment
    latest_end: Moment


class DayCase(Case):
    open: Minute
    close: Minute
    chairs: Many
    nurses: list[NursePart]
    rules: RulesPart
    booked: list[BookedPart]
    calls: list[CallPart]


def answer(case: dict[str, Any]) -> dict[str, Any]:
    asked = DayCase.read(without_inner_notes(case))
    _check(asked)
    desk = Desk(_floor(asked))
    desk.promise([(key, one.start, one.minutes, one.load) for key, one in enumerate(asked.booked)])
    starts, milliseconds = _replay(asked, desk)
    return _written(asked, desk, starts, milliseconds)


def _check(asked: DayCase) -> None:
    ids = [one.id for one in _everybody(asked)]
    if len(set(ids)) < len(ids):
        raise Malformed("calls: two visits have the same id")
    if asked.close < asked.open:
        raise Malformed("close: before open")
    for number, nurse in enumerate(asked.nurses):
        if any(until < since for since, until in [(nurse.from_, nurse.to), *nurse.away]):
            raise Malformed(f"nurses.{number}: ends before it begins")


def _everybody(asked: DayCase) -> list[VisitPart]:
    """Their places in this list are their keys."""
    return [*asked.booked, *asked.calls]


def _floor(asked: DayCase) -> Floor:
    return Floor(
        opens=asked.open,
        closes=asked.close,
        chairs=asked.chairs,
        nurses=tuple(span for nurse in asked.nurses for span in _present(nurse)),
        load_per_nurse=asked.rules.nurse_load,
        start_minutes=asked.rules.start_occupies_nurse_min,
        turnover=asked.rules.turnover_min,
    )


def _present(nurse: NursePart) -> list[Span]:
    """What is left of the shift: absences may overlap, and reach beyond it."""
    spans, since = [], nurse.from_
    for start, until in sorted(nurse.away):
        spans.append((since, min(start, nurse.to)))
        since = max(since, until)
    return [(start, until) for start, until in [*spans, (since, nurse.to)] if start < until]


def _replay(asked: DayCase, desk: Desk) -> tuple[dict[int, int | None], list[float]]:
    """Starts by key, in the order of the calls, and the milliseconds each answer took."""
    keys = range(len(asked.booked), len(asked.booked) + len(asked.calls))
    starts, took = {}, []
    for key, call in sorted(zip(keys, asked.calls, strict=True), key=lambda one: one[1].called):
        wish = Wish(math.ceil(call.earliest), math.floor(call.latest_end), call.minutes, call.load)
        began = time.perf_counter()
        starts[key] = desk.answer(key, wish, now=math.ceil(call.called))
        took.append((time.perf_counter() - began) * 1000)
    return starts, took


def _written(
    asked: DayCase, desk: Desk, starts: dict[int, int | None], milliseconds: list[float]
) -> dict[str, Any]:
    everybody = _everybody(asked)
    chairs = {key: sitting.chair for key, sitting in desk.sittings.items()}
    return {
        "seated": [
            {"id": everybody[key].id, "start": start, "chair": chairs[key]}
            for key, start in starts.items()
            if start is not None
        ],
        "refused": [everybody[key].id for key, start in starts.items() if start is None],
        "booked": [
            {"id": one.id, "start": one.start, "chair": chairs.get(key)}
            for key, one in enumerate(asked.booked)
        ],
        "ms": {"p50": round(median(milliseconds or [0]), 3), "max": round(max(milliseconds, default=0), 3)},
    }
