"""What a payer wants on a day: the rows of PayerRule, general and for a drug, as the rules ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from billing.models import PayerRule
from billing.rules.coding import Policy
from infusion_center.places.models import Site
from patients.models import Payer
from regimens.models import Drug
from regimens.models.formulary import in_force

# Settings of PayerRule.settings that are switches of the coding engine; the others are columns or the site's.
SWITCHES = {one.name for one in fields(Policy)} - {"complex_drugs", "primary_reason", "pos"}
SETTINGS = SWITCHES | {"jz_when_sub_unit_waste"}
# Without a row: billing.md 6.2. Antibodies always want an authorization, what is in a cocktail never does.
ASKS_FIRST = "monoclonal_antibody"


@dataclass(frozen=True)
class PayerRules:
    """The rows of one payer in force on a day; by drug, the empty one for all drugs. No payer: no rows."""

    rows: Mapping[str, PayerRule] = field(default_factory=dict)

    def policy(self, *, site: Site) -> Policy:
        """The switches of the general row, the complex drugs, and the site's place of service."""
        wanted = {name: value for name, value in self._settings("").items() if name in SWITCHES}
        complex_drugs = frozenset(
            drug for drug, row in self.rows.items() if row.complex_administration and drug
        )
        return Policy(**wanted, complex_drugs=complex_drugs, pos=int(site.place_of_service))

    def authorization(self, drug: Drug) -> str:
        """never, always or unknown, for one drug."""
        row = self.rows.get(drug.code) or self.rows.get("")
        if row:
            return row.authorization
        return "always" if ASKS_FIRST in drug.class_tags else "never"

    def wants_discard_modifiers(self, drug: str) -> bool:
        row = self.rows.get(drug) or self.rows.get("")
        return row.discard_modifiers if row else True

    def jz_when_sub_unit_waste(self, drug: str) -> bool:
        return bool(({**self._settings(""), **self._settings(drug)}).get("jz_when_sub_unit_waste", True))

    def _settings(self, drug: str) -> dict[str, Any]:
        return self.rows[drug].settings if drug in self.rows else {}


def rules_of(payer: Payer | None, *, day: date) -> PayerRules:
    """Of several rows for one drug the newest counts."""
    if payer is None:
        return PayerRules()
    rows = PayerRule.objects.filter(in_force(day), payer=payer).order_by("valid_from", "pk")
    return PayerRules({row.drug_code: row for row in rows})
