"""Damage of every kind is found by the check, and by opening where opening reads the bytes."""

from __future__ import annotations

import os

import lmdb
import numpy as np
import pytest
from statements import in_child, rows

import vql
from vql.errors import DataCorrupted, OperationalError
from vql.session.database import check
from vql.storage.files.metastore import Metastore, key, numbers
from vql.storage.segments.records import encode_deletes
from vql.storage.upkeep.check import check_store, inspect


def one(path, folder):
    """The largest file of a folder."""
    return max((path / folder).glob("*.mdb"), key=lambda p: p.stat().st_size)


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x40]))


def edit(path, database, at, value):
    """Change one record of main.mdb behind the back of the store."""
    metastore = Metastore(path / "main.mdb")
    with metastore.write() as batch:
        if value is None:
            batch.delete(database, at)
        else:
            batch.put(database, at, value)
    metastore.close()


def damage(path, database, prefix):
    """Flip a bit of the newest record below a prefix, as a disk would; return its key."""
    with lmdb.open(str(path / "main.mdb"), subdir=False, map_size=1 << 30, max_dbs=16) as environment:
        handle = environment.open_db(database.encode())
        with environment.begin(write=True, db=handle) as transaction:
            with transaction.cursor() as cursor:
                at, raw = [entry for entry in cursor if entry[0].startswith(prefix)][-1]
            transaction.put(at, raw[:-7] + bytes([raw[-7] ^ 1]) + raw[-6:])
    return at


def refused(path):
    """The error of opening, or of reading a table that is closed: it must name what is damaged."""
    with pytest.raises(DataCorrupted) as caught:
        with vql.connect(path) as connection:
            rows(connection, "SELECT * FROM t")
    assert caught.value.sqlstate == "XX001"
    return caught.value.message


def assert_not_used(path, folder, said):
    """A table whose rows are damaged is refused and says why; without an index rows are compared."""
    if folder == "segments":
        assert said in refused(path)
        return
    with vql.connect(path) as connection:
        query = "SELECT id FROM t ORDER BY v <-> '[1,2,3,4,5,6,7,8]' LIMIT 5"
        assert rows(connection, query) == rows(connection, f"{query} WITH (recall = 1)")
        assert len(rows(connection, "SELECT * FROM t WHERE brand = 'b3'")) > 1000


def test_a_sound_database_has_no_problems(full):
    assert check(full) == []
    with vql.connect(full) as connection:
        assert inspect(connection.database.store).problems == []
        assert check(full) == []  # through the store that is open


def test_a_check_changes_nothing(full):
    before = {p: p.stat().st_mtime_ns for p in full.rglob("*.mdb")}
    check(full)
    assert {p: p.stat().st_mtime_ns for p in full.rglob("*.mdb")} == before


@pytest.mark.parametrize("folder", ["segments", "indexes"])
def test_every_flipped_byte_of_a_blob_is_found(full, folder):
    file = one(full, folder)
    size = file.stat().st_size
    generator = np.random.default_rng(1)
    with vql.connect(full) as connection:
        state = connection.database.store.contents(16500)
        records = [segment.record for segment in state.sealed]
    entries = records if folder == "segments" else [e for r in records for e in r["indexes"].values()]
    places = next(e["blobs"] for e in entries if e["file"].endswith(file.name))
    for offset, length, _ in list(places.values()):
        if not length:
            continue
        assert offset + length <= size
        at = offset + int(generator.integers(length))
        flip(file, at)
        problems = check(full)
        assert len(problems) == 1 and f"{folder}/{file.name}" in problems[0] and "checksum" in problems[0]
        flip(file, at)
    assert check(full) == []


def test_a_flipped_byte_of_a_small_blob_is_refused_when_opening(full):
    file = one(full, "segments")
    with vql.connect(full) as connection:
        records = [segment.record for segment in connection.database.store.contents(16500).sealed]
    places = next(r["blobs"] for r in records if r["file"].endswith(file.name))
    flip(file, places["1.dictionary"][0])
    assert f"segments/{file.name}: blob 1.dictionary: checksum" in refused(full)


@pytest.mark.parametrize("folder", ["segments", "indexes"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_cut_short_is_named(full, folder, share):
    file = one(full, folder)
    with open(file, "r+b") as opened:
        opened.truncate(int(file.stat().st_size * share))
    assert_not_used(full, folder, f"{folder}/{file.name}")
    problems = check(full)
    assert len(problems) == 1 and f"{folder}/{file.name}" in problems[0]


@pytest.mark.parametrize("folder", ["segments", "indexes"])
def test_a_deleted_file_is_named(full, folder):
    file = one(full, folder)
    file.unlink()
    assert_not_used(full, folder, f"{folder}/{file.name} is missing, the manifest names it")
    assert check(full) == [f"{folder}/{file.name} is missing, the manifest names it"]


@pytest.mark.parametrize("folder", ["segments", "indexes"])
def test_a_foreign_file_is_named(full, folder):
    file = one(full, folder)
    file.write_bytes(bytes(range(256)) * (file.stat().st_size // 256 + 1))
    assert_not_used(full, folder, f"{folder}/{file.name}: not a file of VQL")
    assert check(full) == [f"{folder}/{file.name}: not a file of VQL"]


@pytest.mark.parametrize("harm", ["remove", "cut", "flip"])
def test_maintenance_builds_a_damaged_index_anew(full, harm):
    file = one(full, "indexes")
    if harm == "remove":
        file.unlink()
    elif harm == "cut":
        os.truncate(file, 5000)
    else:
        flip(file, file.stat().st_size // 2)
    assert check(full)
    with vql.connect(full) as connection:
        connection.database.scrubber.run()
        connection.execute("VACUUM")
        plan = rows(connection, "EXPLAIN ANALYZE SELECT id FROM t ORDER BY v <-> '[1,2,3,4,5,6,7,8]' LIMIT 5")
        assert "hnsw" in str(plan)
    assert check(full) == [] and not file.exists()


def test_a_segment_in_the_place_of_another_is_found(full):
    first, second = sorted((full / "segments").glob("*.mdb"))[:2]
    first.write_bytes(second.read_bytes())
    problems = check(full)
    assert problems and all(f"segments/{first.name}" in problem for problem in problems)


def test_main_cut_short_is_refused(full):
    main = full / "main.mdb"
    with open(main, "r+b") as opened:
        opened.truncate(main.stat().st_size // 2)
    assert "main.mdb has been cut short" in refused(full)
    assert any("main.mdb" in problem for problem in check(full))


def test_a_foreign_main_is_refused(full):
    (full / "main.mdb").write_text("hello\n" * 4000)
    assert "main.mdb is not a VQL database" in refused(full)
    assert any("main.mdb is not a VQL database" in problem for problem in check(full))


def test_a_missing_main_is_not_made_anew(full):
    (full / "main.mdb").unlink()
    assert "main.mdb is missing" in refused(full)
    assert any("main.mdb is missing" in problem for problem in check(full))
    assert not (full / "main.mdb").exists()


def test_no_database_is_no_clean_database(tmp_path):
    with pytest.raises(OperationalError) as caught:
        check(tmp_path)
    assert caught.value.sqlstate == "58P01"


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("dear reader")
    with pytest.raises(OperationalError) as caught:
        vql.connect(tmp_path)
    assert caught.value.sqlstate == "58P01"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["letters.txt"]


def test_files_nobody_names_are_notes(full):
    (full / "segments" / "0123456789abcdef.mdb").write_bytes(b"left by a crash")
    (full / "segments" / "letters.txt").write_text("dear reader")
    report = inspect(full)
    assert report.problems == []
    assert len(report.notes) == 2
    with vql.connect(full) as connection:
        assert len(rows(connection, "SELECT id FROM t WHERE id < 300")) == 202


KEY = key(16500) + ((1 << 63) + 500).to_bytes(8, "big")


@pytest.mark.parametrize(
    ("database", "at", "value", "said"),
    [
        ("meta", b"head", key(3, 0, 1), "main.mdb"),
        ("keys", KEY, key(7), "the key of row 501 points to row 7"),
        ("keys", KEY, None, "the key of row 501 points to nothing"),
        ("keys", key(16500) + b"stray", key(7), "keys for"),
        ("deletes", key(16500, 3), encode_deletes(np.array([10**6]), np.array([3])), "row that is not there"),
        ("deletes", key(16500, 3), encode_deletes(np.array([1, 1]), np.array([3, 3])), "deleted before"),
        ("sequences", b"row 16500", key(5), "above those given out"),
        ("commits", key(2), None, "main.mdb: "),
        ("delta", key(16500, 2), b"nonsense", "delta frame 2 of table t: not a record"),
        ("catalog", key(16500, 1), b"{}", "catalog record: not a record"),
        ("manifest", key(99, 1), b"{}", "unknown table 99"),
        ("snapshots", b"later", key(99), "snapshot later"),
    ],
)
def test_a_wrong_record_is_found(full, database, at, value, said):
    edit(full, database, at, value)
    problems = check(full)
    assert any(said in problem for problem in problems), problems


def test_a_damaged_delta_frame_is_refused_when_opening(full):
    at = damage(full, "delta", b"")
    said = f"main.mdb: record {', '.join(map(str, numbers(at)))} of delta is not what was written"
    assert refused(full) == said
    assert said in check(full)


def test_flipped_bits_of_main_never_end_the_process(tmp_path):
    """Whatever a flipped bit does, reading is an error or an answer, never a crash or a traceback."""
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text, v vector(4))")
        for i in range(30):
            connection.execute("INSERT INTO t VALUES (?, ?, ?)", [i, f"s{i}", [i, 1, 2, 3]])
        connection.execute("VACUUM t")
        connection.execute("DELETE FROM t WHERE id < 5")
        connection.execute("INSERT INTO t VALUES (99, 'x', NULL)")
    size = (path / "main.mdb").stat().st_size
    whole = (path / "main.mdb").read_bytes()
    generator = np.random.default_rng(11)
    # Where records are written last, and all over.
    places = [*generator.integers(0, size, 40).tolist()]
    for magic in (b"VQLC", b"VQLD", b"VQLM", b"VQLF"):
        places += [whole.rindex(magic) + shift for shift in (4, 20)]
    for at in places:
        (path / "main.mdb").write_bytes(whole)
        flip(path / "main.mdb", at)
        status = in_child(lambda: read_all(path))
        assert status == 0, f"byte {at}: exit {status}"


def read_all(path):
    """Check, open and read; every failure must be an error of ours."""
    try:
        check(path)
        with vql.connect(path) as connection:
            rows(connection, "SELECT * FROM t")
            connection.execute("INSERT INTO t VALUES (1000, 'y', NULL)")
    except vql.Error:
        pass
    return True


@pytest.mark.parametrize("harm", ["missing file", "manifest", "delta", "deletes", "catalog"])
def test_a_table_that_cannot_be_read_is_closed_alone(full, harm):
    with vql.connect(full) as connection:
        connection.execute("CREATE TABLE sound (id int PRIMARY KEY)")
        connection.execute("INSERT INTO sound VALUES (1)")
    if harm == "missing file":
        one(full, "segments").unlink()
    else:
        damage(full, harm, key(16500))
    for _ in range(2):
        with vql.connect(full) as connection:
            run = connection.execute
            for sql in ("SELECT * FROM t", "SELECT brand FROM t WHERE id = 7", "INSERT INTO t VALUES (-9)"):
                with pytest.raises(DataCorrupted) as caught:
                    run(sql)
                assert caught.value.sqlstate == "XX001"
            run("INSERT INTO sound SELECT max(id) + 1 FROM sound")
            run("CREATE TABLE IF NOT EXISTS more (a int)")
            run("VACUUM")
            assert rows(connection, "SELECT table_name FROM vql_segments WHERE table_name = 't'") == []
    assert any("table t" in problem or "segments/" in problem for problem in check(full))
    with vql.connect(full) as connection:
        assert rows(connection, "SELECT id FROM sound ORDER BY id") == [(1,), (2,), (3,)]
        connection.execute("DROP TABLE t")
        connection.execute("CREATE TABLE t (id int)")
        assert rows(connection, "SELECT * FROM t") == []


def test_another_format_is_refused(full):
    edit(full, "meta", b"format", b"99")
    with pytest.raises(vql.NotSupportedError) as caught:
        vql.connect(full)
    assert caught.value.sqlstate == "0A000" and "format 99" in caught.value.message
    edit(full, "meta", b"format", b"x")
    assert "format version" in refused(full)


def test_columns_of_enumerations_are_as_they_should_be(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, m mood, a mood[])")
        connection.execute("INSERT INTO t VALUES (1, 'ok', '{sad}')")
    assert check_store(tmp_path / "db") == []
