"""A patient's day through the pages, as four people: from a call to a file the clearinghouse takes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from billing.models import Claim, InboundFile, Submission
from billing.states import ClaimState
from billing.x12 import validator
from infusion_center.demo import shelf
from infusion_center.shared import clock
from patients.models import Patient, Payer
from patients.tasks import read_imports
from tests.browser.answering import answer_findings
from tests.browser.conftest import shot
from visits.models import Administration, Visit
from visits.states import Given, Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BUNDLES = Path(settings.BASE_DIR) / "infusion_center" / "reference" / "demo_patients"


@pytest.fixture
def center(site, chairs, nurses, felix, dana, bea, reference):
    """Everything but the patient: drugs, stock, staff, a payer."""
    shelf.fill(site=site, by=nurses[0], at=clock.now())
    Payer.objects.create(name="PRAIRIE HEALTH PLAN", payer_id="PRAIR", filing_code="CI")
    return site


def test_from_the_call_to_the_claim(center, open_page):
    felix = open_page("felix")
    bring_a_bundle(felix)
    complete_the_patient(felix)
    book_a_chair(felix)
    dana_orders(open_page("dana"))
    check_in(felix)
    nora = open_page("nora", width=1180, height=820)
    treat(nora)
    send_home(nora)
    dana_signs_the_note(open_page("dana"))
    bea = open_page("bea")
    code_the_claim(bea)
    text = make_the_file(bea)
    the_clearinghouse_answers(bea, text)
    for page in (felix, nora, bea):
        assert page.troubles == []


def bring_a_bundle(page):
    """Felix uploads a file of another system; the worker reads it."""
    page.get_by_role("link", name="Patients", exact=True).click()
    page.get_by_role("link", name=re.compile("Import")).first.click()
    page.locator("input[type=file]").set_input_files(str(next(BUNDLES.glob("Meg_Toy*"))))
    page.get_by_role("button", name="Import").click()
    read_imports()
    page.reload()
    assert Patient.objects.filter(family_name="Toy").count() == 1


def complete_the_patient(page):
    """He finds her by a misspelt name, and writes down her insurance."""
    page.get_by_role("link", name="Patients", exact=True).click()
    page.locator("[data-find]").fill("Toi, Meg")
    page.get_by_role("link", name=re.compile("Toy")).first.click()
    page.get_by_role("button", name="Coverage").or_(page.get_by_role("link", name="Coverage")).first.click()
    page.get_by_label("Payer").select_option(label="PRAIRIE HEALTH PLAN")
    page.get_by_label("Member").first.fill("PR100200300")
    page.get_by_role("button", name=re.compile("Save|Add")).first.click()
    page.get_by_text("PR100200300").wait_for()
    page.get_by_role("button", name="Verified").click()
    page.get_by_text("Felix Fry").first.wait_for()
    page.locator("#weights").get_by_role("link", name="Weight").or_(
        page.locator("#weights").get_by_role("button", name="Weight")
    ).first.click()
    settled(page)
    page.locator("#weights_value").fill("59.5")
    page.locator("#weights").get_by_role("button", name="Save").click()
    page.locator("#weights").get_by_text("59.5").wait_for()


def book_a_chair(page):
    """Four actions from the call: type, choose the patient, choose the regimen, press a start."""
    page.get_by_role("link", name="Today").click()
    page.get_by_role("searchbox", name="Book a visit").fill("Toy")
    page.locator("#found button", has_text="Toy").click()
    page.get_by_role("heading", name="Book Meg").wait_for()
    settled(page)
    page.get_by_label("For", exact=True).select_option(label="Standard migraine cocktail · 85 min")
    settled(page)
    page.locator("#offers button").first.click()
    page.get_by_role("heading", name="Booked").wait_for()
    visit = Visit.objects.get()
    assert visit.status == Status.BOOKED
    assert visit.chair is not None
    shot(page, "today-booked")
    ask_the_questions(page)


def ask_the_questions(page):
    """While she is on the phone: no triptan, no pregnancy, Sam drives."""
    page.get_by_role("link", name="Ask the questions now").click()
    settled(page)
    choose(page, "I take none", "When did you last take a triptan")
    choose(page, "None since yesterday", "Ibuprofen, naproxen or aspirin")
    choose(page, "It is not possible", "Could you be pregnant")
    choose(page, "No", "Is this headache different")
    choose(page, "Yes", "Does somebody drive you home")
    page.get_by_label("Who?").fill("Sam Toy")
    page.get_by_role("button", name="Save what was asked").click()
    page.get_by_text("Sam Toy").first.wait_for()


def dana_orders(page):
    """One tap for the order; the rules have something to say; she answers for it and signs."""
    page.get_by_role("link", name=re.compile("Order for")).first.click()
    page.get_by_role("button", name=re.compile("^Order Standard")).click()
    page.get_by_role("button", name="Acknowledge").first.wait_for()
    shot(page, "findings")
    answer_findings(page, "Labs due next week, one dose")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
    assert Administration.objects.filter(state=Given.ORDERED).count() == 5
    assert page.troubles == []


def check_in(page):
    visit = Visit.objects.get()
    page.goto("/today/")
    page.locator(f"[href*='{visit.key}'], [hx-get*='{visit.key}']").first.click()
    page.get_by_role("button", name="Check in").click()
    page.get_by_text("Arrived").first.wait_for()


def treat(page):
    """Nora seats her and gives five drugs with pain before and after."""
    page.get_by_role("button", name=re.compile("Seat in")).click()
    page.get_by_role("heading", name=re.compile("Toy")).wait_for()
    page.wait_for_load_state("load")
    page.get_by_role("link", name="Pain").click()
    settled(page)
    choose(page, "8")
    page.get_by_role("button", name="Save").click()
    settled(page)
    vitals(page)
    for _ in range(5):
        page.get_by_role("link", name=re.compile("^Start ")).first.click()
        settled(page)
        page.get_by_role("button", name="Start now").click()
        page.get_by_role("button", name="Start now").wait_for(state="detached")
    shot(page, "my-chairs-running")
    for pain in ("7", "6", "5", "4", None):
        page.get_by_role("link", name=re.compile("^Stop ")).first.click()
        settled(page)
        if pain and page.get_by_role("radio", name=pain, exact=True).count():
            choose(page, pain)
        page.get_by_role("button", name="Stop now").click()
        page.get_by_role("button", name="Stop now").wait_for(state="detached")
    assert Administration.objects.filter(state=Given.GIVEN).count() == 5


def choose(page, label, question="Pain"):
    """Press the button of an answer: the label that stands for the hidden radio."""
    group = page.get_by_role("group", name=re.compile(question)).last
    group.locator("label", has_text=re.compile(rf"^\s*{label}\s*$")).click()


def settled(page):
    """Until htmx has finished what it was asked: a person is never this fast."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def vitals(page):
    page.get_by_role("link", name="Vitals").click()
    expect(page.get_by_label("Systolic")).to_be_focused()
    for number in ("128", "78", "72", "14", "98", "36.8"):
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    page.get_by_text("128/78").wait_for()


def send_home(page):
    page.get_by_role("link", name="Discharge").click()
    settled(page)
    form = page.locator("form.entry")
    choose(page, "2")
    choose(page, "Yes", "Back to work")
    choose(page, "Yes", "IV out")
    form.get_by_label("Who drives them home").fill("Sam Toy")
    form.get_by_label("Note").fill(
        "Sam watches her on the way; the provider agrees"
    )  # the clock does not wait
    form.get_by_role("button", name=re.compile("Discharge|home")).click()
    page.get_by_text(re.compile("done at")).wait_for()
    assert Visit.objects.get().status == Status.DONE


def dana_signs_the_note(page):
    """From her list: what the chart tells, one sentence of her own, signed."""
    page.get_by_role("link", name=re.compile("Read and sign the note")).click()
    page.get_by_label("Assessment and plan").fill("Migraine, answered to the cocktail.")
    page.get_by_role("button", name="Sign and lock").click()
    page.get_by_text("Signed by Dana Dorn, MD").wait_for()
    shot(page, "note-of-the-day")
    assert page.troubles == []


def code_the_claim(page):
    from billing.tasks import draft_claims

    draft_claims()
    page.goto("/claims/")
    claim = Claim.objects.get()
    page.goto(f"/claims/{claim.key}/")
    page.get_by_label("Find one by code or words").fill("G43.009")
    page.locator("#codes button", has_text="G43.009").click()
    page.get_by_text("principal", exact=True).wait_for()
    shot(page, "claim")


def make_the_file(page):
    claim = Claim.objects.get()
    assert claim.state == ClaimState.READY, [hold.sentence for hold in claim.holds.filter(cleared_at=None)]
    page.goto("/claims/")
    page.get_by_role("button", name=re.compile("Make the batch")).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    text = Path(download.value.path()).read_text()
    verdict = validator.validate(text)
    assert verdict.ok, verdict.errors
    assert "TOY" not in download.value.suggested_filename.upper()
    return text


def the_clearinghouse_answers(page, text):
    """The 999 that pyx12 makes for this file moves the claim; one that matches nothing is kept."""
    page.goto("/claims/answers/")
    answer = {"name": "answer.999", "mimeType": "text/plain", "buffer": validator.validate(text).ack.encode()}
    page.locator("input[type=file]").set_input_files(answer)
    page.get_by_role("button", name="Load it").click()
    page.get_by_role("status").first.wait_for()
    assert Claim.objects.get().state == ClaimState.ACKNOWLEDGED
    stranger = Path(settings.BASE_DIR) / "tests" / "data" / "x12" / "imsweb-accepted.999"
    page.locator("input[type=file]").set_input_files(str(stranger))
    page.get_by_role("button", name="Load it").click()
    page.get_by_text("Kept, and nobody").wait_for()
    assert set(InboundFile.objects.values_list("state", flat=True)) == {"matched", "unmatched"}
    assert Submission.objects.count() == 1
