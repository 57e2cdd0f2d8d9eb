"""My chairs, the chart and the API, as a nurse, a provider and a biller meet them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from patients.services import history, registration
from tests.clock import MINUTE, NINE, at
from tests.people import enroll, signed_in
from tests.visits import scenes
from tests.visits.conftest import line_of
from visits.models import Administration, Outcome, Score, Visit
from visits.services import charting, giving

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name, visit, line=None, act=None):
    return reverse(f"visits:{name}", args=[visit.key, *([line.key, act] if line else [])])


def on_card(visit):
    """What htmx says when a card asks."""
    return HTMX | {"HTTP_HX_TARGET": f"card-{visit.key}"}


def whose(visit):
    return {"patient": str(visit.patient.key)}


def send(browser, visit, name, data=None, *, line=None, act=None, when=NINE, headers=None):
    with time_machine.travel(when, tick=False):
        typed = {"patient": str(visit.patient.key)} | (data or {})
        return browser.post(url(name, visit, line, act), typed, **(headers or on_card(visit)))


def look(browser, address, *, when=NINE, **headers):
    with time_machine.travel(when, tick=False):
        return browser.get(address, **headers)


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    """The clock jumps between acts; the idle lock has its own tests."""
    settings.IDLE_LOCK_MINUTES = 600


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def test_a_whole_infusion_through_the_cards(in_chair, magnesium, ketorolac, saline, stock, nurse, nora):
    send(nurse, in_chair, "vitals", {"systolic": 128, "diastolic": 76, "pulse": 80, "celsius": "98.6"})
    send(nurse, in_chair, "pain", {"pain": 8, "about": "baseline"})
    send(nurse, in_chair, "act", {"state": "refused", "reason": "Drinks well"}, line=saline, act="not-given")
    start = {"lots": [stock.magnesium.pk], "pain": 8, "rate_ml_h": "200"}
    card = send(nurse, in_chair, "act", start, line=magnesium, act="start", when=at(9, 5))
    assert b"30 min left" in card.content
    send(nurse, in_chair, "act", {"rate_ml_h": "300"}, line=magnesium, act="rate", when=at(9, 10))
    send(nurse, in_chair, "act", line=magnesium, act="pause", when=at(9, 15))
    send(nurse, in_chair, "act", line=magnesium, act="resume", when=at(9, 20))
    stop = {"given_amount": "1500", "reason": "Too hot", "pain": 4}
    send(nurse, in_chair, "act", stop, line=magnesium, act="stop", when=at(9, 40))
    push = {"lots": [stock.ketorolac.pk], "started_at": "09:42", "stopped_at": "09:44", "pain": 4}
    send(nurse, in_chair, "act", push, line=ketorolac, act="push", when=at(9, 45))
    send(nurse, in_chair, "pain", {"pain": 2, "about": f"after:{ketorolac.key}"}, when=at(9, 55))
    home = {"pain": 2, "back_to_activity": "yes", "iv_out": "yes", "left_with": "Penny", "note": ""}
    gone = send(nurse, in_chair, "discharge", home, when=at(10, 0))
    assert b"done at 10:00" in gone.content

    outcome = Outcome.objects.get()
    assert (outcome.pain_before, outcome.pain_after, outcome.left_with) == (8, 2, "Penny")
    assert in_chair.vitals.get().celsius == Decimal("37.0")
    page = look(nurse, url("chart", in_chair), when=at(10, 1)).content.decode()
    assert "down 50 %" in page  # both agents ran alone: 8 to 4, 4 to 2
    assert "141.7 mL" in page  # 200 mL/h for 5 min, 300 mL/h for 5 and, after the pause, 20 min more
    assert "500 mg wasted" in page
    assert "down 75 %" in page
    assert re.findall(r"(\d+) min<span", page)[:1] == ["30"]  # minutes without the pause


def test_bad_input_is_a_sentence_at_the_field_and_nothing_typed_is_lost(in_chair, magnesium, stock, nurse):
    refused = send(nurse, in_chair, "vitals", {"systolic": 1280, "pulse": 71})
    assert refused.status_code == 422
    assert b"Systolic 1280 cannot be" in refused.content
    assert b'value="71"' in refused.content
    later = {"lots": [stock.magnesium.pk], "started_at": "09:30"}
    assert b"in the future" in send(nurse, in_chair, "act", later, line=magnesium, act="start").content
    none = send(nurse, in_chair, "act", {"lots": []}, line=magnesium, act="start")
    assert b"Choose the lot" in none.content
    send(nurse, in_chair, "act", {"lots": [stock.magnesium.pk]}, line=magnesium, act="start")
    for typed, sentence in [
        ({"stopped_at": "08:30"}, b"before what was charted last"),
        ({"given_amount": "0"}, b"A dose of zero"),
        ({"given_amount": "-1"}, b"A dose of zero"),
        ({"given_amount": "9999999999999"}, b"no more than 10 digits"),
        ({"given_amount": "NaN"}, b"Enter a number"),
        ({"stopped_at": "soon"}, b"Enter a valid time"),
        ({"pain": "77"}, b"Select a valid choice"),
    ]:
        answer = send(nurse, in_chair, "act", typed, line=magnesium, act="stop", when=at(9, 10))
        assert (answer.status_code, sentence in answer.content) == (422, True), typed
    assert Administration.objects.get(pk=magnesium.pk).state == "running"


@pytest.mark.parametrize("name", ["vitals", "pain", "discharge", "end"])
def test_an_empty_form_is_never_a_500(in_chair, nurse, name):
    assert send(nurse, in_chair, name).status_code == 422
    assert look(nurse, url(name, in_chair)).status_code == 200


@pytest.mark.parametrize(
    "act", ["start", "push", "rate", "bag", "pause", "resume", "stop", "not-given", "release", "error"]
)
def test_every_act_opens_its_form_and_refuses_nothing_typed_in_words(in_chair, magnesium, nurse, act):
    opened = look(nurse, url("act", in_chair, magnesium, act), **on_card(in_chair))
    assert (opened.status_code, b"<form" in opened.content) == (200, True)
    assert send(nurse, in_chair, "act", line=magnesium, act=act).status_code in (409, 422)
    assert look(nurse, url("act", in_chair, magnesium, "dance")).status_code == 404


def test_numbers_beyond_every_column_are_refused_in_words(in_chair, magnesium, nurse):
    lots = {"lots": ["99999999999999999999999"]}
    assert send(nurse, in_chair, "act", lots, line=magnesium, act="start").status_code == 422
    huge = dict.fromkeys(("systolic", "celsius"), "9" * 30)
    assert send(nurse, in_chair, "vitals", huge).status_code == 422
    facts = whose(in_chair) | {"visit": str(in_chair.key), "started_at": NINE, "lots": [10**25]}
    assert api(nurse, "api_administration_start", magnesium.key, facts).status_code == 400
    facts = {"patient": str(in_chair.patient.key), "taken_at": "9999-12-31T23:59:59Z", "systolic": 10**25}
    assert api(nurse, "api_visit_vitals", in_chair.key, facts).status_code == 422
    minute = int(NINE.timestamp()) // 60
    for version in ("x", f"1.20261399.1.{minute // 15}-{minute}", f"1.20261399.1.{minute // 5}-{minute}"):
        assert look(nurse, f"{reverse('visits:cards')}?v={version}", **HTMX).status_code == 200


def test_a_start_proposes_the_lot_that_expires_first(in_chair, magnesium, stock, site, nora, nurse):
    soon = scenes.lot(
        stock.products.magnesium, site=site, by=nora, number="SOON", expires_on=NINE.date() + timedelta(40)
    )
    page = look(nurse, url("act", in_chair, magnesium, "start"), **on_card(in_chair)).content.decode()
    ticked = re.findall(r'value="(\d+)" checked', page)
    assert ticked == [str(soon.pk)]


def test_a_form_opened_for_another_patient_writes_nothing(in_chair, paul, nurse):
    answer = send(nurse, in_chair, "pain", {"pain": 5, "about": "baseline", "patient": str(paul.key)})
    assert (answer.status_code, Score.objects.count()) == (409, 0)
    assert b"opened for another patient" in answer.content


def test_a_line_of_another_visit_writes_nothing(in_chair, magnesium, stock, paul, site, felix, nora, nurse):
    other = scenes.seated(scenes.booked(patient=paul, site=site, by=felix), by=nora)
    answer = send(nurse, other, "act", {"lots": [stock.magnesium.pk]}, line=magnesium, act="start")
    assert (answer.status_code, b"belongs to another visit" in answer.content) == (409, True)
    assert Administration.objects.get(pk=magnesium.pk).state == "ordered"


def test_the_second_nurse_is_told_in_words(in_chair, magnesium, stock, nurse, noah):
    start = {"lots": [stock.magnesium.pk]}
    assert send(nurse, in_chair, "act", start, line=magnesium, act="start").status_code == 200
    late = send(signed_in(noah), in_chair, "act", start, line=magnesium, act="start")
    assert (late.status_code, b"is running already" in late.content) == (409, True)


def test_without_htmx_an_act_leads_back_to_the_chart(in_chair, nurse):
    answer = send(
        nurse, in_chair, "pain", {"pain": 7, "about": "baseline"}, headers={"HTTP_ACCEPT": "text/html"}
    )
    assert (answer.status_code, answer["Location"]) == (302, url("chart", in_chair))


def test_who_may_read_and_who_may_write(in_chair, magnesium, felix, bea, mallory, nurse):
    for person, reads in [(felix, 200), (bea, 200), (mallory, 403)]:
        browser = signed_in(person)
        assert look(browser, url("chart", in_chair)).status_code == reads
        assert send(browser, in_chair, "pain", {"pain": 5, "about": "baseline"}).status_code == 403
        assert send(browser, in_chair, "act", line=magnesium, act="start").status_code == 403
        assert api(browser, "api_administration_start", magnesium.key, {}).status_code == 403
        assert look(browser, reverse("visits:my_chairs")).status_code == 403
    assert Score.objects.count() == 0


def test_the_biller_reads_the_chart_without_buttons(in_chair, bea):
    page = look(signed_in(bea), url("chart", in_chair)).content
    assert b"magnesium sulfate" in page
    assert b"Write down" not in page


def test_a_visit_of_another_site_is_not_found(in_chair, nora, nurse):
    from tests.places import open_site

    nora.sites.set([open_site(slug="elsewhere", name="Elsewhere")])
    assert look(nurse, url("chart", in_chair)).status_code == 404


def test_opening_a_chart_is_noted_once_and_a_swap_is_not(in_chair, nurse):
    look(nurse, url("chart", in_chair))
    look(nurse, url("vitals", in_chair), **on_card(in_chair))
    look(nurse, url("card", in_chair), **HTMX, HTTP_HX_TARGET="chart")
    rows = ChartRead.objects.filter(patient_key=in_chair.patient.key)
    assert [row.page for row in rows] == ["visits:chart"]


def test_the_card_says_what_a_nurse_needs(in_chair, magnesium, stock, nora, nurse, pia):
    card = look(nurse, reverse("visits:my_chairs")).content.decode()
    assert "none known" in card
    assert "Start sodium chloride" in card
    history.add_allergy(patient=pia, text="Latex", group="other:latex", by=nora, at=NINE)
    charting.score(visit=in_chair, moment="baseline", pain=8, scored_at=NINE, by=nora, at=NINE)
    charting.record_vitals(visit=in_chair, taken_at=NINE, by=nora, at=NINE, systolic=131, diastolic=77)
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE, pain=8)
    card = look(nurse, reverse("visits:my_chairs"), when=at(9, 34)).content.decode()
    for words in (
        "Pell, Pia",
        "born 10 Apr 1984",
        "Latex",
        "131/77",
        "34 min ago",
        "4 min over",
        "Take vitals",
        "19 min over",
        "Chair",
    ):
        assert words in card, words
    assert re.search(r'chair-card-trail">8<', card)


def test_mine_all_and_nobodys(in_chair, noah, nurse, nora):
    theirs = look(signed_in(noah), reverse("visits:my_chairs")).content
    assert (b"Pell, Pia" in theirs, b"1 more with other nurses" in theirs) == (False, True)
    assert b"Pell, Pia" in look(signed_in(noah), reverse("visits:my_chairs") + "?who=all").content
    send(signed_in(noah), in_chair, "take")
    assert Visit.objects.get(pk=in_chair.pk).nurse == noah
    assert b"Pell, Pia" not in look(nurse, reverse("visits:my_chairs")).content


def test_who_waits_can_be_seated_from_here(visit, nora, nurse):
    from visits.services import flow

    flow.check_in(visit=visit, by=nora, at=at(8, 40))
    page = look(nurse, reverse("visits:my_chairs")).content.decode()
    assert "Waiting for a chair" in page
    assert f"Seat in {visit.chair.name}" in page


def version_on(page):
    return re.search(r"\?v=([\d.-]+)", page.content.decode())[1]


def test_an_unchanged_board_says_nothing(in_chair, nurse, nora):
    version = version_on(look(nurse, reverse("visits:my_chairs")))
    address = f"{reverse('visits:cards')}?v={version}"
    look(nurse, address, **HTMX)  # the session is settled now
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert look(nurse, address, **HTMX, HTTP_X_REFRESH="1").status_code == 204
    assert len(asked) <= 3  # session, user, version
    charting.score(visit=in_chair, moment="baseline", pain=8, scored_at=NINE, by=nora, at=NINE)
    assert look(nurse, address, **HTMX, HTTP_X_REFRESH="1").status_code == 200
    assert look(nurse, f"{reverse('visits:cards')}?v={version}", when=at(9, 1), **HTMX).status_code == 200


def crowd(count, *, site, chairs, recipe, felix, dana, nora, first=0):
    """Patients in chairs, each with an order and a score."""
    for n in range(first, first + count):
        patient = enroll(by=felix, given_name=f"Person{n}", family_name=f"Number{n}")
        order = scenes.signed_order(patient=patient, recipe=recipe, by=dana)
        visit = scenes.seated(
            scenes.booked(
                patient=patient, site=site, orders=[order], by=felix, starts_at=at(8, 30) + n * 15 * MINUTE
            ),
            by=nora,
            chair=chairs[n],
        )
        charting.score(visit=visit, moment="baseline", pain=8, scored_at=NINE, by=nora, at=NINE)


def test_my_chairs_costs_the_same_with_two_and_with_eight(
    site, chairs, nurses, recipe, felix, dana, nora, nurse
):
    def cost():
        look(nurse, reverse("visits:cards"), **HTMX)
        with CaptureQueriesContext(connection) as asked:
            look(nurse, reverse("visits:cards"), **HTMX)
        return len(asked)

    crowd(2, site=site, chairs=chairs, recipe=recipe, felix=felix, dana=dana, nora=nora)
    few = cost()
    crowd(6, site=site, chairs=chairs, recipe=recipe, felix=felix, dana=dana, nora=nora, first=2)
    assert cost() == few
    assert few - 1 <= 8  # besides the user


def test_a_chart_costs_the_same_with_few_and_many_entries(in_chair, magnesium, stock, nora, nurse):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            look(nurse, url("chart", in_chair), when=at(9, 30))
        return len(asked)

    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    for _ in range(2):
        charting.score(visit=in_chair, moment="baseline", pain=8, scored_at=NINE, by=nora, at=NINE)
        charting.record_vitals(visit=in_chair, taken_at=NINE, by=nora, at=NINE, pulse=80)
    cost()  # the session is settled now
    few = cost()
    for minute in range(1, 20):
        when = at(9, minute)
        charting.score(
            visit=in_chair, moment="after", administration=magnesium, pain=5, scored_at=when, by=nora, at=when
        )
        charting.record_vitals(visit=in_chair, taken_at=when, by=nora, at=when, pulse=80)
        giving.change_rate(
            administration=magnesium, rate_ml_h=Decimal(99), happened_at=when, by=nora, at=when
        )
    assert cost() == few


def api(browser, name, key, data=None, *, when=NINE):
    with time_machine.travel(when, tick=False):
        return browser.post(reverse(name, args=[key]), data, content_type="application/json")


def test_the_same_story_through_the_api(in_chair, magnesium, ketorolac, saline, stock, nurse):
    who = {"patient": str(in_chair.patient.key)}
    visit = who | {"visit": str(in_chair.key)}
    assert (
        api(
            nurse,
            "api_visit_scores",
            in_chair.key,
            who | {"moment": "baseline", "pain": 8, "scored_at": NINE},
        ).status_code
        == 201
    )
    assert (
        api(nurse, "api_visit_vitals", in_chair.key, who | {"taken_at": NINE, "pulse": 80}).status_code == 201
    )
    for line in (ketorolac, saline):
        facts = visit | {"state": "refused", "reason": "Not today"}
        assert api(nurse, "api_administration_not_given", line.key, facts).json()["state"] == "refused"
    started = api(
        nurse,
        "api_administration_start",
        magnesium.key,
        visit | {"lots": [stock.magnesium.pk], "started_at": NINE},
    )
    assert (started.status_code, started.json()["state"]) == (200, "running")
    pause = api(
        nurse, "api_administration_pause", magnesium.key, visit | {"happened_at": at(9, 5)}, when=at(9, 5)
    )
    assert pause.json()["minutes_run"] == 5
    api(nurse, "api_administration_resume", magnesium.key, visit | {"happened_at": at(9, 6)}, when=at(9, 6))
    stopped = api(
        nurse,
        "api_administration_stop",
        magnesium.key,
        visit | {"stopped_at": at(9, 30), "given_amount": "500"},
        when=at(9, 30),
    )
    assert (stopped.json()["state"], stopped.json()["given_amount"]) == ("partly_given", "500.000")
    home = who | {"pain": 2, "back_to_activity": "yes", "left_with": "Penny", "iv_out": "yes"}
    assert api(nurse, "api_visit_discharge", in_chair.key, home, when=at(10, 0)).status_code == 201
    chart = look(nurse, reverse("api_visit_chart", args=[in_chair.key]), when=at(10, 1)).json()
    assert (chart["status"], chart["outcome"]["pain_after"], len(chart["administrations"])) == ("done", 2, 3)
    standing = [use for use in chart["administrations"][1]["vials"] if use["reversed_at"] is None]
    assert [(use["given"], use["wasted"]) for use in standing] == [("500.000", "1500.000")]


def test_the_api_refuses_in_problem_details(in_chair, magnesium, stock, paul, site, felix, nora, nurse):
    other = scenes.seated(scenes.booked(patient=paul, site=site, by=felix), by=nora)
    start = whose(in_chair) | {"lots": [stock.magnesium.pk], "started_at": NINE}
    wrong = api(
        nurse, "api_administration_start", magnesium.key, start | whose(other) | {"visit": str(other.key)}
    )
    assert (wrong.status_code, wrong.json()["status"]) == (409, 409)
    early = api(
        nurse,
        "api_administration_start",
        magnesium.key,
        start | {"visit": str(in_chair.key), "started_at": at(7)},
    )
    assert (early.status_code, list(early.json()["errors"])) == (422, ["started_at"])
    swapped = {"patient": str(paul.key), "moment": "baseline", "pain": 8, "scored_at": NINE}
    assert api(nurse, "api_visit_scores", in_chair.key, swapped).status_code == 409
    assert (
        api(nurse, "api_visit_vitals", in_chair.key, {"patient": str(in_chair.patient.key)}).status_code
        == 400
    )
    for name in ("start", "push", "rate", "pause", "resume", "stop", "not_given", "error"):
        assert api(nurse, f"api_administration_{name}", magnesium.key, {}).status_code == 400


def test_the_error_keeps_the_first_on_the_page(in_chair, magnesium, stock, nurse, nora):
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    send(nurse, in_chair, "act", {"reason": "Wrong patient"}, line=magnesium, act="error", when=at(9, 5))
    page = look(nurse, url("chart", in_chair), when=at(9, 6)).content.decode()
    assert "Entered in error: 1" in page
    assert "again, after an error" in page
    assert line_of(in_chair, "magnesium").state == "ordered"


def test_a_dim_room_is_dark_unless_somebody_chose(in_chair, chairs, nurse):
    assert "data-dim" not in look(nurse, reverse("visits:my_chairs")).text
    Visit.objects.filter(pk=in_chair.pk).update(chair=chairs[9])
    for address in (reverse("visits:my_chairs"), url("chart", in_chair)):
        assert "data-dim" in look(nurse, address).text


def test_a_patient_with_a_thousand_visits_opens_like_one_with_ten(in_chair, pia, site, nurse):
    def costs():
        found = []
        for address in (url("chart", in_chair), reverse("patients:patient", args=[pia.key])):
            with CaptureQueriesContext(connection) as asked:
                page = look(nurse, address, when=at(9, 30))
            found.append((page.status_code, len(asked), len(page.content)))
        return found

    def came(first, count):
        start = NINE - timedelta(days=4000)
        spans = [start + timedelta(days=2 * n) for n in range(first, first + count)]
        Visit.objects.bulk_create(
            Visit(
                site=site,
                patient=pia,
                day=one.date(),
                planned=(one, one + timedelta(hours=1)),
                chair_time=(one, one + timedelta(hours=1)),
                status="done",
                minutes=60,
                load=3,
                reason="Migraine",
                arrived_at=one,
                arrived_by=in_chair.nurse,
                seated_at=one,
                seated_by=in_chair.nurse,
                left_at=one,
                left_by=in_chair.nurse,
            )
            for one in spans
        )

    came(0, 10)
    costs()  # what is read once a process is read now
    few = costs()
    came(10, 990)
    for (status, queries, size), (before, asked, was) in zip(costs(), few, strict=True):
        assert (status, queries) == (before, asked)
        assert size < was * 1.5


def test_a_visit_on_a_merged_record_warns_of_the_allergies_of_the_kept_one(in_chair, pia, felix, nora, nurse):
    kept = enroll(by=felix, given_name="Pia", family_name="Pell-Kept")
    history.add_allergy(patient=kept, text="Latex", group="other:latex", by=nora, at=NINE)
    registration.merge(duplicate=pia, into=kept, by=felix, at=NINE)
    for address in (reverse("visits:my_chairs"), url("chart", in_chair)):
        assert "Latex" in look(nurse, address).text, address
