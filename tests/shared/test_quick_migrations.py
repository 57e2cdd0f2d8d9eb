"""Many additions at once make the same tables, only sooner."""

import re

from django.db import migrations, models
from django.db.migrations.state import ProjectState

from infusion_center.embedded.place import PROJECT
from infusion_center.shared.quick_migrations import Migration, Together


class Example(Migration):
    operations = [
        migrations.CreateModel("Chair", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Visit", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("Visit", "chair", models.ForeignKey("visits.Chair", models.PROTECT)),
        migrations.RunSQL("SELECT 1", "SELECT 1"),
        migrations.AddIndex("Visit", models.Index(fields=["chair"], name="by_chair")),
    ]


def test_only_neighbours_of_one_kind_are_taken_together_and_none_is_lost():
    taken = Example("0001_initial", "visits").operations
    assert [len(one.operations) if isinstance(one, Together) else 0 for one in taken] == [2, 1, 0, 1]


def test_the_tables_of_a_group_do_not_yet_have_the_columns_of_the_next():
    state = ProjectState()
    tables, columns, *_ = Example("0001_initial", "visits").operations
    tables.state_forwards("visits", state)
    assert [field.name for field in state.apps.get_model("visits", "Visit")._meta.fields] == ["id"]
    columns.state_forwards("visits", state)
    assert [field.name for field in state.apps.get_model("visits", "Visit")._meta.fields] == ["id", "chair"]


def test_every_long_migration_of_ours_is_quick():
    """Made anew by makemigrations? Import quick_migrations there and take its Migration as the base class."""
    files = [*PROJECT.glob("*/migrations/0*.py"), *PROJECT.glob("infusion_center/*/migrations/0*.py")]
    long = [file for file in files if len(re.findall(r"AddField|AddTrigger", file.read_text())) > 5]
    assert long
    slow = [file for file in long if "quick_migrations.Migration" not in file.read_text()]
    assert slow == []
