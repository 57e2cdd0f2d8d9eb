"""The servers under the tests: up before the first, stopped after the last, unless somebody else uses them.

The cast is in people.py, places.py and clock.py.
"""

from contextlib import ExitStack

import hypothesis
import pytest
from django.conf import settings

from infusion_center.embedded import lease, place
from tests import tables

# How fast the machine is says nothing about a property.
hypothesis.settings.register_profile(
    "here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that started the run holds the servers; the workers of `-n` just use them."""
    if hasattr(config, "workerinput") or not settings.EMBEDDED:
        return
    servers = ExitStack()
    config.add_cleanup(servers.close)
    servers.enter_context(lease.in_use(place.at(place.default_root())))


pytest_plugins = ["tests.people", "tests.places"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """Each worker's database is a copy of the ready-made tables."""
    with django_db_blocker.unblock():
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = tables.ready_made()
