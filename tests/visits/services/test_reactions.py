"""Reactions: noted, corrected, settled, looked at, and taken into the history."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from infusion_center.errors import DomainError
from patients.models import Allergy, Condition
from patients.services import history
from tests.clock import EIGHT, MINUTE, NINE, TEN, at
from tests.visits import scenes
from visits.models import ClinicDay, Reaction
from visits.rules.minutes import MomentRefused
from visits.selectors.reactions import Shown, said_of
from visits.services import discharge, flow, giving, reactions
from visits.services.charting import NotHere
from visits.services.discharge import NotReady
from visits.services.flow import CannotMove
from visits.services.lines import NotThisVisit
from visits.services.reactions import ReactionIsOver, ReactionRefused


@pytest.fixture
def running(magnesium, stock, nora):
    """Magnesium since nine."""
    return giving.start(
        administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE, pain=8
    )


def noted(visit, *, by, when=None, **facts):
    when = when or at(9, 12)
    usual = {"kind": "hypotension", "grade": 2, "began_at": when}
    return reactions.record(visit=visit, **(usual | facts), by=by, at=when)


def test_the_onset_is_counted_from_the_first_drop(in_chair, running, nora):
    row = noted(in_chair, by=nora, administration=running, actions=["slowed", "watched"])
    shown = Shown(Reaction.objects.get())
    assert (row.outcome, shown.minutes_after, shown.done) == ("ongoing", 12, "slowed, watched")
    assert shown.words == (
        "Moderate hypotension, 12 min after magnesium sulfate was started. Slowed, watched."
    )


def test_it_may_not_be_clear_which_drug(in_chair, nora):
    noted(in_chair, by=nora)
    assert Shown(Reaction.objects.get()).minutes_after is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "sneeze"}, "kind"),
        ({"kind": "other", "words": "  "}, "words"),
        ({"grade": 0}, "grade"),
        ({"grade": 6}, "grade"),
        ({"actions": ["prayed"]}, "actions"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(in_chair, nora, facts, field):
    with pytest.raises(ReactionRefused) as no:
        noted(in_chair, by=nora, **facts)
    assert (no.value.field, Reaction.objects.count()) == (field, 0)


def test_a_reaction_does_not_come_before_its_drug_nor_tomorrow(in_chair, running, ketorolac, nora):
    with pytest.raises(ReactionRefused, match="before magnesium sulfate was started"):
        noted(in_chair, by=nora, administration=running, began_at=at(8, 55))
    with pytest.raises(ReactionRefused, match="has not been started"):
        noted(in_chair, by=nora, administration=ketorolac)
    with pytest.raises(MomentRefused, match="future"):
        noted(in_chair, by=nora, began_at=at(9, 30))


def test_another_visits_drug_is_refused_and_so_is_who_is_not_here(
    visit, in_chair, running, paul, site, felix, nora
):
    other = scenes.booked(patient=paul, site=site, by=felix)
    with pytest.raises(NotHere):
        noted(other, by=nora)
    with pytest.raises(NotThisVisit):
        noted(scenes.seated(other, by=nora), by=nora, administration=running)


def test_it_is_settled_once_and_not_before_it_began(in_chair, running, nora, noah):
    row = noted(in_chair, by=nora)
    with pytest.raises(MomentRefused, match="before the reaction began"):
        reactions.settle(reaction=row, outcome="resolved", ended_at=NINE, by=nora, at=TEN)
    with pytest.raises(ReactionRefused, match="how it went"):
        reactions.settle(reaction=row, outcome="ongoing", by=nora, at=TEN)
    done = reactions.settle(reaction=row, outcome="resolved", ended_at=at(9, 40), by=nora, at=TEN)
    assert (done.ended_at, done.settled_at, done.settled_by) == (at(9, 40), TEN, nora)
    with pytest.raises(ReactionIsOver, match="settled already: over"):
        reactions.settle(reaction=row, outcome="transferred", by=noah, at=TEN)


def test_a_correction_keeps_the_first_and_names_it(in_chair, running, nora, dana):
    first = noted(in_chair, by=nora, administration=running)
    reactions.see(reaction=first, by=dana, at=at(9, 20))
    facts = {"kind": "hypotension", "grade": 3, "began_at": at(9, 10), "administration": running}
    second = reactions.correct(reaction=first, reason="Read again", **facts, by=nora, at=at(9, 30))
    first.refresh_from_db()
    assert (first.in_error_reason, first.in_error_by, first.grade) == ("Read again", nora, 2)
    assert (second.replaces, second.grade, second.seen_at) == (first, 3, None)
    with pytest.raises(ReactionIsOver, match="in error"):
        reactions.correct(reaction=first, reason="Again", **facts, by=nora, at=TEN)


def test_a_correction_without_a_reason_changes_nothing(in_chair, nora):
    row = noted(in_chair, by=nora)
    facts = {"kind": "rash", "grade": 1, "began_at": at(9, 12)}
    with pytest.raises(DomainError, match="Say why"):
        reactions.correct(reaction=row, reason=" ", **facts, by=nora, at=TEN)
    assert Reaction.objects.filter(in_error_at=None).count() == 1


def test_nothing_is_deleted_and_nothing_half_written(in_chair, nora):
    row = noted(in_chair, by=nora)
    with pytest.raises(DatabaseError, match="never_deleted|Cannot delete"), transaction.atomic():
        Reaction.objects.filter(pk=row.pk).delete()
    for name, half in [
        ("reaction_seen_at_with_seen_by", {"seen_at": TEN}),
        ("reaction_outcome_has_its_moment", {"outcome": "resolved"}),
        (
            "reaction_outcome_has_its_moment",
            {"outcome": "resolved", "settled_at": TEN, "settled_by": nora},
        ),
        ("reaction_confirmed_at_with_confirmed_by", {"confirmed_as": "allergy"}),
        ("reaction_in_error_at_with_in_error_by", {"in_error_at": TEN, "in_error_by": nora}),
        ("other_reaction_says_what", {"kind": "other"}),
    ]:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Reaction.objects.filter(pk=row.pk).update(**half)


def test_every_verb_tells_the_day(in_chair, running, nora, dana, site):
    def version():
        return ClinicDay.objects.get(site=site, day=in_chair.day).version

    seen = [version()]
    row = noted(in_chair, by=nora, administration=running)
    seen.append(version())
    reactions.see(reaction=row, by=dana, at=at(9, 20))
    seen.append(version())
    reactions.confirm(reaction=row, by=dana, at=at(9, 21))
    seen.append(version())
    reactions.settle(reaction=row, outcome="resolved", by=nora, at=at(9, 30))
    seen.append(version())
    reactions.enter_in_error(reaction=row, reason="Other patient", by=nora, at=at(9, 31))
    seen.append(version())
    assert seen == sorted(set(seen))


def test_only_the_first_provider_has_looked(in_chair, nora, dana, mia):
    row = noted(in_chair, by=nora)
    reactions.see(reaction=row, by=dana, at=at(9, 20))
    with pytest.raises(ReactionIsOver, match="Dana Dorn"):
        reactions.see(reaction=row, by=mia, at=at(9, 21))


def test_confirmed_it_is_an_allergy_to_the_drug(in_chair, running, pia, nora, dana):
    row = noted(in_chair, by=nora, administration=running, kind="rash", grade=3)
    reactions.confirm(reaction=row, allergy_group="magnesium_sulfate", by=dana, at=at(9, 30))
    allergy = Allergy.objects.get()
    assert (allergy.text, allergy.group, allergy.severe) == ("magnesium sulfate", "magnesium_sulfate", True)
    assert (allergy.reaction, allergy.recorded_by) == ("Rash or itching, severe", dana)
    pia.refresh_from_db()
    assert pia.allergies == "listed"
    row.refresh_from_db()
    assert (row.allergy, row.confirmed_by, row.confirmed_as) == (allergy, dana, "allergy")
    with pytest.raises(ReactionIsOver, match="allergy already"):
        reactions.confirm(reaction=row, by=dana, at=TEN)


def test_an_allergy_on_the_list_already_is_named_and_not_written_twice(in_chair, running, pia, nora):
    listed = history.add_allergy(
        patient=pia, text="Magnesium sulfate", group="magnesium_sulfate", by=nora, at=EIGHT
    )
    row = noted(in_chair, by=nora, administration=running)
    assert (
        reactions.confirm(reaction=row, allergy_group="magnesium_sulfate", by=nora, at=TEN).allergy == listed
    )
    assert Allergy.objects.count() == 1


def test_akathisia_is_an_intolerance_that_the_rules_know(in_chair, running, pia, nora):
    row = noted(in_chair, by=nora, administration=running, kind="akathisia")
    reactions.confirm(reaction=row, by=nora, at=TEN)
    condition = Condition.objects.get()
    assert (condition.text, condition.tag) == (
        "Akathisia after magnesium sulfate",
        "prior_dystonia_or_akathisia",
    )


def test_without_a_drug_or_with_a_strange_group_nothing_is_confirmed(in_chair, running, nora):
    with pytest.raises(ReactionRefused, match="which drug"):
        reactions.confirm(reaction=noted(in_chair, by=nora), by=nora, at=TEN)
    row = noted(in_chair, by=nora, administration=running)
    with pytest.raises(ReactionRefused, match="does not belong"):
        reactions.confirm(reaction=row, allergy_group="penicillin", by=nora, at=TEN)
    assert Allergy.objects.count() == 0


def test_an_error_leaves_the_allergy_to_a_person(in_chair, running, nora):
    row = noted(in_chair, by=nora, administration=running)
    reactions.confirm(reaction=row, allergy_group="magnesium_sulfate", by=nora, at=TEN)
    reactions.enter_in_error(reaction=row, reason="Wrong patient", by=nora, at=TEN)
    assert Allergy.objects.get().state == "active"


def go_home(visit, *, by, when):
    return discharge.discharge(
        visit=visit, pain=2, back_to_activity="yes", left_with="Sam", iv_out="yes", by=by, at=when
    )


def test_nobody_is_discharged_with_an_open_reaction_and_a_transfer_settles_it(
    in_chair, running, saline, ketorolac, nora
):
    row = noted(in_chair, by=nora, kind="other", words="Hiccups")
    giving.stop(administration=running, stopped_at=at(9, 30), pain=2, by=nora, at=at(9, 30))
    for line in (saline, ketorolac):
        giving.not_given(administration=line, state="refused", reason="No", by=nora, at=at(9, 31))
    with pytest.raises(NotReady, match="Hiccups is still going on"):
        go_home(in_chair, by=nora, when=TEN)
    discharge.transferred(visit=in_chair, reason="To the ED", pain=2, by=nora, at=TEN)
    row.refresh_from_db()
    assert (row.outcome, row.settled_by, said_of(row)) == ("transferred", nora, "Hiccups")


def test_who_leaves_early_leaves_with_it(in_chair, running, nora):
    row = noted(in_chair, by=nora, administration=running)
    giving.stop(administration=running, stopped_at=at(9, 30), by=nora, at=at(9, 30))
    discharge.left_early(visit=in_chair, reason="Had enough", by=nora, at=TEN)
    row.refresh_from_db()
    assert row.outcome == "left_with_it"
    with pytest.raises(ReactionIsOver):
        reactions.settle(reaction=row, outcome="resolved", by=nora, at=TEN + MINUTE)


def test_a_seating_is_not_undone_under_a_reaction(waiting, nora):
    row = noted(waiting, by=nora)
    with pytest.raises(CannotMove, match="reaction"):
        flow.undo(visit=waiting, reason="Wrong chair", by=nora, at=TEN)
    reactions.enter_in_error(reaction=row, reason="Wrong chair", by=nora, at=TEN)
    assert flow.undo(visit=waiting, reason="Wrong chair", by=nora, at=TEN).status == "arrived"
