"""Rows of a result: names, types and columns of equal length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.storage.columns.column import Column
from vql.types.base import Storage
from vql.types.type import Type

# Rows of a stream are made and handed on in pieces of about so many bytes, but at least so many rows.
PIECE_BYTES, PIECE_ROWS_MIN, PIECE_ROWS_MAX = 1 << 20, 16, 2_000
# What a value is taken for that has no fixed size, one that is a Python object in results alone or a vector.
VARIABLE_BYTES, OBJECT_BYTES = 64, 1_024


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """A result by columns; `rows` counts its rows, also where there are no columns."""

    names: tuple[str, ...]
    types: tuple[Type, ...]
    data: tuple[Column, ...]
    rows: int

    @staticmethod
    def of(names: Sequence[str], types: Sequence[Type], rows: Sequence[tuple[object, ...]]) -> RecordBatch:
        """Return rows of canonical values by columns."""
        cells = zip(*rows, strict=True) if rows else ([] for _ in types)
        data = tuple(Column.from_values(t, list(c)) for t, c in zip(types, cells, strict=False))
        return RecordBatch(tuple(names), tuple(types), data, len(rows))

    def tuples(self) -> list[tuple[object, ...]]:
        """Return the rows as tuples of canonical Python values."""
        if not self.data:
            return [()] * self.rows
        return list(zip(*(column.values() for column in self.data), strict=True))

    def pieces(self) -> Iterator[RecordBatch]:
        """Yield the rows in pieces that fit into memory as Python objects."""
        step = rows_of_piece(self.types)
        for start in range(0, self.rows, step):
            rows = min(step, self.rows - start)
            data = tuple(column.part(start, start + rows) for column in self.data)
            yield RecordBatch(self.names, self.types, data, rows)


class RecordStream(NamedTuple):
    """A result by columns that is made as it is read, once."""

    names: tuple[str, ...]
    types: tuple[Type, ...]
    batches: Iterator[RecordBatch]


def rows_of_piece(types: Sequence[Type]) -> int:
    """Return how many rows of these types are a piece."""
    row_bytes = sum(bytes_of(type_) for type_ in types) or 1
    return min(max(PIECE_BYTES // row_bytes, PIECE_ROWS_MIN), PIECE_ROWS_MAX)


def bytes_of(type_: Type) -> int:
    """Return about how many bytes a stored value of a type has."""
    match type_.storage:
        case Storage.NUMBERS:
            return type_.base.dtype.itemsize
        case Storage.MATRIX:
            return type_.width * type_.base.dtype.itemsize
        case Storage.OBJECTS | Storage.RAGGED:
            return OBJECT_BYTES
    return VARIABLE_BYTES
