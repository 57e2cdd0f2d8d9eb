"""Charts the rule book decides, beside the worked cases. Each table row says why in its own words."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.coding import ChartLine, Mode, Setting

from .charts import code, line, said

FACILITY = Setting.FACILITY
MG_40 = line("1", "magnesium", "infusion", "09:00", "09:40")


def infusion(id, drug, start, stop, **more):
    return line(id, drug, "infusion", start, stop, **more)


def push(id, drug, start, **more):
    charted = line(id, drug, "push", start, start, **more)
    return replace(charted, stop=charted.stop + timedelta(minutes=2))


@pytest.mark.parametrize(
    ("stop", "lines"),
    [
        ("09:15", ["96374 x1 from 1"]),
        ("09:16", ["96365 x1 from 1"]),
        ("10:30", ["96365 x1 from 1"]),
        ("10:31", ["96365 x1 from 1", "96366 x1 from 1"]),
        ("11:30", ["96365 x1 from 1", "96366 x1 from 1"]),
        ("11:31", ["96365 x1 from 1", "96366 x2 from 1"]),
    ],
)
def test_one_infusion_by_its_minutes(stop, lines):
    assert said(code(infusion("1", "lidocaine", "09:00", stop))) == lines


def test_a_push_beside_an_infusion_is_a_further_push():
    assert said(code(MG_40, push("2", "ketorolac", "09:10"))) == ["96365 x1 from 1", "96375 x1 from 2"]


def test_the_sequential_infusion_has_add_on_hours_of_its_own_in_the_same_line():
    coded = code(
        infusion("1", "lidocaine", "09:00", "10:40"),
        infusion("2", "magnesium", "10:40", "12:11"),
        primary_reason="1",
    )
    assert said(coded) == ["96365 x1 from 1", "96366 x2 from 1 2", "96367 x1 from 2"]


class TestRepeatedPushes:
    FIRST = push("1", "ketorolac", "09:00")

    def test_an_office_bills_no_second_push_of_a_drug(self):
        coded = code(self.FIRST, push("2", "ketorolac", "09:35"))
        assert said(coded) == ["96374 x1 from 1"]
        assert coded.not_billed == {"2": "repeat_push_office"}

    @pytest.mark.parametrize(("start", "billed"), [("09:30", False), ("09:31", True)])
    def test_a_facility_bills_it_after_more_than_half_an_hour(self, start, billed):
        coded = code(self.FIRST, push("2", "ketorolac", start), setting=FACILITY)
        assert ("96376 x1 from 2" in said(coded)) is billed
        assert coded.not_billed == ({} if billed else {"2": "repeat_push_within_30"})

    def test_a_reason_named_later_takes_the_initial_from_the_earlier_push_of_the_same_drug(self):
        coded = code(self.FIRST, push("2", "ketorolac", "09:35"), primary_reason="2")
        assert said(coded) == ["96374 x1 from 2"]
        assert coded.not_billed == {"1": "repeat_push_office"}

    def test_two_drugs_in_one_syringe_are_one_push(self):
        coded = code(
            push("1", "ketorolac", "09:00", mixture="s1"),
            push("2", "ondansetron", "09:00", mixture="s1"),
        )
        assert said(coded) == ["96374 x1 from 1 2"]


class TestConcurrentInfusions:
    def test_the_third_at_one_time_is_not_billed(self):
        coded = code(
            infusion("1", "valproate", "09:00", "10:00"),
            infusion("2", "magnesium", "09:00", "09:40"),
            infusion("3", "levetiracetam", "09:00", "09:30"),
        )
        assert said(coded) == ["96365 x1 from 1", "96368 x1 from 2"]
        assert coded.not_billed == {"3": "concurrent_already_reported"}

    def test_what_remains_of_the_shorter_drug_is_sequential(self):
        coded = code(
            infusion("1", "lidocaine", "06:00", "07:30"), infusion("2", "magnesium", "07:00", "16:00")
        )
        assert said(coded) == ["96365 x1 from 2", "96366 x8 from 2", "96367 x1 from 1"]

    @pytest.mark.parametrize(
        ("start", "stop", "second"),
        [
            ("09:44", "10:15", "96368 x1 from 2"),  # 16 together, 15 left
            ("09:44", "10:16", "96367 x1 from 2"),  # 16 together, 16 left
            (
                "09:45",
                "10:15",
                "96367 x1 from 2",
            ),  # 15 together, 15 left: neither counts, all of it is the next drug
        ],
    )
    def test_at_the_edges_of_an_overlap(self, start, stop, second):
        coded = code(infusion("1", "valproate", "09:00", "10:00"), infusion("2", "magnesium", start, stop))
        assert said(coded) == ["96365 x1 from 1", second]

    def test_only_what_is_left_earns_further_hours(self):
        coded = code(
            infusion("1", "valproate", "09:00", "10:00"),
            infusion("2", "magnesium", "09:30", "11:30"),
            primary_reason="1",
        )
        assert said(coded) == ["96365 x1 from 1", "96367 x1 from 2"]  # 120 minutes, 30 of them together

    def test_two_drugs_running_together_after_the_initial_are_concurrent_with_each_other(self):
        coded = code(
            infusion("1", "lidocaine", "08:00", "09:30"),
            infusion("2", "valproate", "09:30", "10:10"),
            infusion("3", "magnesium", "09:30", "10:10"),
        )
        assert said(coded) == ["96365 x1 from 1", "96367 x1 from 2", "96368 x1 from 3"]

    def test_the_payer_may_ask_for_a_longer_overlap(self):
        coded = code(
            infusion("1", "valproate", "09:00", "10:00"),
            infusion("2", "magnesium", "09:10", "09:40"),
            concurrent_min_overlap=31,
        )
        assert said(coded) == ["96365 x1 from 1", "96367 x1 from 2"]

    def test_a_bag_of_two_drugs_beside_a_third(self):
        coded = code(
            infusion("1", "magnesium", "09:00", "09:40", mixture="b"),
            infusion("2", "valproate", "09:00", "09:40", mixture="b"),
            infusion("3", "lidocaine", "09:50", "10:20"),
        )
        assert said(coded) == ["96365 x1 from 1 2", "96367 x1 from 3"]


class TestTheSameDrugTwice:
    AGAIN = infusion("2", "magnesium", "11:30", "12:10", order="o2")

    def test_a_second_order_hours_later_is_an_add_on_hour_for_review(self):
        coded = code(replace(MG_40, order="o1"), self.AGAIN)
        assert said(coded) == ["96365 x1 from 1", "96366 x1 from 2"]
        assert coded.flags == ("review:repeat_infusion",)

    def test_a_payer_that_sums_makes_a_push_sized_pair_an_infusion(self):
        coded = code(
            infusion("1", "magnesium", "09:00", "09:10", order="o1"),
            infusion("2", "magnesium", "11:00", "11:10", order="o2"),
            repeat_infusion="sum",
        )
        assert said(coded) == ["96365 x1 from 1 2"]
        assert coded.flags == ("review:repeat_infusion",)

    def test_summing_does_not_flag_what_one_order_joins_anyway(self):
        coded = code(
            replace(MG_40, order="o1"),
            infusion("2", "magnesium", "10:30", "11:00", order="o1"),
            repeat_infusion="sum",
        )
        assert coded.flags == ()

    @pytest.mark.parametrize(("start", "lines"), [("09:45", 1), ("09:46", 2)])
    def test_a_bag_change_is_five_minutes_at_most(self, start, lines):
        assert len(code(MG_40, infusion("2", "magnesium", start, "10:20")).lines) == lines

    def test_running_minutes_count_and_the_change_of_bags_does_not(self):
        coded = code(
            infusion("1", "magnesium", "09:00", "09:45"), infusion("2", "magnesium", "09:48", "10:33")
        )
        assert said(coded) == ["96365 x1 from 1 2"]  # 90 running minutes in 93

    def test_a_loading_push_of_the_infused_drug_is_reviewed_and_not_billed(self):
        coded = code(push("1", "magnesium", "08:50"), replace(MG_40, id="2"))
        assert said(coded) == ["96365 x1 from 2"]
        assert coded.flags == ("review:push_same_drug_as_infusion",)
        assert coded.not_billed == {"1": "push_same_drug_as_infusion"}


class TestTimesNotCharted:
    OPEN = infusion("1", "magnesium", "09:00", None)

    def test_the_payer_may_let_an_open_infusion_be_a_push(self):
        coded = code(self.OPEN, push("2", "ketorolac", "09:05"), missing_stop="push")
        assert said(coded) == ["96374 x1 from 1", "96375 x1 from 2"]
        assert coded.flags == ("downcoded:missing_stop:1",)

    def test_the_nurses_volume_and_rate_go_before_the_payers_push(self):
        charted = replace(self.OPEN, volume_ml=Decimal(100), rate_ml_h=Decimal(170))
        coded = code(charted, missing_stop="push")
        assert said(coded) == ["96365 x1 from 1"]  # 35.3 minutes
        assert coded.flags == ("computed_stop:1",)

    def test_volume_without_rate_computes_nothing(self):
        assert code(replace(self.OPEN, volume_ml=Decimal(100))).flags == ("hold:missing_stop:1",)

    def test_hydration_is_never_a_push(self):
        coded = code(line("1", "saline", "hydration", "09:00", None), missing_stop="push")
        assert (coded.status, coded.flags) == ("hold", ("hold:missing_stop:1",))

    @pytest.mark.parametrize(
        ("charted", "flag"),
        [
            (replace(MG_40, ordered=False), "hold:no_order:1"),
            (replace(MG_40, start=None), "hold:missing_start:1"),
            (infusion("1", "magnesium", "09:00", "08:30"), "hold:stop_before_start:1"),
            (infusion("1", "magnesium", "09:00", "09:00"), "hold:zero_minutes:1"),
            (line("1", "ketorolac", "im", None, None), "hold:missing_start:1"),
        ],
    )
    def test_one_bad_line_holds_the_claim(self, charted, flag):
        coded = code(charted, push("2", "ketorolac", "09:05"))
        assert (coded.status, coded.lines, coded.flags) == ("hold", (), (flag,))

    def test_an_injection_is_a_moment_and_needs_no_stop(self):
        assert said(code(line("1", "ketorolac", "im", "09:00", "09:00"))) == ["96372 x1 from 1"]


class TestHydration:
    @pytest.mark.parametrize(
        ("stop", "lines"),
        [
            ("09:30", []),
            ("09:31", ["96360 x1 from 1"]),
            ("10:30", ["96360 x1 from 1"]),
            ("10:31", ["96360 x1 from 1", "96361 x1 from 1"]),
        ],
    )
    def test_alone_by_its_minutes(self, stop, lines):
        assert said(code(line("1", "saline", "hydration", "09:00", stop))) == lines

    def test_wholly_beside_a_drug_it_earns_nothing(self):
        coded = code(
            infusion("1", "valproate", "09:00", "10:00"), line("2", "saline", "hydration", "09:10", "10:00")
        )
        assert said(coded) == ["96365 x1 from 1"]
        assert coded.not_billed == {"2": "hydration_concurrent"}

    def test_thirty_minutes_left_beside_a_drug_are_not_enough(self):
        coded = code(MG_40, line("2", "saline", "hydration", "09:00", "10:10"))
        assert coded.not_billed == {"2": "hydration_30_or_less"}

    @pytest.mark.parametrize(("policy", "billed"), [("cumulative", True), ("continuous", False)])
    def test_thirty_before_and_thirty_after(self, policy, billed):
        coded = code(
            line("1", "saline", "hydration", "09:00", "11:00"),
            infusion("2", "magnesium", "09:30", "10:30"),
            hydration_sum=policy,
        )
        assert ("96361-59 x1 from 1" in said(coded)) is billed
        assert coded.not_billed == ({} if billed else {"1": "hydration_30_or_less"})

    def test_two_bags_before_and_after_are_one_service_too(self):
        bags = (
            line("1", "saline", "hydration", "08:40", "09:00"),
            line("3", "saline", "hydration", "09:40", "10:00"),
        )
        assert "96361-59 x1 from 1 3" in said(code(bags[0], replace(MG_40, id="2"), bags[1]))

    @pytest.mark.parametrize(("start", "billed"), [("09:22", True), ("09:30", False)])
    def test_a_bag_change_does_not_end_a_continuous_piece(self, start, billed):
        coded = code(
            line("1", "saline", "hydration", "09:00", "09:20"),
            line("2", "saline", "hydration", start, "09:45"),
            hydration_sum="continuous",
        )
        assert bool(coded.lines) is billed

    def test_without_documented_need_it_is_not_billed(self):
        coded = code(line("1", "saline", "hydration", "09:00", "10:30", necessity=False))
        assert (said(coded), coded.not_billed) == ([], {"1": "hydration_no_necessity"})

    def test_beside_an_injection_only_it_is_the_initial_service(self):
        coded = code(
            line("1", "saline", "hydration", "09:00", "10:00"), line("2", "ketorolac", "im", "09:05", None)
        )
        assert said(coded) == ["96360 x1 from 1", "96372 x1 from 2"]
        assert coded.flags == ("ptp_check:96372",)

    def test_it_is_never_the_primary_reason(self):
        coded = code(
            line("1", "saline", "hydration", "09:00", "10:30"),
            push("2", "ondansetron", "09:05"),
            primary_reason="1",
        )
        assert said(coded) == ["96374 x1 from 2", "96361-59 x1 from 1"]

    def test_time_of_a_drug_at_another_site_is_taken_off_too(self):
        coded = code(
            infusion("1", "magnesium", "09:00", "10:00", site="L"),
            line("2", "saline", "hydration", "09:00", "10:00", site="R", site_necessary=True),
        )
        assert coded.not_billed == {"2": "hydration_concurrent"}


class TestInjections:
    def test_beside_an_iv_service_the_pair_is_checked(self):
        coded = code(push("1", "ondansetron", "09:00"), line("2", "ketorolac", "im", "09:10", None))
        assert said(coded) == ["96374 x1 from 1", "96372 x1 from 2"]
        assert coded.flags == ("ptp_check:96372",)

    def test_beside_hydration_that_earns_nothing_there_is_no_pair(self):
        coded = code(
            line("1", "saline", "hydration", "09:00", "09:30"), line("2", "ketorolac", "im", "09:05", None)
        )
        assert coded.flags == ()

    def test_the_second_and_later_are_set_apart(self):
        coded = code(*(line(str(n), f"drug {n}", "sc", f"09:0{n}", None) for n in (1, 2, 3)))
        assert said(coded) == ["96372 x1 from 1", "96372-59 x2 from 2 3"]


class TestComplexDrugs:
    EPTI = infusion("1", "eptinezumab", "09:00", "09:30")
    COMPLEX = frozenset({"eptinezumab"})

    def test_without_the_payers_word_it_is_therapeutic(self):
        assert said(code(self.EPTI)) == ["96365 x1 from 1"]

    def test_it_outranks_a_longer_infusion(self):
        coded = code(infusion("2", "magnesium", "09:40", "10:40"), self.EPTI, complex_drugs=self.COMPLEX)
        assert said(coded) == ["96413 x1 from 1", "96367 x1 from 2"]

    def test_where_another_drug_was_the_reason_it_is_the_next_complex_infusion(self):
        coded = code(
            infusion("2", "magnesium", "09:40", "10:40"),
            self.EPTI,
            complex_drugs=self.COMPLEX,
            primary_reason="2",
        )
        assert said(coded) == ["96365 x1 from 2", "96417 x1 from 1"]


class TestSites:
    LEFT = infusion("1", "lidocaine", "09:00", "10:00", site="L")
    RIGHT = infusion("2", "magnesium", "09:00", "09:40", site="R")

    def test_a_documented_second_site_has_an_initial_of_its_own(self):
        coded = code(self.LEFT, replace(self.RIGHT, site_necessary=True))
        assert said(coded) == ["96365 x1 from 1", "96365-59 x1 from 2"]
        assert coded.flags == ()

    def test_whichever_was_charted_first_the_documented_one_is_the_second(self):
        coded = code(replace(self.RIGHT, site_necessary=True), self.LEFT)
        assert said(coded) == ["96365 x1 from 1", "96365-59 x1 from 2"]

    def test_concurrent_is_once_for_all_sites(self):
        coded = code(
            self.LEFT,
            infusion("3", "valproate", "09:00", "09:50", site="L"),
            replace(self.RIGHT, site_necessary=True),
            infusion("4", "levetiracetam", "09:00", "09:30", site="R"),
        )
        assert said(coded) == ["96365 x1 from 1", "96368 x1 from 3", "96365-59 x1 from 2"]
        assert coded.not_billed == {"4": "concurrent_already_reported"}

    def test_an_undocumented_site_is_no_site(self):
        coded = code(self.LEFT, self.RIGHT)
        assert said(coded) == ["96365 x1 from 1", "96368 x1 from 2"]
        assert coded.flags == ("review:second_site_not_documented",)

    def test_a_line_without_a_site_belongs_to_the_first_and_a_muscle_is_none(self):
        coded = code(
            push("2", "ketorolac", "08:50"),
            self.LEFT,
            line("3", "promethazine", "im", "09:00", None, site="deltoid"),
        )
        assert coded.flags == ("ptp_check:96372",)


class TestOfficeAndFacility:
    CHART = (push("1", "DHE", "09:00"), infusion("2", "magnesium", "09:10", "09:50"))

    def test_a_facility_knows_only_rank(self):
        assert said(code(*self.CHART, setting=FACILITY, primary_reason="1")) == [
            "96365 x1 from 2",
            "96375 x1 from 1",
        ]

    def test_an_office_names_its_reason(self):
        assert said(code(*self.CHART, primary_reason="1")) == ["96374 x1 from 1", "96367 x1 from 2"]

    @pytest.mark.parametrize("pos", [19, 21, 22, 23, 24, 26, 51, 52, 61])
    def test_where_the_facility_bills_the_practice_does_not(self, pos):
        coded = code(*self.CHART, pos=pos)
        assert (coded.status, coded.lines, coded.flags) == ("ready", (), ())
        assert set(coded.not_billed) == {"1", "2"}
        assert set(coded.not_billed.values()) == {"facility_pos_professional_claim"}

    def test_an_independent_clinic_is_as_good_as_an_office(self):
        assert said(code(*self.CHART, pos=49)) == said(code(*self.CHART))

    def test_a_service_over_midnight_has_the_day_it_began(self):
        coded = code(
            infusion("1", "lidocaine", "23:00", "21 01:00"),
            push("2", "ketorolac", "21 00:10"),
            setting=FACILITY,
        )
        assert [(billed.cpt, billed.dos) for billed in coded.lines] == [
            ("96365", date(2026, 11, 20)),
            ("96366", date(2026, 11, 20)),
            ("96375", date(2026, 11, 21)),
        ]


def ran(start, minutes, **more):
    begin = datetime(2026, 11, 20, 8) + timedelta(minutes=start)
    return ChartLine(
        start=begin, stop=None if minutes is None else begin + timedelta(minutes=minutes), **more
    )


charted = st.builds(
    ran,
    start=st.integers(0, 240),
    minutes=st.sampled_from([None, *range(1, 40), 90, 91, 151]),
    id=st.just("?"),
    drug=st.sampled_from(["magnesium", "valproate", "ketorolac", "eptinezumab"]),
    mode=st.sampled_from(Mode),
    order=st.sampled_from([None, "o1", "o2"]),
    mixture=st.sampled_from([None, None, "b1"]),
    site=st.sampled_from([None, "L", "R"]),
    site_necessary=st.booleans(),
    necessity=st.booleans(),
)


def numbered(lines):
    return [replace(one, id=str(n)) for n, one in enumerate(lines)]


policies = st.fixed_dictionaries(
    {
        "missing_stop": st.sampled_from(["hold", "push"]),
        "hydration_sum": st.sampled_from(["cumulative", "continuous"]),
        "repeat_infusion": st.sampled_from(["interval", "sum"]),
        "complex_drugs": st.sampled_from([frozenset(), frozenset({"eptinezumab"})]),
        "primary_reason": st.sampled_from([None, "0", "1"]),
    }
)


@given(st.lists(charted, max_size=7).map(numbered), st.sampled_from(Setting), policies)
def test_every_charted_line_ends_billed_explained_or_held(lines, setting, policy):
    coded = code(*lines, setting=setting, **policy)
    billed = {id for one in coded.lines for id in one.from_lines}
    everything = {one.id for one in lines}
    assert not billed & coded.not_billed.keys()
    if coded.status == "hold":
        assert not coded.lines
        assert any(flag.startswith("hold:") for flag in coded.flags)
    else:
        assert billed | coded.not_billed.keys() == everything


@given(st.lists(charted, max_size=7).map(numbered), st.sampled_from(Setting), policies)
def test_a_visit_has_one_plain_initial_one_concurrent_and_no_office_repeat(lines, setting, policy):
    coded = code(*lines, setting=setting, **policy)
    units = {(one.cpt, one.modifiers): 0 for one in coded.lines}
    for one in coded.lines:
        units[one.cpt, one.modifiers] += one.units
    initials = {"96360", "96365", "96374", "96409", "96413"}
    assert sum(count for (cpt, modifiers), count in units.items() if cpt in initials and not modifiers) <= 1
    assert units.get(("96368", ()), 0) <= 1
    assert setting is FACILITY or "96376" not in {cpt for cpt, _ in units}
