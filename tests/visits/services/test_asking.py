"""The questions of one visit, who drives home, and where the line lies."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.errors import DomainError
from patients.models import ScreeningAnswer
from patients.selectors import results as found
from patients.services import registration
from patients.services.screening import Said
from patients.states import Question
from tests.clock import EIGHT, NINE, TEN, at
from tests.people import enroll
from visits.models import Visit
from visits.selectors import facts, my_chairs
from visits.services import asking, charting, flow

NOT_NEW = Said(plain={Question.NEW_HEADACHE_TYPE: "no"})


def test_when_it_was_asked_follows_from_where_the_visit_stands(visit, felix, nora):
    asking.ask(visit=visit, said=NOT_NEW, by=felix, at=EIGHT)
    flow.check_in(visit=visit, by=felix, at=at(8, 40))
    asking.ask(visit=visit, said=NOT_NEW, by=felix, at=at(8, 41))
    flow.seat(visit=visit, by=nora, at=at(8, 50))
    asking.ask(visit=visit, said=NOT_NEW, by=nora, at=NINE)
    asked = ScreeningAnswer.objects.order_by("asked_at").values_list("asked_during", flat=True)
    assert list(asked) == ["booking", "check_in", "chair"]


def test_the_driver_is_an_answer_and_a_fact_of_the_visit(visit, felix):
    asking.name_driver(visit=visit, has_driver="yes", driver_name=" Sam,  spouse ", by=felix, at=EIGHT)
    fresh = Visit.objects.get()
    assert (fresh.has_driver, fresh.driver_name) == ("yes", "Sam, spouse")
    asking.name_driver(visit=visit, has_driver="no", by=felix, at=NINE)
    fresh.refresh_from_db()
    assert (fresh.has_driver, fresh.driver_name) == ("no", "")
    assert found.answers(visit.patient, EIGHT)["driver"].answer == "no"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"has_driver": "maybe"}, "has_driver"),
        ({"has_driver": "no", "driver_name": "Sam"}, "has_driver"),
        ({"driver_name": "Sam"}, "has_driver"),
        ({"has_driver": "yes", "driver_name": "x" * 81}, "driver_name"),
    ],
)
def test_a_driver_that_contradicts_itself_is_refused_with_all_the_rest(visit, felix, told, field):
    with pytest.raises(DomainError) as no:
        asking.ask(visit=visit, said=NOT_NEW, **told, by=felix, at=EIGHT)
    assert no.value.field == field
    assert not ScreeningAnswer.objects.exists()


def test_after_the_visit_nothing_is_asked(visit, felix):
    flow.cancel(visit=visit, reason="Feels better", by=felix, at=EIGHT)
    with pytest.raises(asking.TooLate, match="cancelled"):
        asking.ask(visit=visit, said=NOT_NEW, by=felix, at=NINE)


def test_what_was_asked_days_ago_is_asked_again(visit, felix):
    asking.ask(visit=visit, said=NOT_NEW, by=felix, at=EIGHT)
    assert {line.question: line.words for line in facts.asked_of(visit)}["new_headache_type"] == "no"
    moved = Visit.objects.get()
    moved.planned = DateTimeTZRange(NINE + timedelta(days=3), TEN + timedelta(days=3))
    assert {line.words for line in facts.asked_of(moved)} == {"not asked"}


def test_the_answers_of_a_merged_record_go_to_the_kept_one(visit, pia, felix, max):
    kept = enroll(by=felix)
    registration.merge(duplicate=pia, into=kept, by=max, at=EIGHT)
    asking.ask(visit=visit, said=NOT_NEW, by=felix, at=NINE)
    assert ScreeningAnswer.objects.get().patient == kept
    fresh = Visit.objects.select_related("patient__merged_into").get()
    assert {line.question for line in facts.asked_of(fresh) if line.row} == {"new_headache_type"}


def test_where_the_line_lies_has_its_moment_and_its_person(in_chair, nora):
    charting.record_iv_site(visit=in_chair, iv_site="hand", by=nora, at=NINE)
    charting.record_iv_site(visit=in_chair, iv_site="forearm", by=nora, at=TEN)
    fresh = Visit.objects.get()
    assert (fresh.iv_site, fresh.iv_site_at, fresh.iv_site_by) == ("forearm", TEN, nora)
    assert [event.iv_site for event in fresh.history.order_by("pgh_id")][-2:] == ["hand", "forearm"]


def test_a_line_lies_nowhere_else_and_not_before_they_came(in_chair, nora, visit):
    with pytest.raises(charting.IvSiteRefused):
        charting.record_iv_site(visit=in_chair, iv_site="ear", by=nora, at=NINE)


def test_no_line_before_the_patient_is_here(visit, nora):
    with pytest.raises(charting.NotHere):
        charting.record_iv_site(visit=visit, iv_site="hand", by=nora, at=EIGHT)


def test_the_card_says_what_is_known_and_how_much_was_not_asked(in_chair, nora):
    asking.ask(visit=in_chair, said=NOT_NEW, by=nora, at=NINE)
    card = my_chairs.card_of(in_chair, at=NINE)
    assert card.results == []
    assert Question.NEW_HEADACHE_TYPE not in card.not_asked
    assert Question.TRIPTAN in card.not_asked


def test_who_drives_said_with_the_booking_is_not_asked_again(visit, nora):
    Visit.objects.update(has_driver="yes", driver_name="Sam")
    fresh = Visit.objects.get()
    assert Question.DRIVER not in {line.question for line in facts.asked_of(fresh)}
    assert Question.DRIVER not in facts.not_asked(fresh, [])
    assert Question.DRIVER in facts.not_asked(visit, [])
