"""Places kept for same-day calls: who books ahead cannot have them until they are released."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from infusion_center.errors import DomainError
from tests.clock import EIGHT, FRIDAY, at
from tests.people import signed_in
from tests.places import on_shift
from tests.visits import scenes
from visits.models import Reserve
from visits.selectors.availability import offers
from visits.services import booking, reserves

MONDAY = FRIDAY + timedelta(days=3)
THE_DAY_BEFORE = at(16, 0, day=MONDAY - timedelta(days=1))


@pytest.fixture
def reserve(site, chairs, nurses, nora, max):
    """The bed, Mondays from nine to noon, until four on Sunday."""
    on_shift(nora, site, starts=at(7, 30, day=MONDAY), ends=at(17, 30, day=MONDAY))
    return keep(site, max)


def keep(site, by, **facts):
    usual = {
        "weekday": 0, "chair_kind": "bed", "starts": time(9), "ends": time(12), "places": 1,
        "released_days_before": 1, "released_at": time(16),
    }  # fmt: skip
    return reserves.keep(site=site, **(usual | facts), by=by, at=EIGHT)


def monday(site, moment):
    return offers(
        site=site, day=MONDAY, minutes=90, load=3, chair_kind="bed", earliest_at=at(9, day=MONDAY), at=moment
    )


def test_before_the_release_it_is_kept_and_says_until_when(reserve, site, pia, felix):
    found = monday(site, EIGHT)
    assert found.starts[0].at == at(12, day=MONDAY)
    assert found.why_not == ("09:00 to 12:00 is kept for same-day calls until Sun 22 Nov 16:00.",)
    words = "09:00 to 12:00 is kept for same-day calls until Sun 22 Nov 16:00; next: 12:00"
    with pytest.raises(booking.NoPlace, match=words):
        scenes.booked(patient=pia, site=site, by=felix, starts_at=at(9, day=MONDAY), chair_kind="bed")


def test_released_it_is_anybodys(reserve, site):
    assert monday(site, THE_DAY_BEFORE).starts[0].at == at(9, day=MONDAY)


def test_who_calls_on_the_day_may_have_it(reserve, site):
    assert monday(site, at(7, 30, day=MONDAY)).starts[0].at == at(9, day=MONDAY)


def test_other_days_and_other_chairs_are_not_kept(reserve, site, pia, felix):
    assert scenes.booked(patient=pia, site=site, by=felix, starts_at=at(9), chair_kind="bed")
    assert scenes.booked(patient=pia, site=site, by=felix, starts_at=at(9, 15, day=MONDAY))


def test_nurses_are_kept_with_the_places(reserve, site, max):
    """One nurse carries four of load 3: with three recliners and the bed kept, nobody fits beside them."""
    keep(site, max, chair_kind="recliner", places=3)
    found = offers(
        site=site,
        day=MONDAY,
        minutes=60,
        load=3,
        chair_kind="private",
        earliest_at=at(9, day=MONDAY),
        at=EIGHT,
    )
    assert found.starts[0].at == at(12, day=MONDAY)


def test_what_is_dropped_is_free(reserve, site, max):
    reserves.drop(reserve=reserve, by=max, at=EIGHT)
    assert monday(site, EIGHT).starts[0].at == at(9, day=MONDAY)


@pytest.mark.parametrize(
    ("facts", "field"), [({"ends": time(9)}, "ends"), ({"places": 2}, "places"), ({"places": 0}, "places")]
)
def test_what_cannot_be_is_said_at_the_field(site, chairs, max, facts, field):
    with pytest.raises(DomainError) as no:
        keep(site, max, **facts)
    assert no.value.field == field


def test_the_manager_edits_the_rows_and_the_desk_does_not(site, chairs, max, felix):
    page, boss = reverse("visits:reserves"), signed_in(max)
    assert signed_in(felix).get(page).status_code == 403
    typed = {
        "weekday": "0", "chair_kind": "bed", "starts": "09:00", "ends": "12:00", "places": "1",
        "released_days_before": "1", "released_at": "16:00",
    }  # fmt: skip
    refused = boss.post(page, typed | {"places": "5"})
    assert (refused.status_code, "There are 1 of this kind." in refused.content.decode()) == (422, True)
    assert boss.post(page, typed).status_code == 302
    assert "1 day before, 16:00" in boss.get(page).content.decode()
    boss.post(reverse("visits:drop_reserve", args=[Reserve.objects.get().pk]))
    assert not Reserve.objects.exists()
