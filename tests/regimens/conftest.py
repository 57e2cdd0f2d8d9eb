"""The shipped formulary in the database, a weighed patient, a shelf."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings

from patients.services import history, reference
from regimens.models import Check, Drug, Regimen
from regimens.services import formulary, ordering, stocking
from tests.clock import EIGHT, NINE, SEVEN

SHIPPED = settings.BASE_DIR / "infusion_center" / "reference" / "formulary.json"


@pytest.fixture
def loaded(db):
    found = formulary.load_formulary(path=SHIPPED, by=None, at=SEVEN)
    reference.load_vocabulary(vocab=found.vocabulary, by=None, at=SEVEN)
    return found


@pytest.fixture
def book(loaded):
    """The formulary with its vocabulary: a rule book that reads."""
    reference.load_vocabulary(vocab=loaded.vocabulary, by=None, at=SEVEN)


@pytest.fixture
def recipes(loaded):
    return {regimen.code: regimen for regimen in Regimen.objects.all()}


@pytest.fixture
def ketorolac(loaded):
    return Drug.objects.get(code="ketorolac")


@pytest.fixture
def weighed(pia, nora):
    """Pia, 61.2 kg this morning."""
    weigh(pia, "61.2", by=nora)
    return pia


def weigh(patient, kilos, *, by, at=EIGHT):
    measured = {"kind": "weight", "value": Decimal(kilos), "unit": "kg", "measured_at": at}
    return history.measure(patient=patient, **measured, by=by, at=at)


@pytest.fixture
def draft(recipes, pia, dana):
    return ordering.order_from_regimen(
        patient=pia, regimen=recipes["standard_migraine_cocktail"], by=dana, at=NINE
    )


def a_product(drug, *, by, at=SEVEN, **facts):
    given = {"ndc": "0409-3795-01", "amount": Decimal(30), "unit": "mg", "container": "single_dose"}
    return stocking.add_product(drug=drug, **(given | facts), by=by, at=at)


def a_lot(product, site, *, by, at=SEVEN, **facts):
    given = {"number": "K1", "expires_on": date(2027, 6, 30), "vials": 10, "cost_per_vial": Decimal("1.10")}
    return stocking.receive_lot(site=site, product=product, **(given | facts), by=by, at=at)


@pytest.fixture
def vial(ketorolac, nora):
    """Ketorolac 30 mg, single-dose."""
    return a_product(ketorolac, by=nora)


@pytest.fixture
def ten_vials(vial, site, nora):
    return a_lot(vial, site, by=nora)


def sign(order, *, by, at):
    """Signed under a check that found nothing."""
    check = Check.objects.create(
        order=order, moment="order", because="signing", checked_at=at, checked_by=by, verdict="allow"
    )
    return ordering.sign_order(order=order, check=check, by=by, at=at)
