"""The shape of results, answers and doses at home in the API."""

from typing import Any

from rest_framework import serializers

from patients.models import HomeDose, Result, ScreeningAnswer
from patients.states import AskedDuring, Finding, Question, ResultKind, ResultMethod, YesNo


class ResultSerializer(serializers.ModelSerializer[Result]):
    """A number in the unit of its kind, or an outcome; every time is given, none is assumed."""

    kind = serializers.ChoiceField(choices=ResultKind.choices)
    number = serializers.DecimalField(
        max_digits=7,
        decimal_places=2,
        required=False,
        allow_null=True,
        help_text="ECG: QTc in ms; creatinine, glucose, magnesium mg/dL; clearance mL/min; ALT, AST U/L; "
        "potassium mmol/L",
    )
    outcome = serializers.ChoiceField(choices=Finding.choices, required=False, allow_blank=True)
    method = serializers.ChoiceField(
        choices=ResultMethod.choices, required=False, allow_blank=True, help_text="Empty: the usual one"
    )
    computed_from: Any = serializers.SlugRelatedField(slug_field="key", read_only=True)

    class Meta:
        model = Result
        fields = [
            "key",
            "kind",
            "number",
            "unit",
            "outcome",
            "method",
            "note",
            "taken_at",
            "recorded_at",
            "computed_from",
            "in_error_at",
            "in_error_reason",
        ]
        read_only_fields = ["key", "unit", "recorded_at", "in_error_at", "in_error_reason"]


class ScreeningSerializer(serializers.ModelSerializer[ScreeningAnswer]):
    """One answer to one question. A question that is absent from the list was not asked."""

    question = serializers.ChoiceField(choices=Question.choices)
    answer = serializers.ChoiceField(choices=YesNo.choices)
    asked_during = serializers.ChoiceField(choices=AskedDuring.choices, default=AskedDuring.RECORD)
    number = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=500, help_text="Of an infusion of a series"
    )

    class Meta:
        model = ScreeningAnswer
        fields = [
            "question",
            "answer",
            "number",
            "block_drug",
            "block_mg",
            "block_at",
            "asked_during",
            "asked_at",
        ]
        read_only_fields = ["asked_at"]


class HomeDoseSerializer(serializers.ModelSerializer[HomeDose]):
    """`drug`: the code of our drug. `amount` in mg; null: the patient does not know."""

    class Meta:
        model = HomeDose
        fields = ["key", "drug", "amount", "unit", "told", "taken_at", "recorded_at"]
        read_only_fields = ["key", "unit", "recorded_at"]
        # The service refuses what is there twice, in words; a validator here would want every field.
        validators: list[Any] = []
        extra_kwargs = {"amount": {"required": True}}
