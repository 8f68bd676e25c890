"""A database of format 1, made by the VQL that wrote it (`make_format_1.py`), is brought to format 2."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import lmdb
import pytest

import vql
from vql.session.database import check
from vql.storage import upgrade
from vql.storage.store import FORMAT_VERSION

ARCHIVE = Path(__file__).with_name("format_1.tar.xz")
OPEN = "import sys, vql; vql.connect(sys.argv[1]).close()"
READ = """
import lmdb, sys
with lmdb.open(sys.argv[1], subdir=False, max_dbs=16) as environment:
    with environment.begin() as reading:
        reading.get(b"meta")
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def old(tmp_path):
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "db"


def written_format(path):
    with lmdb.open(str(path / "main.mdb"), subdir=False, max_dbs=16) as environment:
        with environment.begin() as reading:
            return reading.get(b"format", db=environment.open_db(b"meta", reading, create=False))


def assert_answers_are_those_of_format_1(path):
    expected = json.loads((path.parent / "expected.json").read_text())
    assert len(expected) == 26
    with vql.connect(path) as connection:
        for query, answer in expected:
            found = [[str(cell) for cell in row] for row in connection.execute(query).fetchall()]
            assert found == answer, query


def files(path):
    return {
        file.relative_to(path): file.read_bytes()
        for folder in ("segments", "indexes")
        for file in (path / folder).iterdir()
    }


def test_every_row_is_what_it_was_now_and_as_of(old):
    before = files(old)
    assert written_format(old) == b"1"
    assert_answers_are_those_of_format_1(old)
    assert written_format(old) == str(FORMAT_VERSION).encode()
    assert check(old) == []
    assert files(old) == before
    assert_answers_are_those_of_format_1(old)  # opened again, nothing is left to do


def test_records_name_columns_by_id(old):
    with vql.connect(old) as connection:
        store = connection.database.store
        table = store.snapshot().table("t")
        assert table.column_ids == (0, 1, 2, 3) and table.next_column_id == 4
        assert table.schema == "public"
        (segment,) = store.state(table.table_id).sealed
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


@pytest.mark.parametrize(("point", "left"), [("before-commit", b"1"), ("after-commit", b"2")])
def test_a_crash_leaves_one_format_or_the_other(old, point, left):
    environment = {**os.environ, "VQL_FAILPOINT": point}
    died = subprocess.run([sys.executable, "-c", OPEN, str(old)], env=environment)
    assert died.returncode == -signal.SIGKILL
    assert written_format(old) == left
    assert_answers_are_those_of_format_1(old)
    assert check(old) == []


def test_processes_that_open_it_at_once_all_find_it_upgraded(old):
    together = [subprocess.Popen([sys.executable, "-c", OPEN, str(old)]) for _ in range(4)]
    assert [process.wait(120) for process in together] == [0] * 4
    assert written_format(old) == b"2"
    assert_answers_are_those_of_format_1(old)


def test_it_is_left_alone_while_another_process_has_it_open(old, monkeypatch):
    monkeypatch.setattr(upgrade, "WAIT_SECONDS", 0.2)
    command = [sys.executable, "-c", READ, str(old / "main.mdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(vql.OperationalError) as caught:
            vql.connect(old)
        other.stdin.close()
    assert caught.value.sqlstate == "55006" and str(other.pid) in str(caught.value)
    assert_answers_are_those_of_format_1(old)


def test_a_check_says_that_it_reads_the_present_format_alone(old):
    with pytest.raises(vql.NotSupportedError) as caught:
        check(old)
    assert caught.value.sqlstate == "0A000" and "format 1" in str(caught.value)
