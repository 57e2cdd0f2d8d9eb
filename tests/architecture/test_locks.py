"""A signature locks every table with clinical rows of a visit: a new one is locked, or says here why not."""

from django.apps import apps
from django.contrib import admin

from visits.models import Administration, Visit
from visits.models.locked import LockedOnceSigned

# Rows about a visit that may still come after the signature, and why.
LATER = {
    "VisitMove",  # append-only; the visit it moves is locked itself
    "CallRequest",  # of the front desk, before there was a visit
    "Occurrence",  # of a series: when the next one is due
    "Squeeze",  # of a day that is still to come
    "Retiming",
    "Waiting",  # who wants a time, what was freed and to whom it is offered: of the front desk
    "FreedTime",
    "Offer",
    "Draft",  # what somebody has typed and not sent, such as an addendum
    "SheetLink",  # a way to the sheet, asked for when they are home
    "Addendum",  # what comes after the signature
    "Correction",
    "CoSignature",
}


def about_a_visit():
    for model in apps.get_app_config("visits").get_models():
        related = {field.related_model for field in model._meta.local_fields if field.is_relation}
        if not hasattr(model, "pgh_tracked_model") and related & {Visit, Administration}:
            yield model


def locked(model):
    return any(isinstance(trigger, LockedOnceSigned) for trigger in getattr(model._meta, "triggers", ()))


def test_every_table_with_clinical_rows_of_a_visit_is_locked_by_its_signature():
    assert {model.__name__ for model in about_a_visit() if not locked(model)} == LATER


def test_the_signed_visit_is_locked_itself():
    assert "signed_stays" in {trigger.name for trigger in Visit._meta.triggers}


def test_no_chart_is_edited_in_the_admin():
    assert {model.__name__ for model in [Visit, *about_a_visit()] if admin.site.is_registered(model)} == set()
