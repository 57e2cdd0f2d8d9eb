"""What goes in and comes out of the note's API."""

from rest_framework import serializers

from visits.states import CORRECTABLE, IN_ERROR, Corrected

FIELDS = sorted({IN_ERROR, *(field for fields in CORRECTABLE.values() for field in fields)})


class SectionOut(serializers.Serializer):
    title = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())


class AddendumOut(serializers.Serializer):
    text = serializers.CharField()
    reason = serializers.CharField()
    written_at = serializers.DateTimeField()
    written_by = serializers.CharField(source="written_by.name")


class CorrectionOut(serializers.Serializer):
    kind = serializers.CharField()
    row = serializers.IntegerField()
    field = serializers.CharField()
    was = serializers.CharField()
    found_at = serializers.DateTimeField(allow_null=True)
    found = serializers.DecimalField(max_digits=10, decimal_places=3, allow_null=True)
    reason = serializers.CharField()
    written_at = serializers.DateTimeField()
    written_by = serializers.CharField(source="written_by.name")


class CoSignatureOut(serializers.Serializer):
    provider = serializers.CharField(source="provider.name")
    asked_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)


class NoteOut(serializers.Serializer):
    """`seen`: what a signature has to name, so that nothing is signed unread; empty once it is signed."""

    visit = serializers.UUIDField(source="visit.key")
    patient = serializers.UUIDField(source="visit.patient.key")
    signed_at = serializers.DateTimeField(source="visit.signed_at", allow_null=True)
    signed_by = serializers.CharField(source="visit.signed_by.name", default=None)
    sections = SectionOut(many=True)
    before = serializers.CharField()
    after = serializers.CharField()
    version = serializers.IntegerField()
    seen = serializers.CharField()
    why_not = serializers.CharField(help_text="What stands in the way of a signature")
    sha256 = serializers.CharField(source="note.sha256", default="")
    pdf_sha256 = serializers.CharField(source="note.paper.sha256", default="")
    intact = serializers.BooleanField(allow_null=True)
    addenda = AddendumOut(many=True)
    corrections = CorrectionOut(many=True)
    cosignatures = CoSignatureOut(many=True)


class WriteIn(serializers.Serializer):
    patient = serializers.UUIDField()
    before = serializers.CharField(allow_blank=True, trim_whitespace=False)
    after = serializers.CharField(allow_blank=True, trim_whitespace=False)
    version = serializers.IntegerField(min_value=0)


class SignIn(WriteIn):
    seen = serializers.CharField(max_length=64)


class AddendumIn(serializers.Serializer):
    patient = serializers.UUIDField()
    text = serializers.CharField()
    reason = serializers.CharField(max_length=200)


class CorrectionIn(serializers.Serializer):
    patient = serializers.UUIDField()
    kind = serializers.ChoiceField(Corrected.choices)
    row = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    field = serializers.ChoiceField(FIELDS)
    found_at = serializers.DateTimeField(required=False)
    found = serializers.DecimalField(max_digits=10, decimal_places=3, required=False)
    reason = serializers.CharField(max_length=200)
