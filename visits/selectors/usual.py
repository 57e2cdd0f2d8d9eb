"""What same-day callers usually take of a day: what a series visit booked ahead leaves to them. One query."""

from collections.abc import Iterator
from datetime import date, timedelta

from infusion_center.places.models import Site
from infusion_center.shared import clock
from visits.models import Visit
from visits.rules.levelling import Use
from visits.selectors.day import minutes_between
from visits.selectors.wanted import CAME_TO_NOTHING
from visits.states import VisitKind

SEEN = timedelta(weeks=4)


def same_day_chairs(*, site: Site, chair_kind: str, before: date) -> list[Use]:
    """(from, until, chairs) in minutes of their day: rescue visits of the last four weeks, per open day."""
    past = Visit.objects.filter(site=site, day__gte=before - SEEN, day__lt=before, chair_kind=chair_kind)
    past = past.exclude(status__in=CAME_TO_NOTHING).order_by("day", "pk")
    rows = list(past.values_list("day", "kind", "planned", "minutes"))
    days = {day: clock.day_span(day, site.zone)[0] for day, *_ in rows}

    def uses() -> Iterator[Use]:
        for day, kind, planned, minutes in rows:
            if kind == VisitKind.RESCUE:
                start = minutes_between(days[day], planned.lower)
                yield start, start + minutes + site.turnover_minutes, 1 / len(days)

    return list(uses())
