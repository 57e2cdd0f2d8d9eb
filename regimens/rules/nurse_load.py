"""What a visit asks of a nurse (design.md, Scheduling): a nurse carries 12."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

FULL = 12  # one nurse at capacity
ORDINARY = 4  # patients per nurse where no drug says otherwise: a visit booked by its reason alone


@dataclass(frozen=True)
class Carried:
    """A drug as its nurse feels it: its code, its classes, and how many such patients one nurse may have."""

    drug: str
    tags: tuple[str, ...]
    patients_per_nurse: int


@dataclass(frozen=True)
class OwnLoad:
    """A site's own load of a drug, or of every drug of a class (`tag`), from a day on.

    `load` None: from that day on as the formulary says.
    """

    drug: str
    tag: str
    load: int | None
    valid_from: date


def load_of(patients_per_nurse: Iterable[int]) -> int:
    """The heaviest drug's share of a nurse: 4 patients -> 3, 3 -> 4, 2 -> 6, 1 -> 12, else rounded up.

    `patients_per_nurse` are the drugs' `max_patients_per_nurse`; with none the visit is an ordinary one.
    """
    fewest = min(patients_per_nurse, default=ORDINARY)
    return -(-FULL // max(1, fewest))


def load_under(drugs: Iterable[Carried], own: Iterable[OwnLoad], *, day: date) -> int:
    """The heaviest drug's load under the site's rows in force on that day.

    A drug's own row wins over those of its classes, of which the heaviest counts; without any the formulary's
    number stands.
    """
    standing = in_force(own, day=day)
    return max((_load(drug, standing) for drug in drugs), default=load_of([]))


def in_force(own: Iterable[OwnLoad], *, day: date) -> dict[tuple[str, str], int | None]:
    """By drug and class: the newest row that has begun."""
    begun = sorted((row for row in own if row.valid_from <= day), key=lambda row: row.valid_from)
    return {(row.drug, row.tag): row.load for row in begun}


def least_load(patients_per_nurse: int | None) -> int:
    """Of any visit where a state lets a nurse have so many patients: 5 -> 3, because five of them are 15.

    Reckoned in whole slots and rounded up, so that the rule is kept and sometimes overdone. None: no rule.
    """
    return -(-FULL // patients_per_nurse) if patients_per_nurse else 1


def _load(drug: Carried, standing: dict[tuple[str, str], int | None]) -> int:
    own = standing.get((drug.drug, ""))
    by_class = [load for tag in drug.tags if (load := standing.get(("", tag))) is not None]
    return own if own is not None else max(by_class, default=load_of([drug.patients_per_nurse]))
