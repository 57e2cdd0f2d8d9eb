"""How many patients a nurse may have: a site's own loads, and what a state allows. Dated, with source."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.places.models import Site
from regimens.models import Drug


class Policy(models.Model):
    """A row that counts from a day on, until a later one of the same thing; who wrote it down, and when."""

    valid_from = models.DateField()
    source = models.CharField(max_length=200)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


_DATED = {"id", "valid_from", "source", "written_at", "written_by"}


@pghistory.track()
class LoadPolicy(Policy):
    """What a drug, or every drug of a class, loads a nurse with at this site. A drug's own row wins.

    `load` empty: from that day on as the formulary says.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="load_policies")
    drug = models.ForeignKey(Drug, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    class_tag = models.CharField(max_length=60, blank=True)
    load = models.PositiveSmallIntegerField(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(_DATED | {"site", "drug", "class_tag", "load"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(drug=None) & ~Q(class_tag="") | Q(drug__isnull=False, class_tag=""),
                name="load_policy_of_drug_or_class",
            ),
            models.CheckConstraint(
                condition=Q(load=None) | Q(load__range=(1, 12)), name="load_policy_from_1_to_12"
            ),
            models.UniqueConstraint(
                fields=["site", "drug", "class_tag", "valid_from"],
                name="one_load_policy_per_day",
                nulls_distinct=False,
            ),
        ]

    @property
    def about(self) -> str:
        return self.drug.name if self.drug else f"every {self.class_tag.replace('_', ' ')}"


@pghistory.track()
class RatioRule(Policy):
    """The most patients a nurse may have in a state, whatever they get. Empty: no such rule from that day."""

    state = models.CharField(max_length=2)
    patients_per_nurse = models.PositiveSmallIntegerField(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(_DATED | {"state", "patients_per_nurse"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(patients_per_nurse=None) | Q(patients_per_nurse__range=(1, 12)),
                name="ratio_rule_from_1_to_12",
            ),
            models.UniqueConstraint(fields=["state", "valid_from"], name="one_ratio_rule_per_day"),
        ]
