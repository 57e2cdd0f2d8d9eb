"""The administrator keeps staff, sites and reference data; what they change is on record."""

import pghistory.models
import pytest
from django.contrib import admin
from django.urls import reverse

from infusion_center.accounts.models import User
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(ada):
    ada.is_staff = True
    ada.save(update_fields=["is_staff"])
    return ada


def test_a_new_nurse_is_hired_and_the_hiring_is_on_record(keeper):
    facts = {"username": "nelly", "first_name": "Nelly", "last_name": "Nye"}
    secret = {"password1": "a-very-long-secret-9", "password2": "a-very-long-secret-9"}
    answer = signed_in(keeper).post(reverse("admin:accounts_user_add"), facts | secret | {"roles": ["nurse"]})
    assert answer.status_code == 302
    nelly = User.objects.get(username="nelly")
    assert nelly.roles == ["nurse"]
    event = pghistory.models.Events.objects.tracks(nelly).order_by("pgh_created_at").first()
    assert (event.pgh_context["verb"], event.pgh_context["user"]) == ("admin.edited", keeper.pk)


def test_every_list_of_the_admin_opens(keeper, site, nurses, pia):
    client = signed_in(keeper)
    for model in admin.site._registry:
        answer = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        assert answer.status_code == 200, model


def test_nobody_else_gets_in(max, site):
    max.is_staff = True
    max.save(update_fields=["is_staff"])
    assert signed_in(max).get(reverse("admin:accounts_user_changelist")).status_code == 403


def test_strangers_go_to_the_one_sign_in_page(client):
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
