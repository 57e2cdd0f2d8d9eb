"""Patients handed from nurse to nurse, words and breaks, as two nurses meet them."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.clock import NINE, TEN, at
from tests.people import enroll, signed_in
from tests.visits import scenes
from visits.models import Break, HandOver, Shift, Visit
from visits.selectors import hand_over as selectors
from visits.services import charting, discharge
from visits.services import hand_over as services
from visits.services.hand_over import CannotHandOver

PAGE = "visits:hand_over"


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    settings.IDLE_LOCK_MINUTES = 600


def look(person, name=PAGE, when=NINE):
    with time_machine.travel(when, tick=False):
        return signed_in(person).get(reverse(name)).text


def give(person, visits, to, words="", when=NINE, **typed):
    data = {f"give_{visit.key}": str(visit.patient.key) for visit in visits}
    data |= {f"words_{visit.key}": words for visit in visits} | {"to": to.pk}
    with time_machine.travel(when, tick=False):
        return signed_in(person).post(reverse(PAGE), data | typed)


def nurse_of(visit):
    return Visit.objects.get(pk=visit.pk).nurse


def cards(person, when=NINE):
    return look(person, "visits:my_chairs", when)


def test_a_patient_goes_over_with_words_and_the_taker_says_got_it(in_chair, nora, noah):
    assert give(nora, [in_chair], noah, "Dizzy when she stands").status_code == 302
    assert nurse_of(in_chair) == noah
    assert "From Nora, 09:00: <strong>Dizzy when she stands" in cards(noah)
    row = HandOver.objects.get()
    address = reverse("visits:read_hand_over", args=[in_chair.key, row.key])
    typed = {"patient": str(in_chair.patient.key)}
    with time_machine.travel(at(9, 4), tick=False):
        assert signed_in(nora).post(address, typed).status_code == 409  # it was not said to Nora
        assert signed_in(noah).post(address, typed).status_code == 302
    row.refresh_from_db()
    assert (row.giver, row.taker, row.read_at) == (nora, noah, at(9, 4))
    assert "Dizzy" not in cards(noah)
    with time_machine.travel(at(9, 4), tick=False):
        chart = signed_in(noah).get(reverse("visits:chart", args=[in_chair.key])).text
    assert "Nora to Noah" in chart and "Dizzy when she stands" in chart and "read 09:04" in chart


def test_on_a_break_the_patients_are_elsewhere_and_come_back(in_chair, nora, noah):
    give(nora, [in_chair], noah, on_break="on")
    mine = cards(nora)
    assert "You are on a break." in mine and "is with Noah" in mine
    with time_machine.travel(at(9, 30), tick=False):
        signed_in(nora).post(reverse("visits:back_from_break"))
    assert nurse_of(in_chair) == nora
    assert HandOver.objects.get().back_at == at(9, 30)
    assert "You are on a break" not in cards(nora)


def test_who_went_on_to_a_third_nurse_stays_there_after_the_break(in_chair, nora, noah, dana):
    services.hand_over(visits=[in_chair], to=noah, words={}, on_break=True, by=nora, at=NINE)
    charting.look_after(visit=in_chair, by=dana, at=at(9, 10))
    assert "is with Dana" in cards(nora)
    services.back(by=nora, site_pk=in_chair.site_id, at=at(9, 30))
    assert nurse_of(in_chair) == dana


def test_all_or_none_where_somebody_else_was_first(in_chair, nora, noah, dana, paul, site, felix, chairs):
    other = scenes.seated(
        scenes.booked(patient=paul, site=site, by=felix, starts_at=at(9, 15)), by=nora, chair=chairs[3]
    )
    shown = [
        Visit.objects.select_related("patient", "nurse", "site").get(pk=one.pk) for one in (in_chair, other)
    ]
    charting.look_after(visit=other, by=dana, at=at(9, 1))
    with pytest.raises(CannotHandOver, match="Somebody else took"):
        services.hand_over(visits=shown, to=noah, words={}, by=nora, at=at(9, 2))
    assert (nurse_of(in_chair), HandOver.objects.count()) == (nora, 0)


def test_only_ones_own_come_back_after_a_break_and_anybodys_may_be_assigned(in_chair, nora, noah):
    refused = give(noah, [in_chair], nora, on_break="on")
    assert refused.status_code == 409 or "already" in refused.text
    Visit.objects.filter(pk=in_chair.pk).update(nurse=None)
    assert give(nora, [in_chair], noah).status_code == 302
    assert (HandOver.objects.get().giver, nurse_of(in_chair)) == (None, noah)


def test_what_is_missing_is_said_and_what_was_typed_stays(in_chair, nora, noah):
    with time_machine.travel(NINE, tick=False):
        page = signed_in(nora).post(
            reverse(PAGE),
            {f"give_{in_chair.key}": str(in_chair.patient.key), f"words_{in_chair.key}": "Wants the blanket"},
        )
    assert page.status_code == 422
    assert "Choose who takes them." in page.text and "Wants the blanket" in page.text
    nobody = give(nora, [], noah)
    assert (nobody.status_code, "Choose at least one patient." in nobody.text) == (422, True)
    assert nurse_of(in_chair) == nora


def test_a_tick_for_another_patient_writes_nothing(in_chair, paul, nora, noah):
    page = give(nora, [in_chair], noah, **{f"give_{in_chair.key}": str(paul.key)})
    assert (page.status_code, "another patient" in page.text) == (422, True)
    assert nurse_of(in_chair) == nora


def test_who_has_left_is_handed_to_nobody(in_chair, nora, noah):
    shown = Visit.objects.select_related("patient", "nurse", "site").get(pk=in_chair.pk)
    discharge.left_early(visit=in_chair, reason="Her child is ill", by=nora, at=NINE)
    with pytest.raises(charting.NotHere, match="left before done"):
        services.hand_over(visits=[shown], to=noah, words={}, by=nora, at=NINE)


def test_the_page_says_who_is_there_and_when_the_break_is(in_chair, nora, noah):
    shift = Shift.objects.get(nurse=noah)
    Break.objects.create(shift=shift, span=DateTimeTZRange(NINE, at(9, 30)))
    Break.objects.create(shift=Shift.objects.get(nurse=nora), span=DateTimeTZRange(TEN, at(10, 30)))
    page = look(nora)
    assert "Noah: no patients, on a break until 09:30" in page
    assert "Your break: 10:00 to 10:30." in page
    assert "Noah: no patients, until 17:30" in look(nora, when=at(9, 31))


def test_it_costs_the_same_with_two_patients_and_with_eight(in_chair, site, felix, nora, chairs):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            selectors.round_of(site=site, nurse=nora, at=NINE)
        return len(asked)

    before = cost()
    for n in range(6):
        patient = enroll(by=felix, given_name=f"Person{n}", family_name=f"Number{n}")
        visit = scenes.booked(
            patient=patient, site=site, by=felix, starts_at=NINE + n * timedelta(minutes=15)
        )
        scenes.seated(visit, by=nora, chair=chairs[n + 3])
    assert (cost(), before <= 4) == (before, True)


def test_who_may_not_chart_hands_nobody_over(in_chair, felix, mallory, noah):
    for person in (felix, mallory):
        assert give(person, [in_chair], noah).status_code == 403
    assert HandOver.objects.count() == 0
