"""Drug lines the rule book decides, beside the worked cases."""

from datetime import date
from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.units import (
    BadDescription,
    MissingUnit,
    Source,
    Vial,
    charge_drug,
    describe_unclassified,
)
from regimens.rules.waste import CannotMakeDose, Container

NDC, OTHER_NDC = "12345067890", "54321067890"


def vial(amount, count=1, *, ndc=NDC, ml="1", source=Source.BUY_AND_BILL):
    return Vial(Decimal(amount), count, ndc, Decimal(ml) if ml else None, source)


def charge(dose, *vials, unit="1", code="J0000", container=Container.SINGLE, **more):
    return charge_drug(
        code=code,
        unit=Decimal(unit) if unit else None,
        dose=Decimal(dose),
        vials=vials,
        container=container,
        **more,
    )


def said(charged):
    return [
        "-".join((str(line.units), *line.modifiers)) + f" {line.ndc_qty}{line.ndc_uom}"
        for line in charged.lines
    ]


SINGLE_DOSE = {
    "three whole vials": (charge(300, vial(100, 3)), ["300-JZ 3ML"], 0),
    "305 of 400 in tens": (charge(305, vial(100, 4), unit=10), ["31 3.050ML", "9-JW 0.950ML"], 95),
    "a whole unit of waste": (charge(75, vial(100)), ["75 0.750ML", "25-JW 0.250ML"], 25),
    "up to 5 mg, half given": (charge("2.5", vial(5, ml=2), unit=5), ["1-JZ 2ML"], "2.5"),
    "up to 50 mg, half given": (charge(25, vial(50), unit=50), ["1-JZ 1ML"], 25),
    "quarter milligrams": (charge(20, vial(20, ml=2), unit="0.25"), ["80-JZ 2ML"], 0),
    "half of it wasted": (charge(10, vial(20), unit="0.25"), ["40 0.500ML", "40-JW 0.500ML"], 10),
    "a powder counts by the piece": (charge(100, vial(100, ml=None), unit=10), ["10-JZ 1UN"], 0),
    "two lots of one NDC": (charge(2000, vial(1000), vial(1000), unit=500), ["4-JZ 2ML"], 0),
    "no waste beyond the vial": (charge(11, vial(25), unit=10), ["2-JZ 1ML"], 14),
}


@pytest.mark.parametrize(("charged", "lines", "waste"), SINGLE_DOSE.values(), ids=SINGLE_DOSE)
def test_a_single_dose_vial(charged, lines, waste):
    assert (said(charged), charged.waste) == (lines, Decimal(waste))


def test_a_multi_dose_vial_bills_what_was_given():
    charged = charge(4, vial(40, ml=20), container=Container.MULTI)
    assert (said(charged), charged.waste) == (["4 2.000ML"], 0)


def test_a_payer_may_want_no_modifier_for_waste_below_a_unit():
    charged = charge(5, vial(10, ml=2), unit=10, jz_when_sub_unit_waste=False)
    assert (said(charged), charged.waste) == (["1 2ML"], 5)


def test_no_waste_keeps_its_modifier_whatever_the_payer_says_of_small_waste():
    assert said(charge(10, vial(10), unit=10, jz_when_sub_unit_waste=False)) == ["1-JZ 1ML"]


@pytest.mark.parametrize(("dos", "line"), [(date(2023, 6, 30), "1 1ML"), (date(2023, 7, 1), "1-JZ 1ML")])
def test_the_modifier_for_no_waste_began_in_july_2023(dos, line):
    assert said(charge(1, vial(1), dos=dos)) == [line]


@pytest.mark.parametrize("source", [Source.WHITE_BAG, Source.BROWN_BAG, Source.SAMPLE, Source.FREE])
def test_what_the_practice_did_not_buy_it_does_not_bill(source):
    charged = charge(75, vial(100, source=source))
    assert (charged.lines, charged.waste) == ((), 25)


class TestTwoNdcs:
    def test_each_has_its_line_and_the_last_one_opened_has_the_waste(self):
        charged = charge(1500, vial(1000), vial(1000, ndc=OTHER_NDC), unit=500)
        assert said(charged) == ["2-JZ 1ML", "1 0.500ML", "1-JW 0.500ML"]
        assert [line.ndc11 for line in charged.lines] == [NDC, OTHER_NDC, OTHER_NDC]
        assert charged.flags == ("two_ndcs",)

    def test_rounding_up_twice_does_not_make_a_unit(self):
        charged = charge(250, vial(125), vial(125, ndc=OTHER_NDC), unit=10)
        assert sum(line.units for line in charged.lines) == 25

    def test_only_the_bought_one_is_billed(self):
        charged = charge(200, vial(100, source=Source.WHITE_BAG), vial(100, ndc=OTHER_NDC))
        assert (said(charged), charged.flags) == (["100-JZ 1ML"], ())


class TestTheChoiceOfVials:
    SIZES = (Decimal(100), Decimal(400))

    def test_a_large_vial_for_a_dose_of_small_ones(self):
        charged = charge(300, vial(400), available=self.SIZES)
        assert charged.flags == ("inefficient_vial_choice",)
        assert said(charged) == ["300 0.750ML", "100-JW 0.250ML"]

    def test_the_best_choice_is_not_remarked_on(self):
        assert charge(300, vial(100, 3), available=self.SIZES).flags == ()
        assert charge(400, vial(400), available=self.SIZES).flags == ()

    def test_a_multi_dose_vial_has_no_better_choice(self):
        assert charge(300, vial(400), container=Container.MULTI, available=self.SIZES).flags == ()


class TestUnclassifiedCodes:
    def test_one_unit_and_the_name_with_the_dose(self):
        text = describe_unclassified(name="ketamine hydrochloride", dose=Decimal("25.0"))
        charged = charge(
            25, vial(500, ml=10), code="J3490", unit=None, container=Container.MULTI, description=text
        )
        assert said(charged) == ["1 0.500ML"]
        assert charged.lines[0].sv101_7 == "KETAMINE HCL 25 MG IV"

    def test_waste_has_no_whole_unit_and_no_line(self):
        charged = charge(300, vial(500), code="J3490", unit=1, description="VALPROATE SODIUM 300 MG IV")
        assert (said(charged), charged.waste) == (["1-JZ 1ML"], 200)

    def test_without_a_text_the_claim_would_be_rejected(self):
        with pytest.raises(BadDescription, match="J3590"):
            charge(25, vial(25), code="J3590", unit=None)

    @pytest.mark.parametrize("name", ["ketamine 50 mg/mL", "ketamine*", "k" * 80])
    def test_a_name_the_payer_cannot_read_is_refused(self, name):
        with pytest.raises(BadDescription):
            describe_unclassified(name=name, dose=Decimal(25))

    @pytest.mark.parametrize(("dose", "text"), [("100", "100"), ("0.50", "0.5"), ("1E+2", "100")])
    def test_the_dose_is_written_plainly(self, dose, text):
        assert describe_unclassified(name="x", dose=Decimal(dose)) == f"X {text} MG IV"


def test_a_classified_code_needs_its_unit():
    with pytest.raises(MissingUnit, match="J0000"):
        charge(10, vial(10), unit=None)


def test_a_dose_beyond_the_vials_is_refused():
    with pytest.raises(CannotMakeDose, match="300"):
        charge(300, vial(100))


tenths = st.integers(1, 5000).map(lambda n: Decimal(n) / 10)
opened = st.lists(
    st.builds(
        vial, st.sampled_from([1, 5, 25, 100, 500]), st.integers(1, 4), ndc=st.sampled_from([NDC, OTHER_NDC])
    ),
    min_size=1,
    max_size=4,
)


@given(tenths, opened, st.sampled_from(["0.25", "1", "5", "10", "50"]), st.sampled_from(Container))
def test_units_cover_the_dose_and_stay_within_the_vials(dose, vials, unit, container):
    held = sum(one.held for one in vials)
    dose = min(dose, held)
    charged = charge(dose, *vials, unit=unit, container=container)
    given_units = sum(line.units for line in charged.lines if "JW" not in line.modifiers)
    all_units = sum(line.units for line in charged.lines)
    assert given_units == (dose / Decimal(unit)).to_integral_value(ROUND_CEILING)
    assert all_units <= max(given_units, held / Decimal(unit))
    assert all(line.units > 0 and line.ndc_qty >= 0 for line in charged.lines)
    assert charged.waste == (held - dose if container is Container.SINGLE else 0)
    assert sum(line.ndc_qty for line in charged.lines) <= sum(one.quantity for one in vials)
