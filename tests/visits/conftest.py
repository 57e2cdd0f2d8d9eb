"""Pia in a chair under Dana's signed order: saline alongside, magnesium, then ketorolac; all in stock."""

from types import SimpleNamespace

import pytest

from tests.visits import scenes


@pytest.fixture
def drugs(db):
    return SimpleNamespace(
        saline=scenes.drug("normal_saline", "sodium chloride 0.9 %", tags=["fluid"]),
        magnesium=scenes.drug("magnesium_sulfate", "magnesium sulfate", monitoring=["bp_q15"]),
        ketorolac=scenes.drug("ketorolac", "ketorolac"),
        prochlorperazine=scenes.drug("prochlorperazine", "prochlorperazine", driver=True),
    )


@pytest.fixture
def stock(site, drugs, nora):
    """Lots by name; magnesium in vials of 1 g and 5 g, prochlorperazine in a multi-dose vial."""
    products = {
        "saline": scenes.product(drugs.saline, by=nora, amount=1000, unit="mL", ndc="0338-0049-04"),
        "magnesium": scenes.product(drugs.magnesium, by=nora, amount=1000, ndc="63323-064-02"),
        "magnesium_big": scenes.product(drugs.magnesium, by=nora, amount=5000, ndc="63323-064-10"),
        "ketorolac": scenes.product(drugs.ketorolac, by=nora, amount=30, ndc="0409-3795-01"),
        "prochlorperazine": scenes.product(
            drugs.prochlorperazine, by=nora, amount=50, ndc="0641-6135-25", container="multi_dose"
        ),
    }
    lots = {name: scenes.lot(of, site=site, by=nora, number=f"L-{name}") for name, of in products.items()}
    return SimpleNamespace(products=SimpleNamespace(**products), **lots)


@pytest.fixture
def recipe(drugs):
    return scenes.regimen(
        (drugs.saline, 1000, "mL", "iv_infusion", 60, []),
        (drugs.magnesium, 2000, "mg", "iv_infusion", 30, []),
        (drugs.ketorolac, 30, "mg", "iv_push", 2, [2]),
    )


@pytest.fixture
def order(pia, recipe, dana):
    return scenes.signed_order(patient=pia, recipe=recipe, by=dana)


@pytest.fixture
def visit(pia, site, chairs, nurses, order, felix):
    return scenes.booked(patient=pia, site=site, orders=[order], by=felix)


@pytest.fixture
def in_chair(visit, nora, stock):
    """Pia sits, in Nora's care."""
    return scenes.seated(visit, by=nora)


def line_of(visit, name):
    """The line of a drug, by the start of its name."""
    return (
        visit.administrations.exclude(state="entered_in_error")
        .select_related("visit", "drug")
        .get(drug__name__startswith=name)
    )


@pytest.fixture
def magnesium(in_chair):
    return line_of(in_chair, "magnesium")


@pytest.fixture
def ketorolac(in_chair):
    return line_of(in_chair, "ketorolac")


@pytest.fixture
def saline(in_chair):
    return line_of(in_chair, "sodium")
