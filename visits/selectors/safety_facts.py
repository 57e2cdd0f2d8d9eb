"""What the rules need to know of a patient at a moment, gathered: list by list, result by result.

Nothing is assumed: a list nobody asked about stays None, an answer that is too old is not known, an active
entry that no vocabulary understands is handed on as it was written.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from infusion_center.places.models import Site as Place
from infusion_center.shared import clock
from patients.models import HomeMedication as HomeRow
from patients.models import Patient as Person
from patients.models import PregnancyAnswer, Result, ScreeningAnswer
from patients.selectors import card, results
from patients.states import Answer, Finding, Life, PregnancyStatus, Question, ResultKind, Sex, YesNo
from regimens.rules.safety.book import Book
from regimens.rules.safety.case import Dose, HomeMedication, NerveBlock, Patient, Site
from visits.models import Administration, EmergencyDose, Shift, Visit, Vitals
from visits.states import Given, Status

REMEMBER_DOSES = timedelta(days=400)  # the longest window of a rule is 12 months
REMEMBER_VISITS = timedelta(days=31)
STOPPED_STILL_COUNTS = timedelta(days=31)  # the longest window on home medications is 14 days
ASKED_TODAY = timedelta(hours=24)
BASELINE_KEEPS = timedelta(days=365)
NOT_PREGNANT_KEEPS = timedelta(days=7)  # then it is asked again
TERM_WEEKS = 40
ADULT_FROM_YEARS = 18
# Taken at home under another name, and counted as ours.
COUNTED_AS = {"acetaminophen_iv": "acetaminophen_containing"}
LOW_POTASSIUM, LOW_MAGNESIUM = Decimal("3.5"), Decimal("1.7")  # mmol/L, mg/dL: usual lower limits
WENT_IN = [Given.RUNNING, Given.PAUSED, Given.GIVEN, Given.PARTLY_GIVEN, Given.STOPPED]
LISTS = ("conditions", "allergies", "medications")
CAME = [Status.IN_CHAIR, Status.DONE, Status.LEFT_EARLY, Status.TRANSFERRED]


def patient_facts(
    person: Person, *, visit: Visit | None, book: Book, zone: ZoneInfo, at: datetime
) -> Patient:
    """The patient as the rules see them. About 14 queries, whatever the length of the record."""
    found = results.newest_results(person, at)
    asked = results.answers(person, at - ASKED_TODAY)
    lately = results.answers(person, at - REMEMBER_DOSES)
    weight, height = card.newest_weight(person, at), card.newest_height(person)
    pregnancy = card.pregnancy(person)
    conditions, allergies, medications = (card.facts(person, what) for what in LISTS)
    vitals = _vitals(visit)
    return Patient(
        age_years=clock.age_on(person.birth_date, at.astimezone(zone).date()),
        sex_at_birth=None if person.sex_at_birth == Sex.UNKNOWN else person.sex_at_birth,
        weight_kg=weight.value if weight else None,
        height_cm=height.value if height else None,
        conditions=_conditions(
            conditions, book, pregnancy, _said_by_results(found, at), _said(asked, lately)
        ),
        allergies=_allergies(allergies, book),
        not_understood=_not_understood(allergies, medications, book),
        **_pregnancy(pregnancy, found, at, zone),
        home_medications=_home(person, medications, asked, zone, at),
        given=tuple(_given(person, book, zone, at)),
        ecg=_ecg(found.get(ResultKind.ECG), zone),
        crcl=_measured(found.get(ResultKind.CLEARANCE), zone),
        sbp=_reading(vitals, "systolic"),
        dbp=_reading(vitals, "diastolic"),
        hr=_reading(vitals, "pulse"),
        spo2=_reading(vitals, "spo2"),
        driver=_driver(visit),
        iv_site=(visit.iv_site or None) if visit else None,
        rescue_visits=tuple(_rescue_visits(person, visit, zone, at)),
        screening=_screening(asked, found, zone),
    )


def guardian_consented(person: Person, *, zone: ZoneInfo, at: datetime) -> bool:
    """A minor's guardian said yes today; nobody asks it of an adult."""
    if clock.age_on(person.birth_date, at.astimezone(zone).date()) >= ADULT_FROM_YEARS:
        return True
    answer = results.answers(person, at - ASKED_TODAY).get(Question.GUARDIAN_CONSENT)
    return answer is not None and answer.answer == YesNo.YES


def site_facts(place: Place, *, visit: Visit | None, at: datetime) -> Site:
    """Who is there: nurses on shift who look after nobody else, and what the site has."""
    return Site(
        free_nurses=_free_nurses(place, visit, at),
        acls_on_site=place.acls_on_site,
        anesthesia_provider=place.anesthesia_provider,
    )


# --- Lists --------------------------------------------------------------------------------------------


def _conditions(
    listed: card.FactList,
    book: Book,
    pregnancy: PregnancyAnswer | None,
    *said: set[str],
) -> frozenset[str] | None:
    """What is recorded, and what a result or an answer says. None: nobody asked, and nothing is known."""
    if listed.answer == Answer.NOT_ASKED:
        return None
    tags = {row.tag for row in listed.active if row.tag in book.tags and not book.tags[row.tag].computed}
    tags = tags.union(*said)
    if pregnancy and pregnancy.breastfeeding:
        tags.add("lactation")
    return frozenset(tag for tag in tags if tag in book.tags)


def _said(today: dict[str, ScreeningAnswer], lately: dict[str, ScreeningAnswer]) -> set[str]:
    """Tags that an answer decides. What only some drugs ask for counts as missing until somebody says yes."""
    fasted = today.get(Question.FASTED)
    tags = {"not_fasted"} if fasted and fasted.answer == YesNo.NO else set()
    wanted = (
        (lately.get(Question.REMS_ENROLLED), "rems_not_enrolled"),
        (today.get(Question.CHECKLIST), "pre_infusion_checklist_missing"),
        (lately.get(Question.APOE4_KNOWN), "apoe4_unknown"),
    )
    return tags | {tag for row, tag in wanted if row is None or row.answer != YesNo.YES}


def _said_by_results(found: dict[str, Result], at: datetime) -> set[str]:
    """Tags that a laboratory or a scan decides; a screen that was never done is missing, not negative."""
    tags: set[str] = set()
    low = (
        (ResultKind.POTASSIUM, LOW_POTASSIUM, "hypokalemia"),
        (ResultKind.MAGNESIUM, LOW_MAGNESIUM, "hypomagnesemia"),
    )
    for kind, limit, tag in low:
        row = found.get(kind)
        if row is not None and row.number is not None and row.number < limit:
            tags.add(tag)
    screens = (
        (ResultKind.HBV, "hbv_screen_missing", "hepatitis_b_active"),
        (ResultKind.TB, "tb_screen_missing", "latent_tb_untreated"),
    )
    for kind, absent, positive in screens:
        row = found.get(kind)
        if row is None or row.outcome == Finding.INDETERMINATE:
            tags.add(absent)
        elif row.outcome == Finding.POSITIVE:
            tags.add(positive)
    mri = found.get(ResultKind.MRI)
    if mri is not None and mri.outcome == Finding.POSITIVE:
        tags.add("aria_symptomatic_active")
    if mri is None or at - mri.taken_at > BASELINE_KEEPS:
        tags.add("mri_baseline_older_12m")
    return tags


def _allergies(listed: card.FactList, book: Book) -> frozenset[str] | None:
    if listed.answer == Answer.NOT_ASKED:
        return None
    return frozenset(row.group for row in listed.active if _means_something(row.group, book))


def _means_something(group: str, book: Book) -> bool:
    """The book knows this group of an allergy; a group may have left it since the allergy was entered."""
    return group in book.allergy_groups or group in book.drugs or group.startswith("other:")


def _not_understood(allergies: card.FactList, medications: card.FactList, book: Book) -> tuple[str, ...]:
    """Active entries without a meaning, as they were written."""
    return (
        *(f"allergy:{row.text}" for row in allergies.active if not _means_something(row.group, book)),
        *(f"medication:{row.text}" for row in medications.active if row.unmapped),
    )


def _home(
    person: Person,
    listed: card.FactList,
    asked: dict[str, ScreeningAnswer],
    zone: ZoneInfo,
    at: datetime,
) -> tuple[HomeMedication, ...] | None:
    entries = [_entry(row, asked, zone) for row in [*listed.active, *_just_stopped(listed.past, at)]]
    drink = asked.get(Question.ALCOHOL_TODAY)
    if drink and drink.answer == YesNo.YES:
        entries.append(
            HomeMedication(frozenset({"alcohol_today"}), "alcohol", True, _written(drink.asked_at, zone))
        )
    for dose in results.home_doses(person, at - REMEMBER_DOSES):
        if dose.amount is None and dose.drug in COUNTED_AS:
            group = COUNTED_AS[dose.drug]
            entries.append(
                HomeMedication(frozenset({group}), dose.drug, False, _written(dose.taken_at, zone))
            )
    if listed.answer == Answer.NOT_ASKED and not entries:
        return None
    return tuple(entries)


def _entry(row: HomeRow, asked: dict[str, ScreeningAnswer], zone: ZoneInfo) -> HomeMedication:
    taken = row.last_taken_at or _not_within_a_day(row, asked)
    if taken is None and row.state == Life.ENDED and row.ended_on is not None:
        taken = datetime.combine(row.ended_on, time(23, 59), tzinfo=zone)
    return HomeMedication(
        groups=frozenset(row.groups),
        name=row.ingredient or row.text,
        active=row.state == Life.ACTIVE,
        last_taken_at=_written(taken, zone),
    )


def _not_within_a_day(row: HomeRow, asked: dict[str, ScreeningAnswer]) -> datetime | None:
    """ "None in the last day", said today: the last dose is a day old at the youngest."""
    for question, group in results.GROUP_OF.items():
        answer = asked.get(question)
        if answer and answer.answer == YesNo.NO and group in row.groups:
            return answer.asked_at - ASKED_TODAY
    return None


def _just_stopped(past: Iterable[HomeRow], at: datetime) -> list[HomeRow]:
    """Stopped, and perhaps still in the body. Without a day nobody knows when: it counts."""
    return [
        row
        for row in past
        if row.state == Life.ENDED
        and (row.ended_on is None or row.ended_on >= (at - STOPPED_STILL_COUNTS).date())
    ]


# --- Results and answers ------------------------------------------------------------------------------


def _pregnancy(
    answer: PregnancyAnswer | None, found: dict[str, Result], at: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    status: str = answer.status if answer else PregnancyStatus.UNKNOWN
    stale = answer is not None and at - answer.answered_at > NOT_PREGNANT_KEEPS
    if status == PregnancyStatus.NOT_PREGNANT and stale:
        status = PregnancyStatus.UNKNOWN
    hcg = found.get(ResultKind.HCG)
    decided = hcg is not None and hcg.outcome in (Finding.NEGATIVE, Finding.POSITIVE)
    return {
        "pregnancy_status": status,
        "gestation_weeks": _weeks(answer.due_on, at.astimezone(zone).date())
        if answer and answer.due_on
        else None,
        "hcg": (hcg.outcome, _written(hcg.taken_at, zone)) if hcg and decided else None,
        "contraception": (answer.contraception or None) if answer else None,
    }


def _weeks(due_on: date, today: date) -> Decimal:
    return Decimal(max(0, TERM_WEEKS - -(-(due_on - today).days // 7)))


def _screening(asked: dict[str, ScreeningAnswer], found: dict[str, Result], zone: ZoneInfo) -> dict[str, Any]:
    """Only what was asked; an answer "not known" was asked and decides nothing."""
    said: dict[str, Any] = {}
    headache = asked.get(Question.NEW_HEADACHE_TYPE)
    if headache and headache.answer != YesNo.UNKNOWN:
        said["new_headache_type"] = headache.answer == YesNo.YES
    block = asked.get(Question.NERVE_BLOCK)
    if block and block.answer != YesNo.UNKNOWN and not (block.answer == YesNo.YES and block.block_mg is None):
        said["nerve_block"] = _block(block, zone) if block.answer == YesNo.YES else None
    number = asked.get(Question.INFUSION_NUMBER)
    if number and number.number:
        said["infusion_number"] = number.number
    mri = found.get(ResultKind.MRI)
    if mri and mri.outcome != Finding.INDETERMINATE:
        said["last_mri_at"] = _written(mri.taken_at, zone)
    return said


def _block(row: ScreeningAnswer, zone: ZoneInfo) -> NerveBlock:
    return NerveBlock(
        row.block_drug or "local anesthetic", row.block_mg or Decimal(0), _written(row.block_at, zone)
    )


def _ecg(row: Result | None, zone: ZoneInfo) -> tuple[Decimal | None, datetime] | None:
    return None if row is None else (row.number, _written(row.taken_at, zone))


def _measured(row: Result | None, zone: ZoneInfo) -> tuple[Decimal, datetime] | None:
    return None if row is None or row.number is None else (row.number, _written(row.taken_at, zone))


# --- Doses and visits ---------------------------------------------------------------------------------


def _given(person: Person, book: Book, zone: ZoneInfo, at: datetime) -> Iterable[Dose]:
    """Here, against a reaction, and at home; an unknown amount at home is the most one takes at once."""
    since = at - REMEMBER_DOSES
    for row in _went_in(person, since):
        if row.drug.code in book.drugs and row.started_at:
            yield Dose(row.drug.code, row.given_amount or row.dose, _written(row.started_at, zone), "clinic")
    for emergency in _emergency_doses(person, since):
        drug = book.drugs.get(emergency.code)
        if drug is not None and emergency.amount and drug.row.adult_dose.unit == emergency.unit:
            yield Dose(emergency.code, emergency.amount, _written(emergency.given_at, zone), "clinic")
    for dose in results.home_doses(person, since):
        if dose.drug not in book.drugs or (dose.amount is None and dose.drug in COUNTED_AS):
            continue
        adult = book.drugs[dose.drug].row.adult_dose
        amount = dose.amount or adult.max_single or adult.usual or Decimal(1)
        yield Dose(dose.drug, amount, _written(dose.taken_at, zone), "home")


def _went_in(person: Person, since: datetime) -> QuerySet[Administration]:
    rows = Administration.objects.filter(
        visit__patient__in=card.records_of(person), state__in=WENT_IN, started_at__gte=since
    )
    return rows.select_related("drug").order_by("started_at", "pk")


def _emergency_doses(person: Person, since: datetime) -> QuerySet[EmergencyDose]:
    """Those that stand."""
    rows = EmergencyDose.objects.filter(visit__patient__in=card.records_of(person), given_at__gte=since)
    return rows.filter(corrects=None, corrected_by=None).order_by("given_at", "pk")


def _rescue_visits(person: Person, visit: Visit | None, zone: ZoneInfo, at: datetime) -> Iterable[datetime]:
    rows = Visit.objects.filter(
        patient__in=card.records_of(person),
        kind="rescue",
        status__in=CAME,
        seated_at__gte=at - REMEMBER_VISITS,
        seated_at__lte=at,
    ).exclude(pk__in=_this(visit))
    return [
        _written(moment, zone) for moment in rows.order_by("seated_at").values_list("seated_at", flat=True)
    ]


def _this(visit: Visit | None) -> list[int]:
    return [visit.pk] if visit else []


def _vitals(visit: Visit | None) -> Vitals | None:
    return visit.vitals.order_by("-taken_at", "-pk").first() if visit else None


def _reading(vitals: Vitals | None, name: str) -> Decimal | None:
    value = getattr(vitals, name) if vitals else None
    return None if value is None else Decimal(value)


def _driver(visit: Visit | None) -> bool | None:
    if visit is None or visit.has_driver == YesNo.UNKNOWN:
        return None
    return visit.has_driver == YesNo.YES


def _free_nurses(place: Place, visit: Visit | None, at: datetime) -> int:
    """On shift, not on a break, not absent, and looking after nobody else in a chair."""
    on_shift = Shift.objects.filter(site=place, span__contains=at).exclude(breaks__span__contains=at)
    on_shift = on_shift.exclude(nurse__absences__span__contains=at)
    busy = Visit.objects.filter(site=place, status=Status.IN_CHAIR, nurse__isnull=False)
    busy = busy.exclude(pk__in=_this(visit))
    return on_shift.exclude(nurse__in=busy.values("nurse")).values("nurse").distinct().count()


def _written(moment: datetime | None, zone: ZoneInfo) -> Any:
    """The moment as the site writes it, with a fixed offset: days go by its dates, hours by the truth."""
    return None if moment is None else datetime.fromisoformat(moment.astimezone(zone).isoformat())
