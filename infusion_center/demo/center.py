"""The place, its chairs, its staff and who is there when."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infusion_center.accounts.demo import STAFF
from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.audit import history
from infusion_center.errors import DomainError
from infusion_center.places.models import OpeningHours, Site
from visits.models import Chair, LoadPolicy
from visits.services import hours, loads, staffing

OPENS, CLOSES = time(7, 30), time(17, 30)
# A demo nobody can book in is none: the center lies where it is late morning when it is first made.
PLACES = [
    "America/Chicago",
    "America/Los_Angeles",
    "America/New_York",
    "Pacific/Honolulu",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Europe/Berlin",
    "Africa/Nairobi",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Brisbane",
    "Pacific/Auckland",
    "Pacific/Tongatapu",
]
ADDRESS = {
    "name": "Lakeside Headache Infusion",
    "street": "200 West Lake Street",
    "city": "Chicago",
    "state": "IL",
    "postal_code": "606061234",
    "phone": "312-555-0100",
    "legal_name": "LAKESIDE HEADACHE INFUSION LLC",
    "npi": "1245319599",
    "tax_id": "362345678",
    "gpci_mac": "06102",
    "gpci_locality": "16",
}


def make(*, at: datetime) -> Site:
    """The site with twelve chairs and its staff; made once, found again later."""
    with history.verb("demo.center_made", by=None, at=at):
        site, new = Site.objects.get_or_create(slug="lakeside", defaults=ADDRESS | {"zone": _zone(at)})
        if new:
            _furnish(site)
        _hire(site)
    return site


def _zone(at: datetime) -> str:
    """The first place where the clock shows between 10:30 and 12:30, else between 9:30 and 13:30."""
    for early, late in ((time(10, 30), time(12, 30)), (time(9, 30), time(13, 30))):
        for zone in PLACES:
            if early <= at.astimezone(ZoneInfo(zone)).time() < late:
                return zone
    return PLACES[0]


def _furnish(site: Site) -> None:
    OpeningHours.objects.bulk_create(
        OpeningHours(site=site, weekday=weekday, opens=OPENS, closes=CLOSES) for weekday in range(7)
    )
    kinds = ["recliner"] * 10 + ["bed", "private"]
    Chair.objects.bulk_create(
        Chair(site=site, name=f"Chair {n}", kind=kind, dim=n >= 8, position=n)
        for n, kind in enumerate(kinds, start=1)
    )


def _hire(site: Site) -> None:
    for username, password, role, first, last, credentials, npi in STAFF:
        user, new = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "credentials": credentials,
                "npi": npi,
                "roles": [role],
                "taxonomy": "2084N0400X" if npi else "",
                "is_staff": role == Role.ADMINISTRATOR,
            },
        )
        if new:
            user.set_password(password)
            user.save(update_fields=["password"])
            user.sites.add(site)


def roster(*, site: Site, day: date, days: int, at: datetime) -> None:
    """Four nurses every day from 7:00 until after closing, with a lunch break one after the other."""
    nurses = User.objects.filter(sites=site, roles__contains=[Role.NURSE]).order_by("pk")
    for ahead in range(days):
        for position, nurse in enumerate(nurses):
            _shift(site, nurse, day + timedelta(days=ahead), position, at)


def _shift(site: Site, nurse: User, day: date, position: int, at: datetime) -> None:
    """Once: where a shift stands already, or the center is closed, the service refuses another."""
    starts_at, ends_at = site.moment(day, time(7, 0)), site.moment(day, time(23, 30))
    lunch = site.moment(day, time(11, 30)) + timedelta(minutes=30 * position)
    breaks = [(lunch, lunch + timedelta(minutes=30))]
    with suppress(DomainError):
        staffing.add_shift(
            site=site, nurse=nurse, starts_at=starts_at, ends_at=ends_at, breaks=breaks, by=None, at=at
        )


def look_ahead(*, site: Site, day: date, at: datetime) -> None:
    """What the manager has written down: a closed day, short hours, a nurse away, a load of our own."""
    if LoadPolicy.objects.filter(site=site).exists():
        return
    max_, ned = (User.objects.get(username=name) for name in ("max", "ned"))
    who: dict[str, Any] = {"by": max_, "at": at}
    closed = day + timedelta(days=12)
    hours.close_day(site=site, day=closed, reason="Roof repair", **who)
    hours.set_special(
        site=site,
        day=closed + timedelta(days=1),
        opens=time(10),
        closes=CLOSES,
        reason="Staff meeting",
        **who,
    )
    first, until = (site.moment(day + timedelta(days=n), time(0)) for n in (5, 10))
    staffing.add_absence(nurse=ned, starts_at=first, ends_at=until, reason="vacation", **who)
    source = "Nurses' meeting: one patient on DHE at a time, beside two light ones"
    loads.set_load(site=site, drug=None, class_tag="ergot", load=8, source=source, valid_from=day, **who)


def keep_open_around(*, site: Site, at: datetime) -> None:
    """Started in the evening or at night, the demo's day is stretched so that a chair can still be had."""
    wall = at.astimezone(site.zoneinfo)
    standing = OpeningHours.objects.get(site=site, weekday=wall.weekday())
    opens = min(standing.opens, wall.time().replace(minute=0, second=0, microsecond=0))
    closes = max(standing.closes, min(time(wall.hour + 6), time(23, 59)) if wall.hour < 18 else time(23, 59))
    if (opens, closes) != (standing.opens, standing.closes):
        hours.set_hours(site=site, weekday=standing.weekday, opens=opens, closes=closes, by=None, at=at)
