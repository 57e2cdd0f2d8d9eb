"""The table is the queue: a crash loses nothing, and reading twice adds nothing."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from infusion_center.shared import clock
from patients import tasks
from patients.models import Condition, ImportFile, Patient
from patients.services import importing, taking_in
from patients.states import ImportState
from tests.clock import EIGHT, MINUTE, NINE, SEVEN
from tests.patients.fhir.conftest import BUNDLES, bundle, fact, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(vocabulary, felix):
    """One file of Vera's that waits."""
    return receive(felix)


def receive(by, number="MR-1", at=SEVEN):
    import json

    raw = json.dumps(bundle(person(number), fact("Condition", "Migraine"))).encode()
    return importing.receive(files=[("vera.json", [raw])], by=by, at=at).files.get()


def test_bytes_are_stored_under_a_name_that_says_nothing(waiting, uploads):
    assert "vera" not in waiting.stored_as
    assert (uploads / waiting.stored_as).stat().st_mode & 0o777 == 0o600


def test_the_task_run_twice_reads_once(waiting):
    tasks.read_imports()
    tasks.read_imports()
    waiting.refresh_from_db()
    assert waiting.state == ImportState.DONE
    assert (Patient.objects.count(), Condition.objects.count()) == (1, 1)


def test_a_file_that_a_crash_left_running_is_read_after_five_minutes(waiting, monkeypatch):
    def dies(file, at):
        raise SystemExit  # what a killed worker leaves behind: the claim, committed, and nothing else

    with monkeypatch.context() as crash, pytest.raises(SystemExit):
        crash.setattr(taking_in, "_take_in", dies)
        taking_in.read_next(at=EIGHT)
    waiting.refresh_from_db()
    assert waiting.state == ImportState.RUNNING

    assert taking_in.put_back(at=EIGHT + 4 * MINUTE) == 0
    assert not taking_in.read_next(at=EIGHT + 4 * MINUTE)
    assert taking_in.put_back(at=EIGHT + 6 * MINUTE) == 1
    assert taking_in.read_next(at=EIGHT + 6 * MINUTE)
    waiting.refresh_from_db()
    assert (waiting.state, Patient.objects.count()) == (ImportState.DONE, 1)


def test_a_reader_that_was_given_up_too_early_leaves_the_file_to_the_other(waiting):
    """It wakes after its file was put back and read by another: it must write nothing."""
    slow = taking_in._claim(EIGHT, None)
    taking_in.put_back(at=EIGHT + 6 * MINUTE)
    taking_in.read_next(at=EIGHT + 6 * MINUTE)
    before = Condition.history.rel.related_model.objects.count()
    taking_in._take_in(slow, NINE)
    waiting.refresh_from_db()
    assert waiting.finished_at == EIGHT + 6 * MINUTE
    assert Condition.history.rel.related_model.objects.count() == before


def test_trying_again_queues_the_file_and_takes_the_review_back(waiting, nora):
    taking_in.read_next(at=EIGHT)
    importing.mark_reviewed(file=waiting, by=nora, at=NINE)
    importing.try_again(file=waiting, by=nora, at=NINE)
    assert (waiting.state, waiting.reviewed_at) == (ImportState.QUEUED, None)
    with pytest.raises(importing.CannotMove, match="waiting by now"):
        importing.try_again(file=waiting, by=nora, at=NINE)


def test_a_file_is_reviewed_once_and_only_when_it_was_read(waiting, nora):
    with pytest.raises(importing.CannotMove):
        importing.mark_reviewed(file=waiting, by=nora, at=SEVEN)
    taking_in.read_next(at=EIGHT)
    importing.mark_reviewed(file=waiting, by=nora, at=NINE)
    with pytest.raises(importing.CannotMove):
        importing.mark_reviewed(file=waiting, by=nora, at=NINE)
    assert (waiting.reviewed_by, waiting.reviewed_at) == (nora, NINE)


def test_a_file_whose_stored_bytes_are_gone_says_so(waiting, uploads):
    (uploads / waiting.stored_as).unlink()
    taking_in.read_next(at=EIGHT)
    waiting.refresh_from_db()
    assert (waiting.state, "is gone" in waiting.reason) == (ImportState.FAILED, True)


def test_the_command_reads_files_and_folders_without_a_worker(vocabulary, tmp_path):
    said = StringIO()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.json.gz").write_bytes(next(BUNDLES.glob("Jacob_Larson*")).read_bytes())
    (tmp_path / "deep" / "notes.txt").write_text("not ours")
    other = next(BUNDLES.glob("Andy*"))
    call_command("import_fhir", tmp_path, other, stdout=said)
    assert "2 of 2 files read" in said.getvalue()
    assert set(Patient.objects.values_list("family_name", flat=True)) == {"Larson", "Gusikowski"}


def test_the_command_fails_with_the_file_and_its_reason_and_reads_the_others(vocabulary, tmp_path):
    said = StringIO()
    (tmp_path / "bad.json").write_text("no")
    (tmp_path / "good.json.gz").write_bytes(next(BUNDLES.glob("Jacob_Larson*")).read_bytes())
    with pytest.raises(CommandError, match="1 of 2 files could not be read"):
        call_command("import_fhir", tmp_path, stdout=StringIO(), stderr=said)
    assert "bad.json: This is not JSON" in said.getvalue()
    assert Patient.objects.count() == 1


def test_the_command_says_what_is_not_there(vocabulary, tmp_path):
    with pytest.raises(CommandError, match="does not exist"):
        call_command("import_fhir", tmp_path / "nowhere")
    with pytest.raises(CommandError, match="no .json"):
        call_command("import_fhir", tmp_path)


@pytest.mark.django_db(transaction=True)
def test_two_readers_of_two_files_of_one_new_person_make_one_person(vocabulary, felix):
    from threading import Barrier, Thread

    receive(felix), receive(felix)
    together, at = Barrier(2), clock.now() + timedelta(seconds=1)

    def reader():
        together.wait()
        while taking_in.read_next(at=at):
            pass
        connection.close()

    readers = [Thread(target=reader) for _ in range(2)]
    [one.start() for one in readers]
    [one.join() for one in readers]
    assert set(ImportFile.objects.values_list("state", flat=True)) == {ImportState.DONE}
    assert (Patient.objects.count(), Condition.objects.count()) == (1, 1)
