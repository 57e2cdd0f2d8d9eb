"""Today at the center, as far as it has come: some done, some in chairs, one late, some still to come."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from infusion_center.accounts.models import User
from infusion_center.demo import facts, reactions, same_day
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from patients.services import registration
from patients.states import YesNo
from regimens.models import Order, Regimen
from regimens.rules.safety.verdicts import Severity
from regimens.selectors import findings, on_hand
from regimens.services import clearing, ordering
from regimens.states import CheckMoment, OrderState
from visits.models import Administration, Visit
from visits.selectors import loads, note
from visits.selectors.chart import is_agent
from visits.services import (
    after_signing,
    arriving,
    booking,
    charting,
    checking,
    discharge,
    flow,
    giving,
    notes,
    signing,
)
from visits.states import ENDED_IN_CHAIR, Given

Course = Callable[[Administration, list[int], "Staff", datetime], None]
CAME = "Third day of an attack. Nothing at home has helped."
PLAN = "Migraine, answered to treatment. Diary and prevention at the next visit; call if it comes back."
CALLED = "Called from home: arrived well, pain 1, no further medicine taken."
FIVE = timedelta(minutes=5)
PUSHES = {"iv_push", "im", "sc", "po"}


@dataclass(frozen=True)
class Plan:
    """Who comes for what, how many minutes from now, and how their pain falls."""

    family: str
    regimen: str
    offset: int
    pains: tuple[int, ...] = (8, 7, 5, 4, 3)
    comes: bool = True
    driver: str = YesNo.YES  # where one is needed
    comfort: str = ""


PLANS = [
    Plan("Rice", "standard_migraine_cocktail", -165, (8, 7, 5, 3, 2)),
    Plan("Larson", "no_sedation_drive_home", -150, (7, 6, 5, 5, 4)),
    Plan("Sanford", "magnesium_antiemetic", -130, (9, 6, 3)),
    Plan("Toy", "eptinezumab_100", -115, (4, 4)),  # her first: could begin a series
    Plan("Ortiz", "standard_migraine_cocktail", -45),
    Plan("Vargas", "valproate_load", -35, (6, 5, 4)),
    Plan("O'Hara", "status_migrainosus_dhe", -60, (9, 7, 6)),
    Plan("Veum", "magnesium_antiemetic", -5),
    Plan("Green", "no_sedation_drive_home", -20, comes=False),
    Plan("Schroeder", "standard_migraine_cocktail", 25, driver=YesNo.UNKNOWN),
    Plan("Klein", "magnesium_antiemetic", 55),
    Plan("Champlin", "lidocaine_daycase", 80, comfort="No light, earplugs"),
    Plan("Stiedemann", "no_sedation_drive_home", 120),
]


class Staff:
    """Who acts in the demo."""

    def __init__(self) -> None:
        people = {user.username: user for user in User.objects.all()}
        self.desk, self.nurse, self.provider = people["felix"], people["nora"], people["dana"]


def make(*, site: Site, patients: dict[str, Patient], at: datetime) -> int:
    """Make today's visits unless there are some. Returns how many were made."""
    today = site.day_of(at)
    if Visit.objects.on(site=site, day=today).exists():
        return 0
    staff = Staff()
    booked = [(plan, _planned(plan, site, patients, staff, today, at)) for plan in PLANS]
    for plan, visit in booked:
        if visit is not None and plan.comes and visit.starts_at <= at:
            live(visit, plan, staff, at)
        elif visit is not None:
            facts.told(visit, by=staff.desk, at=visit.booked_at or at)
    _notes(site, today, staff, at)
    same_day.make(site=site, patients=patients, desk=staff.desk, at=at)
    _ahead(site, patients, staff, today, at)
    return sum(visit is not None for _, visit in booked)


def _planned(
    plan: Plan, site: Site, patients: dict[str, Patient], staff: Staff, today: date, at: datetime
) -> Visit | None:
    """The booked visit; None where the day is too short for it: a day made early has fewer."""
    patient = patients.get(plan.family)
    starts_at = _grid(at) + timedelta(minutes=plan.offset)
    if patient is None or site.day_of(starts_at) != today:
        return None
    try:
        booked_at = min(at, starts_at) - timedelta(minutes=25)
        if plan.comfort:
            registration.correct(patient=patient, comfort=plan.comfort, by=staff.desk, at=booked_at)
        return book(site, patient, plan.regimen, starts_at, staff, booked_at, driver=plan.driver)
    except DomainError:
        return None


def book(
    site: Site,
    patient: Patient,
    regimen: str,
    starts_at: datetime,
    staff: Staff,
    at: datetime,
    *,
    driver: str = YesNo.YES,
) -> Visit:
    recipe = Regimen.objects.get(code=regimen)
    order = ordering.order_from_regimen(patient=patient, regimen=recipe, by=staff.provider, at=at)
    visit = booking.book_visit(
        site=site,
        patient=patient,
        starts_at=starts_at,
        minutes=order.chair_minutes,
        load=loads.visit_load(site=site, day=site.day_of(starts_at), orders=[order], otherwise=order.load),
        regimen=recipe,
        orders=[order],
        reason="Migraine since yesterday",
        has_driver=driver if order.driver_required else YesNo.UNKNOWN,
        driver_name="Sam, spouse" if order.driver_required and driver == YesNo.YES else "",
        by=staff.desk,
        at=at,
    )
    facts.told(visit, by=staff.desk, at=at)
    _sign(order, visit, staff, at)
    return visit


def _sign(order: Order, visit: Visit, staff: Staff, at: datetime) -> None:
    """As Dana would: read the warnings, say why where a reason is asked, leave unsigned what is blocked."""
    check = checking.check_order(
        order=order, visit=visit, moment=CheckMoment.ORDER, because="signing", by=staff.provider, at=at
    )
    for found in findings.standing_of(check):
        drug, by = found.drug or "", staff.provider
        if found.severity is Severity.WARN:
            clearing.acknowledge(order=order, rule=found.rule, drug=drug, by=by, at=at)
        elif found.severity is Severity.OVERRIDE_REASON:
            why = "Discussed with the patient, the benefit outweighs it"
            clearing.override(order=order, rule=found.rule, drug=drug, reason=why, by=by, at=at)
    with suppress(checking.NotCleared):
        signing.sign(order=order, visit=visit, by=staff.provider, at=at)


def live(visit: Visit, plan: Plan, staff: Staff, until: datetime, course: Course | None = None) -> None:
    """Check in, seat and chart what has happened by now. `course`: how a line runs, if not plainly."""
    arrived = visit.starts_at - FIVE
    arriving.check_in(visit=visit, by=staff.desk, at=arrived)
    seated = visit.starts_at + timedelta(minutes=2)
    if seated > until:
        return
    flow.seat(visit=visit, by=staff.nurse, at=seated)
    charting.look_after(visit=visit, by=staff.nurse, at=seated)
    _vitals(visit, staff, seated + FIVE)
    facts.found(visit, by=staff.nurse, at=seated + FIVE)
    for draft in visit.orders.filter(state=OrderState.DRAFT):
        _sign(draft, visit, staff, seated + FIVE)
    charting.score(
        visit=visit,
        moment="baseline",
        pain=plan.pains[0],
        scored_at=seated + FIVE,
        by=staff.nurse,
        at=seated + FIVE,
    )
    pains = list(plan.pains)
    lines = (
        Administration.objects.filter(visit=visit).select_related("drug").order_by("scheduled_at", "position")
    )
    for line in lines.filter(step__order__state=OrderState.SIGNED):
        with suppress(checking.NotCleared):  # Nora waits for Dana: it stays to be decided
            (course or give)(line, pains, staff, until)
    reactions.make(visit, by=staff.nurse, until=until)
    _go_home(visit, plan, staff, until)


def give(line: Administration, pains: list[int], staff: Staff, until: datetime) -> None:
    """Start and stop one line as far as the clock has come, with the pain before and after an agent."""
    begins = line.scheduled_at or until
    ends = begins + timedelta(minutes=line.minutes)
    visit, push, agent = line.visit, line.method in PUSHES, is_agent(line)
    if begins > until or (push and ends > until):
        return
    lots = on_hand.lots_for(drug=line.drug, site=visit.site, day=visit.day, patient=visit.patient)[:1]
    giving.start(
        administration=line,
        lots=lots,
        acknowledged=True,
        started_at=begins,
        pain=pains[0] if agent else None,
        by=staff.nurse,
        at=ends if push else begins,
    )
    if ends > until:
        return
    if agent and len(pains) > 1:
        pains.pop(0)
    giving.stop(
        administration=line, stopped_at=ends, pain=pains[0] if agent else None, by=staff.nurse, at=ends
    )


def _go_home(visit: Visit, plan: Plan, staff: Staff, until: datetime) -> None:
    visit.refresh_from_db()
    if (
        visit.ends_at > until
        or Administration.objects.filter(visit=visit).exclude(state=Given.GIVEN).exists()
    ):
        return
    _vitals(visit, staff, visit.ends_at)
    discharge.discharge(
        visit=visit,
        pain=plan.pains[-1],
        back_to_activity="yes",
        left_with=visit.driver_name,
        iv_out="yes",
        by=staff.nurse,
        at=visit.ends_at,
    )


def _notes(site: Site, today: date, staff: Staff, until: datetime) -> None:
    """Nora has typed why they came; Dana has signed what she can but the newest, one with an addendum."""
    over = list(
        note.visits().filter(site=site, day=today, status__in=ENDED_IN_CHAIR).order_by("left_at", "pk")
    )
    for visit in over:
        at = (visit.left_at or until) + timedelta(minutes=2)
        notes.write(visit=visit, before=CAME, after="", version=0, by=staff.nurse, at=at)
    signed = []
    for visit in over[:-1]:
        at = min(until, (visit.left_at or until) + timedelta(minutes=6))
        page = note.page_of(visit, at=at)
        if not page.why_not:  # an emergency dose nobody has signed off waits for Dana
            notes.sign(
                visit=visit, before=CAME, after=PLAN, version=1, seen=page.seen, by=staff.provider, at=at
            )
            signed.append(visit)
    if signed:
        after_signing.add(visit=signed[0], text=CALLED, reason="Telephone", by=staff.nurse, at=until)


def _vitals(visit: Visit, staff: Staff, at: datetime) -> None:
    charting.record_vitals(
        visit=visit,
        taken_at=at,
        by=staff.nurse,
        at=at,
        systolic=128,
        diastolic=78,
        pulse=76,
        breaths=14,
        spo2=98,
    )


def _ahead(site: Site, patients: dict[str, Patient], staff: Staff, today: date, at: datetime) -> None:
    """A series visit two days ahead, so that a reminder has somebody to go to."""
    patient = patients.get("Echevarría")
    if patient is not None:
        starts_at = site.moment(today + timedelta(days=2), time(9, 0))
        book(site, patient, "eptinezumab_100", starts_at, staff, at)


def _grid(at: datetime) -> datetime:
    """The last five-minute mark."""
    return at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)
