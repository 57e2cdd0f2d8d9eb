"""The pages: bring files, watch, look at what did not go in."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from patients import tasks
from patients.models import ImportFile, PatientImport
from patients.services import importing
from patients.states import ImportState
from tests.clock import SEVEN
from tests.patients.fhir.conftest import BUNDLES, bundle, fact, person
from tests.people import signed_in

pytestmark = pytest.mark.django_db
SWAP = {"HTTP_HX_REQUEST": "true", "HTTP_X_REFRESH": "1"}


@pytest.fixture
def desk(felix, vocabulary):
    return signed_in(felix)


def upload(client, *files):
    chosen = [SimpleUploadedFile(name, raw) for name, raw in files]
    return client.post(reverse("patients:import_upload"), {"chosen": chosen})


def vera(*more):
    return ("vera.json", json.dumps(bundle(person(), *more)).encode())


def page_of(file):
    return reverse("patients:import_file", args=[file.batch.key, 1])


def test_several_files_are_queued_and_read_behind_the_page(desk, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks():  # the bell is not rung
        answer = upload(desk, vera(), ("bad.json", b"nonsense"))
    batch = PatientImport.objects.get()
    assert answer.url == reverse("patients:import_progress", args=[batch.key])
    page = desk.get(answer.url).content.decode()
    assert "0 of 2 files read" in page and "every 1s" in page and "You may leave this page" in page

    tasks.read_imports()
    page = desk.get(answer.url).content.decode()
    assert "2 of 2 files read, 1 could not be" in page and "every 1s" not in page
    assert "Vale, Vera" in page and "This is not JSON" in page


def test_the_upload_rings_the_bell_itself(desk, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload(desk, vera())
    assert ImportFile.objects.get().state == ImportState.DONE


def test_a_refresh_swaps_the_part_and_is_204_while_nothing_changed(desk):
    upload(desk, vera())
    address = reverse("patients:import_progress", args=[PatientImport.objects.get().key])
    part = desk.get(address, **SWAP).content.decode()
    assert "<html" not in part and 'id="import-progress"' in part
    tag = re.search(r"\?v=([^\"]+)\"", part).group(1)
    assert desk.get(f"{address}?v={tag}", **SWAP).status_code == 204
    tasks.read_imports()
    assert "1 of 1 file" in desk.get(f"{address}?v={tag}", **SWAP).content.decode()


def test_an_upload_without_a_file_is_answered_in_words(desk):
    answer = desk.post(reverse("patients:import_upload"), {})
    assert answer.status_code == 422 and "This field is required" in answer.content.decode()
    assert not PatientImport.objects.exists()


def test_what_is_unmapped_is_shown_for_review(desk):
    upload(
        desk,
        vera(fact("MedicationRequest", "Zorbium 5 MG", key="z"), fact("AllergyIntolerance", "Frobnic acid")),
    )
    tasks.read_imports()
    page = desk.get(page_of(ImportFile.objects.get())).content.decode()
    assert "Unmapped" in page and "Zorbium 5 MG" in page and "Frobnic acid" in page
    batch = PatientImport.objects.get()
    assert "2 unmapped" in desk.get(reverse("patients:import_progress", args=[batch.key])).content.decode()
    assert "1 to review" in desk.get(reverse("patients:import_list")).content.decode()


def test_remarks_and_counts_of_a_file_are_shown_and_opening_it_opens_a_chart(desk, felix):
    upload(
        desk,
        vera(fact("MedicationRequest", "aspirin", status="draft"), {"resourceType": "Encounter", "id": "e"}),
    )
    tasks.read_imports()
    file = ImportFile.objects.get()
    page = desk.get(page_of(file)).content.decode()
    assert "It was planned, not taken." in page and "1 not used" in page
    assert (
        ChartRead.objects.filter(
            person=felix, patient_key=file.patient.key, page="patients:import_file"
        ).count()
        == 1
    )


def test_try_again_and_reviewed(desk, felix, django_capture_on_commit_callbacks):
    upload(desk, ("bad.json", b"nonsense"))
    tasks.read_imports()
    file = ImportFile.objects.get()
    assert "1 to review" in desk.get(reverse("patients:import_list")).content.decode()
    desk.post(reverse("patients:import_reviewed", args=[file.batch.key, 1]))
    file.refresh_from_db()
    assert file.reviewed_by == felix
    assert "to review" not in desk.get(reverse("patients:import_list")).content.decode()
    again = desk.post(reverse("patients:import_reviewed", args=[file.batch.key, 1]))
    assert again.status_code == 409 and "somebody has reviewed it already" in again.content.decode()
    with django_capture_on_commit_callbacks():
        desk.post(reverse("patients:import_try_again", args=[file.batch.key, 1]))
    file.refresh_from_db()
    assert (file.state, file.reviewed_at) == (ImportState.QUEUED, None)


def test_a_place_that_no_file_has_is_not_found(desk):
    upload(desk, vera())
    key = PatientImport.objects.get().key
    assert [desk.get(reverse("patients:import_file", args=[key, n])).status_code for n in (0, 2)] == [
        404,
        404,
    ]


def test_who_may_not_import_sees_nothing(mallory, nora, felix, vocabulary):
    batch = importing.receive(files=[("vera.json", [b"x"])], by=felix, at=SEVEN)
    doors = [("import_list", []), ("import_progress", [batch.key]), ("import_file", [batch.key, 1])]
    for person_of_staff in (mallory, nora):
        client = signed_in(person_of_staff)
        assert {client.get(reverse(f"patients:{name}", args=args)).status_code for name, args in doors} == {
            403
        }
        assert upload(client, vera()).status_code == 403


def test_progress_and_list_cost_the_same_queries_with_two_and_with_twenty_files(desk):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    raw = next(BUNDLES.glob("Jacob*")).read_bytes()

    def cost(number):
        batch = importing.receive(files=[(f"{n}.json.gz", [raw]) for n in range(number)], by=None, at=SEVEN)
        tasks.read_imports()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(reverse("patients:import_progress", args=[batch.key]))
            desk.get(reverse("patients:import_list"))
        return len(queries)

    cost(1)  # the hour's row of the access log is written once
    assert cost(2) == cost(20)
