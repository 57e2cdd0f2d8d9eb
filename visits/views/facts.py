"""Facts entered at a visit: results, a weight, where the line lies, and the questions before an infusion."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from patients.fact_forms import ResultForm
from patients.forms import WeightForm
from patients.rules.results import TESTS
from patients.services import results as resulting
from visits.forms import facts as entry
from visits.models import Visit
from visits.selectors import facts
from visits.selectors.details import visit_by_key as visit_of
from visits.services import asking, charting, checking
from visits.services.days import DayBusy
from visits.views import board
from visits.views.chart import Opened, answer, show, tapped, typed, visit_by_key
from visits.views.writing import same_patient, write_down


@requires(Can.CHART_VISIT)
@require_GET
def results(request: StaffRequest, key: UUID) -> HttpResponse:
    """What can be entered; the pregnancy test by one tap from here."""
    visit = visit_by_key(request, key)
    form = entry.ResultsForm(auto_id=entry.field_ids(visit))
    opened = Opened("Results", "", request.path, form, template="visits/_results_form.html", always=True)
    return show(request, visit, opened=opened)


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def result(request: StaffRequest, key: UUID, kind: str) -> HttpResponse:
    """One number or one outcome; an empty moment is this one."""
    if kind not in TESTS:
        raise Http404
    visit, now = visit_by_key(request, key), clock.now()
    form = ResultForm(typed(request), kind=kind, now=now, site=visit.site, auto_id=entry.field_ids(visit))
    return answer(
        request,
        visit,
        Opened(TESTS[kind].name, "Save", request.path, form, always=True),
        lambda: resulting.record(
            patient=facts.person_of(visit), kind=kind, **form.cleaned_data, by=request.user, at=now
        ),
        then=check_again(visit),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def weigh(request: StaffRequest, key: UUID) -> HttpResponse:
    """A weight in kg or lb; no moment means just now."""
    visit, now = visit_by_key(request, key), clock.now()
    form = WeightForm(typed(request), site=visit.site, auto_id=entry.field_ids(visit))
    return answer(
        request,
        visit,
        Opened("Weight", "Save", request.path, form, always=True),
        lambda: resulting.weigh(
            patient=facts.person_of(visit),
            **form.cleaned_data | {"measured_at": form.cleaned_data["measured_at"] or now},
            by=request.user,
            at=now,
        ),
        then=check_again(visit),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def iv_site(request: StaffRequest, key: UUID) -> HttpResponse:
    visit, now = visit_by_key(request, key), clock.now()
    form = entry.IvSiteForm(typed(request), auto_id=entry.field_ids(visit))
    return answer(
        request,
        visit,
        Opened("IV site", "Save", request.path, form, always=True),
        lambda: charting.record_iv_site(visit=visit, **form.cleaned_data, by=request.user, at=now),
        then=check_again(visit),
    )


@requires(Can.CHART_VISIT)
@require_POST
def iv_out(request: StaffRequest, key: UUID) -> HttpResponse:
    visit = visit_by_key(request, key)
    return tapped(
        request,
        visit,
        "IV out",
        lambda: charting.take_iv_out(visit=visit, by=request.user, at=clock.now()),
    )


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest, key: UUID) -> HttpResponse:
    """The questions, beside Today for the front desk, on the card or in the chart for the nurse."""
    visit, now = visit_by_key(request, key), clock.now()
    form = entry.VisitQuestionsForm(
        typed(request),
        patient=facts.person_of(visit),
        zone=visit.site.zone,
        now=now,
        answered=facts.asked_of(visit),
        auto_id=entry.field_ids(visit),
    )
    opened = Opened(
        "Questions for today",
        "Save what was asked",
        request.path,
        form,
        template="visits/_questions_form.html",
        always=True,
    )

    def note() -> None:
        asking.ask(visit=visit, said=form.said(), **form.driver(), by=request.user, at=now)

    if request.headers.get("HX-Target") == "side":
        return _beside_today(request, visit, opened, note)
    return answer(request, visit, opened, note, then=check_again(visit))


def check_again(visit: Visit) -> Callable[[], None]:
    """The rules at once: the screen that comes back shows what they say now. If the day is busy, soon."""

    def look() -> None:
        with suppress(DayBusy):  # the sweep asks within seconds
            checking.look_again(visit=visit, at=clock.now())

    return look


def _beside_today(
    request: StaffRequest, visit: Visit, opened: Opened, note: Callable[[], None]
) -> HttpResponse:
    """In the side panel of Today: the form, and after it the visit."""
    status = 200
    if request.method == "POST":
        try:
            same_patient(request, visit.patient)
            if opened.form.is_valid():
                write_down(request, visit.patient, note)
                check_again(visit)()
                fresh = visit_of(site=request.site, key=visit.key)
                return trigger_client_event(board.panel(request, fresh, clock.now()), "board-changed")
            status = 422
        except DomainError as no:
            put_problem(opened.form, no)
            status = no.http_status
    context = {"opened": opened, "visit": visit, "patient": visit.patient}
    return render(request, "visits/_board_questions.html", context, status=status)
