"""Orders that begin before their signature: under a standing order, on a provider's word. Signed later."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from infusion_center.errors import DomainError
from regimens.models import Check, Order, RegimenStep, RegimenVersion
from regimens.services import clearing, ordering, protocols
from regimens.services.ordering import CannotMove, CannotOrder
from tests.clock import EIGHT, FRIDAY, NINE, TEN, at
from tests.people import enroll
from tests.visits.conftest import approve, line_of, spoken
from visits.models import Administration
from visits.selectors import judging
from visits.services import discharge, giving, signing, standing
from visits.services.checking import NotCleared
from visits.services.lines import CannotGive
from visits.services.standing import NotStanding, VerbalRefused

# --- Standing orders ----------------------------------------------------------------------------------


def test_a_nurse_starts_a_standing_order_gives_it_and_the_provider_signs_later(
    waiting, protocol, nora, dana, stock
):
    order = standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    assert (order.state, order.authority, order.begun_by, order.signed_at) == (
        "draft",
        "protocol",
        nora,
        None,
    )
    assert (order.protocol, order.sign_by, order.may_run) == (protocol, NINE + timedelta(hours=24), True)
    line = line_of(waiting, "ketorolac")
    giving.start(administration=line, lots=[stock.ketorolac], started_at=NINE, by=nora, at=NINE)
    signed = standing.sign_off(order=order, by=dana, at=TEN)
    assert (signed.state, signed.signed_by, signed.signed_at, signed.authority) == (
        "signed",
        dana,
        TEN,
        "protocol",
    )
    with pytest.raises(CannotMove, match="does not wait"):
        standing.sign_off(order=order, by=dana, at=TEN)


def test_nothing_of_a_plain_draft_starts(waiting, recipe, nora, dana, stock):
    order = ordering.order_from_regimen(patient=waiting.patient, regimen=recipe, by=nora, at=NINE)
    from visits.services import orders

    orders.give_here(visit=waiting, order=order, by=nora, at=NINE)
    with pytest.raises(CannotGive, match="waits for its signature"):
        giving.start(
            administration=line_of(waiting, "ketorolac"),
            lots=[stock.ketorolac],
            started_at=NINE,
            by=nora,
            at=NINE,
        )


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"min_age": 60}, "60 years and older"),
        ({"max_age": 30}, "up to 30 years"),
        ({"active_from": FRIDAY + timedelta(1)}, "not in force today"),
        ({"active_from": FRIDAY - timedelta(9), "active_to": FRIDAY - timedelta(1)}, "not in force today"),
    ],
)
def test_the_limits_of_a_standing_order_hold(waiting, recipe, mia, nora, limits, words):
    with pytest.raises(NotStanding, match=words):
        standing.start_protocol(visit=waiting, protocol=approve(recipe, by=mia, **limits), by=nora, at=NINE)
    assert not Order.objects.exists()


def test_only_a_nurse_starts_it_and_not_once_it_is_ended(waiting, protocol, mia, nora, felix):
    with pytest.raises(NotStanding, match="A nurse starts"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=felix, at=NINE)
    protocols.end(protocol=protocol, by=mia, at=NINE)
    with pytest.raises(NotStanding, match="not in force"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)


def test_it_is_started_once_at_a_visit(waiting, protocol, nora):
    standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    with pytest.raises(NotStanding, match="ordered at this visit already"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    assert Order.objects.count() == 1


@pytest.mark.parametrize("grade", ["block", "override_reason", "warn"])
def test_whatever_the_check_finds_above_its_limit_the_draft_waits_for_a_provider(
    waiting, protocol, nora, rules_say, grade
):
    rules_say(ketorolac=grade)
    with pytest.raises(NotCleared, match="The draft waits for a provider"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    order = Order.objects.get()
    assert (order.state, order.begun_at, Check.objects.get().order) == ("draft", None, order)
    assert not order.may_run


def test_where_warnings_are_allowed_the_nurse_reads_them_first(waiting, recipe, mia, nora, rules_say):
    protocol = approve(recipe, by=mia, most_severe="warn")
    rules_say(ketorolac="warn")
    with pytest.raises(NotCleared):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    order = Order.objects.get()
    clearing.acknowledge(order=order, rule="ketorolac_rule", drug="ketorolac", by=nora, at=NINE)
    begun = standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    assert begun == order and begun.may_run and Order.objects.count() == 1


def test_an_override_by_a_provider_does_not_open_a_standing_order(
    waiting, recipe, mia, nora, dana, rules_say
):
    protocol = approve(recipe, by=mia, most_severe="warn")
    rules_say(ketorolac="override_reason")
    with pytest.raises(NotCleared):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    order, about = Order.objects.get(), {"rule": "ketorolac_rule", "drug": "ketorolac"}
    clearing.override(order=order, **about, reason="No other choice", by=dana, at=NINE)
    with pytest.raises(NotCleared, match="waits for a provider"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    assert signing.sign(order=order, visit=waiting, by=dana, at=NINE).state == "signed"


def test_a_check_that_does_not_run_starts_nothing(waiting, protocol, nora, monkeypatch):
    monkeypatch.setattr(judging, "bench", lambda **_: 1 / 0)
    with pytest.raises(NotCleared, match="could not run"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    assert not Order.objects.get().may_run


def test_a_changed_regimen_is_approved_anew(waiting, protocol, recipe, nora):
    RegimenStep.objects.filter(regimen=recipe, position=3).update(dose=Decimal(60))
    with pytest.raises(CannotOrder, match="has to be approved anew"):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    assert not Order.objects.exists()


def test_a_draft_of_it_that_was_changed_is_no_standing_order_any_more(waiting, protocol, nora, rules_say):
    rules_say(ketorolac="warn")
    with pytest.raises(NotCleared):
        standing.start_protocol(visit=waiting, protocol=protocol, by=nora, at=NINE)
    from regimens.selectors.composing import typed_in_order
    from visits.services import composing

    order = Order.objects.get()
    steps = typed_in_order(order)[:1]
    composing.save_draft(
        patient=waiting.patient,
        visit=waiting,
        order=order,
        steps=steps,
        regimen=order.regimen,
        by=nora,
        at=NINE,
    )
    assert Order.objects.get().protocol is None


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"min_age": 70, "max_age": 60}, "max_age"),
        ({"min_age": -1}, "min_age"),
        ({"max_age": 400}, "max_age"),
        ({"sign_within_hours": 0}, "sign_within_hours"),
        ({"sign_within_hours": 73}, "sign_within_hours"),
        ({"most_severe": "block"}, "most_severe"),
        ({"active_to": FRIDAY - timedelta(1)}, "active_to"),
    ],
)
def test_limits_that_make_no_sense_are_refused(recipe, mia, limits, field):
    with pytest.raises(DomainError) as no:
        approve(recipe, by=mia, **limits)
    assert no.value.field == field


def test_a_regimen_is_one_standing_order_at_a_time(protocol, recipe, mia):
    with pytest.raises(DomainError, match="already"):
        approve(recipe, by=mia)
    protocols.end(protocol=protocol, by=mia, at=NINE)
    with pytest.raises(DomainError, match="ended already"):
        protocols.end(protocol=protocol, by=mia, at=NINE)
    assert approve(recipe, by=mia).pk != protocol.pk


@pytest.mark.django_db(transaction=True)
def test_of_four_taps_at_one_moment_one_order_comes(waiting, protocol, nora, noah):
    def tap(who):
        try:
            return standing.start_protocol(visit=waiting, protocol=protocol, by=who, at=NINE).authority
        except DomainError as no:
            return type(no).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(tap, [nora, noah, nora, noah]))
    assert answers.count("protocol") == 1 and set(answers) <= {"protocol", "CannotMove", "NotStanding"}
    assert Order.objects.count() == 1


# --- Verbal orders ------------------------------------------------------------------------------------


def test_a_spoken_order_is_written_down_read_back_given_and_signed(waiting, recipe, nora, dana, stock):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    assert (order.authority, order.spoken_by, order.read_back, order.state) == ("verbal", dana, True, "draft")
    assert order.sign_by == NINE + timedelta(hours=24)
    line = line_of(waiting, "ketorolac")
    giving.start(administration=line, lots=[stock.ketorolac], started_at=NINE, by=nora, at=NINE)
    assert standing.sign_off(order=order, by=dana, at=TEN).signed_by == dana


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"read_back": False}, "read_back"),
        ({"spoken": " "}, "spoken"),
        ({"spoken": "yes"}, "spoken"),
        ({"spoken_at": TEN}, "spoken_at"),
        ({"spoken_at": NINE - timedelta(hours=13)}, "spoken_at"),
    ],
)
def test_without_read_back_or_words_there_is_no_verbal_order(waiting, recipe, nora, dana, facts, field):
    with pytest.raises(VerbalRefused) as no:
        spoken(waiting, recipe, by=nora, said_by=dana, **facts)
    assert no.value.field == field and not Order.objects.exists()


def test_nobody_but_a_provider_gives_one_and_not_to_themselves(waiting, recipe, nora, noah, dana):
    for who, by in ((noah, nora), (dana, dana)):
        with pytest.raises(VerbalRefused) as no:
            spoken(waiting, recipe, by=by, said_by=who)
        assert no.value.field == "spoken_by"


@pytest.mark.parametrize("grade", ["block", "override_reason", "warn"])
def test_a_word_passes_no_finding(waiting, recipe, nora, dana, rules_say, grade):
    rules_say(ketorolac=grade)
    with pytest.raises(NotCleared):
        spoken(waiting, recipe, by=nora, said_by=dana)
    order = Order.objects.get()
    assert not order.may_run
    with pytest.raises(NotCleared):
        spoken(waiting, recipe, by=nora, said_by=dana)
    assert Order.objects.get() == order  # no second draft
    if grade == "warn":
        clearing.acknowledge(order=order, rule="ketorolac_rule", drug="ketorolac", by=nora, at=NINE)
        assert spoken(waiting, order, by=nora, said_by=dana).may_run


def test_a_block_that_arrives_later_stops_the_next_start(waiting, recipe, nora, dana, stock, rules_say):
    spoken(waiting, recipe, by=nora, said_by=dana)
    rules_say(ketorolac="block")
    with pytest.raises(NotCleared):
        giving.start(
            administration=line_of(waiting, "ketorolac"),
            lots=[stock.ketorolac],
            started_at=NINE,
            by=nora,
            at=NINE,
        )


def test_what_has_begun_is_not_edited_withdrawn_or_replaced_before_its_signature(waiting, recipe, nora, dana):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    for act in (
        lambda: ordering.withdraw_order(order=order, reason="No need", by=nora, at=TEN),
        lambda: ordering.change_order(order=order, by=nora, at=TEN),
        lambda: ordering.recompose(order=order, steps=[], by=nora, at=TEN),
    ):
        with pytest.raises(CannotMove, match="begun without a signature"):
            act()


def test_a_disputed_order_gives_nothing_more_and_keeps_what_was_given(waiting, recipe, nora, dana, stock):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    line = line_of(waiting, "ketorolac")
    giving.start(administration=line, lots=[stock.ketorolac], started_at=NINE, by=nora, at=NINE)
    with pytest.raises(DomainError, match="what is wrong"):
        standing.dispute(order=order, reason=" ", by=dana, at=TEN)
    disputed = standing.dispute(order=order, reason="I said 15 mg", by=dana, at=TEN)
    assert (disputed.state, disputed.disputed, disputed.withdrawn_reason) == (
        "withdrawn",
        True,
        "I said 15 mg",
    )
    states = dict(Administration.objects.filter(visit=waiting).values_list("drug__code", "state"))
    assert states["ketorolac"] == "running" and states["magnesium_sulfate"] == "not_given"
    giving.stop(administration=line, stopped_at=TEN, by=nora, at=TEN)


def test_an_order_signed_off_after_the_visit_is_completed_with_it(waiting, recipe, nora, dana, stock):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    for line in waiting.administrations.all():
        giving.not_given(administration=line, state="not_given", reason="Better already", by=nora, at=TEN)
    from visits.services import charting

    charting.record_vitals(visit=waiting, taken_at=TEN, systolic=120, diastolic=70, by=nora, at=TEN)
    discharge.discharge(
        visit=waiting, pain=2, back_to_activity="yes", left_with="Sam", iv_out="yes", by=nora, at=TEN
    )
    order.refresh_from_db()
    assert order.waits_for_sign_off
    assert standing.sign_off(order=order, by=dana, at=at(18)).state == "completed"


def test_another_patients_draft_is_not_begun_here(waiting, recipe, nora, dana, felix):
    other = enroll(by=felix, given_name="Paul", family_name="Prior")
    draft = ordering.order_from_regimen(patient=other, regimen=recipe, by=nora, at=NINE)
    with pytest.raises(VerbalRefused, match="not of this visit"):
        spoken(waiting, draft, by=nora, said_by=dana)


# --- Versions -----------------------------------------------------------------------------------------


def test_an_order_keeps_the_version_it_was_made_from(pia, recipe, dana):
    first = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=EIGHT)
    again = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=EIGHT)
    RegimenStep.objects.filter(regimen=recipe, position=3).update(dose=Decimal(15))
    later = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=NINE)
    assert first.regimen_version == again.regimen_version
    assert (first.regimen_version.number, later.regimen_version.number) == (1, 2)
    doses = [row.facts["steps"][2]["dose"] for row in RegimenVersion.objects.order_by("number")]
    assert doses == ["30", "15"]
