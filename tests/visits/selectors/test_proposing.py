"""What the due list proposes for a dose."""

from datetime import timedelta

from tests.clock import FRIDAY, at
from tests.people import enroll
from tests.places import on_shift
from tests.visits.series_scenes import dose
from visits.selectors import proposing
from visits.services import booking
from visits.services.series import Wish

MONDAY = FRIDAY + timedelta(days=3)


def test_a_dose_is_proposed_near_its_wish_where_the_day_stays_level(epti, site, pia, felix, nora, noah):
    for nurse in (nora, noah):
        on_shift(nurse, site, starts=at(7, 30, day=MONDAY), ends=at(17, 30, day=MONDAY))
    running = epti.start(pia, first=MONDAY, wish=Wish(start_from=570, start_until=630))

    def best():
        found = proposing.proposal(dose(running, 1), at=at(7), day=MONDAY)
        return found.days[0].offers.starts[0].at

    assert best() == at(10, day=MONDAY)
    for minute in (0, 15):
        other = enroll(by=felix, given_name="Pat", family_name=f"At{minute}")
        facts = {"site": site, "patient": other, "starts_at": at(9, minute, day=MONDAY), "minutes": 120}
        booking.book_visit(**facts, load=3, by=felix, at=at(7))
    assert best() == at(11, 30, day=MONDAY)
