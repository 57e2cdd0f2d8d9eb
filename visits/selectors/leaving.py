"""What is known when somebody leaves: the way home, and the sheet they take with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infusion_center.shared import clock
from visits.models import Administration, Outcome, Score, Visit, Vitals
from visits.rules.driving import Driving, Went, not_before
from visits.selectors import facts
from visits.states import FINISHED, HOLDS_CHAIR, OPEN_LINE

LANGUAGES = {"en": "English", "es": "Español"}
TRIPTAN_AFTER_ERGOT = "ergot"  # class tags that change what may be taken at home
OWN_PAINKILLERS = "nsaid"


@dataclass(frozen=True)
class Ready:
    """What the discharge form knows already. None: not known."""

    driving: Driving
    vitals: Vitals | None
    rass: int | None


@dataclass(frozen=True)
class Sheet:
    """The after-visit sheet in plain words. Moments are on the site's wall clock."""

    visit: Visit
    name: str
    given: Sequence[Administration]
    pain: tuple[int | None, int | None]
    driving_until: datetime | None
    ask_about_driving: bool
    no_triptan_until: datetime | None
    no_nsaid_until: datetime | None
    follow_up: str
    next_visit: datetime | None


def ready(visit: Visit, *, at: datetime) -> Ready:
    """Four queries at most."""
    sedation = Score.objects.filter(visit=visit).exclude(rass=None).order_by("-scored_at", "-pk")
    return Ready(
        driving=driving(visit, at=at),
        vitals=Vitals.objects.filter(visit=visit).order_by("-taken_at", "-pk").first(),
        rass=sedation.values_list("rass", flat=True).first(),
    )


def driving(visit: Visit, *, at: datetime) -> Driving:
    """From what has gone in; what still runs ends now at the earliest."""
    return not_before(Went(row.drug.name, row.stopped_at or at, _hours(row)) for row in went_in(visit))


def went_in(visit: Visit) -> Sequence[Administration]:
    """In the order of their end, what still runs last."""
    rows = visit.administrations.filter(state__in=[*FINISHED, *OPEN_LINE]).select_related("drug")
    return list(rows.order_by("stopped_at", "pk"))


def sheet_of(visit: Visit, *, at: datetime) -> Sheet:
    """What the patient takes home; nothing is told that the chart does not say."""
    given, home, zone = went_in(visit), driving(visit, at=at), visit.site.zone
    outcome = Outcome.objects.filter(visit=visit).first()
    coming = Visit.objects.filter(
        patient=visit.patient, status__in=HOLDS_CHAIR, planned__startswith__gt=visit.ends_at
    )
    following = coming.order_by("planned").first()
    return Sheet(
        visit=visit,
        name=facts.person_of(visit).called,
        given=given,
        pain=(outcome.pain_before, outcome.pain_after) if outcome else (None, None),
        driving_until=clock.local(home.until, zone) if home.until else None,
        ask_about_driving=bool(home.drug) and home.until is None,
        no_triptan_until=_a_day_after(given, TRIPTAN_AFTER_ERGOT, zone, at),
        no_nsaid_until=_a_day_after(given, OWN_PAINKILLERS, zone, at),
        follow_up=outcome.follow_up if outcome else "",
        next_visit=clock.local(following.starts_at, zone) if following else None,
    )


def _a_day_after(given: Sequence[Administration], tag: str, zone: str, at: datetime) -> datetime | None:
    """24 hours after the last drug of a class (DHE label; ketorolac label: no other NSAID beside it)."""
    ends = [row.stopped_at or at for row in given if any(tag in one for one in row.drug.class_tags)]
    return clock.local(max(ends) + timedelta(days=1), zone) if ends else None


def _hours(row: Administration) -> int | None:
    """Hours without driving; None where the drug sedates and its row says no number."""
    sedation = row.drug.row.get("sedation")
    if sedation is None:
        return row.drug.driving_hours or (None if row.drug.driver_required else 0)
    return sedation.get("driving_restriction_hours")
