"""200,000 patients who do not exist, with phones nobody can ring: no area code has a nine in the middle."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks.seed import SEED, names
from benchmarks.seed.copying import copy
from patients.models import Patient, Phone

HOW_MANY = 200_000
UNSEEN = 40_000  # the first of them have never had a visit: whoever books takes one of these
FIRST_NUMBER = 100_001
OLDEST = date(1932, 1, 1)
BIRTH_DAYS = 80 * 365
SECOND_PHONE_SHARE = 0.35

Row = dict[str, Any]


def people(count: int = HOW_MANY) -> None:
    """Patients with the primary keys 1 to `count`, as an empty table gives them, and their phones."""
    copy(Patient, patients(count))
    copy(Phone, phones(count))
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('patient_number', %s)", [FIRST_NUMBER + count])


def patients(count: int) -> Iterator[Row]:
    rng = random.Random(SEED)
    for place in range(count):
        given = names.given_name(rng)
        yield {
            "key": UUID(int=rng.getrandbits(128), version=4),
            "number": str(FIRST_NUMBER + place),
            "given_name": given,
            "family_name": names.family_name(rng),
            "preferred_name": names.preferred_name(rng, given),
            "former_name": names.former_name(rng),
            "birth_date": OLDEST + timedelta(days=rng.randrange(BIRTH_DAYS)),
            "sex_at_birth": rng.choice(["female", "female", "male", "unknown"]),
        }


def phones(count: int) -> Iterator[Row]:
    """One or two for each."""
    rng = random.Random(SEED + 1)
    for patient in range(1, count + 1):
        for kind in ["mobile", "home"][: 1 + (rng.random() < SECOND_PHONE_SHARE)]:
            area = f"{rng.randrange(2, 10)}9{rng.randrange(9)}"
            line = f"{rng.randrange(200, 1000)}", f"{rng.randrange(10_000):04}"
            yield {
                "patient_id": patient,
                "kind": kind,
                "written": f"({area}) {line[0]}-{line[1]}",
                "digits": area + "".join(line),
            }
