"""Our vocabularies, and how other people's codes map to them. Loaded by `load_reference`."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from infusion_center.shared.dated import Reviewed
from patients.states import VocabularyKind


@pghistory.track()
class Term(Reviewed):
    """One id of `vocab` in the formulary: a condition tag, an allergy group or a home medication group."""

    kind = models.CharField(max_length=10, choices=VocabularyKind.choices)
    term = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    members = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    row = models.JSONField(default=dict, blank=True, help_text="What else the rules know of it")

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "kind", "term", "label", "members", "row"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "term"], name="one_row_per_term")]

    def __str__(self) -> str:
        return f"{self.kind} {self.term}"


@pghistory.track()
class CodeMapping(Reviewed):
    """A code of RxNorm, SNOMED CT or ICD-10 and what it means here; no `terms`: it matters to no rule.

    The systems `ingredient`, `brand`, `substance` and `words` map names instead: the code is the name, in
    lower case, where `*` stands for anything (docs/decisions/0011).
    """

    system = models.CharField(max_length=12)
    code = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=VocabularyKind.choices)
    terms = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    ingredient = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "system", "code", "kind", "terms", "ingredient", "note"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "code", "kind"], name="one_meaning_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code} {self.kind}"
