"""Squeeze in, beside the offers of the booking panel: ask, watch the worker, confirm or drop."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from patients.selectors import card
from visits.models import Squeeze
from visits.selectors import squeezing as squeezes
from visits.selectors import wanted
from visits.services import squeezing
from visits.tasks import wake_the_solver
from visits.views import booking


@requires(Can.BOOK_VISIT)
@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """No start fits: have it looked at who could move."""
    patient = card.patient_by_key(booking.chosen(request)["patient"])
    form = booking.form_of(request, wanted.wanted_by(patient), request.POST)
    if not form.is_valid():
        return _page(request, {"problem": "Choose what for, and a day, first."}, status=422)
    what, now = form.chosen(), clock.now()
    squeeze = squeezing.ask(
        site=request.site,
        day=form.cleaned_data["day"],
        patient=patient,
        minutes=what.minutes,
        load=booking.load_of(form),
        chair_kind=form.cleaned_data["chair_kind"],
        earliest_at=form.moment("earliest"),
        must_leave_by=form.moment("leave_by"),
        by=request.user,
        at=now,
    )
    wake_the_solver()
    reading.list_opened(page="visits:squeeze", by=request.user, at=now)
    return _shown(request, squeeze)


@requires(Can.BOOK_VISIT)
@require_GET
def show(request: StaffRequest, key: UUID) -> HttpResponse:
    """What the worker has found so far; the panel asks every second while it looks."""
    return _shown(request, squeezes.by_key(site=request.site, key=key))


@requires(Can.BOOK_VISIT)
@require_POST
def confirm(request: StaffRequest, key: UUID) -> HttpResponse:
    """Everybody has agreed: they move, and the new visit is booked."""
    squeeze = squeezes.by_key(site=request.site, key=key)
    form = booking.form_of(request, wanted.wanted_by(squeeze.patient), request.POST)
    if not form.is_valid():
        return _shown(request, squeeze, problem="The form has changed. Ask again.", status=422)
    facts = booking.facts_of(request, form, squeeze.patient)
    try:
        visit = squeezing.confirm(squeeze=squeeze, **facts, by=request.user, at=clock.now())
    except DomainError as no:
        return _shown(request, squeeze, problem=no.message, status=no.http_status)
    return reswap(retarget(booking.booked(request, visit), "#book"), "outerHTML")


@requires(Can.BOOK_VISIT)
@require_POST
def drop(request: StaffRequest, key: UUID) -> HttpResponse:
    """Nobody is asked to move."""
    squeeze = squeezes.by_key(site=request.site, key=key)
    try:
        squeezing.drop(squeeze=squeeze, by=request.user, at=clock.now())
    except DomainError as no:
        return _shown(request, squeeze, problem=no.message, status=no.http_status)
    return _shown(request, squeeze)


def _shown(request: StaffRequest, squeeze: Squeeze, *, problem: str = "", status: int = 200) -> HttpResponse:
    squeeze.refresh_from_db()
    return _page(
        request, {"shown": squeezes.shown(squeeze, at=clock.now()), "problem": problem}, status=status
    )


def _page(request: StaffRequest, context: dict[str, object], *, status: int) -> HttpResponse:
    page, part = "visits/squeeze.html", "visits/_squeeze.html"
    return page_or_part(request, page=page, part=part, context=context, status=status)
