"""How a value becomes the text of one X12 element: cleaned, upper-cased, never longer than allowed.

Two ways on purpose. Names and notes are *cleaned*: what X12 cannot carry is spelled otherwise or becomes
a space. Identifiers are *refused* when they hold such a character, for a number silently changed is worse
than one not sent. Sentences name the element and never its value, so they may be shown anywhere.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

from infusion_center.errors import DomainError

ELEMENT, REPETITION, COMPONENT, SEGMENT = "*", "^", ":", "~"

# The X12 basic character set without our delimiters. The extended set needs an agreement with each payer.
_PLAIN = re.compile(r"[A-Z0-9!\"&'()+,\-./;?= ]*")
_NOT_PLAIN = re.compile(r"[^A-Z0-9!\"&'()+,\-./;?= ]")

_SPELLED = str.maketrans(
    {
        **dict.fromkeys("’‘‛`´ʼʻʹ", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‐‑‒–—―−_", "-"),
        **dict.fromkeys("[{", "("),
        **dict.fromkeys("]}", ")"),
        **dict.fromkeys("\\|⁄", "/"),
        "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O", "Ł": "L", "ł": "L",
        "Đ": "D", "đ": "D", "Ð": "D", "ð": "D", "Þ": "TH", "þ": "TH", "Ħ": "H", "ħ": "H", "ẞ": "SS",
        "μ": "MC", "%": " PCT ",
    }
)  # fmt: skip


class CannotWrite(DomainError):
    """A value does not fit the 837P. The sentence names the element, not the value."""


def clean(text: str) -> str:
    """The text in characters every payer takes: `Zoë O’Brien*` becomes `ZOE O'BRIEN`."""
    if _PLAIN.fullmatch(text) is None:
        spread = unicodedata.normalize("NFKD", text.translate(_SPELLED))
        bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
        text = _NOT_PLAIN.sub(" ", bare.translate(_SPELLED).upper())
    return " ".join(text.split())


def words(text: str, *, name: str, longest: int, required: bool = True) -> str:
    """A name, an address line or a note. Raises CannotWrite when nothing is left of it, or too much."""
    written = clean(text)
    if required and not written:
        raise CannotWrite(f"The {name} is missing, or has no character a claim can carry.")
    return _fitting(written, name=name, longest=longest)


def identifier(text: str, *, name: str, longest: int, required: bool = True, exact: bool = False) -> str:
    """A number or code given by somebody. `exact` refuses lower case too: the answer must match it."""
    trimmed = text if exact else text.strip().upper()
    if trimmed != clean(trimmed):
        raise CannotWrite(f"The {name} holds a character that a claim cannot carry.")
    if required and not trimmed:
        raise CannotWrite(f"The {name} is missing.")
    return _fitting(trimmed, name=name, longest=longest)


def digits(text: str, *, name: str, lengths: tuple[int, ...]) -> str:
    """A phone, ZIP or tax number without its punctuation, for a form writes none."""
    found = re.sub(r"[ ()+.\-]", "", text)
    if not (found.isascii() and found.isdigit() and len(found) in lengths):
        raise CannotWrite(f"The {name} must have {' or '.join(map(str, lengths))} digits.")
    return found


def money(amount: Decimal, *, name: str) -> str:
    """Dollars with two places. Raises rather than rounds: a claim must say what the ledger says."""
    if not _has_places(amount, most=2):
        raise CannotWrite(f"The {name} must be in whole cents.")
    return _fitting(f"{amount:.2f}", name=name, longest=11)


def quantity(amount: Decimal, *, name: str) -> str:
    """A count of units, at most three places, without needless zeros: `12`, `0.5`."""
    if not _has_places(amount, most=3):
        raise CannotWrite(f"The {name} may have three decimal places at most.")
    written = f"{amount:.3f}".rstrip("0").rstrip(".")
    return _fitting(written, name=name, longest=12)


def day(on: date) -> str:
    return on.isoformat().replace("-", "")


def control_number(number: int, *, name: str) -> int:
    if not 1 <= number <= 999_999_999:
        raise CannotWrite(f"The {name} must lie between 1 and 999,999,999.")
    return number


def composite(*parts: str) -> str:
    return COMPONENT.join(parts).rstrip(COMPONENT)


def segment(*elements: str) -> str:
    """One segment without its terminator; empty elements at the end are left out."""
    return ELEMENT.join(elements).rstrip(ELEMENT)


def _has_places(amount: Decimal, *, most: int) -> bool:
    try:
        return amount == amount.quantize(Decimal(1).scaleb(-most))
    except InvalidOperation:  # not a number, infinite, or more digits than any amount has
        return False


def _fitting(text: str, *, name: str, longest: int) -> str:
    if len(text) > longest:
        raise CannotWrite(f"The {name} is longer than {longest} characters.")
    return text
