"""Statements take no more memory than they may: they spill or end with 53200, and the session goes on."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

import vql
from vql.errors import Error, InvalidParameterValue
from vql.executor.bridge.spill import SPILL, sweep
from vql.memory import available_bytes, default_bytes, parse_bytes, used_bytes

# Each would take many times what it may.
HOSTILE = {
    "a cross join": "SELECT a.id, b.s, c.s FROM t a, t b, t c",
    "one long array": "SELECT array_agg(i) FROM generate_series(1, 2000000000) i",
    "texts that double": "WITH RECURSIVE r(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || s FROM r)"
    " SELECT max(length(s)) FROM r",
    "one long text": "SELECT string_agg(a.s || b.s || c.s, ',') FROM t a, t b, t c",
}
CHILD = """
import resource, sys, vql
MAY = 256 << 20
with vql.connect(sys.argv[1], memory="256MB") as connection:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text)")
    connection.execute("INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 20000) i")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        connection.execute(sys.argv[2])
        print("no error")
    except vql.Error as error:
        print(error.sqlstate, error)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print("bounded" if grown < 3 * MAY else f"grown by {grown >> 20} MB")
    print(connection.execute("SELECT count(*) FROM t a JOIN t b USING (id)").fetchone())
"""


@pytest.mark.skipif(not used_bytes(), reason="the system does not tell what a process uses")
@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_statement_is_out_of_memory(tmp_path: Path, sql: str):
    """The bound in time is that of the poll, so what is grown by is compared with three times the share."""
    command = [sys.executable, "-c", CHILD, str(tmp_path / "db"), sql]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines == ["53200 out of memory", "bounded", "(20000,)"]


def test_a_sort_spills_into_the_folder_of_the_database(tmp_path: Path):
    with vql.connect(tmp_path / "db", memory="256MB") as connection:
        sql = "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY md5(i::text)) AS n" \
              " FROM generate_series(1, 2000000) i) x"  # fmt: skip
        assert connection.execute(sql).fetchone() == (2_000_000,)
        (folder,) = (tmp_path / "db" / SPILL).iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "db" / SPILL).stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "db" / SPILL).iterdir()) == []


def test_what_a_crash_has_left_is_swept(tmp_path: Path):
    vql.connect(tmp_path / "db").close()
    left, held = tmp_path / "db" / SPILL / "left", tmp_path / "db" / SPILL / "held"
    for folder in (left, held):
        folder.mkdir(parents=True)
        (folder / "duckdb_temp_block-1.block").write_bytes(b"rows")
    descriptor = os.open(held, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        vql.connect(tmp_path / "db").close()
        assert not left.exists()
        assert held.exists(), "its process lives"
    finally:
        os.close(descriptor)
    sweep(tmp_path / "db")
    assert not held.exists()


@pytest.mark.parametrize(
    ("text", "bytes_"), [("2GB", 2 << 30), ("512MB", 512 << 20), ("1.5g", 3 << 29), ("1073741824", 1 << 30)]
)
def test_amounts_of_memory(text: str, bytes_: int):
    assert parse_bytes(text) == bytes_


@pytest.mark.parametrize("text", ["", "much", "-1GB", "1MB", "0", "GB", "1PB"])
def test_amounts_that_are_none(text: str):
    with pytest.raises(InvalidParameterValue):
        parse_bytes(text)


def test_the_default_is_a_share_of_what_there_is():
    assert 0 < default_bytes() < available_bytes()


def test_errors_say_nothing_of_the_machine(tmp_path: Path):
    with vql.connect(tmp_path / "db", memory="256MB") as connection:
        connection.execute("CREATE TABLE t (id int, s text)")
        for sql in (
            "SELECT count(DISTINCT md5(i::text)) FROM generate_series(1, 99999999) i",
            "SELECT CAST(s AS int) FROM t JOIN (SELECT 'x' AS s) b USING (s)", "SELECT nope(s) FROM t",
        ):  # fmt: skip
            connection.execute("SET statement_timeout = 3000")
            try:
                connection.execute(sql)
            except Error as error:
                told = f"{error} {error.detail} {error.hint}"
                assert str(tmp_path) not in told and "duckdb" not in told.lower(), told
