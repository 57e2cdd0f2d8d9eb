"""The 837P (005010X222A1), segment by segment, from a batch of plain values.

Nothing is held but the claim being written, so ten thousand claims cost the memory of one. Each claim has
a subscriber loop of its own; a file is cut into transaction sets of at most 5,000 claims, as the
implementation guide advises, and the 999 answers for each set.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, count, islice
from typing import TextIO

from billing.x12.claims import claim_segments
from billing.x12.elements import (
    COMPONENT,
    ELEMENT,
    REPETITION,
    SEGMENT,
    CannotWrite,
    control_number,
    day,
    digits,
    identifier,
    segment,
    words,
)
from billing.x12.parties import billing_provider, organisation
from billing.x12.values import Batch837, Claim837, ControlNumbers

VERSION = "005010X222A1"
CLAIMS_IN_SET = 5000


def write_837p(batch: Batch837) -> str:
    """The whole file as text. Raises CannotWrite for a value that does not fit, or for no claim at all."""
    return "".join(f"{one}{SEGMENT}\n" for one in segments(batch))


def write_837p_to(stream: TextIO, batch: Batch837) -> int:
    """Write the file piece by piece; returns the number of segments. Raises CannotWrite, possibly midway."""
    written = 0
    for one in segments(batch):
        stream.write(f"{one}{SEGMENT}\n")
        written += 1
    return written


def set_control_number(control: ControlNumbers, position: int) -> str:
    """ST02 of the set that carries the claim at this position (from 0) of the batch; the 999 names it."""
    return f"{control.first_set + position // CLAIMS_IN_SET:04d}"


def segments(batch: Batch837) -> Iterator[str]:
    """Every segment from ISA to IEA, without terminators."""
    group = control_number(batch.control.group, name="group control number")
    yield _isa(batch)
    yield _gs(batch)
    sets = 0
    for claims in _in_sets(batch.claims):
        number = control_number(batch.control.first_set + sets, name="set control number")
        yield from _transaction_set(batch, claims, number)
        sets += 1
    if not sets:
        raise CannotWrite("There is no claim in this batch.")
    yield segment("GE", str(sets), str(group))
    yield segment("IEA", "1", f"{batch.control.interchange:09d}")


def _isa(batch: Batch837) -> str:
    sender, receiver, at = batch.submitter, batch.receiver, batch.created_at
    number = control_number(batch.control.interchange, name="interchange control number")
    return ELEMENT.join(
        (
            "ISA", "00", " " * 10, "00", " " * 10,
            sender.interchange_qualifier, f"{_trading_id(sender.identifier):<15}",
            receiver.interchange_qualifier, f"{_trading_id(receiver.identifier):<15}",
            f"{at:%y%m%d}", f"{at:%H%M}", REPETITION, "00501", f"{number:09d}", "0", batch.usage, COMPONENT,
        )
    )  # fmt: skip


def _gs(batch: Batch837) -> str:
    sender, receiver = _trading_id(batch.submitter.identifier), _trading_id(batch.receiver.identifier)
    at = batch.created_at
    return segment(
        "GS", "HC", sender, receiver, day(at.date()), f"{at:%H%M}", str(batch.control.group), "X", VERSION
    )


def _trading_id(text: str) -> str:
    return identifier(text, name="trading partner number", longest=15)


def _in_sets(claims: Iterable[Claim837]) -> Iterator[Iterator[Claim837]]:
    """Cut lazily; each piece must be used up before the next is asked for."""
    left = iter(claims)
    for first in left:
        yield chain((first,), islice(left, CLAIMS_IN_SET - 1))


def _transaction_set(batch: Batch837, claims: Iterator[Claim837], number: int) -> Iterator[str]:
    length = 1  # SE counts itself
    for one in _set_body(batch, claims, number):
        yield one
        length += 1
    yield segment("SE", str(length), f"{number:04d}")


def _set_body(batch: Batch837, claims: Iterator[Claim837], number: int) -> Iterator[str]:
    at, reference = batch.created_at, f"{batch.control.interchange:09d}{number:04d}"
    yield segment("ST", "837", f"{number:04d}", VERSION)
    yield segment("BHT", "0019", "00", reference, day(at.date()), f"{at:%H%M}", "CH")
    yield from _sender_and_receiver(batch)
    yield from billing_provider(batch.billing_provider)
    levels = count(2)
    for claim in claims:
        level = next(levels)
        if claim.patient is not None:
            next(levels)
        yield from claim_segments(claim, level=level)


def _sender_and_receiver(batch: Batch837) -> Iterator[str]:
    sender, receiver = batch.submitter, batch.receiver
    contact = words(sender.contact_name, name="submitter's contact name", longest=60)
    phone = digits(sender.phone, name="submitter's phone", lengths=(10,))
    yield organisation("41", sender.name, "46", sender.identifier, who="submitter")
    yield segment("PER", "IC", contact, "TE", phone)
    yield organisation("40", receiver.name, "46", receiver.identifier, who="receiver")
