"""Whatever a program sends to the API, the answer is words, never a crash."""

import json

import pytest
import schemathesis
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings

from tests.people import signed_in

pytestmark = pytest.mark.django_db

EVERYTHING = ["front_desk", "nurse", "provider", "biller", "manager"]
A_FEW = settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def client(felix):
    """Somebody who may do everything, so that no guard stops the fuzz at the door."""
    felix.roles = EVERYTHING
    felix.save(update_fields=["roles"])
    client = signed_in(felix)
    client.raise_request_exception = False
    return client


@pytest.fixture
def described(client):
    return json.loads(client.get(reverse("schema"), headers={"Accept": "application/json"}).content)


def test_the_schema_describes_what_the_pages_do(described):
    acts = " ".join(described["paths"])
    for act in ("patients/find", "visits", "check-in", "claims", "drugs", "orders"):
        assert act in acts


def test_no_input_breaks_an_operation(client, described, chairs, nurses, pia):
    schema = schemathesis.openapi.from_dict(described)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    assert {str(case) for operation in operations for case in breaking(client, operation)} == set()


def breaking(client, operation) -> list[str]:
    """The made-up requests to this operation that were answered with a crash."""
    broken = []

    @A_FEW
    @given(case=operation.as_strategy())
    def knock(case):
        answer = client.generic(
            case.method,
            case.formatted_path,
            data="" if case.method == "GET" else json.dumps(sendable(case.body)),
            content_type="application/json",
            query_params={key: str(value) for key, value in (case.query or {}).items()},
        )
        if answer.status_code >= 500:
            broken.append(f"{case.method} {operation.path}: {answer.status_code} {sendable(case.body)}")

    knock()
    return broken


def sendable(body):
    return body if isinstance(body, dict | list | str | int | float | bool) else {}
