"""Sites: where the center works. Known to everyone, knows nobody."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

import pghistory
from django.core.exceptions import ValidationError
from django.db import models

from infusion_center.shared import clock
from infusion_center.shared.dated import Dated


def known_zone(name: str) -> None:
    """Raises ValidationError for a zone name that does not exist."""
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone name such as America/Chicago.")


@pghistory.track()
class Site(Dated):
    """One infusion center with its own zone, hours and billing identity."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    zone = models.CharField(max_length=60, default="America/Chicago", validators=[known_zone])
    street = models.CharField(max_length=120)
    city = models.CharField(max_length=60)
    state = models.CharField(max_length=2)
    postal_code = models.CharField(max_length=10)
    phone = models.CharField(max_length=20)

    # The billing provider (billing.md 10): an organisation's NPI, tax id and taxonomy.
    legal_name = models.CharField(max_length=60)
    npi = models.CharField(max_length=10)
    tax_id = models.CharField(max_length=9)
    taxonomy = models.CharField(max_length=10, default="261QI0500X")
    place_of_service = models.CharField(max_length=2, default="11")
    gpci_mac = models.CharField(max_length=5, blank=True)
    gpci_locality = models.CharField(max_length=2, blank=True)
    charge_multiplier = models.DecimalField(max_digits=5, decimal_places=2, default=3)

    # Planning defaults in minutes (data/formulary.json, meta and regimens).
    turnover_minutes = models.PositiveSmallIntegerField(default=15)
    setup_minutes = models.PositiveSmallIntegerField(default=15)
    discharge_minutes = models.PositiveSmallIntegerField(default=10)
    start_occupies_nurse_minutes = models.PositiveSmallIntegerField(default=15)
    load_per_nurse = models.PositiveSmallIntegerField(default=12)
    hold_minutes = models.PositiveSmallIntegerField(default=5)
    reminder_hours_before = models.PositiveSmallIntegerField(default=24)
    may_move_minutes = models.PositiveSmallIntegerField(
        "booked starts may be moved by, minutes",
        default=60,
        help_text="When somebody is squeezed in, after a call to whoever moves; 0: nobody is asked to",
    )

    # From when on the board calls somebody late or overdue; minutes.
    late_after_minutes = models.PositiveSmallIntegerField(
        "late, minutes after the start", default=10, help_text="Booked and not here yet"
    )
    waiting_at_most_minutes = models.PositiveSmallIntegerField(
        "waiting at most, minutes", default=20, help_text="Here and in no chair"
    )
    first_drop_within_minutes = models.PositiveSmallIntegerField(
        "first drug within, minutes", default=30, help_text="In a chair and nothing given yet"
    )
    over_at_most_minutes = models.PositiveSmallIntegerField(
        "over time at most, minutes", default=15, help_text="In a chair past the planned end"
    )

    # Of one patient; empty: no limit. Beyond it only with the ability to overbook, and a reason.
    most_bookings_ahead = models.PositiveSmallIntegerField(
        "bookings ahead, at most", null=True, blank=True, default=12, help_text="Of one patient, all sites"
    )
    most_rescues_in_30_days = models.PositiveSmallIntegerField(
        "rescue visits in 30 days, at most",
        null=True,
        blank=True,
        help_text="Of one patient, those booked too",
    )

    next_agent_after_score = models.BooleanField(
        "Next agent only after the pain was asked",
        default=False,
        help_text="One agent at a time, each with its effect; why it cannot be asked may be said instead",
    )

    # Switches the safety rules look at: what is not switched on is not there.
    acls_on_site = models.BooleanField("ACLS on site", default=False)
    anesthesia_provider = models.BooleanField("Anesthesia-trained provider on site", default=False)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "name",
                "slug",
                "zone",
                "street",
                "city",
                "state",
                "postal_code",
                "phone",
                "legal_name",
                "npi",
                "tax_id",
                "taxonomy",
                "place_of_service",
                "gpci_mac",
                "gpci_locality",
                "charge_multiplier",
                "turnover_minutes",
                "setup_minutes",
                "discharge_minutes",
                "start_occupies_nurse_minutes",
                "load_per_nurse",
                "hold_minutes",
                "reminder_hours_before",
                "may_move_minutes",
                "late_after_minutes",
                "waiting_at_most_minutes",
                "first_drop_within_minutes",
                "over_at_most_minutes",
                "most_bookings_ahead",
                "most_rescues_in_30_days",
                "next_agent_after_score",
                "acls_on_site",
                "anesthesia_provider",
            ]
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zoneinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def day_of(self, at: datetime) -> date:
        """The site's business date of a moment."""
        return clock.local_day(at, self.zone)

    def moment(self, day: date, wall: time) -> datetime:
        """The moment the site's wall clock shows `wall` on `day`."""
        return clock.moment(day, wall, self.zone)


def _closes_later(name: str) -> models.CheckConstraint:
    later = models.Q(closes__gt=models.F("opens")) | models.Q(closes=time(0))
    return models.CheckConstraint(condition=later, name=name)


@pghistory.track()
class OpeningHours(models.Model):
    """When a site is open on a weekday (0 = Monday). No row: closed that day.

    Closing at 00:00 is midnight at the end of the day; opening then too, the site is open around the clock.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "site", "weekday", "opens", "closes"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "weekday"], name="one_row_of_hours_per_weekday"),
            _closes_later("site_closes_after_it_opens"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_is_monday_to_sunday"),
        ]


@pghistory.track()
class Closure(models.Model):
    """A day on which a site is closed although its weekday is open."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="closures")
    day = models.DateField()
    reason = models.CharField(max_length=120)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "site", "day", "reason"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="one_closure_per_day")]


@pghistory.track()
class SpecialHours(models.Model):
    """Other hours on one day: they count instead of the weekday's, and open a day that is usually closed."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="special_hours")
    day = models.DateField()
    opens = models.TimeField()
    closes = models.TimeField()
    reason = models.CharField(max_length=120)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "site", "day", "opens", "closes", "reason"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "day"], name="one_row_of_special_hours_per_day"),
            _closes_later("special_hours_close_after_they_open"),
        ]
