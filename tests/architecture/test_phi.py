"""Every field is PHI or it is safe; nothing is both, nothing is undeclared."""

import pytest
from django.apps import apps

from infusion_center.shared import phi

OURS = ["places", "accounts", "audit", "outbox", "patients", "regimens", "visits", "billing"]


def our_models():
    return [
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if not hasattr(model, "pgh_tracked_model")
    ]


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m._meta.label)
def test_every_field_is_phi_or_safe(model):
    fields, safe = phi.declared(model)
    names = {
        field.name
        for field in model._meta.get_fields()
        if getattr(field, "concrete", False) and not field.many_to_many
    }
    assert names - fields - safe == set(), "declare these in class PHI"
    assert fields & safe == set(), "declared both ways"
    assert fields - names == set(), "declared but gone"


def test_what_nobody_classified_is_treated_as_phi():
    from patients.models import Patient

    assert phi.is_phi(Patient, "birth_date")
    assert phi.is_phi(Patient, "a_field_of_tomorrow")
    assert not phi.is_phi(Patient, "key")
