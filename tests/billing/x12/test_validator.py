"""pyx12's verdict in our words: where, which claim, what, and nobody's particulars."""

import io
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from billing.x12.acks import read_999
from billing.x12.validator import validate
from billing.x12.writer import segments, write_837p
from tests.billing.x12.people import batch, cocktail, preventive

TEXT = write_837p(batch())


def test_the_999_that_comes_with_a_good_file_answers_our_control_numbers():
    verdict = validate(TEXT)
    (group,) = read_999(verdict.ack).groups
    assert (verdict.ok, group.control_number, group.sets[0].control_number) == (True, "815", "0001")


def test_a_fault_is_named_with_its_segment_its_position_and_its_claim():
    verdict = validate(TEXT.replace("DMG*D8*20060203*F~", "DMG*D8*20061303*F~"))
    assert not verdict.ok
    position = list(segments(batch())).index("DMG*D8*20060203*F") - 1  # ISA and GS stand before ST
    assert verdict.errors == [
        f"Segment DMG at position {position} (claim CLM-0002): Patient Birth Date is not a date."
    ]


def test_a_missing_segment_is_named():
    verdict = validate(TEXT.replace("NM1*PR*2*EXAMPLE BLUE*****PI*00590~\n", ""))
    assert any(one.endswith("(claim CLM-0002): Payer Name is missing.") for one in verdict.errors)
    assert any("SE count" in one for one in verdict.errors)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not X12",
        TEXT.replace("005010X222A1", "005010X222A2"),
        TEXT.replace("*0*T*:", "*0*X*:"),
        TEXT[:900],
        TEXT.replace("GS*HC*", "GS*ZZ*"),
        TEXT.replace("ST*837*0001*005010X222A1~\n", ""),
    ],
    ids=["empty", "words", "X222A2", "usage", "cut", "group", "no ST"],
)
def test_a_broken_file_is_a_fault_and_not_a_crash(text):
    verdict = validate(text)
    assert not verdict.ok
    assert verdict.errors


@pytest.mark.parametrize("name", ["linuxforhealth-drug-10-1.837", "no-isa.835", "imsweb-accepted.999"])
def test_files_of_others_never_crash_it(name):
    validate((Path(__file__).parents[2] / "data" / "x12" / name).read_text())


@pytest.fixture
def root_log():
    """What reaches the root logger. caplog will not do: it also listens to loggers that pass nothing on."""
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_fault_no_log_and_no_output_repeats_a_value(root_log, capfd):
    bad = (
        TEXT.replace("ZOE*M***MI", "Z\x07SECRETNAME*M***MI")
        .replace("*F~", "*Q~")
        .replace("MBR001234567", "S" * 90)
    )
    verdict = validate(bad)
    said = " ".join(verdict.errors) + root_log.getvalue() + "".join(capfd.readouterr())
    assert len(verdict.errors) >= 4
    assert "SECRETNAME" not in said
    assert "SSSS" not in said
    assert "Line:" not in said


def test_a_stream_serves_as_well_as_text():
    assert validate(io.StringIO(TEXT)).ok


def test_two_threads_do_not_disturb_each_other():
    good, bad = TEXT, write_837p(batch(cocktail(), preventive())).replace("ABK:G43709", "XXX:G43709")
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(validate, [good, bad] * 3))
    assert [one.ok for one in verdicts] == [True, False] * 3
    assert all(one.errors == verdicts[1].errors for one in verdicts[1::2])
    assert "CLM-0001" in verdicts[1].errors[0]
