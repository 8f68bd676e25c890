"""docs/storage-format.md against the code and against a database."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import lmdb
import numpy as np
import pytest
from statements import rows

import vql
from vql import limits
from vql.executor.bridge import spill
from vql.storage import catalog, folder, keys
from vql.storage.files import blobfile, environment, header, identity, metastore
from vql.storage.segments import manifest, records
from vql.storage.upkeep import orphans
from vql.types.type import Type

DOCUMENT = Path(__file__).parents[2] / "docs" / "storage-format.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def table_after(heading, columns):
    """The rows of the first table of so many columns behind a heading."""
    part = TEXT[TEXT.index(heading) :]
    found = []
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if len(cells) == columns and not set(line) <= set("|-: "):
            found.append(cells)
        elif found and not line.startswith("|"):
            break
    return found[1:]


@pytest.fixture
def made(tmp_path):
    """A database with a record in every named database."""
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute(
            "CREATE TABLE t (id bigserial PRIMARY KEY, b bool, s smallint, i int, f real, "
            "d double precision, day date, at timestamptz, word text, n numeric, "
            "v vector(5)) WITH (retention = '0')"
        )
        insert = (
            "INSERT INTO t (b, s, i, f, d, day, at, word, n, v) "
            "SELECT true, 1, 2, 3, 4, '2026-01-01', '2026-01-01', 'w', 1.5, '[1,2,3,4,5]'"
        )
        for _ in range(3):
            connection.execute(insert)
        connection.execute("DELETE FROM t WHERE id = 1")
        connection.execute("INSERT INTO t (b) VALUES (NULL)")
        connection.execute("VACUUM t")
        connection.execute("CREATE SNAPSHOT kept")
        connection.execute(insert)
        connection.execute("DELETE FROM t WHERE id = 2")
        assert rows(connection, "SELECT count(*) FROM t") == [(3,)]
        assert rows(connection, "SELECT txid_current() > 0") == [(True,)]
    return path


def contents(path):
    """{database: [(key, value)]} of main.mdb, read by LMDB alone."""
    found = {}
    with lmdb.open(str(path / "main.mdb"), subdir=False, readonly=True, max_dbs=16) as environment:
        with environment.begin() as reading:
            for name in metastore.DATABASES:
                handle = environment.open_db(name.encode(), txn=reading, create=False)
                with reading.cursor(db=handle) as cursor:
                    found[name] = [(at, raw[: -metastore.CRC_BYTES]) for at, raw in cursor]
    return found


def test_every_named_database_has_keys_and_values_as_documented(made):
    found = contents(made)
    documented = table_after("## main.mdb", 5)
    assert {row[0].strip("`") for row in documented} == set(metastore.DATABASES)
    for database, key_bytes, key, value_bytes, _ in documented:
        entries = found[database.strip("`")]
        if key.startswith("`"):
            entries = [(k, v) for k, v in entries if k == key.strip("`").encode()]
        assert entries, database
        for k, v in entries:
            assert not key_bytes or len(k) == int(key_bytes), (database, k)
            assert not value_bytes or len(v) == int(value_bytes), (database, k)


def test_each_value_has_the_checksum_of_its_key_and_itself_behind_it(made):
    with lmdb.open(str(made / "main.mdb"), subdir=False, readonly=True, max_dbs=16) as environment:
        with environment.begin() as reading:
            for name in metastore.DATABASES:
                handle = environment.open_db(name.encode(), txn=reading, create=False)
                for at, raw in reading.cursor(db=handle):
                    assert int.from_bytes(raw[-4:], "little") == zlib.crc32(name.encode() + at + raw[:-4])


def test_the_frame_is_as_documented(made):
    documented = [row for row in table_after("### Frames", 5) if row[0].isdigit()]
    assert [int(row[0]) for row in documented] == [0, 4, 8]
    assert records.HEAD.size == 8
    magics = {"catalog": records.CATALOG, "delta": records.MAGIC, "deletes": records.DELETES}
    for database, magic in {**magics, "manifest": records.MANIFEST}.items():
        line = next(line for line in TEXT.splitlines() if line.startswith(f"| `{database}`"))
        assert f"`{magic.decode()}`, " in line
        for _, value in contents(made)[database]:
            assert value[:4] == magic
    raw = contents(made)["delta"][0][1]
    assert raw[:4] == records.MAGIC == b"VQLF"
    header = int.from_bytes(raw[4:8], "little")
    assert (8 + header) % 8 == 0 and len(raw) % 8 == 0
    assert TEXT.count("`rows`, `row_id`") == 1
    assert re.match(rb'\{"rows": 1, "row_id": \d+, "columns": \[', raw[8 : 8 + header])


def test_the_segment_record_is_as_documented(made):
    record = manifest.decode(contents(made)["manifest"][0][1])
    documented = {row[0].strip("`") for row in table_after("### Segment records", 2)}
    assert documented == manifest.FIELDS == set(record)


def test_columns_are_as_wide_as_documented(made):
    record = manifest.decode(contents(made)["manifest"][0][1])
    with vql.connect(made) as connection:
        columns = connection.database.store.snapshot().table("t").columns
    kinds = next(row[1] for row in table_after("## Segment files", 4) if row[0] == "`p.data`")
    widths = dict(re.findall(r"([a-z][a-z ]*?) (\d+)[,;]?", kinds.replace("vector(d) 4 d", "")))
    assert widths["boolean"] == "1" and widths["double precision"] == "8"
    for position, column in enumerate(columns):
        data = record["blobs"][f"{position}.data"][1]
        if column.type.is_vector:
            assert data == record["rows"] * 4 * column.type.modifier
        else:
            name = "strings" if column.type.is_string_stored else column.type.name
            assert data == record["rows"] * int(widths[name]), column
            assert int(widths[name]) == np.dtype(Type(column.type.name).dtype).itemsize
        assert f"{position}.valid" not in record["blobs"] or (
            record["blobs"][f"{position}.valid"][1] == record["rows"]
        )
        if column.type.is_string_stored:
            assert record["blobs"][f"{position}.offsets"][1] % 8 == 0


def test_any_lmdb_tool_reads_a_segment(made):
    record = manifest.decode(contents(made)["manifest"][0][1])
    raw = (made / record["file"]).read_bytes()
    with lmdb.open(str(made / record["file"]), subdir=False, readonly=True, lock=False) as environment:
        with environment.begin() as reading:
            blobs = {k.decode(): v for k, v in reading.cursor()}
    assert blobs.keys() == record["blobs"].keys()
    for name, (offset, length, _) in record["blobs"].items():
        assert raw[offset : offset + length] == blobs[name]
    assert header.problems(made / record["file"]) == []


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("format version in decimal: `{}`", folder.FORMAT_VERSION),
        ("{} bytes given their blocks at once", header.LOCK_BYTES),
        ("older than {} seconds", orphans.ORPHAN_AGE_SECONDS),
        ("start at {} and are", catalog.FIRST_OBJECT_ID),
        ("longer than {} bytes is cut to its first", keys.KEY_BYTES_MAX),
        ("cut to its first {} and a 16-byte", keys.KEY_BYTES_MAX - 16),
        ("inserts of {} rows", limits.BULK_ROWS_MIN),
        ("rows or {} MiB", limits.DELTA_BYTES_MAX >> 20),
        ("blobs up to {} KiB", blobfile.CHECK_AT_OPEN_BYTES_MAX >> 10),
    ],
)
def test_numbers_of_the_document_are_those_of_the_code(said, number):
    assert said.format(f"{number:,}") in TEXT


def test_the_map_size_and_the_blob_bound(made):
    assert environment.MAP_BYTES[0] == 1 << 40 and "map size 2^40" in TEXT
    assert limits.SEGMENT_BLOB_BYTES_MAX == (4 << 30) - 4096 and "4 GiB - 4,096" in TEXT


def test_file_names_are_as_documented(made):
    for part in identity.FOLDERS:
        for path in (made / part).iterdir():
            assert identity.OWN_FILE.fullmatch(path.name)
    names = {path.name for path in made.iterdir()}
    assert names - {spill.SPILL} == {  # made when it is needed
        "main.mdb",
        "main.mdb-lock",
        folder.LEASE_FILE,
        folder.CLOCK_FILE,
        folder.LOCKS_FILE,
        metastore.WRITER_FILE,
        "main.wal",
        identity.IDENTITY_FILE,
        *identity.FOLDERS,
    }
    assert all(f"`{name}`" in TEXT or f"`{name}/" in TEXT for name in names)
