"""What is mixed: how long it is good, and which drugs want a second pair of eyes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

# Mixed at the center for immediate use, it is begun within four hours (USP general chapter 797, 1.3).
BEYOND_USE = timedelta(hours=4)
# Class tags of what the ISMP list of high-alert medications in acute care names, as far as it is given here.
HIGH_ALERT = frozenset(
    {
        "controlled_substance",
        "opioid",
        "general_anesthetic",
        "procedural_sedation_tier",
        "antiarrhythmic_class_1",
        "electrolyte",
        "sympathomimetic",
    }
)


def needs_second_check(tags: Iterable[str]) -> bool:
    """Somebody else looks at drug, dose, diluent and label before it runs."""
    return not HIGH_ALERT.isdisjoint(tags)


def longest(mixed_at: datetime) -> datetime:
    """Until when it may be begun at the latest."""
    return mixed_at + BEYOND_USE
