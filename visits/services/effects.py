"""What an act would mean for the visits that are booked: it is done, looked at and taken back.

So the page says what the very verb would do, not what a second piece of code believes it would.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.db import transaction

from infusion_center.places.models import Site
from visits.models import Visit
from visits.selectors.cover import trouble_on

Rows = Iterable[tuple[Site, date]]


def effects_of(act: Callable[[], object], *, rows: Rows, at: datetime) -> list[str]:
    """Sentences on booked visits that the act would leave without a nurse or outside the opening hours.

    Only what the act makes worse, and only days from today on. Raises what the act refuses.
    """
    booked = _booked(rows, at)
    before = {row: set(trouble_on(*row, at=at)) for row in booked}
    with transaction.atomic():
        act()
        after = {row: trouble_on(*row, at=at) for row in booked}
        transaction.set_rollback(True)
    return [sentence for row in booked for sentence in after[row] if sentence not in before[row]]


def _booked(rows: Rows, at: datetime) -> list[tuple[Site, date]]:
    """Those days somebody is booked on, in order. One query a site."""
    by_site: dict[Site, set[date]] = {}
    for site, day in rows:
        if day >= site.day_of(at):
            by_site.setdefault(site, set()).add(day)
    return sorted(
        (
            (site, day)
            for site, wanted in by_site.items()
            for day in Visit.objects.filter(site=site, day__in=wanted)
            .holding_a_chair()
            .values_list("day", flat=True)
            .distinct()
        ),
        key=lambda row: (row[1], row[0].pk),
    )
