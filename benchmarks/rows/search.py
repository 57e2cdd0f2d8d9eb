"""Finding one of 200,000 patients: in process, through the web, and PostgreSQL alone.

The questions are those of a front desk: names while they are typed, names misheard, birth dates, phones.
"""

import random
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.bench import Bench
from benchmarks.figures import Figure, ratio
from benchmarks.seed import SEED, names, people
from benchmarks.timing import each, interleaved
from benchmarks.web import Browser, expect
from patients.models import Patient
from patients.selectors import search

ROW = "search"
GOAL_MS = 50  # of p95: typing stays quick
EACH_FULL, EACH_QUICK = 25, 6  # questions of a kind

Asking = Callable[[random.Random, Patient], str]

KINDS: dict[str, Asking] = {
    "2 letters": lambda rng, who: who.family_name[:2].lower(),
    "3 letters": lambda rng, who: who.family_name[:3].lower(),
    "5 letters": lambda rng, who: who.family_name[:5].lower(),
    "family name": lambda rng, who: who.family_name,
    "given and family": lambda rng, who: f"{who.given_name} {who.family_name}".lower(),
    "family, given": lambda rng, who: f"{who.family_name}, {who.given_name}",
    "misspelt": lambda rng, who: names.misspelt(rng, who.family_name.lower()),
    "accents": lambda rng, who: f"josé {rng.choice([name for name in names.FAMILY if not name.isascii()])}",
    "birth date": lambda rng, who: f"{who.birth_date:%m/%d/%Y}",
    "name and birth date": lambda rng, who: f"{who.family_name[:4]} {who.birth_date:%m/%d/%Y}",
    "phone": lambda rng, who: who.phones.all()[0].digits[-7:],
    "number": lambda rng, who: who.number,
}


def measure(bench: Bench) -> list[Figure]:
    asked = questions(bench.times(EACH_FULL, EACH_QUICK))
    texts = [text for those in asked.values() for text in those]
    statements = [statements_of(text) for text in texts]
    browser = bench.web.browser(bench.center.desk)
    found = interleaved(
        find=lambda: each(_find, texts),
        page=lambda: each(lambda text: _ask(browser, text), texts),
        sql=lambda: each(_run, statements),
    )
    return [
        Figure(ROW, "find() in process, p50", found["find"].p50, "ms"),
        Figure(ROW, "find() in process, p95", found["find"].p95, "ms", GOAL_MS),
        Figure(ROW, "the page's answer, p50", found["page"].p50, "ms"),
        Figure(ROW, "the page's answer, p95", found["page"].p95, "ms", GOAL_MS),
        Figure(ROW, "its SQL alone, p50", found["sql"].p50, "ms"),
        Figure(ROW, "its SQL alone, p95", found["sql"].p95, "ms"),
        Figure(ROW, "find() / its SQL, p50", ratio(found["find"].p50, found["sql"].p50), "x"),
        Figure(ROW, "the page / its SQL, p50", ratio(found["page"].p50, found["sql"].p50), "x"),
        *_by_kind(asked),
    ]


def questions(of_each: int) -> dict[str, list[str]]:
    """What is typed, by kind, about people drawn from the fixed seed."""
    rng = random.Random(SEED)
    asked = {}
    for kind, asking in KINDS.items():
        drawn = rng.sample(range(1, people.HOW_MANY + 1), of_each)
        people_drawn = Patient.objects.filter(pk__in=drawn).order_by("pk").prefetch_related("phones")
        asked[kind] = [asking(rng, who) for who in people_drawn]
    return asked


def statements_of(text: str) -> list[str]:
    """The SQL that find() sends for this question."""
    with CaptureQueriesContext(connection) as captured:
        _find(text)
    return [query["sql"] for query in captured.captured_queries]


def _by_kind(asked: dict[str, list[str]]) -> list[Figure]:
    works = {kind: lambda texts=texts: each(_find, texts) for kind, texts in asked.items()}
    found = interleaved(**works)
    return [Figure(ROW, f"find() by {kind}, p95", timing.p95, "ms") for kind, timing in found.items()]


def _find(text: str) -> None:
    search.find(text=text)


def _ask(browser: Browser, text: str) -> None:
    """As the page asks while somebody types."""
    answer = browser.post(reverse("patients:find"), {"text": text}, **{"HX-Request": "true"})
    expect(answer, 200)


def _run(statements: list[str]) -> None:
    """Without the ORM on either side; rows are fetched and thrown away."""
    with connection.connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
            if cursor.description:
                cursor.fetchall()
