"""The next act stands first, the overdue before the rest."""

from tests.clock import NINE, at
from visits.rules import due
from visits.rules.due import Line

KNOWN = {"vitals_at": NINE, "every": 30, "baseline": True, "unsigned": False, "at": at(9, 5)}


def acts(lines, **facts):
    return [(act.act, act.line) for act in due.acts(lines, **(KNOWN | facts))]


def test_on_sitting_down_vitals_and_pain_come_first():
    line = Line("mg", "Magnesium", "ordered", agent=True)
    assert acts([line], vitals_at=None, baseline=False) == [("vitals", None), ("pain", None), ("start", "mg")]


def test_a_line_whose_time_is_up_stands_before_everything():
    lines = [
        Line("mg", "Magnesium", "running", agent=True, left=-3),
        Line("keto", "Ketorolac", "ordered", agent=True),
    ]
    assert acts(lines) == [("stop", "mg"), ("vitals", None)]


def test_the_next_agent_may_start_beside_a_bag_of_saline():
    lines = [
        Line("ns", "Saline", "running", agent=False, left=40),
        Line("mg", "Magnesium", "ordered", agent=True),
    ]
    assert acts(lines)[0] == ("start", "mg")


def test_pain_is_asked_ten_minutes_after_an_agent():
    line = Line("mg", "Magnesium", "given", agent=True, stopped_at=at(8, 50))
    assert acts([line])[0] == ("pain", "mg")
    assert due.acts([line], **KNOWN)[0].minutes == -5


def test_nothing_left_to_give_leads_home():
    line = Line("mg", "Magnesium", "given", agent=True, stopped_at=at(8, 50), scored_after=True)
    assert acts([line])[0] == ("discharge", None)


def test_an_unsigned_order_waits_for_its_signature_and_offers_no_start():
    line = Line("mg", "Magnesium", "ordered", agent=True)
    assert ("sign", None) in acts([line], unsigned=True)
    assert ("start", "mg") not in acts([line], unsigned=True)


def test_a_paused_line_is_not_forgotten():
    line = Line("mg", "Magnesium", "paused", agent=True, left=10)
    assert acts([line])[0] == ("resume", "mg")


def test_vitals_are_due_as_often_as_the_running_drug_asks():
    assert due.vitals_every([]) == 30
    assert due.vitals_every(["bp_q15", "resp_rate"]) == 15
    assert due.vitals_every(["bp_q5_to_q10", "sedation_scale_q3"]) == 5
    assert due.vitals_every(["vitals_q30", "iv_site_q5"]) == 30
