"""The embedded PostgreSQL and Redis, in an instance of the test's own: started, killed, shared, stopped."""

import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from shutil import rmtree

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infusion_center.embedded import kernel, lease, place, postgresql, redis_server

PROJECT = place.PROJECT


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    instance = place.at(tmp_path_factory.mktemp("embedded") / ".embedded")
    yield instance
    assert lease.stop(instance)
    rmtree(instance.home)


@pytest.fixture
def running(here):
    with lease.in_use(here):
        yield here


def ask(here, query):
    with closing(psycopg2.connect(here.database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def kill(pid, is_up, here):
    os.kill(pid, 9)
    while is_up(here):
        time.sleep(0.01)


def kill_postgresql(here):
    pid_file = here.home / "postgresql" / "postmaster.pid"
    kill(int(pid_file.read_text().split("\n")[0]), postgresql.is_up, here)


def processes_of(here):
    redis_servers = {
        pid for pid, words in kernel.command_lines().items() if f"unixsocket:{here.sockets}" in words[0]
    }
    return postgresql.processes(here) | redis_servers


def command(here, *words):
    return subprocess.run(
        [sys.executable, "-m", "infusion_center.embedded", *words],
        cwd=PROJECT,
        env=os.environ | {"EMBEDDED_DIR": str(here.root)},
        capture_output=True,
        text=True,
    )


def test_addresses_are_known_before_anything_runs_and_stay_the_same(tmp_path):
    first = place.at(tmp_path / "a").environment()
    assert first == place.at(tmp_path / "a").environment()
    assert first["SECRET_KEY"] != place.at(tmp_path / "b").environment()["SECRET_KEY"]


def test_secrets_are_for_the_owner_only(here):
    assert (here.root / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_deep_or_odd_directory_gets_a_socket_path_the_kernel_takes(tmp_path):
    deep = place.at(tmp_path / ("a b" * 20))
    assert len(f"{deep.sockets}/.s.PGSQL.5432.lock") < 107
    assert " " not in str(deep.sockets)


def test_both_servers_answer_and_the_last_user_stops_them(here):
    with lease.in_use(here):
        with lease.in_use(here):
            assert ask(here, "select 1") == 1
        assert len(processes_of(here)) > 2, "stopped under somebody who still uses them"
    assert processes_of(here) == set()


def test_a_second_start_finds_the_data_again(here, capsys):
    with lease.in_use(here):
        ask(here, "create table kept as select 42 as answer")
    began = time.monotonic()
    with lease.in_use(here):
        with capsys.disabled():
            sys.stdout.write(f" [second start {time.monotonic() - began:.2f} s] ")
        assert ask(here, "select answer from kept") == 42


def test_postgresql_is_durable_and_the_role_is_no_superuser(running):
    assert ask(running, "show fsync") == "on"
    assert ask(running, "show listen_addresses") == ""
    assert ask(running, "select rolsuper from pg_roles where rolname = current_user") is False


def test_postgresql_wants_the_password(running):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(running.database_url.replace(running.secrets["postgresql"], "guessed"))


def test_redis_wants_the_password(running):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(unix_socket_path=f"{running.sockets}/redis.sock", retry=Retry(NoBackoff(), 0)).ping()


def test_the_extensions_we_need_are_there(running):
    for name in ("btree_gist", "pg_trgm", "unaccent", "fuzzystrmatch"):
        ask(running, f"create extension if not exists {name}")
    assert ask(running, "select soundex('Pia') || unaccent('é')") == "P000e"


def test_a_killed_postgresql_comes_back_with_what_was_committed(running):
    ask(running, "create table if not exists dose as select 30 as mg")
    kill_postgresql(running)
    assert lease.revive(running)
    assert ask(running, "select mg from dose") == 30


def test_a_query_that_outlives_a_killed_postgresql_does_not_block_the_next_start(running):
    def count_for_long():
        with pytest.raises(psycopg2.OperationalError):
            ask(running, "select count(*) from generate_series(1, 1000000000)")

    busy = threading.Thread(target=count_for_long)
    busy.start()
    time.sleep(0.3)
    kill_postgresql(running)
    assert lease.revive(running)
    busy.join()
    assert ask(running, "select 1") == 1


def test_a_pid_file_whose_number_belongs_to_another_program_is_no_obstacle(here):
    with lease.in_use(here):
        pid_file = here.home / "postgresql" / "postmaster.pid"
        left = pid_file.read_text().split("\n", 1)[1]
    pid_file.write_text(f"{os.getppid()}\n{left}")
    with lease.in_use(here):
        assert ask(here, "select 1") == 1


def test_a_killed_redis_comes_back_with_what_it_held(running):
    server = redis.Redis.from_url(running.redis_url)
    server.set("bell", "rung")
    time.sleep(1.1)  # appendfsync everysec
    kill(server.info("server")["process_id"], redis_server.is_up, running)
    assert lease.revive(running)
    assert server.get("bell") == b"rung"
    server.close()


def test_an_interrupted_initdb_is_begun_again(tmp_path):
    here = place.at(tmp_path / ".embedded")
    here.prepare()
    half = here.home / "postgresql.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    try:
        with lease.in_use(here):
            assert ask(here, "select 1") == 1
    finally:
        rmtree(here.home)


def test_data_of_another_version_is_refused_in_words(here):
    version = here.home / "postgresql" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(place.CannotStart, match="written by PostgreSQL 12"), lease.in_use(here):
            pass
    finally:
        version.write_text(ours)


def test_exec_starts_runs_hands_on_the_exit_status_and_stops(here):
    assert command(here, "exec", "psql", "-tAc", "select 6 * 7").stdout.strip() == "42"
    assert command(here, "exec", "sh", "-c", "exit 3").returncode == 3
    assert processes_of(here) == set()


def test_start_keeps_them_running_until_stop(here):
    assert command(here, "start").returncode == 0
    assert command(here, "exec", "true").returncode == 0
    assert command(here, "status").returncode == 0
    assert command(here, "stop").returncode == 0
    assert command(here, "status").returncode == 3


def test_stop_refuses_while_somebody_works(running):
    refused = command(running, "stop")
    assert refused.returncode == 1
    assert "In use" in refused.stderr
    assert lease.is_up(running)


def test_two_that_start_at_once_start_one_server(here):
    both = [threading.Thread(target=lease.keep_running, args=[here]) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert ask(here, "select 1") == 1
    assert postgresql.is_up(here) and redis_server.is_up(here)
    assert lease.stop(here)
