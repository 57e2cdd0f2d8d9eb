"""One center: a site open every day (a benchmark must run on Sundays too), 12 chairs, four nurses, a desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from benchmarks.seed.copying import copy
from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.places.models import OpeningHours, Site
from visits.models import Chair, Shift

OPENS, CLOSES = time(7, 30), time(17, 30)
CHAIRS, NURSES = 12, 4


@dataclass(frozen=True)
class Center:
    site: Site
    chairs: list[Chair]
    nurses: list[User]
    desk: User
    provider: User


def open_center() -> Center:
    """All chairs are recliners: every visit may take any."""
    site = Site.objects.create(
        name="Benchmark Headache Infusion",
        slug="benchmark",
        street="1 Test Street",
        city="Chicago",
        state="IL",
        postal_code="606010001",
        phone="2905550100",
        legal_name="BENCHMARK INFUSION LLC",
        npi="1245319599",
        tax_id="362345678",
    )
    hours = [OpeningHours(site=site, weekday=day, opens=OPENS, closes=CLOSES) for day in range(7)]
    OpeningHours.objects.bulk_create(hours)
    chairs = [Chair(site=site, name=f"Chair {n}", position=n) for n in range(1, CHAIRS + 1)]
    Chair.objects.bulk_create(chairs)
    nurses = [_staff(f"nurse{n}", Role.NURSE, site) for n in range(1, NURSES + 1)]
    return Center(
        site,
        chairs,
        nurses,
        desk=_staff("desk", Role.FRONT_DESK, site),
        provider=_staff("provider", Role.PROVIDER, site),
    )


def shifts(center: Center, days: Iterable[date]) -> None:
    """Every nurse is there from opening to closing."""
    copy(
        Shift,
        (
            {"site_id": center.site.pk, "nurse_id": nurse.pk, "span": _opening(center.site, day)}
            for day in days
            for nurse in center.nurses
        ),
    )


def _opening(site: Site, day: date) -> DateTimeTZRange:
    return DateTimeTZRange(site.moment(day, OPENS), site.moment(day, CLOSES))


def _staff(username: str, role: str, site: Site) -> User:
    user = User.objects.create_user(username, roles=[role], first_name=username.capitalize())
    user.sites.add(site)
    return user
