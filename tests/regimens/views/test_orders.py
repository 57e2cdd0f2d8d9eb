from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion_center.audit.models import ChartRead
from patients.models import Measurement
from regimens.models import Drug, Order
from regimens.services import ordering
from tests.clock import NINE, TEN
from tests.people import enroll, signed_in
from tests.regimens.conftest import sign, weigh

COCKTAIL = {"regimen": "standard_migraine_cocktail", "shown": "standard_migraine_cocktail"}


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


def test_a_provider_composes_looks_saves_and_signs(browser, pia, dana):
    assert "Choose a regimen" in text(browser.get(new(pia)))
    looked = text(browser.post(new(pia) + "preview/", {"regimen": "standard_migraine_cocktail"}))
    assert "1 h 25 in the chair" in looked and "ketorolac" in looked and not Order.objects.exists()
    saved = browser.post(new(pia), {**COCKTAIL, "include": [2], "note": "Dim room"})
    order = Order.objects.get()
    assert saved.url == f"/orders/{order.key}/"
    assert sorted(order.steps.values_list("position", flat=True)) == [1, 2, 3, 4]
    assert browser.post(f"/orders/{order.key}/sign/").status_code == 302
    order.refresh_from_db()
    assert (order.state, order.signed_by, order.note) == ("signed", dana, "Dim room")


def test_a_regimen_looked_at_first_has_all_its_optional_steps_in(browser, pia):
    page = text(browser.post(new(pia) + "preview/", {"regimen": "no_sedation_drive_home"}))
    assert page.count(' name="include"') == page.count("checked hx-post") == 2
    assert "1 h 15 in the chair" in page


def test_leaving_the_optional_steps_out_shows_the_shorter_visit(browser, pia):
    asked = {"regimen": "no_sedation_drive_home", "shown": "no_sedation_drive_home"}
    assert "1 h 12 in the chair" in text(browser.post(new(pia) + "preview/", asked))


def test_another_regimen_starts_with_its_own_optional_steps(browser, pia):
    asked = {"regimen": "no_sedation_drive_home", "shown": "standard_migraine_cocktail", "include": [2]}
    assert "1 h 15 in the chair" in text(browser.post(new(pia) + "preview/", asked))


def test_an_htmx_preview_is_the_form_alone(browser, pia):
    answer = browser.post(new(pia) + "preview/", COCKTAIL, headers={"HX-Request": "true"})
    assert answer.content.strip().startswith(b'<form id="compose"')


def test_a_dose_per_kg_shows_its_reckoning_and_its_cap(browser, pia, nora):
    weigh(pia, "92", by=nora)
    page = text(browser.post(new(pia) + "preview/", {"regimen": "valproate_load"}))
    assert "15 mg/kg x 92 kg = 1380 mg, capped at 1000 mg" in page


def test_without_a_weight_the_page_asks_for_it_and_takes_it_there(browser, pia):
    asked = {"regimen": "valproate_load"}
    page = text(browser.post(new(pia) + "preview/", asked))
    assert "weigh the patient" in page and "Weight today" in page and "Save the draft" not in page
    page = text(browser.post(new(pia) + "weight/", {**asked, "weight": "61.2", "unit": "kg"}))
    assert "15 mg/kg x 61.2 kg = 918 mg" in page and "Save the draft" in page
    assert Measurement.objects.get().value == Decimal("61.2")


@pytest.mark.parametrize("typed", ["", "abc", "-4", "6120", "nan"])
def test_a_weight_that_cannot_be_is_said_at_the_box_and_stays_typed(browser, pia, typed):
    page = text(
        browser.post(new(pia) + "weight/", {"regimen": "valproate_load", "weight": typed, "unit": "kg"})
    )
    assert "invalid-feedback" in page and f'value="{typed}"' in page
    assert not Measurement.objects.exists()


def test_saving_without_the_weight_is_refused_and_nothing_is_lost(browser, pia):
    asked = {"regimen": "valproate_load", "shown": "valproate_load", "include": [1], "note": "Slowly"}
    answer = browser.post(new(pia), asked)
    assert answer.status_code == 422 and "weigh the patient" in text(answer) and "Slowly" in text(answer)
    assert not Order.objects.exists()


@pytest.mark.parametrize("regimen", ["", "no_such_thing"])
def test_no_regimen_or_an_unknown_one_is_said_at_the_field(browser, pia, regimen):
    answer = browser.post(new(pia), {"regimen": regimen})
    assert answer.status_code == 422 and "invalid-feedback" in text(answer)


def test_the_order_page_shows_doses_picture_and_what_is_not_checked(browser, draft):
    page = text(browser.get(f"/orders/{draft.key}/"))
    for words in (
        "Checks are not automatic yet",
        "parkinson disease",
        "driver confirmed",
        "85 minutes in the chair",
    ):
        assert words in page
    assert "Sign</button>" in page


def test_a_nurse_writes_orders_but_does_not_sign_them(nurse, draft):
    assert "Sign</button>" not in text(nurse.get(f"/orders/{draft.key}/"))
    assert nurse.post(f"/orders/{draft.key}/sign/").status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_order_that_may_not_be_signed_says_why(browser, draft):
    Drug.objects.filter(code="ketorolac").update(orderable=False)
    answer = browser.post(f"/orders/{draft.key}/sign/")
    assert answer.status_code == 422 and "Not orderable at this center" in text(answer)


def test_who_signs_second_is_told_in_words(browser, draft, dana):
    sign(draft, by=dana, at=NINE)
    answer = browser.post(f"/orders/{draft.key}/sign/")
    assert answer.status_code == 409 and "signed already" in text(answer)


def test_withdrawing_needs_a_reason(browser, draft):
    answer = browser.post(f"/orders/{draft.key}/withdraw/", {"reason": " "})
    assert answer.status_code == 422 and "Say why" in text(answer)
    assert browser.post(f"/orders/{draft.key}/withdraw/", {"reason": "Pain free"}).status_code == 302
    assert "Pain free" in text(browser.get(f"/orders/{draft.key}/"))


def test_a_change_starts_from_what_was_ordered_and_makes_version_two(browser, draft, dana):
    sign(draft, by=dana, at=NINE)
    page = text(browser.get(f"/orders/{draft.key}/change/"))
    assert "New version of Standard migraine cocktail" in page and page.count("checked hx-post") == 2
    looked = browser.post(new(draft.patient) + "preview/", {**COCKTAIL, "changes": draft.key})
    assert f"/orders/{draft.key}/change/" in text(looked)
    answer = browser.post(f"/orders/{draft.key}/change/", {**COCKTAIL, "include": [2]})
    second = Order.objects.get(version=2)
    assert answer.url == f"/orders/{second.key}/"
    assert f"/orders/{second.key}/" in text(browser.get(f"/orders/{draft.key}/"))
    again = browser.post(f"/orders/{draft.key}/change/", COCKTAIL)
    assert again.status_code == 409 and "exists already" in text(again)


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


def test_previews_are_no_readings(browser, pia):
    browser.get(new(pia))
    browser.post(new(pia) + "preview/", COCKTAIL)
    assert ChartRead.objects.count() == 1


@pytest.mark.parametrize("who", ["felix", "mallory"])
def test_who_may_not_write_orders_gets_no_further(request, who, pia, draft):
    browser = signed_in(request.getfixturevalue(who))
    assert browser.get(new(pia)).status_code == 403
    assert browser.post(f"/orders/{draft.key}/withdraw/", {"reason": "x"}).status_code == 403
    assert browser.get("/orders/to-sign/").status_code == 403


def test_nobody_signs_by_following_a_link(browser, draft):
    assert browser.get(f"/orders/{draft.key}/sign/").status_code == 405


def test_an_unknown_order_or_patient_is_not_found(browser, pia):
    assert browser.get(f"/orders/{pia.key}/").status_code == 404
    assert browser.get(f"/orders/new/{Order().key}/").status_code == 404
    asked = {**COCKTAIL, "changes": "nonsense"}
    assert browser.post(new(pia) + "preview/", asked).status_code == 404


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
