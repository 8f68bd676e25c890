"""A database in a bucket is the same database wherever it is opened."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import vql
from tests.bucket.conftest import Elsewhere, count, wait_until
from vql.limits import BULK_ROWS_MIN
from vql.session.database import check
from vql.storage.bucket import home
from vql.storage.bucket.home import Home
from vql.storage.bucket.journal import Journal
from vql.storage.bucket.objects import Objects
from vql.storage.bucket.slots import Slot
from vql.storage.files.group_commit import WaitingCommit
from vql.storage.store import CommittedRows
from vql.storage.upkeep.check import check_store


def home_of(connection: vql.Connection) -> Home:
    place = connection.database.home
    assert place is not None
    return place


def test_it_is_there_where_no_working_copy_is(url: str, cache: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(6_000, 8)).astype(np.float32)
    nearest = "SELECT id, v <-> ? FROM t ORDER BY 2 LIMIT 10"
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8))")
        connection.insert("t", {"id": np.arange(6_000), "v": vectors})
        connection.execute("CREATE INDEX ON t USING ivfpq (v vector_l2_ops)")
        connection.execute("CREATE SNAPSHOT before")
        connection.execute("DELETE FROM t WHERE id < 10")
        found = connection.execute(nearest, (vectors[5],)).fetchall()
        then = connection.execute(f"{nearest} AS OF SNAPSHOT 'before'", (vectors[5],)).fetchall()
        assert then[0][0] == 5 != found[0][0]
    shutil.rmtree(cache)
    with vql.connect(url, create=False) as connection:
        assert connection.execute(nearest, (vectors[5],)).fetchall() == found
        assert connection.execute(f"{nearest} AS OF SNAPSHOT 'before'", (vectors[5],)).fetchall() == then
        plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {nearest}", (vectors[5],)).fetchall())
        assert "using t_v_idx" in plan
        connection.execute("INSERT INTO t VALUES (1, ?)", (vectors[1],))
        assert count(connection) == 5_991
        assert connection.execute("SELECT current_database()").fetchone() == ("db",)
    with vql.connect(url) as connection:
        assert count(connection) == 5_991
    assert check(url) == []


def test_where_none_is_none_is_opened(url: str) -> None:
    with pytest.raises(vql.OperationalError, match="there is no database at") as raised:
        vql.connect(url, create=False)
    assert raised.value.sqlstate == "58P01"


@pytest.mark.parametrize("given", ["s3://", "s3://shop", "s3://shop/", "file:///"])
def test_a_url_names_a_database(given: str) -> None:
    with pytest.raises(vql.OperationalError, match="names no database"):
        vql.connect(given)


@pytest.mark.parametrize("given", ["memory://shop", "http://shop/db", "postgres://shop/db"])
def test_other_urls_are_refused(given: str) -> None:
    with pytest.raises(vql.NotSupportedError, match="is no bucket that VQL knows"):
        vql.connect(given)


def test_a_process_has_it_open_once(url: str) -> None:
    with vql.connect(url) as one, vql.connect(f"{url}/") as other:
        assert one.database is other.database
        one.execute("CREATE TABLE t (id int)")
        assert count(other) == 0


def test_others_follow(url: str) -> None:
    with vql.connect(url) as writer:
        writer.execute("CREATE TABLE t (id int PRIMARY KEY, name text)")
        with Elsewhere(url) as follower:
            for number in range(3):
                writer.execute("INSERT INTO t VALUES (?, 'x')", (number,))
                wait_until(lambda number=number: count(follower) == number + 1)
            writer.execute("ALTER TABLE t ADD COLUMN price int DEFAULT 7")
            writer.execute("VACUUM t")
            wait_until(lambda: len(follower.execute("SELECT * FROM t").fetchone() or ()) == 3)
            writer.execute("DROP TABLE t")
            writer.execute("CREATE TABLE u (id int)")
            seen = "SELECT count(*) FROM pg_tables WHERE tablename IN ('t', 'u')"
            wait_until(lambda: follower.execute(seen).fetchone() == (1,))


def test_as_of_says_the_same_everywhere(url: str) -> None:
    with vql.connect(url) as writer:
        writer.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with Elsewhere(url) as follower:
            for number in range(1, 4):
                writer.execute("INSERT INTO t VALUES (?)", (number,))
                moment = writer.execute("SELECT clock_timestamp()").fetchone()
                writer.execute("DELETE FROM t WHERE id = ?", (number,))
                then = "SELECT count(*) FROM t AS OF ?"
                assert follower.execute(then, moment).fetchone() == (1,)
                assert writer.execute(then, moment).fetchone() == (1,)


def test_who_follows_lets_go_of_files_that_are_merged_away(file_url: str) -> None:
    rows = {"id": np.arange(BULK_ROWS_MIN)}
    with vql.connect(file_url) as writer:
        writer.execute("CREATE TABLE t (id int)")
        writer.insert("t", rows)
        with Elsewhere(file_url) as follower:
            folder = follower.database.path / "segments"
            assert len([*folder.iterdir()]) == 1
            for _ in range(3):
                writer.insert("t", rows)
            writer.execute("DELETE FROM t WHERE id % 2 = 0")
            writer.execute("ALTER TABLE t SET (retention = '0')")
            writer.execute("VACUUM FULL t")
            wait_until(lambda: count(follower) == 2 * BULK_ROWS_MIN)
            names = {path.name for path in (writer.database.path / "segments").iterdir()}
            wait_until(lambda: {path.name for path in folder.iterdir()} == names)


def test_who_has_missed_entries_that_are_removed_takes_a_base(url: str) -> None:
    with vql.connect(url) as writer:
        writer.execute("CREATE TABLE t (id int PRIMARY KEY)")
        writer.execute("INSERT INTO t VALUES (1), (2)")
        with Elsewhere(url) as follower:
            assert count(follower) == 2
            with home_of(follower)._turn:  # as one that sleeps
                writer.execute("DELETE FROM t WHERE id = 1")
                for number in range(3, 10):
                    writer.execute("INSERT INTO t VALUES (?)", (number,))
                home_of(writer).make_base()
                writer.execute("CREATE TABLE u (id int)")
                home_of(writer).make_base()
            made = "SELECT count(*) FROM pg_tables WHERE tablename = 'u'"
            wait_until(lambda: follower.execute(made).fetchone() == (1,))
            assert count(follower) == 8
            assert check_store(follower.database.store) == []


def test_bases_shorten_the_journal(url: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "BASE_ENTRIES", 10)
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
        for number in range(60):
            connection.execute("INSERT INTO t VALUES (?, '[1,2]')", (number,))
            if number % 20 == 19:
                connection.execute("VACUUM t")
        place = home_of(connection)
        wait_until(lambda: place.about.position > 30)
        connection.database.maintainer.stop()
        with place._basing:
            pass
        monkeypatch.setattr(home, "GRACE_S", -1.0)
        place.make_base()
        stored = set(place._objects.stored("segments/"))
        named = {f"segments/{path.name}" for path in (place.folder / "segments").iterdir()}
        assert stored <= named
        assert len(place._objects.stored("bases/")) == 2
    journal = Journal(url, is_writer=False)
    assert len(journal.entries(0)) < 30
    journal.close()
    shutil.rmtree(cache)
    with vql.connect(url) as connection:
        assert count(connection) == 60


def test_a_file_that_waits_for_its_commit_is_not_removed(
    url: str, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setattr(home, "GRACE_S", -1.0)
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        place, run = home_of(connection), connection.database.store.commits.run

        def late(commit: WaitingCommit[CommittedRows]) -> CommittedRows:
            place.make_base()
            return run(commit)

        monkeypatch.setattr(connection.database.store.commits, "run", late)
        connection.insert("t", {"id": np.arange(BULK_ROWS_MIN)})
        assert place.problems() == []
    shutil.rmtree(cache)
    with vql.connect(url) as connection:
        assert count(connection) == BULK_ROWS_MIN


def test_a_base_at_the_end_where_much_is_to_be_replayed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "LAST_ENTRIES", 3)
    with vql.connect(url) as connection:
        for number in range(5):
            connection.execute(f"CREATE TABLE t{number} (id int)")
        place = home_of(connection)
        assert place.about.position == 0
    assert place.about.position >= 5


def test_an_entry_that_is_damaged_is_not_taken(file_url: str) -> None:
    with vql.connect(file_url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        position = home_of(connection)._appended
    journal = Journal(file_url, is_writer=True)
    batch = journal._slatedb.WriteBatch()
    batch.put(b"j" + (position + 1).to_bytes(8, "big"), b"nonsense")
    journal._wait(journal._written(batch))
    journal.close()
    with pytest.raises(vql.DatabaseError, match="an entry of the journal cannot be read") as raised:
        vql.connect(file_url)
    assert raised.value.sqlstate == "XX001"


def test_a_working_copy_of_another_database_is_not_used(url: str, tmp_path: Path) -> None:
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        folder = connection.database.path
    with vql.connect(tmp_path / "other") as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("INSERT INTO t VALUES (1)")
    shutil.copyfile(tmp_path / "other" / "main.mdb", folder / "main.mdb")
    for name in ("main.wal", "main.mdb-lock"):
        (folder / name).unlink()
    with vql.connect(url) as connection:
        assert count(connection) == 0


def test_a_file_that_is_missing_is_met_at_once_and_named(
    url: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vql.storage.bucket.working_copy.LOOK_S", 0.01)
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.insert("t", {"id": np.arange(BULK_ROWS_MIN)})
        place = home_of(connection)
        name = next(iter(place._objects.stored("segments/")))
        place._objects.remove(name)
        assert check(url) == [f"{url}/{name} is missing"]
    shutil.rmtree(cache)
    with pytest.raises(vql.DatabaseError, match=f"{name} is missing") as raised:
        vql.connect(url)
    assert raised.value.sqlstate == "XX001"
    assert len(check(url)) == 1


def test_who_opens_while_a_file_is_replaced_looks_at_newer_entries(
    file_url: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "GRACE_S", -1.0)
    with vql.connect(file_url) as writer:
        writer.execute("CREATE TABLE t (id int)")
        writer.execute("ALTER TABLE t SET (retention = '0')")
        for _ in range(3):
            writer.insert("t", {"id": np.arange(BULK_ROWS_MIN)})
        place = home_of(writer)
        place.make_base()
        fetch, fetched = Objects.fetch, []

        def late(objects: Objects, name: str, target: Path) -> int:
            if name.startswith("segments") and not fetched:
                fetched.append(name)
                writer.execute("DELETE FROM t WHERE id % 2 = 0")
                writer.execute("VACUUM FULL t")
                place.make_base()
                place.make_base()
            return fetch(objects, name, target)

        monkeypatch.setattr(Objects, "fetch", late)
        monkeypatch.setattr(Slot, "link", lambda *_: False)
        with Elsewhere(file_url) as reader:
            assert fetched
            assert count(reader) == 3 * BULK_ROWS_MIN // 2


def opened_in_child(url: str) -> None:
    with vql.connect(url) as connection:
        os._exit(0 if count(connection) == 1 else 1)


def test_a_child_has_a_working_copy_of_its_own(url: str) -> None:
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("INSERT INTO t VALUES (1)")
    child = multiprocessing.get_context("spawn").Process(target=opened_in_child, args=(url,))
    child.start()
    child.join()
    assert child.exitcode == 0


def test_a_forked_child_is_refused(file_url: str) -> None:
    with vql.connect(file_url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        child = multiprocessing.get_context("fork").Process(target=refused_in_child, args=(file_url,))
        child.start()
        child.join()
        assert child.exitcode == 0


def refused_in_child(url: str) -> None:
    try:
        vql.connect(url)
    except vql.OperationalError as error:
        os._exit(0 if error.sqlstate == "55000" else 1)
    os._exit(2)
