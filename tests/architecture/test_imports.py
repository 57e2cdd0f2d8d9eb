"""Imports point down (house.md 2b). Each guard was broken on purpose once and went red."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["patients", "regimens", "visits", "billing"]
BELOW = {
    "patients": set(),
    "regimens": {"patients"},
    "visits": {"patients", "regimens"},
    "billing": {"patients", "regimens", "visits"},
}
FLOOR = ["audit", "outbox", "accounts", "places", "shared", "errors"]
FLOOR_MAY = {
    "errors": set(),
    "shared": {"errors", "accounts"},  # shared/api.py reads the abilities
    "places": {"errors", "shared"},
    "accounts": {"errors", "shared", "places"},
    "audit": {"errors", "shared", "places", "accounts"},
    "outbox": {"errors", "shared", "places", "accounts", "audit"},
}
# Within an app, what each layer may import of its own app.
LAYERS = {
    "states": set(),
    "rules": {"states"},
    "models": {"states"},
    "selectors": {"states", "rules", "models"},
    "services": {"states", "rules", "models", "selectors", "x12", "fhir"},
    "x12": {"rules"},
    "fhir": {"rules", "states"},
}
EDGES = {"views", "api", "forms", "tasks", "urls", "management", "admin"}


def modules(package: str):
    for path in sorted((ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_apps_below_it(app):
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if name.split(".")[0] in set(APPS) - BELOW[app] - {app}
    }
    assert wrong == set()


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_the_floor_and_never_the_roof(app):
    roof = {"urls", "celery", "settings", "management", "who_saw", "health", "contracts"}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if name.startswith("infusion_center.") and name.split(".")[1] in roof
    }
    assert wrong == set()


@pytest.mark.parametrize("package", [name for name in FLOOR if name != "errors"])
def test_the_floor_imports_no_app_and_points_down_itself(package):
    wrong = set()
    for path in modules(f"infusion_center/{package}"):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] in APPS:
                wrong.add(f"{path.name} imports {name}")
            if (
                parts[0] == "infusion_center"
                and len(parts) > 1
                and parts[1] not in FLOOR_MAY[package] | {package}
            ):
                wrong.add(f"{path.name} imports {name}")
    assert wrong == set()


@pytest.mark.parametrize("app", APPS)
def test_layers_of_an_app_point_down(app):
    wrong = set()
    for path in modules(app):
        layer = path.relative_to(ROOT / app).parts[0].removesuffix(".py")
        if layer not in LAYERS:
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == app and len(parts) > 1 and parts[1] not in LAYERS[layer] | {layer}:
                wrong.add(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == set()


@pytest.mark.parametrize("app", APPS)
def test_rules_import_no_django(app):
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(f"{app}/rules")
        for name in imports(path)
        if name.split(".")[0] in {"django", "rest_framework", "celery"}
    }
    assert wrong == set()


def test_services_import_no_edges():
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for app in APPS
        for layer in ("services", "selectors", "rules", "models")
        for path in modules(f"{app}/{layer}")
        for name in imports(path)
        if name.split(".")[0] in APPS and len(name.split(".")) > 1 and name.split(".")[1] in EDGES
    }
    assert wrong == set()


def test_the_clock_is_asked_only_at_the_edges():
    asking = {
        str(path.relative_to(ROOT))
        for app in APPS
        for layer in ("services", "selectors", "rules", "models")
        for path in modules(f"{app}/{layer}")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "today", "utcnow"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"clock", "datetime", "timezone", "date"}
    }
    assert asking == set()


def test_there_are_no_signals_and_no_drawers_without_a_name():
    signals = {
        str(p)
        for app in APPS + ["infusion_center"]
        for p in modules(app)
        if any("signals" in n for n in imports(p))
    }
    drawers = {
        str(p)
        for app in APPS + ["infusion_center"]
        for p in modules(app)
        if p.stem in {"utils", "helpers", "common", "misc"}
    }
    assert signals | drawers == set()


def test_the_solver_is_imported_by_one_task_when_it_runs():
    """It costs 80 MB: a web process never has it, a worker only once it is asked (requirements.txt)."""
    product = [path for app in [*APPS, "infusion_center"] for path in modules(app)]
    assert [p.name for p in product if any(n.split(".")[0] == "ortools" for n in imports(p))] == ["cp_sat.py"]
    using = [p for p in product if any(name.startswith("visits.rules.cp_sat") for name in imports(p))]
    assert [str(p.relative_to(ROOT)) for p in using] == ["visits/tasks.py"]
    at_the_top = ast.parse(using[0].read_text()).body
    assert not any("cp_sat" in ast.unparse(node) for node in at_the_top if isinstance(node, ast.ImportFrom))
