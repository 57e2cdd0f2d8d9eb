"""`manage.py seed_demo`: a believable day at an invented center. Run again, it adds only what is missing."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from infusion_center.accounts.demo import DEMO_LOGINS
from infusion_center.demo import center, claims, day, people, series, shelf, year
from infusion_center.shared import clock

__all__ = ["DEMO_LOGINS", "Command"]


class Command(BaseCommand):
    help = "Make the demo center and today's visits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=0, help="Live through so many days before today")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        site = center.make(at=at)
        center.keep_open_around(site=site, at=at)
        center.roster(site=site, day=site.day_of(at), days=36, at=at)
        center.look_ahead(site=site, day=site.day_of(at), at=at)
        staff = day.Staff()
        earlier = at - timedelta(hours=5)
        shelf.fill(site=site, by=staff.nurse, at=earlier)
        guests = people.make(desk=staff.desk, nurse=staff.nurse, at=earlier)
        lived = year.make(site=site, patients=guests, days=options["days"], at=at) if options["days"] else 0
        made = day.make(site=site, patients=guests, at=at)
        coming_back = series.make(site=site, patients=guests, at=at)
        claims.make(at=at)
        self.stdout.write(
            f"{site.name} ({site.zone}): {len(guests)} adult patients, {made} visits made for today, "
            f"{coming_back} series." + (f" {lived} visits of the days before." if lived else "")
        )
