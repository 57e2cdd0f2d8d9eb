"""Beat names real tasks, tasks are doorbells, migrations are complete."""

import ast
from io import StringIO

import pytest
from django.core.management import call_command

from infusion_center.celery import app
from tests.architecture.test_imports import APPS, ROOT


def test_every_beat_entry_names_a_real_task():
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert named - set(app.tasks) == set()


@pytest.mark.parametrize("package", [*APPS, "infusion_center/outbox"])
def test_a_task_is_a_doorbell_of_at_most_fifteen_lines(package):
    path = ROOT / package / "tasks.py"
    if not path.exists():
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno <= 15, f"{path}:{node.lineno} {node.name}"


@pytest.mark.django_db
def test_no_model_change_is_without_its_migration():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())
