"""The 837P as others read it: pyx12 accepts it, x12sdk sees the same claims in it."""

import io
import tracemalloc
from dataclasses import replace

import pytest
from x12sdk.io import X12ModelReader

from billing.x12 import writer
from billing.x12.elements import CannotWrite
from billing.x12.validator import validate
from billing.x12.values import ControlNumbers, PersonName
from billing.x12.writer import segments, set_control_number, write_837p, write_837p_to
from tests.billing.x12.people import PIA, TOM, batch, cocktail, preventive, with_line


def read_back(text):
    with X12ModelReader(text) as reader:
        return [claim for model in reader.models() for claim in model.claims()]


def seen(claim):
    return [line.sv1_segment.x12() for line in claim.claim.loop_2400]


def test_pyx12_accepts_a_preventive_infusion_and_a_cocktail_for_a_dependent():
    verdict = validate(write_837p(batch()))
    assert verdict.errors == []
    assert verdict.ok


def test_another_reader_sees_the_same_claims():
    first, second = read_back(write_837p(batch()))
    assert (first.patient_control_number, first.charge) == ("CLM-0001", preventive().charge)
    assert first.patient_name == ("PENA-O'BRIEN", "ZOE")
    assert not first.is_dependent
    assert first.member_id == "MBR001234567"
    assert second.patient_name == ("TESTER", "TESSA")
    assert (second.is_dependent, second.relationship) == (True, "19")
    assert second.subscriber_name == ("TESTER", "TOM")
    assert (first.billing_provider_npi, second.payer_name) == ("1234567893", "EXAMPLE BLUE")


def test_another_reader_sees_the_same_lines():
    first, second = read_back(write_837p(batch()))
    assert seen(first) == ["SV1*HC:96365*250.00*UN*1***1~", "SV1*HC:J3032:JZ*1850.00*UN*100***1~"]
    assert seen(second)[0] == "SV1*HC:99213:25*150.00*UN*1***1~"
    assert seen(second)[2] == "SV1*HC:96361:59*60.00*UN*1***2:1~"
    assert seen(second)[4] == "SV1*HC:J3490:::::KETAMINE HCL 25 MG IV*140.00*UN*1***1~"


def test_a_name_with_every_delimiter_in_it_stays_one_name():
    name = PersonName("D’Ávila~Muñoz", "Jos*é", "A:B^C")
    home = replace(PIA.address, line1="12 Côte*St~~", city="Mt. Añil")
    text = write_837p(batch(replace(preventive(), subscriber=replace(PIA, name=name, address=home))))
    assert "NM1*IL*1*D'AVILA MUNOZ*JOS E*A B C**" in text
    assert "N3*12 COTE ST*APT. 4~" in text
    assert validate(text).ok
    assert read_back(text)[0].patient_name == ("D'AVILA MUNOZ", "JOS E")


def test_the_drug_its_quantity_and_the_numbers_we_match_by_are_on_the_wire():
    written = list(segments(batch()))
    drug = written.index("LIN**N4*67386013051")
    assert written[drug - 2 : drug + 2] == [
        "DTP*472*D8*20261120",
        "REF*6R*L0002",
        "LIN**N4*67386013051",
        "CTP****1*ML",
    ]
    assert {"REF*G1*AUTH998877", "REF*EA*MRN000123", "HI*ABK:G43709", "HI*ABK:G43701*ABF:R112"} <= set(
        written
    )
    assert "NTE*ADD*TOTAL DOSE 25 MG" in written


def test_the_envelope_has_its_fixed_width_and_our_control_numbers():
    written = list(segments(batch(usage="P")))
    assert len(written[0]) == 105
    assert written[0].endswith("*261121*0730*^*00501*000004711*0*P*:")
    assert written[1] == "GS*HC*HHC12345*CH987654*20261121*0730*815*X*005010X222A1"
    assert written[-3:] == [f"SE*{len(written) - 4}*0001", "GE*1*815", "IEA*1*000004711"]


def test_a_replacement_names_the_payers_claim():
    again = replace(preventive(), frequency="7", payer_claim_number="ICN123456")
    text = write_837p(batch(again))
    assert "CLM*CLM-0001*2100.00***11:B:7*Y*A*Y*Y~" in text
    assert "REF*F8*ICN123456~" in text
    assert validate(text).ok


def test_a_long_batch_is_cut_into_transaction_sets(monkeypatch):
    monkeypatch.setattr(writer, "CLAIMS_IN_SET", 2)
    many = batch(*(cocktail(f"C{n}") for n in range(5)), control=ControlNumbers(1, 2, first_set=41))
    text = write_837p(many)
    assert [one for one in text.split("~\n") if one.startswith("ST*")] == [
        f"ST*837*{number}*005010X222A1" for number in ("0041", "0042", "0043")
    ]
    assert "GE*3*2~" in text
    assert [set_control_number(many.control, at) for at in range(5)] == [
        "0041",
        "0041",
        "0042",
        "0042",
        "0043",
    ]
    assert validate(text).ok


def test_a_batch_without_claims_is_not_a_file():
    with pytest.raises(CannotWrite, match="no claim"):
        write_837p(replace(batch(), claims=()))


def test_a_value_that_does_not_fit_is_refused_in_words():
    stranger = replace(preventive(), subscriber=replace(TOM, member_id="A*1"))
    with pytest.raises(CannotWrite, match="member number"):
        write_837p(batch(stranger))
    with pytest.raises(CannotWrite, match="NDC has no quantity"):
        write_837p(batch(with_line(preventive(), 1, ndc_quantity=None)))


class Rows:
    """Claims that exist one at a time, as rows read in pieces do."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return (cocktail(f"C{number}") for number in range(self.count))


class Nowhere(io.TextIOBase):
    def write(self, text):
        return len(text)


def peak_memory(claims):
    tracemalloc.start()
    try:
        written = write_837p_to(Nowhere(), replace(batch(), claims=Rows(claims)))
        return written, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_five_times_the_claims_take_no_more_memory():
    peak_memory(10)
    few, small = peak_memory(1000)
    many, large = peak_memory(5000)
    assert many > 4.9 * few
    assert large < 1.2 * small + 20_000
