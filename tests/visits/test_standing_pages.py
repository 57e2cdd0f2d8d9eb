"""Standing and verbal orders through their pages, as Nora, Dana and the medical director meet them."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from regimens.models import Order, Protocol
from tests.clock import FRIDAY, TEN
from tests.people import signed_in
from tests.visits.conftest import spoken

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_ten(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(TEN, tick=False):
        yield


def text(answer):
    return " ".join(answer.content.decode().split())


def url(name, *keys):
    return reverse(f"visits:{name}", args=keys)


def whose(row):
    return {"patient": str(row.patient.key)}


def verbal(visit, dana, recipe, **facts):
    return {
        "patient": str(visit.patient.key),
        "spoken_by": str(dana.pk),
        "what": f"regimen:{recipe.code}",
        "spoken": "Ketorolac 30 mg IV push now",
        "read_back": "on",
        "spoken_at": "09:55",
    } | facts


def test_a_nurse_starts_the_standing_order_from_the_chart(waiting, protocol, nora, dana):
    nurse = signed_in(nora)
    assert "Start the standing order Three agents" in text(nurse.get(url("chart", waiting.key)))
    begun = nurse.post(url("start_protocol", waiting.key, protocol.key), whose(waiting), headers=HTMX)
    assert begun.status_code == 200 and "standing order" in text(begun)
    assert "begun 10:00 by Nora North" in text(begun) and Order.objects.get().may_run
    assert "Start the standing order" not in text(begun)  # once at a visit
    assert "Start the standing order" not in text(signed_in(dana).get(url("chart", waiting.key)))


def test_a_refusal_is_said_on_the_chart_and_the_draft_stays(waiting, protocol, nora, rules_say):
    rules_say(ketorolac="block")
    refused = signed_in(nora).post(
        url("start_protocol", waiting.key, protocol.key), whose(waiting), headers=HTMX
    )
    assert refused.status_code == 409 and "The draft waits for a provider" in text(refused)
    assert Order.objects.get().begun_at is None


def test_a_spoken_order_through_its_form(waiting, recipe, nora, dana):
    nurse, address = signed_in(nora), url("verbal", waiting.key)
    opened = text(nurse.get(address, headers=HTMX))
    assert "I have read it back" in opened and "Dana Dorn" in opened and "Three agents" in opened
    done = nurse.post(address, verbal(waiting, dana, recipe), headers=HTMX)
    order = Order.objects.get()
    assert done.status_code == 200 and (order.authority, order.spoken_by) == ("verbal", dana)
    assert "said by Dana Dorn" in text(done) and "09:55" in text(done)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"read_back": ""}, "Read it back to the provider first"),
        ({"spoken": ""}, "Write down what was said"),
        ({"spoken": "yes"}, "Write down what was said"),
        ({"spoken_by": ""}, "Say which provider"),
        ({"spoken_by": "999999"}, "Select a valid choice"),
        ({"what": "regimen:nothing"}, "Select a valid choice"),
        ({"what": "draft:nonsense"}, "Select a valid choice"),
        ({"what": ""}, "Choose what is to be given"),
        ({"spoken_at": "23:00"}, "still to come"),
        ({"spoken_at": "25:99"}, "Enter a valid time"),
        ({"patient": "someone-else"}, "opened for another patient"),
        ({"spoken": "Ketorolac \x00 30"}, "Null characters"),
        ({"spoken": "long " * 200}, "at most 500"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(waiting, recipe, nora, dana, typed, words):
    sent = verbal(waiting, dana, recipe, **typed)
    answer = signed_in(nora).post(url("verbal", waiting.key), sent, headers=HTMX)
    assert answer.status_code in (409, 422) and words in text(answer)
    if typed.get("spoken") is None:
        assert "Ketorolac 30 mg IV push now" in text(answer)
    assert not Order.objects.exists()


def test_the_provider_signs_off_from_the_list(waiting, recipe, nora, dana):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    provider, page = signed_in(dana), url("to_decide")
    listed = text(provider.get(page))
    assert "Verbal order to sign" in listed and "1 h 00" in listed and "Chair 1" in listed
    assert "1 waiting" in listed
    signed = provider.post(url("sign_off", order.key), whose(order), follow=True)
    assert "Nothing waits for you" in text(signed) and "Signed off" in text(signed)
    again = provider.post(url("sign_off", order.key), whose(order))
    assert again.status_code == 409 and "does not wait" in text(again)


def test_a_dispute_wants_a_reason(waiting, recipe, nora, dana):
    order, provider = spoken(waiting, recipe, by=nora, said_by=dana), signed_in(dana)
    refused = provider.post(url("dispute", order.key), whose(order) | {"reason": "  "})
    assert refused.status_code == 422 and "Say what is wrong with it" in text(refused)
    done = provider.post(url("dispute", order.key), whose(order) | {"reason": "I said 15 mg"}, follow=True)
    assert "Disputed" in text(done) and Order.objects.get().disputed
    assert "disputed" in text(provider.get(url("chart", waiting.key)))


def test_the_list_refreshes_itself_with_one_query_where_nothing_changed(waiting, recipe, nora, dana):
    provider = signed_in(dana)
    page = provider.get(url("to_decide"))
    version = page.context["version"]
    with CaptureQueriesContext(connection) as asked:
        same = provider.get(url("decisions"), {"v": version}, headers={"X-Refresh": "1"})
    ours = [one["sql"] for one in asked if "session" not in one["sql"] and "accounts_" not in one["sql"]]
    assert same.status_code == 204
    assert len([sql for sql in ours if "regimens_orderevent" in sql]) == 1 and len(ours) <= 2
    spoken(waiting, recipe, by=nora, said_by=dana)
    fresh = provider.get(url("decisions"), {"v": version}, headers={"X-Refresh": "1"})
    assert fresh.status_code == 200 and "Verbal order to sign" in text(fresh)
    assert provider.get(url("decisions"), {"v": "nonsense' --"}).status_code == 200


def test_a_nurse_does_not_sign_off(waiting, recipe, nora, dana):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    nurse = signed_in(nora)
    assert nurse.post(url("sign_off", order.key)).status_code == 403
    assert nurse.get(url("to_decide")).status_code == 403
    assert nurse.get(reverse("regimens:order", args=[order.key])).status_code == 200


def test_the_medical_director_makes_a_standing_order_on_the_regimens_page(recipe, mia, phil, nora):
    director, address = signed_in(mia), reverse("regimens:approve_protocol", args=[recipe.code])
    limits = {"min_age": "18", "most_severe": "info", "sign_within_hours": "24", "active_from": str(FRIDAY)}
    page = reverse("regimens:regimen", args=[recipe.code])
    assert "Make it a standing order" in text(director.get(page))
    assert "Make it a standing order" not in text(signed_in(nora).get(page))
    bad = director.post(
        address, limits | {"sign_within_hours": "many", "max_age": "12", "active_from": "soon"}
    )
    assert bad.status_code == 422 and "Write a whole number" in text(bad) and 'value="many"' in text(bad)
    low = director.post(address, limits | {"max_age": "12"})
    assert low.status_code == 422 and "The highest age is below the lowest" in text(low)
    assert director.post(address, limits).status_code == 302 and Protocol.objects.get().approved_by == mia
    assert "Version 1 was approved by Mia Marsh" in text(director.get(page))
    assert director.post(address, limits).status_code == 409
    assert signed_in(nora).post(address, limits).status_code == 403
    assert signed_in(phil).post(address, limits).status_code == 403
    assert "Make it a standing order" not in text(signed_in(phil).get(page))
    ended = director.post(reverse("regimens:end_protocol", args=[recipe.code]), follow=True)
    assert "ended" in text(ended) and Protocol.objects.get().ended_by == mia
    assert director.post(reverse("regimens:end_protocol", args=[recipe.code])).status_code == 404
