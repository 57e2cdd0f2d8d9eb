"""What a site charges for codes on a day: contract rows first, then the newest published release."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Max, QuerySet

from billing.models import ContractPrice, DrugLimit, Locality, RelativeValue
from billing.rules import pricing
from billing.rules.hcpcs import UNCLASSIFIED
from billing.rules.pricing import Parts, Price, Release
from infusion_center.places.models import Site
from regimens.models.formulary import in_force

FEE_SCHEDULE, DRUG_LIMITS = "Fee schedule", "Part B limit"


class PriceBook:
    """The prices of one site and day. Four tables are read once, for all the codes of a claim."""

    def __init__(self, *, site: Site, day: date, codes: Iterable[str]):
        self._site, self._day = site, day
        wanted = set(codes)
        self._contracts = list(
            ContractPrice.objects.filter(in_force(day), site=site, code__in=wanted).order_by(
                "-valid_from", "-pk"
            )
        )
        self._values = {row.code: row for row in newest(RelativeValue, day).filter(code__in=wanted)}
        self._limits = {row.code: row for row in newest(DrugLimit, day).filter(code__in=wanted)}
        self._indices = newest(Locality, day).filter(mac=site.gpci_mac, locality=site.gpci_locality).first()

    def price(self, code: str, *, drug: str = "") -> Price | None:
        """None: nothing prices this code, so the claim is held. `drug`: whose, for an unclassified code."""
        contract = self._contract(code, drug)
        if contract:
            return pricing.contract_price(charge=contract.charge, since=contract.valid_from)
        if code in self._values and self._indices:
            return self._by_fee_schedule(self._values[code], self._indices)
        if code in self._limits:
            return self._by_limit(self._limits[code])
        return None

    def _contract(self, code: str, drug: str) -> ContractPrice | None:
        """The newest row of the drug itself, else of the code; an unclassified code has only the first."""
        rows = [row for row in self._contracts if row.code == code]
        own = next((row for row in rows if row.drug_code and row.drug_code == drug), None)
        if own or code in UNCLASSIFIED:
            return own
        return next((row for row in rows if not row.drug_code), None)

    def _by_fee_schedule(self, values: RelativeValue, indices: Locality) -> Price:
        return pricing.fee_schedule_price(
            values=_parts(values),
            indices=_parts(indices),
            conversion_factor=values.conversion_factor,
            multiplier=self._site.charge_multiplier,
            release=Release(FEE_SCHEDULE, str(values.valid_from.year), values.valid_to),
            dos=self._day,
        )

    def _by_limit(self, row: DrugLimit) -> Price:
        quarter = f"{row.valid_from.year} Q{(row.valid_from.month + 2) // 3}"
        return pricing.drug_price(
            limit=row.limit,
            multiplier=self._site.charge_multiplier,
            release=Release(DRUG_LIMITS, quarter, row.valid_to),
            dos=self._day,
        )


def newest(model: type[Any], day: date) -> QuerySet[Any]:
    """Rows of the newest release that had begun on `day` (design.md, Reference data and its dates)."""
    begun = model.objects.filter(valid_from__lte=day).aggregate(newest=Max("valid_from"))["newest"]
    return model.objects.filter(valid_from=begun)


def _parts(row: RelativeValue | Locality) -> Parts:
    return Parts(row.work, row.practice, row.malpractice)
