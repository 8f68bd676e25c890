"""Rows of a result: names, types and columns of equal length."""

from __future__ import annotations

from dataclasses import dataclass

from vql.storage.columns.column import Column
from vql.types.type import Type


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """A result by columns; `rows` counts its rows, also where there are no columns."""

    names: tuple[str, ...]
    types: tuple[Type, ...]
    data: tuple[Column, ...]
    rows: int

    def tuples(self) -> list[tuple[object, ...]]:
        """Return the rows as tuples of canonical Python values."""
        if not self.data:
            return [()] * self.rows
        return list(zip(*(column.values() for column in self.data), strict=True))
