"""Signing in, being locked out by idleness, and coming back to the same page with what was typed."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from infusion_center.accounts.middleware import LOCKED, SEEN
from infusion_center.accounts.models import Session, User
from infusion_center.accounts.tasks import forget_ended_sessions
from tests.people import PASSWORD, signed_in

pytestmark = pytest.mark.django_db


def idle(client, minutes=16):
    session = client.session
    session[SEEN] = time.time() - minutes * 60
    session.save()


def test_a_name_and_a_password_open_ones_own_screen(nora):
    client = Client()
    answer = client.post(reverse("account_login"), {"login": "nora", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("visits:my_chairs")


def test_a_wrong_password_is_a_sentence_and_the_name_stays(nora):
    answer = Client().post(reverse("account_login"), {"login": "nora", "password": "nope"})
    assert answer.status_code == 200
    assert 'value="nora"' in answer.content.decode()


def test_nobody_signs_up(db):
    answer = Client().get(reverse("account_signup"))
    assert "closed" in answer.content.decode().lower()


def test_strangers_are_sent_to_the_sign_in_page(db):
    answer = Client().get(reverse("patients:find"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_somebody_without_the_ability_gets_403_in_words(mallory):
    answer = signed_in(mallory).get(reverse("patients:find"))
    assert answer.status_code == 403
    assert "another role" in answer.content.decode()


def test_idleness_locks_and_the_password_returns_to_the_same_page(felix):
    client = signed_in(felix)
    client.get(reverse("visits:today"))
    idle(client)
    assert client.get(reverse("visits:today")).url == reverse("unlock")
    wrong = client.post(reverse("unlock"), {"password": "nope"})
    assert "not the password" in wrong.content.decode()
    assert client.post(reverse("unlock"), {"password": PASSWORD}).url == reverse("visits:today")
    assert client.get(reverse("visits:today")).status_code == 200


def test_a_board_that_refreshes_itself_is_no_sign_of_life(felix):
    client = signed_in(felix)
    client.get(reverse("visits:today"))
    idle(client, minutes=14)
    before = client.session[SEEN]
    client.get(reverse("visits:today"), headers={"X-Refresh": "1"})
    assert client.session[SEEN] == before


def test_what_was_typed_into_a_form_sent_while_locked_comes_back(felix):
    client = signed_in(felix)
    client.get(reverse("visits:today"))
    idle(client)
    locked = client.post(reverse("patients:register"), {"family_name": "Quill"})
    assert locked.status_code == 423
    assert 'name="typed.family_name" value="Quill"' in locked.content.decode()
    typed = {"password": PASSWORD, "typed.family_name": "Quill", "goes_to": reverse("patients:register")}
    page = client.post(reverse("unlock"), typed).content.decode()
    assert 'name="family_name" value="Quill"' in page
    assert f'action="{reverse("patients:register")}"' in page


def test_an_unlock_never_sends_people_elsewhere(felix):
    client = signed_in(felix)
    session = client.session
    session[LOCKED] = True
    session.save()
    page = client.post(
        reverse("unlock"), {"password": PASSWORD, "goes_to": "https://evil.example/"}
    ).content.decode()
    assert "evil.example" not in page


def test_an_htmx_request_while_locked_is_423_and_swaps_nothing(felix):
    client = signed_in(felix)
    client.get(reverse("visits:today"))
    idle(client)
    answer = client.get(reverse("visits:today"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (423, b"Locked. Enter your password to go on.")


def test_the_session_the_person_and_their_sites_are_one_query(nora, site):
    nurse = signed_in(nora)
    nurse.get(reverse("visits:today"))
    with CaptureQueriesContext(connection) as asked:
        assert nurse.get(reverse("visits:today")).status_code == 200
    (first, *others) = (query["sql"] for query in asked)
    assert "FROM accounts_session" in first
    assert "places_site" in first
    assert not any("accounts_session" in sql or "places_site" in sql for sql in others)


def test_a_person_who_left_is_out_at_the_next_click(nora):
    nurse = signed_in(nora)
    assert nurse.get(reverse("visits:today")).status_code == 200
    User.objects.filter(pk=nora.pk).update(is_active=False)
    assert nurse.get(reverse("visits:today")).status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old_one(nora):
    nurse = signed_in(nora)
    nora.set_password("quite-another-one-1")
    nora.save()
    assert nurse.get(reverse("visits:today")).status_code == 302


def test_a_session_ends_with_its_time_and_is_forgotten(nora, felix):
    nurse, _ = signed_in(nora), signed_in(felix)
    Session.objects.filter(user=nora).update(expire_date=timezone.now())
    assert nurse.get(reverse("visits:today")).status_code == 302
    forget_ended_sessions()
    assert [session.user for session in Session.objects.filter(user__isnull=False)] == [felix]
