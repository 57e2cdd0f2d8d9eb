"""One site in Chicago: 12 chairs, open 7:30 to 17:30 on weekdays, two nurses on Friday."""

from datetime import time

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.places.models import OpeningHours, Site
from tests.clock import at
from visits.models import Chair, Shift


def open_site(**facts) -> Site:
    defaults = {
        "name": "Lakeside Headache Infusion",
        "slug": "lakeside",
        "zone": "America/Chicago",
        "street": "200 Lake Street",
        "city": "Chicago",
        "state": "IL",
        "postal_code": "606010001",
        "phone": "3125550100",
        "legal_name": "LAKESIDE INFUSION LLC",
        "npi": "1245319599",
        "tax_id": "362345678",
        "gpci_mac": "06102",
        "gpci_locality": "16",
    }
    site = Site.objects.create(**(defaults | facts))
    OpeningHours.objects.bulk_create(
        OpeningHours(site=site, weekday=weekday, opens=time(7, 30), closes=time(17, 30))
        for weekday in range(5)
    )
    return site


@pytest.fixture
def site(db):
    return open_site()


@pytest.fixture
def chairs(site):
    """Ten recliners, a bed and a private room."""
    kinds = ["recliner"] * 10 + ["bed", "private"]
    return [
        Chair.objects.create(site=site, name=f"Chair {n}", kind=kind, dim=n > 8, position=n)
        for n, kind in enumerate(kinds, start=1)
    ]


def on_shift(nurse, site, *, starts=None, ends=None) -> Shift:
    return Shift.objects.create(
        site=site, nurse=nurse, span=DateTimeTZRange(starts or at(7, 30), ends or at(17, 30))
    )


@pytest.fixture
def nurses(site, nora, noah):
    """Nora and Noah, there all Friday."""
    on_shift(nora, site)
    on_shift(noah, site)
    return [nora, noah]
