"""What goes into the API of reactions. What comes out is shaped with the chart's."""

from rest_framework import serializers

from visits.states import Grade, ReactionAction, ReactionKind, ReactionOutcome, Route


class ReactionIn(serializers.Serializer):
    """`administration` null: it is not clear after which drug."""

    patient = serializers.UUIDField()
    kind = serializers.ChoiceField(ReactionKind.choices)
    grade = serializers.ChoiceField(Grade.choices)
    began_at = serializers.DateTimeField()
    administration = serializers.UUIDField(allow_null=True)
    words = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    actions = serializers.ListField(child=serializers.ChoiceField(ReactionAction.choices), default=list)
    action_words = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class ReactionCorrectionIn(ReactionIn):
    reason = serializers.CharField(max_length=200)


class SettleIn(serializers.Serializer):
    """`ended_at`: of one that is over."""

    patient = serializers.UUIDField()
    outcome = serializers.ChoiceField(
        [one for one in ReactionOutcome.choices if one[0] != ReactionOutcome.ONGOING]
    )
    ended_at = serializers.DateTimeField(required=False)


class WrongIn(serializers.Serializer):
    patient = serializers.UUIDField()
    reason = serializers.CharField(max_length=200)


class ConfirmIn(serializers.Serializer):
    """`allergy_group`: the drug's own id or a group it belongs to; empty: an intolerance."""

    patient = serializers.UUIDField()
    allergy_group = serializers.CharField(max_length=80, allow_blank=True)


class SeenIn(serializers.Serializer):
    patient = serializers.UUIDField()


class EmergencyDoseIn(serializers.Serializer):
    """`key`: chosen by the sender; the same key sent twice is one dose."""

    patient = serializers.UUIDField()
    key = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(ReactionKind.choices)
    drug = serializers.CharField(max_length=80)
    code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    amount = serializers.DecimalField(max_digits=10, decimal_places=3)
    unit = serializers.CharField(max_length=12)
    route = serializers.ChoiceField(Route.choices)
    given_at = serializers.DateTimeField()
