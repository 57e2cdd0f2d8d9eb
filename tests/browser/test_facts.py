"""The questions at check-in and the pregnancy test at the chair, by taps."""

import pytest

from patients.models import HomeMedication, Result, ScreeningAnswer
from tests.browser.conftest import minutes_ago, today_at
from tests.browser.test_a_patients_day import choose, settled
from visits.models import Visit
from visits.services import booking, flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(site, chairs, nurses, pia, felix):
    return booking.book_visit(
        site=site,
        patient=pia,
        starts_at=minutes_ago(10).replace(second=0, microsecond=0),
        minutes=60,
        load=3,
        by=felix,
        at=minutes_ago(30),
    )


def test_felix_asks_and_nora_tests(visit, open_page, nora):
    desk = open_page("felix", width=1180, height=820)
    desk.goto("/today/")
    desk.locator(f"[hx-get*='{visit.key}']").first.click()
    desk.get_by_role("button", name="Check in").click()
    desk.get_by_role("link", name="Ask the questions").click()
    settled(desk)
    time = desk.get_by_label("About what time?").first
    assert not time.is_visible()  # it comes with the answer
    choose(desk, "Today", "When did you last take a triptan")
    time.fill("06:30")
    desk.get_by_label("Which one?").first.fill("rizatriptan 10 mg")
    choose(desk, "No", "Is this headache different")
    choose(desk, "Yes", "Does somebody drive you home")
    desk.get_by_label("Who?").fill("Sam")
    desk.get_by_role("button", name="Save what was asked").click()
    desk.get_by_text("Sam").first.wait_for()
    assert HomeMedication.objects.get().text == "rizatriptan 10 mg"
    assert set(ScreeningAnswer.objects.values_list("question", flat=True)) == {
        "triptan",
        "new_headache_type",
        "driver",
    }
    assert desk.locator(".asked").get_by_text("not asked").count() == 4

    flow.seat(visit=Visit.objects.get(), by=nora, at=today_at(visit.site, 10))
    chairs = open_page("nora", width=1180, height=820)
    chairs.goto("/chairs/")
    chairs.get_by_role("link", name="Results", exact=True).click()
    chairs.get_by_role("button", name="hCG negative").click()
    chairs.get_by_role("link", name="Results", exact=True).wait_for()
    chairs.get_by_text("hCG negative").wait_for()
    row = Result.objects.get()
    assert (row.kind, row.outcome, row.recorded_by) == ("hcg", "negative", nora)
    for page in (desk, chairs):
        assert page.troubles == []
