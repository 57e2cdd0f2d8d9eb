"""What the receiver says about our file: 999 for its syntax, TA1 for its envelope.

Match a 999 to our batch by AK102 (our group control number) and AK202 (our transaction set control
number); a 999 that matches nothing is the caller's to keep.
"""

from dataclasses import dataclass
from itertools import pairwise

from billing.x12.reader import Reading, Segment, UnreadableX12

ACCEPTED = frozenset({"A", "E"})  # E: accepted, with errors noted

SEGMENT_FAULTS = {
    "1": "the segment is not known",
    "2": "the segment is not expected here",
    "3": "a required segment is missing",
    "4": "the loop occurs too often",
    "5": "the segment occurs too often",
    "6": "the segment does not belong to this transaction",
    "7": "the segment is out of order",
    "8": "the segment holds faulty elements",
    "I4": "the segment is not used in this guide",
    "I6": "a segment this case requires is missing",
    "I7": "the loop occurs too rarely",
    "I8": "the segment occurs too rarely",
    "I9": "a segment this case forbids is present",
}
ELEMENT_FAULTS = {
    "1": "is missing",
    "2": "is missing though another value requires it",
    "3": "is one element too many",
    "4": "is too short",
    "5": "is too long",
    "6": "holds a character that is not allowed",
    "7": "holds a code that is not allowed",
    "8": "is not a date",
    "9": "is not a time",
    "10": "must not stand beside another value",
    "12": "is repeated too often",
    "13": "has one component too many",
    "I6": "holds a code this guide does not allow",
    "I9": "is required in this case",
    "I10": "is not used in this guide",
    "I11": "is repeated too rarely",
    "I12": "must have the value this case requires",
    "I13": "must be left out in this case",
}


@dataclass(frozen=True, slots=True)
class ElementFault:
    """IK4. `position` is the element, and after a hyphen its component; `bad_value` may be PHI."""

    position: str
    code: str
    bad_value: str = ""

    @property
    def sentence(self) -> str:
        return (
            f"Element {self.position} {ELEMENT_FAULTS.get(self.code, f'is refused with code {self.code}')}."
        )


@dataclass(frozen=True, slots=True)
class SegmentFault:
    """IK3. `position` counts from ST as 1."""

    segment: str
    position: int
    loop: str
    code: str
    elements: tuple[ElementFault, ...] = ()

    @property
    def sentence(self) -> str:
        meaning = SEGMENT_FAULTS.get(self.code, f"refused with code {self.code}")
        details = " ".join(("", *(one.sentence for one in self.elements)))
        return f"Segment {self.segment} at position {self.position}: {meaning}.{details}"


@dataclass(frozen=True, slots=True)
class SetAck:
    """AK2 to IK5: the answer for one transaction set. `control_number` is our ST02."""

    kind: str
    control_number: str
    version: str
    code: str = ""
    errors: tuple[str, ...] = ()
    faults: tuple[SegmentFault, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.code in ACCEPTED


@dataclass(frozen=True, slots=True)
class GroupAck:
    """AK1 to AK9: the answer for one group. `control_number` is our GS06; the counts are transaction sets.

    A group without sets is answered by `code` alone: a receiver may name only the sets it refuses.
    """

    kind: str
    control_number: str
    version: str
    code: str = ""
    included: int = 0
    received: int = 0
    accepted_sets: int = 0
    errors: tuple[str, ...] = ()
    sets: tuple[SetAck, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.code in ACCEPTED

    def accepts(self, set_control_number: str) -> bool | None:
        """Whether this set was taken; None when the answer does not say."""
        for one in self.sets:
            if one.control_number == set_control_number and one.code:
                return one.accepted
        return self.accepted if self.code in {"A", "E", "R"} else None


@dataclass(frozen=True, slots=True)
class EnvelopeAck:
    """TA1: the answer for one interchange. `control_number` is our ISA13; code A, E or R."""

    control_number: str
    sent_on: str
    sent_at: str
    code: str
    note_code: str

    @property
    def accepted(self) -> bool:
        return self.code in ACCEPTED


@dataclass(frozen=True, slots=True)
class Ack999:
    """One file of answers. `notes` say what is odd about its own envelope, and refuse nothing."""

    sender: str
    receiver: str
    control_number: str
    groups: tuple[GroupAck, ...]
    envelopes: tuple[EnvelopeAck, ...]
    notes: tuple[str, ...]


def read_999(text: str) -> Ack999:
    """Read a 999, a TA1, or both in one file. Raises UnreadableX12 with one sentence."""
    reading = Reading(text)
    found = list(reading)
    groups = tuple(_group(piece) for piece in _cut(found, "AK1"))
    envelopes = tuple(_envelope(one) for one in found if one.id == "TA1")
    if not (groups or envelopes):
        raise UnreadableX12("This file holds no acknowledgment: neither a 999 nor a TA1.")
    opening = found[0]
    return Ack999(
        sender=opening.at(6).strip(),
        receiver=opening.at(8).strip(),
        control_number=opening.at(13),
        groups=groups,
        envelopes=envelopes,
        notes=tuple(reading.notes),
    )


def _cut(segments: list[Segment], start: str) -> list[list[Segment]]:
    """Pieces that each begin with the named segment; what stands before the first is left out."""
    starts = [at for at, one in enumerate(segments) if one.id == start]
    return [segments[begin:end] for begin, end in pairwise([*starts, len(segments)])]


def _first(segments: list[Segment], name: str) -> Segment:
    return next((one for one in segments if one.id == name), Segment(name, (), ":"))


def _group(piece: list[Segment]) -> GroupAck:
    head, result = piece[0], _first(piece, "AK9")
    return GroupAck(
        kind=head.at(1),
        control_number=head.at(2),
        version=head.at(3),
        code=result.at(1),
        included=_count(result.at(2)),
        received=_count(result.at(3)),
        accepted_sets=_count(result.at(4)),
        errors=tuple(filter(None, result.elements[4:])),
        sets=tuple(_set(part) for part in _cut(piece, "AK2")),
    )


def _set(piece: list[Segment]) -> SetAck:
    head, result = piece[0], _first(piece, "IK5")
    return SetAck(
        kind=head.at(1),
        control_number=head.at(2),
        version=head.at(3),
        code=result.at(1),
        errors=tuple(filter(None, result.elements[1:])),
        faults=tuple(_fault(part) for part in _cut(piece, "IK3")),
    )


def _fault(piece: list[Segment]) -> SegmentFault:
    head = piece[0]
    elements = tuple(_element(one) for one in piece if one.id == "IK4")
    return SegmentFault(head.at(1), _count(head.at(2)), head.at(3), head.at(4), elements)


def _element(one: Segment) -> ElementFault:
    return ElementFault("-".join(filter(None, one.parts(1))), one.at(3), one.at(4))


def _envelope(one: Segment) -> EnvelopeAck:
    return EnvelopeAck(one.at(1), one.at(2), one.at(3), one.at(4), one.at(5))


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
