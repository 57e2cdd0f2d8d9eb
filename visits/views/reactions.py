"""Reactions and what is given against them at once: on the nurse's card, in the chart, from Decide now.

An emergency dose is one tap on the card of its kind of reaction. Nothing asks for an order first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, wants_part
from patients.selectors import card as patient_card
from visits.forms import reactions as entry
from visits.models import EmergencyDose, Reaction, Visit
from visits.selectors import reactions as selector
from visits.services import emergency as giving
from visits.services import reactions as reacting
from visits.states import ReactionKind
from visits.views import deciding
from visits.views.chart import Opened, answer, done, show, typed, visit_by_key
from visits.views.facts import check_again
from visits.views.writing import write_down


@dataclass(frozen=True)
class Act:
    """One verb on a reaction that stands: its words and its form."""

    title: str
    button: str
    form: Callable[..., forms.Form]
    verb: Callable[..., Any]


ACTS = {
    "settle": Act("{what}", "Save", entry.SettleForm, reacting.settle),
    "correct": Act("Correct: {what}", "Save the correction", entry.CorrectionForm, reacting.correct),
    "error": Act("{what}: it never was", "Enter in error", entry.WrongForm, reacting.enter_in_error),
}


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def record(request: StaffRequest, key: UUID) -> HttpResponse:
    """A few taps; after it the center's card for that kind is open."""
    visit, now = visit_by_key(request, key), clock.now()
    proposed = {"kind": request.GET.get("kind", "")}
    agents, shown = selector.agents_of(visit), "visits/_reaction_form.html"
    form = entry.ReactionForm(typed(request), visit=visit, now=now, agents=agents, initial=proposed)
    opened = Opened("Reaction", "Save", request.path, form, template=shown, always=True)
    return answer(
        request,
        visit,
        opened,
        lambda: reacting.record(visit=visit, **form.cleaned_data, by=request.user, at=now),
        then=lambda: _card(visit, form.cleaned_data["kind"]),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def act(request: StaffRequest, key: UUID, reaction: UUID, act: str) -> HttpResponse:
    """How it went, a correction, or that it never was."""
    if act not in ACTS:
        raise Http404
    visit, now, kind = visit_by_key(request, key), clock.now(), ACTS[act]
    row = get_object_or_404(selector.reaction_by_key(visit, reaction))
    more = {"reaction": row, "agents": selector.agents_of(visit)} if act == "correct" else {}
    form = kind.form(typed(request), visit=visit, now=now, **more)
    title = kind.title.format(what=selector.said_of(row))
    return answer(
        request,
        visit,
        Opened(title, kind.button, request.path, form, always=True),
        lambda: kind.verb(reaction=row, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def confirm(request: StaffRequest, key: UUID, reaction: UUID) -> HttpResponse:
    """Into the patient's history, and the rules are asked anew at once."""
    visit, now = visit_by_key(request, key), clock.now()
    row = get_object_or_404(selector.reaction_by_key(visit, reaction))
    form = entry.ConfirmForm(typed(request), visit=visit, now=now, reaction=row)
    drug = f" after {row.administration.drug.name}" if row.administration else ""

    def note() -> None:
        group = form.allergy_group()
        reacting.confirm(reaction=row, allergy_group=group, by=request.user, at=now)

    title = f"{selector.said_of(row)}{drug}: into the history"
    opened = Opened(title, "Record", request.path, form, always=True)
    return answer(request, visit, opened, note, then=check_again(visit))


@requires(Can.SIGN_ORDER)
@require_POST
def seen(request: StaffRequest, key: UUID) -> HttpResponse:
    """The provider has looked, from the list or from the chart."""
    rows = Reaction.objects.select_related("visit__site", "visit__patient").filter(visit__site=request.site)
    row = get_object_or_404(rows, key=key)
    try:
        write_down(
            request,
            row.visit.patient,
            lambda: reacting.see(reaction=row, by=request.user, at=clock.now()),
        )
    except DomainError as no:
        if wants_part(request):
            return show(request, visit_by_key(request, row.visit.key), problem=no, status=no.http_status)
        return deciding.show(request, problem=no, status=no.http_status)
    if wants_part(request):
        return done(request, row.visit, said="Seen")
    messages.success(request, f"Seen: {selector.said_of(row).lower()}.")
    return redirect("visits:to_decide")


@requires(Can.CHART_VISIT)
@require_GET
def emergency(request: StaffRequest, key: UUID, kind: str) -> HttpResponse:
    """The center's card for this kind, whether or not the reaction is written down yet."""
    visit = visit_by_key(request, key)
    return show(request, visit, opened=_card(visit, _known(kind)))


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def dose(request: StaffRequest, key: UUID, kind: str) -> HttpResponse:
    """One tap from the card, or another drug, amount or time from the form."""
    visit, now, of = visit_by_key(request, key), clock.now(), _known(kind)
    proposed = {name: request.GET.get(name, "") for name in ("drug", "unit", "route", "code")}
    form = entry.DoseForm(typed(request), visit=visit, now=now, initial=proposed)
    return answer(
        request,
        visit,
        Opened("Dose given at once", "Write down", request.path, form, always=True),
        lambda: giving.give(visit=visit, kind=of, **form.cleaned_data, by=request.user, at=now),
        then=lambda: _card(visit, of),
    )


@requires(Can.CHART_VISIT)
@require_GET
def doses(request: StaffRequest, key: UUID) -> HttpResponse:
    """What was given so far and how long ago: the open card asks every few seconds."""
    visit, now = visit_by_key(request, key), clock.now()
    found = [one for one in selector.doses_of(visit, at=now) if one.taken_back is None]
    return render(request, "visits/_doses.html", {"doses": found, "visit": visit})


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def dose_in_error(request: StaffRequest, key: UUID, dose: UUID) -> HttpResponse:
    visit, now = visit_by_key(request, key), clock.now()
    rows = EmergencyDose.objects.select_related("visit__site", "given_by").filter(visit=visit, corrects=None)
    row = get_object_or_404(rows, key=dose)
    form = entry.WrongForm(typed(request), visit=visit, now=now)
    return answer(
        request,
        visit,
        Opened(f"{row.drug}: it was not given", "Take it back", request.path, form, always=True),
        lambda: giving.take_back(dose=row, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.SIGN_ORDER)
@require_POST
def sign_doses(request: StaffRequest, key: UUID) -> HttpResponse:
    """The doses that the provider has read, and no other."""
    visit = visit_by_key(request, key)
    rows = EmergencyDose.objects.select_related("visit__site").filter(visit=visit)
    read = [row for row in rows if str(row.key) in request.POST.getlist("dose")]
    try:
        write_down(
            request,
            visit.patient,
            lambda: giving.sign_off(doses=read, by=request.user, at=clock.now()),
        )
    except DomainError as no:
        return deciding.show(request, problem=no, status=no.http_status)
    messages.success(request, "Signed off: what was given at once.")
    return redirect("visits:to_decide")


@requires(Can.READ_CHART)
@require_GET
def of_patient(request: StaffRequest, key: UUID) -> HttpResponse:
    """Every reaction of a person: a panel of their page, and a page without htmx."""
    patient, now = patient_card.patient_by_key(key), clock.now()
    if not wants_part(request):
        page = request.resolver_match.view_name
        reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=now)
        patient_card.with_allergies(patient_card.with_same_name([patient]))
    return page_or_part(
        request,
        page="visits/reactions.html",
        part="visits/_reactions_of.html",
        context={
            "reactions": selector.of_person(patient),
            "patient": patient,
            "today": request.site.day_of(now),
        },
    )


def _card(visit: Visit, kind: str) -> Opened:
    found = selector.card_of(visit, kind, at=clock.now())
    title = f"{found.kind.label}: what to do"
    return Opened(
        title, "", "", forms.Form(), template="visits/_reaction_card.html", always=True, about=found
    )


def _known(kind: str) -> ReactionKind:
    if kind not in ReactionKind.values:
        raise Http404
    return ReactionKind(kind)
