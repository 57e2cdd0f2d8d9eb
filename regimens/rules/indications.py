"""What a drug is usually given for, until somebody says otherwise."""

from collections.abc import Collection

from regimens.states import Indication

# The first tag that a drug has decides.
BY_TAG = {
    "side_effect_counter_drug": Indication.SIDE_EFFECT,
    "preventive": Indication.PREVENTION,
    "five_ht3_antagonist": Indication.NAUSEA,
    "emergency": Indication.REACTION,
    "fluid": Indication.OTHER,
}


def usual_indication(class_tags: Collection[str]) -> Indication:
    """Headache where no tag says otherwise: here most antiemetics are given against the pain itself."""
    return next((found for tag, found in BY_TAG.items() if tag in class_tags), Indication.HEADACHE)
