"""Pia, insured, and a centre that can give her something."""

import pytest

from billing.services import reference
from tests.billing import scenes
from tests.clock import SEVEN


@pytest.fixture
def prices(db):
    """The published files of 2025, as shipped."""
    return reference.load_prices(at=SEVEN)


@pytest.fixture
def icd(db):
    scenes.diagnosis_codes()


@pytest.fixture
def centre(site, chairs, nurses, felix, nora, dana, prices, icd):
    return scenes.Centre(site=site, felix=felix, nora=nora, dana=dana)


@pytest.fixture
def insured(pia, felix):
    scenes.insure(pia, by=felix)
    return pia
