"""Inbound X12 as a stream of segments. The one place that knows how pyx12 reads, so it can be swapped.

Tolerant on purpose: counts and control numbers that disagree become notes, and only text that cannot be
read to its end is refused. Callers store the bytes first and read them second.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pyx12.errors import EngineError, X12Error
from pyx12.x12file import X12Reader

from infusion_center.errors import DomainError

Kind = Literal["999", "837", "835", "277CA", "271", "TA1"]

ISA_LENGTH = 106
_KINDS: dict[tuple[str, str], Kind] = {
    ("FA", "999"): "999",
    ("HC", "837"): "837",
    ("HP", "835"): "835",
    ("HN", "277"): "277CA",
    ("HB", "271"): "271",
}


class UnreadableX12(DomainError):
    """The text is not X12, or breaks off. The sentence says which; nothing of it was used."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; elements count from 1 and are empty when absent."""

    id: str
    elements: tuple[str, ...]
    component: str

    def at(self, place: int) -> str:
        return self.elements[place - 1] if place <= len(self.elements) else ""

    def parts(self, place: int) -> list[str]:
        return self.at(place).split(self.component)


@dataclass(slots=True)
class Reading:
    """The segments of one file, and after the walk what was odd about its envelope."""

    text: str
    notes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Segment]:
        """Raises UnreadableX12 at the end when the closing IEA never came."""
        last = ""
        try:
            source = X12Reader(io.StringIO(self.text.lstrip("\ufeff \t\r\n")))
            for found in source:
                values = tuple(element.format() for element in found.elements)
                yield Segment(
                    id=found.get_seg_id() or "", elements=values, component=source.subele_term or ":"
                )
                last = found.get_seg_id() or ""
        except (X12Error, EngineError, IndexError) as broken:  # IndexError: a trailer without its header
            raise UnreadableX12("This file is not X12 that can be read: its envelope is broken.") from broken
        if last != "IEA":
            raise UnreadableX12("This file breaks off before its closing IEA segment; ask for it again.")
        self.notes.extend(message for _, _, message, _, _ in source.pop_errors())


def sniff(text: str) -> Kind | None:
    """What kind of file this is, by its own envelope; None for anything we do not take. Never raises."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("ISA") or len(text) < ISA_LENGTH:
        return None
    element, terminator = text[3], text[ISA_LENGTH - 1]
    opening = [one.strip("\r\n ").split(element) for one in text[ISA_LENGTH:4000].split(terminator)[:4]]
    heads = {one[0]: one for one in reversed(opening)}
    if "GS" not in heads:
        return "TA1" if "TA1" in heads else None
    return _kind(heads["GS"], heads.get("ST", []))


def _kind(group: list[str], transaction: list[str]) -> Kind | None:
    kind = _KINDS.get((group[1] if len(group) > 1 else "", transaction[1] if len(transaction) > 1 else ""))
    answers_inquiry = kind == "277CA" and not group[-1].startswith("005010X214")
    return None if answers_inquiry else kind
