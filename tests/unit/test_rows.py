"""Rows as values: their forms, and how they compare."""

from __future__ import annotations

import struct

import pytest

from vql.errors import DatatypeMismatch
from vql.functions.arrays.rows import row_is_not_null, row_is_null, rows_are_equal, rows_are_ordered
from vql.types.arrays.record import RECORD
from vql.types.arrays.rows import RowValue
from vql.types.type import type_named


def row(*fields: tuple[str, object]) -> RowValue:
    return RowValue([value for _, value in fields], [type_named(name).base for name, _ in fields])


def test_a_row_is_written_with_quotes_where_they_are_needed() -> None:
    inner = row(("integer", 1), ("text", None))
    made = row(
        ("integer", 1), ("text", "a"), ("text", None), ("text", "x y"), ("text", ""), ("text", 'a"b\\c'),
        ("integer[]", [1, 2]), ("jsonb", "{}"), ("record", inner),
    )  # fmt: skip
    assert RECORD.to_text(made) == r'(1,a,,"x y","","a""b\\c","{1,2}",{},"(1,)")'
    assert made == (1, "a", None, "x y", "", 'a"b\\c', [1, 2], "{}", (1, None))


def test_the_binary_form_names_the_types() -> None:
    data = RECORD.to_binary(row(("integer", 1), ("text", None)))
    assert data == struct.pack(">iIiiIi", 2, 23, 4, 1, 25, -1)


def test_records_compare_field_by_field() -> None:
    key = RECORD.order_key
    ordered = [
        row(("integer", a), ("text", b)) for a, b in [(1, "a"), (1, "b"), (1, None), (2, "a"), (None, "a")]
    ]
    assert sorted(reversed(ordered), key=key) == ordered
    assert key(row(("integer", None))) == key(row(("integer", None)))
    with pytest.raises(DatatypeMismatch, match="different numbers of columns"):
        key(ordered[0]) == key(row(("integer", 1)))  # noqa: B015
    with pytest.raises(DatatypeMismatch, match="text and integer at record column 2"):
        key(ordered[0]) < key(row(("integer", 1), ("integer", 1)))  # noqa: B015


def test_rows_of_expressions_compare_with_three_values() -> None:
    assert [rows_are_equal(o) for o in ([], [True], [True, None], [None, False])] == [True, True, None, False]
    less = [((False, True),), ((True, False), (None, None)), ((None, None), (False, True)), ((True, False),)]
    assert [rows_are_ordered(pairs, False) for pairs in less] == [True, None, None, False]
    assert rows_are_ordered([(True, False)], True) is True
    assert [row_is_null(fields) for fields in ((), (None,), (None, 1), (1,))] == [True, True, False, False]
    assert [row_is_not_null(fields) for fields in ((), (None,), (None, 1), (1,))] == [
        True,
        False,
        False,
        True,
    ]
