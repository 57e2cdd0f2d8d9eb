"""Vials that booked series doses need are not taken for somebody else by accident."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from regimens.services import shelf
from tests.clock import NINE, at
from tests.people import signed_in
from tests.visits import scenes
from visits.models import Visit
from visits.selectors import needs
from visits.services import flow, giving, preparing
from visits.services.vials import KeptForSeries


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


@pytest.fixture
def later(paul, site, recipe, dana, felix):
    """Paul's booked series dose: 2 g of magnesium in the afternoon."""
    order = scenes.signed_order(patient=paul, recipe=recipe, by=dana)
    visit = scenes.booked(patient=paul, site=site, by=felix, orders=[order], starts_at=at(14, 0))
    Visit.objects.filter(pk=visit.pk).update(kind="scheduled")
    return visit


@pytest.fixture
def scarce(stock, nora):
    """3 g of magnesium are left: enough for one of the two."""
    for lot, broken in ((stock.magnesium, 7), (stock.magnesium_big, 10)):
        shelf.take_off(lot=lot, kind="discarded", taken=Decimal(broken), reason="Broken", by=nora, at=NINE)
    return stock


def test_what_a_series_needs_is_said_and_asks_for_a_tick(magnesium, scarce, later, nurse, nora):
    visit = magnesium.visit
    address = reverse("visits:act", args=[visit.key, magnesium.key, "start"])
    typed = {"patient": str(visit.patient.key), "lots": [scarce.magnesium.pk]}
    with time_machine.travel(NINE, tick=False):
        form = nurse.get(address).text
        assert "2000 mg of the 3000 mg here are kept for 1 booked series dose." in form
        refused = nurse.post(address, typed, HTTP_HX_REQUEST="true")
        assert (refused.status_code, "Tick that you take them" in refused.text) == (409, True)
        done = nurse.post(address, typed | {"acknowledged": "on"}, HTTP_HX_REQUEST="true")
    assert done.status_code == 200
    magnesium.refresh_from_db()
    assert magnesium.state == "running"


def test_programs_are_refused_too(magnesium, scarce, later, nora):
    with pytest.raises(KeptForSeries, match="2000 mg of the 3000 mg here are kept for 1 booked series dose"):
        giving.start(administration=magnesium, lots=[scarce.magnesium], started_at=NINE, by=nora, at=NINE)


def test_where_enough_is_left_or_it_is_the_series_itself_nobody_asks(magnesium, stock, later, scarce):
    assert needs.kept_back(magnesium, at=NINE) is not None
    Visit.objects.filter(pk=later.pk).update(kind="rescue")
    assert needs.kept_back(magnesium, at=NINE) is None
    Visit.objects.filter(pk=later.pk).update(kind="scheduled")
    magnesium.visit.kind = "scheduled"
    assert needs.kept_back(magnesium, at=NINE) is None


def test_a_full_shelf_keeps_nobody_waiting(magnesium, stock, later):
    assert needs.kept_back(magnesium, at=NINE) is None


def test_what_is_mixed_for_a_series_is_off_the_shelf_and_not_kept_twice(
    magnesium, scarce, later, nora, chairs
):
    line = later.administrations.get(drug__name__startswith="magnesium")
    flow.check_in(visit=later, by=nora, at=at(8, 55))
    flow.seat(visit=later, chair=chairs[5], by=nora, at=at(8, 56))
    preparing.mix(administration=line, lots=[scarce.magnesium], mixed_at=NINE, by=nora, at=NINE)
    assert needs.kept_back(magnesium, at=NINE) is None
