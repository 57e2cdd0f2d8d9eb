"""First migrations in seconds instead of a minute.

Django draws a model and all that relate to it anew after each operation, and with history tables
nearly all models relate. Operations that only add, or only remove, are independent of each
other: here they are taken together, and the models are drawn once for all of them. A migration asks for it
by its base class.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# In this order of steps: a new table must not yet know the columns that a later operation adds.
STEPS: dict[type[Operation], str] = {
    migrations.CreateModel: "tables",
    migrations.AddField: "columns",
    migrations.AlterField: "changed columns",
    migrations.AddConstraint: "rules",
    migrations.AddIndex: "rules",
    AddTrigger: "rules",
    RemoveTrigger: "old rules",
    migrations.RemoveField: "old columns",
}


class Together(Operation):
    """Several additions of one kind, with one drawing of the models before and one after."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # drawn again when somebody asks for it
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, editor: Any, before: ProjectState, after: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, editor, before, after)

    def database_backwards(
        self, app_label: str, editor: Any, before: ProjectState, after: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, editor, before, after)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


class Migration(migrations.Migration):
    def __init__(self, name: str, app_label: str) -> None:
        super().__init__(name, app_label)
        self.__dict__["operations"] = list(_grouped(self.operations))


def _grouped(operations: Iterable[Operation]) -> Iterator[Operation]:
    for step, alike in groupby(operations, key=lambda operation: STEPS.get(type(operation))):
        if step is None:
            yield from alike
        else:
            yield Together(list(alike))
