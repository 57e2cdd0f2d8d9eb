"""The shape of patients in the API. What may be true is decided by the services."""

from typing import Any

from rest_framework import serializers

from patients.models import (
    Allergy,
    Condition,
    Coverage,
    HomeMedication,
    Measurement,
    Patient,
    Payer,
    Phone,
    PregnancyAnswer,
    Relationship,
)
from patients.states import MeasurementKind, PhoneKind, PregnancyStatus, Sex, YesNo


class PhoneSerializer(serializers.ModelSerializer[Phone]):
    class Meta:
        model = Phone
        fields = ["kind", "written", "may_text", "may_text_at"]
        read_only_fields = ["may_text_at"]


class PatientSerializer(serializers.ModelSerializer[Patient]):
    """Who the person is, and what is known of their lists."""

    phones = PhoneSerializer(many=True, read_only=True)

    class Meta:
        model = Patient
        fields = [
            "key",
            "number",
            "given_name",
            "family_name",
            "preferred_name",
            "former_name",
            "birth_date",
            "sex_at_birth",
            "gender",
            "pronouns",
            "language",
            "interpreter",
            "email",
            "street",
            "city",
            "state",
            "postal_code",
            "died_on",
            "comfort",
            "allergies",
            "medications",
            "conditions",
            "phones",
            "updated_at",
        ]
        read_only_fields = fields


class FoundSerializer(serializers.ModelSerializer[Patient]):
    """One line of a search."""

    phones = PhoneSerializer(many=True, read_only=True)
    same_name = serializers.BooleanField(read_only=True)
    found_as = serializers.CharField(source="found_as.number", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Patient
        fields = [
            "key",
            "number",
            "given_name",
            "family_name",
            "preferred_name",
            "birth_date",
            "interpreter",
            "phones",
            "same_name",
            "found_as",
        ]
        read_only_fields = fields


class QuestionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=120, help_text="Name, birth date, phone digits or number, in any order"
    )
    limit = serializers.IntegerField(min_value=1, max_value=50, default=20)


class NewPhoneSerializer(serializers.Serializer[Any]):
    written = serializers.CharField(max_length=30)
    kind = serializers.ChoiceField(choices=PhoneKind.choices, default=PhoneKind.MOBILE)
    may_text = serializers.ChoiceField(choices=YesNo.choices, default=YesNo.UNKNOWN)


class CorrectionSerializer(serializers.Serializer[Any]):
    """The facts of a patient; what is absent stays as it is."""

    given_name = serializers.CharField(max_length=80)
    family_name = serializers.CharField(max_length=80)
    birth_date = serializers.DateField()
    sex_at_birth = serializers.ChoiceField(choices=Sex.choices, required=False)
    preferred_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    former_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    gender = serializers.CharField(max_length=40, required=False, allow_blank=True)
    pronouns = serializers.CharField(max_length=30, required=False, allow_blank=True)
    language = serializers.CharField(max_length=8, required=False)
    interpreter = serializers.ChoiceField(choices=YesNo.choices, required=False)
    email = serializers.EmailField(required=False, allow_blank=True)
    street = serializers.CharField(max_length=120, required=False, allow_blank=True)
    city = serializers.CharField(max_length=60, required=False, allow_blank=True)
    state = serializers.CharField(max_length=30, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=10, required=False, allow_blank=True)
    died_on = serializers.DateField(required=False, allow_null=True)
    comfort = serializers.CharField(max_length=120, required=False, allow_blank=True)


class RegistrationSerializer(CorrectionSerializer):
    phones = NewPhoneSerializer(many=True, required=False)


class AllergySerializer(serializers.ModelSerializer[Allergy]):
    class Meta:
        model = Allergy
        fields = ["id", "text", "group", "reaction", "severe", "state", "unmapped", "recorded_at"]
        read_only_fields = ["state", "unmapped", "recorded_at"]


class ConditionSerializer(serializers.ModelSerializer[Condition]):
    class Meta:
        model = Condition
        fields = ["id", "text", "tag", "began_on", "ended_on", "state", "unmapped", "recorded_at"]
        read_only_fields = ["state", "unmapped", "recorded_at"]


class MedicationSerializer(serializers.ModelSerializer[HomeMedication]):
    class Meta:
        model = HomeMedication
        fields = [
            "id",
            "text",
            "groups",
            "ingredient",
            "started_on",
            "ended_on",
            "last_taken_at",
            "state",
            "unmapped",
            "recorded_at",
        ]
        read_only_fields = ["state", "unmapped", "recorded_at"]


class MeasurementSerializer(serializers.ModelSerializer[Measurement]):
    kind = serializers.ChoiceField(choices=MeasurementKind.choices)
    unit = serializers.CharField(
        max_length=8, help_text="kg or lb, cm or in, score, mmHg; kept as kg, cm, score, mmHg"
    )

    class Meta:
        model = Measurement
        fields = ["id", "kind", "value", "unit", "measured_at"]


class CoverageSerializer(serializers.ModelSerializer[Coverage]):
    payer = serializers.SlugRelatedField(
        slug_field="payer_id",
        queryset=Payer.objects.filter(active=True),
        help_text="The payer's id at the clearinghouse",
    )
    relationship = serializers.ChoiceField(choices=Relationship.choices, default=Relationship.SELF)
    rank = serializers.IntegerField(min_value=1, max_value=9, default=1)

    class Meta:
        model = Coverage
        fields = [
            "id",
            "payer",
            "rank",
            "member_id",
            "group_number",
            "relationship",
            "subscriber_given_name",
            "subscriber_family_name",
            "subscriber_birth_date",
            "subscriber_sex",
            "starts_on",
            "ends_on",
            "state",
        ]
        read_only_fields = ["state"]


class PregnancySerializer(serializers.ModelSerializer[PregnancyAnswer]):
    status = serializers.ChoiceField(choices=PregnancyStatus.choices)

    class Meta:
        model = PregnancyAnswer
        fields = ["id", "status", "due_on", "contraception", "breastfeeding", "answered_at"]
        read_only_fields = ["answered_at"]


class AnswerSerializer(serializers.Serializer[Any]):
    """`none`: nothing to list. `reviewed`: read through, nothing changed."""

    what = serializers.ChoiceField(
        choices=[(word, word) for word in ("allergies", "medications", "conditions")]
    )
    answer = serializers.ChoiceField(choices=[(word, word) for word in ("none", "reviewed")])


class AnswersSerializer(serializers.ModelSerializer[Patient]):
    """How the three lists stand."""

    class Meta:
        model = Patient
        fields = [
            "allergies",
            "allergies_reviewed_at",
            "medications",
            "medications_reviewed_at",
            "conditions",
            "conditions_reviewed_at",
        ]
        read_only_fields = fields
