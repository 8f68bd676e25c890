"""What is made of a backup: the same rows and definitions, now or as they were at a moment before."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import workload
from forked import CONTEXT, exit_code
from statements import rows

import vql
from vql import schema
from vql.errors import DataCorrupted, DiskFull, Error
from vql.session.copies.backups import backup, restorable, restore
from vql.session.database import check
from vql.storage.catalog import commit_time_us
from vql.storage.files import failpoint
from vql.storage.files.identity import read_identity

DISK_BYTES = 8 << 20


def quiet(phase, fraction):
    """Show nothing."""


def backed_up(path, folder):
    return backup(path, folder, quiet).made


def restored(generation, target, at_us=None):
    assert restore(generation, target, at_us, quiet) <= generation.version
    assert check(target) == []
    return target


def times(path, versions):
    with vql.connect(path) as connection, connection.database.store.metastore.read() as batch:
        return {version: commit_time_us(batch, version) for version in versions}


def definitions(path, version=None):
    """Return what there is at a version, but for the numbers that columns to come are given."""
    with vql.connect(path) as connection:
        found = connection.database.store.snapshot(version).objects()
        return {replace(each, next_column_id=0) if isinstance(each, schema.Table) else each for each in found}


def worked(path, seed, model, steps):
    """Have a process change a database; return the model of what it did."""
    ours, theirs = CONTEXT.Pipe()
    child = CONTEXT.Process(target=workload.work, args=(path, seed, theirs, "", model, steps))
    child.start()
    theirs.close()
    pending = None
    while (said := ours.recv())[0] != "end":
        if said[0] == "intent":
            pending = said[1]
        elif said[0] == "done":
            model.rows = model.after(pending)
            model.past[said[1]] = model.rows
    child.join(60)
    assert child.exitcode == 0
    return model


def test_a_database_is_taken_back_to_any_moment_and_goes_on(tmp_path):
    path = tmp_path / "db"
    model = worked(path, 23, workload.Model(), 80)
    taken = backed_up(path, tmp_path / "kept")
    moments = times(path, model.past)
    for version in random.Random(5).sample(sorted(model.past), 5):
        target = restored(taken, tmp_path / f"at-{version}", moments[version])
        earlier = min(model.past)
        found = workload.stored(target, [earlier])
        assert found == {None: model.past[version], earlier: model.past[earlier]}
        assert definitions(target) == definitions(path, version)
    again = workload.Model(dict(model.past[version]))
    worked(target, 24, again, 30)
    assert check(target) == [] and workload.stored(target, [])[None] == again.rows
    assert workload.stored(restored(taken, tmp_path / "now"), [])[None] == model.rows


CHANGES = [
    "CREATE TABLE a (id int PRIMARY KEY, s text UNIQUE, n serial)",
    "INSERT INTO a SELECT i, 's' || i, i FROM generate_series(1, 300) i",
    "CREATE INDEX a_s ON a (s) WHERE id > 5",
    "CREATE VIEW shown AS SELECT id, s FROM a",
    "ALTER TABLE a ADD COLUMN later int DEFAULT 7",
    "INSERT INTO a VALUES (1000, 'x', 1, 8)",
    "ALTER TABLE a DROP COLUMN later",
    "ALTER TABLE a ADD COLUMN other text DEFAULT 'o'",
    "COMMENT ON TABLE a IS 'said'",
    "VACUUM a",
    "ALTER TABLE a ALTER COLUMN n TYPE bigint",
    "DELETE FROM a WHERE id % 3 = 0",
    "CREATE TABLE b (id int PRIMARY KEY REFERENCES a)",
    "INSERT INTO b VALUES (1), (2)",
    "CREATE ROLE reader; GRANT SELECT ON a TO reader",
    "TRUNCATE a CASCADE",
    "INSERT INTO a VALUES (1, 'again', 1)",
    "CREATE SCHEMA other; ALTER TABLE a SET SCHEMA other",
    "DROP VIEW shown",
    "VACUUM",
    "DROP TABLE b",
    "DROP TABLE other.a",
    "CREATE TABLE a (z int)",
]


def test_definitions_go_back_with_the_rows(tmp_path):
    path, seen = tmp_path / "db", {}
    with vql.connect(path) as connection:
        store = connection.database.store
        for text in CHANGES:
            for part in text.split("; "):
                connection.execute(part)
            view = store.snapshot()
            seen[view.version] = {
                name: sorted(map(str, rows(connection, f"SELECT * FROM {'.'.join(name)}")))
                for name in view.tables
            }
    taken = backed_up(path, tmp_path / "kept")
    moments = times(path, seen)
    for version, contents in seen.items():
        target = restored(taken, tmp_path / f"at-{version}", moments[version])
        assert definitions(target) == definitions(path, version)
        with vql.connect(target) as connection:
            for (where, name), expected in contents.items():
                assert sorted(map(str, rows(connection, f"SELECT * FROM {where}.{name}"))) == expected
            if ("public", "a") in contents:
                # What comes is nobody's who was before.
                connection.execute("ALTER TABLE a ADD COLUMN new int DEFAULT 5")
                assert rows(connection, "SELECT DISTINCT new FROM a") in ([], [(5,)])
                connection.execute("VACUUM a")
            connection.execute("CREATE TABLE fresh (id int PRIMARY KEY)")
            connection.execute("INSERT INTO fresh VALUES (1)")
        assert check(target) == []


def test_keys_are_those_of_the_moment(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1), (2)")
        version = connection.database.store.version()
        connection.execute("DELETE FROM t WHERE id = 1")
        connection.execute("INSERT INTO t VALUES (3)")
        connection.execute("VACUUM t")
    taken = backed_up(path, tmp_path / "kept")
    target = restored(taken, tmp_path / "then", times(path, [version])[version])
    with vql.connect(target) as connection:
        with pytest.raises(Error) as raised:
            connection.execute("INSERT INTO t VALUES (1)")
        assert raised.value.sqlstate == "23505"
        connection.execute("INSERT INTO t VALUES (3)")
        assert rows(connection, "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
    assert check(target) == []


def test_sequences_give_no_number_twice(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id serial, s text)")
        connection.execute("INSERT INTO t (s) VALUES ('a'), ('b')")
        version = connection.database.store.version()
        connection.execute("INSERT INTO t (s) VALUES ('c')")
    taken = backed_up(path, tmp_path / "kept")
    for at_us in (times(path, [version])[version], None):
        target = restored(taken, tmp_path / f"at-{at_us}", at_us)
        with vql.connect(target) as connection:
            assert rows(connection, "SELECT nextval('t_id_seq')") == [(4,)]


def test_a_restored_database_is_one_of_its_own(full, tmp_path):
    target = restored(backed_up(full, tmp_path / "kept"), tmp_path / "new")
    assert read_identity(target) not in ("", read_identity(full))
    names = [{path.name for path in (each / "segments").iterdir()} for each in (full, target)]
    assert names[0].isdisjoint(names[1])
    shutil.copyfile(full / "main.mdb", target / "main.mdb")
    with pytest.raises(DataCorrupted):
        vql.connect(target)


def test_nothing_is_overwritten(full, tmp_path):
    taken = backed_up(full, tmp_path / "kept")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "letter").touch()
    for target in (full, tmp_path / "used", tmp_path / "kept"):
        with pytest.raises(Error) as raised:
            restore(taken, target, None, quiet)
        assert raised.value.sqlstate == "58P02"
    assert os.listdir(tmp_path / "used") == ["letter"]
    (tmp_path / "empty").mkdir()
    restored(taken, tmp_path / "empty")


def test_moments_that_are_not_kept_are_refused(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int) WITH (retention = '0')")
        connection.execute("INSERT INTO t VALUES (1), (2)")
        version = connection.database.store.version()
        connection.execute("DELETE FROM t WHERE id = 1")
        connection.execute("VACUUM t")
        connection.execute("INSERT INTO t VALUES (3)")
        connection.execute("VACUUM t")
    moment = times(path, [version])[version]
    taken = backed_up(path, tmp_path / "kept")
    for at_us, state in ((moment, "72000"), (taken.taken_us + 1, "22023"), (1, "72000")):
        with pytest.raises(Error) as raised:
            restore(taken, tmp_path / "then", at_us, quiet)
        assert raised.value.sqlstate == state
    assert sorted(os.listdir(tmp_path)) == ["db", "kept"]


def dying_restore(taken, target, point):
    failpoint.ARMED.arm(point)
    restore(taken, target, taken.taken_us, quiet)


@pytest.mark.parametrize("point", ["before-rewind", "after-commit", "before-restored"])
def test_a_restore_that_is_killed_leaves_no_database(full, tmp_path, point):
    taken = backed_up(full, tmp_path / "kept")
    assert exit_code(dying_restore, taken, tmp_path / "new", point) == -signal.SIGKILL
    assert not (tmp_path / "new").exists()
    restored(taken, tmp_path / "new")
    assert sorted(os.listdir(tmp_path)) == ["db", "kept", "new"]


def test_a_full_disk_leaves_no_database(full, tmp_path, disk):
    taken = backed_up(full, tmp_path / "kept")
    (disk / "ballast").write_bytes(bytes(6 << 20))
    with pytest.raises(DiskFull):
        restore(taken, disk / "new", None, quiet)
    assert os.listdir(disk) == ["ballast"]
    (disk / "ballast").unlink()
    restored(taken, disk / "new")


def test_a_generation_that_is_damaged_is_not_restored(full, tmp_path):
    taken = backed_up(full, tmp_path / "kept")
    file = max((taken.path / "segments").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataCorrupted):
        restore(taken, tmp_path / "new", None, quiet)
    assert check(taken.path) and sorted(os.listdir(tmp_path)) == ["db", "kept"]


def test_which_generation_a_moment_means(full, tmp_path):
    first, second = (backed_up(full, tmp_path / "kept") for _ in range(2))
    kept, new = tmp_path / "kept", tmp_path / "new"
    assert restorable(kept, new, None) == [(second, None, new)]
    assert restorable(kept, new, first.name) == [(first, None, new)]
    assert restorable(first.path, new, None) == [(first, None, new)]
    (chosen, at_us, _) = restorable(kept, new, "2020-01-01 10:00:00.000001+01")[0]
    assert (chosen, at_us) == (first, 1_577_869_200_000_001)
    for at, state in (("2100-01-01", "22023"), ("noon", "22007")):
        with pytest.raises(Error) as raised:
            restorable(kept, new, at)
        assert raised.value.sqlstate == state
    with pytest.raises(Error) as raised:
        restorable(full, new, None)
    assert raised.value.sqlstate == "58P01"


def test_the_command_restores_what_was_backed_up(full, tmp_path):
    backed_up(full, tmp_path / "kept" / "shop")
    command = [
        sys.executable,
        "-m",
        "vql.shell.main",
        "restore",
        str(tmp_path / "kept"),
        str(tmp_path / "data"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "") and "restored in" in done.stdout
    assert check(tmp_path / "data" / "shop") == []
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1 and "is there already" in done.stderr and "HINT:" in done.stderr
