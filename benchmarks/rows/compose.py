"""Composing an order: one look at five drugs while somebody types, and the picker, which tries every drug.

Both ask the safety engine about a patient whose record has grown: sixty home medications, stopped and started
again, and sixty doses taken at home.
"""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Timing
from benchmarks.seed import record
from benchmarks.timing import interleaved
from benchmarks.web import Browser, expect
from infusion_center.shared import clock
from regimens.models import Drug
from visits.models import Visit
from visits.selectors import composing

ROW = "compose"
FULL, QUICK = 60, 12  # of each, a round
GOAL_MS = 150  # issue: a verdict beside every drug in this time, on the server
COCKTAIL = ("ketorolac", "metoclopramide", "magnesium_sulfate", "diphenhydramine", "dexamethasone")
USER = 1  # query of every request; the session comes from Redis


def measure(bench: Bench) -> list[Figure]:
    visit = record.written(bench)
    form, path = _form(visit), reverse("visits:compose", args=[visit.key])
    browser = bench.web.browser(bench.center.provider)
    times = bench.times(FULL, QUICK)
    found = interleaved(
        look=lambda: [_asked(browser, path, form) for _ in range(times)],
        picker=lambda: [_asked(browser, path, form | {"act": "drugs"}) for _ in range(times)],
    )
    return [
        *_figures("a look at five drugs", found["look"]),
        *_figures(f"the picker with {Drug.objects.count()} drugs", found["picker"]),
        Figure(ROW, "a look, queries", _queries(bench, path, form), ""),
        Figure(ROW, "the picker, queries", _queries(bench, path, form | {"act": "drugs"}), ""),
    ]


def _figures(what: str, timing: Timing) -> list[Figure]:
    return [
        Figure(ROW, f"{what}, p50", timing.p50, "ms", GOAL_MS),
        Figure(ROW, f"{what}, p95", timing.p95, "ms"),
    ]


def _form(visit: Visit) -> dict[str, str]:
    """Five drugs at their usual doses, as the page would post them."""
    form = {"count": str(len(COCKTAIL))}
    for index, drug in enumerate(Drug.objects.filter(code__in=COCKTAIL).order_by("code")):
        row = composing.usual_step(drug, patient=visit.patient, at=clock.now())
        form |= {f"s{index}-{name}": value for name, value in row.items()}
    return form


def _asked(browser: Browser, path: str, form: dict[str, str]) -> float:
    return expect(browser.post(path, form, **{"HX-Request": "true"}), 200).milliseconds


def _queries(bench: Bench, path: str, form: dict[str, str]) -> int:
    """Beside the one for the user; the second time."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(bench.center.provider, backend="infusion_center.accounts.backends.StaffBackend")
    client.post(path, form, headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as captured:
        client.post(path, form, headers={"HX-Request": "true"})
    return len(captured) - USER
