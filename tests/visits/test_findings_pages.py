"""Answering for findings on the order page, the chart and the card; and the pharmacist's list."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.accounts.permissions import Role
from regimens.models import Check, Clearance, Order
from regimens.services import clearing, ordering
from tests.clock import NINE, TEN, at
from tests.people import enroll, member_of_staff, signed_in
from tests.visits import scenes
from visits.services import booking, checking, orders, signing

HTMX = {"HX-Request": "true"}
WARN = {"rule": "cns_stack_2", "severity": "warn", "drug": "ketorolac", "message": "Two sedating drugs."}
REASON = {
    "rule": "ketorolac_steroid",
    "severity": "override_reason",
    "drug": "ketorolac",
    "message": "More bleeding.",
    "fix": "Leave one out.",
}
BLOCK = {"rule": "ulcer", "severity": "block", "drug": "ketorolac", "message": "Ulcer on record."}
NOTE = {"rule": "note", "severity": "info", "drug": None, "message": "Ask how they get home."}


@pytest.fixture(autouse=True)
def at_nine(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def draft(pia, recipe, dana):
    return ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=NINE)


@pytest.fixture
def browser(dana):
    return signed_in(dana)


@pytest.fixture
def phil(db, site):
    return member_of_staff("phil", Role.PHARMACIST, site=site, first_name="Phil", last_name="Farm")


def checked(order, *findings, problem="", when=NINE):
    verdict = "" if problem else (findings[0]["severity"] if findings else "allow")
    return Check.objects.create(
        order=order,
        moment="order",
        because="Saved",
        checked_at=when,
        verdict=verdict,
        problem=problem,
        findings=list(findings),
    )


def page(browser, order):
    return text(browser.get(reverse("regimens:order", args=[order.key])))


def text(answer):
    return " ".join(answer.content.decode().split())


def whose(order):
    return {"patient": str(order.patient.key)}


def send(browser, order, name, finding=None, **more):
    about = {"rule": finding["rule"], "drug": finding["drug"] or ""} if finding else {}
    about |= whose(order)
    headers = more.pop("headers", HTMX)
    return browser.post(reverse(f"visits:{name}", args=[order.key]), about | more, headers=headers)


def can_sign(shown):
    return (
        "Sign</button>" in shown
        and "disabled" not in shown[: shown.index("Sign</button>")].rpartition("<button")[2]
    )


def test_a_warning_is_acknowledged_by_name_and_then_it_may_be_signed(browser, draft, dana):
    checked(draft, WARN, NOTE)
    shown = page(browser, draft)
    assert "Two sedating drugs." in shown and "1 finding stands in the way." in shown and not can_sign(shown)
    answer = text(send(browser, draft, "acknowledge", WARN))
    assert "Acknowledged (Dana Dorn, MD" in answer and can_sign(answer)
    assert Clearance.objects.get().cleared_by == dana


def test_going_on_needs_a_reason_which_is_kept_and_stays_typed_when_too_short(browser, draft):
    checked(draft, REASON)
    refused = send(browser, draft, "override", REASON, reason="ok")
    assert refused.status_code == 422
    assert 'value="ok"' in text(refused) and "Say why in a few words" in text(refused)
    plain = send(browser, draft, "override", REASON, reason="ok", headers={})
    assert plain.status_code == 422 and 'value="ok"' in text(plain)
    answer = text(send(browser, draft, "override", REASON, reason="One dose, PPI given"))
    assert "Reason: One dose, PPI given (Dana Dorn, MD" in answer and can_sign(answer)


def test_a_block_is_nobodys_to_clear(browser, draft):
    checked(draft, BLOCK)
    shown = page(browser, draft)
    assert "Cannot be signed: change the order or the facts." in shown and not can_sign(shown)
    answer = send(browser, draft, "override", BLOCK, reason="I know her well")
    assert answer.status_code == 409 and "Nobody may override this" in text(answer)
    assert not Clearance.objects.exists()


def test_a_check_that_failed_says_so_blocks_and_can_be_run_again(browser, draft, pia, dana):
    scenes.asked(pia, by=dana)
    checked(draft, problem="The rule book did not load.")
    shown = page(browser, draft)
    assert "The rule book did not load." in shown and "Not before the check has run." in shown
    assert not can_sign(shown)
    answer = text(send(browser, draft, "check_order"))
    assert "nothing against it" in answer and can_sign(answer)


def test_the_newest_check_counts(browser, draft):
    checked(draft, BLOCK)
    checked(draft, when=TEN)
    assert "Ulcer" not in page(browser, draft)


def test_a_finding_that_is_gone_cannot_be_answered(browser, draft):
    checked(draft)
    answer = send(browser, draft, "acknowledge", WARN)
    assert answer.status_code == 409 and "no longer say this" in text(answer)


def test_a_nurse_acknowledges_and_gives_no_reason(nora, draft):
    nurse = signed_in(nora)
    checked(draft, REASON, WARN)
    shown = page(nurse, draft)
    assert "A provider has to give a reason." in shown and "Go on for this reason" not in shown
    assert send(nurse, draft, "override", REASON, reason="One dose only").status_code == 403
    assert send(nurse, draft, "acknowledge", WARN).status_code == 200


def test_a_refused_signature_says_why_on_both_pages(browser, draft, visit, monkeypatch):
    def refuse(**_):
        raise checking.NotCleared([], "2 findings stand in the way.")

    monkeypatch.setattr(signing, "sign", refuse)
    answer = browser.post(reverse("visits:sign", args=[draft.key]), whose(draft))
    assert answer.status_code == 409 and "2 findings stand in the way." in text(answer)
    beside = browser.post(
        reverse("visits:sign_order", args=[visit.key, draft.key]), whose(draft), headers=HTMX
    )
    assert beside.status_code == 409 and "2 findings stand in the way." in text(beside)


def test_signing_asks_with_the_visit_the_order_is_given_at(
    browser, pia, site, chairs, nurses, recipe, dana, felix, monkeypatch
):
    visit = scenes.booked(patient=pia, site=site, by=felix)
    order = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=NINE)
    orders.give_here(visit=visit, order=order, by=dana, at=NINE)
    scenes.asked(pia, by=felix)
    signing.sign(visit=visit, order=order, by=dana, at=NINE)
    new = ordering.change_order(order=order, by=dana, at=NINE)
    asked = []
    monkeypatch.setattr(signing, "sign", lambda **facts: asked.append(facts["visit"]))
    browser.post(reverse("visits:sign", args=[new.key]), whose(new))
    assert asked == [visit]


def test_one_tap_writes_what_was_booked_and_asks_the_rules(browser, site, chairs, nurses, pia, felix, recipe):
    visit = booking.book_visit(
        site=site, patient=pia, starts_at=TEN, minutes=85, load=3, regimen=recipe, by=felix, at=NINE
    )
    browser.post(reverse("visits:write_order", args=[visit.key]), whose(visit), headers=HTMX)
    order = Order.objects.get()
    assert Check.objects.get().order == order


def test_the_nurse_reads_in_spite_of_what_and_why(in_chair, order, dana, nora):
    checked(order, REASON)
    clearing.override(order=order, **_key(REASON), reason="One dose, PPI given", by=dana, at=NINE)
    said = "Given in spite of: More bleeding. Reason: One dose, PPI given (Dana Dorn, MD)"
    nurse = signed_in(nora)
    assert said in text(nurse.get(reverse("visits:chart", args=[in_chair.key])))
    ordering_line = in_chair.administrations.exclude(drug__code="ketorolac")
    ordering_line.update(state="not_given", reason="Not wanted")
    assert said in text(nurse.get(reverse("visits:my_chairs")))


def _key(finding):
    return {"rule": finding["rule"], "drug": finding["drug"] or ""}


def test_findings_on_the_chart_are_answered_there(browser, visit, order, dana):
    checked(order, WARN)
    chart = text(browser.get(reverse("visits:chart", args=[visit.key])))
    assert "Two sedating drugs." in chart and f'name="visit" value="{visit.key}"' in chart
    plain = send(browser, order, "acknowledge", WARN, visit=str(visit.key), headers={})
    assert plain.url == reverse("visits:chart", args=[visit.key])
    assert send(browser, order, "acknowledge", WARN, visit="nonsense").status_code == 404


def overridden(patient, recipe, dana, when=NINE):
    order = ordering.order_from_regimen(patient=patient, regimen=recipe, by=dana, at=NINE)
    checked(order, REASON)
    return clearing.override(order=order, **_key(REASON), reason="One dose, PPI given", by=dana, at=when)


def test_the_pharmacist_reviews_the_oldest_first(phil, pia, paul, recipe, dana):
    late, early = overridden(pia, recipe, dana, TEN), overridden(paul, recipe, dana, at(8))
    browser = signed_in(phil)
    shown = text(browser.get(reverse("regimens:overrides")))
    assert shown.index("Prior, Paul") < shown.index("Pell, Pia")
    assert "More bleeding." in shown and "One dose, PPI given" in shown and "Dana Dorn, MD" in shown
    review = reverse("regimens:review_override", args=[early.key])
    assert browser.post(review, {"note": "Spoke to Dana"}).status_code == 302
    early.refresh_from_db()
    assert (early.reviewed_by, early.review_note) == (phil, "Spoke to Dana")
    again = browser.post(review)
    assert again.status_code == 409 and "reviewed this already" in text(again)
    long = browser.post(reverse("regimens:review_override", args=[late.key]), {"note": "x" * 301})
    assert long.status_code == 422 and "x" * 301 in text(long)
    browser.post(reverse("regimens:review_override", args=[late.key]))
    assert "Every reason has been reviewed." in text(browser.get(reverse("regimens:overrides")))


def test_the_list_is_the_pharmacists_and_the_directors(phil, browser, nora):
    assert browser.get(reverse("regimens:overrides")).status_code == 403
    assert signed_in(nora).get(reverse("regimens:overrides")).status_code == 403
    home = signed_in(phil).get(reverse("home"))
    assert home.url == reverse("regimens:overrides")


def test_the_list_costs_the_same_at_two_and_at_ten(phil, felix, recipe, dana):
    browser = signed_in(phil)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            browser.get(reverse("regimens:overrides"))
        return len(seen)

    def add(count):
        for n in range(count):
            patient = enroll(by=felix, given_name=f"Pat{n}", family_name=f"Number{Order.objects.count()}")
            overridden(patient, recipe, dana)

    add(2)
    queries()
    few = queries()
    add(8)
    assert queries() == few
