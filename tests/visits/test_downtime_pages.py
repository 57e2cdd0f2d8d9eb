"""The downtime pack: made each morning, true or said not to be, and the whole way back from paper."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.selectors.chart import parts
from infusion_center.shared import paper
from patients.services import history, registration
from tests.clock import EIGHT, NINE, SEVEN, TEN, at
from tests.people import enroll, signed_in
from tests.visits import scenes
from tests.visits.conftest import line_of
from visits.models import DowntimePack, Outcome, Score, Visit, Vitals
from visits.selectors import chart as charts
from visits.selectors import downtime as selectors
from visits.selectors import ledger
from visits.services import downtime, flow
from visits.tasks import make_downtime_packs

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    settings.IDLE_LOCK_MINUTES = 6000


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def words_of(visit, when=EIGHT):
    pack = selectors.pack_of(site=visit.site, day=visit.day, at=when)
    return paper.render("visits/downtime_paper.html", {"pack": pack, "site": visit.site, "blank": range(2)})


def look(browser, name, *keys, when=NINE):
    with time_machine.travel(when, tick=False):
        return browser.get(reverse(f"visits:{name}", args=keys))


def send(browser, visit, name, *rest, when, **typed):
    with time_machine.travel(when, tick=False):
        address = reverse(f"visits:{name}", args=[visit.key, *rest])
        return browser.post(address, {"patient": str(visit.patient.key)} | typed, **HTMX)


def test_the_pack_holds_the_day_the_orders_what_is_unknown_and_room_to_write(visit, drugs):
    drugs.magnesium.row["monitoring"]["hold_if"] = ["sbp_lt_90", "absent_reflexes"]
    drugs.magnesium.save()
    words = words_of(visit)
    for said in (
        "Pell, Pia",
        "10 Apr 1984",
        "none known",
        "never weighed here",
        "signed Fri 20 Nov 2026 08:00 CST by Dana Dorn, MD",
        "magnesium sulfate",
        "2000 mg",
        "systolic pressure under 90; absent reflexes",
        "Not asked yet:",
        "What was given: Pell, Pia",
        "Made Fri 20 Nov 2026 08:00 CST",
    ):
        assert said in words, said
    assert words.count("What was given:") == 3  # hers, and two for whom nobody expects


def test_an_allergy_nobody_asked_about_is_not_none(site, felix, chairs, nurses):
    stranger = enroll(by=felix, given_name="Sol", family_name="Unasked")
    words = words_of(scenes.booked(patient=stranger, site=site, by=felix))
    assert "never asked" in words and "No order" in words


def test_it_costs_the_same_for_one_and_for_seven(visit, site, felix, dana, recipe):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            selectors.pack_of(site=site, day=visit.day, at=EIGHT)
        return len(asked)

    before = cost()
    for n in range(6):
        patient = enroll(by=felix, given_name=f"Person{n}", family_name=f"Number{n}")
        order = scenes.signed_order(patient=patient, recipe=recipe, by=dana)
        starts = at(8, 30) + n * timedelta(minutes=30)
        scenes.booked(patient=patient, site=site, by=felix, orders=[order], starts_at=starts)
    assert cost() == before


def test_the_beat_makes_it_once_and_again_only_after_a_change(visit, nora):
    with time_machine.travel(at(4, 45), tick=False):
        make_downtime_packs()
    assert not DowntimePack.objects.exists()  # the night is not over
    with time_machine.travel(at(6, 0), tick=False):
        make_downtime_packs()
        make_downtime_packs()
    pack = DowntimePack.objects.get()
    assert (pack.made_at, pack.patients, bytes(pack.pdf)[:4]) == (at(6, 0), 1, b"%PDF")
    flow.check_in(visit=visit, by=nora, at=at(8, 40))
    assert selectors.standing(site=visit.site, day=visit.day).changes == 1
    assert downtime.make_due(at=at(8, 45)) == 1
    assert DowntimePack.objects.get().made_at == at(8, 45)


def test_a_copy_lies_where_it_was_asked_for_and_a_folder_in_the_way_is_said(visit, settings, tmp_path):
    settings.DOWNTIME_DIR = str(tmp_path)
    downtime.make_pack(site=visit.site, day=visit.day, at=EIGHT)
    copy = tmp_path / "lakeside-2026-11-20.pdf"
    assert copy.read_bytes()[:4] == b"%PDF" and copy.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == [copy.name]
    downtime.forget(at=EIGHT + timedelta(days=5))
    assert list(tmp_path.iterdir()) == [] and not DowntimePack.objects.exists()
    Path(tmp_path / "taken").touch()
    settings.DOWNTIME_DIR = str(tmp_path / "taken" / "below")
    pack = downtime.make_pack(site=visit.site, day=visit.day, at=EIGHT)
    assert "No copy could be written" in pack.copy_problem and bytes(pack.pdf)[:4] == b"%PDF"


def test_the_page_says_whether_the_pack_is_still_true(visit, nora, nurse, mallory):
    assert "Not made yet" in look(nurse, "downtime").text
    with time_machine.travel(EIGHT, tick=False):
        nurse.post(reverse("visits:make_downtime_pack"))
    assert "Nothing has changed since" in look(nurse, "downtime").text
    flow.check_in(visit=visit, by=nora, at=at(8, 40))
    assert "1 change since" in look(nurse, "downtime").text
    assert look(nurse, "downtime_pack").content.startswith(b"%PDF")
    assert look(signed_in(mallory), "downtime_pack").status_code == 403


def test_a_day_on_paper_is_entered_in_the_evening_with_its_own_times(visit, stock, nurse, nora, chairs):
    """From the booking to the way home, at six in the evening, all with the times of the morning."""
    evening = at(18, 0)
    typed = {"arrived_at": "08:40", "seated_at": "08:50", "chair": visit.chair_id}
    done = send(nurse, visit, "from_paper", when=evening, **typed)
    assert done.status_code == 302

    def act(name, line, **facts):
        answer = send(nurse, visit, "act", line.key, name, when=evening, **facts)
        assert answer.status_code == 200, answer.text

    send(nurse, visit, "vitals", when=evening, systolic="128", diastolic="78", taken_at="08:55")
    send(nurse, visit, "pain", when=evening, pain="8", about="baseline", scored_at="08:56")
    act("not-given", line_of(visit, "sodium"), state="refused", reason="Drank well")
    line = line_of(visit, "magnesium")
    act("start", line, lots=[stock.magnesium.pk], started_at="09:00", rate_ml_h="200", pain="8")
    act("rate", line, rate_ml_h="300", happened_at="09:05")
    act("pause", line, happened_at="09:10")
    act("resume", line, happened_at="09:15")
    act("stop", line, stopped_at="09:35", pain="4")
    act(
        "push",
        line_of(visit, "ketorolac"),
        lots=[stock.ketorolac.pk],
        started_at="09:40",
        stopped_at="09:42",
        pain="4",
    )
    home = {"pain": "2", "back_to_activity": "yes", "iv_out": "yes", "left_with": "Sam"}
    early = send(nurse, visit, "discharge", when=evening, **home, left_at="09:30")
    assert (early.status_code, "before the last drop" in early.text) == (422, True)
    assert send(nurse, visit, "discharge", when=evening, **home, left_at="10:05").status_code == 200

    fresh = charts.visits().get(pk=visit.pk)
    assert (fresh.arrived_at, fresh.seated_at, fresh.left_at) == (at(8, 40), at(8, 50), at(10, 5))
    assert fresh.status == "done"
    seen = charts.chart_of(fresh, at=evening)
    magnesium = next(one for one in seen.lines if one.row.drug.code == "magnesium_sulfate")
    assert (magnesium.minutes_run, magnesium.volume_ml) == (30, Decimal("141.7"))
    assert all(event.late for one in seen.lines for event in one.events)
    assert Vitals.objects.get().taken_at == at(8, 55)
    assert Score.objects.get(moment="discharge").scored_at == at(10, 5)
    assert Outcome.objects.get().pain_after == 2
    assert ledger.differences() == []
    billed = Visit.objects.prefetch_related(*parts()).get(pk=visit.pk)
    assert sum(len(one.events.all()) for one in billed.administrations.all()) == 7


def test_the_next_morning_is_not_too_late(visit, nurse):
    typed = {"arrived_at": "08:40", "seated_at": "08:50", "chair": visit.chair_id}
    assert send(nurse, visit, "from_paper", when=TEN + timedelta(days=1), **typed).status_code == 302
    assert Visit.objects.get(pk=visit.pk).seated_at == at(8, 50)


def test_whoever_sits_in_that_chair_by_now_is_not_in_the_way(visit, nurse, nora, paul, site, felix):
    later = scenes.booked(patient=paul, site=site, by=felix, starts_at=at(12, 0))
    flow.check_in(visit=later, by=nora, at=at(12, 0))
    flow.seat(visit=later, chair=visit.chair, by=nora, at=at(12, 0))
    typed = {"arrived_at": "08:40", "seated_at": "08:50", "chair": visit.chair_id}
    assert send(nurse, visit, "from_paper", when=at(12, 30), **typed).status_code == 302


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"arrived_at": "", "seated_at": "08:50"}, "Type the time on the paper."),
        ({"arrived_at": "08:50", "seated_at": "08:40"}, "Nobody sits before they arrive."),
        ({"arrived_at": "08:40", "seated_at": "18:50"}, "in the future"),
    ],
)
def test_a_time_that_cannot_be_is_said_at_its_field_and_stays(visit, nurse, typed, said):
    answer = send(nurse, visit, "from_paper", when=at(12, 0), chair=visit.chair_id, **typed)
    assert answer.status_code == 422 and said in answer.text
    assert f'value="{typed["seated_at"]}"' in answer.text
    assert Visit.objects.get(pk=visit.pk).status == "booked"


def test_who_may_not_chart_enters_nothing_from_paper(visit, felix):
    typed = {"arrived_at": "08:40", "seated_at": "08:50", "chair": visit.chair_id}
    assert send(signed_in(felix), visit, "from_paper", when=TEN, **typed).status_code == 403


def test_the_allergy_of_the_kept_record_stands_on_the_paper_of_the_other(visit, pia, felix, nora):
    kept = enroll(by=felix, given_name="Pia", family_name="Pell-Kept")
    history.add_allergy(patient=kept, text="Latex", group="other:latex", by=nora, at=SEVEN)
    registration.merge(duplicate=pia, into=kept, by=felix, at=SEVEN)
    words = words_of(charts.visits().get(pk=visit.pk))
    assert "Latex" in words and "Pell-Kept" in words
