"""What the API says and takes about claims; field by field."""

from rest_framework import serializers

from billing.states import ClaimState


class Money(serializers.DecimalField):
    """Dollars as a string with two places."""

    def __init__(self) -> None:
        super().__init__(max_digits=12, decimal_places=2)


class HoldLine(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    sentence = serializers.CharField()
    raised_at = serializers.DateTimeField()


class ClaimRow(serializers.Serializer):
    """`patient` and `visit` are keys."""

    key = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=ClaimState.choices)
    patient = serializers.UUIDField(source="patient.key")
    payer = serializers.CharField(source="coverage.payer.payer_id", allow_null=True, default=None)
    service_on = serializers.DateField()
    total = Money()
    holds = HoldLine(many=True, source="open_holds")


class ServiceLine(serializers.Serializer):
    position = serializers.IntegerField()
    kind = serializers.CharField()
    code = serializers.CharField()
    modifiers = serializers.ListField(child=serializers.CharField())
    units = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit_charge = serializers.DecimalField(max_digits=12, decimal_places=4)
    charge = Money()
    service_on = serializers.DateField()
    description = serializers.CharField()
    ndc11 = serializers.CharField()
    ndc_quantity = serializers.DecimalField(max_digits=12, decimal_places=3, allow_null=True)
    ndc_unit = serializers.CharField()
    sources = serializers.ListField(child=serializers.UUIDField(), help_text="Administrations behind it")
    price_note = serializers.CharField()


class ClaimDetail(ClaimRow):
    visit = serializers.UUIDField(source="visit.key")
    diagnoses = serializers.ListField(child=serializers.CharField(), help_text="Principal first")
    coded_at = serializers.DateTimeField(allow_null=True)
    lines = ServiceLine(many=True, source="ordered_lines")


class Diagnoses(serializers.Serializer):
    codes = serializers.ListField(
        child=serializers.CharField(max_length=10), help_text="The whole list, principal first"
    )


class FileRow(serializers.Serializer):
    key = serializers.UUIDField()
    control_number = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    downloaded_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    claims = serializers.IntegerField(source="carries")


class AnswerUpload(serializers.Serializer):
    file = serializers.FileField()


class AnswerRow(serializers.Serializer):
    """`submission` is the key of the file it answers."""

    key = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.CharField()
    submission = serializers.UUIDField(source="submission.key", allow_null=True, default=None)
    received_at = serializers.DateTimeField()
