"""A row read by a statement that is written once is the row that the ORM reads."""

from uuid import uuid4

import pytest
from django.http import Http404

from infusion_center.shared.rows import HasConverters, row_of, row_or_404
from patients.models import Patient
from regimens.models import Check
from tests.people import enroll

pytestmark = pytest.mark.django_db


def test_it_has_every_column_as_the_orm_reads_it(felix, pia):
    enroll(by=felix, given_name="Another")
    found = row_of(Patient, "key", pia.key)
    assert found == pia
    names = [field.attname for field in Patient._meta.concrete_fields]
    by_the_orm = Patient.objects.get(pk=pia.pk)
    assert [getattr(found, name) for name in names] == [getattr(by_the_orm, name) for name in names]
    found.given_name = "Changed"
    found.save()
    assert Patient.objects.get(pk=pia.pk).given_name == "Changed"


def test_where_there_is_none_the_model_says_so_and_an_address_is_404():
    with pytest.raises(Patient.DoesNotExist):
        row_of(Patient, "key", uuid4())
    with pytest.raises(Http404):
        row_or_404(Patient, "key", uuid4())


def test_a_model_whose_columns_want_reading_is_refused():
    with pytest.raises(HasConverters):
        row_of(Check, "id", 1)
