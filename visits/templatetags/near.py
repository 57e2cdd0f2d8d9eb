"""Times near now, and windows in words."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template

from infusion_center.shared import clock
from regimens.rules.safety import sentences

register = template.Library()


@register.simple_tag(takes_context=True)
def near(context: template.Context, at: datetime | None) -> str:
    """`14:20` today, else `Thu 19 Nov 14:20`, on the site's wall clock."""
    site: Any = context.get("site")
    if at is None or site is None:
        return "–"
    wall = at.astimezone(site.zoneinfo)
    today = site.day_of(context.get("now") or clock.now())
    return wall.strftime("%H:%M" if wall.date() == today else "%a %d %b %H:%M")


@register.filter
def window(hours: Decimal) -> str:
    """`7 days`, `12 months`; `in a row` where there is no window."""
    return sentences.span(hours) if hours else "in a row"
