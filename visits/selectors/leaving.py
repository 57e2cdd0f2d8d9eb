"""What is known when somebody leaves: the way home, and the sheet they take with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infusion_center.shared import clock
from regimens.models import Drug
from visits.models import Outcome, Score, Visit, Vitals
from visits.rules.driving import Driving, Went, not_before, watched_until
from visits.selectors import facts
from visits.states import FINISHED, HOLDS_CHAIR, OPEN_LINE

LANGUAGES = {"en": "English", "es": "Español"}
FRESH = timedelta(minutes=15)  # so old a score still is the one at discharge
ERGOT = "ergot"  # class tags that change what may be taken at home
NSAID = "nsaid"


@dataclass(frozen=True)
class Ready:
    """What the discharge form knows already. None: not known."""

    driving: Driving
    vitals: Vitals | None
    rass: int | None
    iv_out: bool  # every line that was placed is out again
    pain: int | None  # asked a moment ago, with nothing given since
    watch: tuple[str, datetime] | None  # after which drug, and until when; None: nobody has to be watched now


@dataclass(frozen=True)
class Sheet:
    """The after-visit sheet in plain words. Moments are on the site's wall clock."""

    visit: Visit
    name: str
    given: Sequence[Went]
    pain: tuple[int | None, int | None]
    driving_until: datetime | None
    ask_about_driving: bool
    no_triptan_until: datetime | None
    no_nsaid_until: datetime | None
    follow_up: str
    next_visit: datetime | None


def ready(visit: Visit, *, at: datetime) -> Ready:
    """Eight queries at most."""
    went = went_in(visit, at=at)
    sedation = Score.objects.filter(visit=visit).exclude(rass=None).order_by("-scored_at", "-pk")
    return Ready(
        driving=not_before(went),
        vitals=Vitals.objects.filter(visit=visit).order_by("-taken_at", "-pk").first(),
        rass=sedation.values_list("rass", flat=True).first(),
        iv_out=_iv_is_out(visit),
        pain=_pain_now(visit, went, at=at),
        watch=still_watched(went, at=at),
    )


def _iv_is_out(visit: Visit) -> bool:
    """Nobody knows it of a visit without a line."""
    still_in = set(visit.iv_lines.values_list("removed_at", flat=True))
    return bool(still_in) and None not in still_in


def _pain_now(visit: Visit, went: Sequence[Went], *, at: datetime) -> int | None:
    since = max([at - FRESH, *(one.stopped_at for one in went)])
    fresh = Score.objects.filter(visit=visit, scored_at__gte=since).order_by("-scored_at", "-pk")
    return fresh.values_list("pain", flat=True).first()


def still_watched(went: Sequence[Went], *, at: datetime) -> tuple[str, datetime] | None:
    """After which drug somebody must not leave yet, and until when. None: nothing keeps them."""
    found = watched_until(went)
    return found if found and found[1] > at else None


def went_in(visit: Visit, *, at: datetime) -> list[Went]:
    """Ordered drugs and what was given at once, by their end; what still runs ends now. Three queries."""
    rows = visit.administrations.filter(state__in=[*FINISHED, *OPEN_LINE]).select_related("drug")
    found = [_went(row.drug.name, row.drug, row.stopped_at or at) for row in rows]
    at_once = list(visit.emergency_doses.filter(corrects=None, corrected_by=None))
    drugs = {drug.code: drug for drug in Drug.objects.filter(code__in=[one.code for one in at_once])}
    found += [_went(one.drug, drugs.get(one.code), one.given_at) for one in at_once]
    return sorted(found, key=lambda one: one.stopped_at)


def sheet_of(visit: Visit, *, at: datetime) -> Sheet:
    """What the patient takes home; nothing is told that the chart does not say."""
    given, zone, person = went_in(visit, at=at), visit.site.zone, facts.person_of(visit)
    home, outcome = not_before(given), Outcome.objects.filter(visit=visit).first()
    coming = Visit.objects.filter(
        patient__in={visit.patient, person}, status__in=HOLDS_CHAIR, planned__startswith__gt=visit.ends_at
    )
    following = coming.order_by("planned").first()
    return Sheet(
        visit=visit,
        name=person.name,
        given=given,
        pain=(outcome.pain_before, outcome.pain_after) if outcome else (None, None),
        driving_until=clock.local(home.until, zone) if home.until else None,
        ask_about_driving=bool(home.drug) and home.until is None,
        no_triptan_until=_a_day_after(given, ERGOT, zone),
        no_nsaid_until=_a_day_after(given, NSAID, zone),
        follow_up=outcome.follow_up if outcome else "",
        next_visit=clock.local(following.starts_at, zone) if following else None,
    )


def _a_day_after(given: Sequence[Went], tag: str, zone: str) -> datetime | None:
    """24 hours after the last drug of a class (DHE label; ketorolac label: no other NSAID beside it)."""
    ends = [one.stopped_at for one in given if tag in one.tags]
    return clock.local(max(ends) + timedelta(days=1), zone) if ends else None


def _went(name: str, drug: Drug | None, stopped_at: datetime) -> Went:
    """Nobody knows the hours of a drug outside the formulary, nor of one that only asks for a driver."""
    if drug is None:
        return Went(name, stopped_at, None)
    hours = drug.driving_hours or (None if drug.driver_required else 0)
    return Went(name, stopped_at, hours, frozenset(drug.class_tags), drug.observation_minutes)
