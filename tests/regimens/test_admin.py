import pytest

from infusion_center.accounts.models import User
from regimens.models import Drug, Regimen, RegimenStep
from tests.people import signed_in


@pytest.fixture
def ada_edits(ada, loaded):
    User.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    return signed_in(ada)


def form_of(answer):
    """What a browser would send back unchanged."""
    page = answer.context
    sent = {name: _said(value) for name, value in page["adminform"].form.initial.items()}
    for inline in page["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        sent |= {f"{prefix}-TOTAL_FORMS": inline.formset.initial_form_count()}
        sent |= {f"{prefix}-INITIAL_FORMS": inline.formset.initial_form_count()}
        for form in inline.formset.initial_forms:
            sent |= {form.add_prefix(name): _said(form[name].initial) for name in form.fields}
    return {name: value for name, value in sent.items() if value is not None and value is not False}


def _said(value):
    value = value() if callable(value) else value
    if isinstance(value, list):
        return ",".join(map(str, value))
    return getattr(value, "pk", value)


def test_editing_a_drug_is_reviewing_it(ada_edits, ada):
    drug = Drug.objects.get(code="eptinezumab")
    path = f"/admin/regimens/drug/{drug.pk}/change/"
    sent = form_of(ada_edits.get(path)) | {"observation_minutes": 45}
    assert ada_edits.post(path, sent).status_code == 302
    drug.refresh_from_db()
    assert (drug.observation_minutes, drug.reviewed_by) == (45, ada)
    assert drug.row["generic_name"]  # what the form does not show stays
    assert Regimen.objects.get(code="eptinezumab_100").chair_minutes == 100


def test_editing_a_step_reckons_the_regimen_and_reviews_it(ada_edits, ada):
    regimen = Regimen.objects.get(code="magnesium_antiemetic")
    path = f"/admin/regimens/regimen/{regimen.pk}/change/"
    sent = form_of(ada_edits.get(path)) | {"steps-1-minutes": 60}
    assert ada_edits.post(path, sent).status_code == 302
    regimen.refresh_from_db()
    assert RegimenStep.objects.get(regimen=regimen, position=2).minutes == 60
    assert (regimen.chair_minutes, regimen.reviewed_by) == (115, ada)


@pytest.mark.parametrize("table", ["order", "lot", "stockmove", "source", "referenceload"])
def test_what_has_a_life_of_its_own_is_only_looked_at(ada_edits, table):
    assert ada_edits.get(f"/admin/regimens/{table}/").status_code == 200
    assert ada_edits.get(f"/admin/regimens/{table}/add/").status_code == 403
