"""Hold parameters against what was measured."""

import pytest

from visits.rules import holding

DHE = ["sbp_gt_160", "dbp_gt_100", "chest_pain", "triptan_within_24h", "hcg_positive"]


@pytest.mark.parametrize(
    ("tags", "numbers", "reasons"),
    [
        (DHE, {"systolic": 160, "diastolic": 100}, []),
        (DHE, {"systolic": 161, "diastolic": 80}, ["systolic pressure 161 is over 160"]),
        (["resp_rate_lt_12"], {"breaths": 11}, ["breathing rate 11 is under 12"]),
        (["map_lt_65"], {"systolic": 90, "diastolic": 50}, ["mean pressure 63 is under 65"]),
        (["map_lt_65"], {"systolic": 90}, []),
        (["rass_lt_minus_2"], {"rass": -2}, []),
        (["rass_lt_minus_2"], {"rass": -3}, ["RASS -3 is under -2"]),
        (["rass_lt_minus_2"], {"rass": 0}, []),
        (["sbp_lt_90"], {}, []),
    ],
)
def test_a_number_beyond_the_limit_is_a_reason(tags, numbers, reasons):
    assert holding.reasons(tags, numbers) == reasons


def test_what_nobody_measured_is_named_and_is_no_reason():
    assert holding.not_measured(DHE, {"systolic": 120}) == ["diastolic pressure"]
    assert holding.not_measured(["map_lt_65"], {"systolic": 90}) == ["mean pressure"]


def test_what_has_no_number_is_watched_and_what_the_rules_check_is_left_to_them():
    assert holding.watch_for(DHE) == ["chest pain"]
