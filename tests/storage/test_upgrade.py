"""Databases of older formats, made by the VQL that wrote them (`make_formats.py`), are brought to today's."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import lmdb
import pytest
from forked import CONTEXT, exit_code

import vql
from vql.session.database import check
from vql.storage import upgrade
from vql.storage.files import failpoint
from vql.storage.folder import FORMAT_VERSION

READ = """
import lmdb, sys
with lmdb.open(sys.argv[1], subdir=False, max_dbs=16) as environment:
    with environment.begin() as reading:
        reading.get(b"meta")
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["1", "2", "3"])
def written(request):
    return request.param


@pytest.fixture
def old(tmp_path, written):
    with tarfile.open(Path(__file__).with_name(f"format_{written}.tar.xz")) as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "db"


def written_format(path):
    with lmdb.open(str(path / "main.mdb"), subdir=False, max_dbs=16) as environment:
        with environment.begin() as reading:
            raw = reading.get(b"format", db=environment.open_db(b"meta", reading, create=False))
            return raw[:1].decode()  # a checksum stands behind it since format 3


def assert_answers_are_those_of_then(path):
    expected = json.loads((path.parent / "expected.json").read_text())
    assert len(expected) == 26
    with vql.connect(path) as connection:
        for query, answer in expected:
            found = [[str(cell) for cell in row] for row in connection.execute(query).fetchall()]
            assert found == answer, query


def open_and_close(path, point=""):
    failpoint.ARMED.arm(point)
    vql.connect(path).close()


def files(path):
    return {
        file.relative_to(path): file.read_bytes()
        for folder in ("segments", "indexes")
        for file in (path / folder).iterdir()
    }


def test_every_row_is_what_it_was_now_and_as_of(old, written):
    before = files(old)
    assert written_format(old) == written
    assert_answers_are_those_of_then(old)
    assert written_format(old) == str(FORMAT_VERSION)
    assert (old / "identity").exists()
    assert check(old) == []
    assert files(old) == before
    assert_answers_are_those_of_then(old)  # opened again, nothing is left to do


def test_records_name_columns_by_id(old):
    with vql.connect(old) as connection:
        store = connection.database.store
        table = store.snapshot().table("t")
        assert table.column_ids == (0, 1, 2, 3) and table.next_column_id == 4
        assert table.schema == "public"
        (segment,) = store.contents(table.table_id).sealed
        entries = segment.record["indexes"].values()
        assert sorted(entry["columns"] for entry in entries) == [[1], [1, 2], [3]]
        assert len(segment.scalar_indexes) == 2


def test_it_is_written_to_as_any_other(old):
    with vql.connect(old) as connection:
        run = connection.execute
        run("INSERT INTO u (parts) VALUES ('{z}')")
        assert run("SELECT n FROM u ORDER BY n").fetchall() == [(1,), (2,), (3,), (4,)]
        with pytest.raises(vql.IntegrityError):
            run("INSERT INTO t VALUES (1001, NULL, NULL, NULL)")
        run("DELETE FROM t WHERE id = 25")
        run("VACUUM")
        assert run("SELECT count(*) FROM t").fetchall() == [(181,)]
        assert run("SELECT count(*) FROM t AS OF SNAPSHOT 'sealed'").fetchall() == [(200,)]
    assert check(old) == []


@pytest.mark.parametrize(("point", "left"), [("before-commit", False), ("after-commit", True)])
def test_a_crash_leaves_one_format_or_the_other(old, written, point, left):
    assert exit_code(open_and_close, old, point) == -signal.SIGKILL
    assert written_format(old) == (str(FORMAT_VERSION) if left else written)
    assert_answers_are_those_of_then(old)
    assert check(old) == []


def test_processes_that_open_it_at_once_all_find_it_upgraded(old):
    together = [CONTEXT.Process(target=open_and_close, args=(old,)) for _ in range(4)]
    for process in together:
        process.start()
    for process in together:
        process.join(120)
    assert [process.exitcode for process in together] == [0] * 4
    assert written_format(old) == str(FORMAT_VERSION)
    assert_answers_are_those_of_then(old)


def test_who_waits_for_its_turn_does_not_have_the_file_open(old):
    """Or those who wait would keep each other from it."""
    turn = os.open(old, os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)
    waiting = CONTEXT.Process(target=open_and_close, args=(old,))
    waiting.start()
    while not any(
        "->" in line and f" {waiting.pid} " in line for line in Path("/proc/locks").read_text().splitlines()
    ):
        assert waiting.is_alive()
        time.sleep(0.01)
    with lmdb.open(str(old / "main.mdb"), subdir=False, max_dbs=16) as environment:
        assert str(waiting.pid) not in environment.readers()
    os.close(turn)
    waiting.join(120)
    assert waiting.exitcode == 0
    assert_answers_are_those_of_then(old)


def test_it_is_left_alone_while_another_process_has_it_open(old, monkeypatch):
    monkeypatch.setattr(upgrade, "WAIT_SECONDS", 0.2)
    command = [sys.executable, "-c", READ, str(old / "main.mdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(vql.OperationalError) as caught:
            vql.connect(old)
        other.stdin.close()
    assert caught.value.sqlstate == "55006" and str(other.pid) in str(caught.value)
    assert_answers_are_those_of_then(old)


def test_a_check_says_that_it_reads_the_present_format_alone(old, written):
    with pytest.raises(vql.NotSupportedError) as caught:
        check(old)
    assert caught.value.sqlstate == "0A000" and f"format {written}" in str(caught.value)


def test_a_damaged_record_stays_one_and_holds_up_no_other(old):
    """The checksum of before is looked at, so that damage is not given a new one."""
    with lmdb.open(str(old / "main.mdb"), subdir=False, map_size=1 << 30, max_dbs=16) as environment:
        handle = environment.open_db(b"delta")
        with environment.begin(write=True, db=handle) as transaction:
            at, raw = next(iter(transaction.cursor()))
            transaction.put(at, raw[:-7] + bytes([raw[-7] ^ 1]) + raw[-6:])
    with vql.connect(old) as connection:
        answers = []
        for table in ("t", "u"):
            try:
                answers.append(len(connection.execute(f"SELECT * FROM {table}").fetchall()))
            except vql.Error as error:
                answers.append(error.sqlstate)
    assert sorted(map(str, answers)) in (["182", "XX001"], ["3", "XX001"])
    assert any("not what was written" in problem for problem in check(old))


def test_tables_of_an_older_format_can_be_altered(old):
    with vql.connect(old) as connection:
        run = connection.execute
        (count,), (numbers,) = (run(f"SELECT count(*) FROM {table}").fetchone() for table in ("t", "u"))
        before = connection.database.store.version()
        run("ALTER TABLE t ADD COLUMN c int DEFAULT 7, ALTER price TYPE double precision, DROP COLUMN brand")
        run("ALTER TABLE u ALTER n TYPE bigint, ADD COLUMN more serial")
        run("INSERT INTO u (day) VALUES ('2030-01-01')")
        assert run("SELECT count(*), min(c), max(c) FROM t").fetchone() == (count, 7, 7)
        highest = run("SELECT max(n), max(more), count(*) FROM u").fetchone()
        assert highest[1:] == (numbers + 1, numbers + 1) and highest[0] > numbers  # numbers went on
        assert run(f"SELECT count(brand) FROM t AS OF VERSION {before}").fetchone()[0] > 0
        attributes = "SELECT attnum, attname FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY 1"
        assert run(attributes).fetchall() == [
            (1, "id"), (2, "........pg.dropped.2........"), (3, "price"), (4, "v"), (5, "c"),
        ]  # fmt: skip
    assert_answers_are_those_of_then_but(old, ("t", "u"))
    assert check(old) == []


def assert_answers_are_those_of_then_but(path, altered):
    """Check the answers about the past, and those about the present of other tables."""
    with vql.connect(path) as connection:
        for query, answer in json.loads((path.parent / "expected.json").read_text()):
            if "AS OF" in query or not any(f" {table} " in query for table in altered):
                found = [[str(cell) for cell in row] for row in connection.execute(query).fetchall()]
                assert found == answer, query
