"""What a cursor hands out: frames of pandas, polars and Arrow, tables for the eye, names for parameters."""

from __future__ import annotations

import base64
import decimal
from collections.abc import Iterator

import numpy as np
import pytest

import vql

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

ROWS = """SELECT * FROM (VALUES
    (1::int2, 2, 3::int8, 0.5::float4, 0.25::float8, true, 1.50, 'a', '\\x01'::bytea, '{"a": [1]}'::jsonb,
     ARRAY[1,2], ARRAY[['x'],['y']], '[1,2]'::vector(2), '[1,2]'::halfvec(2), interval '1 day'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) t(i2, i4, i8, f4, f8, b, n, t, raw, j, a, aa, v, h, span)"""
PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n" + bytes(20),
    "jpeg": b"\xff\xd8\xff" + bytes(20), "gif": b"GIF89a" + bytes(20),
    "webp": b"RIFF\x00\x00\x00\x00WEBP" + bytes(20),
}  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("results") / "db") as made:
        yield made


def test_pandas_keeps_integers_beside_null(connection: vql.Connection) -> None:
    frame = connection.execute(ROWS).df()
    assert [str(frame[name].dtype) for name in ("i2", "i4", "i8", "f4", "f8", "b")] == [
        "Int16", "Int32", "Int64", "float32", "float64", "boolean",
    ]  # fmt: skip
    assert frame["i4"].tolist() == [2, pd.NA]
    assert frame["j"].tolist() == [{"a": [1]}, None]
    assert np.isnan(frame["f8"][1])
    whole = connection.execute(ROWS + " WHERE i2 = 1").df()
    assert [str(whole[name].dtype) for name in ("i2", "f8", "b")] == ["int16", "float64", "bool"]
    assert connection.execute("SELECT 1 AS a, 2 AS a").df().columns.tolist() == ["a", "a"]
    assert len(connection.execute(ROWS + " WHERE false").df()) == 0


def test_arrow_and_polars_have_the_types(connection: vql.Connection) -> None:
    table = connection.execute(ROWS).arrow()
    assert {field.name: str(field.type) for field in table.schema} == {
        "i2": "int16", "i4": "int32", "i8": "int64", "f4": "float", "f8": "double", "b": "bool",
        "n": "decimal128(38, 2)", "t": "large_string", "raw": "large_binary", "j": "large_string",
        "a": "large_list<item: int32>", "aa": "large_list<item: large_list<item: large_string>>",
        "v": "list<item: float>", "h": "list<item: float>", "span": "large_string",
    }  # fmt: skip
    row, nothing = table.to_pylist()
    assert row["raw"] == b"\x01" and row["aa"] == [["x"], ["y"]] and row["n"] == decimal.Decimal("1.50")
    assert set(nothing.values()) == {None}
    frame = connection.execute(ROWS).pl()
    assert frame["a"].dtype == pl.List(pl.Int32) and frame["t"].to_list() == ["a", None]
    with pytest.raises(vql.NotSupportedError):
        connection.execute("SELECT * FROM (VALUES (ARRAY[1]), (ARRAY[[1]])) t(a)").arrow()


def test_vectors_of_one_size_are_fixed_size_lists(connection: vql.Connection) -> None:
    data = {"v": np.ones((2, 3), np.float32), "h": np.ones((2, 4), np.float16)}
    connection.insert("sized", data, create=True)
    table = connection.execute("SELECT v, h FROM sized").arrow()
    assert str(table["v"].type) == "fixed_size_list<item: float>[3]"
    assert str(table["h"].type) == "fixed_size_list<item: halffloat>[4]"
    connection.insert("again", table, create=True)
    assert connection.execute("SELECT v, h FROM again").description == (
        connection.execute("SELECT v, h FROM sized").description
    )


def test_a_cursor_prints_as_a_table(connection: vql.Connection) -> None:
    cursor = connection.execute("SELECT 1 AS id, 'a|b' AS name, NULL AS none, ARRAY[1,2] AS a")
    assert cursor.columns == ["id", "name", "none", "a"]
    assert repr(cursor).splitlines() == [
        " id | name | none | a",
        "----+------+------+-------",
        "  1 | a|b  | NULL | {1,2}",
        "(1 row)",
    ]
    many = connection.execute("SELECT i FROM generate_series(1, 1000) i")
    assert repr(many).endswith("(20 of 1,000 rows)")
    assert len(many.fetchall()) == 1000
    assert repr(connection.execute("CREATE TEMP TABLE printed (a int)")) == "CREATE TABLE"
    assert repr(connection.cursor()) == "<vql.Cursor>"
    long = connection.execute("SELECT ?::vector(128) AS v, repeat('x', 1000) AS t", [np.ones(128)])
    assert "[1, 1, 1, 1, … 128 numbers]" in repr(long) and "x" * 61 not in repr(long)


def test_notebooks_see_pictures_and_no_markup(connection: vql.Connection) -> None:
    connection.insert("pictures", {"kind": list(PICTURES), "data": list(PICTURES.values())}, create=True)
    shown = connection.execute("SELECT * FROM pictures")._repr_html_()
    assert shown is not None
    for kind, data in PICTURES.items():
        assert f"data:image/{kind};base64,{base64.b64encode(data).decode()}" in shown
    marked = connection.execute("SELECT '<script>' AS \"<b>\", '\\x3c7363726970743e'::bytea")._repr_html_()
    assert marked is not None and "<script" not in marked and "<b>" not in marked
    many = [PICTURES["png"]] * 30 + [PICTURES["png"] + bytes(1 << 20)]
    connection.insert("gallery", {"n": range(31), "data": many}, create=True)
    shown = connection.execute("SELECT data FROM gallery ORDER BY n DESC")._repr_html_()
    assert shown is not None and shown.count("<img") == 19 and len(shown) < 10_000


@pytest.mark.parametrize(
    ("sql", "values", "wanted"),
    [
        ("SELECT :a::int + $b, :a::int", {"a": 1, "b": 2}, (3, 1)),
        (
            "SELECT ':a', $$:a$$, $t$ $a $t$, E'\\':a' -- :x\n, /* /* */ :y */ 1",
            {},
            (":a", ":a", " $a ", "':a", 1),
        ),
        ("SELECT (ARRAY[1,2,3])[1:2], (ARRAY[1,2,3])[:2]", {}, ([1, 2], [1, 2])),
        ("SELECT (ARRAY[1,2,3])[x: :n], (ARRAY[1,2,3])[1:x] FROM (SELECT 1 AS x) t", {"n": 2}, ([1, 2], [1])),
        ("SELECT (ARRAY[1,2,3])[:x] FROM (SELECT 1 AS x) t", {}, ([1],)),
        ("SELECT :é::text, :unused1::text", {"é": "x", "unused1": None, "more": 5}, ("x", None)),
    ],
)
def test_names_are_parameters(
    connection: vql.Connection, sql: str, values: dict[str, object], wanted: tuple[object, ...]
) -> None:
    assert connection.execute(sql, values).fetchone() == wanted


def test_errors_have_their_place_in_the_text_as_given(connection: vql.Connection) -> None:
    sql = "SELECT :a::int, :name::int, nope"
    with pytest.raises(vql.ProgrammingError) as found:
        connection.execute(sql, {"a": 1, "name": 2})
    assert found.value.position == sql.index("nope") + 1
    with pytest.raises(vql.ProgrammingError) as found:
        connection.execute(sql, {"a": 1})
    assert (found.value.sqlstate, found.value.position) == ("42P02", sql.index(":name") + 1)
    connection.execute("CREATE TEMP TABLE named (a int, b text)")
    insert = "INSERT INTO named VALUES (:a, :b)"
    assert connection.executemany(insert, ({"a": i, "b": str(i)} for i in range(2500))).rowcount == 2500
    with pytest.raises(vql.ProgrammingError) as found:
        connection.executemany(insert, [{"a": 1, "b": ""}, {"a": 1}])
    assert found.value.sqlstate == "42P02"
    assert connection.execute("SELECT count(*) FROM named").fetchone() == (2500,)


def test_scripts_run_statement_by_statement(connection: vql.Connection) -> None:
    script = "CREATE OR REPLACE TABLE script (a text);  INSERT INTO script VALUES (';'); -- ;\nTABLE script;"
    assert connection.executescript(script).fetchall() == [(";",)]
    with pytest.raises(vql.ProgrammingError) as found:
        connection.executescript("SELECT 1; SELECT nope")
    assert found.value.position == 18
    assert connection.executescript(" ; -- nothing").description is None
