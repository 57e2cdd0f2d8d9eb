import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regimens.models import Drug, Regimen
from regimens.services import reviewing
from tests.clock import NINE
from tests.people import signed_in


@pytest.fixture
def browser(felix, loaded):
    return signed_in(felix)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_formulary_lists_every_drug_and_what_a_nurse_asks_first(browser):
    page = text(browser.get("/formulary/"))
    assert page.count('scope="row"') == 32
    assert "ketorolac" in page and "not orderable" in page and "unreviewed" in page


def test_the_list_is_filtered_by_word_kind_and_review(browser, ada):
    assert text(browser.get("/formulary/?text=VYEPTI")).count('scope="row"') == 1
    assert text(browser.get("/formulary/?category=emergency")).count('scope="row"') == 1
    reviewing.save_reviewed(row=Drug.objects.get(code="ketorolac"), by=ada, at=NINE)
    assert text(browser.get("/formulary/?unreviewed=on")).count('scope="row"') == 31
    assert "No drug matches" in text(browser.get("/formulary/?text=zzz"))


def test_an_htmx_request_gets_the_table_alone(browser):
    answer = browser.get("/formulary/?text=ket", headers={"HX-Request": "true"})
    assert answer.content.strip().startswith(b'<section class="panel scroll-x" id="drugs"')
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize(
    "code", ["valproate_sodium", "ketamine", "normal_saline", "eptinezumab", "tramadol_iv"]
)
def test_a_drug_page_opens(browser, code):
    assert browser.get(f"/formulary/{code}/").status_code == 200


def test_a_drug_page_shows_dates_warnings_and_where_each_value_comes_from(browser):
    page = text(browser.get("/formulary/valproate_sodium/"))
    for words in (
        "Hepatotoxicity",
        "J3379",
        "01 Jan 2026",
        "31 Dec 2025",
        "urea cycle disorder",
        "IV use beyond 14 days is unstudied",
        "500 mg",
        "recalled, not checked",
        "driving hours and level are center policy, not label text",
        "Depacon boxed warning text",
    ):
        assert words in page


def test_a_reviewed_drug_says_by_whom(browser, ada):
    reviewing.save_reviewed(row=Drug.objects.get(code="ketorolac"), by=ada, at=NINE)
    assert "reviewed</span> Ada Ahl, 20 Nov 2026" in text(browser.get("/formulary/ketorolac/"))


def test_a_drug_or_regimen_that_is_not_there_is_not_found(browser):
    assert browser.get("/formulary/aspirin/").status_code == 404
    assert browser.get("/regimens/aspirin/").status_code == 404


def test_the_regimens_say_their_minutes(browser):
    page = text(browser.get("/regimens/"))
    assert page.count('scope="row"') == 10
    assert "3 h 55" in page and "every 84 days" in page


def test_a_regimen_page_shows_steps_picture_and_what_to_find_out(browser):
    page = text(browser.get("/regimens/status_migrainosus_dhe/"))
    for words in (
        "test dose",
        "235 minutes in the chair",
        "coronary artery disease",
        "last triptan time",
        "optional",
    ):
        assert words in page
    assert "in words" in page


def test_the_chair_sees_the_formulary_before_any_drug_is_loaded(felix):
    assert "load_reference" in text(signed_in(felix).get("/regimens/"))


@pytest.mark.parametrize(
    "path", ["/formulary/", "/formulary/ketorolac/", "/regimens/", "/regimens/valproate_load/"]
)
def test_who_may_not_browse_is_told_so(mallory, loaded, path):
    assert signed_in(mallory).get(path).status_code == 403


def queries(browser, path):
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


def test_the_lists_cost_the_same_at_two_and_at_twenty_rows(browser, ada):
    for row in [*Drug.objects.all(), *Regimen.objects.all()]:
        reviewing.save_reviewed(row=row, by=ada, at=NINE)
    queries(browser, "/regimens/")  # the session is noted as seen
    few = queries(browser, "/formulary/?text=ketor")
    assert queries(browser, "/formulary/") == few
    many = queries(browser, "/regimens/")
    Regimen.objects.filter(pk__in=list(Regimen.objects.values_list("pk", flat=True)[2:])).delete()
    assert queries(browser, "/regimens/") == many
