"""COPY with files: every format gives back what was written, bad files are named, servers ask who it is."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vql
from vql.session.session import Session

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
ipc = pytest.importorskip("pyarrow.ipc")
TABLE = (
    "(id int, x text, v vector(3), h halfvec(2), n numeric(8,2), j jsonb, a int[], b bytea, at timestamptz)"
)
ROWS = {
    "id": [1, 2],
    "x": ["a\tb", None],
    "v": [[1.0, 2.0, 3.0], None],
    "h": [[1, 2], None],
    "n": ["1.50", None],
    "j": [{"a": 1}, None],
    "a": [[1, 2], None],
    "b": [b"\x01", None],
    "at": ["2020-01-01", None],
}


@pytest.fixture
def connection(tmp_path, monkeypatch) -> Iterator[vql.Connection]:
    monkeypatch.chdir(tmp_path)
    with vql.connect(tmp_path / "db") as made:
        made.execute(f"CREATE TABLE t {TABLE}")
        made.insert("t", ROWS)
        made.execute("CREATE TABLE u (LIKE t)")
        yield made


@pytest.mark.parametrize("name", ["o.parquet", "o.csv", "o.jsonl", "o.arrow", "o.feather", "o.txt", "o"])
def test_a_file_gives_back_what_was_written(connection: vql.Connection, name: str) -> None:
    assert connection.execute(f"COPY t TO '{name}'").statusmessage == "COPY 2"
    assert connection.execute(f"COPY u FROM '{name}'").rowcount == 2
    for one, other in (("t", "u"), ("u", "t")):
        rest = (
            f"(SELECT x, v, n, j, a, b, at FROM {one}) EXCEPT ALL (SELECT x, v, n, j, a, b, at FROM {other})"
        )
        assert connection.execute(rest).fetchall() == []
    assert list(Path.cwd().glob(".*part")) == []


@pytest.mark.parametrize("name", ["o.npy", "o.fvecs", "o.bvecs", "o.ivecs"])
def test_files_without_names_are_one_column(connection: vql.Connection, name: str) -> None:
    connection.execute(f"COPY (SELECT v FROM t WHERE id = 1) TO '{name}'")
    connection.execute(f"COPY u (v) FROM '{name}'")
    connection.execute("CREATE TABLE one AS SELECT 5 AS n, v FROM t LIMIT 0")
    connection.execute(f"COPY one FROM '{name}'")  # it has one vector
    for table in ("u", "one"):
        assert connection.execute(f"SELECT v <-> '[1,2,3]' FROM {table}").fetchall() == [(0.0,)]
    with pytest.raises(vql.ProgrammingError) as found:
        connection.execute(f"COPY u FROM '{name}'")
    assert found.value.sqlstate == "42601"


def test_arrays_of_numpy_are_read_by_their_parts(connection: vql.Connection) -> None:
    np.save("s.npy", np.array([(1, 0.5), (2, 1.5)], [("id", "i4"), ("score", "f8")]))
    connection.execute("CREATE TABLE scored (id int, score float8, more text DEFAULT 'none')")
    assert connection.execute("COPY scored FROM 's.npy'").rowcount == 2
    assert connection.execute("SELECT * FROM scored").fetchall() == [(1, 0.5, "none"), (2, 1.5, "none")]
    large = np.arange(70_000 * 2, dtype=np.float32).reshape(-1, 2)
    np.save("l.npy", large)
    connection.execute("CREATE TABLE large (v vector(2))")
    assert connection.execute("COPY large FROM 'l.npy'").rowcount == 70_000
    connection.execute("COPY large TO 'again.npy'")
    assert np.array_equal(np.load("again.npy"), large)


def test_parquet_is_read_by_names_in_blocks(connection: vql.Connection) -> None:
    count = 150_000
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(count * 2, dtype=np.float32)), 2)
    parquet.write_table(pa.table({"v": vectors, "id": np.arange(count), "more": ["x"] * count}), "p.parquet")
    connection.execute("CREATE TABLE p (id int PRIMARY KEY, v vector(2))")
    with pytest.raises(vql.ProgrammingError) as found:
        connection.execute("COPY p FROM 'p.parquet'")
    assert 'column "more"' in str(found.value)
    assert connection.execute("COPY p (id, v) FROM 'p.parquet'").rowcount == count
    last = connection.execute("SELECT v FROM p WHERE id = ?", [count - 1]).fetchone()
    assert last is not None and last[0].tolist() == [count * 2 - 2, count * 2 - 1]
    with pytest.raises(vql.IntegrityError):
        connection.execute("COPY p (id, v) FROM 'p.parquet'")
    assert connection.execute("SELECT count(*) FROM p").fetchone() == (count,)


def files(folder: Path) -> None:
    parquet.write_table(pa.table({"id": ["1", "q"]}), folder / "text.parquet")
    parquet.write_table(pa.table({"v": pa.array([[1.0], [1.0, 2.0]])}), folder / "short.parquet")
    (folder / "bad.parquet").write_text("none")
    (folder / "bad.arrow").write_bytes(b"ARROW1 none")
    (folder / "bad.npy").write_text("none")
    (folder / "bad.fvecs").write_bytes(b"\x03\0\0\0none")
    (folder / "lines.jsonl").write_text('{"id": 1}\n\n[1]\n')
    (folder / "value.jsonl").write_text('{"id": 1}\n{"id": "q"}\n')
    (folder / "key.jsonl").write_text('{"nope": 1}\n')
    parquet.write_table(pa.table([[1], [2]], names=["id", "id"]), folder / "twice.parquet")
    twice = pa.table([[1], [2]], names=["id", "id"])
    with ipc.new_file(folder / "twice.arrow", twice.schema) as writer:
        writer.write_table(twice)
    (folder / "empty.npy").write_bytes(b"")
    (folder / "zip.npy").write_bytes(b"PK\x03\x04none")
    np.save(folder / "scalar.npy", np.float32(1))
    np.save(folder / "huge.npy", np.zeros(1))
    header = (folder / "huge.npy").read_bytes()
    (folder / "huge.npy").write_bytes(header.replace(b"(1,), }", b"(1<<9, }"))
    (folder / "late.jsonl").write_text('{"id": 1}\n' * 8192 + '{"x": "a"}\n')


@pytest.mark.parametrize(
    ("sql", "sqlstate", "text"),
    [
        ("COPY u FROM 'none.parquet'", "58P01", "No such file"),
        ("COPY u FROM '.'", "42809", "is a directory"),
        ("COPY u TO '.'", "42809", "is a directory"),
        ("COPY u TO 'none/x.csv'", "58P01", "for writing"),
        ("COPY u FROM 'bad.parquet'", "22000", "bad.parquet"),
        ("COPY u FROM 'bad.arrow'", "22000", "bad.arrow"),
        ("COPY u (v) FROM 'bad.npy'", "22000", "bad.npy"),
        ("COPY u FROM 'twice.arrow'", "42701", 'column "id" is in file'),
        ("COPY u FROM 'twice.parquet'", "42703", 'column "id_1"'),
        ("COPY u (v) FROM 'empty.npy'", "22000", "empty.npy"),
        ("COPY u (v) FROM 'zip.npy'", "22000", "zip.npy"),
        ("COPY u (v) FROM 'scalar.npy'", "22023", "no scalars"),
        ("COPY u (v) FROM 'huge.npy'", "22000", "huge.npy"),
        ("COPY (SELECT 1 AS a, 2 AS a) TO 'x.parquet'", "42701", 'column "a"'),
        ("COPY u (v) FROM 'bad.fvecs'", "22000", "bad.fvecs"),
        ("COPY u FROM 'text.parquet'", "22P02", 'column "id", row 2'),
        ("COPY u FROM 'short.parquet'", "22000", 'column "v", row 1: expected 3 dimensions'),
        ("COPY u (id, x) FROM 'text.parquet'", "42703", 'column "x" does not exist in file'),
        ("COPY u FROM 'lines.jsonl'", "22P02", "line 3 is no object"),
        ("COPY u FROM 'value.jsonl'", "22P02", 'column "id", row 2'),
        ("COPY u FROM 'key.jsonl'", "42703", 'column "nope"'),
        ("COPY u FROM 'late.jsonl'", "22000", 'key "x"'),
        ("COPY u FROM 'text.parquet' (FORMAT none)", "22023", "not recognized"),
        ("COPY u FROM 'text.parquet' (HEADER)", "0A000", "header"),
        ("COPY u TO 'x.hdf5'", "0A000", "hdf5"),
        ("COPY t (v) TO 'x.npy'", "22004", "NULL"),
        ("COPY t (id, v) TO 'x.npy'", "42601", "one column"),
        ("COPY (SELECT 'a' AS x) TO 'x.npy'", "42804", "no array of numbers"),
        ("COPY (SELECT '[0.5]'::vector(1) AS v) TO 'x.bvecs'", "22003", "uint8"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(
    connection: vql.Connection, tmp_path: Path, sql: str, sqlstate: str, text: str
) -> None:
    files(tmp_path)
    with pytest.raises(vql.Error) as found:
        connection.execute(sql)
    assert (found.value.sqlstate, text in str(found.value)) == (sqlstate, True), str(found.value)
    assert connection.execute("SELECT count(*) FROM u").fetchone() == (0,)
    assert not list(tmp_path.glob("x.*"))


def test_hdf5_is_read_where_its_library_is(connection: vql.Connection) -> None:
    Path("x.h5").write_bytes(b"")
    try:
        import h5py
    except ImportError:
        with pytest.raises(vql.NotSupportedError) as found:
            connection.execute("COPY u FROM 'x.h5'")
        assert found.value.hint == "pip install h5py"
        return
    with h5py.File("x.h5", "w") as file:
        file["train"], file["id"] = np.ones((4, 3), np.float32), np.arange(4)
    assert connection.execute("COPY u (v) FROM 'x.h5' (DATASET 'train')").rowcount == 4
    assert connection.execute("COPY u (id) FROM 'x.h5'").rowcount == 4


def test_lines_of_json_are_json(connection: vql.Connection) -> None:
    connection.execute("COPY (SELECT id, v, n, j, a, 'NaN'::float8 AS f FROM t ORDER BY id) TO 'o.jsonl'")
    first, second = (json.loads(line) for line in Path("o.jsonl").read_text().splitlines())
    assert first == {"id": 1, "v": [1, 2, 3], "n": 1.5, "j": {"a": 1}, "a": [1, 2], "f": "nan"}
    assert second["v"] is None


def test_a_served_session_needs_a_superuser(connection: vql.Connection, tmp_path: Path) -> None:
    connection.execute("CREATE ROLE reader LOGIN")
    connection.execute("GRANT SELECT, INSERT ON t TO reader")
    session = Session(connection.database, "reader", "wire", owner="vql")
    session.run("SET ROLE reader")
    for sql in (f"COPY t TO '{tmp_path}/o.csv'", f"COPY t FROM '{tmp_path}/o.csv'"):
        with pytest.raises(vql.Error) as found:
            session.run(sql)
        assert found.value.sqlstate == "42501" and "_server_files" in (found.value.detail or "")
    session.close()


def test_lines_of_json_keep_digits_and_strings(connection: vql.Connection) -> None:
    connection.execute("CREATE TABLE kept (n numeric, j jsonb, a numeric[])")
    connection.execute(
        "INSERT INTO kept VALUES (12345678901234567890.123456789, '\"123\"', '{0.10,NULL}'), "
        "(1, '{\"a\": [2.50, null]}', '{}'), (0.1, '\"a\\\"b\"', NULL)"
    )
    connection.execute("COPY kept TO 'kept.jsonl'")
    connection.execute("CREATE TABLE again (LIKE kept)")
    connection.execute("COPY again FROM 'kept.jsonl'")
    texts = "SELECT n::text, j::text, a::text FROM"
    found = connection.execute(f"{texts} again").fetchall()
    assert found == connection.execute(f"{texts} kept").fetchall()
    assert found[1] == ("1", '{"a": [2.50, null]}', "{}")


@pytest.mark.parametrize(
    "name", ["q*.parquet", "q?.parquet", "q[a-z].parquet", "it's.parquet", "x=1/q.parquet"]
)
def test_a_name_is_no_pattern(connection: vql.Connection, tmp_path: Path, name: str) -> None:
    for each, number in ((name, 1), ("qa.parquet", 2)):
        (tmp_path / each).parent.mkdir(exist_ok=True)
        with (tmp_path / each).open("wb") as sink:
            parquet.write_table(pa.table({"id": [number]}), sink)
    quoted = name.replace("'", "''")
    assert connection.execute(f"COPY u FROM '{quoted}'").rowcount == 1
    assert connection.execute("SELECT id FROM u").fetchall() == [(1,)]


@pytest.mark.parametrize("name", ["o.parquet", "o.arrow", "o.jsonl"])
def test_a_file_without_rows_is_one(connection: vql.Connection, name: str) -> None:
    assert connection.execute(f"COPY (SELECT id, v, j FROM t WHERE id > 5) TO '{name}'").rowcount == 0
    assert connection.execute(f"COPY u FROM '{name}'").rowcount == 0
    if name == "o.parquet":
        assert parquet.read_table(name).column_names == ["id", "v", "j"]


def test_what_is_written_to_stays_what_it_is(connection: vql.Connection, tmp_path: Path) -> None:
    Path("kept.csv").write_text("old")
    Path("kept.csv").chmod(0o600)
    Path("link.csv").symlink_to("kept.csv")
    connection.execute("COPY (SELECT 1) TO 'link.csv'")
    assert Path("link.csv").is_symlink()
    assert (Path("kept.csv").read_text(), Path("kept.csv").stat().st_mode & 0o777) == ("1\n", 0o600)
    with pytest.raises(vql.DataError):
        connection.execute("COPY (SELECT 1 / (3 - g) FROM generate_series(1, 5) g) TO 'link.csv'")
    assert Path("kept.csv").read_text() == "1\n"
    os.mkfifo("pipe")
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(Path("pipe").read_text()))
    reader.start()
    connection.execute("COPY (SELECT 2) TO 'pipe'")
    reader.join()
    assert said == ["2\n"] and Path("pipe").is_fifo()


def test_a_damaged_file_of_arrow_is_named(connection: vql.Connection) -> None:
    connection.execute("COPY t (id, x) TO 'o.arrow'")
    whole = Path("o.arrow").read_bytes()
    for place in range(8, len(whole), 41):
        Path("cut.arrow").write_bytes(whole[:place])
        with pytest.raises(vql.DataError, match=r"cut\.arrow"):
            connection.execute("COPY u FROM 'cut.arrow'")
        Path("bad.arrow").write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            connection.execute("COPY u FROM 'bad.arrow'")
        except vql.Error as error:
            assert error.sqlstate != "XX000"


def test_reading_a_file_can_be_cancelled(connection: vql.Connection) -> None:
    Path("long.txt").write_text(("x" * 100_000 + "\n") * 30)
    connection.execute("CREATE TABLE long (x text)")
    connection.progress = lambda phase, fraction: connection.cancel()
    with pytest.raises(vql.OperationalError) as found:
        connection.execute("COPY long FROM 'long.txt'")
    assert found.value.sqlstate == "57014"
