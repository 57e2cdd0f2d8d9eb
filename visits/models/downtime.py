"""The pack for hours without the product: a day on paper."""

from django.db import models

from infusion_center.places.models import Site


class DowntimePack(models.Model):
    """One site's day as a PDF to print, made anew while the day changes.

    `version`: the day's, when it was made. `copy_problem`: why no copy lies in the folder that was asked for.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="downtime_packs")
    day = models.DateField()
    version = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()
    patients = models.PositiveSmallIntegerField()
    pdf = models.BinaryField()
    copy_problem = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = frozenset({"pdf"})
        safe = frozenset({"id", "site", "day", "version", "made_at", "patients", "copy_problem"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="one_downtime_pack_per_day")]
