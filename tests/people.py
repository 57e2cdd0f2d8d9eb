"""The cast: Felix books, Nora charts, Dana orders, Bea bills, Max manages, Ada administers, Mallory may not.

Phil is the pharmacist and Mira the medical director: they keep the rule book.

Pia is the patient. All of them are invented.
"""

from datetime import date

import pytest
from django.test import Client

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from patients.services import registration
from tests.clock import SEVEN

PASSWORD = "a-long-enough-password"  # noqa: S105 - of invented people


def member_of_staff(username: str, *roles: str, site=None, **facts) -> User:
    user = User.objects.create_user(username, password=PASSWORD, roles=list(roles), **facts)
    if site is not None:
        user.sites.add(site)
    return user


@pytest.fixture
def felix(db, site):
    return member_of_staff("felix", Role.FRONT_DESK, site=site, first_name="Felix", last_name="Fry")


@pytest.fixture
def nora(db, site):
    return member_of_staff(
        "nora", Role.NURSE, site=site, first_name="Nora", last_name="North", credentials="RN"
    )


@pytest.fixture
def noah(db, site):
    return member_of_staff(
        "noah", Role.NURSE, site=site, first_name="Noah", last_name="Nash", credentials="RN"
    )


@pytest.fixture
def dana(db, site):
    facts = {
        "first_name": "Dana",
        "last_name": "Dorn",
        "credentials": "MD",
        "npi": "1234567893",
        "taxonomy": "2084N0400X",
    }
    return member_of_staff("dana", Role.PROVIDER, site=site, **facts)


@pytest.fixture
def bea(db, site):
    return member_of_staff("bea", Role.BILLER, site=site, first_name="Bea", last_name="Birch")


@pytest.fixture
def max(db, site):  # noqa: A001 - the manager's name
    return member_of_staff("max", Role.MANAGER, site=site, first_name="Max", last_name="Moor")


@pytest.fixture
def ada(db, site):
    return member_of_staff("ada", Role.ADMINISTRATOR, site=site, first_name="Ada", last_name="Ahl")


@pytest.fixture
def phil(db, site):
    return member_of_staff("phil", Role.PHARMACIST, site=site, first_name="Phil", last_name="Pohl")


@pytest.fixture
def mira(db, site):
    return member_of_staff("mira", Role.MEDICAL_DIRECTOR, site=site, first_name="Mira", last_name="Marsh")


@pytest.fixture
def mallory(db):
    """Signed in, and may do nothing."""
    return member_of_staff("mallory", first_name="Mallory")


def enroll(*, by, at=SEVEN, given_name="Pia", family_name="Pell", birth_date=date(1984, 4, 10), **facts):
    """A patient made through the service, with an address and a sex so that a claim can be written."""
    defaults = {
        "sex_at_birth": "female",
        "street": "12 Elm Street",
        "city": "Chicago",
        "state": "IL",
        "postal_code": "60601",
        "email": "pia@example.org",
    }
    names = {"given_name": given_name, "family_name": family_name, "birth_date": birth_date}
    return registration.register(**names, **(defaults | facts), by=by, at=at)


@pytest.fixture
def pia(felix):
    return enroll(by=felix)


@pytest.fixture
def paul(felix):
    return enroll(
        by=felix, given_name="Paul", family_name="Prior", birth_date=date(1990, 1, 2), sex_at_birth="male"
    )


def signed_in(user) -> Client:
    """A browser of this person."""
    client = Client()
    client.force_login(user, backend="infusion_center.accounts.backends.StaffBackend")
    return client
