import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion_center.audit.models import ChartRead
from regimens.models import Drug, Order
from regimens.services import ordering
from tests.clock import NINE, TEN
from tests.people import enroll, signed_in
from tests.regimens.conftest import sign


@pytest.fixture
def at_nine():
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def browser(dana, recipes, at_nine):
    return signed_in(dana)


@pytest.fixture
def nurse(nora, recipes, at_nine):
    return signed_in(nora)


def text(answer):
    return " ".join(answer.content.decode().split())


def new(patient):
    return f"/orders/new/{patient.key}/"


def test_the_order_page_shows_doses_picture_and_what_the_rules_said(browser, draft):
    page = text(browser.get(f"/orders/{draft.key}/"))
    for words in (
        "Not checked yet",
        "parkinson disease",
        "driver confirmed",
        "85 minutes in the chair",
    ):
        assert words in page
    assert "Sign</button>" in page


def test_a_nurse_writes_orders_but_does_not_sign_them(nurse, draft):
    assert "Sign</button>" not in text(nurse.get(f"/orders/{draft.key}/"))
    assert nurse.post(f"/orders/{draft.key}/sign/", {"patient": str(draft.patient.key)}).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_order_that_may_not_be_signed_says_why(browser, draft):
    Drug.objects.filter(code="ketorolac").update(orderable=False)
    answer = browser.post(f"/orders/{draft.key}/sign/", {"patient": str(draft.patient.key)})
    assert answer.status_code == 409 and "Ketorolac is switched off at this center" in text(answer)


def test_who_signs_second_is_told_in_words(browser, draft, dana):
    sign(draft, by=dana, at=NINE)
    answer = browser.post(f"/orders/{draft.key}/sign/", {"patient": str(draft.patient.key)})
    assert answer.status_code == 409 and "signed already" in text(answer)


def test_withdrawing_needs_a_reason(browser, draft):
    answer = browser.post(f"/orders/{draft.key}/withdraw/", {"reason": " "})
    assert answer.status_code == 422 and "Say why" in text(answer)
    assert browser.post(f"/orders/{draft.key}/withdraw/", {"reason": "Pain free"}).status_code == 302
    assert "Pain free" in text(browser.get(f"/orders/{draft.key}/"))


def test_drafts_wait_for_a_signature_and_signed_ones_do_not(browser, draft, dana):
    assert str(draft.key) in text(browser.get("/orders/to-sign/"))
    sign(draft, by=dana, at=NINE)
    assert "Nothing waits" in text(browser.get("/orders/to-sign/"))


def test_a_draft_that_a_newer_one_took_over_does_not_wait(browser, draft, dana):
    second = ordering.change_order(order=draft, by=dana, at=TEN)
    page = text(browser.get("/orders/to-sign/"))
    assert str(second.key) in page and str(draft.key) not in page


def test_opening_an_order_is_a_reading_of_the_chart_once(browser, draft, dana, pia):
    browser.get(f"/orders/{draft.key}/")
    read = ChartRead.objects.get()
    assert (read.person, read.patient_key, read.page) == (dana, pia.key, "regimens:order")


@pytest.mark.parametrize("who", ["felix", "mallory"])
def test_who_may_not_write_orders_gets_no_further(request, who, pia, draft):
    browser = signed_in(request.getfixturevalue(who))
    assert browser.get(new(pia)).status_code == 403
    assert browser.post(f"/orders/{draft.key}/withdraw/", {"reason": "x"}).status_code == 403
    assert browser.get("/orders/to-sign/").status_code == 403


def test_nobody_signs_by_following_a_link(browser, draft):
    assert browser.get(f"/orders/{draft.key}/sign/", {"patient": str(draft.patient.key)}).status_code == 405


def test_an_unknown_order_or_patient_is_not_found(browser, pia):
    assert browser.get(f"/orders/{pia.key}/").status_code == 404
    assert browser.get(f"/orders/new/{Order().key}/").status_code == 404
    assert browser.get(f"/orders/{Order().key}/change/").status_code == 404


def test_the_waiting_list_costs_the_same_at_two_and_at_twenty_orders(browser, recipes, felix, dana):
    def write(count):
        for n in range(count):
            person = enroll(by=felix, given_name=f"Pat{n}", family_name=f"Number{Order.objects.count()}")
            ordering.order_from_regimen(
                patient=person, regimen=recipes["standard_migraine_cocktail"], by=dana, at=NINE
            )

    def queries():
        with CaptureQueriesContext(connection) as seen:
            browser.get("/orders/to-sign/")
        return len(seen)

    write(2)
    queries()
    few = queries()
    write(18)
    assert queries() == few
