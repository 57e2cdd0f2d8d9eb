"""Today through the browser's eyes: the board, booking from a call, the acts on a visit, the call list."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.accounts.permissions import Role
from infusion_center.audit.models import ChartRead
from patients.models import Patient
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll, member_of_staff, signed_in
from tests.places import on_shift, open_site
from visits.models import CallRequest, Chair, Visit
from visits.services import booking, calls, flow
from visits.states import ON_BOARD
from visits.templatetags.board_cells import ICONS

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)
    return time_machine


@pytest.fixture
def desk(felix, chairs, nurses):
    return signed_in(felix)


@pytest.fixture
def boss(max, chairs, nurses):
    return signed_in(max)


@pytest.fixture
def booked(site, chairs, nurses, felix, pia):
    return booking.book_visit(site=site, patient=pia, starts_at=NINE, minutes=90, load=3, by=felix, at=EIGHT)


def act(client, name, visit, **typed):
    return client.post(reverse(f"visits:{name}", args=[visit.key]), typed, headers=HTMX)


def said(response):
    return " ".join(response.content.decode().split())


class TestTheBoard:
    def test_it_shows_who_is_where_by_name_length_status_and_drug(self, desk, booked):
        page = said(desk.get(reverse("visits:today")))
        assert "Pia Pell" in page
        assert "Not decided yet" in page
        assert "Booked · 1 h 30" in page
        assert re.search(
            r"Expected <strong>1</strong>.*Late <strong>0</strong>.*In clinic.*Checked out", page
        )
        assert 'aria-label="Now: 08:00"' in page

    def test_every_state_on_the_board_has_its_icon(self, desk):
        page = desk.get(reverse("visits:board")).content.decode()
        for look in [*ON_BOARD, "late", "same_name", "interpreter", *ICONS.values()]:
            assert f'<symbol id="is-{look}"' in page

    def test_a_list_is_chosen_with_one_link_and_stays_chosen_while_the_board_refreshes(self, desk, booked):
        day = {"day": str(FRIDAY)}
        page = said(desk.get(reverse("visits:today"), day))
        assert "cell-back" not in page and "only=late" in page
        chosen = desk.get(reverse("visits:board"), day | {"only": "late"}, headers=HTMX)
        assert "cell-back" in said(chosen)
        again = re.search(r'hx-get="([^"]*v=[^"]*)"', said(chosen))[1].replace("&amp;", "&")
        assert "only=late" in again and desk.get(again, headers=HTMX).status_code == 204
        other = desk.get(reverse("visits:board"), day | {"only": "expected"}, headers=HTMX)
        assert "cell-back" not in said(other) and 'aria-current="true"' in said(other)

    def test_no_style_or_script_stands_in_the_page(self, desk, booked):
        page = desk.get(reverse("visits:today")).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?! src=)", page)

    def test_unchanged_is_204_and_one_query_besides_the_user(self, desk, booked):
        version = desk.get(reverse("visits:today")).context["board"].tag
        with CaptureQueriesContext(connection) as queries:
            again = desk.get(reverse("visits:board"), {"v": version}, headers=HTMX | {"X-Refresh": "1"})
        assert again.status_code == 204
        assert len(queries) == 2
        assert sum("accounts_user" in query["sql"] for query in queries) == 1

    def test_a_booking_elsewhere_shows_at_the_next_refresh(self, desk, booked, site, paul, felix):
        version = desk.get(reverse("visits:today")).context["board"].tag
        booking.book_visit(site=site, patient=paul, starts_at=TEN, minutes=60, load=3, by=felix, at=EIGHT)
        again = desk.get(reverse("visits:board"), {"v": version}, headers=HTMX)
        assert again.status_code == 200
        assert "Paul Prior" in said(again)

    def test_after_five_minutes_the_now_line_moves(self, desk, booked, eight_o_clock):
        version = desk.get(reverse("visits:today")).context["board"].tag
        eight_o_clock.move_to(EIGHT + 5 * MINUTE, tick=False)
        again = desk.get(reverse("visits:board"), {"v": version}, headers=HTMX)
        assert 'aria-label="Now: 08:05"' in said(again)

    @pytest.mark.parametrize("day", ["2026-11-21", "9999-12-31", "yesterday", "0001-01-01"])
    def test_any_day_that_can_be_typed_is_a_page(self, desk, booked, day):
        assert desk.get(reverse("visits:today"), {"day": day}).status_code == 200
        assert desk.get(reverse("visits:day_list"), {"day": day}).status_code == 200

    def test_the_day_list_prints_everybody_with_the_date_of_birth(self, desk, booked):
        page = said(desk.get(reverse("visits:day_list")))
        assert "Pell, Pia" in page
        assert "10 Apr 1984" in page
        assert "09:00" in page

    def test_opening_the_board_is_one_row_an_hour_and_a_refresh_none(self, desk, booked, felix):
        for _ in range(3):
            desk.get(reverse("visits:today"))
            desk.get(reverse("visits:board"), headers=HTMX)
        assert ChartRead.objects.filter(person=felix, patient_key=None).count() == 1

    def test_a_biller_and_a_stranger_stay_outside(self, booked, bea, client):
        assert signed_in(bea).get(reverse("visits:today")).status_code == 403
        assert client.get(reverse("visits:today")).status_code == 302


SYLLABLES = ["ba", "del", "fi", "gor", "hu", "jan", "kem", "lo", "mar", "nit"]
GIVEN = ["Ana", "Bodo", "Carl", "Dirk", "Emma", "Fritz", "Greta"]


def crowd(site, count, felix):
    """So many half-hour visits, booked through the service, at a site that can carry them."""
    for n in range(30):
        Chair.objects.create(site=site, name=f"Extra {n}", position=100 + n)
    for n in range(9):
        on_shift(member_of_staff(f"nurse{n}", Role.NURSE, site=site), site)
    for n in range(count):
        family = "".join(SYLLABLES[n // 10**place % 10] for place in range(3)).title()
        patient = enroll(
            by=felix, given_name=GIVEN[n % 7], family_name=family, interpreter="no" if n % 7 else "yes"
        )
        start = at(7, 30) + 15 * MINUTE * (n // 9)
        booking.book_visit(
            site=site, patient=patient, starts_at=start, minutes=30, load=1, by=felix, at=at(7, 0)
        )


@pytest.mark.parametrize("count", [60, 300])
def test_a_full_board_is_at_most_six_queries_however_many_there_are(desk, site, felix, count):
    crowd(site, count, felix)
    for name in ("board", "day_list"):
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(reverse(f"visits:{name}"))
        assert sum(page.content.decode().count(name) for name in GIVEN) >= count
        ours = [
            q["sql"]
            for q in queries
            if "accounts_session" not in q["sql"] and 'accounts_user"."id"' not in q["sql"]
        ]
        reads = [
            sql for sql in ours if not sql.startswith(("INSERT", "BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"))
        ]
        assert len(reads) <= 6, reads


class TestBookingFromACall:
    """Type a name, choose the patient, choose what for, press a start: four actions of the six allowed."""

    def test_four_actions(self, desk, pia, recipe, felix):
        actions = 0
        found = desk.post(reverse("visits:book_find"), {"text": "pel"}, headers=HTMX)
        assert "data-focus" not in said(found)  # somebody types
        actions += 1
        assert str(pia.key) in said(found)
        panel = desk.post(reverse("visits:book_choose"), {"patient": pia.key}, headers=HTMX)
        actions += 1
        assert "Pell, Pia" in said(panel)
        typed = {
            "patient": pia.key,
            "day": "2026-11-20",
            "chair_kind": "recliner",
            "wanted": "regimen:three_agents",
        }
        offered = desk.post(reverse("visits:book_offers"), typed, headers=HTMX)
        actions += 1
        starts = re.findall(r'name="starts_at" value="([^"]+)"', offered.content.decode())
        assert len(starts) == 3
        done = desk.post(reverse("visits:book"), typed | {"starts_at": starts[0]}, headers=HTMX)
        actions += 1
        assert done.status_code == 200
        assert "board-changed" in done.headers["HX-Trigger"]
        visit = Visit.objects.get()
        assert (visit.starts_at, visit.minutes, visit.regimen, visit.booked_by) == (EIGHT, 90, recipe, felix)
        assert actions <= 6

    def test_a_single_open_order_is_proposed_with_its_starts_at_once(self, desk, pia, order):
        panel = desk.post(reverse("visits:book_choose"), {"patient": pia.key}, headers=HTMX)
        starts = re.findall(r'name="starts_at" value="([^"]+)"', panel.content.decode())
        typed = {
            "patient": pia.key,
            "day": "2026-11-20",
            "wanted": f"order:{order.key}",
            "starts_at": starts[0],
        }
        desk.post(reverse("visits:book"), typed, headers=HTMX)
        visit = Visit.objects.get()
        assert list(visit.orders.all()) == [order]
        assert visit.administrations.count() == 3

    def test_a_time_that_is_gone_is_409_with_others_and_everything_still_there(
        self, desk, pia, paul, site, felix
    ):
        for patient in (paul, enroll(by=felix, given_name="Tia")):
            booking.book_visit(
                site=site, patient=patient, starts_at=NINE, minutes=60, load=3, by=felix, at=EIGHT
            )
        typed = {
            "patient": pia.key, "day": "2026-11-20", "wanted": "undecided", "reason": "Since Wednesday",
            "starts_at": NINE.isoformat(),
        }  # fmt: skip
        answer = desk.post(reverse("visits:book"), typed, headers=HTMX)
        page = said(answer)
        assert answer.status_code == 409
        assert "Nurses are taken at 09:00; next: 09:15, 09:45, 10:15." in page
        assert "Since Wednesday" in page
        assert "09:15" in re.search(r'<div class="starts".*?</div>', page)[0]

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"wanted": ""}, "Choose what for."),
            ({"day": "not a day"}, "Enter a valid date."),
            ({"day": "2030-01-01"}, "Choose a day within two years."),
            ({"starts_at": ""}, "Choose a start."),
            ({"starts_at": "soon"}, "Choose a start."),
            ({"starts_at": at(7, 0).isoformat()}, "07:00 on Fri 20 Nov 2026 has passed."),
            ({"leave_by": "09:30"}, "Would end at 11:00, but the patient has to leave by 09:30."),
            ({"earliest": "25:00"}, "Enter a valid time."),
            (
                {"overbook": "1", "overbook_at": "", "overbooked_reason": ""},
                "To overbook, say at what time and why.",
            ),
        ],
    )
    def test_what_cannot_be_is_a_sentence_and_nothing_is_lost(self, boss, pia, typed, sentence):
        request = {
            "patient": pia.key, "day": "2026-11-20", "wanted": "undecided", "reason": "Since Wednesday",
            "starts_at": NINE.isoformat(),
        }  # fmt: skip
        answer = boss.post(reverse("visits:book"), request | typed, headers=HTMX)
        assert answer.status_code == 422
        assert sentence in said(answer)
        assert "Since Wednesday" in said(answer)
        assert not Visit.objects.exists()

    def test_another_day(self, desk, pia, site, nora):
        monday = FRIDAY + timedelta(days=3)
        on_shift(nora, site, starts=at(7, 30, day=monday), ends=at(17, 30, day=monday))
        typed = {"patient": pia.key, "day": "2026-11-23", "wanted": "undecided"}
        offered = desk.post(reverse("visits:book_offers"), typed, headers=HTMX)
        starts = re.findall(r'name="starts_at" value="([^"]+)"', offered.content.decode())
        desk.post(reverse("visits:book"), typed | {"starts_at": starts[0]}, headers=HTMX)
        assert Visit.objects.get().day == monday

    def test_a_series_visit_of_another_day_says_when_is_best(self, desk, pia, recipe, site, nora):
        monday = FRIDAY + timedelta(days=3)
        on_shift(nora, site, starts=at(7, 30, day=monday), ends=at(17, 30, day=monday))
        recipe.series_days = 84
        recipe.save()
        typed = {"patient": pia.key, "day": "2026-11-23", "wanted": "regimen:three_agents"}
        offered = desk.post(reverse("visits:book_offers"), typed | {"around": "13:00"}, headers=HTMX)
        assert "Best around" in said(offered)
        starts = re.findall(r'name="starts_at" value="([^"]+)"', offered.content.decode())
        assert starts[0] == at(13, day=monday).isoformat()
        today = desk.post(reverse("visits:book_offers"), typed | {"day": "2026-11-20"}, headers=HTMX)
        assert "Best around" not in said(today)

    def test_a_full_day_says_why_and_the_manager_may_overbook(self, desk, boss, pia, site):
        typed = {"patient": pia.key, "day": "2026-11-20", "wanted": "undecided", "chair_kind": "bed"}
        Chair.objects.filter(kind="bed").update(active=False)
        offered = said(desk.post(reverse("visits:book_offers"), typed, headers=HTMX))
        assert "No start fits that day." in offered
        assert "All beds taken until it is too late to start." in offered
        over = typed | {"overbook": "1", "overbook_at": "10:00", "overbooked_reason": "Sent by Dr. Dorn"}
        assert desk.post(reverse("visits:book"), over, headers=HTMX).status_code == 403
        assert boss.post(reverse("visits:book"), over, headers=HTMX).status_code == 200
        assert Visit.objects.get().overbooked_reason == "Sent by Dr. Dorn"

    def test_who_was_here_today_is_not_booked_again_unawares(self, desk, pia, site, felix, recipe):
        typed = {"patient": pia.key, "day": "2026-11-20", "wanted": "undecided"}
        assert "already:" not in said(desk.post(reverse("visits:book_offers"), typed, headers=HTMX))
        booking.book_visit(
            site=site, patient=pia, regimen=recipe, starts_at=NINE, minutes=60, load=3, by=felix, at=EIGHT
        )
        offered = said(desk.post(reverse("visits:book_offers"), typed, headers=HTMX))
        assert "On Fri 20 Nov already: 09:00 to 10:00, Three agents. Booked." in offered
        assert re.findall(r'name="starts_at" value="([^"]+)"', offered)[0] == TEN.isoformat()

    def test_for_a_child_the_desk_hears_that_a_regimen_is_for_adults(self, desk, felix, pia, recipe, drugs):
        child = enroll(by=felix, given_name="Mateo", birth_date=date(2015, 11, 21))
        typed = {"patient": child.key, "day": "2026-11-20", "wanted": "regimen:three_agents"}
        by_weight = {"supported": True, "min_age_years": 2, "per_kg": 30}
        for drug in (drugs.saline, drugs.magnesium):
            drug.row = drug.row | {"pediatric_dose": by_weight}
            drug.save()
        recipe.steps.filter(drug=drugs.saline).update(per_kg=True)
        offered = said(desk.post(reverse("visits:book_offers"), typed, headers=HTMX))
        names = f"{drugs.magnesium.name} and {drugs.ketorolac.name}"
        assert f"Mateo is 10, and this is written for adults ({names}). Ask the provider first." in offered
        assert "Best starts" in offered
        recipe.steps.update(per_kg=True)
        recipe.steps.exclude(drug=drugs.saline).delete()
        for other in (typed, typed | {"patient": pia.key}, typed | {"wanted": "undecided"}):
            assert "for adults" not in said(desk.post(reverse("visits:book_offers"), other, headers=HTMX))

    def test_an_unknown_patient_is_registered_and_booked_with_nothing_in_an_address(self, desk, felix):
        assert "Register a new patient" not in said(desk.get(reverse("visits:today")))
        found = desk.post(reverse("visits:book_find"), {"text": "zzyx"}, headers=HTMX)
        assert "Nobody found" in said(found)
        there = desk.post(reverse("visits:book_register"))
        assert there.url == reverse("patients:register")
        facts = {
            "given_name": "Newt",
            "family_name": "Nash",
            "birth_date": "1990-05-05",
            "sex_at_birth": "male",
        }
        facts |= {"language": "en", "interpreter": "unknown", "may_text": "unknown"}
        back = desk.post(there.url, facts)
        assert back.url == reverse("visits:book")
        page = said(desk.get(back.url))
        assert "Book Newt" in page
        assert str(Patient.objects.get(given_name="Newt").key) in page
        assert "Book Newt" not in said(desk.get(back.url))  # once

    def test_without_htmx_it_is_a_page(self, desk, pia):
        assert "<html" in said(desk.post(reverse("visits:book_find"), {"text": "pel"}))
        assert "<html" in said(desk.post(reverse("visits:book_choose"), {"patient": pia.key}))

    def test_choosing_a_patient_is_noted_once_as_an_opening(self, desk, pia, felix):
        desk.post(reverse("visits:book_choose"), {"patient": pia.key}, headers=HTMX)
        desk.post(
            reverse("visits:book_offers"),
            {"patient": pia.key, "day": "2026-11-20", "wanted": "undecided"},
            headers=HTMX,
        )
        assert ChartRead.objects.filter(person=felix, patient_key=pia.key).count() == 1

    @pytest.mark.parametrize("patient", ["", "nobody", "00000000-0000-0000-0000-000000000000"])
    def test_a_patient_nobody_has_is_404(self, desk, patient):
        assert desk.post(reverse("visits:book_choose"), {"patient": patient}, headers=HTMX).status_code == 404


class TestActs:
    def test_check_in_and_seat_from_the_panel(self, booked, felix, nora, chairs, desk):
        panel = desk.get(reverse("visits:visit", args=[booked.key]), headers=HTMX)
        assert "Check in" in said(panel)
        checked = act(desk, "check_in", booked)
        assert "board-changed" in checked.headers["HX-Trigger"]
        assert "Arrived" in said(checked)
        seated = act(signed_in(nora), "seat", booked, chair=chairs[3].pk)
        booked.refresh_from_db()
        assert seated.status_code == 200
        assert (booked.status, booked.chair, booked.nurse) == ("in_chair", chairs[3], nora)

    def test_what_is_missing_is_said_before_a_drug_may_start(self, desk, booked):
        page = said(desk.get(reverse("visits:visit", args=[booked.key]), headers=HTMX))
        for sentence in ("No order yet", "Allergies never asked", "Home medications never asked"):
            assert sentence in page

    def test_pressed_twice_is_409_with_the_sentence(self, desk, booked):
        act(desk, "check_in", booked)
        again = act(desk, "check_in", booked)
        assert again.status_code == 409
        assert "This visit is “Arrived” now." in said(again)

    def test_a_reason_is_asked_for_and_kept(self, desk, booked):
        refused = act(desk, "cancel", booked, reason=" ")
        assert refused.status_code == 422
        assert "Say why in a few words." in said(refused)
        act(desk, "cancel", booked, reason="Feels better")
        page = said(desk.get(reverse("visits:visit", args=[booked.key]), headers=HTMX))
        assert "Cancelled, Felix: Feels better" in page

    def test_a_wrong_check_in_is_undone(self, desk, booked):
        act(desk, "check_in", booked)
        undone = act(desk, "undo", booked, reason="Wrong patient")
        booked.refresh_from_db()
        assert (undone.status_code, booked.status) == (200, "booked")

    def test_no_show_once_late(self, desk, booked, felix, eight_o_clock):
        assert act(desk, "no_show", booked).status_code == 409
        eight_o_clock.move_to(NINE + 30 * MINUTE, tick=False)
        desk = signed_in(felix)
        assert "Did not come" in said(desk.get(reverse("visits:visit", args=[booked.key]), headers=HTMX))
        assert act(desk, "no_show", booked).status_code == 200

    def test_leaving_the_waiting_room(self, desk, booked):
        act(desk, "check_in", booked)
        assert act(desk, "leave", booked, reason="Waited too long").status_code == 200
        booked.refresh_from_db()
        assert booked.status == "left"

    def test_a_hold_is_booked_for_good(self, desk, site, felix, paul):
        held = booking.hold_visit(
            site=site,
            patient=paul,
            starts_at=NINE,
            minutes=60,
            load=3,
            until=EIGHT + 5 * MINUTE,
            by=felix,
            at=EIGHT,
        )
        assert "Book for good" in said(desk.get(reverse("visits:visit", args=[held.key]), headers=HTMX))
        assert act(desk, "confirm", held).status_code == 200
        held.refresh_from_db()
        assert held.status == "booked"

    def test_the_front_desk_does_not_seat(self, desk, booked):
        act(desk, "check_in", booked)
        assert act(desk, "seat", booked).status_code == 403

    def test_without_htmx_one_comes_back_to_where_one_was_but_not_to_a_stranger(
        self, desk, booked, site, paul, felix
    ):
        back = desk.post(reverse("visits:check_in", args=[booked.key]), {"next": reverse("visits:day_list")})
        assert back.url == reverse("visits:day_list")
        other = booking.book_visit(
            site=site, patient=paul, starts_at=NINE, minutes=60, load=3, by=felix, at=EIGHT
        )
        away = desk.post(reverse("visits:check_in", args=[other.key]), {"next": "https://elsewhere.example/"})
        assert away.url == reverse("visits:today")

    def test_somebody_of_another_site_finds_nothing(self, booked, chairs):
        north = open_site(slug="north", name="North")
        stranger = signed_in(member_of_staff("fern", Role.FRONT_DESK, site=north))
        assert stranger.get(reverse("visits:visit", args=[booked.key])).status_code == 404
        assert act(stranger, "check_in", booked).status_code == 404
        assert "Pia" not in said(stranger.get(reverse("visits:today")))

    def test_opening_a_visit_is_noted(self, desk, booked, felix, pia):
        desk.get(reverse("visits:visit", args=[booked.key]), headers=HTMX)
        assert ChartRead.objects.filter(person=felix, patient_key=pia.key, page="visits:visit").count() == 1


class TestTheCallList:
    def take(self, desk, **typed):
        return desk.post(reverse("visits:take_call"), {"caller": "Pia", "wish": "Soon"} | typed, headers=HTMX)

    def test_a_call_is_noted_with_its_limits(self, desk, felix):
        page = self.take(desk, earliest="09:00", leave_by="15:00")
        call = CallRequest.objects.get()
        assert (call.earliest_at, call.must_leave_by, call.taken_by) == (NINE, at(15), felix)
        assert "Pia" in said(page)
        assert "board-changed" in page.headers["HX-Trigger"]

    def test_without_a_caller_it_is_a_sentence_and_what_was_typed_stays(self, desk):
        page = self.take(desk, caller="", wish="A quiet room")
        assert page.status_code == 422
        assert "Who is calling?" in said(page)
        assert "A quiet room" in said(page)

    def test_booked_from_the_list_it_closes_with_its_wish_and_limits_filled_in(self, desk, pia, felix, site):
        call = calls.take_call(
            site=site,
            day=FRIDAY,
            caller="Pia",
            wish="A quiet room",
            must_leave_by=at(15),
            patient=pia,
            by=felix,
            at=EIGHT,
        )
        panel = said(
            desk.post(reverse("visits:book_choose"), {"patient": pia.key, "call": call.key}, headers=HTMX)
        )
        assert "A quiet room" in panel
        assert 'value="15:00"' in panel
        typed = {"patient": pia.key, "call": call.key, "day": "2026-11-20", "wanted": "undecided"}
        desk.post(reverse("visits:book"), typed | {"starts_at": NINE.isoformat()}, headers=HTMX)
        call.refresh_from_db()
        assert (call.state, call.visit) == ("booked", Visit.objects.get())

    @pytest.mark.parametrize(("name", "state"), [("refuse_call", "refused"), ("close_call", "closed")])
    def test_refused_or_closed_with_a_reason(self, desk, site, felix, name, state):
        call = calls.take_call(site=site, day=FRIDAY, caller="Pia", by=felix, at=EIGHT)
        url = reverse(f"visits:{name}", args=[call.key])
        assert desk.post(url, {"reason": ""}, headers=HTMX).status_code == 422
        assert desk.post(url, {"reason": "No nurse before noon"}, headers=HTMX).status_code == 200
        call.refresh_from_db()
        assert (call.state, call.closed_reason) == (state, "No nurse before noon")
        assert desk.post(url, {"reason": "Again"}, headers=HTMX).status_code == 409

    def test_unchanged_is_204(self, desk, site, felix):
        calls.take_call(site=site, day=FRIDAY, caller="Pia", by=felix, at=EIGHT)
        version = desk.get(reverse("visits:calls"), headers=HTMX).context["tag"]
        assert desk.get(reverse("visits:calls"), {"v": version}, headers=HTMX).status_code == 204
        calls.take_call(site=site, day=FRIDAY, caller="Paul", by=felix, at=EIGHT)
        assert "Paul" in said(desk.get(reverse("visits:calls"), {"v": version}, headers=HTMX))


def test_nobody_books_for_a_visit_that_is_gone_from_under_them(desk, booked, felix):
    """A panel opened before somebody else cancelled says what is so now."""
    flow.cancel(visit=booked, reason="Feels better", by=felix, at=EIGHT)
    late = act(desk, "check_in", booked)
    assert late.status_code == 409
    assert "“Cancelled” now" in said(late)
