"""Planned days become rows, by COPY."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from benchmarks.seed import SEED
from benchmarks.seed.center import OPENS, Center, shifts
from benchmarks.seed.copying import copy
from benchmarks.seed.days import Sitting
from benchmarks.seed.people import HOW_MANY, UNSEEN, Row
from regimens.models import Order
from regimens.states import OrderState
from visits.models import ClinicDay, Visit, VisitOrder
from visits.states import ENDED_IN_CHAIR, Status

REASONS = ["", "Migraine, third day", "Status migrainosus", "Cluster headache", "After a concussion"]
TITLES = ["Standard cocktail", "Dihydroergotamine, day 2", "Magnesium and antiemetic", "Eptinezumab 100 mg"]
NEVER_CAME = {Status.BOOKED, Status.CANCELLED, Status.NO_SHOW}
NEVER_SAT = NEVER_CAME | {Status.ARRIVED, Status.LEFT}
STILL_HERE = {Status.BOOKED, Status.ARRIVED, Status.IN_CHAIR}
REGULAR = 1 + UNSEEN  # a patient who comes again and again
STRIDE = 7_919  # a prime: neighbours in a day are strangers in the table


def fill(center: Center, days: Mapping[date, Sequence[Sitting]]) -> None:
    """The days with their shifts, visits, and an order for each visit. Everybody comes once a day."""
    shifts(center, days)
    copy(ClinicDay, ({"site_id": center.site.pk, "day": day} for day in days))
    rows = list(_visits(center, days))
    for row, pk in zip(rows, _primary_keys(len(rows)), strict=True):
        row["id"] = pk
    copy(Visit, rows)
    copy(Order, (_order(row) for row in rows))
    copy(VisitOrder, ({"visit_id": row["id"], "order_id": row["id"]} for row in rows))


def regular(center: Center, today: date, how_many: int) -> Visit:
    """Today's visit of a patient who sits in a chair, and has been here every day before."""
    opening, rng = center.site.moment(today, OPENS), random.Random(SEED)
    rows = [
        _visit(
            center,
            today - timedelta(days=back),
            opening - timedelta(days=back),
            Sitting(back % len(center.chairs), 0, 120, Status.DONE, turnover=0),
            patient=REGULAR,
            rng=rng,
        )
        for back in range(how_many)
    ]
    rows[0] |= {
        "status": Status.IN_CHAIR,
        "chair_id": None,
        **_moment("left", None, 0),
        **_moment("signed", None, 0),
    }
    copy(Visit, rows)
    return Visit.objects.select_related("patient").get(key=rows[0]["key"])


def _primary_keys(how_many: int) -> list[int]:
    """Of visits to come; each lends its own to the order, which nobody else makes here."""
    with connection.cursor() as cursor:
        sequence = "nextval(pg_get_serial_sequence('visits_visit', 'id'))"
        cursor.execute(f"SELECT {sequence} FROM generate_series(1, %s)", [how_many])
        return [pk for (pk,) in cursor.fetchall()]


def _order(visit: Row) -> Row:
    return {
        "id": visit["id"],
        "key": visit["key"],
        "patient_id": visit["patient_id"],
        "title": TITLES[visit["id"] % len(TITLES)],
        "state": OrderState.SIGNED,
        "chair_minutes": visit["minutes"],
        "load": visit["load"],
        **_moment("written", visit["booked_at"], visit["booked_by_id"]),
        **_moment("signed", visit["booked_at"], visit["booked_by_id"]),
    }


def _visits(center: Center, days: Mapping[date, Sequence[Sitting]]) -> Iterator[Row]:
    first = min(days, default=date.min)
    rng = random.Random(f"{SEED} {first}")
    turn = first.toordinal() * 60
    for day, sittings in days.items():
        opening = center.site.moment(day, OPENS)
        for sitting in sittings:
            turn += 1
            patient = 1 + UNSEEN + turn * STRIDE % (HOW_MANY - UNSEEN)
            yield _visit(center, day, opening, sitting, patient=patient, rng=rng)


def _visit(
    center: Center, day: date, opening: datetime, sitting: Sitting, *, patient: int, rng: random.Random
) -> Row:
    start = opening + timedelta(minutes=sitting.start)
    end = start + timedelta(minutes=sitting.minutes)
    desk, nurse = center.desk.pk, center.nurses[sitting.chair % len(center.nurses)].pk
    status = sitting.status
    return {
        "key": UUID(int=rng.getrandbits(128), version=4),
        "site_id": center.site.pk,
        "day": day,
        "patient_id": patient,
        "status": status,
        "chair_id": center.chairs[sitting.chair].pk,
        "planned": DateTimeTZRange(start, end),
        "chair_time": DateTimeTZRange(start, end + timedelta(minutes=sitting.turnover)),
        "minutes": sitting.minutes,
        "load": sitting.load,
        "reason": rng.choice(REASONS),
        "has_driver": rng.choice(["yes", "no", "unknown"]),
        **_moment("booked", start - timedelta(hours=3), desk),
        **_moment("arrived", start if status not in NEVER_CAME else None, desk),
        **_moment("seated", start if status not in NEVER_SAT else None, nurse),
        **_moment("left", end if status not in STILL_HERE | NEVER_CAME else None, nurse),
        **_moment("signed", end if status in ENDED_IN_CHAIR else None, nurse),
        "nurse_id": nurse if status not in NEVER_SAT else None,
    }


def _moment(name: str, at: datetime | None, by: int) -> dict[str, Any]:
    return {f"{name}_at": at, f"{name}_by_id": by if at else None}
