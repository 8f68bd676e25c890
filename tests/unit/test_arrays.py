"""Arrays of every type, of several dimensions, in columns."""

from __future__ import annotations

import pytest

import vql
from vql.errors import LimitExceeded, UniqueViolation
from vql.types.arrays.dimensions import BoundedArray
from vql.types.type import type_named

# Types of elements, and a text of an array of them that comes back as it is.
ROUND = [
    ("integer", "{1,-2,NULL}"), ("bigint", "{9223372036854775807}"), ("smallint", "{1}"),
    ("boolean", "{t,f,NULL}"),
    ("real", "{1.5,NaN,-Infinity}"), ("double precision", "{1e+300,0.1}"), ("numeric", "{1.50,-0.001}"),
    ("text", '{a,"b c",NULL,"NULL","",",","\\"\\\\"}'), ("varchar", "{é}"), ("date", "{2020-01-02,NULL}"),
    ("uuid", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"), ("timestamptz", '{"2020-01-02 03:04:05+00"}'),
    ("timestamp", '{"2020-01-02 03:04:05.5"}'), ("jsonb", '{"{\\"a\\": [1, null]}",NULL}'),
    ("json", '{"{\\"a\\":1}"}'),
]  # fmt: skip


@pytest.mark.parametrize(("element", "text"), ROUND)
def test_a_column_keeps_arrays_of_every_type(tmp_path, element: str, text: str) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, a {element}[])")
        connection.execute("INSERT INTO t VALUES (1, ?), (2, '{}'), (3, NULL)", (text,))
        connection.commit()
    with vql.connect(tmp_path / "db") as connection:
        cursor = connection.execute("SELECT a FROM t ORDER BY id")
        assert [column[1] for column in cursor.description] == [f"{element}[]"]
        ((first,), *others) = cursor.fetchall()
        assert others == [([],), (None,)]
        assert type_named(f"{element}[]").to_text(first) == text
        cursor = (
            connection.execute("SELECT cardinality(a) FROM t WHERE id + 0 = 1")
            if element != "numeric"
            else None
        )
        assert cursor is None or cursor.fetchall() == [(len(first),)]


def test_arrays_that_are_equal_are_one_key(tmp_path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a numeric[] PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES ('{1.0}')")
        with pytest.raises(UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('{1.00}')")


def test_a_column_keeps_dimensions_and_bounds(tmp_path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, a int[])")
        connection.execute("INSERT INTO t VALUES (1, $1), (2, '[0:1]={3,4}')", ([[1, 2], [3, 4]],))
        connection.execute("INSERT INTO t SELECT id + 2, a FROM t")
    with vql.connect(tmp_path / "db") as connection:
        found = [row[0] for row in connection.execute("SELECT a FROM t ORDER BY id")]
        assert found == [[[1, 2], [3, 4]], BoundedArray([3, 4], (0,))] * 2
        assert connection.execute("SELECT id FROM t WHERE a = $1 ORDER BY id", (found[1],)).fetchall() == [
            (2,),
            (4,),
        ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{1,2},{3,NULL}}", [[1, 2], [3, None]]),
        ("{{{1}}}", [[[1]]]),
        ("{{},{}}", []),
        (" { { 1 } , { 2 } } ", [[1], [2]]),
        ("[1:2][1:1]={{1},{2}}", [[1], [2]]),
        ("[2:3]={1,2}", BoundedArray([1, 2], (2,))),
        ("[1:1][-1:0]={{1,2}}", BoundedArray([[1, 2]], (1, -1))),
    ],
)
def test_arrays_of_several_dimensions_are_lists_of_lists(text: str, value: list[object]) -> None:
    type_ = type_named("integer[]")
    assert type_.coerce(text) == value
    assert type_.coerce(value) == value
    assert type_.base.from_binary(type_.base.to_binary(value), None) == value
    assert type_.coerce(type_.to_text(value)) == value


def test_arrays_order_by_elements_then_by_their_number_and_dimensions() -> None:
    ordered = [
        "{}",
        "{1}",
        "{1,1}",
        "{{1,1}}",
        "{1,2}",
        "{{1,2}}",
        "{{1},{2}}",
        "[2:3][1:1]={{1},{2}}",
        "{2}",
        "{NULL}",
    ]
    type_ = type_named("integer[]")
    keys = [type_.base.order_key(type_.coerce(text)) for text in ordered]
    assert keys == sorted(keys)


def test_a_list_that_holds_itself_is_no_array() -> None:
    items: list[object] = []
    items.append(items)
    with pytest.raises(LimitExceeded, match="number of array dimensions"):
        type_named("integer[]").coerce(items)


def test_a_union_of_rows_without_columns_is_refused(tmp_path):
    with vql.connect(tmp_path / "db") as connection, pytest.raises(vql.NotSupportedError) as refused:
        connection.execute("SELECT FROM generate_series(1, 2) UNION ALL SELECT")
    assert refused.value.sqlstate == "0A000"
