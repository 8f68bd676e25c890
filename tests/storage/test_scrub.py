"""Damage that opening does not see is found by first use or by the scrub, and is no answer afterwards."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from statements import rows

import vql
from vql.errors import DataCorrupted
from vql.session.database import check
from vql.storage.upkeep import merge, scrub

ROWS, DIM = 90_000, 16
NEAREST = "SELECT id, v <-> ? FROM t ORDER BY v <-> ? LIMIT 10"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A table whose vectors and whose index codes are larger than what is verified at once."""
    path = tmp_path_factory.mktemp("scrub") / "db"
    generator = np.random.default_rng(3)
    with vql.connect(path) as connection:
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, s text, v vector({DIM}))")
        texts = [f"text {i}" for i in range(ROWS)]
        vectors = generator.standard_normal((ROWS, DIM), np.float32)
        connection.insert("t", {"id": np.arange(ROWS), "s": texts, "v": vectors})
        connection.execute("CREATE INDEX ON t USING ivfflat (v vector_l2_ops) WITH (lists = 50)")
        connection.execute("CREATE TABLE other (id int)")
        connection.execute("INSERT INTO other VALUES (1)")
    return path


@pytest.fixture(autouse=True)
def by_hand_alone(monkeypatch):
    monkeypatch.setattr(scrub, "BEGIN_SECONDS", 3600.0)


@pytest.fixture
def made(tmp_path, template):
    return shutil.copytree(template, tmp_path / "db")


def place(path, blob, folder):
    """The file and the offset of a blob's middle."""
    with vql.connect(path) as connection:
        (segment,) = connection.database.store.contents(16500).sealed
        record = segment.record if folder == "segments" else next(iter(segment.record["indexes"].values()))
    offset, length, _ = record["blobs"][blob]
    return path / record["file"], offset + length // 2, length


def flip(path, blob, folder="segments"):
    file, at, length = place(path, blob, folder)
    with open(file, "r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 1]))
    return f"{folder}/{file.name}: blob {blob}", length


def corrupted(connection, sql, *parameters):
    with pytest.raises(DataCorrupted) as caught:
        rows(connection, sql, parameters)
    assert caught.value.sqlstate == "XX001"
    return caught.value.message


def test_a_column_is_verified_by_who_reads_it_first(made):
    said, _ = flip(made, "1.dictionary")
    with vql.connect(made) as connection:
        assert said in corrupted(connection, "SELECT s FROM t WHERE id = 7")
        assert said in corrupted(connection, "SELECT count(*) FROM t WHERE s = 'text 9'")
        assert rows(connection, "SELECT id FROM t WHERE id = 7") == [(7,)]
        assert rows(connection, "SELECT id FROM other") == [(1,)]


def test_vectors_are_verified_by_the_scrub(made):
    said, length = flip(made, "2.data")
    assert length > 4 << 20
    query = np.zeros(DIM, np.float32)
    with vql.connect(made) as connection:
        before = rows(connection, NEAREST, (query, query))  # believed so far
        assert len(before) == 10
        (found,) = connection.database.scrubber.run()
        assert said in found
        assert said in corrupted(connection, NEAREST, query, query)
        assert said in corrupted(connection, "SELECT v FROM t WHERE id = 3")
        assert rows(connection, "SELECT s FROM t WHERE id = 3") == [("text 3",)]
        job = rows(connection, "SELECT state, failures, last_error FROM vql_jobs WHERE job = 'scrub'")[0]
        assert job[:2] == ("failing", 1) and said in job[2]
    assert any(said in problem for problem in check(made))


def test_damage_is_not_written_anew_with_a_checksum_that_holds(made):
    said, _ = flip(made, "2.data")
    with vql.connect(made) as connection:
        n = 20_000
        for start in range(ROWS, ROWS + 4 * n, n):  # a run of segments that are merged
            connection.insert("t", {"id": np.arange(start, start + n), "v": np.zeros((n, DIM), np.float32)})
        connection.execute("DELETE FROM t WHERE id < 50000")
        with pytest.raises(DataCorrupted) as caught:
            connection.database.maintainer.run(full=True)
            run = connection.database.store.contents(16500).sealed
            merge.replace_segments(
                connection.database.store, connection.database.store.snapshot().table("t"), run, 0
            )
        assert said in caught.value.message


@pytest.mark.parametrize("blob", ["ivfflat", "centroids"])
def test_a_damaged_index_is_left_out_and_rows_are_compared(made, blob, caplog):
    query = np.ones(DIM, np.float32)
    with vql.connect(made) as connection:
        exact = rows(connection, f"{NEAREST} WITH (recall = 1)", (query, query))
    said, _ = flip(made, blob, "indexes")
    with vql.connect(made) as connection:
        rows(connection, NEAREST, (query, query))
        connection.database.scrubber.run()
        assert rows(connection, NEAREST, (query, query)) == exact
        plan = "\n".join(row[0] for row in rows(connection, f"EXPLAIN ANALYZE {NEAREST}", (query, query)))
        assert "ivfflat" not in plan
    assert any(said in record.message for record in caplog.records)
    assert any(said in problem for problem in check(made))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5])
def test_what_reading_damaged_codes_raises_is_no_error(made, share):
    """Zeros where the index' own lengths and row numbers stand."""
    file, _, length = place(made, "ivfflat", "indexes")
    _, middle, _ = place(made, "ivfflat", "indexes")
    query = np.ones(DIM, np.float32)
    with vql.connect(made) as connection:
        exact = rows(connection, f"{NEAREST} WITH (recall = 1)", (query, query))
    with open(file, "r+b") as opened:
        opened.seek(middle - length // 2 + int(length * share))
        opened.write(b"\xff" * 4096)
    with vql.connect(made) as connection:
        assert len(rows(connection, NEAREST, (query, query))) == 10
        connection.database.scrubber.run()
        assert rows(connection, NEAREST, (query, query)) == exact


def test_a_record_under_another_key_closes_its_table(made):
    """A key that was altered is not found by who looks for it: only the scrub meets it."""
    import lmdb

    with lmdb.open(str(made / "main.mdb"), subdir=False, map_size=1 << 30, max_dbs=16) as environment:
        handle = environment.open_db(b"keys")
        with environment.begin(write=True, db=handle) as transaction:
            at, raw = list(transaction.cursor())[500]
            transaction.delete(at)
            transaction.put(at[:-1] + bytes([at[-1] ^ 1, 0]), raw)
    with vql.connect(made) as connection:
        assert rows(connection, "SELECT id FROM t WHERE id = 500") == []
        assert any("of keys" in problem for problem in connection.database.scrubber.run())
        assert "of keys" in corrupted(connection, "SELECT id FROM t WHERE id = 500")
        assert rows(connection, "SELECT id FROM other") == [(1,)]


def test_a_sound_database_is_scrubbed_while_it_is_written(made):
    with vql.connect(made) as connection:
        scrubber = connection.database.scrubber
        step = scrubber._after_step
        written = []

        def write(read):
            if len(written) < 30:
                written.append(len(written))
                connection.execute("INSERT INTO other VALUES (?)", (len(written) + 10,))
            step(read)

        scrubber._after_step = write
        assert scrubber.run() == []
        assert len(written) == 30
        assert rows(connection, "SELECT count(*) FROM other") == [(31,)]
        state = rows(connection, "SELECT state, progress, last_error FROM vql_jobs WHERE job = 'scrub'")
        assert state == [("done", 1.0, None)]


BRANCH, PAGE_BYTES = 0x01, 4096


def test_pages_that_lead_back_end_the_scrub(made):
    """A page in the place of a later one: who goes on behind the last key of a step is led back."""
    file = made / "main.mdb"
    raw = bytearray(file.read_bytes())
    pages = range(2 * PAGE_BYTES, len(raw), PAGE_BYTES)
    nodes = {
        at: list(memoryview(raw[at + 16 : at + int.from_bytes(raw[at + 12 : at + 14], "little")]).cast("H"))
        for at in pages if int.from_bytes(raw[at + 10 : at + 12], "little") == BRANCH
    }  # fmt: skip
    for at, places in nodes.items():
        if len(places) < 20:
            continue
        first, second = (at + places[number] for number in (5, 15))
        raw[second : second + 4] = raw[first : first + 4]
    file.write_bytes(raw)
    with vql.connect(made) as connection:
        found = connection.database.scrubber.run()
        assert any("out of order" in problem for problem in found)
        assert corrupted(connection, "SELECT id FROM t WHERE id = 500")
    assert check(made)
