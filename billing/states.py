"""The life of a claim, as far as it is lived today: remittances come later and have their names already."""

from django.db.models import TextChoices


class ClaimState(TextChoices):
    DRAFT = "draft", "Draft"
    CODED = "coded", "Coded"
    HELD = "held", "Held"
    READY = "ready", "Ready"
    SENDING = "sending", "Being sent"
    SUBMITTED = "submitted", "Sent, no answer yet"
    FILE_REJECTED = "file_rejected", "File rejected"
    ACKNOWLEDGED = "acknowledged", "File accepted"
    REJECTED = "rejected", "Rejected"
    ACCEPTED = "accepted", "Accepted"
    ADJUDICATED = "adjudicated", "Answered"
    PAID = "paid", "Paid"
    PARTIALLY_PAID = "partially_paid", "Partly paid"
    DENIED = "denied", "Denied"
    PATIENT_BALANCE = "patient_balance", "Patient's share open"
    CORRECTED = "corrected", "Corrected"
    APPEALED = "appealed", "Appealed"
    WRITTEN_OFF = "written_off", "Written off"
    CLOSED = "closed", "Closed"
    VOID = "void", "Void"
    REVERSED = "reversed", "Reversed"


CLAIM_MOVES: dict[str, set[str]] = {
    ClaimState.DRAFT: {ClaimState.CODED, ClaimState.VOID},
    ClaimState.CODED: {ClaimState.HELD, ClaimState.READY, ClaimState.DRAFT},
    ClaimState.HELD: {ClaimState.READY, ClaimState.DRAFT, ClaimState.VOID},
    ClaimState.READY: {ClaimState.SENDING, ClaimState.HELD, ClaimState.DRAFT, ClaimState.VOID},
    ClaimState.SENDING: {ClaimState.SUBMITTED, ClaimState.READY},
    ClaimState.SUBMITTED: {ClaimState.FILE_REJECTED, ClaimState.ACKNOWLEDGED},
    ClaimState.FILE_REJECTED: {ClaimState.READY, ClaimState.DRAFT, ClaimState.VOID},
    ClaimState.ACKNOWLEDGED: {ClaimState.REJECTED, ClaimState.ACCEPTED},
    ClaimState.REJECTED: {ClaimState.DRAFT, ClaimState.READY, ClaimState.VOID},
}
# Until it is on its way a claim follows its chart: a changed chart makes it a draft again.
NOT_SENT_YET = [ClaimState.DRAFT, ClaimState.CODED, ClaimState.HELD, ClaimState.READY]


def sources_of(target: str) -> list[str]:
    """The states a claim may come from to reach `target`."""
    return [source for source, targets in CLAIM_MOVES.items() if target in targets]


class LineKind(TextChoices):
    ADMINISTRATION = "administration", "Administration"
    DRUG = "drug", "Drug"


class InboundState(TextChoices):
    MATCHED = "matched", "Matched"
    UNMATCHED = "unmatched", "Matches nothing of ours"
    UNREADABLE = "unreadable", "Cannot be read"
