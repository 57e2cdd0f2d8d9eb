"""Asking for a visit as desks do: through the service, and through the API with a browser's session."""

import json
from collections.abc import Callable
from datetime import datetime

from django.urls import reverse

from benchmarks.bench import Bench
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from patients.models import Patient
from visits.services import booking

WON, LOST = "won", "lost"
LOAD = 3

Ask = Callable[[int, datetime, int], str]  # patient's primary key, start, minutes; WON, LOST or an error


def in_process(bench: Bench) -> Ask:
    """`book_visit` on this thread's own connection."""

    def ask(patient: int, start: datetime, minutes: int) -> str:
        try:
            booking.book_visit(
                site=bench.center.site,
                patient=Patient.objects.get(pk=patient),
                starts_at=start,
                minutes=minutes,
                load=LOAD,
                by=bench.center.desk,
                at=clock.now(),
            )
        except DomainError:
            return LOST
        return WON

    return ask


def through_the_api(bench: Bench) -> Ask:
    """One keep-alive connection of the desk's."""
    browser = bench.web.browser(bench.center.desk)
    keys = bench.patient_keys

    def ask(patient: int, start: datetime, minutes: int) -> str:
        visit = {"patient": keys[patient], "starts_at": start.isoformat(), "minutes": minutes, "load": LOAD}
        answer = browser.send(reverse("api_visits"), json.dumps(visit))
        words = {201: WON, 409: LOST}
        return words.get(answer.status, f"{answer.status} {answer.body[:200]!r}")

    return ask
