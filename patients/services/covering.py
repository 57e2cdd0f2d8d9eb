"""Coverages that a file brings: a payer of our list, a free place in the order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from patients.fhir.records import Cover
from patients.models import Coverage, Patient, Payer
from patients.services.reconciling import Tally, Wanted, reconcile
from patients.states import CoverageState


def cover(*, patient: Patient, covers: Sequence[Cover], tally: Tally, at: datetime) -> None:
    """Make or change the coverages of one person. A payer we do not know is reported, never made up."""
    if not covers:
        return
    known = set(
        patient.coverages.filter(source_key__in=[one.key for one in covers]).values_list(
            "source_key", flat=True
        )
    )
    running = patient.coverages.exclude(state=CoverageState.ENDED)
    taken = set(running.values_list("rank", flat=True))
    wanted = []
    for one in sorted(covers, key=lambda one: (one.order or 99, one.key)):
        payer = _payer(one)
        if payer is None:
            called = one.payer_name or ", ".join(one.payer_ids)
            tally.report(one.key, f"No payer of our list is called “{called}”. Add the coverage by hand.")
            tally.count("Coverage", "left out")
            continue
        wanted.append(_wanted(one, payer, taken, tally, new=one.key not in known, at=at))
    touched = reconcile(model=Coverage, patient=patient, wanted=wanted, tally=tally, at=at)
    _doubt(touched, at)


def _payer(one: Cover) -> Payer | None:
    listed = Payer.objects.filter(active=True).order_by("pk")
    by_id = listed.filter(payer_id__in=one.payer_ids).first() if one.payer_ids else None
    return by_id or (listed.filter(name__iexact=one.payer_name).first() if one.payer_name else None)


def _wanted(one: Cover, payer: Payer, taken: set[int], tally: Tally, *, new: bool, at: datetime) -> Wanted:
    over = one.ended or (one.ends_on is not None and one.ends_on < at.date())
    facts: dict[str, Any] = {
        "payer_id": payer.pk,
        "member_id": "".join(one.member_id.split()).upper(),
        "group_number": one.group_number,
        "relationship": one.relationship,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
    }
    if over:
        facts["state"] = CoverageState.ENDED
    once: dict[str, Any] = {"source_key": one.key}
    if new:
        once["rank"] = (one.order or 1) if over else _place(one, taken, tally)
    return Wanted(key=one.key, resource=one.key, facts=facts, once=once)


def _place(one: Cover, taken: set[int], tally: Tally) -> int:
    """The place in the order of billing: the one asked for, or the next free one."""
    asked = one.order or 1
    place = next(rank for rank in range(asked, asked + len(taken) + 1) if rank not in taken)
    if place != asked:
        tally.report(
            one.key, f"Place {asked} is taken by another coverage; this one is billed at place {place}."
        )
    taken.add(place)
    return place


def _doubt(touched: Sequence[Coverage], at: datetime) -> None:
    """A verified coverage whose payer or member number changed is to be verified again."""
    changed = [row.pk for row in touched if row.state == CoverageState.ACTIVE]
    rows = Coverage.objects.filter(pk__in=changed, state=CoverageState.ACTIVE)
    rows.update(state=CoverageState.UNVERIFIED, verified_at=None, verified_by=None, updated_at=at)
