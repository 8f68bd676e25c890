"""The rows of a statement's tables and vector blocks as lists of cells, each in its internal form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from vql import schema
from vql.constraints import UniqueKey
from vql.executor.knn.scans.mask import Mask
from vql.executor.masks.filter import matching
from vql.executor.tuples.brief import NUMBER_US, VALUE_US
from vql.executor.tuples.coercions import to_canonical, to_internal
from vql.executor.tuples.execution import Run
from vql.executor.tuples.frame import NotByTuples, Value
from vql.functions.declare import Function
from vql.language import plan
from vql.language.analyze import tree
from vql.language.analyze.used import ROW_IDS
from vql.storage.segments.segment import Segment
from vql.types.base import Storage
from vql.types.forms.ndarrays import I64
from vql.types.type import Type

EQUAL, ANY = "=", "ANY"
# Comparisons, and what each is with its sides exchanged.
COMPARED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
Cells = list[Any]


class Comparison(NamedTuple):
    """A column at a place of the table compared with a value of its type, with `ANY` one of an array of them;
    or a `test` of it by an operator that tests columns. `source` is the condition."""

    place: int
    op: str
    value: Value
    is_constant: bool
    type: Type
    source: tree.Expr
    test: Function | None = None

    def compared(self, column: Type, parameter: int) -> plan.Predicate:
        """Return the condition on a column of a type, its value being a parameter."""
        read = plan.ColumnRead(self.place, column)
        if self.test is not None:
            return plan.OperatorTest(read, self.test, plan.Parameter(parameter, self.type))
        if self.op == ANY:
            return plan.InArray(read, plan.Parameter(parameter, column.array))
        return plan.Compare(self.op, read, plan.Parameter(parameter, self.type))

    @property
    def maker(self) -> Callable[[Any], Any] | None:
        """What makes the canonical form of the value."""
        made = to_canonical(self.type)
        if self.op != ANY or made is None:
            return made
        return lambda items: list(map(made, items))


class TableRows:
    """What reads columns of a table, in the order of the relation's."""

    def __init__(self, node: tree.RangeTable, read: plan.Read, table: schema.Table, parameters: int) -> None:
        """Values that rows are looked up by stand behind so many parameters of the statement."""
        self._read = read
        self._table = table
        self._parameters = parameters
        self.columns = [column.column for column in node.columns]
        self._types = [column.type for column in node.columns]
        self._makers = [to_internal(type_) for type_ in self._types]
        storages = [type_.base.storage for type_ in self._types]
        self._of_any_length = [i for i, each in enumerate(storages) if each is Storage.DICTIONARY]

    def place_of(self, node: tree.Var) -> int:
        """Return the place of a column among the table's."""
        return self._read.positions[self.columns.index(node.column)]

    def cell_of(self, place: int) -> int:
        """Return the cell of the column at a place of the table."""
        return self._read.positions.index(place)

    def compares(self, left: Type, right: Type) -> bool:
        """Whether masks compare values of these types as the functions of them do."""
        base = left.base
        if left.is_integer and right.is_integer:  # drivers call small numbers smallint
            return right.dtype.itemsize <= left.dtype.itemsize
        is_plain = base.storage in (Storage.NUMBERS, Storage.DICTIONARY) and base.has_order
        return base is right.base and is_plain and base.orders_as_stored and not left.is_vector

    # -------------------------------------------------------------- by a unique key

    def by_key(
        self, compared: Sequence[Comparison]
    ) -> tuple[list[Comparison], Callable[[Run, list[Any]], Cells | None]] | None:
        """Return what finds a row by values of a unique key, and the conditions that give these; None where
        there is no key that has all its columns compared."""
        equal = {each.place: each for each in compared if each.op == EQUAL}
        for unique in self._table.unique_keys:
            if unique.condition < 0 and not unique.is_deferrable and set(unique.positions) <= set(equal):
                used = [equal[position] for position in unique.positions]
                return used, self._finder(unique, [to_canonical(each.type) for each in used])
        return None

    def _finder(
        self, unique: UniqueKey, makers: Sequence[Callable[[Any], Any] | None]
    ) -> Callable[[Run, list[Any]], Cells | None]:
        def find(execution: Run, key: list[Any]) -> Cells | None:
            snapshot, table = execution.table(self._read.name)
            values = (v if maker is None else maker(v) for maker, v in zip(makers, key, strict=True))
            found = snapshot.locate(table, unique, tuple(values))
            return None if found is None else self._cells(execution, found[0], np.array([found[1]]))[0]

        return find

    # -------------------------------------------------------------- by masks

    def scan(self, compared: Sequence[Comparison]) -> Callable[[Run, list[Any]], list[Cells]]:
        """Return what gives the rows that pass some conditions, given their values."""
        masks = self.masks(compared)

        def scan(execution: Run, values: list[Any]) -> list[Cells]:
            found: list[Cells] = []
            for segment, mask in masks(execution, values):
                execution.spend(mask.count)
                found += self._cells(execution, segment, mask.ids)
            return found

        return scan

    def masks(
        self, compared: Sequence[Comparison]
    ) -> Callable[[Run, list[Any]], Iterator[tuple[Segment, Mask]]]:
        """Return what gives the segments that have rows which pass some conditions, given their values."""
        columns = [self._table.stored[each.place].type for each in compared]
        items = tuple(
            each.compared(column, self._parameters + number)
            for number, (each, column) in enumerate(zip(compared, columns, strict=True))
        )
        predicate = None if not items else items[0] if len(items) == 1 else plan.And(items)
        makers = [each.maker for each in compared]
        of_numbers = [column.base.storage is Storage.NUMBERS for column in columns]
        row_us = NUMBER_US + sum(NUMBER_US if is_number else VALUE_US for is_number in of_numbers)

        def masks(execution: Run, values: list[Any]) -> Iterator[tuple[Segment, Mask]]:
            if any(value is None for value in values):
                return
            given = [v if m is None else m(v) for m, v in zip(makers, values, strict=True)]
            snapshot, table = execution.table(self._read.name)
            context = execution.masking(snapshot, given)
            for segment in snapshot.segments(table.table_id):
                execution.spend_on_masks(segment.rows * row_us)
                mask = matching(predicate, segment, context)
                if mask.count:
                    yield segment, mask

        return masks

    def _cells(self, execution: Run, segment: Segment, offsets: I64) -> list[Cells]:
        columns = [
            segment.row_ids(offsets).tolist()
            if position == ROW_IDS
            else segment.column(position).values(offsets)
            for position in self._read.positions
        ]
        if execution.is_brief:
            for place in self._of_any_length:
                execution.require_small(columns[place])
        return cells_of_rows(columns, self._makers)


def cells_of_rows(
    columns: Sequence[Sequence[Any]], makers: Sequence[Callable[[Any], Any] | None]
) -> list[Cells]:
    """Return columns of canonical values as rows of internal ones."""
    made = [
        column if maker is None else list(map(maker, column))
        for column, maker in zip(columns, makers, strict=True)
    ]
    return [list(row) for row in zip(*made, strict=True)]


class GivenRows:
    """What reads the rows that an expression is computed over."""

    def __init__(self, node: tree.RangeTable, positions: Sequence[int]) -> None:
        self._positions = positions
        self._system = [value for _, value in node.system]
        self._makers = [to_internal(column.type) for column in node.columns]

    def rows(self, execution: Run) -> list[tuple[Any, ...]]:
        """Return the rows, their numbers for the ids."""
        given = execution.given
        execution.spend(given.rows)
        columns: list[Sequence[Any]] = [
            range(given.rows) if position == ROW_IDS else given.column(position).values()
            for position in self._positions
        ]
        columns += [[value] * given.rows for value in self._system]
        return [tuple(row) for row in cells_of_rows(columns, self._makers)]


class BlockRows:
    """What reads the answer of a vector block: its few rows."""

    def __init__(self, node: tree.RangeTable, block: Any) -> None:
        self._block = block
        self._makers = [to_internal(column.type) for column in node.columns]

    def rows(self, execution: Run) -> list[tuple[Any, ...]]:
        """Return the rows, with their numbers behind them where the query wants these."""
        batch = execution.block(self._block)
        execution.spend(batch.rows)
        columns = [column.values() for column in batch.data]
        if len(columns) < len(self._makers):
            columns.append(list(range(batch.rows)))
        if len(columns) != len(self._makers):
            raise NotByTuples("columns of a block")
        return [tuple(row) for row in cells_of_rows(columns, self._makers)]
