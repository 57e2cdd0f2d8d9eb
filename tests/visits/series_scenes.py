"""Eptinezumab every 84 days: a recipe that comes back, and doses given on any day, by the services."""

from datetime import date, timedelta

from patients.services import history
from regimens.services import ordering
from tests.clock import FRIDAY, at
from tests.places import on_shift
from tests.visits import scenes
from visits.models import Occurrence, Shift
from visits.services import booking, charting, discharge, flow, giving, series, signing
from visits.states import STILL_TO_COME

DAY = timedelta(days=1)
EVERY = 84


def eptinezumab(*, by, site):
    """(regimen, lot): one infusion of 30 minutes, every 84 days."""
    drug = scenes.drug("eptinezumab", "eptinezumab")
    recipe = scenes.regimen(
        (drug, 100, "mg", "iv_infusion", 30, []), code="eptinezumab_100", name="Eptinezumab"
    )
    recipe.series_days, recipe.chair_minutes = EVERY, 85
    recipe.save()
    vials = scenes.product(drug, by=by, amount=100, ndc="67386-130-51")
    return recipe, scenes.lot(vials, site=site, by=by, number="L-epti", vials=50, expires_on=date(2030, 1, 1))


def somebody_works(nurse, site, *days):
    for day in days:
        span = {"starts": at(7, 30, day=day), "ends": at(17, 30, day=day)}
        if not Shift.objects.filter(nurse=nurse, site=site, span__contains=span["starts"]).exists():
            on_shift(nurse, site, **span)


def due(running, state=None):
    """Due days of what is still to come, by number, as days after Friday 20 November 2026."""
    rows = Occurrence.objects.filter(series=running, state__in=[state] if state else STILL_TO_COME)
    return {one.number: (one.due_on - FRIDAY).days for one in rows.order_by("number")}


def dose(running, number):
    return Occurrence.objects.select_related(
        "series__patient__merged_into", "series__site", "series__regimen", "series__drug", "visit"
    ).get(series=running, number=number)


class Floor:
    """The people and the shelf a dose needs."""

    def __init__(self, *, site, felix, nora, dana, recipe, lot):
        self.site, self.desk, self.nurse, self.provider = site, felix, nora, dana
        self.recipe, self.lot = recipe, lot

    def start(self, patient, *, first=FRIDAY, **facts):
        return series.start(
            patient=patient,
            site=self.site,
            regimen=self.recipe,
            first_due_on=first,
            by=self.desk,
            at=facts.pop("when", at(7, day=FRIDAY - 30 * DAY)),
            **facts,
        )

    def book(self, occurrence, day, hour=9, when=None):
        somebody_works(self.nurse, self.site, day)
        return series.confirm(
            occurrence=occurrence,
            starts_at=at(hour, day=day),
            by=self.desk,
            at=when or at(7, day=day - 7 * DAY),
        )

    def book_otherwise(self, patient, day, hour=9, **facts):
        """From the phone, past the due list."""
        somebody_works(self.nurse, self.site, day)
        return booking.book_visit(
            site=self.site,
            patient=patient,
            starts_at=at(hour, day=day),
            minutes=85,
            load=3,
            by=self.desk,
            at=at(7, day=day - 7 * DAY),
            **facts,
        )

    def sits(self, visit):
        """In the chair under a signed order, which is made unless one hangs on the visit."""
        day, hour = visit.day, visit.starts_at
        if not visit.orders.exists():
            order = ordering.order_from_regimen(
                patient=visit.patient, regimen=self.recipe, by=self.provider, at=hour - DAY
            )
            for what in ("allergies", "medications", "conditions"):
                if getattr(visit.patient, what) == "not_asked":
                    history.answer_none(patient=visit.patient, what=what, by=self.nurse, at=hour - DAY)
            signing.sign(order=order, visit=visit, by=self.provider, at=hour - DAY)
        flow.check_in(visit=visit, by=self.desk, at=at(8, 50, day=day))
        return flow.seat(visit=visit, by=self.nurse, at=hour)

    def infuses(self, visit):
        line = visit.administrations.exclude(state="entered_in_error").select_related("visit__site").get()
        giving.start(
            administration=line,
            lots=[self.lot],
            started_at=visit.starts_at,
            by=self.nurse,
            at=visit.starts_at,
        )
        ends = visit.starts_at + timedelta(minutes=30)
        return giving.stop(administration=line, stopped_at=ends, by=self.nurse, at=ends)

    def goes_home(self, visit):
        ends = visit.starts_at + timedelta(minutes=80)
        charting.record_vitals(visit=visit, taken_at=ends, by=self.nurse, at=ends, systolic=120, diastolic=80)
        return discharge.discharge(
            visit=visit, pain=2, back_to_activity="yes", left_with="", iv_out="yes", by=self.nurse, at=ends
        )

    def gives(self, visit):
        """Seated, infused, gone home."""
        self.sits(visit)
        self.infuses(visit)
        self.goes_home(visit)
        visit.refresh_from_db()
        return visit
