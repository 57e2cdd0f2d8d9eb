"""Days lived through by the demo: after all that happens to vials the books agree to the milligram."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from visits.models import Preparation, VialUse

pytestmark = pytest.mark.django_db


def test_after_the_days_of_the_demo_the_books_agree_and_a_row_changed_by_hand_is_named(capsys):
    call_command("load_reference", verbosity=0)
    call_command("seed_demo", days=12)
    assert " visits of the days before." in capsys.readouterr().out
    uses = VialUse.objects.all()
    assert uses.filter(reversed_at__isnull=False).exists()  # less was given, or it was an error
    assert uses.filter(given=0).exists() and Preparation.objects.filter(thrown_at__isnull=False).exists()
    call_command("check_ledger")
    assert capsys.readouterr().out.startswith("0 differences in ")
    use = uses.filter(reversed_at=None, given__gt=0, administration__visit__signed_at=None).first()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE visits_vialuse SET given = given + 1 WHERE id = %s", [use.pk])
    with pytest.raises(CommandError, match="disagree"):
        call_command("check_ledger")
    said = "".join(capsys.readouterr())
    assert f"Dose {use.pk} from lot {use.lot.number}" in said
