"""INSERT, UPDATE and DELETE: rows to columns, defaults, NOT NULL, conflicts; then the transaction.

An UPDATE is a delete and an insert of the whole row. All checks of a statement come before its
first change, so that a failed statement leaves the transaction as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.deadline import ITEMS_BETWEEN_CHECKS, watched
from vql.errors import Error
from vql.executor.assignment import assigned, computed, conversion_between
from vql.executor.clashes import Clashes
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import (
    Defaults,
    Rules,
    check_written,
    completed,
    default_values,
    nothing,
)
from vql.executor.constraints.referential import Referential, refer
from vql.executor.locking import rows_of_join, rows_to_change
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection
from vql.executor.rows.sources import ColumnSource
from vql.language import modify, plan
from vql.storage.columns.column import Column
from vql.storage.transactions.pending import Rows
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64
from vql.types.type import BOOLEAN, UNKNOWN, Type


@dataclass(frozen=True, slots=True)
class Changed:
    """How many rows a statement changed, and those rows for RETURNING."""

    count: int
    rows: ColumnSource


def insert_rows(
    node: modify.InsertPlan,
    batch: RecordBatch | None,
    context: Context,
    transaction: Transaction,
    rules: Rules,
) -> Changed:
    """Insert VALUES (`batch` None) or the rows of a query.

    Raises 23502, 23505 (at commit for other rows), 22xxx for values that do not fit.
    """
    table = node.table
    if node.columns is not None:
        given, count = _literal_columns(node.positions, node.columns)
    elif batch is None:
        assert node.rows is not None
        given = values_columns(node, context)
        count = len(node.rows)
    else:
        if len(batch.data) > len(node.positions):
            raise Error("INSERT has more expressions than target columns", sqlstate="42601")
        given = {
            position: assigned(table.columns[position], column, context)
            for position, column in zip(node.positions, batch.data, strict=False)
            if position not in node.overridden
        }
        count = batch.rows
    for position, rows in node.defaulted:
        given[position] = _with_defaults(table, position, given[position], rows, rules.defaults)
    columns = completed(table, given, count, rules.defaults)
    if node.where is not None and count:
        wanted = np.flatnonzero(context.evaluator.predicate(node.where, ColumnSource(columns)).true)
        columns, count = tuple(column.take(wanted) for column in columns), len(wanted)
    if node.conflict is not None:
        return insert_or_update(node, columns, context, transaction, rules)[0]
    if table.generated:
        columns = with_generated(table, node.computed, columns, context)
    check_written(node.table, node.checks, columns, context)
    if table.computed:
        columns = with_computed(table, node.computed, columns, context)
    if count:
        transaction.insert(table, columns)
        if table.foreign_keys:
            refer(table, columns, context, transaction, rules)
    return Changed(count, rows_shown(node, None, columns) if node.shows_both else ColumnSource(columns))


def _literal_columns(
    positions: Sequence[int], columns: Sequence[plan.Constant]
) -> tuple[dict[int, Column], int]:
    """Return columns of canonical values, and how many rows they have."""
    made = {}
    for position, constant in zip(positions, columns, strict=True):
        assert isinstance(constant.value, tuple)
        made[position] = Column.from_values(constant.type, constant.value)
    return made, len(columns[0].value)  # type: ignore[arg-type]


def values_columns(node: modify.InsertPlan, context: Context) -> dict[int, Column]:
    """Turn VALUES rows into columns."""
    assert node.rows is not None
    evaluator = context.evaluator
    are_few = len(node.rows) < ITEMS_BETWEEN_CHECKS
    targets: list[tuple[int, Type, list[object]]] = []
    for position in node.positions:
        targets.append((position, node.table.columns[position].type, []))  # noqa: PERF401 - no call more
    # Row by row, as numbers of sequences are taken.
    for row in node.rows if are_few else watched(node.rows):
        for (_, type_, cells), scalar in zip(targets, row, strict=True):
            value = evaluator.value(scalar)
            # Parameters of the column's own type have been made canonical.
            if type(scalar) is not plan.Parameter or scalar.type != type_:
                if value is not None and scalar.type.base is not type_.base and scalar.type != UNKNOWN:
                    convert = conversion_between(scalar.type, type_, context)
                    value = value if convert is None else convert(value)
                value = type_.coerce(value)
            cells.append(value)
    given: dict[int, Column] = {}
    for position, type_, cells in targets:
        given[position] = Column.from_values(type_, cells)
    return given


def _with_defaults(
    table: schema.Table, position: int, given: Column, rows: Sequence[int], defaults: Defaults
) -> Column:
    """Return a column with the defaults of these rows of VALUES in their places."""
    column, cells = table.columns[position], given.values()
    for row, value in zip(rows, default_values(table, column, len(rows), defaults), strict=True):
        cells[row] = value
    return Column.from_values(column.type, cells)


def insert_or_update(
    node: modify.InsertPlan,
    columns: Rows,
    context: Context,
    transaction: Transaction,
    rules: Rules,
    given: Rows | None = None,
) -> tuple[Changed, I64]:
    """ON CONFLICT: rows already there are skipped or updated, as they are once nobody else
    is about to insert, change or delete them. Returns also which proposed rows have written those changed;
    with `given` each is proposed by a statement of its own. Raises 21000, 40001."""
    columns = with_generated(node.table, node.computed, columns, context)
    of_table = [check for check in node.checks if not check.is_of_view]
    check_written(node.table, of_table, columns, context)
    if node.table.computed:
        columns = with_computed(node.table, node.computed, columns, context)
    transaction.is_upsert = True
    clashes = Clashes(node, columns, transaction, given)
    written = clashes.written(context)
    others = [check for check in node.checks if not check.is_of_policies]
    check_written(node.table, others, written.rows, context)
    stays = written.rows
    if not written.stays.all():
        stays = tuple(column.take(np.flatnonzero(written.stays)) for column in stays)
    referential = None
    if node.table.foreign_keys or node.table.referenced_by:
        referential = Referential(context, transaction, rules)
        if clashes.moves_keys:
            referential.displaced(node.table, clashes.columns_of(written.replaced))
    transaction.delete(node.table, written.replaced)
    if len(stays[0]):
        has_more = len(node.table.unique_keys) > len(node.arbiters)
        transaction.insert(node.table, stays, clashes.moves_keys or has_more)
    if referential is not None:
        referential.inserted(node.table, stays)
        rules.finish(referential)
    is_new = Column.from_values(BOOLEAN, written.is_new.tolist())
    beside = (is_new,) if node.shows_new else ()
    shown = rows_shown(node, written.before, written.rows, beside)
    return Changed(len(written.places), shown), written.places


def delete_rows(node: modify.DeletePlan, context: Context, transaction: Transaction, rules: Rules) -> Changed:
    """Delete the rows of the plan's predicate."""
    return delete_chosen(node, *chosen_rows(node, context, transaction), context, transaction, rules)


def delete_chosen(
    node: modify.DeletePlan,
    selection: Selection,
    beside: Rows,
    context: Context,
    transaction: Transaction,
    rules: Rules,
) -> Changed:
    """Delete chosen rows, `beside` which others stand."""
    rows = ColumnSource(())
    if node.returning:
        rows = rows_shown(node, selected_columns(selection).columns, None, beside)
    ids = selection.row_ids()
    if len(ids):
        transaction.delete(node.table, ids)
        if node.table.referenced_by or node.table.foreign_keys:
            referential = Referential(context, transaction, rules)
            keys = {position: selection.column(position) for position in node.table.unique_positions}
            referential.deleted(node.table, keys)
            rules.finish(referential)
    return Changed(len(ids), rows)


def update_rows(node: modify.UpdatePlan, context: Context, transaction: Transaction, rules: Rules) -> Changed:
    """Update the rows of the plan's predicate."""
    return update_chosen(node, *chosen_rows(node, context, transaction), context, transaction, rules)


def update_chosen(
    node: modify.UpdatePlan,
    selection: Selection,
    beside: Rows,
    context: Context,
    transaction: Transaction,
    rules: Rules,
) -> Changed:
    """Update chosen rows, `beside` which others stand."""
    moves_keys = node.table.may_move_keys(position for position, _ in node.assignments)
    ids: I64 = selection.row_ids()
    before = selected_columns(selection)
    if not len(ids):
        return Changed(0, rows_shown(node, before.columns, before.columns, beside))
    named = before.columns[: len(node.table.columns)]
    columns, read = list(named), ColumnSource((*named, *beside)) if beside else before
    for position, value in node.assignments:
        columns[position] = assigned(node.table.columns[position], computed(value, read, context), context)
    rows = with_generated(node.table, node.computed, columns, context)
    check_written(node.table, node.checks, rows, context)
    after = with_computed(node.table, node.computed, rows, context)
    transaction.delete(node.table, ids)
    transaction.insert(node.table, after, moves_keys)
    if node.table.foreign_keys or (moves_keys and node.table.referenced_by):
        referential = Referential(context, transaction, rules)
        referential.updated(node.table, before.columns, after)
        rules.finish(referential)
    return Changed(len(ids), rows_shown(node, before.columns, after, beside))


def chosen_rows(
    node: modify.UpdatePlan | modify.DeletePlan, context: Context, transaction: Transaction
) -> tuple[Selection, Rows]:
    """Choose the rows of a change and lock them; returns also what stands beside them."""
    if isinstance(node.rows, modify.JoinedRows):
        selection, beside = rows_of_join(node.rows, node.table, context, transaction)
    else:
        selection, beside = rows_to_change(node.rows, context, transaction), ()
    return _still_there(selection, beside, transaction.deleted(node.table.table_id))


def _still_there(selection: Selection, beside: Rows, deleted: I64) -> tuple[Selection, Rows]:
    """Return rows without those that another step of the statement has changed: a row is changed once."""
    stays = np.isin(selection.row_ids(), deleted, invert=True) if len(deleted) else np.ones(0, bool)
    if stays.all():
        return selection, beside
    order = np.arange(len(stays)) if selection.order is None else selection.order
    return selection._replace(order=order[stays]), tuple(c.take(np.flatnonzero(stays)) for c in beside)


def rows_shown(
    node: modify.Change, before: Rows | None, after: Rows | None, beside: Rows = ()
) -> ColumnSource:
    """Return what RETURNING reads: the rows that there are no more, or are now, and what stands beside them;
    where it shows both, the rows before and after as well, as NULL where there are none."""
    rows, named = after if after is not None else before, len(node.table.columns)
    assert rows is not None, "rows were there, or are"
    if not beside and not node.shows_both:
        return ColumnSource(rows)
    shown = (*rows[:named], *beside)
    if node.shows_both:
        for which in (before, after):
            shown += nothing(node.table, len(rows[0])) if which is None else which[:named]
    return ColumnSource(shown)


def selected_columns(selection: Selection) -> ColumnSource:
    """Return every column of the chosen rows, as they are stored."""
    count = len(selection.table.stored)
    return ColumnSource(tuple(selection.column(position) for position in range(count)))
