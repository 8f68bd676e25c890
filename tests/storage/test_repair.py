"""What `vql repair` mends, what it says first, what it keeps, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from statements import rows

import vql
from vql.session.database import check, repair
from vql.storage.files.metastore import Metastore, key
from vql.storage.upkeep.merge import find_run
from vql.storage.upkeep.rewrite import write_rows


@pytest.fixture
def doubled(tmp_path):
    """A database whose rows stand twice, as two maintainers without a lease left it: one has merged segments
    that the other had merged before, and its segment was named all the same."""
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.database.maintainer.in_background = False
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text)")
        for start in range(0, 40_000, 10_000):
            ids = np.arange(start, start + 10_000)
            connection.insert("t", {"id": ids, "s": [f"s{i}" for i in ids]})
        connection.execute("DELETE FROM t WHERE id % 10 = 0")
        store = connection.database.store
        run = find_run(store.contents(16500).sealed)
        record, _ = write_rows(store, 16500, run[:3], 0)
        connection.execute("INSERT INTO t VALUES (-1, 'x')")
        connection.database.maintainer.run(full=True)
    name(path, record, 99)
    assert any("two rows have one row id" in problem for problem in check(path))
    return path


def name(path, record, segment_id):
    from vql.storage.segments import manifest

    metastore = Metastore(path / "main.mdb")
    with metastore.write() as batch:
        batch.put("manifest", key(16500, segment_id), manifest.encode(record))
    metastore.close()


def answers(path):
    with vql.connect(path) as connection:
        asked = (
            "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM t",
            "SELECT s FROM t WHERE id = 7777",
            "SELECT id FROM t WHERE id = 7770",
            "SELECT count(*) FROM t AS OF VERSION 3",
        )
        return [rows(connection, sql) for sql in asked]


RIGHT = [[(36_001, 36_001, -1, 39_999)], [("s7777",)], [], [(20_000,)]]


def test_rows_that_stand_twice_stand_once_again(doubled):
    before = sorted(p.name for p in (doubled / "segments").iterdir())
    said, left = repair(doubled)
    assert len(said) == 1 and "table t: 30000 rows stand twice in segments/" in said[0] and left
    assert sorted(p.name for p in (doubled / "segments").iterdir()) == before
    done, left = repair(doubled, apply=True)
    assert done[0] == said[0] and left == []
    assert answers(doubled) == RIGHT
    assert repair(doubled) == ([], [])
    (kept,) = doubled.glob("repaired-*")
    assert sorted(p.name for p in (kept / "segments").iterdir()) == before
    # What was before is put back by hand.
    (kept / "main.mdb").rename(doubled / "main.mdb")
    for file in (kept / "segments").iterdir():
        file.rename(doubled / "segments" / file.name)
    assert any("two rows have one row id" in problem for problem in check(doubled))


@pytest.mark.parametrize("point", ["after-segment-file", "before-commit:2", "after-commit:2"])
def test_a_repair_that_is_killed_is_done_by_the_next(doubled, point):
    command = [sys.executable, "-m", "vql.shell.main", "repair", str(doubled), "--apply"]
    died = subprocess.run(command, env={**os.environ, "VQL_FAILPOINT": point}, capture_output=True)
    assert died.returncode == -signal.SIGKILL
    repair(doubled, apply=True)
    assert check(doubled) == [] and answers(doubled) == RIGHT


def test_a_merge_never_writes_rows_that_stand_twice(doubled):
    with vql.connect(doubled) as connection:
        store = connection.database.store
        with pytest.raises(vql.Error) as caught:
            write_rows(store, 16500, store.contents(16500).sealed, 0)
        assert caught.value.sqlstate == "XX001" and "repair" in caught.value.hint


def test_a_file_named_twice_is_found_and_mended(doubled):
    repair(doubled, apply=True)
    with vql.connect(doubled) as connection:
        record = dict(connection.database.store.contents(16500).sealed[0].record)
    name(doubled, record, 100)
    assert any("is named 2 times" in problem for problem in check(doubled))
    repair(doubled, apply=True)
    assert check(doubled) == [] and answers(doubled) == RIGHT


def test_keys_and_times_are_told_from_rows_and_commits(full):
    metastore = Metastore(full / "main.mdb")
    with metastore.write() as batch:
        keys = [at for at, _ in batch.range("keys", b"")]
        batch.delete("keys", keys[50])
        batch.put("keys", keys[51], key(1))
        batch.put("keys", key(16500) + b"stray", key(7))
        times = [at for at, _ in batch.range("times", b"")]
        batch.delete("times", times[1])
    metastore.close()
    assert check(full)
    done, left = repair(full, apply=True)
    assert left == [] and len(done) == 3 and "keys" in done[0] and "times" in done[1]
    assert check(full) == []


def test_an_index_is_built_anew_from_its_rows(full):
    file = max((full / "indexes").iterdir(), key=lambda p: p.stat().st_size)
    os.truncate(file, 9000)
    done, left = repair(full, apply=True)
    assert "1 damaged or missing index files" in done[0] and left == []
    assert check(full) == [] and not file.exists()


def test_rows_that_are_lost_are_said_to_be(full):
    next((full / "segments").iterdir()).unlink()
    done, left = repair(full, apply=True)
    assert done == [] and any("is missing" in problem for problem in left)


def test_an_open_database_is_not_repaired(full):
    with vql.connect(full), pytest.raises(vql.OperationalError) as caught:
        repair(full)
    assert caught.value.sqlstate == "55006"
    hold = "import vql, sys; c = vql.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(full)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdout.readline()
        with pytest.raises(vql.OperationalError) as caught:
            repair(full, apply=True)
        other.stdin.close()
    assert caught.value.sqlstate == "55006" and other.wait() == 0
    assert repair(full, apply=True) == ([], [])


def test_the_command_says_first_and_mends_when_told(doubled, capsys):
    from vql.shell.main import main

    assert main(["repair", str(doubled)]) == 1
    assert "would mend: table t: 30000 rows" in (said := capsys.readouterr().out) and "--apply" in said
    assert main(["repair", str(doubled), "--apply"]) == 0
    assert main(["check", str(doubled)]) == 0
