"""What stands on the shelf. NDCs have the right shape and are for demonstration only."""

from datetime import datetime, timedelta
from decimal import Decimal

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from regimens.models import Drug, Product
from regimens.services import fridges, shelf, stocking

# drug, NDC, amount, unit, mL, container, vials on hand, cost of a vial
PRODUCTS = [
    ("normal_saline", "0338-0049-04", "1000", "mL", "1000", "single_dose", 60, "2.10"),
    ("normal_saline", "0338-0049-03", "500", "mL", "500", "single_dose", 40, "1.80"),
    ("ketorolac", "0409-3795-01", "30", "mg", "1", "single_dose", 80, "1.35"),
    ("prochlorperazine", "23155-294-31", "10", "mg", "2", "single_dose", 50, "7.90"),
    ("diphenhydramine", "0641-0376-25", "50", "mg", "1", "single_dose", 60, "0.95"),
    ("dexamethasone", "0641-0367-25", "10", "mg", "1", "single_dose", 50, "3.20"),
    ("metoclopramide", "0409-3414-01", "10", "mg", "2", "single_dose", 50, "1.10"),
    ("magnesium_sulfate", "63323-064-02", "1000", "mg", "2", "single_dose", 60, "1.55"),
    ("valproate_sodium", "0143-9637-10", "500", "mg", "5", "single_dose", 30, "6.40"),
    ("dihydroergotamine", "0187-0126-05", "1", "mg", "1", "single_dose", 12, "74.00"),
    ("ondansetron", "0409-4755-03", "4", "mg", "2", "single_dose", 50, "0.80"),
    ("lidocaine", "0409-4277-02", "100", "mg", "5", "single_dose", 30, "2.95"),
    ("acetaminophen_iv", "0264-4100-90", "1000", "mg", "100", "single_dose", 20, "12.60"),
    ("eptinezumab", "67386-130-51", "100", "mg", "1", "single_dose", 9, "1680.00"),
    ("ketamine", "42023-113-10", "200", "mg", "20", "multi_dose", 4, "9.80"),
]
PAR_LEVELS = {"67386-130-51": (6, 12), "0409-3795-01": (40, 120), "0187-0126-05": (15, 30)}  # vials


def fill(*, site: Site, by: User, at: datetime) -> None:
    """Receive one lot of each product, once; par levels, and a fridge with its first reading."""
    if Product.objects.exists():
        return
    fridge = fridges.add(site=site, name="Medicine fridge", low_c=Decimal(2), high_c=Decimal(8), by=by, at=at)
    fridges.read(fridge=fridge, celsius=Decimal("4.6"), by=by, at=at)
    for row, (code, ndc, amount, unit, volume, container, vials, cost) in enumerate(PRODUCTS):
        product = stocking.add_product(
            drug=Drug.objects.get(code=code),
            ndc=ndc,
            amount=Decimal(amount),
            unit=unit,
            volume_ml=Decimal(volume),
            container=container,
            by=by,
            at=at,
        )
        stocking.receive_lot(
            site=site,
            product=product,
            number=f"D{2600 + row}A",
            expires_on=site.day_of(at) + timedelta(days=150 + 30 * row),
            vials=vials,
            cost_per_vial=Decimal(cost),
            by=by,
            at=at,
        )
        if ndc in PAR_LEVELS:
            least, full = PAR_LEVELS[ndc]
            shelf.keep_at_least(site=site, product=product, least=least, full=full, by=by, at=at)
