"""Pia in a chair under Dana's signed order: saline alongside, magnesium, then ketorolac; all in stock."""

from types import SimpleNamespace

import pytest

from infusion_center.accounts.permissions import Role
from regimens.rules.safety.verdicts import Finding, Severity, answer_of
from regimens.services import protocols
from tests.clock import EIGHT, FRIDAY, NINE
from tests.people import member_of_staff
from tests.visits import scenes, series_scenes
from visits.selectors import judging
from visits.services import standing


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


@pytest.fixture
def mia(db, site):
    facts = {"first_name": "Mia", "last_name": "Marsh", "credentials": "MD"}
    return member_of_staff("mia", Role.MEDICAL_DIRECTOR, site=site, **facts)


@pytest.fixture
def protocol(recipe, mia):
    return approve(recipe, by=mia)


def approve(recipe, *, by, **limits):
    usual = {"min_age": 18, "max_age": None, "most_severe": "info", "sign_within_hours": 24}
    days = {"active_from": FRIDAY, "active_to": None}
    return protocols.approve(regimen=recipe, **(usual | days | limits), by=by, at=EIGHT)


@pytest.fixture
def waiting(pia, site, chairs, nurses, felix, nora, stock):
    """Pia sits in her chair, and nobody has ordered anything."""
    scenes.asked(pia, by=nora)
    return scenes.seated(scenes.booked(patient=pia, site=site, by=felix), by=nora)


@pytest.fixture
def rules_say(monkeypatch):
    """`rules_say(ketorolac="warn")`: what the engine answers, by drug."""

    def say(**by_drug):
        def asked(self, proposed, moment):
            codes = {one.drug for one in proposed}
            return answer_of(
                Finding(
                    f"{code}_rule",
                    Severity(grade),
                    code,
                    f"{code}: mind it.",
                    about=(code,),
                    involves=(code,),
                )
                for code, grade in by_drug.items()
                if code in codes
            )

        monkeypatch.setattr(judging.Bench, "judge", asked)

    return say


def spoken(visit, what, *, by, said_by, **facts):
    usual = {"spoken": "Ketorolac 30 mg IV push now", "spoken_at": NINE, "read_back": True, "at": NINE}
    return standing.write_verbal(visit=visit, what=what, spoken_by=said_by, **(usual | facts), by=by)


@pytest.fixture
def epti(site, chairs, felix, nora, dana):
    """The floor with eptinezumab on its shelf: it starts series, books doses and gives them, on any day."""
    recipe, lot = series_scenes.eptinezumab(by=nora, site=site)
    return series_scenes.Floor(site=site, felix=felix, nora=nora, dana=dana, recipe=recipe, lot=lot)
