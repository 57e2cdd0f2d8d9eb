"""What is asked a second time is planned once, and means what it meant (decision 0025)."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from infusion_center.shared.postgresql import prepared
from tests.places import open_site

pytestmark = pytest.mark.django_db
TIMES = 4


@pytest.fixture
def plans():
    """The plans of this connection, none at first."""
    connection.ensure_connection()
    connection.connection.plans.clear()
    return connection.connection.plans


def run(sql, values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def kept():
    """What the server itself says it has prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, parameter_types::text FROM pg_prepared_statements")
        return dict(cursor.fetchall())


@pytest.mark.parametrize(
    "value",
    [
        *(True, 7, -7, 2**40, Decimal("1.25"), 1.5, "it's 50 %", date(2026, 11, 27), None),
        *(datetime(2026, 11, 27, 8, tzinfo=UTC), UUID(int=5), [1, 2], ["a", "b"], [Decimal("0.5"), 1]),
    ],
)
def test_a_value_means_the_same_each_time(plans, value):
    answers = [run("SELECT %s AS told, pg_typeof(%s)::text", [value, value]) for _ in range(TIMES)]
    assert answers[1:] == answers[:-1]


def test_names_may_stand_twice_and_a_percent_sign_is_one(plans):
    sql = "SELECT %(a)s::int + %(b)s::int * %(a)s::int, 'half %%' WHERE 'x' LIKE %(like)s"
    assert [run(sql, {"a": 3, "b": 2, "like": "x%", "unused": 1}) for _ in range(TIMES)] == [
        [(9, "half %")]
    ] * TIMES
    assert [call for call in plans.values() if call]


def test_the_second_time_it_is_prepared_and_called_by_name(plans):
    for _ in range(TIMES):
        run("SELECT name FROM places_site WHERE id = %s", [1])
    prepared_now = [text for text in kept() if "FROM places_site WHERE id = $1" in text]
    assert len(prepared_now) == 1


def test_a_number_is_never_cut_to_what_another_place_would_take(plans, site):
    whole, half = ("SELECT count(*) FROM places_site WHERE load_per_nurse = %s", Decimal("12.4"))
    Site.objects.update(load_per_nurse=12)
    assert [run(whole, [one]) for one in (12, 12, 12, half, half, half)] == [[(1,)]] * 3 + [[(0,)]] * 3


def test_a_moment_is_not_cut_to_a_day(plans):
    sql = "SELECT date '2026-11-27' = %s"
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert [run(sql, [noon]) for _ in range(TIMES)] == [[(False,)]] * TIMES


def test_what_cannot_be_prepared_is_sent_as_before_and_the_transaction_goes_on(plans):
    with transaction.atomic():
        for _ in range(TIMES):
            assert run("SELECT id FROM places_site WHERE id IN %s", [(0, -1)]) == []
            assert run("SELECT date '2026-11-27' + %s", [2]) == [(date(2026, 11, 29),)]
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", ["5s"])
        assert run("SELECT 1 WHERE %s", [True]) == [(1,)]


def test_two_statements_at_once_both_run_each_time(plans, site):
    more = "UPDATE places_site SET load_per_nurse = load_per_nurse + 1"
    both = f"SELECT set_config('some.thing', %s, false); {more}"
    for _ in range(TIMES):
        with connection.cursor() as cursor:
            cursor.execute(both, ["x"])
    assert Site.objects.get(pk=site.pk).load_per_nurse == site.load_per_nurse + TIMES


def test_values_that_are_not_asked_for_do_no_harm(plans):
    assert [run("SELECT 1", {"unused": 1}) for _ in range(TIMES)] == [[(1,)]] * TIMES


def test_an_error_is_the_error_it_was_and_leaves_no_trace(plans):
    for _ in range(TIMES):
        with pytest.raises(DatabaseError), transaction.atomic():
            run("SELECT 1 / %s", [0])
        assert run("SELECT 1 / %s", [1]) == [(1,)]


def test_rows_are_written_read_and_rolled_back_as_ever(plans, site):
    for n in range(TIMES):
        open_site(slug=f"s{n}", name=f"S {n}")
    with transaction.atomic():
        Site.objects.filter(slug="s1").update(name="Renamed", most_rescues_in_30_days=None)
        transaction.set_rollback(True)
    assert sorted(Site.objects.exclude(pk=site.pk).values_list("name", flat=True)) == [
        f"S {n}" for n in range(TIMES)
    ]


def test_the_one_not_asked_for_longest_goes(plans, monkeypatch):
    monkeypatch.setattr(prepared, "MOST", 3)
    for n in range(6):
        for _ in range(2):
            assert run(f"SELECT {n} + %s", [1]) == [(n + 1,)]
    assert len(plans) == 3
    assert [run("SELECT 0 + %s", [1]) for _ in range(3)] == [[(1,)]] * 3


def test_a_table_that_changes_is_looked_at_anew(plans):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE seen (what text) ON COMMIT DROP")
        cursor.execute("INSERT INTO seen VALUES ('1')")
        for _ in range(TIMES):
            assert run("SELECT * FROM seen WHERE what <> %s", ["x"]) == [("1",)]
        cursor.execute("ALTER TABLE seen ALTER COLUMN what TYPE int USING what::int")
        for _ in range(TIMES):
            assert run("SELECT * FROM seen WHERE %s <> ''", ["x"]) == [(1,)]


def test_what_was_asked_is_shown_with_its_values(plans, django_assert_num_queries):
    key = str(uuid4())
    with django_assert_num_queries(TIMES) as asked:
        for _ in range(TIMES):
            User.objects.filter(username=key).first()
    assert all(key in query["sql"] and "accounts_user" in query["sql"] for query in asked)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_hung_up_is_noticed_without_asking_it():
    spare = connection.copy()
    try:
        spare.ensure_connection()
        assert spare.is_usable()
        run("SELECT pg_terminate_backend(%s)", [spare.connection.info.backend_pid])
        deadline = time.monotonic() + 5
        while spare.is_usable() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not spare.is_usable()
    finally:
        spare.close()
