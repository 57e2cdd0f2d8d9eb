"""The sheet a coder fills in: services of one code, modifier and day add up to one line."""

from collections.abc import Iterable, Mapping
from datetime import date

from .chart import ChartLine, Coding, CptLine

Key = tuple[str, tuple[str, ...], date]  # code, modifiers, date of service


class Sheet:
    """Collects codes, reasons and flags in the order the rules find them."""

    def __init__(self, *, chart: Iterable[ChartLine], flags: Iterable[str], not_billed: Mapping[str, str]):
        self._place = {line.id: n for n, line in enumerate(chart)}
        self._units: dict[Key, int] = {}
        self._from: dict[Key, set[str]] = {}
        self._flags = dict.fromkeys(flags)
        self._not_billed = dict(not_billed)

    def bill(self, cpt: str, units: int, lines: Iterable[ChartLine], modifiers: tuple[str, ...] = ()) -> None:
        """Add units of a code for the service on these lines; none for zero units.

        The date of service is the local date the service began, midnight or not (`billing.md` 1.3).
        """
        if not units:
            return
        lines = list(lines)
        key = (cpt, modifiers, min(line.start for line in lines if line.start).date())
        self._units[key] = self._units.get(key, 0) + units
        self._from.setdefault(key, set()).update(line.id for line in lines)

    def drop(self, lines: Iterable[ChartLine], reason: str) -> None:
        self._not_billed.update({line.id: reason for line in lines})

    def flag(self, text: str) -> None:
        self._flags[text] = None

    def has(self, cpt: str) -> bool:
        return any(cpt == used for used, _, _ in self._units)

    def is_empty(self) -> bool:
        return not self._units

    def close(self) -> Coding:
        lines = tuple(self._line(key, units) for key, units in self._units.items())
        return Coding("ready", lines, tuple(self._flags), self._not_billed)

    def _line(self, key: Key, units: int) -> CptLine:
        cpt, modifiers, dos = key
        return CptLine(
            cpt, units, modifiers, tuple(sorted(self._from[key], key=self._place.__getitem__)), dos
        )
