"""The Content-Security-Policy: written once where nothing changes in it, by django-csp where a nonce does."""

import re

import pytest
from csp.utils import build_policy
from django.http import HttpResponse
from django.test import RequestFactory

from infusion_center.shared.headers import PolicyMiddleware


@pytest.fixture
def answer():
    def _answer(view):
        return PolicyMiddleware(view)(RequestFactory().get("/"))["Content-Security-Policy"]

    return _answer


def test_an_answer_without_a_nonce_has_the_policy_of_the_settings(answer):
    assert answer(lambda request: HttpResponse()) == build_policy()


def test_a_page_that_asked_for_a_nonce_has_it_in_its_own_policy(answer):
    nonces = []

    def view(request):
        nonces.append(str(request.csp_nonce))
        return HttpResponse()

    first, second = answer(view), answer(view)
    assert [re.search(r"'nonce-([^']+)'", policy)[1] for policy in (first, second)] == nonces
    assert nonces[0] != nonces[1]


def test_a_policy_of_its_own_is_left_alone(answer):
    assert answer(lambda request: HttpResponse(headers={"Content-Security-Policy": "sandbox"})) == "sandbox"
