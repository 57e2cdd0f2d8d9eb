"""Vials on the shelf: products, lots, and the ledger that nobody edits."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated, Reviewed
from patients.models import Patient
from regimens.models.formulary import Drug
from regimens.states import Container, LotSource, MoveKind


@pghistory.track()
class Product(Dated, Reviewed):
    """One NDC: labeler and size; container type and allergens live here (formulary.md, facts 7 and 8)."""

    drug = models.ForeignKey(Drug, on_delete=models.PROTECT, related_name="products")
    ndc = models.CharField(
        max_length=14, unique=True, help_text="With hyphens, as on the box: 4-4-2, 5-3-2, 5-4-1 or 5-4-2"
    )
    ndc11 = models.CharField(max_length=11, unique=True)
    gtin = models.CharField(max_length=14, null=True, blank=True, unique=True)
    labeler = models.CharField(max_length=80, blank=True)
    strength = models.CharField(max_length=60, blank=True)
    amount = models.DecimalField(max_digits=10, decimal_places=3, help_text="In one vial, in the unit beside")
    unit = models.CharField(max_length=8, default="mg")
    volume_ml = models.DecimalField(
        max_digits=9, decimal_places=3, null=True, blank=True, help_text="Empty: powder"
    )
    container = models.CharField(max_length=12, choices=Container.choices)
    days_once_open = models.PositiveSmallIntegerField(
        default=28,
        help_text="Of a multi-dose vial; 28 unless its label says otherwise (USP general chapter 797)",
    )
    allergens = models.JSONField(default=list, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "drug",
                "ndc",
                "ndc11",
                "gtin",
                "labeler",
                "strength",
                "amount",
                "unit",
                "volume_ml",
                "container",
                "days_once_open",
                "allergens",
            ]
        )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="vial_holds_something")]

    def __str__(self) -> str:
        return self.ndc


@pghistory.track()
class Lot(Dated):
    """A delivery of one NDC: lot number, expiry, landed cost of a vial, source (billing.md 8)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="lots")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=20)
    expires_on = models.DateField()
    cost_per_vial = models.DecimalField(max_digits=10, decimal_places=2)
    source = models.CharField(max_length=12, choices=LotSource.choices, default=LotSource.BUY_AND_BILL)
    patient = models.ForeignKey(
        Patient,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose, when white-bagged",
    )
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class PHI:
        fields = frozenset({"patient"})
        safe = frozenset(
            [
                "id",
                "site",
                "product",
                "number",
                "expires_on",
                "cost_per_vial",
                "source",
                "received_at",
                "received_by",
            ]
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cost_per_vial__gte=0), name="vial_cost_is_not_negative"),
            models.CheckConstraint(
                condition=Q(source="white_bag", patient__isnull=False)
                | ~Q(source="white_bag") & Q(patient=None),
                name="white_bag_lot_belongs_to_a_patient",
            ),
        ]


@pghistory.track()
class StockMove(models.Model):
    """A line of the ledger: a signed amount of one lot, in the product's unit. Reversed, never edited."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=10, choices=MoveKind.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    vials = models.DecimalField(max_digits=7, decimal_places=2, help_text="Opened by this move, or received")
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    reason = models.CharField(max_length=200, blank=True)
    witness = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id lot kind amount vials moved_at moved_by reverses reason witness".split())

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MoveKind.values), name="stock_move_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="reversed", reverses__isnull=False) | ~Q(kind="reversed") & Q(reverses=None),
                name="reversal_names_what_it_reverses",
            ),
            models.CheckConstraint(
                condition=Q(witness=None) | ~Q(witness=F("moved_by")), name="who_moves_is_no_witness"
            ),
        ]
        indexes = [models.Index(fields=["lot", "moved_at"], name="moves_of_a_lot")]
