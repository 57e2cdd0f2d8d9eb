"""Reminders: once per visit, with nothing about the person in them."""

from datetime import date, timedelta

import pytest
from django.conf import settings

from infusion_center.outbox.models import Message
from patients.services import registration
from tests.clock import EIGHT, MINUTE, NINE, at
from tests.people import enroll
from tests.places import on_shift
from visits import tasks
from visits.services import booking, flow, reminders

MONDAY = date(2026, 11, 23)
START = at(10, day=MONDAY)
DUE = START - timedelta(hours=24)


@pytest.fixture
def booked(site, chairs, nora, felix, pia):
    on_shift(nora, site, starts=at(7, 30, day=MONDAY), ends=at(17, 30, day=MONDAY))
    return book(site, pia, felix, when=NINE)


def book(site, patient, by, *, when, starts_at=START):
    return booking.book_visit(
        site=site, patient=patient, starts_at=starts_at, minutes=60, load=3, by=by, at=when
    )


def test_one_message_is_due_a_day_before_and_useless_once_the_visit_starts(booked):
    assert reminders.compose_reminders(at=DUE - MINUTE) == 0
    assert reminders.compose_reminders(at=DUE) == 1
    message = Message.objects.get()
    assert (message.kind, message.channel, message.to) == ("reminder", "email", "pia@example.org")
    assert (message.due_at, message.useless_after, message.subject_key) == (DUE, START, str(booked.pk))


def test_run_a_hundred_times_it_is_still_one(booked):
    assert sum(reminders.compose_reminders(at=DUE + n * MINUTE) for n in range(100)) == 1
    assert Message.objects.count() == 1


def test_it_names_the_site_its_phone_and_a_link_and_nothing_else(booked, site, pia):
    reminders.compose_reminders(at=DUE)
    message = Message.objects.get()
    said = f"{message.title} {message.text}"
    assert site.name in said
    assert site.phone in said
    assert settings.PUBLIC_URL in said
    for secret in (
        pia.given_name,
        pia.family_name,
        pia.number,
        str(pia.key),
        str(booked.key),
        "10:00",
        "Mon",
        "23",
    ):
        assert secret not in said.replace(site.phone, "")


def test_who_booked_later_than_that_has_just_been_told(booked, site, felix, paul):
    book(site, paul, felix, when=DUE + 121 * MINUTE, starts_at=START + timedelta(hours=2))
    assert reminders.compose_reminders(at=DUE + timedelta(hours=3)) == 1
    assert Message.objects.get().to == "pia@example.org"


def test_nobody_is_reminded_of_a_visit_that_is_off_or_has_begun(booked, felix):
    assert reminders.compose_reminders(at=START) == 0
    flow.cancel(visit=booked, reason="Feels better", by=felix, at=NINE)
    assert reminders.compose_reminders(at=DUE) == 0


def test_nor_without_an_address_or_after_death(booked, site, pia, felix):
    registration.correct(patient=pia, by=felix, at=NINE, email="")
    assert reminders.compose_reminders(at=DUE) == 0
    registration.correct(patient=pia, by=felix, at=NINE, email="pia@example.org", died_on=date(2026, 11, 19))
    assert reminders.compose_reminders(at=DUE) == 0


def test_a_merged_record_is_reminded_at_the_kept_ones_address(booked, pia, felix, max):
    kept = enroll(by=felix, given_name="Pia", family_name="Pell-Moor", email="new@example.org")
    registration.merge(duplicate=pia, into=kept, by=max, at=NINE)
    reminders.compose_reminders(at=DUE)
    assert Message.objects.get().to == "new@example.org"


def test_the_task_rung_twice_composes_once(booked, time_machine):
    time_machine.move_to(DUE, tick=False)
    tasks.compose_reminders.delay()
    tasks.compose_reminders.delay()
    assert Message.objects.count() == 1


def test_the_task_that_lets_go_of_holds_rung_twice_does_it_once(
    site, chairs, nurses, pia, felix, time_machine
):
    held = booking.hold_visit(
        site=site,
        patient=pia,
        starts_at=NINE,
        minutes=60,
        load=3,
        until=EIGHT + 5 * MINUTE,
        by=felix,
        at=EIGHT,
    )
    time_machine.move_to(EIGHT + 5 * MINUTE, tick=False)
    tasks.expire_holds.delay()
    tasks.expire_holds.delay()
    assert list(held.moves.values_list("target", flat=True).order_by("pk")) == ["held", "expired"]
