"""A patient in a chair with a signed order, made through the services. Reference rows are made directly."""

from datetime import date
from decimal import Decimal

from patients.services import history
from regimens.models import Drug, Regimen, RegimenStep
from regimens.selectors import findings
from regimens.services import clearing, ordering, stocking
from tests.clock import EIGHT, NINE, SEVEN, at
from visits.services import booking, checking, flow, signing

SIT = at(8, 50)


def drug(code, name, *, tags=(), driver=False, monitoring=()):
    return Drug.objects.create(
        code=code,
        name=name,
        category="headache_core",
        class_tags=list(tags),
        driver_required=driver,
        row={"id": code, "class_tags": list(tags), "monitoring": {"during": list(monitoring)}},
        row_hash="-",
    )


def regimen(*steps, code="three_agents", name="Three agents"):
    """`steps`: (drug, dose, unit, method, minutes, start_after)."""
    recipe = Regimen.objects.create(code=code, name=name, chair_minutes=90, row_hash="-")
    for position, (of, dose, unit, method, minutes, after) in enumerate(steps, start=1):
        RegimenStep.objects.create(
            regimen=recipe,
            position=position,
            drug=of,
            dose=Decimal(dose),
            unit=unit,
            method=method,
            minutes=minutes,
            start_after=list(after),
            volume_ml=Decimal(100) if method == "iv_infusion" else None,
        )
    return recipe


def product(of, *, by, amount, unit="mg", ndc, container="single_dose"):
    return stocking.add_product(
        drug=of, ndc=ndc, amount=Decimal(amount), unit=unit, container=container, by=by, at=SEVEN
    )


def lot(of, *, site, by, number, vials=10, expires_on=date(2027, 6, 30), **facts):
    return stocking.receive_lot(
        site=site,
        product=of,
        number=number,
        expires_on=expires_on,
        vials=vials,
        cost_per_vial=Decimal("4.20"),
        by=by,
        at=SEVEN,
        **facts,
    )


def booked(*, patient, site, orders=(), by, starts_at=NINE, **facts):
    return booking.book_visit(
        site=site,
        patient=patient,
        starts_at=starts_at,
        minutes=90,
        load=3,
        orders=orders,
        reason="Migraine since Wednesday",
        by=by,
        at=EIGHT,
        **facts,
    )


def signed_order(*, patient, recipe, by, at=EIGHT):
    asked(patient, by=by, at=at)
    order = ordering.order_from_regimen(patient=patient, regimen=recipe, by=by, at=at)
    return signing.sign(order=order, visit=None, by=by, at=at)


def asked(patient, *, by, at=EIGHT):
    """Nothing known, nothing taken, nothing else ill, no child to come: asked and answered."""
    for what in ("allergies", "medications", "conditions"):
        history.answer_none(patient=patient, what=what, by=by, at=at)
    history.answer_pregnancy(patient=patient, status="not_possible", by=by, at=at)


def answered(order, *, by, visit=None, at=EIGHT):
    """Every warning read and every reason given: what is left is blocked."""
    check = checking.check_order(order=order, visit=visit, moment="order", because="signing", by=by, at=at)
    for found in findings.standing_of(check):
        about = {"order": order, "rule": found.rule, "drug": found.drug or "", "by": by, "at": at}
        if found.severity == "warn":
            clearing.acknowledge(**about)
        elif found.severity == "override_reason":
            clearing.override(**about, reason="Discussed with the patient")
    return order


def seated(visit, *, by, chair=None):
    flow.check_in(visit=visit, by=by, at=at(8, 40))
    return flow.seat(visit=visit, chair=chair, by=by, at=SIT)
