"""Row history and logs that only grow: shown on the database itself."""

import pghistory.models
import pytest
from django.db import DatabaseError, connection, transaction

from infusion_center.audit import reading
from infusion_center.audit.models import ChartRead
from patients.services import registration
from tests.clock import EIGHT, NINE

pytestmark = pytest.mark.django_db


def test_a_change_carries_verb_person_and_moment(pia, felix):
    registration.correct(patient=pia, given_name="Piara", by=felix, at=NINE)
    newest = pghistory.models.Events.objects.tracks(pia).get(pgh_label="update")
    assert newest.pgh_context["verb"] == "patient.corrected"
    assert newest.pgh_context["user"] == felix.pk
    assert newest.pgh_context["at"] == NINE.isoformat()
    assert newest.pgh_diff["given_name"] == ["Pia", "Piara"]


@pytest.mark.parametrize("table", ["patients_patientevent", "audit_chartread"])
@pytest.mark.parametrize("act", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_history_and_access_log_only_grow(pia, felix, table, act):
    reading.chart_opened(patient_key=pia.key, page="test", by=felix, at=EIGHT)
    sql = act.format(table=table).replace(
        "SET id = id", "SET pgh_label = pgh_label" if "event" in table else "SET id = id"
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_list_is_one_row_an_hour_and_a_chart_one_row_an_opening(pia, felix):
    for _ in range(3):
        reading.list_opened(page="visits:today", by=felix, at=EIGHT)
        reading.chart_opened(patient_key=pia.key, page="patients:card", by=felix, at=EIGHT)
    assert ChartRead.objects.filter(patient_key=None).count() == 1
    assert ChartRead.objects.filter(patient_key=pia.key).count() == 3


def test_a_patient_is_never_deleted(pia):
    with pytest.raises(DatabaseError), transaction.atomic():
        pia.delete()
