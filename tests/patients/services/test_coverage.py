from datetime import date

import pytest
from django.db import IntegrityError, transaction

from patients.models import Coverage
from patients.services import coverage
from tests.clock import EIGHT, FRIDAY, NINE, SEVEN


@pytest.fixture
def plan(felix, pia, payer):
    return coverage.add_coverage(patient=pia, payer=payer, member_id=" abc 123 ", by=felix, at=SEVEN)


def test_a_coverage_starts_unverified_with_its_member_id_tidied(plan):
    assert (plan.state, plan.member_id, plan.rank) == ("unverified", "ABC123", 1)


def test_a_place_in_the_order_is_taken_once(felix, pia, plan, other_payer):
    with pytest.raises(coverage.RankTaken, match="Prairie Health is billed at place 1") as no:
        coverage.add_coverage(patient=pia, payer=other_payer, member_id="X1", by=felix, at=EIGHT)
    assert no.value.field == "rank"
    coverage.add_coverage(patient=pia, payer=other_payer, member_id="X1", rank=2, by=felix, at=EIGHT)


def test_the_database_keeps_the_promise_where_a_service_forgets(felix, pia, plan, other_payer):
    with pytest.raises(IntegrityError, match="one_running_coverage_per_rank"), transaction.atomic():
        Coverage.objects.create(patient=pia, payer=other_payer, member_id="X1")


def test_an_ended_coverage_frees_its_place(felix, pia, plan, other_payer):
    coverage.end(coverage=plan, ends_on=FRIDAY, by=felix, at=EIGHT)
    assert coverage.add_coverage(patient=pia, payer=other_payer, member_id="X1", by=felix, at=NINE).rank == 1


def test_verifying_says_who_and_when_and_doubting_takes_it_back(felix, plan):
    coverage.verify(coverage=plan, by=felix, at=EIGHT)
    assert (plan.state, plan.verified_at, plan.verified_by) == ("active", EIGHT, felix)
    coverage.doubt(coverage=plan, by=felix, at=NINE)
    assert (plan.state, plan.verified_at, plan.verified_by) == ("unverified", None, None)


def test_an_ended_coverage_stays_ended(felix, plan):
    coverage.end(coverage=plan, ends_on=FRIDAY, by=felix, at=EIGHT)
    for move in (coverage.verify, coverage.doubt):
        with pytest.raises(coverage.CannotMove, match="ended already"):
            move(coverage=plan, by=felix, at=NINE)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"member_id": "  "}, "member_id"),
        ({"rank": 0}, "rank"),
        ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "ends_on"),
        ({"relationship": "19"}, "subscriber_given_name"),
        ({"relationship": "19", "subscriber_given_name": "Jo"}, "subscriber_family_name"),
        (
            {"relationship": "19", "subscriber_given_name": "Jo", "subscriber_family_name": "Pell"},
            "subscriber_birth_date",
        ),
        ({"relationship": "77"}, "subscriber_given_name"),
        ({"group_number": "9" * 41}, "group_number"),
    ],
)
def test_what_no_claim_could_carry_is_refused_at_its_field(felix, pia, payer, facts, field):
    with pytest.raises(coverage.BadCoverage) as no:
        coverage.add_coverage(
            **({"patient": pia, "payer": payer, "member_id": "A1"} | facts), by=felix, at=SEVEN
        )
    assert no.value.field == field
