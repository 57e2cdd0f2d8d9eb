"""National Drug Codes as a label prints them and as a claim sends them: `billing.md` 2.3."""

import re

from infusion_center.errors import DomainError

HYPHENATED = re.compile(r"([0-9]{4,5})-([0-9]{3,4})-([0-9]{1,2})")
SHORT_BY_ONE_AT_MOST = frozenset({(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)})
TWELVE = re.compile(r"[0-9]{12}|[0-9]{6}-[0-9]{4}-[0-9]{2}")

WHY = {
    "bad_format": "An NDC is three groups of digits as on the vial, such as 67386-130-51, or eleven digits.",
    "ambiguous_10_digit": "Ten digits without hyphens fit three different NDCs: type it with its hyphens.",
    "ndc12_not_yet": "Claims do not take twelve-digit NDCs yet: use the ten- or eleven-digit code.",
}


class BadNdc(DomainError):
    """Not an NDC a claim can carry; `reason` is `bad_format`, `ambiguous_10_digit` or `ndc12_not_yet`."""

    def __init__(self, reason: str):
        super().__init__(WHY[reason], field="ndc")
        self.reason = reason


def wire_form(text: str) -> str:
    """The eleven digits of a claim (5-4-2 without hyphens). Raises BadNdc.

    The short group of a ten-digit code is padded; without hyphens nobody can tell which group is short.
    """
    text = text.strip()
    if re.fullmatch(r"[0-9]{11}", text):
        return text
    if re.fullmatch(r"[0-9]{10}", text):
        raise BadNdc("ambiguous_10_digit")
    if TWELVE.fullmatch(text):
        raise BadNdc("ndc12_not_yet")
    groups = HYPHENATED.fullmatch(text)
    if not groups or tuple(map(len, groups.groups())) not in SHORT_BY_ONE_AT_MOST:
        raise BadNdc("bad_format")
    labeler, product, package = groups.groups()
    return labeler.zfill(5) + product.zfill(4) + package.zfill(2)
