"""pyx12 looks over a file we made, as a clearinghouse would, and writes the 999 it would answer with."""

import io
import json
import logging
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from pyx12.params import params
from pyx12.segment import Segment
from pyx12.x12n_document import x12n_document

from billing.x12.acks import ELEMENT_FAULTS, SEGMENT_FAULTS

# pyx12 logs each fault with the faulty value, which may be a patient's. Its faults reach us as data, so
# its loggers end here and pass nothing on.
_pyx12_log = logging.getLogger("pyx12")
_pyx12_log.addHandler(logging.NullHandler())
_pyx12_log.propagate = False

_MISSING = re.compile(r'Mandatory (?:segment|loop|composite) "(.+?)"')


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file. `position` counts from ST as 1; 0 is the envelope. Holds no value."""

    segment: str
    position: int
    claim: str
    sentence: str

    def __str__(self) -> str:
        where = (
            f"Segment {self.segment} at position {self.position}" if self.position else "The file's envelope"
        )
        whose = f" (claim {self.claim})" if self.claim else ""
        return f"{where}{whose}: {self.sentence}"


_BROKEN = Fault("ISA", 0, "", "ISA, GS or ST is damaged, or names a version other than 005010X222A1.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ack` is the text of the 999, empty when the file was too broken to answer."""

    ok: bool
    faults: tuple[Fault, ...]
    ack: str

    @property
    def errors(self) -> list[str]:
        return [str(one) for one in self.faults]


def validate(source: str | TextIO) -> Verdict:
    """Check a file against the 005010X222A1 rules that pyx12 knows; about three seconds for 1,000 claims.

    Keeps everything in memory and shares nothing between calls, so threads may call it together.
    Never raises for what the file says: a file pyx12 cannot walk is a fault too.
    """
    stream = io.StringIO(source) if isinstance(source, str) else source
    ack, found, claims = io.StringIO(), io.StringIO(), _Claims()
    try:
        ok = x12n_document(
            param=params(), src_file=stream, fd_997=ack, fd_html=None, fd_json=found, callback=claims.see
        )
    except Exception:  # pyx12 raises whatever it stumbled over; any of it means "not a file to send"
        return Verdict(ok=False, faults=(_BROKEN,), ack="")
    faults = tuple(_faults(found.getvalue(), claims))
    return Verdict(ok=ok, faults=faults if ok or faults else (_BROKEN,), ack=ack.getvalue())


@dataclass(slots=True)
class _Claims:
    """Which claim a position belongs to: from the subscriber's HL to the next one's, in every set."""

    starts: list[tuple[int, int]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    sets: int = 0

    def see(self, found: Segment, source: Any, node: Any, valid: bool) -> None:
        match found.get_seg_id():
            case "ST":
                self.sets += 1
            case "HL" if found.get_value("HL03") == "22":
                self.starts.append((self.sets, source.get_seg_count()))
                self.numbers.append("")
            case "CLM" if self.numbers:
                self.numbers[-1] = found.get_value("CLM01") or ""

    def at(self, transaction: int, position: int) -> str:
        before = bisect_right(self.starts, (transaction, position)) - 1
        same_set = before >= 0 and self.starts[before][0] == transaction
        return self.numbers[before] if same_set else ""


def _faults(found: str, claims: _Claims) -> Iterator[Fault]:
    """Flatten pyx12's tree of errors, which repeats the hierarchy interchange, group, set, segment."""
    transactions = 0
    for interchange in json.loads(found or "{}").get("interchanges", []):
        yield from _envelope_faults("ISA", interchange)
        for group in interchange["groups"]:
            yield from _envelope_faults("GS", group)
            for transaction in group["transactions"]:
                transactions += 1
                yield from _envelope_faults("ST", transaction)
                for one in transaction["segments"]:
                    yield from _segment_faults(one, claims.at(transactions, one["seg_count"]))


def _envelope_faults(name: str, level: dict[str, Any]) -> Iterator[Fault]:
    for error in level["errors"]:
        yield Fault(name, 0, "", f"{error['err_str']}.")  # speaks of counts and control numbers only


def _segment_faults(one: dict[str, Any], claim: str) -> Iterator[Fault]:
    for error in one["errors"]:
        yield Fault(one["seg_id"], one["seg_count"], claim, _segment_sentence(error))
    for element in one["elements"]:
        for error in element["errors"]:
            sentence = f"{element['name']} {ELEMENT_FAULTS.get(error['err_cde'], 'is not right')}."
            yield Fault(one["seg_id"], one["seg_count"], claim, sentence)


def _segment_sentence(error: dict[str, Any]) -> str:
    missing = _MISSING.search(error["err_str"])
    if missing:
        return f"{missing[1]} is missing."
    meaning = SEGMENT_FAULTS.get(error["err_cde"], "the counting within the segment does not agree")
    return f"{meaning[0].upper()}{meaning[1:]}."
