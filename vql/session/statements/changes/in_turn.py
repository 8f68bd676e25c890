"""Changes of which each row is made, and what RETURNING says of it, before the next one: those whose rows see
each other's numbers of sequences, as PostgreSQL makes all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from vql.dataclass import dataclass
from vql.executor.changes import (
    Changed,
    chosen_rows,
    delete_chosen,
    insert_rows,
    update_chosen,
    values_columns,
)
from vql.executor.constraints.constraints import Rules, Unfinished, default_values
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection
from vql.language import modify, plan
from vql.storage.columns.column import Column
from vql.storage.transactions.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Together:
    """What foreign keys ask of a statement that is made row by row."""

    rows: tuple[Unfinished, ...]

    def act(self) -> None:
        """Do what they say."""
        for each in self.rows:
            each.act()

    def check(self) -> None:
        """Raise 23503, 23001 where one does not hold."""
        for each in self.rows:
            each.check()


def changed_in_turn(
    node: modify.Change,
    rows: Iterable[RecordBatch] | None,
    context: Context,
    transaction: Transaction,
    rules: Rules,
) -> Iterator[Changed]:
    """Make a change row by row; `rows` are those of an INSERT's query, one a batch."""
    unfinished: list[Unfinished] = []
    each = rules._replace(finish=unfinished.append)
    match node:
        case modify.InsertPlan():
            for one, batch in _inserted(node, rows, context, rules):
                yield insert_rows(one, batch, context, transaction, each)
        case modify.UpdatePlan():
            # Values are computed in the order of the columns, as PostgreSQL does.
            in_order = replace(node, assignments=tuple(sorted(node.assignments, key=lambda pair: pair[0])))
            for row, beside in _chosen(node, context, transaction):
                yield update_chosen(in_order, row, beside, context, transaction, each)
        case modify.DeletePlan():
            for row, beside in _chosen(node, context, transaction):
                yield delete_chosen(node, row, beside, context, transaction, each)
    rules.finish(Together(tuple(unfinished)))


def _chosen(
    node: modify.UpdatePlan | modify.DeletePlan, context: Context, transaction: Transaction
) -> Iterator[tuple[Selection, tuple[Column, ...]]]:
    """Yield the rows that are changed, each as a selection of its own, with what stands beside it."""
    selection, beside = chosen_rows(node, context, transaction)
    for place in range(selection.rows):
        yield selection.part(place, place + 1), tuple(column.take(np.array([place])) for column in beside)


def _inserted(
    node: modify.InsertPlan, rows: Iterable[RecordBatch] | None, context: Context, rules: Rules
) -> Iterator[tuple[modify.InsertPlan, RecordBatch]]:
    """Yield the rows of an INSERT, one a batch, each with a plan that inserts it."""
    if rows is not None:
        for batch in rows:
            yield node, batch
        return
    given = node.rows or tuple(
        tuple(replace(constant, value=cell) for constant, cell in zip(node.columns or (), cells, strict=True))
        for cells in zip(*(constant.value for constant in node.columns or ()), strict=True)
    )
    table, by_default = node.table, {position: set(rows) for position, rows in node.defaulted}
    positions = list(node.positions)
    if len(given) == 1:  # computed in the order of the columns, with those it gives no value to
        numbered = {p for p, column in enumerate(table.columns) if column.numbered_by}
        positions = sorted({*positions, *numbered})
    target = replace(node, positions=tuple(positions), rows=None, columns=None, defaulted=())
    types = tuple(table.columns[position].type for position in positions)
    names = tuple(table.columns[position].name for position in positions)
    for place, row in enumerate(given):
        scalars: dict[int, plan.Scalar] = dict(zip(node.positions, row, strict=True))
        cells = []
        for position in positions:
            if position not in scalars or place in by_default.get(position, ()):
                column = table.columns[position]
                made = default_values(table, column, 1, rules.defaults)
                cells.append(Column.from_values(column.type, made))
            else:
                one = replace(node, positions=(position,), rows=((scalars[position],),))
                cells.append(values_columns(one, context)[position])
        yield target, RecordBatch(names, types, tuple(cells), 1)
