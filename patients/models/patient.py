"""Who the person is, how to reach them, and who stands beside them."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, GeneratedField, Q, Value
from django.db.models.functions import Concat

from infusion_center.shared.dated import Dated
from patients.states import Answer, PhoneKind, Sex, YesNo


class Fold(Func):
    """Lower case without accents; an immutable SQL function of ours (migration 0001)."""

    function = "fold"
    output_field = models.TextField()


class Sound(Func):
    """How a name sounds (double metaphone)."""

    function = "dmetaphone"
    output_field = models.TextField()


NAME = Concat(
    F("given_name"),
    Value(" "),
    F("preferred_name"),
    Value(" "),
    F("family_name"),
    Value(" "),
    F("former_name"),
    output_field=models.TextField(),
)


class PatientQuerySet(models.QuerySet["Patient"]):
    def kept(self) -> "PatientQuerySet":
        """Without the records that were merged into another."""
        return self.filter(merged_into=None)


@pghistory.track(exclude=["search_name", "family_sound", "given_sound"])
class Patient(Dated):
    """One person. `key` is what URLs carry; `number` is what staff read aloud.

    Merging moves no row: `merged_into` points to the kept record, reads follow it, undo clears it.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=12, unique=True)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    preferred_name = models.CharField(max_length=80, blank=True)
    former_name = models.CharField(max_length=80, blank=True)
    birth_date = models.DateField()
    sex_at_birth = models.CharField(max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    gender = models.CharField(max_length=40, blank=True)
    pronouns = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=8, default="en")
    interpreter = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    email = models.EmailField(blank=True)
    street = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=30, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    died_on = models.DateField(null=True, blank=True, help_text="Empty: alive as far as we know")
    comfort = models.CharField(max_length=120, blank=True, help_text="Light, sound, smell, companion")

    # "None" and "listed" are answers somebody gave; they carry who was told and when.
    allergies = models.CharField(max_length=10, choices=Answer.choices, default=Answer.NOT_ASKED)
    allergies_reviewed_at = models.DateTimeField(null=True, blank=True)
    allergies_reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    medications = models.CharField(max_length=10, choices=Answer.choices, default=Answer.NOT_ASKED)
    medications_reviewed_at = models.DateTimeField(null=True, blank=True)
    medications_reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    conditions = models.CharField(max_length=10, choices=Answer.choices, default=Answer.NOT_ASKED)
    conditions_reviewed_at = models.DateTimeField(null=True, blank=True)
    conditions_reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    merged_at = models.DateTimeField(null=True, blank=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    search_name = GeneratedField(expression=Fold(NAME), output_field=models.TextField(), db_persist=True)
    family_sound = GeneratedField(
        expression=Sound(Fold("family_name")), output_field=models.TextField(), db_persist=True
    )
    given_sound = GeneratedField(
        expression=Sound(Fold("given_name")), output_field=models.TextField(), db_persist=True
    )

    objects = PatientQuerySet.as_manager()

    class PHI:
        fields = frozenset(
            "number given_name family_name preferred_name former_name "
            "birth_date sex_at_birth gender pronouns "
            "language interpreter email street city state postal_code died_on comfort allergies medications "
            "conditions search_name family_sound given_sound".split()
        )
        safe = frozenset(
            "id key allergies_reviewed_at "
            "allergies_reviewed_by medications_reviewed_at medications_reviewed_by "
            "conditions_reviewed_at conditions_reviewed_by merged_into merged_at merged_by".split()
        )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="patient_is_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None, merged_at=None, merged_by=None)
                | Q(merged_into__isnull=False, merged_at__isnull=False, merged_by__isnull=False),
                name="merged_patient_has_moment_and_person",
            ),
            models.CheckConstraint(
                condition=Q(sex_at_birth__in=Sex.values), name="sex_at_birth_is_known_word"
            ),
        ]
        indexes = [
            GinIndex(OpClass(F("search_name"), name="gin_trgm_ops"), name="patient_by_name_piece"),
            models.Index(F("family_sound"), F("given_sound"), name="patient_by_sound"),
            models.Index(
                Fold("family_name"),
                Fold("given_name"),
                name="patient_by_name",
                condition=Q(merged_into=None),
            ),
            models.Index(fields=["birth_date"], name="patient_by_birth_date"),
            models.Index(OpClass(F("search_name"), name="text_pattern_ops"), name="patient_by_name_start"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.number

    @property
    def name(self) -> str:
        """Family, given, and the name they go by: `Rice, Babara “Barb”`."""
        called = f" “{self.preferred_name}”" if self.preferred_name else ""
        return f"{self.family_name}, {self.given_name}{called}"

    @property
    def called(self) -> str:
        """What to say in the waiting room."""
        return self.preferred_name or self.given_name

    @property
    def needs_interpreter(self) -> bool:
        return self.interpreter == YesNo.YES


@pghistory.track()
class Phone(models.Model):
    """A number, as written and as digits, with the person's word on texting."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="phones")
    kind = models.CharField(max_length=8, choices=PhoneKind.choices, default=PhoneKind.MOBILE)
    written = models.CharField(max_length=30)
    digits = models.CharField(max_length=15, help_text="National digits only, for finding")
    may_text = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    may_text_at = models.DateTimeField(null=True, blank=True)
    may_text_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields = frozenset({"written", "digits"})
        safe = frozenset({"id", "patient", "kind", "may_text", "may_text_at", "may_text_by"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "digits"], name="one_row_per_phone_of_a_patient")
        ]
        indexes = [GinIndex(OpClass(F("digits"), name="gin_trgm_ops"), name="phone_by_digits")]


@pghistory.track()
class Identifier(models.Model):
    """What another system calls this person: how an import finds them again."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    system = models.CharField(max_length=120)
    value = models.CharField(max_length=80)

    class PHI:
        fields = frozenset({"value"})
        safe = frozenset({"id", "patient", "system"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="one_patient_per_identifier")]


@pghistory.track()
class Contact(models.Model):
    """Somebody to call: drives them home, decides for a child, stands by."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    drives = models.BooleanField(default=False)
    guardian = models.BooleanField(default=False)

    class PHI:
        fields = frozenset({"name", "relation", "phone"})
        safe = frozenset({"id", "patient", "drives", "guardian"})
