"""RESTORE TABLE ... AS OF: a table has the rows that it had, by one transaction that others see as any.

Rows that are there now and were there then stay: they never change, so their ids tell. Others are deleted, or
inserted as they were, and have to be what the table asks of its rows by now; no ON DELETE is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vql import schema
from vql.errors import NotSupportedError, UndefinedTable
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import check_written
from vql.executor.constraints.referential import Gone, require_keys, require_unreferenced
from vql.executor.rows.context import Context
from vql.executor.rows.selection import rows_there
from vql.language import ast
from vql.language.bind.access.rights import Rights
from vql.language.planner import planned_checks, planned_computed
from vql.session.objects.alter import Contexts, lock_table
from vql.session.objects.referenced import lock_referenced
from vql.session.objects.schemas import Path
from vql.session.results import Result
from vql.storage.columns.column import Column
from vql.storage.locks.modes import RelationLock
from vql.storage.segments.layout import laid_out
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.pending import Rows
from vql.storage.transactions.references import references_of, references_to
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64


class RowsThen(NamedTuple):
    """The rows of a table at a moment, in the order of their ids: its definition then, their ids, and their
    columns as another definition has them, of some places."""

    table: schema.Table
    ids: I64
    columns: Callable[[schema.Table, I64], tuple[Column, ...]]


def restore_table(
    statement: ast.RestoreTable,
    then: Snapshot,
    transaction: Transaction,
    path: Path,
    contexts: Contexts,
    rights: Rights | None,
) -> Result:
    """Run RESTORE TABLE. Raises 42P01, 42501, 72000, 0A000, 23502, 23503, 23505, 23514."""
    table = lock_table(statement.name, transaction, path)
    if rights is not None:
        rights.require_ownership(table.access, "table", table.name)
    if table.text:
        raise NotSupportedError("RESTORE of materialized views is not supported", hint="REFRESH it.")
    lock_referenced(table, transaction, RelationLock.SHARE_ROW_EXCLUSIVE)
    for table_id in table.referenced_by:
        transaction.lock(table_id, RelationLock.SHARE_ROW_EXCLUSIVE)
    found = rows_then(table, then)
    now = rows_there(table, transaction.view())
    ids = now.row_ids()
    is_same = found.table.table_id == table.table_id
    stays = np.isin(ids, found.ids) if is_same else np.zeros(len(ids), bool)
    is_back = ~np.isin(found.ids, ids) if is_same else np.ones(len(found.ids), bool)
    context = contexts(transaction.view())
    rows = _as_written(table, found.columns(table, np.flatnonzero(is_back)), context)
    gone = np.flatnonzero(~stays)
    before = {position: now.column(position).take(gone) for position in range(len(table.columns))}
    transaction.delete(table, ids[gone])
    if is_back.any():
        transaction.insert(table, rows)
    tables = transaction.view().tables_by_id
    for reference in references_of(table, tables):
        if is_back.any():
            require_keys(reference, dict(enumerate(rows)), transaction)
    for reference in references_to(table, tables):
        if len(gone):
            require_unreferenced(Gone(reference, before, None), context, transaction)
    return Result("RESTORE TABLE")


def rows_then(table: schema.Table, then: Snapshot) -> RowsThen:
    """Return the rows that a table had, or the one in whose place it was put by TRUNCATE. Raises 42P01 where
    it was not there, 0A000 where columns of then have another type now, 72000."""
    former = then.tables_by_id.get(table.table_id) or then.tables.get(table.qualified)
    if former is None:
        raise UndefinedTable(f'table "{table.name}" was not there then')
    if not _are_kin(table, former):
        raise NotSupportedError(
            f'table "{table.name}" has columns of other types than it had then',
            hint="CREATE TABLE ... AS SELECT ... AS OF that moment, and INSERT from there.",
        )
    selection = rows_there(former, then)

    def columns(shown: schema.Table, places: I64) -> tuple[Column, ...]:
        stored = {
            column.column_id: selection.column(position).take(places)
            for position, column in enumerate(former.columns)
        }
        return laid_out(stored, shown.columns, len(places))

    return RowsThen(former, selection.row_ids(), columns)


def _are_kin(table: schema.Table, former: schema.Table) -> bool:
    """Whether columns of a number are the same ones in two definitions: those of a table in the place of one
    that was truncated are, where they are called alike and of one type."""
    now, is_same = {column.number: column for column in table.columns}, former.table_id == table.table_id
    both = [(column, now[column.number]) for column in former.columns if column.number in now]
    return bool(both) and all(
        a.column_id == b.column_id and (is_same or (a.name, a.type) == (b.name, b.type)) for a, b in both
    )


def _as_written(table: schema.Table, rows: Rows, context: Context) -> Rows:
    """Return rows as they are stored now. Raises 23502, 23514."""
    computed = planned_computed(table)
    rows = with_generated(table, computed, rows, context)
    check_written(table, planned_checks(table), rows, context)
    return with_computed(table, computed, rows, context)
