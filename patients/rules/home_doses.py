"""Drugs of ours that people also take at home, under other names; such a dose counts toward our limits."""

from collections.abc import Mapping
from decimal import Decimal

from infusion_center.errors import DomainError

# Code of our drug -> what patients call it. contracts.md 1, `given`.
AT_HOME: Mapping[str, str] = {
    "methylprednisolone": "Steroid pack (methylprednisolone)",
    "dexamethasone": "Dexamethasone tablets",
    "ketorolac": "Ketorolac tablets or nasal spray",
    "acetaminophen_iv": "Acetaminophen, alone or in a combination",
    "dihydroergotamine": "DHE nasal spray or injection",
    "metoclopramide": "Metoclopramide",
    "prochlorperazine": "Prochlorperazine",
    "promethazine": "Promethazine",
    "ondansetron": "Ondansetron",
    "chlorpromazine": "Chlorpromazine",
    "droperidol": "Droperidol elsewhere",
    "haloperidol": "Haloperidol",
    "diphenhydramine": "Diphenhydramine",
    "famotidine": "Famotidine",
    "orphenadrine": "Orphenadrine",
    "methocarbamol": "Methocarbamol",
    "lecanemab": "Lecanemab elsewhere",
    "donanemab": "Donanemab elsewhere",
    "eptinezumab": "Eptinezumab elsewhere",
}
STEROID_PACK = "methylprednisolone"
MOST = Decimal(20000)


class DoseRefused(DomainError):
    """A dose at home that cannot be."""


def check(*, drug: str, amount: Decimal | None) -> None:
    """Raises DoseRefused at its field. An amount that is not known is left empty, never guessed."""
    if drug not in AT_HOME:
        raise DoseRefused("Choose the drug.", field="drug")
    if amount is not None and not (amount.is_finite() and 0 < amount <= MOST):
        raise DoseRefused(f"An amount lies above 0 and at most at {MOST} mg.", field="amount")
