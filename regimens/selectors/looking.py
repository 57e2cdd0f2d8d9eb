"""The controlled lots and the fridges of a site, with their last look and whether the next is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from infusion_center.places.models import Site
from regimens.models import Fridge, FridgeReading, Lot, LotCount
from regimens.rules import looking

SHOWN = 60  # readings in the log: a month of two a day


@dataclass(frozen=True)
class Cold:
    """One refrigerator. `last`: the newest reading, None before the first."""

    fridge: Fridge
    last: FridgeReading | None
    due: bool


def fridges(*, site: Site, at: datetime) -> list[Cold]:
    """Those in use, by name."""
    rows = list(Fridge.objects.filter(site=site, active=True).order_by("name"))
    last = FridgeReading.objects.filter(fridge__in=rows).order_by("fridge", "-read_at", "-pk")
    newest = {one.fridge_id: one for one in last.distinct("fridge").select_related("read_by")}
    began = site.moment(site.day_of(at), time.min)
    found = []
    for fridge in rows:
        one = newest.get(fridge.pk)
        due = looking.is_due(
            last=one.read_at if one else None, day_began=began, every=looking.READ_EVERY, at=at
        )
        found.append(Cold(fridge, one, due))
    return found


def log(*, site: Site) -> list[FridgeReading]:
    """The newest readings first."""
    rows = FridgeReading.objects.filter(fridge__site=site).select_related("fridge", "read_by")
    return list(rows.order_by("-read_at", "-pk")[:SHOWN])


def controlled(lots: Sequence[Lot], *, site: Site, at: datetime) -> list[Any]:
    """Those of controlled drugs, each with `.last_count` and `.count_due`. One query, or none."""
    found: list[Any] = [lot for lot in lots if lot.product.drug.dea_schedule]
    counts = LotCount.objects.filter(lot__in=found).order_by("lot", "-counted_at", "-pk").distinct("lot")
    newest = {one.lot_id: one for one in counts.select_related("counted_by", "witness")} if found else {}
    began = site.moment(site.day_of(at), time.min)
    for lot in found:
        lot.last_count = newest.get(lot.pk)
        lot.count_due = looking.is_due(
            last=lot.last_count and lot.last_count.counted_at,
            day_began=began,
            every=looking.COUNT_EVERY,
            at=at,
        )
    return found
