"""Only services set a status; statuses are spelled in states.py and bound by a check constraint."""

import ast

import pytest
from django.apps import apps
from django.db.models import CheckConstraint

from tests.architecture.test_imports import APPS, ROOT, modules

STATUS_FIELDS = {"status", "state"}


def writes_a_status(tree: ast.AST) -> list[int]:
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            lines += [t.lineno for t in targets if isinstance(t, ast.Attribute) and t.attr in STATUS_FIELDS]
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"update", "create"}
        ):
            lines += [node.lineno for keyword in node.keywords if keyword.arg in STATUS_FIELDS]
    return lines


@pytest.mark.parametrize("app", APPS)
def test_only_services_set_a_status(app):
    wrong = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules(app)
        if path.relative_to(ROOT / app).parts[0] != "services"
        for line in writes_a_status(ast.parse(path.read_text()))
    }
    assert wrong == set()


def test_every_status_column_is_bound_by_a_check():
    loose = set()
    for model in apps.get_models():
        if model._meta.app_label not in [*APPS, "outbox"] or hasattr(model, "pgh_tracked_model"):
            continue
        for field in model._meta.local_concrete_fields:
            if field.name not in STATUS_FIELDS or not field.choices:
                continue
            checks = [c for c in model._meta.constraints if isinstance(c, CheckConstraint)]
            if not any(f"{field.name}__in" in str(check.condition) for check in checks):
                loose.add(f"{model._meta.label}.{field.name}")
    assert loose == set()
