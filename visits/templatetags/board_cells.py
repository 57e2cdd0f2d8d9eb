"""One cell of the Today board, in Python: a full day has hundreds, and every desk asks for them again.

Written as text, with what people typed escaped by hand: `format_html` and `reverse` took a third of the page.
"""

from functools import cache
from html import escape
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from infusion_center.templatetags.show import minutes
from patients.models import Patient
from visits.models import Visit
from visits.rules.board import Box
from visits.selectors.board import COMFORT, NO_COVER, NO_DRIVER, OVERDUE, Cell
from visits.states import HOLDS_CHAIR

register = template.Library()

FLAG = """ <span class="cell-flag"><svg aria-hidden="true"><use href="#is-{}"/></svg>\
<span class="visually-hidden">{}</span></span>"""
ICONS = {NO_DRIVER: "driver", NO_COVER: "cover", COMFORT: "comfort"}
ANY_KEY = UUID(int=0)


@register.simple_tag
def board_cell(box: Box[Cell], only: str = "") -> SafeString:
    """A button that opens the visit: called name, what for, state as icon and word, length, and flags.

    With `only`, what is outside that list or light steps back.
    """
    cell = box.thing
    assert cell is not None  # noqa: S101 - empty boxes are drawn by the template
    person, key, what = cell.person, cell.visit.key, escape(cell.what)
    called = escape(person.called)
    full_name = f"{called} {escape(person.family_name)}"
    before, after = _address()
    title = f"{full_name}: {what}{_told(cell)}"
    state = escape(cell.lights.get(OVERDUE, cell.state))
    return SafeString(
        f'<td colspan="{box.span}"><button type="button" id="visit-{key}"'
        f' class="cell cell-{cell.look}{_kind(box, cell, only)}"{_times(cell.visit)}'
        f' hx-get="{before}{key}{after}" hx-target="#side" hx-swap="innerHTML" title="{title}">'
        f'<span class="cell-name"><span class="cell-called">{full_name if box.wide else called}</span>'
        f"{_flags(person, cell)}</span>"
        f'<span class="cell-what">{what}</span><span class="cell-state">'
        f'<svg aria-hidden="true"><use href="#is-{cell.look}"/></svg> {state}'
        f"{' ·' if box.wide else '<br>'} {minutes(cell.visit.minutes)}</span></button></td>"
    )


@cache
def _address() -> list[str]:
    """What stands before and after a visit's key in the address of its panel."""
    return reverse("visits:visit", args=[ANY_KEY]).split(str(ANY_KEY))


def _times(visit: Visit) -> str:
    """Who is not here yet can be moved: from which start. Who is not gone can stay longer: than when."""
    starts = f' data-starts="{visit.starts_at.isoformat()}"' if visit.chair_is_open else ""
    if visit.status not in HOLDS_CHAIR:
        return starts
    return f'{starts} data-ends="{visit.ends_at.isoformat()}" data-minutes="{visit.minutes}"'


def _kind(box: Box[Cell], cell: Cell, only: str) -> str:
    kind = "" if box.wide else " cell-narrow"
    if OVERDUE in cell.lights:
        kind += " cell-overdue"
    return kind + " cell-back" if only and not cell.counts_for(only) else kind


def _told(cell: Cell) -> str:
    """What the icons say, for a pointer that rests."""
    return "".join(f"; {escape(words)}" for words in cell.lights.values())


def _flags(person: Patient, cell: Cell) -> str:
    flags = ""
    if cell.grown:
        flags += FLAG.format("grown", "the order needs more than is booked")
    if person.same_name:  # type: ignore[attr-defined]  # set by the board
        flags += FLAG.format("same_name", "same name as another patient")
    if person.needs_interpreter:
        flags += FLAG.format("interpreter", f"interpreter: {escape(person.language)}")
    for light, words in cell.lights.items():
        if light != OVERDUE:  # that one takes the place of the state
            flags += FLAG.format(ICONS[light], escape(words))
    return flags
