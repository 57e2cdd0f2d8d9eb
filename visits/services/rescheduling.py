"""Change a series: one dose, it and the later ones, or all that are still to come; or how it runs.

An edit names its scope. Where it would touch a time a patient was told, it is refused at first (LookFirst)
with what would happen; who agrees sends the `mark` of exactly that back, and all of it is done in one go.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from infusion_center.accounts.models import User
from regimens.models import Regimen
from visits.models import Occurrence, Series
from visits.rules import series as rules
from visits.rules.series import Consequence, Margins
from visits.selectors import series as found
from visits.services import occurrences
from visits.services.consequences import agree, changing, fate_of, reached_by, release_visits
from visits.services.series_terms import SeriesRefused, Terms, Wish, counted_drug, sensible, sensible_wish
from visits.states import Scope


def change(
    *,
    occurrence: Occurrence,
    scope: str,
    wish: Wish,
    by: User,
    at: datetime,
    day: date | None = None,
    release: bool = False,
    agreed: str = "",
) -> list[Consequence]:
    """Other days or times for this dose, for it and the later ones, or for all to come. Returns what it did.

    `day`: for one dose, the day wished; else the day it is due from now on, and the others move as far.
    `release`: booked times that no longer fit are given back. Raises LookFirst, SeriesRefused, DoseIsPast.
    """
    sensible_wish(wish)
    with changing(occurrence.series, "series.changed", by=by, at=at) as series:
        reached = reached_by(series, occurrence, scope)
        if scope == Scope.ONE:
            consequences = _of_one(reached[0], day)
        else:
            consequences = _of_many(reached, occurrence, found.margins(series), day, release)
        agree(consequences, agreed)
        release_visits(reached, consequences, "another time was asked for", by=by, at=at)
        facts: dict[str, object] = asdict(wish) | {"updated_at": at}
        rows = Occurrence.objects.filter(pk__in=[one.pk for one in reached])
        rows.update(**facts)
        if scope == Scope.ONE:
            rows.update(wished_on=day)
        else:
            Series.objects.filter(pk=series.pk).update(**facts)
            occurrences.redate(series, {one.number: one.becomes for one in consequences}, at=at)
            if day is not None:
                rows.update(wished_on=None)  # the new days are for all of them
    return consequences


def change_terms(
    *,
    series: Series,
    terms: Terms,
    by: User,
    at: datetime,
    regimen: Regimen | None = None,
    release: bool = False,
    agreed: str = "",
) -> list[Consequence]:
    """Another interval, window, place, or regimen of the same drug, for all that are still to come."""
    terms = sensible(terms)
    with changing(series, "series.terms_changed", by=by, at=at) as now:
        if regimen is not None and counted_drug(regimen) != now.drug:
            raise SeriesRefused("That is another drug: end this series and start a new one.", field="regimen")
        waiting = list(found.to_come(now))
        due = _counted_anew(now, waiting, terms)
        changed = terms.early_days, terms.late_days
        consequences = rules.consequences(
            [found.planned(one) for one in waiting],
            due,
            margins=changed,
            were=found.margins(now),
            release=release,
        )
        agree(consequences, agreed)
        release_visits(waiting, consequences, "the series was changed", by=by, at=at)
        facts = asdict(terms) | {"regimen": regimen or now.regimen, "updated_at": at}
        Series.objects.filter(pk=now.pk).update(**facts)
        occurrences.redate(now, due, at=at)
    return consequences


def _of_one(one: Occurrence, day: date | None) -> list[Consequence]:
    """A booked dose gives its time back, unless it is on the wished day already."""
    stays = one.visit is not None and one.visit.day == day
    return [fate_of(one, "kept" if stays else "released")] if one.visit else []


def _of_many(
    reached: Sequence[Occurrence], one: Occurrence, margins: Margins, day: date | None, release: bool
) -> list[Consequence]:
    planned = [found.planned(each) for each in reached]
    mine = next(each for each in planned if each.number == one.number)
    due = rules.shifted(planned, (day or mine.due) - mine.due)
    return rules.consequences(planned, due, margins=margins, were=margins, release=release)


def _counted_anew(series: Series, waiting: Sequence[Occurrence], terms: Terms) -> dict[int, date]:
    """Due days under another interval: from the last dose, else from the first that is due."""
    if not waiting or terms.every_days == series.every_days:
        return {one.number: one.due_on for one in waiting}
    numbers, every = [one.number for one in waiting], terms.every_days or series.every_days
    dose = found.last_dose(found.person_of(series), series.drug)
    last = dose.day if dose else series.given_elsewhere_on
    if last is None:
        return rules.from_first(waiting[0].due_on, numbers=numbers, every=every)
    return rules.after_dose(last, as_number=numbers[0] - 1, numbers=numbers, every=every)
