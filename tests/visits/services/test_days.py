"""The day's row: one at a time, with an answer for who waits too long."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.clock import FRIDAY
from visits.models import ClinicDay
from visits.services import days


def test_it_is_made_when_missing_and_its_version_grows(site):
    with transaction.atomic():
        assert days.take(site=site, day=FRIDAY).version == 1
        assert days.take(site=site, day=FRIDAY).version == 2
    assert ClinicDay.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_who_waits_two_seconds_is_told_so(site, monkeypatch):
    monkeypatch.setattr(days, "LOCK_TIMEOUT", "100ms")
    taken, done = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                days.take(site=site, day=FRIDAY)
                taken.set()
                done.wait(5)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(5)
    try:
        with pytest.raises(days.DayBusy, match="Somebody else is changing this day"), transaction.atomic():
            days.take(site=site, day=FRIDAY)
        with transaction.atomic():  # another day is not in the way
            assert days.take(site=site, day=FRIDAY + timedelta(days=1)).version == 1
    finally:
        done.set()
        holder.join()
