from datetime import date
from decimal import Decimal

import pytest

from billing.rules.hcpcs import CodeRow, NoCode, code_on

VALPROATE = [
    CodeRow("J3490", Decimal(1), "claim line", "superseded_for_this_drug", effective_to=date(2025, 12, 31)),
    CodeRow("J3379", Decimal(5), "mg", effective_from=date(2026, 1, 1)),
]
FAMOTIDINE = [
    CodeRow("S0028", Decimal(20), "mg", "alternate_payer"),
    CodeRow("J1308", Decimal("0.25"), "mg", effective_from=date(2025, 4, 1)),
    CodeRow("J3490", Decimal(1), "claim line", "superseded_for_this_drug", effective_to=date(2025, 3, 31)),
]


@pytest.mark.parametrize(
    ("rows", "dos", "code"),
    [
        (VALPROATE, date(2025, 12, 31), "J3490"),
        (VALPROATE, date(2026, 1, 1), "J3379"),
        (FAMOTIDINE, date(2025, 3, 31), "J3490"),
        (FAMOTIDINE, date(2025, 4, 1), "J1308"),
    ],
)
def test_the_code_is_the_one_of_the_date_of_service(rows, dos, code):
    assert code_on(rows, dos=dos).code == code


def test_an_own_code_goes_before_the_unclassified_one():
    assert (
        code_on([CodeRow("J3490", Decimal(1), "claim line"), VALPROATE[1]], dos=date(2026, 5, 1)).code
        == "J3379"
    )


def test_no_code_in_force_is_a_refusal():
    with pytest.raises(NoCode, match="2025-12-31"):
        code_on([VALPROATE[1]], dos=date(2025, 12, 31))
