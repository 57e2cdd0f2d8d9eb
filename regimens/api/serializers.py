"""What the API says and takes; field by field, nothing by inheritance."""

from typing import Any

from rest_framework import serializers

from regimens.states import Indication, LotSource, Method, Starts


class DrugLine(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    brand_names = serializers.ListField(child=serializers.CharField())
    category = serializers.CharField()
    class_tags = serializers.ListField(child=serializers.CharField())
    orderable = serializers.BooleanField()
    observation_minutes = serializers.IntegerField()
    driver_required = serializers.BooleanField()
    max_patients_per_nurse = serializers.IntegerField()
    reviewed_on = serializers.DateField(allow_null=True)


class HcpcsLine(serializers.Serializer):
    code = serializers.CharField()
    unit_amount = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField()
    unit_basis = serializers.CharField()
    status = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    confidence = serializers.CharField()
    sources = serializers.ListField(child=serializers.CharField())


class VialLine(serializers.Serializer):
    strength = serializers.CharField()
    amount = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField()
    volume_ml = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    container = serializers.CharField()
    confidence = serializers.CharField()
    sources = serializers.ListField(child=serializers.CharField())


class DrugDetail(DrugLine):
    hcpcs_codes = HcpcsLine(many=True)
    vials = VialLine(many=True)
    row = serializers.JSONField(help_text="The row as shipped, with provenance per field")


class RegimenLine(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    population = serializers.CharField()
    driver = serializers.CharField()
    series_days = serializers.IntegerField(allow_null=True)
    chair_minutes = serializers.IntegerField()
    load = serializers.IntegerField()
    active = serializers.BooleanField()


class StepLine(serializers.Serializer):
    """What a recipe's and an order's step share. `dose` in a recipe may be per kg."""

    position = serializers.IntegerField()
    drug = serializers.CharField(source="drug.code")
    dose = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField()
    method = serializers.CharField()
    diluent = serializers.CharField()
    volume_ml = serializers.DecimalField(max_digits=7, decimal_places=2, allow_null=True)
    minutes = serializers.IntegerField()
    start_after = serializers.ListField(child=serializers.IntegerField())
    gap_minutes = serializers.IntegerField()
    mode = serializers.CharField()
    indication = serializers.CharField()
    only_if_pain_over = serializers.IntegerField(allow_null=True)


class RegimenStepLine(StepLine):
    per_kg = serializers.BooleanField()
    max_dose = serializers.DecimalField(max_digits=10, decimal_places=3, allow_null=True)
    optional = serializers.BooleanField()
    condition = serializers.CharField()
    note = serializers.CharField()


class OrderStepLine(StepLine):
    reckoning = serializers.CharField()
    note = serializers.CharField()


class RegimenDetail(RegimenLine):
    steps = RegimenStepLine(many=True, source="ordered_steps")
    row = serializers.JSONField(help_text="The row as shipped, with provenance")


class NewStep(serializers.Serializer):
    """One step as somebody wants it, in the order of the list."""

    drug = serializers.SlugField(help_text="Code of the drug")
    dose = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField(
        max_length=12, help_text="mg or mL; mg/kg or mL/kg rests on the newest weight of the last 30 days"
    )
    max_dose = serializers.DecimalField(
        max_digits=10,
        decimal_places=3,
        default=None,
        allow_null=True,
        help_text="That a dose per kg stops at",
    )
    method = serializers.ChoiceField(choices=Method.choices)
    minutes = serializers.IntegerField()
    volume_ml = serializers.DecimalField(max_digits=7, decimal_places=2, default=None, allow_null=True)
    diluent = serializers.CharField(max_length=120, default="", allow_blank=True)
    starts = serializers.ChoiceField(choices=Starts.choices, default=Starts.AFTER)
    gap_minutes = serializers.IntegerField(default=0)
    indication = serializers.ChoiceField(choices=Indication.choices, default=Indication.HEADACHE)
    only_if_pain_over = serializers.IntegerField(default=None, allow_null=True)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)


class NewOrder(serializers.Serializer):
    """From a regimen as it stands, or from `steps`; with both, the steps were made from the regimen."""

    patient = serializers.UUIDField(help_text="Key of the patient")
    regimen = serializers.SlugField(required=False)
    steps = NewStep(many=True, required=False)
    title = serializers.CharField(max_length=120, default="", allow_blank=True, help_text="Only with `steps`")
    without = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        default=list,
        help_text="Optional steps left out, by position",
    )
    note = serializers.CharField(max_length=500, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "regimen" not in attrs and "steps" not in attrs:
            raise serializers.ValidationError({"regimen": ["Name a regimen, or send the steps."]})
        return attrs


class OrderDetail(serializers.Serializer):
    key = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient.key")
    regimen = serializers.CharField(source="regimen.code", allow_null=True, default=None)
    title = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.CharField()
    chair_minutes = serializers.IntegerField()
    load = serializers.IntegerField()
    driver_required = serializers.BooleanField()
    weight_kg = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    note = serializers.CharField()
    written_at = serializers.DateTimeField()
    authority = serializers.CharField(
        help_text="provider; protocol or verbal: it begins before its signature"
    )
    begun_at = serializers.DateTimeField(allow_null=True)
    sign_by = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    steps = OrderStepLine(many=True, source="ordered_steps")


class NewLot(serializers.Serializer):
    code = serializers.CharField(
        max_length=100, help_text="NDC with hyphens or eleven digits, or a GS1 barcode"
    )
    number = serializers.CharField(max_length=20, required=False, help_text="May be left to the barcode")
    expires_on = serializers.DateField(required=False, help_text="May be left to the barcode")
    vials = serializers.IntegerField()
    cost_per_vial = serializers.DecimalField(max_digits=10, decimal_places=2)
    # The column is called so; DRF takes declared fields out of the class, nothing of its own is hidden.
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=LotSource.choices, default=LotSource.BUY_AND_BILL
    )
    patient = serializers.UUIDField(
        required=False, allow_null=True, help_text="Only for a lot sent for one patient"
    )


class LotLine(serializers.Serializer):
    id = serializers.IntegerField()
    drug = serializers.CharField(source="product.drug.code")
    ndc = serializers.CharField(source="product.ndc")
    number = serializers.CharField()
    expires_on = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]  # as above
    patient = serializers.UUIDField(source="patient.key", allow_null=True, default=None)
    cost_per_vial = serializers.DecimalField(max_digits=10, decimal_places=2)
    amount_on_hand = serializers.DecimalField(max_digits=14, decimal_places=3, source="on_hand.amount")
    vials_on_hand = serializers.DecimalField(max_digits=9, decimal_places=2, source="on_hand.vials")
    unit = serializers.CharField(source="product.unit")
