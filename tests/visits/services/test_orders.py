"""Orders at a visit: written as booked, signed beside the chart, replaced without leaving lines behind."""

import pytest

from regimens.services import ordering
from regimens.states import OrderState
from tests.clock import EIGHT, NINE
from tests.visits import scenes
from visits.services import booking, flow, orders, signing
from visits.services.orders import NoRegimen, VisitIsOver
from visits.states import Given

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(site, chairs, nurses, pia, felix, recipe):
    scenes.asked(pia, by=felix)
    return booking.book_visit(
        site=site, patient=pia, starts_at=NINE, minutes=85, load=3, regimen=recipe, by=felix, at=EIGHT
    )


def test_what_was_booked_becomes_a_draft_with_its_lines(visit, dana):
    order = orders.order_as_booked(visit=visit, by=dana, at=EIGHT)
    assert order.state == OrderState.DRAFT
    assert visit.administrations.filter(state=Given.ORDERED).count() == order.steps.count() > 0


def test_signing_beside_the_chart_signs_and_places_the_order(visit, dana, pia, recipe):
    order = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=EIGHT)
    signed = signing.sign(visit=visit, order=order, by=dana, at=EIGHT)
    assert signed.state == OrderState.SIGNED
    assert list(visit.orders.all()) == [signed]


def test_a_new_version_leaves_no_line_of_the_old_one_to_give(visit, dana):
    old = orders.order_as_booked(visit=visit, by=dana, at=EIGHT)
    signing.sign(visit=visit, order=old, by=dana, at=EIGHT)
    new = ordering.change_order(order=old, by=dana, at=NINE)
    signing.sign(visit=visit, order=new, by=dana, at=NINE)
    left = visit.administrations.filter(state=Given.ORDERED)
    assert {line.step.order_id for line in left} == {new.pk}


def test_a_visit_booked_for_a_reason_has_nothing_to_order_by_itself(site, chairs, nurses, paul, felix, dana):
    visit = booking.book_visit(
        site=site, patient=paul, starts_at=NINE, minutes=60, load=3, reason="New attack", by=felix, at=EIGHT
    )
    with pytest.raises(NoRegimen, match="Write the order"):
        orders.order_as_booked(visit=visit, by=dana, at=EIGHT)


def test_nothing_is_ordered_at_a_visit_that_is_over(visit, dana, felix):
    flow.cancel(visit=visit, reason="feels better", by=felix, at=EIGHT)
    with pytest.raises(VisitIsOver, match="cancelled"):
        orders.order_as_booked(visit=visit, by=dana, at=EIGHT)
