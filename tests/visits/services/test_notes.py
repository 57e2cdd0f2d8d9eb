"""The note: told from the chart, typed around, signed, and locked whatever the path."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from infusion_center.accounts.permissions import Role
from infusion_center.errors import DomainError
from patients.services import registration
from tests.clock import MINUTE, NINE, TEN, at
from tests.people import member_of_staff
from tests.visits import notes as scenes
from tests.visits.conftest import line_of, spoken
from visits.models import (
    Administration,
    EmergencyDose,
    GivingEvent,
    Note,
    Outcome,
    Reaction,
    Score,
    VialUse,
    Visit,
    VisitOrder,
    Vitals,
)
from visits.selectors import note as notes
from visits.services import (
    after_signing,
    asking,
    charting,
    days,
    discharge,
    emergency,
    flow,
    giving,
    reactions,
    standing,
)
from visits.services import (
    notes as writing,
)
from visits.services.days import PromiseKept
from visits.services.locked import Signed

SENTENCE = r"signed by Dana Dorn, MD on 20 Nov 2026 at 10:15; add an addendum or a correction"


@pytest.fixture
def over(in_chair, stock, nora):
    return scenes.over(in_chair, stock, by=nora)


@pytest.fixture
def signed(over, dana):
    """Pia's visit, signed."""
    scenes.signed(over, by=dana, before="Third day of it.", after="Migraine, answered.")
    return over


def text_of(visit, when=TEN):
    page = notes.page_of(notes.visits().get(pk=visit.pk), at=when)
    return {section.title: list(section.sentences) for section in page.sections}


def sign(visit, *, by, when=scenes.SIGNED, **facts):
    """Sign what is read at this moment, or something else that `facts` say."""
    page = notes.page_of(notes.visits().get(pk=visit.pk), at=when)
    usual = {"before": page.before, "after": page.after, "version": page.version, "seen": page.seen}
    return writing.sign(visit=visit, **(usual | facts), by=by, at=when)


# --- Told ---------------------------------------------------------------------------------------------


def test_the_chart_tells_the_visit_in_plain_sentences(over, nora):
    told = text_of(over)
    assert told["Patient"][0] == f"Pell, Pia, born 10 Apr 1984, number {over.patient.number}."
    assert told["Arrival"] == [
        "Came for: Migraine since Wednesday.",
        "Arrived at 08:40.",
        "Seated in Chair 1 at 08:50 by Nora North, RN.",
    ]
    assert told["Given"] == [
        "Sodium chloride 0.9 % 1000 mL, IV infusion: refused by the patient (Drinks well).",
        "Magnesium sulfate 2000 mg, IV infusion: started 09:00 at 200 mL/h; rate changed 09:05 to 300 mL/h; "
        "paused 09:10; resumed 09:15; stopped 09:35; all by Nora North, RN. Ran 30 min, 141.7 mL. Given. "
        "From lot L-magnesium. Pain 8 before, 4 after: down 50 %.",
        "Ketorolac 30 mg, IV push: started 09:40; stopped 09:42; all by Nora North, RN. Ran 2 min. Given. "
        "From lot L-ketorolac. Pain 4 before, – after: not scored.",
    ]
    assert told["Vital signs"] == ["08:56: 128/78 mmHg, pulse 76."]
    assert told["How it ended"][:2] == ["Discharged at 10:05 by Nora North, RN.", "Pain 8 → 2, down 75 %."]
    assert told["Asked and tested before the treatment"][-1].startswith("Not asked: Triptan, ")


def test_what_was_entered_in_error_and_what_came_late_is_told(in_chair, stock, nora):
    ketorolac = line_of(in_chair, "ketorolac")
    times = {"started_at": NINE, "stopped_at": NINE + 2 * MINUTE}
    giving.give_push(administration=ketorolac, lots=[stock.ketorolac], **times, by=nora, at=at(9, 30))
    giving.enter_in_error(administration=ketorolac, reason="Wrong chart", by=nora, at=at(9, 31))
    giving.give_push(
        administration=line_of(in_chair, "ketorolac"), lots=[stock.ketorolac], **times, by=nora, at=at(9, 40)
    )
    told = text_of(in_chair)
    assert told["Entered in error"] == ["ketorolac 30 mg: Wrong chart."]
    assert "started 09:00 (written down 09:40)" in told["Given"][-1]


def test_who_left_early_is_told_with_the_reason(in_chair, nora, dana):
    discharge.left_early(visit=in_chair, reason="Child is ill.", by=nora, at=TEN)
    told = text_of(in_chair)
    assert told["How it ended"][0] == "Left before done at 10:00 by Nora North, RN: Child is ill."
    assert "Left before done: Child is ill" in told["Given"][0]
    assert sign(in_chair, by=dana).sha256


def test_the_same_chart_always_gives_the_same_text_hash_and_paper(over, dana):
    page, later = (notes.page_of(notes.visits().get(pk=over.pk), at=when) for when in (TEN, at(15)))
    assert (page.seen, page.sections) == (later.seen, later.sections)
    note = sign(over, by=dana)
    facts = writing.paper_facts(over, note.text)
    assert writing.paper.draw("visits/note_paper.html", facts) == bytes(note.paper.pdf)
    assert bytes(note.paper.pdf).startswith(b"%PDF-")


# --- Written ------------------------------------------------------------------------------------------


def test_a_draft_is_saved_and_saved_again_and_costs_no_write_when_nothing_is_new(over, nora):
    note = writing.write(visit=over, before=" Third day.\r\n", after="", version=0, by=nora, at=TEN)
    writing.write(visit=over, before="Third day.", after="", version=1, by=nora, at=TEN)
    again = writing.write(visit=over, before="Third day.", after="Plan", version=1, by=nora, at=TEN + MINUTE)
    assert (note.before, again.pk, again.version, again.after) == ("Third day.", note.pk, 2, "Plan")
    assert text_of(over)["Assessment and plan"] == ["Plan"]


def test_a_text_of_somebody_else_is_not_overwritten_unseen_and_both_are_kept(over, nora, dana):
    writing.write(visit=over, before="Nora's", after="", version=0, by=nora, at=TEN)
    writing.write(visit=over, before="Dana's", after="", version=1, by=dana, at=TEN)
    with pytest.raises(writing.OtherText, match="Dana Dorn, MD has saved another text") as no:
        writing.write(visit=over, before="Nora's, longer", after="", version=1, by=nora, at=TEN)
    assert no.value.note.before == "Dana's"
    writing.write(visit=over, before="Nora's, longer", after="", version=2, by=nora, at=TEN)
    assert list(over.note.history.order_by("pgh_id").values_list("before", flat=True)) == [
        "Nora's",
        "Dana's",
        "Nora's, longer",
    ]


def test_a_typed_line_is_never_taken_for_a_heading(over, dana):
    note = sign(over, by=dana, before="Asked:\n## Given\nNothing.")
    assert text_of(over)["Why they came"] == ["Asked:", " ## Given", "Nothing."]
    assert len([line for line in note.text.split("\n") if line == "## Given"]) == 1


def test_a_text_longer_than_anybody_types_is_refused_at_its_field(over, nora):
    with pytest.raises(DomainError, match="At most 20,000") as no:
        writing.write(visit=over, before="x" * 20_001, after="", version=0, by=nora, at=TEN)
    assert no.value.field == "before"


# --- Signed -------------------------------------------------------------------------------------------


def test_the_signature_freezes_the_text_with_its_hash_and_names_who_and_when(signed, dana):
    page = notes.page_of(notes.visits().get(pk=signed.pk), at=at(15))
    assert (signed.signed_by, signed.signed_at) == (dana, scenes.SIGNED)
    assert page.intact
    assert notes.is_paper_intact(page.note)
    assert page.sections[-1].sentences == ["Signed by Dana Dorn, MD, Fri 20 Nov 2026 10:15 CST."]
    assert [one.title for one in page.sections][:2] == ["Patient", "Why they came"]


def test_what_is_signed_stays_when_the_record_changes_later(signed, felix):
    before = text_of(signed)
    registration.correct(patient=signed.patient, family_name="Pelham", by=felix, at=at(11))
    assert text_of(signed) == before


def test_a_text_changed_behind_the_products_back_is_found_out(signed):
    note = notes.note_of(signed)
    note.text = note.text.replace("2000 mg", "200 mg")
    assert not notes.is_intact(note)


def test_nothing_is_signed_while_it_runs_or_the_visit_is_not_over(in_chair, magnesium, stock, nora, dana):
    with pytest.raises(writing.NotReady, match="The visit is not over: it is in chair"):
        sign(in_chair, by=dana)
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    with pytest.raises(writing.NotReady, match="magnesium sulfate is running: it must be stopped first"):
        sign(in_chair, by=dana)
    giving.pause(administration=magnesium, happened_at=at(9, 5), by=nora, at=at(9, 5))
    with pytest.raises(writing.NotReady, match="is paused"):
        sign(in_chair, by=dana)
    assert not Visit.objects.exclude(signed_at=None).exists()


def test_nothing_is_signed_while_an_order_waits_for_its_own_signature(waiting, recipe, stock, nora, dana):
    order = spoken(waiting, recipe, by=nora, said_by=dana)
    scenes.over(waiting, stock, by=nora)
    with pytest.raises(writing.NotReady, match="was begun without a signature"):
        sign(waiting, by=dana)
    standing.sign_off(order=order, by=dana, at=scenes.HOME + MINUTE)
    sign(waiting, by=dana)
    assert "spoken by Dana Dorn, MD (“Ketorolac 30 mg IV push now”)" in text_of(waiting)["Orders"][0]


def test_reactions_and_what_was_given_at_once_are_told_and_locked_but_may_be_looked_at_later(
    in_chair, stock, nora, dana
):
    when = at(8, 55)
    reaction = reactions.record(
        visit=in_chair, kind="akathisia", grade=2, began_at=when, actions=["watched"], by=nora, at=when
    )
    about = {"amount": Decimal(25), "unit": "mg", "route": "iv", "given_at": when}
    dose = emergency.give(visit=in_chair, kind="akathisia", drug="Diphenhydramine", **about, by=nora, at=when)
    reactions.settle(reaction=reaction, outcome="resolved", ended_at=at(9, 20), by=nora, at=at(9, 20))
    scenes.over(in_chair, stock, by=nora)
    with pytest.raises(writing.NotReady, match="Diphenhydramine was given at once"):
        sign(in_chair, by=dana)
    emergency.sign_off(doses=[dose], by=dana, at=scenes.HOME)
    sign(in_chair, by=dana)
    told = text_of(in_chair)
    assert told["Reactions"] == [
        "08:55: Moderate akathisia, not clear after which drug. Watched. Over at 09:20."
    ]
    assert told["Given at once"] == ["08:55: Diphenhydramine 25 mg, IV, by Nora North, RN."]
    refused(f"UPDATE visits_reaction SET grade = 1 WHERE id = {reaction.pk}")
    for model in (Reaction, EmergencyDose):
        columns = ", ".join(one.column for one in model._meta.local_concrete_fields if one.name != "id")
        table = model._meta.db_table
        refused(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}")
    reactions.see(reaction=reaction, by=dana, at=at(11))
    emergency.take_back(dose=dose, reason="Not given after all", by=nora, at=at(11))


def test_what_was_not_read_is_not_signed(over, nora, dana):
    read = notes.page_of(notes.visits().get(pk=over.pk), at=TEN).seen
    flow.undo(visit=over, reason="Not gone yet", by=nora, at=at(10, 6))
    charting.record_vitals(visit=over, taken_at=at(10, 7), pulse=70, by=nora, at=at(10, 7))
    answers = {"pain": 2, "back_to_activity": "yes", "left_with": "Sam", "iv_out": "yes"}
    discharge.discharge(visit=over, **answers, by=nora, at=at(10, 10))
    with pytest.raises(writing.ChartChanged, match="Read it again"):
        sign(over, by=dana, seen=read)
    sign(over, by=dana)


def test_it_is_signed_once(signed, dana):
    with pytest.raises(Signed, match=SENTENCE):
        writing.sign(visit=signed, before="", after="", version=1, seen="", by=dana, at=at(11))


# --- Locked -------------------------------------------------------------------------------------------


def late_acts(visit, *, by):
    """Every verb that could still change the chart."""
    line, when = line_of(visit, "magnesium"), at(11)
    say = {"by": by, "at": when}
    return {
        "score": lambda: charting.score(visit=visit, moment="baseline", pain=1, scored_at=when, **say),
        "vitals": lambda: charting.record_vitals(visit=visit, taken_at=when, pulse=70, **say),
        "iv_site": lambda: charting.record_iv_site(visit=visit, iv_site="hand", **say),
        "nurse": lambda: charting.look_after(visit=visit, **say),
        "error": lambda: giving.enter_in_error(administration=line, reason="Late", **say),
        "stop": lambda: giving.stop(administration=line, stopped_at=when, **say),
        "undo": lambda: flow.undo(visit=visit, reason="Late", **say),
        "leave": lambda: discharge.left_early(visit=visit, reason="Late", **say),
        "driver": lambda: asking.name_driver(visit=visit, has_driver="no", **say),
        "note": lambda: writing.write(visit=visit, before="Late", after="", version=1, **say),
    }


@pytest.mark.parametrize(
    "act", ["score", "vitals", "iv_site", "nurse", "error", "stop", "undo", "leave", "driver", "note"]
)
def test_after_the_signature_every_verb_refuses_in_words(signed, nora, act):
    with pytest.raises(Signed, match=SENTENCE):
        late_acts(signed, by=nora)[act]()


LOCKED = [Administration, GivingEvent, VialUse, Score, Vitals, Outcome, VisitOrder, Note]


def row_of(model, visit):
    return model.objects.filter(
        **{"administration__visit" if model in (GivingEvent, VialUse) else "visit": visit}
    ).latest("pk")


def refused(sql):
    refusal = pytest.raises(IntegrityError, match="The visit is signed")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("model", LOCKED)
def test_no_row_of_a_signed_visit_is_changed_removed_or_added_by_sql(signed, model):
    table, row = model._meta.db_table, row_of(model, signed)
    columns = ", ".join(field.column for field in model._meta.local_concrete_fields if field.name != "id")
    refused(f"UPDATE {table} SET id = id WHERE id = {row.pk}")
    refused(f"DELETE FROM {table} WHERE id = {row.pk}")
    refused(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = {row.pk}")


def test_the_signed_visit_itself_stays_and_nothing_is_moved_into_it(signed, paul, site, nora, felix):
    refused(f"UPDATE visits_visit SET status = 'in_chair' WHERE id = {signed.pk}")
    refused(f"UPDATE visits_visit SET signed_at = NULL, signed_by_id = NULL WHERE id = {signed.pk}")
    refused(f"DELETE FROM visits_visit WHERE id = {signed.pk}")
    from tests.visits.scenes import booked, seated

    other = seated(booked(patient=paul, site=site, by=felix, starts_at=at(9, 20)), by=nora)
    vitals = charting.record_vitals(visit=other, taken_at=at(9, 30), pulse=70, by=nora, at=at(9, 30))
    refused(f"UPDATE visits_vitals SET visit_id = {signed.pk} WHERE id = {vitals.pk}")


def test_an_unsigned_visit_is_not_locked(over, nora):
    writing.write(visit=over, before="Draft", after="", version=0, by=nora, at=TEN)
    for model in LOCKED:
        row = row_of(model, over)
        assert model.objects.filter(pk=row.pk).update(id=row.pk) == 1


def test_a_service_that_forgets_to_ask_is_refused_in_words_too(signed, nora):
    about = {"site": signed.site, "day": signed.day, "by": nora, "at": at(11)}
    refusal = pytest.raises(PromiseKept, match="This visit is signed")
    with refusal, days.changing("test.forgot", **about):
        signed.vitals.update(pulse=60)


def somebody_waits_for_a_lock():
    waiting = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())"
    with connection.cursor() as cursor:
        cursor.execute(waiting)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_a_row_written_at_the_same_moment_is_in_the_note_or_refused(over, dana):
    """By raw SQL, which takes no day: it waits for the signature that is being written, and is refused."""
    said = []

    def late():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE visits_vitals SET pulse = 60")
                said.append("written")
        except DatabaseError as no:
            said.append(str(no).splitlines()[0])
        finally:
            connection.close()

    writer = threading.Thread(target=late)
    with transaction.atomic():
        sign(over, by=dana)
        writer.start()
        while not somebody_waits_for_a_lock():
            assert said == []
    writer.join(timeout=10)
    assert said == ["The visit is signed"]


# --- After the signature ------------------------------------------------------------------------------


def test_an_addendum_stands_beside_with_author_time_and_reason(signed, nora):
    frozen = text_of(signed)
    after_signing.add(visit=signed, text=" Called back. ", reason="Telephone", by=nora, at=at(11))
    page = notes.page_of(notes.visits().get(pk=signed.pk), at=at(12))
    (one,) = page.addenda
    assert (one.text, one.reason, one.written_by, one.written_at) == (
        "Called back.",
        "Telephone",
        nora,
        at(11),
    )
    assert text_of(signed) == frozen
    refused_as_append_only(one)


def refused_as_append_only(row):
    for act in (lambda: row.delete(), lambda: type(row).objects.filter(pk=row.pk).update(reason="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def stop_of(visit):
    return line_of(visit, "magnesium").events.get(kind="stop")


def correct(visit, *, by, **facts):
    usual = {"kind": "event", "row": stop_of(visit).pk, "field": "at", "reason": "Pump log", "at": at(11)}
    return after_signing.correct(visit=visit, **(usual | facts), by=by)


def test_a_correction_names_what_it_corrects_and_leaves_the_first_as_it_was(signed, nora):
    row = correct(signed, by=nora, found_at=at(9, 30))
    assert (row.was, row.found_at) == ("magnesium sulfate, stop, time 09:35", at(9, 30))
    assert stop_of(signed).at == at(9, 35)
    assert line_of(signed, "magnesium").stopped_at == at(9, 35)
    refused_as_append_only(row)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"found_at": at(9, 12)}, "change places"),  # before it was resumed
        ({"found_at": at(12)}, "in the future"),
        ({"found_at": at(10, 30)}, "after the patient left"),
        ({"found_at": None}, "Give the time"),
        ({"field": "dose"}, "Choose what"),
        ({"row": 10**9, "found_at": at(9, 30)}, "Choose what"),
        ({"found_at": at(9, 30), "reason": " "}, "Say why"),
        ({"field": "rate_ml_h", "found": 0}, "more than zero"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(signed, nora, facts, words):
    with pytest.raises(DomainError, match=words):
        correct(signed, by=nora, **facts)


def test_another_visits_row_is_not_corrected_here(signed, paul, site, felix, nora):
    from tests.visits.scenes import booked, seated

    other = seated(booked(patient=paul, site=site, by=felix, starts_at=at(9, 20)), by=nora)
    theirs = charting.record_vitals(visit=other, taken_at=at(9, 30), pulse=70, by=nora, at=at(9, 30))
    with pytest.raises(after_signing.CorrectionRefused):
        correct(signed, by=nora, kind="vitals", row=theirs.pk, field="pulse", found=72)


def test_a_number_and_a_whole_entry_are_corrected_too(signed, nora):
    score = signed.scores.get(moment="discharge")
    row = correct(signed, by=nora, kind="score", row=score.pk, field="pain", found=3)
    assert (row.was, row.found) == ("Pain at discharge, pain 2", 3)
    with pytest.raises(DomainError, match="from 0 to 10"):
        correct(signed, by=nora, kind="score", row=score.pk, field="pain", found=11)
    vitals = signed.vitals.get()
    with pytest.raises(DomainError, match="Pulse 900 cannot be"):
        correct(signed, by=nora, kind="vitals", row=vitals.pk, field="pulse", found=900)
    whole = correct(signed, by=nora, kind="vitals", row=vitals.pk, field="in_error")
    assert (whole.found, whole.found_at) == (None, None)


def test_before_the_signature_there_is_nothing_to_add_to(over, nora, dana):
    with pytest.raises(after_signing.NotSigned, match="not signed yet"):
        after_signing.add(visit=over, text="More", reason="Late", by=nora, at=at(11))
    with pytest.raises(after_signing.NotSigned):
        after_signing.cosign(visit=over, by=dana, at=at(11))


@pytest.fixture
def pat(site):
    facts = {"first_name": "Pat", "last_name": "Parr", "credentials": "NP"}
    return member_of_staff("pat", Role.PROVIDER, site=site, **facts)


def test_another_provider_co_signs_asked_or_not_and_once(signed, nora, dana, pat):
    asked = after_signing.ask_cosignature(visit=signed, provider=pat, by=dana, at=at(11))
    assert after_signing.ask_cosignature(visit=signed, provider=pat, by=dana, at=at(12)) == asked
    done = after_signing.cosign(visit=signed, by=pat, at=at(13))
    assert (done.pk, done.asked_by, done.signed_at) == (asked.pk, dana, at(13))
    with pytest.raises(after_signing.CannotCoSign, match="already"):
        after_signing.cosign(visit=signed, by=pat, at=at(14))
    with pytest.raises(DatabaseError), transaction.atomic():
        signed.cosignatures.update(signed_at=None)


def test_neither_the_signer_nor_a_nurse_co_signs(signed, nora, dana):
    with pytest.raises(after_signing.CannotCoSign, match="Who signed"):
        after_signing.cosign(visit=signed, by=dana, at=at(11))
    with pytest.raises(after_signing.CannotCoSign, match="Only a provider"):
        after_signing.ask_cosignature(visit=signed, provider=nora, by=dana, at=at(11))


def test_signing_later_than_the_visits_day_is_no_other_visit(over, dana):
    note = sign(over, by=dana, when=scenes.SIGNED + timedelta(days=1))
    assert note.text.endswith("Signed by Dana Dorn, MD, Sat 21 Nov 2026 10:15 CST.")
