"""The chart of one visit, and every act on it. A card of My chairs and the chart page share the acts.

An act is a form that opens in place (GET) and one verb (POST). What asked decides what comes back: the
card, the chart, or, without htmx, the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, wants_part
from patients.models import Patient
from regimens.rules.safety.verdicts import Finding, Severity
from visits.forms import charting as entry
from visits.models import Administration, Visit
from visits.selectors import chart as charts
from visits.selectors import details, drafts, facts, holding, judging, my_chairs, needs, standing
from visits.selectors import preparing as mixed
from visits.selectors.drafts import Kept
from visits.selectors.holding import Hold
from visits.services import charting, flow, giving, lines, preparing, scanning, vials
from visits.states import Given, Status
from visits.views.writing import once_more, same_patient, write_down


@dataclass(frozen=True)
class Opened:
    """A form that is open in place: what it does, where it goes.

    `always`: it is about the patient, and may be written before the patient sits. `about`: what else the
    template shows. `kept`: what was typed into it before and not sent. `queued`: without a line it waits on
    the device, because no rule has to be asked before it is done.
    """

    title: str
    button: str
    action: str
    form: forms.Form
    template: str = "visits/_chart_form.html"
    findings: Sequence[Finding] = ()
    always: bool = False
    about: Any = None
    hold: Hold = Hold()
    kept: Kept = Kept()
    queued: bool = False
    kept_back: needs.KeptBack | None = None


@dataclass(frozen=True)
class Act:
    """One verb on a line: its form, its words, whether vials are opened."""

    title: str
    button: str
    form: type[entry.LineForm]
    verb: Callable[..., Any]
    opens_vials: bool = False
    queued: bool = False


ACTS = {
    "mix": Act("Mix {drug}", "Mixed", entry.MixForm, preparing.mix, opens_vials=True),
    "check": Act("Second check of {drug}", "I have checked it", entry.CheckForm, preparing.check),
    "throw": Act("Throw away the mixed {drug}", "Throw away", entry.ThrowForm, preparing.throw_away),
    "start": Act("Start {drug}", "Start now", entry.StartForm, giving.start, opens_vials=True),
    "push": Act("{drug} was given", "Write down", entry.PushForm, giving.give_push, opens_vials=True),
    "rate": Act("Rate of {drug}", "Change rate", entry.RateForm, giving.change_rate, queued=True),
    "bag": Act("New bag of {drug}", "New bag", entry.BagForm, giving.new_bag, queued=True),
    "bolus": Act("Bolus of {drug}", "Write down", entry.BolusForm, giving.bolus, queued=True),
    "pause": Act("Pause {drug}", "Pause now", entry.MomentForm, giving.pause, queued=True),
    "resume": Act("Resume {drug}", "Resume now", entry.MomentForm, giving.resume),
    "stop": Act("Stop {drug}", "Stop now", entry.StopForm, giving.stop, queued=True),
    "not-given": Act("{drug} is not given", "Write down", entry.NotGivenForm, giving.not_given),
    "release": Act("Give {drug} after all", "Release", entry.ReleaseForm, giving.release),
    "error": Act("{drug} was entered in error", "Enter in error", entry.ErrorForm, giving.enter_in_error),
}


@requires(Can.READ_CHART)
@require_GET
def chart(request: StaffRequest, key: UUID) -> HttpResponse:
    return show(request, visit_by_key(request, key))


@requires(Can.CHART_VISIT)
@require_GET
def card(request: StaffRequest, key: UUID) -> HttpResponse:
    """The card or chart again, without the form that was open."""
    return show(request, visit_by_key(request, key))


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def act(request: StaffRequest, key: UUID, line: UUID, act: str) -> HttpResponse:
    """Start, pause, stop and the rest, on one line of this visit."""
    visit, now = visit_by_key(request, key), clock.now()
    if act not in ACTS:
        raise Http404
    rows = Administration.objects.select_related("drug", "visit__site", "visit__patient", "step__order")
    row, kind = get_object_or_404(rows, key=line), ACTS[act]
    try:
        lines.belongs(administration=row, visit=visit)
    except DomainError as no:
        return show(request, visit, problem=no, status=no.http_status)
    offered = vials.offered(row, now) if kind.opens_vials else []
    found = judging.before_start(row, at=now) if kind.opens_vials else []
    stands = mixed.standing_of(row) if kind.opens_vials else None
    kept = needs.kept_back(row, at=now) if kind.opens_vials and not stands else None
    warned = kept is not None or any(finding.severity is Severity.WARN for finding in found)
    form = kind.form(
        typed(request),
        visit=visit,
        line=row,
        now=now,
        by=request.user,
        lots=offered,
        warned=warned,
        unscored=charts.unscored_before(row) if kind.opens_vials else None,
        mixed=stands is not None,
    )
    return answer(
        request,
        visit,
        Opened(
            kind.title.format(drug=row.drug.name),
            kind.button,
            request.path,
            form,
            findings=found,
            queued=kind.queued,
            kept_back=kept,
            hold=holding.hold_of(row, at=now) if kind.opens_vials or act == "resume" else Hold(),
        ),
        lambda: kind.verb(
            administration=row, **scanning.read(row, form.cleaned_data, offered), by=request.user, at=now
        ),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def pain(request: StaffRequest, key: UUID) -> HttpResponse:
    visit, now = visit_by_key(request, key), clock.now()
    standing = visit.administrations.exclude(state=Given.ENTERED_IN_ERROR).select_related("drug")
    agents = [line for line in standing.order_by("position", "pk") if charts.is_agent(line)]
    proposed = {"about": request.GET.get("about", "baseline")}
    form = entry.ScoreForm(typed(request), visit=visit, now=now, lines=agents, initial=proposed)
    return answer(
        request,
        visit,
        Opened("Pain 0 to 10", "Save", request.path, form, queued=True),
        lambda: charting.score(visit=visit, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def vitals(request: StaffRequest, key: UUID) -> HttpResponse:
    visit, now = visit_by_key(request, key), clock.now()
    form = entry.VitalsForm(typed(request), visit=visit, now=now)
    return answer(
        request,
        visit,
        Opened("Vitals", "Save", request.path, form, always=True, queued=True),
        lambda: charting.record_vitals(visit=visit, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def chair(request: StaffRequest, key: UUID) -> HttpResponse:
    """To another chair or bed, while everything runs on."""
    visit, now = visit_by_key(request, key), clock.now()
    others = [one for one in details.free_chairs(visit) if one.pk != visit.chair_id]
    form = entry.ChairForm(typed(request), visit=visit, now=now, chairs=others)
    return answer(
        request,
        visit,
        Opened("Another chair or bed", "Move", request.path, form),
        lambda: flow.change_chair(visit=visit, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.CHART_VISIT)
@require_POST
def take(request: StaffRequest, key: UUID) -> HttpResponse:
    """This nurse looks after the patient from now on."""
    visit = visit_by_key(request, key)
    return tapped(
        request,
        visit,
        "Yours now",
        lambda: charting.look_after(visit=visit, by=request.user, at=clock.now()),
    )


def tapped(
    request: StaffRequest,
    visit: Visit,
    said: str,
    verb: Callable[[], object],
    patient: Patient | None = None,
) -> HttpResponse:
    """A button alone: the verb, or its refusal above the chart. `patient`: whose, if not the visit's."""
    try:
        first = write_down(request, patient or visit.patient, verb)
    except DomainError as no:
        return show(request, visit, problem=no, status=no.http_status)
    return done(request, visit, said=once_more(said, first))


def visit_by_key(request: StaffRequest, key: UUID) -> Visit:
    """A visit of the site the person works at; 404 for any other."""
    return get_object_or_404(charts.visits(), key=key, site=request.site)


def typed(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def answer(
    request: StaffRequest,
    visit: Visit,
    opened: Opened,
    verb: Callable[[], object],
    then: Callable[[], Opened | None] = lambda: None,
) -> HttpResponse:
    """GET opens the form. POST runs the verb, once for this form, or shows the refusal beside what was typed.

    `then`: what is done besides, after it is written, and what is open afterwards.
    """
    if request.method != "POST":
        return show(request, visit, opened=opened)
    try:
        same_patient(request, visit.patient)
        if not opened.form.is_valid():
            return show(request, visit, opened=opened, status=422)
        first = write_down(request, visit.patient, verb)
    except DomainError as no:
        put_problem(opened.form, no)
        return show(request, visit, opened=opened, status=no.http_status)
    return done(request, visit, said=once_more(f"{opened.title}: done", first), opened=then())


def done(request: StaffRequest, visit: Visit, *, said: str, opened: Opened | None = None) -> HttpResponse:
    """What it looks like now; a browser without htmx is sent to the chart."""
    if not wants_part(request):
        return redirect("visits:chart", key=visit.key)
    return show(request, visit_by_key(request, visit.key), said=said, opened=opened)


def show(
    request: StaffRequest,
    visit: Visit,
    *,
    opened: Opened | None = None,
    problem: DomainError | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """The card if a card asked, else the chart. Opening the whole page is noted in the access log."""
    now = clock.now()
    kept = drafts.of_visit(visit, by=request.user, at=now)
    opened = opened and _with_draft(opened, kept)
    around: dict[str, Any] = {
        "opened": opened,
        "problem": problem,
        "said": said,
        "now": now,
        "today": visit.site.day_of(now),
        "unsent": [] if opened else kept.mine,
    }
    if _asked_by_a_card(request):
        return _card(request, visit, around, status)
    if not wants_part(request):
        reading.chart_opened(
            patient_key=visit.patient.key, page=request.resolver_match.view_name, by=request.user, at=now
        )
    found = charts.chart_of(visit, at=now)
    context = around | {"chart": found, "visit": visit, "patient": visit.patient}
    context["facts"] = facts.facts_of(visit, at=now)
    context["protocols"] = standing.startable(visit, found.orders, by=request.user, at=now)
    return page_or_part(
        request, page="visits/chart.html", part="visits/_chart.html", context=context, status=status
    )


def _with_draft(opened: Opened, kept: drafts.Drafts) -> Opened:
    """An empty form gets back what was typed into it."""
    found = kept.of(opened.action)
    if found.mine and not opened.form.is_bound:
        drafts.put_back(opened.form, found.mine)
        if isinstance(opened.form, entry.ChartForm):
            opened.form.was_tapped(found.mine.typed, found.mine.saved_at)
        return replace(opened, kept=found)
    return replace(opened, kept=Kept(others=found.others))


def _card(request: StaffRequest, visit: Visit, around: dict[str, Any], status: int) -> HttpResponse:
    """A patient who has left the chair leaves a line of words instead of a card."""
    if visit.status != Status.IN_CHAIR:
        return render(request, "visits/_card_gone.html", around | {"visit": visit}, status=status)
    card = my_chairs.card_of(visit, at=around["now"])
    return render(request, "visits/_card.html", around | {"card": card}, status=status)


def _asked_by_a_card(request: StaffRequest) -> bool:
    return wants_part(request) and request.headers.get("HX-Target", "").startswith("card-")
