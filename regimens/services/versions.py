"""Versions of a regimen: what an order was made from stays readable, whatever changes the regimen later.

A version is taken when it is wanted: at a change on our pages, at an approval, and when an order is made. So
a load or an edit in the admin makes one too, before the first order rests on it.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from infusion_center.accounts.models import User
from regimens.models import Regimen, RegimenVersion
from regimens.selectors import versions

SAME_AGAIN = 3  # tries while others take a version at the same moment


def keep(*, regimen: Regimen, by: User | None, at: datetime) -> RegimenVersion:
    """The version that the regimen is now: the newest one, or a new one where something differs."""
    facts = versions.facts_of(regimen)
    digest = versions.digest_of(facts)
    for _ in range(SAME_AGAIN):
        newest = RegimenVersion.objects.filter(regimen=regimen).order_by("-number").first()
        if newest is not None and newest.digest == digest:
            return newest
        number = newest.number + 1 if newest else 1
        same: dict[str, Any] = {"digest": digest, "facts": facts, "made_at": at, "made_by": by}
        try:
            with transaction.atomic():
                return RegimenVersion.objects.create(regimen=regimen, number=number, **same)
        except IntegrityError:
            continue  # somebody took this number just now: look again
    raise AssertionError("A regimen cannot change this often at one moment.")
