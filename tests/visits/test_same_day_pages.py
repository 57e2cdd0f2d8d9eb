"""The same-day flow through the browser's eyes: red flags, the waitlist, freed times, walk-ins, the rate."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from patients.services import reaching
from tests.clock import EIGHT, FRIDAY, NINE, at
from tests.people import enroll, signed_in
from tests.visits import scenes
from visits.models import CallRequest, FreedTime, Offer, Visit, Waiting
from visits.services import calls, flow, waitlist

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def desk(felix, chairs, nurses):
    return signed_in(felix)


def said(response):
    return " ".join(response.content.decode().split())


def post(client, name, *args, **typed):
    return client.post(reverse(f"visits:{name}", args=args), typed, headers=HTMX)


def rung(site, felix, **facts):
    return calls.take_call(site=site, day=FRIDAY, caller="Pia Pell", by=felix, at=EIGHT, **facts)


def wait(patient, site, felix, **facts):
    usual = {"chair_kind": "bed", "minutes": 90, "load": 3, "must_leave_by": at(11), "travel_minutes": 20}
    return waitlist.join(site=site, day=FRIDAY, patient=patient, **(usual | facts), by=felix, at=EIGHT)


@pytest.fixture
def in_bed(site, chairs, nurses, felix, paul):
    return scenes.booked(patient=paul, site=site, by=felix, chair_kind="bed")


@pytest.fixture
def task(in_bed, pia, site, felix):
    wait(pia, site, felix)
    flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
    return FreedTime.objects.get()


class TestRedFlags:
    def test_a_yes_on_the_phone_offers_no_chair_but_says_where(self, desk):
        page = post(desk, "take_call", caller="Pia", flag_thunderclap="yes", flag_fever="no")
        assert page.status_code == 200
        words = said(page)
        assert "Worst headache, within a minute" in words
        assert "Emergency department now.</strong> Not a chair." in words
        assert "4 not asked" in words
        assert "Find and book" not in words
        assert 'data-announce="Red flag: emergency department now, not a chair."' in words
        call = CallRequest.objects.get()
        sent = post(desk, "send_on", call.key, where="emergency")
        assert "1 sent on" in said(sent)
        call.refresh_from_db()
        assert (call.state, call.sent_to) == ("sent_on", "emergency")

    def test_asked_later_and_all_no_it_can_be_booked(self, desk, site, felix):
        call = rung(site, felix)
        assert "6 not asked" in said(desk.get(reverse("visits:today")))
        flags = ["thunderclap", "fever", "injury", "deficit", "pregnancy", "new_kind"]
        page = said(post(desk, "ask_red_flags", call.key, **{f"flag_{flag}": "no" for flag in flags}))
        assert "not asked" not in page.split("New call")[0]
        assert "Find and book" in page

    def test_find_and_book_goes_on_at_whom_it_found(self, desk, site, felix, pia, paul):
        call = rung(site, felix)
        found = said(post(desk, "book_find", text="p", call=call.key))
        assert found.count("data-focus") == 1

    def test_what_was_typed_stays_when_the_caller_has_no_name(self, desk):
        page = post(desk, "take_call", caller="", flag_deficit="yes")
        assert page.status_code == 422
        assert re.search(r'id="new-deficit-yes" value="yes" checked', said(page))

    def test_only_a_provider_clears_and_says_why(self, desk, site, felix, dana):
        call = rung(site, felix, red_flags={"new_kind": "yes"})
        assert post(desk, "clear_flag", call.key, flag="new_kind", reason="Old").status_code == 403
        provider = signed_in(dana)
        refused = post(provider, "clear_flag", call.key, flag="new_kind", reason="")
        assert (refused.status_code, "Say why" in said(refused)) == (422, True)
        page = said(post(provider, "clear_flag", call.key, flag="new_kind", reason="MRI clean"))
        assert "cleared: MRI clean" in page
        assert "Find and book" in page

    @pytest.mark.parametrize("typed", [{"where": "home"}, {}])
    def test_sent_nowhere_is_a_sentence(self, desk, site, felix, typed):
        page = post(desk, "send_on", rung(site, felix).key, **typed)
        assert (page.status_code, "Say where they are sent." in said(page)) == (422, True)


class TestTheWaitlist:
    def test_from_the_booking_panel_onto_the_list(self, desk, in_bed, pia, site, felix):
        call = rung(site, felix, patient=pia)
        typed = {
            "patient": pia.key, "call": call.key, "day": "2026-11-20", "wanted": "undecided",
            "chair_kind": "bed", "leave_by": "11:00", "travel_minutes": "20",
        }  # fmt: skip
        assert "Put on the waitlist" in said(post(desk, "book_offers", **typed))
        done = post(desk, "join_waitlist", **typed)
        assert "board-changed" in done.headers["HX-Trigger"]
        assert "On the waitlist" in said(done)
        entry = Waiting.objects.get()
        assert (entry.patient, entry.call, entry.minutes, entry.travel_minutes) == (pia, call, 120, 20)
        page = said(desk.get(reverse("visits:today")))
        assert "20 min away" in page
        assert "Fits no more today" in page or "Would fit" in page
        again = post(desk, "join_waitlist", **typed)
        assert (again.status_code, "waitlist of that day already" in said(again)) == (409, True)

    def test_what_cannot_be_is_said_at_the_field(self, desk, pia):
        typed = {"patient": pia.key, "day": "2026-11-20", "wanted": "undecided", "travel_minutes": "far"}
        page = post(desk, "join_waitlist", **typed)
        assert (page.status_code, "Enter a whole number" in said(page)) == (422, True)

    def test_a_booked_patient_would_come_earlier(self, desk, in_bed):
        assert "Would come earlier" in said(desk.get(reverse("visits:visit", args=[in_bed.key])))
        page = post(desk, "wants_earlier", in_bed.key, earliest="08:30", travel_minutes="15")
        assert "On the waitlist" in said(page)
        assert Waiting.objects.get().earliest_at == at(8, 30)
        assert post(desk, "wants_earlier", in_bed.key, earliest="soon").status_code == 422

    def test_the_red_flags_of_who_waits_are_asked_there(self, desk, in_bed, pia, site, felix):
        call = rung(site, felix)
        wait(pia, site, felix, call=call)
        assert "6 not asked" in said(desk.get(reverse("visits:today")))
        page = said(post(desk, "ask_red_flags", call.key, flag_fever="yes"))
        assert "Sent to the emergency department" in page
        assert "when a bed is free" not in page
        post(desk, "send_on", call.key, where="emergency")
        assert Waiting.objects.get().state == "withdrawn"

    def test_a_place_there_is_opens_the_panel_with_their_wish(self, desk, in_bed, pia, site, felix):
        entry = wait(pia, site, felix, must_leave_by=at(17), minutes=60)
        assert "A place is free at" in said(desk.get(reverse("visits:calls"), headers=HTMX))
        panel = said(post(desk, "book_choose", patient=pia.key, waiting=entry.key))
        assert '<option value="bed" selected>' in panel
        assert 'name="leave_by" value="17:00"' in panel

    def test_off_the_list_with_a_reason(self, desk, in_bed, pia, site, felix):
        entry = wait(pia, site, felix, call=rung(site, felix))
        assert post(desk, "leave_waitlist", entry.key, reason="").status_code == 422
        post(desk, "leave_waitlist", entry.key, reason="No bed", refused="on")
        assert CallRequest.objects.get().state == "refused"


class TestFreedTime:
    def test_it_stands_on_top_with_who_fits_is_offered_and_booked(self, desk, task, pia):
        page = said(desk.get(reverse("visits:today")))
        assert "09:00 to 10:30 is free" in page
        assert 'data-announce="09:00 to 10:30 is free for somebody who waits. "' in page
        assert page.index("Best fits") < page.index("Waitlist</h3>")
        offered = post(desk, "offer_time", task.key, waiting=Waiting.objects.get().key)
        assert "kept until 08:10 by Felix" in said(offered)
        assert "board-changed" in offered.headers["HX-Trigger"]
        booked = said(post(desk, "accept_offer", Offer.objects.get().key))
        assert "is free" not in booked
        assert Visit.objects.get(patient=pia).status == "booked"

    def test_who_is_called_has_a_number_until_they_have_answered(self, desk, task, pia, felix):
        reaching.add_phone(patient=pia, written="312-555-0142", may_text="unknown", by=felix, at=EIGHT)
        assert "Pell, Pia</strong> · (312) 555-0142" in said(desk.get(reverse("visits:calls"), headers=HTMX))
        offered = said(post(desk, "offer_time", task.key, waiting=Waiting.objects.get().key))
        assert "Offered to <strong>Pell, Pia</strong> · (312) 555-0142: 09:00" in offered

    def test_not_taken_it_goes_to_nobody_twice(self, desk, task):
        post(desk, "offer_time", task.key, waiting=Waiting.objects.get().key)
        page = said(post(desk, "decline_offer", Offer.objects.get().key))
        assert "Best fits" not in page
        assert Waiting.objects.get().state == "waiting"

    def test_the_second_desk_reads_who_was_first(self, desk, task, felix, site):
        other = wait(enroll(by=felix, given_name="Theo"), site, felix)
        post(desk, "offer_time", task.key, waiting=Waiting.objects.earliest("pk").key)
        page = post(desk, "offer_time", task.key, waiting=other.key)
        assert (page.status_code, "Felix is offering this time to Pia" in said(page)) == (409, True)

    def test_a_run_out_offer_is_a_sentence(self, desk, task, time_machine):
        post(desk, "offer_time", task.key, waiting=Waiting.objects.get().key)
        time_machine.move_to(at(8, 10), tick=False)
        page = post(desk, "accept_offer", Offer.objects.get().key)
        assert (page.status_code, "Hold expired" in said(page)) == (409, True)

    @pytest.mark.parametrize("whom", ["", "nobody", "00000000-0000-0000-0000-000000000000"])
    def test_nobody_is_404(self, desk, task, whom):
        assert post(desk, "offer_time", task.key, waiting=whom).status_code == 404

    def test_the_list_is_as_many_queries_however_many_wait(self, desk, task, site, felix):
        def queries():
            with CaptureQueriesContext(connection) as found:
                assert desk.get(reverse("visits:calls"), headers=HTMX).status_code == 200
            return len(found)

        few = queries()
        for n in range(8):
            person = enroll(by=felix, given_name="Waldo", family_name=f"Wait{'abcdefgh'[n]}")
            wait(person, site, felix, call=rung(site, felix, red_flags={"fever": "no"}))
            rung(site, felix, red_flags={"fever": "yes"})
        assert queries() <= few + 1  # the answers of calls


class TestWalkIns:
    def test_one_tap_on_a_found_patient(self, desk, pia, felix):
        found = said(post(desk, "book_find", text="pel"))
        assert "Here now" in found
        page = post(desk, "walk_in", patient=pia.key)
        assert "Arrived" in said(page)
        assert "board-changed" in page.headers["HX-Trigger"]
        assert Visit.objects.get().status == "arrived"
        assert ChartRead.objects.filter(person=felix, patient_key=pia.key).count() == 1

    def test_no_place_now_is_the_waitlist_with_the_next_one(self, desk, pia, site, nurses):
        Visit.objects.all()
        site.load_per_nurse = 12
        for n, nurse in enumerate(nurses):
            scenes.booked(
                patient=enroll(by=nurse, given_name="Full", family_name=f"House{'ab'[n]}"),
                site=site, by=nurse, starts_at=EIGHT,
            )  # fmt: skip
            scenes.booked(
                patient=enroll(by=nurse, given_name="Fuller", family_name=f"House{'ab'[n]}"),
                site=site, by=nurse, starts_at=at(8, 15),
            )  # fmt: skip
        page = said(post(desk, "walk_in", patient=pia.key))
        assert "On the waitlist" in page
        assert "Next place: <strong>08:30</strong>" in page
        assert "Every nurse is starting somebody until 08:30." in page

    def test_booked_already_is_a_sentence(self, desk, in_bed, paul):
        page = post(desk, "walk_in", patient=paul.key)
        assert (page.status_code, "has a visit at 09:00 today" in said(page)) == (409, True)


class TestTheRate:
    def test_the_desk_and_the_manager_read_it(self, desk, max, site, felix):
        calls.refuse(call=rung(site, felix), reason="No nurse before noon", by=felix, at=NINE)
        for client in (desk, signed_in(max)):
            page = said(client.get(reverse("visits:seen_same_day")))
            assert "<strong>0 %</strong>: 0 of 1 who asked; 1 refused" in page
            assert "No nurse before noon: 1" in page

    def test_a_biller_stays_outside(self, bea):
        assert signed_in(bea).get(reverse("visits:seen_same_day")).status_code == 403
