"""What is wrong with a day as it is booked, in words: visits without a nurse or outside the hours."""

from collections.abc import Iterator
from datetime import date, datetime

from infusion_center.places.models import Site
from visits.rules import cover
from visits.selectors.availability import Asked, OpenDay, Search, open_day


def trouble_on(site: Site, day: date, *, at: datetime) -> list[str]:
    """Sentences, by the time of day. Three queries."""
    plan = open_day(site=site, day=day, at=at)
    floor = Search(plan, Asked(minutes=1, load=1)).floor
    since = max(0, plan.day.minute(at))
    short = [_sentence(plan, gap) for gap in cover.gaps(floor, since=since)]
    return [f"{day:%a %d %b}: {sentence}" for sentence in [*_closed(plan, since), *short]]


def _closed(plan: OpenDay, since: int) -> Iterator[str]:
    day = plan.day
    ahead = [place for place in plan.places if place.until > since]
    if day.closed_because:
        yield f"{_visits(len(ahead))} booked, and the center would be closed."
    elif day.opens_at and day.closes_at:
        opens, closes = day.minute(day.opens_at), day.minute(day.closes_at)
        out = [place for place in ahead if place.start < opens or place.until > closes]
        if out:
            times = ", ".join(day.wall(day.moment(place.start)) for place in out)
            hours = f"{day.wall(day.opens_at)}–{day.wall(day.closes_at)}"  # noqa: RUF001 - of this to that
            yield f"{_visits(len(out))} would lie outside the opening hours {hours}: {times}."


def _sentence(plan: OpenDay, gap: cover.Gap) -> str:
    times = "–".join(plan.day.wall(plan.day.moment(minute)) for minute in (gap.start, gap.until))  # noqa: RUF001
    if gap.short == "nobody":
        return f"{_visits(gap.visits)} at {times} would have no nurse."
    if gap.short == "load":
        return (
            f"{_visits(gap.visits)} at {times} would ask for {gap.asked}, and the nurses carry {gap.there}."
        )
    nurses = f"{gap.there} nurse{'' if gap.there == 1 else 's'}"
    return f"{gap.asked} visits start at {times}, and {nurses} would be there."


def _visits(count: int) -> str:
    return f"{count} visit{'' if count == 1 else 's'}"
