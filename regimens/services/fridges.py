"""The refrigerators and their log. 2 to 8 °C unless the fridge says otherwise."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from regimens.models import Fridge, FridgeReading

COLDEST, HOTTEST = Decimal(-90), Decimal(50)  # what a thermometer in a medicine fridge or freezer can show


def add(*, site: Site, name: str, low_c: Decimal, high_c: Decimal, by: User, at: datetime) -> Fridge:
    """A refrigerator to be looked at twice a day. Raises DomainError."""
    if not COLDEST <= low_c < high_c <= HOTTEST:
        raise DomainError(
            f"Both lie between {COLDEST} and {HOTTEST} °C, the first is colder.", field="high_c"
        )
    try:
        with transaction.atomic(), history.verb("fridge.added", by=by, at=at):
            return Fridge.objects.create(site=site, name=name.strip(), low_c=low_c, high_c=high_c)
    except IntegrityError as twice:
        raise DomainError("A fridge here has this name.", field="name") from twice


def read(*, fridge: Fridge, celsius: Decimal, done_about: str = "", by: User, at: datetime) -> FridgeReading:
    """What the thermometer shows now, in °C. Outside the fridge's span one says what was done about it."""
    if not COLDEST <= celsius <= HOTTEST:
        raise DomainError(f"A thermometer shows {COLDEST} to {HOTTEST} °C.", field="celsius")
    outside = not fridge.low_c <= celsius <= fridge.high_c
    if outside and not done_about.strip():
        raise DomainError(
            f"That is outside {fridge.low_c} to {fridge.high_c} °C: say what was done about it.",
            field="done_about",
        )
    with transaction.atomic(), history.verb("fridge.read", by=by, at=at):
        return FridgeReading.objects.create(
            fridge=fridge,
            celsius=celsius,
            outside=outside,
            done_about=done_about.strip(),
            read_at=at,
            read_by=by,
        )
