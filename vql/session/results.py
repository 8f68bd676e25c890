"""What a statement gives: a tag, columns with their types, rows as tuples or by columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vql import schema
from vql.boundary import known_error
from vql.dataclass import dataclass
from vql.errors import Error, NotSupportedError
from vql.executor.rows.batch import RecordBatch, rows_of_piece
from vql.language import modify, plan
from vql.language.bind.statements import Bound
from vql.settings.known import displayed
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import disk_error
from vql.types.type import BIGINT, TEXT, TIMESTAMPTZ, UNKNOWN, Type


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result; table and attribute are set where it is a plain table column."""

    name: str
    type: Type
    table_id: int = 0
    attribute: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What the client is told beside a result."""

    text: str
    severity: str = "NOTICE"
    sqlstate: str = "00000"
    detail: str | None = None


def warning(text: str, sqlstate: str) -> Notice:
    """Return a notice that something asked for was not done."""
    return Notice(text, "WARNING", sqlstate)


def sql_error(error: Exception) -> Error:
    """Return what a user is told of any failure."""
    if isinstance(error, OSError):
        return disk_error(error, Path(error.filename or ""))
    return known_error(error)


class Result:
    """The outcome of one statement: a tag, and rows as tuples, by columns, or as a stream of batches.

    Rows of a stream are made as they are read, once, by `blocks` alone and before the session's next
    statement; the tag does not count them.
    """

    __slots__ = ("_batch", "_rows", "columns", "notices", "stream", "tag")

    def __init__(
        self,
        tag: str,
        columns: tuple[ResultColumn, ...] | None = None,
        batch: RecordBatch | None = None,
        rows: list[tuple[object, ...]] | None = None,
        notices: tuple[Notice, ...] = (),
        stream: Iterator[RecordBatch] | None = None,
    ) -> None:
        self.tag = tag
        self.columns = columns
        self.notices = [*notices]  # of a stream complete once it is read
        self._batch = batch
        self._rows = rows
        self.stream = stream

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[Sequence[tuple[object, ...]]]:
        """Yield the rows from `start` to `stop` as tuples, some at a time; those of a stream all."""
        if self.stream is not None:
            for batch in self.stream:
                yield from (piece.tuples() for piece in batch.pieces())
            return
        stop = len(self.rows) if stop is None else min(stop, len(self.rows))
        step = rows_of_piece([column.type for column in self.columns or ()])
        for first in range(start, stop, step):
            yield self.rows[first : min(first + step, stop)]

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
    """Return the description of output columns; what a step of a statement has made is no table."""
    is_table = table.table_id > 0
    return tuple(
        ResultColumn(
            o.name,
            o.scalar.type if o.scalar.type != UNKNOWN else TEXT,
            o.view or (table.table_id if o.attribute and is_table else 0),
            o.attribute if is_table else 0,
        )
        for o in outputs
    )


def shown_columns(name: str) -> tuple[ResultColumn, ...]:
    """Return what SHOW of a setting, or of all of them, gives."""
    if name == "snapshots":
        time = ResultColumn("time", TIMESTAMPTZ)
        return ResultColumn("name", TEXT), ResultColumn("version", BIGINT), time
    names = ("name", "setting", "description") if name == "all" else (displayed(name),)
    return tuple(ResultColumn(n, TEXT) for n in names)


def require_columns(promised: tuple[ResultColumn, ...] | None, found: Result) -> None:
    """Raise 0A000 where a result has other columns than a client was told. Drivers that know the routine
    (JDBC, asyncpg) prepare again and run the statement once more: it must have changed nothing by then."""
    now = found.columns
    if now is not promised and _described(now) != _described(promised):
        error = NotSupportedError("cached plan must not change result type")
        error.routine = "RevalidateCachedQuery"
        raise error


def _described(columns: tuple[ResultColumn, ...] | None) -> list[tuple[str, int, int]]:
    """Return what a client is told of columns: a composite type stays the same with other fields."""
    return [(column.name, column.type.oid, column.type.typmod) for column in columns or ()]


def columns_returned(bound: Bound) -> tuple[ResultColumn, ...] | None:
    """Return what columns come back, None where no rows do."""
    match bound.plan:
        case plan.SelectPlan(outputs=outputs, table=table):
            return result_columns(outputs, table)
        case plan.RelationalPlan() as node:
            assert node.analyzed is not None, "it is planned"
            found = node.analyzed.query.columns
            shown = found if node.lock is None else found[: len(found) - node.lock.width]
            return tuple(ResultColumn(c.name, c.type, *c.origin) for c in shown)
        case modify.StepsPlan(last=last):
            return columns_returned(Bound(last, bound.parameter_types))
        case _ if isinstance(bound.plan, modify.Change):
            return result_columns(bound.plan.returning, bound.plan.table) if bound.plan.returning else None
    return None
