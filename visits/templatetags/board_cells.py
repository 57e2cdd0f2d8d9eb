"""One cell of the Today board, in Python: a full day has hundreds, and every desk asks for them again."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from infusion_center.templatetags.show import minutes
from patients.models import Patient
from visits.models import Visit
from visits.rules.board import Box
from visits.selectors.board import Cell

register = template.Library()

CELL = """<td colspan="{span}"><button type="button" id="visit-{key}" \
class="cell cell-{look}{narrow}"{starts} hx-get="{url}" hx-target="#side" hx-swap="innerHTML" \
title="{full_name}: {what}">\
<span class="cell-name">{name}{flags}</span><span class="cell-what">{what}</span><span class="cell-state">\
<svg aria-hidden="true"><use href="#is-{look}"/></svg> {state}{break_} {length}</span></button></td>"""

STARTS = ' data-starts="{}"'

FLAG = """ <span class="cell-flag"><svg aria-hidden="true"><use href="#is-{icon}"/></svg>\
<span class="visually-hidden">{text}</span></span>"""


@register.simple_tag
def board_cell(box: Box[Cell]) -> SafeString:
    """A button that opens the visit: called name, what for, state as icon and word, length, and flags."""
    cell = box.thing
    assert cell is not None  # noqa: S101 - empty boxes are drawn by the template
    person = cell.person
    full_name = f"{person.called} {person.family_name}"
    return format_html(
        CELL,
        span=box.span,
        key=cell.visit.key,
        look=cell.look,
        narrow="" if box.wide else " cell-narrow",
        starts=_starts(cell.visit),
        url=reverse("visits:visit", args=[cell.visit.key]),
        full_name=full_name,
        what=cell.what,
        name=full_name if box.wide else person.called,
        flags=_flags(person, cell.grown),
        state=cell.state,
        break_=" ·" if box.wide else SafeString("<br>"),
        length=minutes(cell.visit.minutes),
    )


def _starts(visit: Visit) -> SafeString:
    """Who is not here yet can be moved: from which start."""
    return format_html(STARTS, visit.starts_at.isoformat()) if visit.chair_is_open else SafeString("")


def _flags(person: Patient, grown: bool) -> SafeString:
    flags = SafeString("")
    if grown:
        flags += format_html(FLAG, icon="grown", text="the order needs more than is booked")
    if person.same_name:  # type: ignore[attr-defined]  # set by with_same_name
        flags += format_html(FLAG, icon="same_name", text="same name as another patient")
    if person.needs_interpreter:
        flags += format_html(FLAG, icon="interpreter", text=f"interpreter: {person.language}")
    return flags
