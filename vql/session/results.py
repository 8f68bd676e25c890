"""What a statement gives: a tag, columns with their types, rows as tuples or by columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vql import schema
from vql.executor.rows.batch import RecordBatch
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.type import TEXT, UNKNOWN, Type


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result; table and attribute are set where it is a plain table column."""

    name: str
    type: Type
    table_id: int = 0
    attribute: int = 0


class Result:
    """The outcome of one statement: a tag, and rows as tuples or columns."""

    __slots__ = ("_batch", "_rows", "columns", "notices", "tag")

    def __init__(
        self,
        tag: str,
        columns: tuple[ResultColumn, ...] | None = None,
        batch: RecordBatch | None = None,
        rows: list[tuple[object, ...]] | None = None,
        notices: tuple[str, ...] = (),
    ) -> None:
        self.tag = tag
        self.columns = columns
        self.notices = notices
        self._batch = batch
        self._rows = rows

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """The rows as tuples of canonical Python values."""
        if self._rows is None:
            self._rows = self._batch.tuples() if self._batch is not None else []
        return self._rows

    @property
    def batch(self) -> RecordBatch:
        """The rows by columns."""
        if self._batch is None:
            types = tuple(column.type for column in self.columns or ())
            data = [
                Column.from_values(t if t != UNKNOWN else TEXT, [row[i] for row in self._rows or []])
                for i, t in enumerate(types)
            ]
            names = tuple(column.name for column in self.columns or ())
            self._batch = RecordBatch(names, types, tuple(data), len(self._rows or []))
        return self._batch


def result_columns(outputs: Sequence[plan.Output], table: schema.Table) -> tuple[ResultColumn, ...]:
    """Return the description of output columns."""
    return tuple(
        ResultColumn(
            o.name,
            o.scalar.type if o.scalar.type != UNKNOWN else TEXT,
            table.table_id if o.attribute else 0,
            o.attribute,
        )
        for o in outputs
    )
