"""MERGE: each row of the join does what it meets; all of it is looked at before the first change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vql.errors import Error
from vql.executor.assignment import assigned, computed
from vql.executor.changes import Changed, rows_shown, selected_columns
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import (
    Rules,
    check_seen,
    check_written,
    completed,
    default_values,
    nothing,
)
from vql.executor.constraints.referential import Referential
from vql.executor.locking import joining, lock_found
from vql.executor.rows.context import Context
from vql.executor.rows.sources import ColumnSource
from vql.language import modify
from vql.storage.columns.column import Column
from vql.storage.transactions.pending import Rows, joined
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64
from vql.types.type import TEXT


class ActionDone(NamedTuple):
    """What one action does: to the rows of the join at `places`, which are `before` and `after`, None where
    there are none, with what stands `beside` them."""

    places: I64
    before: Rows | None
    after: Rows | None
    beside: Rows


def merge_rows(node: modify.MergePlan, context: Context, transaction: Transaction, rules: Rules) -> Changed:
    """Insert, update and delete rows as the join says. Raises 21000 where a row would change twice."""
    table = node.table
    found = context.evaluator.relational(joining(node.rows))
    ids, numbers = found.data[0], _numbers(found.data[1])
    kinds = np.array([*(action.kind for action in node.actions), "nothing"])[numbers]
    changed = np.flatnonzero((kinds == "update") | (kinds == "delete"))
    row_ids = ids.data[changed]
    is_gone = bool(np.isin(row_ids, transaction.deleted(table.table_id)).any())  # by another step
    if is_gone or len(np.unique(row_ids)) < len(row_ids):
        raise merged_twice()
    before = selected_columns(lock_found(table, row_ids, context, transaction)).columns
    pieces = []
    for number, action in enumerate(node.actions):
        places = np.flatnonzero(numbers == number)
        if not len(places) or action.kind == "nothing":
            continue
        rows = None
        if action.kind != "insert":
            at = np.searchsorted(changed, places)
            rows = tuple(column.take(at) for column in before)
            check_seen(table, action.before, rows, context, "target row")
        said = Column.from_values(TEXT, [action.kind.upper()] * len(places))
        beside = (said, *(column.take(places) for column in found.data[2:]))
        after = None if action.kind == "delete" else _written(node, action, rows, beside, context, rules)
        pieces.append(ActionDone(places, rows, after, beside))
    _change(node, row_ids, pieces, context, transaction, rules)
    nobody = nothing(table, 0)
    beside = tuple(Column.empty(column.type) for column in found.data[2:])
    return _shown(node, pieces or [ActionDone(row_ids[:0], nobody, nobody, (Column.empty(TEXT), *beside))])


def _numbers(column: Column) -> I64:
    """Return the numbers of actions, -1 for none."""
    numbers: I64 = np.asarray(column.data, np.int64)
    return numbers if column.valid is None else np.where(column.valid, numbers, -1)


def _written(
    node: modify.MergePlan,
    action: modify.MergeAction,
    before: Rows | None,
    beside: Rows,
    context: Context,
    rules: Rules,
) -> Rows:
    """Return the rows that an action writes, as they are stored."""
    table, count = node.table, len(beside[0])
    named = nothing(table, count) if before is None else before[: len(table.columns)]
    read, given = ColumnSource((*named, *beside)), dict[int, Column]()
    for position, value in action.assignments:
        target = table.columns[position]
        if value is None:
            cells = default_values(table, target, count, rules.defaults)
            given[position] = Column.from_values(target.type, cells)
        else:
            given[position] = assigned(target, computed(value, read, context), context)
    if before is None:
        columns = completed(table, given, count, rules.defaults)
    else:
        columns = tuple(given.get(position, column) for position, column in enumerate(named))
    rows = with_generated(table, node.computed, columns, context)
    check_written(table, (*action.after, *node.checks), rows, context)
    return with_computed(table, node.computed, rows, context)


def _change(
    node: modify.MergePlan,
    row_ids: I64,
    pieces: list[ActionDone],
    context: Context,
    transaction: Transaction,
    rules: Rules,
) -> None:
    """Write what all actions do."""
    table = node.table
    transaction.delete(table, row_ids)
    written = [piece.after for piece in pieces if piece.after is not None]
    if written:
        given = [p for a in node.actions if a.kind == "update" for p, _ in a.assignments]
        is_new = any(piece.before is None for piece in pieces) or table.may_move_keys(given)
        transaction.insert(table, joined(written), is_new)
    if not (table.foreign_keys or table.referenced_by):
        return
    referential = Referential(context, transaction, rules)
    for piece in pieces:
        if piece.before is None:
            assert piece.after is not None, "rows come or go"
            referential.inserted(table, piece.after)
        elif piece.after is None:
            referential.deleted(table, {p: piece.before[p] for p in table.unique_positions})
        else:
            referential.updated(table, piece.before, piece.after)
    rules.finish(referential)


def _shown(node: modify.MergePlan, pieces: list[ActionDone]) -> Changed:
    """Return the rows for RETURNING, in the order of the join."""
    shown = joined([rows_shown(node, p.before, p.after, p.beside).columns for p in pieces])
    order = np.argsort(np.concatenate([piece.places for piece in pieces]))
    return Changed(len(order), ColumnSource(tuple(column.take(order) for column in shown)))


def merged_twice() -> Error:
    """Return the error of two rows of the source that change one row."""
    return Error(
        "MERGE command cannot affect row a second time",
        sqlstate="21000",
        hint="Ensure that not more than one source row matches any one target row.",
    )
