"""A reaction at the chair: few taps, epinephrine in one, the provider looks, the next order is stopped."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from infusion_center.demo import shelf
from infusion_center.shared import clock
from patients.models import Allergy
from patients.services import history
from regimens.models import Drug
from regimens.selectors import on_hand
from regimens.services import ordering
from tests.browser.conftest import minutes_ago, shot
from tests.browser.test_a_patients_day import settled
from tests.people import enroll
from tests.visits import scenes
from visits.models import Administration, EmergencyDose, Reaction
from visits.services import arriving, booking, flow, giving, signing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paul(site, felix, reference):
    now = minutes_ago(60)
    paul = enroll(by=felix, at=now, given_name="Paul", family_name="Prior", sex_at_birth="male")
    for what in ("allergies", "medications", "conditions"):
        history.answer_none(patient=paul, what=what, by=felix, at=now)
    return paul


@pytest.fixture
def running(paul, site, chairs, nurses, felix, dana, nora):
    """Magnesium has been going in for ten minutes."""
    booked, seated, started = minutes_ago(40), minutes_ago(15), minutes_ago(10)
    shelf.fill(site=site, by=nora, at=booked)
    magnesium = Drug.objects.get(code="magnesium_sulfate")
    recipe = scenes.regimen((magnesium, 2000, "mg", "iv_infusion", 30, []), code="alone", name="Magnesium")
    order = ordering.order_from_regimen(patient=paul, regimen=recipe, by=dana, at=booked)
    visit = booking.book_visit(
        site=site,
        patient=paul,
        starts_at=booked.replace(second=0, microsecond=0) + timedelta(minutes=5),
        minutes=120,
        load=3,
        orders=[order],
        has_driver="yes",
        driver_name="Sam",
        by=felix,
        at=booked,
    )
    scenes.answered(order, by=dana, visit=visit, at=booked)
    signing.sign(order=order, visit=visit, by=dana, at=booked)
    arriving.check_in(visit=visit, by=felix, at=minutes_ago(20))
    flow.seat(visit=visit, by=nora, at=seated)
    line = visit.administrations.get()
    lots = on_hand.lots_for(drug=line.drug, site=site, day=visit.day, patient=paul)[:1]
    giving.start(administration=line, lots=lots, started_at=started, acknowledged=True, by=nora, at=started)
    return Administration.objects.get(pk=line.pk)


def test_from_the_tap_at_the_chair_to_the_block_of_the_next_order(running, open_page):
    visit = running.visit
    nora = open_page("nora", width=1024, height=768)
    nora.goto("/chairs/?who=all")
    nora.get_by_role("link", name="Reaction", exact=True).click()
    for tap in ("Infusion reaction, anaphylaxis", "Severe"):
        nora.locator("label", has_text=tap).click()
    shot(nora, "reaction-form")
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_text("Severe: Infusion reaction, anaphylaxis")).to_be_visible()
    row = Reaction.objects.get()
    assert (row.administration_id, row.grade) == (running.pk, 3)  # the drug was proposed
    nora.get_by_role("button", name="Given: epinephrine 0.3 mg IM").click()
    expect(nora.get_by_role("list", name="Given so far")).to_contain_text("0 min ago epinephrine 0.3 mg IM")
    shot(nora, "reaction-card")
    assert EmergencyDose.objects.get().given_by.username == "nora"
    nora.get_by_role("link", name="Close").click()
    expect(nora.get_by_text("epinephrine 0.3 mg IM, 0 min ago")).to_be_visible()
    expect(nora.get_by_role("link", name="How it went")).to_be_visible()
    shot(nora, "reaction-on-the-card")

    dana = open_page("dana")
    dana.goto("/visits/to-decide/")
    first = dana.locator("table.decisions tbody tr").first
    expect(first).to_contain_text("Severe infusion reaction, anaphylaxis, 10 min after magnesium sulfate")
    shot(dana, "reaction-decide")
    first.get_by_role("button", name="Seen").click()
    expect(dana.get_by_text("Severe infusion reaction")).to_have_count(0)
    dana.get_by_role("button", name="Sign off").click()
    expect(dana.get_by_text("epinephrine 0.3 mg")).to_have_count(0)
    dana.goto(f"/visits/{visit.key}/")
    dana.get_by_role("link", name="Allergy or intolerance").click()
    settled(dana)
    dana.locator("label", has_text="Allergy: magnesium sulfate").click()
    dana.get_by_role("button", name="Record").click()
    expect(dana.get_by_text("recorded as allergy by Dana Dorn, MD")).to_be_visible()
    shot(dana, "reaction-chart")
    assert Allergy.objects.get().group == "magnesium_sulfate"
    dana.goto(f"/visits/{visit.key}/compose/")
    dana.get_by_role("button", name="Add a drug").click()
    dana.locator("button[value='add:magnesium_sulfate']").click(force=True)
    settled(dana)
    expect(dana.locator("#compose-side")).to_contain_text("1 block")
    expect(dana.locator("#compose-form")).to_contain_text("the patient is allergic to magnesium sulfate")
    shot(dana, "reaction-block")

    nora.get_by_role("link", name="How it went").click()
    settled(nora)
    nora.locator("label", has_text="Over").first.click()
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_role("group", name="Ongoing reaction")).to_have_count(0)
    assert Reaction.objects.get().settled_by.username == "nora"
    assert clock.now() >= Reaction.objects.get().ended_at
    assert (nora.troubles, dana.troubles) == ([], [])
