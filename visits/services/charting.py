"""Scores, vitals, and who looks after whom. Each verb takes the day row first."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared.rows import row_of
from visits.models import Administration, IvAccess, Score, Visit, Vitals
from visits.rules import minutes, vital_limits
from visits.services import days, lines
from visits.services.locked import refuse_signed
from visits.states import AT_THE_CENTER, OPEN_LINE, SCALES, Given, IvSite, ScoreMoment

GAUGES, ATTEMPTS = range(14, 27), range(1, 11)
OF_AN_AGENT = (ScoreMoment.BEFORE, ScoreMoment.AFTER)


class NotHere(Conflict):
    """The patient has not arrived yet, or has left: nothing more is charted without undoing that."""


class ScoreRefused(DomainError):
    """A score that is not 0 to 10, or of nothing."""


class IvSiteRefused(DomainError):
    """No place where a line can lie."""


def score(
    *,
    visit: Visit,
    moment: str,
    pain: int,
    scored_at: datetime,
    by: User,
    at: datetime,
    administration: Administration | None = None,
    **beside: int | None,
) -> Score:
    """Pain 0-10 on arrival, before or after an agent, or at discharge. The newest of a moment counts.

    `beside`: what was asked with it, by the fields of `states.SCALES`; None: not asked.

    Raises ScoreRefused, NotHere, MomentRefused, NotThisVisit.
    """
    with at_the_center(visit, "score.taken", by=by, at=at) as visit:
        _check_score(visit, moment, pain, administration)
        _check_beside(beside)
        check_moment(visit, scored_at, at=at, field="scored_at")
        return Score.objects.create(
            visit=visit,
            moment=moment,
            administration=administration,
            pain=pain,
            scored_at=scored_at,
            recorded_at=at,
            recorded_by=by,
            **beside,
        )


def record_vitals(
    *, visit: Visit, taken_at: datetime, by: User, at: datetime, **numbers: int | Decimal | None
) -> Vitals:
    """`systolic`, `diastolic`, `pulse`, `breaths`, `spo2`, `celsius`; at least one.

    Raises VitalsRefused with the field beyond its hard limits, NotHere, MomentRefused.
    """
    with at_the_center(visit, "vitals.taken", by=by, at=at) as visit:
        vital_limits.check(numbers)
        check_moment(visit, taken_at, at=at, field="taken_at")
        return Vitals.objects.create(
            visit=visit, taken_at=taken_at, recorded_at=at, recorded_by=by, **numbers
        )


def record_iv_site(
    *,
    visit: Visit,
    iv_site: str,
    by: User,
    at: datetime,
    gauge: int | None = None,
    attempts: int | None = None,
    second_because: str = "",
) -> Visit:
    """A line was placed: where, its needle (gauge 14 to 26), and how many attempts it took (1 to 10).

    `second_because`: it runs beside the first, for this reason; the first stays the one the rules look at.
    Raises NotHere, IvSiteRefused.
    """
    with at_the_center(visit, "visit.iv_placed", by=by, at=at) as visit:
        second_because = second_because.strip()
        _check_line(visit, iv_site, gauge, attempts, second_because)
        IvAccess.objects.create(
            visit=visit,
            iv_site=iv_site,
            gauge=gauge,
            attempts=attempts,
            second_because=second_because,
            placed_at=at,
            recorded_by=by,
        )
        if second_because:
            return visit
        visit.iv_site, visit.iv_site_at, visit.iv_site_by = iv_site, at, by
        visit.save(update_fields=["iv_site", "iv_site_at", "iv_site_by", "updated_at"])
        return visit


def take_iv_out(*, visit: Visit, by: User, at: datetime) -> Visit:
    """Every line of this visit is out. Raises IvSiteRefused while something runs, or where none lies."""
    with at_the_center(visit, "visit.iv_removed", by=by, at=at) as visit:
        running = visit.administrations.filter(state__in=OPEN_LINE).select_related("drug").first()
        if running:
            raise IvSiteRefused(f"{running.drug.name} still runs: stop it first.")
        if not visit.iv_lines.filter(removed_at=None).update(removed_at=at, removed_by=by):
            raise IvSiteRefused("No line is written down that could come out.")
        return visit


def look_after(*, visit: Visit, by: User, at: datetime) -> Visit:
    """The nurse takes this patient, also over from another one."""
    with at_the_center(visit, "visit.nurse_taken", by=by, at=at) as visit:
        Visit.objects.filter(pk=visit.pk).update(nurse=by)
        visit.nurse = by
        return visit


@contextmanager
def at_the_center(visit: Visit, verb: str, *, by: User, at: datetime) -> Iterator[Visit]:
    """The day row, then the visit read again; the patient must be at the center."""
    with days.changing(verb, site=visit.site, day=visit.day, by=by, at=at):
        fresh = row_of(Visit, "id", visit.pk)
        fresh.site, fresh.patient = visit.site, visit.patient  # those stay what they are
        if fresh.status not in AT_THE_CENTER:
            refuse_signed(fresh)
            raise NotHere(f"Nothing can be charted: the visit is {fresh.get_status_display().lower()}.")
        yield fresh


def _check_score(visit: Visit, moment: str, pain: int, administration: Administration | None) -> None:
    if not 0 <= pain <= 10:
        raise ScoreRefused("Pain is a whole number from 0 to 10.", field="pain")
    if moment not in ScoreMoment.values:
        raise ScoreRefused("Say when the pain was asked for.", field="moment")
    if (moment in OF_AN_AGENT) != (administration is not None):
        raise ScoreRefused("Say which drug this score goes with.", field="moment")
    if administration is None:
        return
    lines.belongs(administration=administration, visit=visit)
    fresh = Administration.objects.select_related("drug").get(pk=administration.pk)
    if fresh.state == Given.ENTERED_IN_ERROR:
        raise ScoreRefused(f"This {fresh.drug.name} was entered in error.", field="moment")
    if moment == ScoreMoment.AFTER and fresh.started_at is None:
        raise ScoreRefused(f"{fresh.drug.name} has not been started.", field="moment")


def _check_beside(beside: Mapping[str, int | None]) -> None:
    for field, step in beside.items():
        if field not in SCALES or step is not None and step not in SCALES[field].values:
            raise ScoreRefused("This is no step of the scale.", field=field)


def _check_line(
    visit: Visit, iv_site: str, gauge: int | None, attempts: int | None, second_because: str
) -> None:
    if iv_site not in IvSite.values:
        raise IvSiteRefused("Say where the line lies.", field="iv_site")
    if gauge is not None and gauge not in GAUGES:
        raise IvSiteRefused("A needle has a gauge from 14 to 26.", field="gauge")
    if attempts is not None and attempts not in ATTEMPTS:
        raise IvSiteRefused("Attempts are counted from 1 to 10.", field="attempts")
    if second_because and not visit.iv_site:
        raise IvSiteRefused("There is no first line yet: write that one down first.", field="second_because")


def check_moment(visit: Visit, happened_at: datetime, *, at: datetime, field: str) -> None:
    since = visit.arrived_at or visit.seated_at or happened_at
    minutes.check_moment(
        happened_at,
        now=at,
        not_before=since - lines.SEAT_LEEWAY,
        before_what="the patient arrived",
        field=field,
    )
