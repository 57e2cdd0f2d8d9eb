from datetime import date, timedelta
from decimal import Decimal
from shutil import copy

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.admin import PayerRuleForm
from billing.models import ContractPrice, DrugLimit, IcdCode, Locality, RelativeValue
from billing.selectors import diagnoses
from billing.selectors.prices import PriceBook
from billing.services import diagnosis_codes, reference
from patients.models import Payer
from tests.clock import SEVEN
from tests.places import open_site

ROWS = "G43\tMigraine\tf\nG43709\tChronic migraine without aura\tt\nG43E09\tChronic migraine with aura\tt\n"
DATED = "code,effective_from,effective_to,source\nG43E09,2023-10-01,,ours\n"
J3032, J1885 = Decimal("19.323"), Decimal("0.751")


def bring_in(rows=ROWS, *, release="April 2026", digest="1"):
    return diagnosis_codes.bring_in(rows, release=release, dated=DATED, digest=digest, at=SEVEN)


def test_the_published_files_load_as_they_are(prices):
    assert [(one.table, one.created) for one in prices] == [
        ("relative values", 26),
        ("localities", 109),
        ("drug limits", 876),
    ]
    infusion = RelativeValue.objects.get(code="96365")
    assert (infusion.work, infusion.practice, infusion.malpractice) == (
        Decimal("0.21"),
        Decimal("1.54"),
        Decimal("0.04"),
    )
    assert Locality.objects.get(mac="06102", locality="16").name == "CHICAGO"
    limit = DrugLimit.objects.get(code="J3032")
    assert (limit.limit, limit.valid_from, limit.valid_to) == (J3032, date(2025, 1, 1), date(2025, 3, 31))


def test_codes_the_fee_schedule_does_not_pay_have_no_rate(prices):
    assert not RelativeValue.objects.filter(code__in=["36000", "36415", "96376"]).exists()
    assert not DrugLimit.objects.filter(code="A9606").exists()  # "N/A"


def test_a_second_load_is_one_query_a_file(prices):
    with CaptureQueriesContext(connection) as asked:
        again = reference.load_prices(at=SEVEN)
    assert all("loaded before" in one.table for one in again)
    assert len([one for one in asked if one["sql"].startswith("SELECT")]) == 3


def test_a_changed_file_says_what_changed_and_a_later_release_stands_beside(prices, tmp_path):
    text = (reference.FILES / "asp_pricing_2025q1.csv").read_text(encoding="cp1252")
    corrected = text.replace(
        "J1885,Ketorolac tromethamine inj,15 MG,0.751", "J1885,Ketorolac tromethamine inj,15 MG,0.800"
    )
    (tmp_path / "asp_pricing_2025q1.csv").write_text(corrected, encoding="cp1252")
    later = text.replace("January 1, 2025 through March 31, 2025", "April 1, 2025 through June 30, 2025")
    (tmp_path / "asp_pricing_2025q2.csv").write_text(later, encoding="cp1252")
    first, second = reference.load_prices(at=SEVEN, folder=tmp_path)
    assert first.updated == ["J1885 2025-01-01: limit"]
    assert second.created == 876
    limits = DrugLimit.objects.filter(code="J1885").order_by("valid_from").values_list("limit", flat=True)
    assert list(limits) == [Decimal("0.800"), J1885]


@pytest.mark.parametrize("text", ["", "nonsense\n", "code,status\n96365,A\n"])
def test_a_file_that_is_not_as_published_is_named_and_changes_nothing(db, tmp_path, text):
    (tmp_path / "pfs_rvu_2026.csv").write_text(text)
    with pytest.raises(reference.BadPriceFile, match=r"pfs_rvu_2026\.csv"):
        reference.load_prices(at=SEVEN, folder=tmp_path)
    assert not RelativeValue.objects.exists()


def price(code, day, *, site, drug=""):
    site.refresh_from_db()
    return PriceBook(site=site, day=day, codes=[code]).price(code, drug=drug)


def test_the_release_of_the_day_is_used_and_none_before_the_first(prices, site, tmp_path):
    copy(reference.FILES / "asp_pricing_2025q1.csv", tmp_path / "asp_pricing_2025q3.csv")
    later = (tmp_path / "asp_pricing_2025q3.csv").read_text(encoding="cp1252")
    later = later.replace("January 1, 2025 through March 31, 2025", "July 1, 2025 through September 30, 2025")
    later = later.replace(",19.323,", ",20.000,")
    (tmp_path / "asp_pricing_2025q3.csv").write_text(later, encoding="cp1252")
    reference.load_prices(at=SEVEN, folder=tmp_path)
    assert price("J3032", date(2024, 12, 31), site=site) is None
    assert price("J3032", date(2025, 2, 1), site=site).unit_charge == 3 * J3032
    assert "newest loaded: 2025 Q1" in price("J3032", date(2025, 5, 1), site=site).note
    assert price("J3032", date(2025, 8, 1), site=site).unit_charge == Decimal("60.0000")


def test_a_contract_wins_over_the_published_price_while_it_runs(prices, site):
    facts = {"site": site, "code": "J3032", "charge": 40}
    ContractPrice.objects.create(valid_from=date(2025, 1, 1), valid_to=date(2025, 6, 30), **facts)
    assert price("J3032", date(2025, 6, 30), site=site).unit_charge == 40
    assert price("J3032", date(2025, 7, 1), site=site).unit_charge == 3 * J3032


def test_a_site_without_a_locality_has_no_price_for_services(prices):
    nowhere = open_site(slug="nowhere", gpci_mac="", gpci_locality="")
    assert price("96365", date(2025, 2, 1), site=nowhere) is None


def test_diagnosis_codes_come_in_with_the_dates_we_know(db):
    assert bring_in().created == 3
    assert IcdCode.objects.get(code="G43E09").valid_from == date(2023, 10, 1)
    assert not IcdCode.objects.get(code="G43").billable


def test_a_later_release_updates_and_keeps_what_it_no_longer_has(db):
    bring_in()
    changes = bring_in("G43709\tAnother text\tt\nG43809\tNew\tt\n", release="October 2026", digest="2")
    assert (changes.created, changes.updated) == (1, ["1 codes"])
    assert IcdCode.objects.get(code="G43E09").release == "April 2026"


def test_diagnoses_are_searched_among_billable_codes_of_the_day(db):
    bring_in()
    on = date(2023, 9, 30)
    assert [one.code for one in diagnoses.search(text="migraine", day=on)] == ["G43709"]
    found = diagnoses.search(text="migraine aura", day=on + timedelta(days=1))
    assert {one.code for one in found} == {"G43709", "G43E09"}
    assert diagnoses.search(text="g", day=on) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"missing_stopp": "push"}, "Settings may be"),
        ({"missing_stop": "guess"}, "missing_stop takes hold or push"),
        ({"merge_gap_min": "5"}, "merge_gap_min takes int"),
        (["push"], "Settings may be"),
    ],
)
def test_a_misspelt_switch_of_a_payer_is_refused(db, settings, words):
    form = PayerRuleForm()
    form.cleaned_data = {"settings": settings}
    with pytest.raises(ValidationError, match=words):
        form.clean_settings()


def test_a_payers_known_switches_are_taken(db):
    payer = Payer.objects.create(name="Plan", payer_id="1")
    said = {
        "payer": payer.pk,
        "authorization": "never",
        "settings": '{"missing_stop": "push"}',
        "valid_from": "2026-01-01",
    }
    form = PayerRuleForm(said)
    assert form.is_valid(), form.errors
