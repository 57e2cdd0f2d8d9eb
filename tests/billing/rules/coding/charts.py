"""Charts in one line each, and answers one can read: "96365 x1 from 1"."""

from datetime import date, datetime
from typing import Any

from billing.rules.coding import ChartLine, Coding, Mode, Policy, Setting, code_visit

DAY = date(2026, 11, 20)


def line(id: str, drug: str, mode: str, start: str | None, stop: str | None, **more: Any) -> ChartLine:
    """Times are "09:00" on the 20th, or "21 00:10"."""
    return ChartLine(id, drug, Mode(mode), _at(start), _at(stop), **more)


def _at(text: str | None) -> datetime | None:
    if text is None:
        return None
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-11-{day or DAY.day}T{clock}")


def code(*lines: ChartLine, setting: Setting = Setting.OFFICE, **policy: Any) -> Coding:
    return code_visit(lines, setting=setting, policy=Policy(**policy))


def said(coded: Coding) -> list[str]:
    return [
        f"{'-'.join((billed.cpt, *billed.modifiers))} x{billed.units} from {' '.join(billed.from_lines)}"
        for billed in coded.lines
    ]
