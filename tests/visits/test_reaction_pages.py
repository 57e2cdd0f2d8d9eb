"""Reactions as a nurse and a provider meet them: the card, the chart, Decide now, the API."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from infusion_center.accounts.models import User
from patients.models import Allergy
from tests.clock import EIGHT, NINE, TEN, at
from tests.people import enroll, signed_in
from tests.places import open_site
from tests.visits import scenes
from tests.visits.test_chart_pages import HTMX, api, crowd, look, nobody_falls_asleep, nurse, on_card
from visits.models import EmergencyDose, Reaction, ReactionStep
from visits.services import emergency, giving, reactions

__all__ = ["nobody_falls_asleep", "nurse"]


@pytest.fixture
def cards(db):
    emergency.load_steps(at=EIGHT)


@pytest.fixture
def running(magnesium, stock, nora):
    return giving.start(
        administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE, pain=8
    )


def address(name, visit, *more):
    return reverse(f"visits:{name}", args=[visit.key, *more])


def post(browser, visit, path, data=None, *, when=TEN, headers=None):
    import time_machine

    with time_machine.travel(when, tick=False):
        typed = {"patient": str(visit.patient.key)} | (data or {})
        return browser.post(path, typed, **(on_card(visit) if headers is None else headers))


def noted(visit, *, by, when=None, **facts):
    usual = {"kind": "infusion", "grade": 3, "began_at": when or at(9, 12)}
    return reactions.record(visit=visit, **(usual | facts), by=by, at=when or at(9, 12))


def test_from_the_card_in_three_taps_and_the_card_for_its_kind_opens(in_chair, running, cards, nurse):
    form = look(nurse, address("react", in_chair), when=at(9, 12), **on_card(in_chair)).content.decode()
    assert re.search(rf'value="{running.key}" checked', form)  # the one drug that runs is proposed
    typed = {"kind": "infusion", "grade": 3, "administration": str(running.key), "actions": ["stopped"]}
    answer = post(nurse, in_chair, address("react", in_chair), typed, when=at(9, 12))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Severe: Infusion reaction, anaphylaxis" in page and "12 min after magnesium sulfate" in page
    assert "Given: epinephrine 0.3 mg IM" in page and "Call 911" in page
    row = Reaction.objects.get()
    assert (row.administration, row.actions, row.began_at) == (running, ["stopped"], at(9, 12))


def test_one_tap_writes_the_dose_and_the_card_counts_from_it(in_chair, cards, nurse):
    page = look(nurse, address("emergency", in_chair, "infusion"), **on_card(in_chair)).content.decode()
    assert "Write the reaction down" in page  # the dose first
    form = re.search(r'action="([^"]+/dose)".*?name="key" value="([^"]+)"', page)
    button = {"drug": "epinephrine", "code": "epinephrine", "amount": "0.3", "unit": "mg", "route": "im"}
    for _ in range(2):  # sent twice
        answer = post(nurse, in_chair, form[1], button | {"key": form[2]}, when=at(9, 2))
        assert answer.status_code == 200
    dose = EmergencyDose.objects.get()
    assert (dose.amount, dose.given_at, dose.kind) == (Decimal("0.300"), at(9, 2), "infusion")
    doses = look(nurse, address("doses", in_chair), when=at(9, 9), **HTMX).content.decode()
    assert "7 min ago" in doses
    card = look(nurse, reverse("visits:my_chairs"), when=at(9, 9)).content.decode()
    assert "epinephrine 0.3 mg IM, 7 min ago" in card


def test_another_amount_is_typed_and_a_wrong_one_taken_back(in_chair, cards, nurse):
    dose = address("dose", in_chair, "infusion")
    refused = post(
        nurse, in_chair, dose, {"drug": "epinephrine", "amount": "-1", "unit": "mg", "route": "im"}
    )
    assert (refused.status_code, b"more than zero" in refused.content) == (422, True)
    assert b'value="epinephrine"' in refused.content
    typed = {"drug": "epinephrine", "amount": "0.5", "unit": "mg", "route": "im", "given_at": "09:40"}
    post(nurse, in_chair, dose, typed)
    row = EmergencyDose.objects.get()
    assert (row.amount, row.given_at) == (Decimal("0.500"), at(9, 40))
    post(nurse, in_chair, address("dose_in_error", in_chair, row.key), {"reason": "Wrong chair"})
    page = look(nurse, address("chart", in_chair), when=TEN).content.decode()
    assert "<s>09:40 epinephrine 0.5 mg IM</s> not given: Wrong chair" in page


def test_what_is_missing_is_a_sentence_at_its_field_and_what_was_typed_stays(in_chair, running, nurse):
    answer = post(nurse, in_chair, address("react", in_chair), {"words": "Pale and cold"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("what kind of reaction", "how bad it is", "after which drug"):
        assert sentence in page
    assert 'value="Pale and cold"' in page
    typed = {"kind": "other", "grade": 1, "administration": "unclear"}
    other = post(nurse, in_chair, address("react", in_chair), typed)
    assert (other.status_code, b"Say in words what it is" in other.content) == (422, True)
    assert Reaction.objects.count() == 0


@pytest.mark.parametrize("act", ["settle", "correct", "error"])
def test_every_act_opens_and_refuses_nothing_typed_in_words(in_chair, running, nora, nurse, act):
    row = noted(in_chair, by=nora, administration=running)
    path = address("reaction", in_chair, row.key, act)
    assert look(nurse, path, when=TEN, **on_card(in_chair)).status_code == 200
    assert post(nurse, in_chair, path).status_code == 422
    assert look(nurse, address("reaction", in_chair, row.key, "dance")).status_code == 404
    assert look(nurse, address("reaction", in_chair, uuid4(), act)).status_code == 404
    assert look(nurse, address("emergency", in_chair, "sneezing")).status_code == 404


def test_the_chart_says_how_it_went_what_was_wrong_and_who_looked(in_chair, running, nora, nurse, dana):
    row = noted(in_chair, by=nora, administration=running, grade=2)
    post(nurse, in_chair, address("reaction", in_chair, row.key, "settle"), {"outcome": "resolved"})
    page = look(nurse, address("chart", in_chair), when=TEN).content.decode()
    assert "Over at 10:00" in page and "12 min after magnesium sulfate" in page
    seconds = {"kind": "rash", "grade": 1, "administration": "unclear", "began_at": "09:12", "reason": "No"}
    post(nurse, in_chair, address("reaction", in_chair, row.key, "correct"), seconds)
    page = look(nurse, address("chart", in_chair), when=TEN).content.decode()
    assert "Entered in error: 1" in page and "not clear after which drug" in page
    fresh = Reaction.objects.get(in_error_at=None)
    assert (fresh.replaces, fresh.outcome, fresh.ended_at) == (row, "resolved", TEN)


def test_a_correction_opens_with_what_was_recorded(in_chair, running, nora, nurse):
    row = noted(in_chair, by=nora, administration=running, words="Red face", actions=["slowed"])
    page = look(nurse, address("reaction", in_chair, row.key, "correct"), when=TEN).content.decode()
    for part in (
        'value="infusion" checked',
        'value="3" checked',
        'value="slowed" checked',
        "Red face",
        "09:12",
    ):
        assert part in page, part


def test_a_corrected_grade_leaves_the_onset_to_the_second(in_chair, magnesium, stock, nora, nurse):
    started, began = NINE + timedelta(seconds=10), NINE + timedelta(seconds=40)
    line = giving.start(
        administration=magnesium, lots=[stock.magnesium], started_at=started, by=nora, at=started
    )
    row = noted(in_chair, by=nora, when=began, administration=line)
    path = address("reaction", in_chair, row.key, "correct")
    typed = {"kind": "infusion", "grade": 1, "administration": str(line.key), "reason": "Read again"}
    assert post(nurse, in_chair, path, typed | {"began_at": "09:00"}).status_code == 200
    assert Reaction.objects.get(in_error_at=None).began_at == began


def test_the_provider_sees_it_first_and_seen_takes_it_off(in_chair, running, nora, dana):
    row = noted(in_chair, by=nora, administration=running)
    browser = signed_in(dana)
    page = look(browser, reverse("visits:to_decide"), when=at(9, 20)).content.decode()
    assert "Severe infusion reaction, anaphylaxis, 12 min after magnesium sulfate was started." in page
    post(browser, in_chair, reverse("visits:reaction_seen", args=[row.key]), headers={})
    assert b"Severe infusion" not in look(browser, reverse("visits:to_decide"), when=TEN).content
    again = post(browser, in_chair, reverse("visits:reaction_seen", args=[row.key]), headers={})
    assert (again.status_code, b"Dana Dorn, MD has looked" in again.content) == (409, True)
    chart = look(browser, address("chart", in_chair), when=TEN).content.decode()
    assert "seen by Dana Dorn, MD" in chart


def test_confirmed_from_the_chart_it_is_on_the_patients_page(in_chair, running, nora, nurse, pia):
    row = noted(in_chair, by=nora, administration=running)
    confirm = address("confirm_reaction", in_chair, row.key)
    assert post(nurse, in_chair, confirm).status_code == 422
    post(nurse, in_chair, confirm, {"remember": "magnesium_sulfate"})
    assert Allergy.objects.get().severe
    of = reverse("visits:reactions_of", args=[pia.key])
    for headers in ({}, HTMX):
        page = look(nurse, of, when=TEN, **headers).content.decode()
        assert "recorded as allergy by Nora North, RN" in page and ("<html" in page) is (not headers)
    page = look(nurse, reverse("patients:patient", args=[pia.key]), when=TEN).content.decode()
    assert of in page and "Infusion reaction, anaphylaxis, severe" in page


def test_the_provider_signs_off_what_was_given(in_chair, nora, dana, nurse):
    emergency.give(
        visit=in_chair,
        kind="infusion",
        drug="epinephrine",
        amount=Decimal("0.3"),
        unit="mg",
        route="im",
        given_at=NINE,
        by=nora,
        at=NINE,
    )
    browser, sign = signed_in(dana), address("sign_doses", in_chair)
    page = look(browser, reverse("visits:to_decide"), when=TEN).content.decode()
    assert "epinephrine 0.3 mg IM at 09:00 by Nora North, RN" in page
    keys = re.findall(r'name="dose" value="([^"]+)"', page)
    assert post(nurse, in_chair, sign, {"dose": keys}).status_code == 403
    assert post(browser, in_chair, sign, headers={}).status_code == 422
    assert post(browser, in_chair, sign, {"dose": keys}, headers={}).status_code == 302
    assert EmergencyDose.objects.get().signed_by == dana
    assert b"signed by Dana Dorn, MD" in look(nurse, address("chart", in_chair), when=TEN).content


def test_who_may(in_chair, running, nora, felix, bea, mallory, nurse, dana, cards):
    row = noted(in_chair, by=nora, administration=running)
    dose = {"drug": "epinephrine", "amount": "0.3", "unit": "mg", "route": "im"}
    typed = {"kind": "rash", "grade": 1, "administration": "unclear"}
    for person in (felix, bea, mallory):
        browser = signed_in(person)
        assert post(browser, in_chair, address("react", in_chair), typed).status_code == 403
        assert post(browser, in_chair, address("dose", in_chair, "rash"), dose).status_code == 403
        seen = reverse("visits:reaction_seen", args=[row.key])
        assert post(browser, in_chair, seen).status_code == 403
    assert post(nurse, in_chair, reverse("visits:reaction_seen", args=[row.key])).status_code == 403
    confirm = address("confirm_reaction", in_chair, row.key)
    assert post(signed_in(bea), in_chair, confirm, {"remember": "intolerance"}).status_code == 403
    assert (Reaction.objects.count(), EmergencyDose.objects.count()) == (1, 0)


def test_a_form_of_another_patient_and_a_reaction_of_another_site_write_nothing(
    in_chair, running, paul, nora, dana, nurse
):
    typed = {"kind": "rash", "grade": 1, "administration": "unclear", "patient": str(paul.key)}
    assert post(nurse, in_chair, address("react", in_chair), typed).status_code == 409
    row = noted(in_chair, by=nora)
    dana.sites.set([open_site(slug="elsewhere", name="Elsewhere")])
    seen = reverse("visits:reaction_seen", args=[row.key])
    assert post(signed_in(dana), in_chair, seen).status_code == 404
    row.refresh_from_db()
    assert row.seen_at is None


def test_a_child_whose_weight_nobody_knows_gets_no_amount_proposed(
    site, chairs, nurses, felix, nora, nurse, cards
):
    from datetime import date

    child = enroll(by=felix, given_name="Kim", family_name="Kidd", birth_date=date(2016, 5, 1))
    visit = scenes.seated(scenes.booked(patient=child, site=site, by=felix), by=nora)
    page = look(nurse, address("emergency", visit, "infusion"), **on_card(visit)).content.decode()
    assert "weight not known" in page and "Given: epinephrine" not in page


def test_a_card_that_a_person_edited_is_shown_and_no_longer_recalled(in_chair, cards, dana, nurse):
    ReactionStep.objects.filter(kind="nausea", position=1).update(
        text="Ginger tea", reviewed_by=dana, reviewed_on=NINE.date()
    )
    page = look(nurse, address("emergency", in_chair, "nausea"), **on_card(in_chair)).content.decode()
    assert "Ginger tea" in page and page.count(">recalled<") == 1


def test_reactions_cost_the_chairs_and_the_chart_no_more_queries(
    site, chairs, nurses, recipe, felix, dana, nora, nurse, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from visits.models import Visit

    def cost(path, **headers):
        look(nurse, path, **headers)
        with CaptureQueriesContext(connection) as asked:
            look(nurse, path, **headers)
        return len(asked)

    crowd(2, site=site, chairs=chairs, recipe=recipe, felix=felix, dana=dana, nora=nora)
    visit = Visit.objects.order_by("pk")[0]
    chairs_page, chart_page = reverse("visits:cards"), address("chart", visit)
    few = cost(chairs_page, **HTMX), cost(chart_page)
    for one in Visit.objects.select_related("site", "patient"):
        for kind in ("rash", "mood", "nausea"):
            noted(one, by=nora, when=NINE, kind=kind)
            emergency.give(
                visit=one,
                kind=kind,
                drug="diphenhydramine",
                amount=Decimal(25),
                unit="mg",
                route="iv",
                given_at=NINE,
                by=nora,
                at=NINE,
            )
    assert (cost(chairs_page, **HTMX), cost(chart_page)) == few


def test_the_same_story_through_the_api(in_chair, running, nora, nurse, dana, paul):
    who = {"patient": str(in_chair.patient.key)}
    facts = {"kind": "rash", "grade": 3, "began_at": at(9, 12), "administration": str(running.key)}
    made = api(nurse, "api_visit_reactions", in_chair.key, who | facts, when=at(9, 12))
    assert (made.status_code, made.json()["minutes_after"]) == (201, 12)
    key = made.json()["key"]
    wrong = api(nurse, "api_visit_reactions", in_chair.key, facts | {"patient": str(paul.key)})
    assert wrong.status_code == 409
    early = api(nurse, "api_visit_reactions", in_chair.key, who | facts | {"began_at": at(8, 50)}, when=TEN)
    assert (early.status_code, list(early.json()["errors"])) == (422, ["began_at"])
    assert api(nurse, "api_reaction_seen", key, who).status_code == 403
    assert api(signed_in(dana), "api_reaction_seen", key, who, when=TEN).json()["seen_at"]
    group = who | {"allergy_group": "magnesium_sulfate"}
    assert api(nurse, "api_reaction_confirm", key, group, when=TEN).json()["confirmed_as"] == "allergy"
    fixed = who | facts | {"grade": 2, "reason": "Read again"}
    second = api(nurse, "api_reaction_correct", key, fixed, when=TEN).json()
    assert (second["grade"], second["confirmed_as"]) == (2, "allergy")
    over = who | {"outcome": "resolved", "ended_at": at(9, 50)}
    assert api(nurse, "api_reaction_settle", second["key"], over, when=TEN).json()["outcome"] == "resolved"
    dose = {"kind": "rash", "drug": "epinephrine", "amount": "0.3", "unit": "mg", "route": "im"}
    given = api(nurse, "api_visit_emergency_doses", in_chair.key, who | dose | {"given_at": TEN}, when=TEN)
    assert (given.status_code, given.json()["amount"]) == (201, "0.300")
    wrong = who | {"reason": "Wrong chair"}
    back = api(nurse, "api_emergency_dose_error", given.json()["key"], wrong, when=TEN)
    assert back.json()["not_given"] == "Wrong chair"
    assert api(nurse, "api_reaction_error", second["key"], wrong, when=TEN).json()["in_error_at"]
    listed = look(nurse, reverse("api_visit_reactions", args=[in_chair.key]), when=TEN).json()
    chart = look(nurse, reverse("api_visit_chart", args=[in_chair.key]), when=TEN).json()
    assert (len(listed), chart["reactions"], len(chart["emergency_doses"])) == (2, [], 1)
    for name in ("settle", "correct", "error", "confirm"):
        assert api(nurse, f"api_reaction_{name}", key, {}).status_code == 400


def test_who_edits_a_step_in_the_admin_has_reviewed_it(cards, ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    row = ReactionStep.objects.get(kind="infusion", drug="epinephrine")
    browser, path = signed_in(ada), f"/admin/visits/reactionstep/{row.pk}/change/"
    typed = {
        name: "" if (value := getattr(row, name)) is None else value
        for name in [field.name for field in ReactionStep._meta.fields]
        if name not in ("id", "reviewed_by", "reviewed_on")
    }
    assert browser.get("/admin/visits/reactionstep/").status_code == 200
    assert b"Constraint" in browser.post(path, typed | {"unit": ""}).content  # a dose without a unit is none
    assert browser.post(path, typed | {"amount": "0.5"}).status_code == 302
    row.refresh_from_db()
    assert (row.amount, row.reviewed_by) == (Decimal("0.5"), ada)
    assert len(emergency.load_steps(at=TEN).kept) == 1
