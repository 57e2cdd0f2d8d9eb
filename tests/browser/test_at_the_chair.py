"""Three agents on a tablet, from the first start to the way home, with every tap counted."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from regimens.models import Drug
from tests.browser.conftest import minutes_ago, shot
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import violations
from tests.visits import scenes
from visits.models import Administration, GivingEvent, Outcome, Reaction, VialUse, Visit
from visits.selectors import ledger
from visits.services import arriving, booking, flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cocktail(transactional_db):
    """Three agents one after another; 1.5 g of magnesium leave half a vial of 1 g."""
    drugs = [
        scenes.drug("magnesium_sulfate", "magnesium sulfate"),
        scenes.drug("valproate_sodium", "valproate sodium"),
        scenes.drug("ketorolac", "ketorolac"),
    ]
    magnesium, valproate, ketorolac = drugs
    return scenes.regimen(
        (magnesium, 1500, "mg", "iv_infusion", 30, []),
        (valproate, 500, "mg", "iv_infusion", 15, [1]),
        (ketorolac, 30, "mg", "iv_push", 2, [2]),
    )


@pytest.fixture
def in_chair(site, chairs, nurses, pia, cocktail, felix, dana, nora):
    for row, (code, amount) in enumerate(
        [("magnesium_sulfate", 1000), ("valproate_sodium", 500), ("ketorolac", 30)]
    ):
        product = scenes.product(Drug.objects.get(code=code), by=nora, amount=amount, ndc=f"0409-37{row}5-01")
        scenes.lot(product, site=site, by=nora, number=f"L{row}")
    called = minutes_ago(50)
    order = scenes.signed_order(patient=pia, recipe=cocktail, by=dana, at=called)
    visit = booking.book_visit(
        site=site,
        patient=pia,
        starts_at=called.replace(second=0, microsecond=0) + timedelta(minutes=20),
        minutes=120,
        load=3,
        orders=[order],
        has_driver="yes",
        driver_name="Sam",
        by=felix,
        at=called,
    )
    arriving.check_in(visit=visit, by=felix, at=minutes_ago(20))
    return flow.seat(visit=visit, by=nora, at=minutes_ago(10))


class Hand:
    """Taps, counted."""

    def __init__(self, page):
        self.page, self.taps = page, 0

    def tap(self, what):
        settled(self.page)
        what.tap()
        self.taps += 1
        settled(self.page)

    def link(self, name):
        self.tap(self.page.get_by_role("link", name=re.compile(name)).first)

    def button(self, name):
        self.tap(self.page.get_by_role("button", name=re.compile(name)).first)

    def answer(self, label):
        """The label that stands for a hidden radio, in the form that is open."""
        self.tap(self.page.locator("form.entry label", has_text=re.compile(rf"^\s*{label}\s*$")).first)

    def since(self, before):
        return self.taps - before


def test_three_agents_on_a_tablet_in_counted_taps(in_chair, open_page):
    page = open_page("nora", width=1024, height=768, scheme="dark", touch=True)
    hand = Hand(page)
    hand.link("My chairs")
    vitals_in_eight_key_actions(page)
    for agent, pain in [("magnesium", "8"), ("valproate", "5"), ("ketorolac", "4")]:
        starts_in_two_taps(hand, agent)
        if agent == "magnesium":
            rate_pause_and_resume(hand)
            a_reaction(hand)
        hand.link("^Stop ")
        hand.answer(pain)
        hand.button("Stop now")
    shot(page, "tablet-all-given")
    assert violations(page) == []
    settle_the_reaction(hand)
    hand.link("IV site")
    hand.answer("Forearm")
    hand.button("Save")
    hand.button("IV out")
    leaves_in_three_taps(hand)
    what_the_chart_says()
    assert page.troubles == []


def vitals_in_eight_key_actions(page):
    """One tap, six numbers each ended with Enter, and nothing else."""
    settled(page)
    page.get_by_role("link", name="Vitals").tap()
    expect(page.get_by_label("Systolic")).to_be_focused()
    for number in ("128", "78", "72", "14", "98", "36.8"):
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    page.get_by_text("128/78").wait_for()


def starts_in_two_taps(hand, agent):
    """The lot that expires first is ticked already."""
    before = hand.taps
    hand.link(f"^Start {agent}")
    hand.button("Start now")
    assert hand.since(before) == 2
    assert Administration.objects.get(drug__name__startswith=agent).state == "running"


def rate_pause_and_resume(hand):
    hand.link("^Rate")
    hand.page.get_by_label("New rate, mL/h").fill("150")
    hand.button("Change rate")
    hand.link("^Pause")
    hand.button("Pause now")
    hand.link("^Resume")
    hand.button("Resume now")


def a_reaction(hand):
    """Four taps: Reaction, what, how bad, save."""
    before = hand.taps
    hand.link("^Reaction")
    hand.answer("Nausea or vomiting")
    hand.answer("Mild")
    hand.button("Write down|Save|Record")
    assert hand.since(before) == 4
    assert Reaction.objects.count() == 1


def settle_the_reaction(hand):
    hand.link("How it went")
    hand.answer("Over")
    hand.button("Save|Write down")


def leaves_in_three_taps(hand):
    """Pain, the IV and the driver stand there already; one question is left."""
    before = hand.taps
    hand.link("^Discharge")
    shot(hand.page, "tablet-discharge")
    hand.answer("Yes")
    hand.button("^Discharge")
    hand.page.get_by_text(re.compile("done at")).wait_for()
    assert hand.since(before) == 3


def what_the_chart_says():
    visit, outcome = Visit.objects.get(), Outcome.objects.get()
    assert (visit.status, outcome.pain_after, outcome.back_to_activity) == ("done", 4, "yes")
    kinds = GivingEvent.objects.filter(administration__drug__code="magnesium_sulfate").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["start", "rate", "pause", "resume", "stop"]
    use = VialUse.objects.get(administration__drug__code="magnesium_sulfate")
    assert (use.given, use.wasted) == (Decimal(1500), Decimal(500))
    assert Administration.objects.filter(state="given").count() == 3
    assert ledger.differences() == []
