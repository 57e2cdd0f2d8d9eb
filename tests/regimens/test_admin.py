import pytest

from infusion_center.accounts.models import User
from tests.people import signed_in


@pytest.fixture
def ada_edits(ada, loaded):
    User.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    return signed_in(ada)


@pytest.mark.parametrize("table", ["order", "lot", "stockmove", "source", "referenceload"])
def test_what_has_a_life_of_its_own_is_only_looked_at(ada_edits, table):
    assert ada_edits.get(f"/admin/regimens/{table}/").status_code == 200
    assert ada_edits.get(f"/admin/regimens/{table}/add/").status_code == 403


@pytest.mark.parametrize(
    "table", ["regimens/drug", "regimens/safetyrule", "regimens/regimen", "patients/term"]
)
def test_the_rule_book_has_one_way_in_and_it_is_not_the_admin(ada_edits, table):
    assert ada_edits.get(f"/admin/{table}/").status_code == 404
