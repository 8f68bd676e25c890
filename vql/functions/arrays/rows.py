"""Row values: `ROW(...)`, and how rows of expressions compare, three-valued where they are not records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vql.functions.declare import aggregate, operator
from vql.types.arrays.record import RECORD
from vql.types.arrays.rows import RowValue

Truth = bool | None


def rows_are_equal(equal: Iterable[Truth]) -> Truth:
    """Return `(a, b) = (c, d)` of the outcomes of `=` field by field."""
    outcomes = set(equal)
    return False if False in outcomes else None if None in outcomes else True


def rows_are_ordered(pairs: Iterable[tuple[Truth, Truth]], if_equal: bool) -> Truth:
    """Return `(a, b) < (c, d)` of the outcomes of `=` and `<` field by field (`>` likewise): the first pair
    that is not equal decides; `if_equal` is what the operator is for equal rows."""
    for equal, ordered in pairs:
        if equal is not True:
            return None if equal is None else ordered
    return if_equal


def rows_are_distinct(distinct: Iterable[bool]) -> bool:
    """Return `(a, b) IS DISTINCT FROM (c, d)` of its outcomes field by field."""
    return any(distinct)


def row_is_null(fields: Sequence[object]) -> bool:
    """Return `row IS NULL`: whether every field is."""
    return all(field is None for field in fields)


def row_is_not_null(fields: Sequence[object]) -> bool:
    """Return `row IS NOT NULL`: whether no field is NULL, which is not the contrary of `IS NULL`."""
    return all(field is not None for field in fields)


def _compares_records(name: str, test: Callable[[Any, Any], bool]) -> None:
    @operator(f"record {name} record -> boolean", needs_types=True)
    def compare(types: Sequence[Any], row: RowValue, other: RowValue) -> bool:
        key = types[0].base.order_key
        return test(key(row), key(other))


_compares_records("=", lambda one, other: bool(one == other))
_compares_records("<>", lambda one, other: not one == other)
_compares_records("<", lambda one, other: bool(one < other))
_compares_records("<=", lambda one, other: bool(one <= other))
_compares_records(">", lambda one, other: bool(other < one))
_compares_records(">=", lambda one, other: bool(other <= one))


@aggregate("max(record) -> record")
def max_record(rows: Sequence[RowValue]) -> RowValue | None:
    return max(rows, key=RECORD.order_key, default=None)  # type: ignore[arg-type]


@aggregate("min(record) -> record")
def min_record(rows: Sequence[RowValue]) -> RowValue | None:
    return min(rows, key=RECORD.order_key, default=None)  # type: ignore[arg-type]
