"""While the database is away: words and 503, on a page and in the API; any other failure is none of its."""

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from infusion_center import health


@pytest.fixture
def away(transactional_db, monkeypatch):
    """Nobody listens where PostgreSQL should be."""
    connection.close()
    with monkeypatch.context() as there:
        there.setitem(connection.settings_dict, "HOST", "/nowhere")
        yield
    connection.close()


@pytest.mark.parametrize("address", [reverse("visits:today"), reverse("api_today")])
def test_it_is_said_in_a_sentence(away, address):
    browser = Client(raise_request_exception=False)
    browser.cookies["sessionid"] = "a" * 32
    answer = browser.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert health.AWAY in answer.content.decode()
    assert ("problem+json" in answer["Content-Type"]) == address.startswith("/api/")


def answered_after(statement, request):
    """The status of what is said when this statement has failed."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1")
            cursor.execute(statement)
    except OperationalError:
        return health.broken(request).status_code


def test_a_statement_that_took_too_long_is_another_matter(transactional_db, rf):
    assert answered_after("SELECT pg_sleep(1)", rf.get("/today/")) == 500


def test_a_connection_that_was_cut_counts(transactional_db, rf):
    cut = "SELECT pg_terminate_backend(pg_backend_pid())"
    assert answered_after(cut, rf.get("/today/")) == 503
    connection.close()
