"""What a drug loads a nurse with at this site, from which day on; and what a state's ratio adds."""

from datetime import date, timedelta

import pytest

from regimens.rules.nurse_load import Carried, OwnLoad, least_load, load_under
from tests.clock import EIGHT, FRIDAY, NINE, NOON, SEVEN
from tests.people import enroll
from tests.places import open_site
from tests.visits import scenes
from visits.selectors import loads as selector
from visits.selectors import safety_facts
from visits.selectors.board import board
from visits.selectors.day import day_of
from visits.services import booking, loads, staffing
from visits.services.booking import NoPlace
from visits.services.loads import CannotSet, GoneAlready

THURSDAY, MONDAY = FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=3)
KETOROLAC = Carried("ketorolac", ("nsaid",), 4)
DROPERIDOL = Carried("droperidol", ("antiemetic", "eps_risk"), 3)


def own(drug="", tag="", load=6, valid_from=THURSDAY):
    return OwnLoad(drug, tag, load, valid_from)


class TestTheRule:
    @pytest.mark.parametrize(
        ("rows", "load"),
        [
            ([], 4),  # droperidol's own 12 / 3
            ([own("droperidol", load=2)], 3),  # ketorolac's 12 / 4 is heavier then
            ([own(tag="antiemetic", load=6)], 6),
            ([own(tag="antiemetic", load=6), own("droperidol", load=5)], 5),  # the drug's own row wins
            ([own(tag="antiemetic", load=5), own(tag="eps_risk", load=7)], 7),  # of classes the heaviest
            ([own(tag="nsaid", load=1), own(tag="antiemetic", load=2)], 2),
            ([own("droperidol", load=9, valid_from=MONDAY)], 4),  # not yet
            ([own("droperidol", load=9), own("droperidol", load=5, valid_from=FRIDAY)], 5),  # the newer
            ([own("droperidol", load=9), own("droperidol", load=None, valid_from=FRIDAY)], 4),  # ended
        ],
    )
    def test_the_row_in_force_on_the_day_counts(self, rows, load):
        assert load_under([KETOROLAC, DROPERIDOL], rows, day=FRIDAY) == load

    def test_without_a_drug_a_visit_is_an_ordinary_one(self):
        assert load_under([], [own(tag="nsaid")], day=FRIDAY) == 3

    @pytest.mark.parametrize(
        ("ratio", "load"), [(None, 1), (12, 1), (6, 2), (5, 3), (4, 3), (3, 4), (2, 6), (1, 12)]
    )
    def test_a_ratio_is_the_least_any_visit_loads_with(self, ratio, load):
        assert least_load(ratio) == load


@pytest.fixture
def nsaids(site, drugs, max):
    """Every NSAID loads with 6 here from Friday on."""
    drugs.ketorolac.class_tags = ["nsaid"]
    drugs.ketorolac.save()
    return policy(site, max, class_tag="nsaid", load=6)


def policy(site, by, *, drug=None, class_tag="", load=6, source="Nurses' meeting", valid_from=FRIDAY):
    facts = {"drug": drug, "class_tag": class_tag, "load": load, "source": source, "valid_from": valid_from}
    return loads.set_load(site=site, **facts, by=by, at=SEVEN)


def ratio(site, by, patients=2, valid_from=FRIDAY):
    return loads.set_ratio(
        site=site,
        patients_per_nurse=patients,
        source="77 Ill. Adm. Code",
        valid_from=valid_from,
        by=by,
        at=SEVEN,
    )


class TestPolicies:
    def test_a_visit_for_an_order_loads_as_the_site_says_that_day(self, site, order, nsaids):
        load = {
            day: selector.visit_load(site=site, day=day, orders=[order], otherwise=3)
            for day in (THURSDAY, FRIDAY)
        }
        assert load == {THURSDAY: 3, FRIDAY: 6}

    def test_and_one_for_a_regimen(self, site, recipe, nsaids):
        assert selector.visit_load(site=site, day=FRIDAY, regimen=recipe, otherwise=3) == 6

    def test_one_not_decided_yet_stays_ordinary(self, site, nsaids):
        assert selector.visit_load(site=site, day=FRIDAY, otherwise=3) == 3

    def test_another_site_is_not_bound_by_it(self, order, nsaids):
        other = open_site(slug="north", name="North")
        assert selector.visit_load(site=other, day=FRIDAY, orders=[order], otherwise=3) == order.load

    def test_a_row_of_the_same_day_is_replaced(self, site, order, nsaids, max):
        policy(site, max, class_tag="nsaid", load=9)
        assert selector.visit_load(site=site, day=FRIDAY, orders=[order], otherwise=3) == 9
        (row,) = selector.policies(site=site, day=FRIDAY)
        assert (row[0].load, row[1]) == (9, "in force")

    def test_who_wrote_and_removed_it_stays_known(self, site, nsaids, max):
        loads.remove_load(policy=nsaids, by=max, at=EIGHT)
        with pytest.raises(GoneAlready):
            loads.remove_load(policy=nsaids, by=max, at=EIGHT)
        told = [(one.who, one.done, one.about, one.number) for one in selector.changes(site)]
        assert told == [("max", "removed", "every nsaid", 6), ("max", "written", "every nsaid", 6)]

    def test_the_list_says_what_counts(self, site, drugs, max):
        for since in (THURSDAY, FRIDAY, MONDAY):
            policy(site, max, drug=drugs.ketorolac, valid_from=since)
        standing = [said for _, said in selector.policies(site=site, day=FRIDAY)]
        assert standing == ["to come", "in force", "replaced"]

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"class_tag": "nsaid", "load": 13}, "1 to 12"),
            ({"class_tag": "nsaid", "load": 0}, "1 to 12"),
            ({"class_tag": "nsaid", "source": " "}, "where this comes from"),
            ({"class_tag": "nsaid", "valid_from": date(1900, 1, 1)}, "this century"),
            ({"class_tag": "no_such_class"}, "No drug of the formulary"),
            ({}, "a drug or a class"),
        ],
    )
    def test_what_is_no_row(self, site, nsaids, max, facts, words):
        with pytest.raises(CannotSet, match=words):
            policy(site, max, **facts)


class TestTheRatio:
    def test_a_booking_loads_at_least_its_share(self, site, chairs, nurses, pia, felix, max):
        ratio(site, max)
        visit = scenes.booked(patient=pia, site=site, by=felix)
        assert visit.load == 6

    def test_no_nurse_gets_more_patients_than_it_says(self, site, chairs, nurses, felix, max):
        people = [enroll(by=felix, given_name=name) for name in ("Ana", "Bea", "Cal", "Dee", "Eva")]
        for person in people[:3]:
            booking.book_visit(
                site=site,
                patient=person,
                starts_at=NINE + timedelta(minutes=15 * people.index(person)),
                minutes=120,
                load=1,
                by=felix,
                at=EIGHT,
            )
        ratio(site, max)  # for who is booked already, too: two nurses, two patients each
        late = NINE + timedelta(minutes=60)
        book = {"site": site, "minutes": 30, "load": 1, "by": felix, "at": EIGHT}
        booking.book_visit(patient=people[3], starts_at=late, **book)
        with pytest.raises(NoPlace, match="Nurses are taken at 10:15"):
            booking.book_visit(patient=people[4], starts_at=late + timedelta(minutes=15), **book)

    def test_the_board_shows_it(self, site, chairs, nurses, pia, felix, max):
        scenes.booked(patient=pia, site=site, by=felix)
        ratio(site, max, patients=1)
        assert 50 in {one.percent for one in board(site=site, day=FRIDAY, at=EIGHT).load}

    def test_before_its_day_and_in_another_state_it_counts_for_nothing(self, site, max):
        ratio(site, max, valid_from=MONDAY)
        assert day_of(site=site, day=FRIDAY).least_load == 1
        assert day_of(site=site, day=MONDAY).least_load == 6
        assert day_of(site=open_site(slug="w", state="WI"), day=MONDAY).least_load == 1

    def test_it_ends_with_a_row_that_says_so(self, site, max):
        ratio(site, max, valid_from=THURSDAY)
        ratio(site, max, patients=None)
        assert day_of(site=site, day=FRIDAY).least_load == 1

    def test_removed_it_never_was(self, site, max):
        rule = ratio(site, max)
        loads.remove_ratio(rule=rule, by=max, at=EIGHT)
        assert day_of(site=site, day=FRIDAY).least_load == 1
        with pytest.raises(GoneAlready):
            loads.remove_ratio(rule=rule, by=max, at=EIGHT)

    def test_the_boards_from_its_day_on_hear_of_it(self, site, chairs, nurses, pia, felix, max):
        scenes.booked(patient=pia, site=site, by=felix)
        before = day_of(site=site, day=FRIDAY).version
        ratio(site, max)
        assert day_of(site=site, day=FRIDAY).version == before + 1


def test_a_nurse_who_is_absent_is_free_for_nobody(site, nurses, nora, max):
    assert safety_facts._free_nurses(site, None, NINE) == 2
    staffing.add_absence(nurse=nora, starts_at=EIGHT, ends_at=NOON, reason="sick", by=max, at=SEVEN)
    assert safety_facts._free_nurses(site, None, NINE) == 1
