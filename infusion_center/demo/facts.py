"""What the demo's patients were asked, and what was tested: some of it. What is missing shows as missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from infusion_center.accounts.models import User
from patients.services import results
from patients.services.screening import Pack, Pregnancy, Said, Taken
from patients.states import Question, Sex
from visits.models import Visit
from visits.selectors.facts import person_of
from visits.services import asking, charting


@dataclass(frozen=True)
class Guest:
    """What one of them told at the desk and what the nurse found. `triptan`: hours ago; empty: not asked."""

    triptan: int | None = None
    steroid_days: int | None = None
    qtc: int | None = None
    creatinine: str = ""
    hcg: str = ""
    iv_site: str = "forearm"


GUESTS: Mapping[str, Guest] = {
    "Rice": Guest(qtc=418, creatinine="0.8", hcg="negative"),
    "Larson": Guest(triptan=30, creatinine="1.1"),
    "Sanford": Guest(hcg="negative", iv_site="antecubital"),
    "Ortiz": Guest(triptan=9, qtc=431, creatinine="1.0"),
    "Vargas": Guest(steroid_days=12, hcg="negative"),
    "O'Hara": Guest(triptan=40, qtc=452, creatinine="1.3", hcg="negative", iv_site="hand"),
    "Klein": Guest(triptan=50),
}


def told(visit: Visit, *, by: User, at: datetime) -> None:
    """The questions, as far as they were asked: on the phone, or at check-in."""
    guest, patient = GUESTS.get(visit.patient.family_name), person_of(visit)
    if guest is None:
        return
    answers = {Question.NEW_HEADACHE_TYPE: "no", Question.NERVE_BLOCK: "no"}
    said = Said(
        taken={Question.NSAID: Taken("unknown")} | _triptan(guest, at),
        pack=_pack(guest, at),
        pregnancy=Pregnancy("not_pregnant") if guest.hcg and patient.sex_at_birth == Sex.FEMALE else None,
        plain=answers,
    )
    driver = visit.has_driver if visit.driver_name else ""
    asking.ask(visit=visit, said=said, has_driver=driver, driver_name=visit.driver_name, by=by, at=at)


def found(visit: Visit, *, by: User, at: datetime) -> None:
    """What the nurse tested before the first drug, and where the line lies."""
    guest, patient = GUESTS.get(visit.patient.family_name), person_of(visit)
    if guest is None:
        return
    facts: dict[str, Any] = {"patient": patient, "taken_at": at, "by": by, "at": at}
    if guest.hcg and patient.sex_at_birth == Sex.FEMALE:
        results.record(kind="hcg", outcome=guest.hcg, **facts)
    if guest.qtc:
        results.record(kind="ecg", number=Decimal(guest.qtc), **facts)
    if guest.creatinine:
        number = Decimal(guest.creatinine)
        results.record(kind="creatinine", number=number, method="point_of_care", **facts)
    charting.record_iv_site(visit=visit, iv_site=guest.iv_site, by=by, at=at)


def _triptan(guest: Guest, at: datetime) -> dict[Question, Taken]:
    if guest.triptan is None:
        return {}
    taken = Taken("yes", at - timedelta(hours=guest.triptan), "sumatriptan 100 mg")
    return {Question.TRIPTAN: taken}


def _pack(guest: Guest, at: datetime) -> Pack:
    if guest.steroid_days is None:
        return Pack("no")
    return Pack("yes", at - timedelta(days=guest.steroid_days))
