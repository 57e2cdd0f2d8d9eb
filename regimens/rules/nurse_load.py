"""What a visit asks of a nurse (design.md, Scheduling): a nurse carries 12."""

from collections.abc import Iterable

FULL = 12  # one nurse at capacity
ORDINARY = 4  # patients per nurse where no drug says otherwise: a visit booked by its reason alone


def load_of(patients_per_nurse: Iterable[int]) -> int:
    """The heaviest drug's share of a nurse: 4 patients -> 3, 3 -> 4, 2 -> 6, 1 -> 12, else rounded up.

    `patients_per_nurse` are the drugs' `max_patients_per_nurse`; with none the visit is an ordinary one.
    """
    fewest = min(patients_per_nurse, default=ORDINARY)
    return -(-FULL // max(1, fewest))
