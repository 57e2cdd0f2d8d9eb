"""What is said of lots beside the ledger: set aside, counted, kept cold, kept in reach."""

from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated
from regimens.models.stock import Lot, Product, StockMove
from regimens.states import AsideKind


def _staff(**kwargs: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs)


@pghistory.track()
class SetAside(Dated):
    """A lot nobody may open until somebody frees it. At most one stands per lot."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="set_aside", db_index=False)
    kind = models.CharField(max_length=10, choices=AsideKind.choices)
    reason = models.CharField(max_length=200)
    since = models.DateTimeField()
    by = _staff()
    freed_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it still stands")
    freed_by = _staff(null=True, blank=True)
    freed_because = models.CharField(max_length=200, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            ["id", "lot", "kind", "reason", "since", "by", "freed_at", "freed_by", "freed_because"]
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AsideKind.values), name="aside_kind_is_known"),
            models.UniqueConstraint(
                fields=["lot"], condition=Q(freed_at=None), name="a_lot_is_set_aside_once"
            ),
            models.CheckConstraint(
                condition=Q(freed_at=None, freed_by=None, freed_because="")
                | Q(freed_at__isnull=False, freed_by__isnull=False) & ~Q(freed_because=""),
                name="who_frees_a_lot_says_why",
            ),
        ]


@pghistory.track()
class LotCount(models.Model):
    """Somebody looked and counted, with a second person where the drug is controlled. Never edited."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="counts")
    expected = models.DecimalField(max_digits=12, decimal_places=3, help_text="By the ledger, in its unit")
    counted = models.DecimalField(max_digits=12, decimal_places=3)
    counted_at = models.DateTimeField()
    counted_by = _staff()
    witness = _staff(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Of the difference, if there is one")
    move = models.OneToOneField(
        StockMove,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The correction",
    )

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id lot expected counted counted_at counted_by witness reason move".split())

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                condition=Q(counted=F("expected"), move=None)
                | ~Q(counted=F("expected")) & Q(move__isnull=False) & ~Q(reason=""),
                name="a_difference_is_corrected_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(witness=None) | ~Q(witness=F("counted_by")), name="a_witness_is_somebody_else"
            ),
        ]


@pghistory.track()
class PackageCode(models.Model):
    """A barcode number that somebody said what it is of. Asked once, known to every site since."""

    gtin = models.CharField(max_length=14, unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="package_codes")
    learned_at = models.DateTimeField()
    learned_by = _staff()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id gtin product learned_at learned_by".split())


@pghistory.track()
class ParLevel(Dated):
    """How many vials of a product a site wants to have: order below `least`, up to `full`."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="par_levels")
    least = models.PositiveSmallIntegerField()
    full = models.PositiveSmallIntegerField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id site product least full".split())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "product"], name="one_par_level_of_a_product"),
            models.CheckConstraint(
                condition=Q(full__gte=F("least"), full__gt=0), name="full_is_not_below_least"
            ),
        ]


@pghistory.track()
class Fridge(Dated):
    """A refrigerator for drugs and what it must stay between, in degrees Celsius."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="fridges", db_index=False)
    name = models.CharField(max_length=40)
    low_c = models.DecimalField(max_digits=4, decimal_places=1, default=2)
    high_c = models.DecimalField(max_digits=4, decimal_places=1, default=8)
    active = models.BooleanField(default=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id site name low_c high_c active".split())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="a_fridge_has_its_name_once"),
            models.CheckConstraint(condition=Q(low_c__lt=F("high_c")), name="a_fridge_has_a_span"),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class FridgeReading(models.Model):
    """What the thermometer said. Never edited; outside the span it says what was done."""

    fridge = models.ForeignKey(Fridge, on_delete=models.PROTECT, related_name="readings", db_index=False)
    celsius = models.DecimalField(max_digits=4, decimal_places=1)
    outside = models.BooleanField(help_text="Of the fridge's span as it was then")
    done_about = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField()
    read_by = _staff()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id fridge celsius outside done_about read_at read_by".split())

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                condition=Q(outside=False) | ~Q(done_about=""), name="outside_says_what_was_done"
            ),
        ]
        indexes = [models.Index(fields=["fridge", "read_at"], name="readings_of_a_fridge")]
