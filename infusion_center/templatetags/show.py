"""How things are shown: local times, ages, doses, money, statuses. A builtin of every template."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import dateformat
from django.utils.translation import get_language_info

from infusion_center.shared import clock

register = template.Library()


@register.filter
def clock_time(at: datetime | None, site: Any = None) -> str:
    """`09:05` on the site's wall clock; an em dash where there is none."""
    return at.astimezone(_zone(site)).strftime("%H:%M") if at else "–"


@register.filter
def wall(at: datetime | None, form: str) -> str:
    """A moment that stands on the site's wall clock already, in Django's date format and the page's language.

    Not `date`: that one would turn it back into UTC.
    """
    return dateformat.format(at, form) if at else "–"


@register.filter
def day_time(at: datetime | None, site: Any = None) -> str:
    """`Fri 20 Nov 2026 09:05 CST` on the site's wall clock."""
    return at.astimezone(_zone(site)).strftime("%a %d %b %Y %H:%M %Z") if at else "–"


@register.filter
def local_day(at: datetime | None, site: Any = None) -> str:
    """`20 Nov 2026`: the site's day of a moment."""
    return at.astimezone(_zone(site)).strftime("%d %b %Y") if at else "–"


@register.filter
def iso_local(at: datetime | None, site: Any = None) -> str:
    """`2026-11-20T09:05`: the value of a datetime-local input."""
    return at.astimezone(_zone(site)).strftime("%Y-%m-%dT%H:%M") if at else ""


@register.filter
def initials(person: Any) -> str:
    """`PP` of Pia Pell: read from across the room."""
    return "".join(name[:1].upper() for name in (person.given_name, person.family_name) if name)


@register.filter
def day(value: date | None) -> str:
    """`20 Nov 2026`."""
    return value.strftime("%d %b %Y") if value else "–"


@register.filter
def age(birth_date: date, at: Any) -> str:
    """`46 y` on a day or at a moment; months under two years."""
    on = at.date() if isinstance(at, datetime) else at
    years = clock.age_on(birth_date, on)
    if years >= 2:
        return f"{years} y"
    return f"{(on.year - birth_date.year) * 12 + on.month - birth_date.month - (on.day < birth_date.day)} mo"


@register.filter
def dose(amount: Decimal | None, unit: str = "") -> str:
    """`0.5 mg`, `1000 mL`: without trailing zeros."""
    if amount is None:
        return "–"
    return f"{amount.normalize():f} {unit}".strip()


@register.filter
def dollars(amount: Decimal | None) -> str:
    """`$1,234.50`."""
    return "–" if amount is None else f"${amount:,.2f}"


@register.filter
def minutes(count: int | None) -> str:
    """`45 min`, `2 h 05`."""
    if count is None:
        return "–"
    count = int(count)
    return f"{count} min" if count < 60 else f"{count // 60} h {count % 60:02d}"


@register.filter
def words(code: str) -> str:
    """`gi_ulcer_or_bleed` as `gi ulcer or bleed`."""
    return str(code).replace("_", " ")


@register.filter
def language(code: str) -> str:
    """`es` as `Spanish`; a code nobody knows stays as it is."""
    try:
        return get_language_info(code)["name"]
    except KeyError:
        return code


@register.filter
def long_ago(days: int) -> str:
    """`today`, `12 days`, `7 months`, `6 years`."""
    for unit, length in (("year", 365), ("month", 30), ("day", 1)):
        if days >= (2 * length if length > 1 else 1):
            count = days // length
            return f"{count} {unit}" + ("s" if count != 1 else "")
    return "today"


@register.simple_tag(takes_context=True)
def now_local(context: template.Context, pattern: str = "%H:%M") -> str:
    """This minute on the site's wall clock."""
    return clock.now().astimezone(_zone(context.get("site"))).strftime(pattern)


def _zone(site: Any) -> ZoneInfo:
    return ZoneInfo(getattr(site, "zone", None) or "UTC")


@register.simple_tag
def form_key(kept: uuid.UUID | str = "") -> str:
    """A new random key for a form, or the one a draft of it has kept."""
    return str(kept or uuid.uuid4())
