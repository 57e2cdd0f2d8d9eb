"""Why a visit may not start."""

import pytest

from visits.rules.readiness import Facts, missing

READY = {
    "order_states": ("signed",),
    "allergies": "none",
    "medications": "listed",
    "driver_required": True,
    "has_driver": "yes",
}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"order_states": ()}, ["No order yet"]),
        ({"order_states": ("draft",)}, ["Order not signed"]),
        ({"order_states": ("draft", "signed")}, []),
        ({"allergies": "not_asked"}, ["Allergies never asked"]),
        ({"medications": "not_asked"}, ["Home medications never asked"]),
        ({"has_driver": "unknown"}, ["Driver not confirmed"]),
        ({"has_driver": "no"}, ["No driver, and the drug sedates"]),
        ({"has_driver": "no", "driver_required": False}, []),
    ],
)
def test_what_is_missing(facts, expected):
    assert missing(Facts(**(READY | facts))) == expected
