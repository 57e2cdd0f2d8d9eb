"""Log lines say which route, never which address; a refused row is not quoted."""

import pytest
import structlog
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from infusion_center.audit.history import request_key
from infusion_center.audit.middleware import RequestContextMiddleware
from infusion_center.shared.logs import RouteMiddleware, without_rows


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/patients/0b6f7c9e-0000-4000-8000-000000000000/?name=Pell", "GET patients:patient"),
        ("/nothing/like/Pell", "GET no such page"),
    ],
)
def test_a_request_line_names_the_route(address, said):
    assert RouteMiddleware.format_request(RequestFactory().get(address)) == said


def test_the_row_a_database_error_quotes_is_left_out():
    event = {
        "event": "request_failed",
        "exception": "IntegrityError: duplicate key\nDETAIL:  Key (member_id)=(XYZ123) exists.",
    }
    assert "XYZ123" not in str(without_rows(None, "error", event))
    assert "duplicate key" in event["exception"]


def test_log_lines_history_and_access_log_of_a_request_have_one_key(rf):
    keys = []

    def view(request):
        keys.extend([structlog.contextvars.get_contextvars()["request_id"], request_key.get()])
        return HttpResponse()

    request = rf.get("/")
    request.user = AnonymousUser()
    RouteMiddleware(RequestContextMiddleware(view))(request)
    assert keys[0] and keys[0] == keys[1]
    assert not request_key.get()
