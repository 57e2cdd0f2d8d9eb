"""Saving what was composed at a visit: placed, checked, edited in place, never over something charted."""

from decimal import Decimal

import pytest

from regimens.models import Check, Order
from regimens.selectors.composing import PlannedStep
from regimens.services import ordering
from tests.clock import EIGHT, NINE
from tests.regimens.conftest import sign
from tests.visits import scenes
from visits.models import Administration
from visits.selectors.composing import visit_of
from visits.services import charting, composing, flow
from visits.services.composing import AlreadyCharted
from visits.services.orders import VisitIsOver


def step(drug, dose, **facts):
    usual = {"unit": "mg", "method": "iv_push", "minutes": 2}
    return PlannedStep(drug=drug, dose=Decimal(dose), **(usual | facts))


@pytest.fixture
def visit(pia, site, chairs, nurses, felix):
    return scenes.booked(patient=pia, site=site, by=felix)


def save(visit, steps, by, order=None):
    facts = {"patient": visit.patient, "visit": visit, "regimen": None, "by": by, "at": NINE}
    return composing.save_draft(order=order, steps=steps, **facts)


@pytest.fixture
def draft(visit, drugs, dana):
    return save(visit, [step(drugs.ketorolac, 30), step(drugs.prochlorperazine, 10)], dana)


def lines(visit):
    return list(visit.administrations.order_by("position").values_list("drug__code", flat=True))


def test_a_draft_is_placed_at_its_visit_and_checked_at_once(visit, draft):
    assert lines(visit) == ["ketorolac", "prochlorperazine"]
    assert Check.objects.get().order == draft
    assert visit_of(draft) == visit


def test_editing_a_draft_plans_its_lines_anew(visit, draft, drugs, dana):
    save(visit, [step(drugs.prochlorperazine, 5)], dana, order=draft)
    assert lines(visit) == ["prochlorperazine"]
    assert Administration.objects.get().dose == 5
    assert Check.objects.count() == 2


def test_a_draft_about_which_something_was_charted_is_not_edited(visit, draft, drugs, dana, nora):
    scenes.seated(visit, by=nora)
    line = visit.administrations.get(drug=drugs.ketorolac)
    charting.score(
        visit=visit, administration=line, moment="before", pain=7, scored_at=NINE, by=nora, at=NINE
    )
    with pytest.raises(AlreadyCharted, match="withdraw it"):
        save(visit, [step(drugs.prochlorperazine, 5)], dana, order=draft)
    assert lines(visit) == ["ketorolac", "prochlorperazine"] and draft.steps.count() == 2


def test_at_a_visit_that_is_over_nothing_is_saved(visit, drugs, dana, felix):
    flow.cancel(visit=visit, reason="feels better", by=felix, at=EIGHT)
    with pytest.raises(VisitIsOver):
        save(visit, [step(drugs.ketorolac, 30)], dana)
    assert not Order.objects.exists()


def test_a_new_version_belongs_to_the_visit_of_the_signed_one(visit, draft, drugs, dana):
    signed = sign(draft, by=dana, at=NINE)
    new = save(visit, [step(drugs.ketorolac, 15)], dana, order=signed)
    assert (new.version, visit_of(new)) == (2, visit)
    assert lines(visit) == ["ketorolac", "prochlorperazine"]


def test_an_order_that_hangs_nowhere_has_no_visit(pia, drugs, dana):
    order = ordering.compose_order(patient=pia, steps=[step(drugs.ketorolac, 30)], by=dana, at=NINE)
    assert visit_of(order) is None
