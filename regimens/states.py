"""The lives of orders and stock."""

from django.db.models import TextChoices


class OrderState(TextChoices):
    DRAFT = "draft", "Draft"
    SIGNED = "signed", "Signed"
    COMPLETED = "completed", "Completed"
    WITHDRAWN = "withdrawn", "Withdrawn"


ORDER_MOVES = {
    OrderState.DRAFT: {OrderState.SIGNED, OrderState.WITHDRAWN},
    OrderState.SIGNED: {OrderState.COMPLETED, OrderState.WITHDRAWN},
    OrderState.COMPLETED: {OrderState.SIGNED},  # a wrong discharge undone
}


class Authority(TextChoices):
    """On whose word an order runs. The last two run before their signature, and wait for it."""

    PROVIDER = "provider", "Signed order"
    PROTOCOL = "protocol", "Standing order"
    VERBAL = "verbal", "Verbal order"


class MostSevere(TextChoices):
    """What of the safety check a standing order may start with."""

    INFO = "info", "Nothing but notes"
    WARN = "warn", "Warnings that the nurse has read"


class MoveKind(TextChoices):
    """Why stock changed. Amounts are signed: receipts positive, what leaves negative."""

    RECEIVED = "received", "Received"
    GIVEN = "given", "Given"
    WASTED = "wasted", "Wasted"
    COUNTED = "counted", "Count correction"
    DISCARDED = "discarded", "Thrown away"
    EXPIRED = "expired", "Expired"
    RETURNED = "returned", "Sent back"
    SENT = "sent", "Sent to another site"
    BROUGHT = "brought", "Came from another site"
    REVERSED = "reversed", "Reversed"


# What leaves the shelf without a patient, for a typed reason.
TAKEN_OFF = [MoveKind.DISCARDED, MoveKind.EXPIRED, MoveKind.RETURNED]


class AsideKind(TextChoices):
    """Why a lot may not be opened although it is on the shelf."""

    QUARANTINE = "quarantine", "Set aside"
    RECALL = "recall", "Recalled"


class LotSource(TextChoices):
    BUY_AND_BILL = "buy_and_bill", "Bought by us"
    WHITE_BAG = "white_bag", "Sent for one patient"
    SAMPLE = "sample", "Sample"


class Container(TextChoices):
    SINGLE_DOSE = "single_dose", "Single-dose"
    MULTI_DOSE = "multi_dose", "Multi-dose"


class Method(TextChoices):
    IV_PUSH = "iv_push", "IV push"
    IV_INFUSION = "iv_infusion", "IV infusion"
    IM = "im", "IM injection"
    SC = "sc", "SC injection"
    PO = "po", "By mouth"


class StepMode(TextChoices):
    SEQUENTIAL = "sequential", "After the one before"
    CONCURRENT = "concurrent", "Alongside"


class Starts(TextChoices):
    """When a step begins, as people say it; `start_after` is the same in positions."""

    AFTER = "after", "After the one before"
    ALONGSIDE = "alongside", "Alongside the one before"
    FIRST = "first", "From the start"


class Indication(TextChoices):
    """What a drug is given for (contracts.md 1)."""

    HEADACHE = "headache", "Headache"
    PREVENTION = "prevention", "Prevention"
    NAUSEA = "nausea", "Nausea"
    SIDE_EFFECT = "side_effect", "Another drug's side effect"
    PREMEDICATION = "premedication", "Premedication"
    REACTION = "reaction", "Reaction"
    OTHER = "other", "Other"


class BookKind(TextChoices):
    """What the rule book holds. The last four are the vocabularies (`patients.states.VocabularyKind`)."""

    DRUG = "drug", "Drug"
    RULE = "rule", "Rule"
    REGIMEN = "regimen", "Regimen"
    ALLERGY = "allergy", "Allergy group"
    DRUG_GROUP = "drug_group", "Home medication group"
    CONDITION = "condition", "Condition"
    CLASS_TAG = "class_tag", "Class tag"


class CheckMoment(TextChoices):
    """When the rules are asked (contracts.md 1)."""

    ORDER = "order", "At signing"
    CHECK_IN = "check_in", "At check-in"
    START = "start", "Before the start"


class FindingSeverity(TextChoices):
    """What a person can take responsibility for; a block is nobody's to clear."""

    OVERRIDE_REASON = "override_reason", "Needs a reason"
    WARN = "warn", "Warning"
