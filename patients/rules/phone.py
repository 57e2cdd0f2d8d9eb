"""Phone numbers as people write them."""

from dataclasses import dataclass

import phonenumbers

from infusion_center.errors import DomainError

HOME = "US"


class UnreadablePhone(DomainError):
    """No number to dial can be made of what was written."""


@dataclass(frozen=True)
class Number:
    """`written` as we show it, `digits` of the nation as we find it."""

    written: str
    digits: str


def read_phone(text: str) -> Number:
    """A number with its area code, or one of abroad with its +. Raises UnreadablePhone.

    Only the length is judged: area codes come and go faster than our copy of the list.
    """
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException as no:
        raise _unreadable(text) from no
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _unreadable(text)
    style = phonenumbers.PhoneNumberFormat
    ours = number.country_code == 1
    written = phonenumbers.format_number(number, style.NATIONAL if ours else style.INTERNATIONAL)
    return Number(written=written[:30], digits=phonenumbers.national_significant_number(number))


def _unreadable(text: str) -> UnreadablePhone:
    return UnreadablePhone(
        f"“{text[:30]}” is no phone number: write area code and number, as in 312 555 0100.", field="written"
    )
