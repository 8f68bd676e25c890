"""Rows that a statement locks: chosen, locked, and looked at again where others have changed them meanwhile.

PostgreSQL's EvalPlanQual: a row that was changed after the statement's snapshot was taken is followed to what
it is now, which is locked in turn, and stays with the statement if it still passes. Its key tells which row
that is. Where it has none any more, or the statement reads more than the row, `Restart` asks for it to be run
again from a newer snapshot: what it gives is then what it would have given a moment later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vql import schema
from vql.deadline import watched
from vql.errors import LockNotAvailable, NotSupportedError
from vql.executor.rows.context import Context
from vql.executor.rows.project import count_of
from vql.executor.rows.selection import Part, Selection
from vql.executor.select import run_select
from vql.language import ast, modify, plan
from vql.language.ast.walk import nodes_of
from vql.language.modify import plan_parts
from vql.storage.columns.column import Column
from vql.storage.locks.modes import RowLock
from vql.storage.segments.segment import MemorySegment, Segment, some_rows
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.isolation import Isolation, Restart, concurrent_update
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64


def rows_to_change(node: plan.TableQuery, context: Context, transaction: Transaction) -> Selection:
    """Choose the rows of an UPDATE or DELETE and lock them. Raises 40001, 40P01, 55P03, Restart."""
    assert isinstance(node, plan.SelectPlan), "a query is planned before it runs"
    note_read(node, context, transaction)
    selection = run_select(node, context)
    return _Locking(node, context, transaction, RowLock.CHANGE).all_of(selection)


def rows_of_join(
    node: modify.JoinedRows, table: schema.Table, context: Context, transaction: Transaction
) -> tuple[Selection, tuple[Column, ...]]:
    """Choose the rows that a join finds, each once, and lock them; returns also what stands beside them.
    Raises as `rows_to_change`."""
    found = context.evaluator.relational(joining(node))
    ids, places = np.unique(found.data[0].data, return_index=True)
    return lock_found(table, ids, context, transaction), tuple(c.take(places) for c in found.data[1:])


def joining(node: modify.JoinedRows) -> plan.RelationalPlan:
    """Return the query that finds rows."""
    assert isinstance(node.query, plan.RelationalPlan), "a query is planned before it runs"
    return node.query


def lock_found(table: schema.Table, ids: I64, context: Context, transaction: Transaction) -> Selection:
    """Return the rows of the snapshot that have some ids, each once, in this order; locked. Raises as
    `rows_to_change`."""
    if len(locked(transaction, table, ids, RowLock.CHANGE)):
        raise Restart
    wanted = np.sort(ids)
    parts = [
        Part(segment, segment.offsets_of(wanted)) for segment in context.snapshot.segments(table.table_id)
    ]
    found = Selection(table, tuple(part for part in parts if len(part.offsets)), None)
    there = found.row_ids()
    order = np.argsort(there)[np.searchsorted(np.sort(there), ids)]
    return found._replace(order=order)


def note_read(node: plan.SelectPlan, context: Context, transaction: Transaction) -> None:
    """Let a serializable transaction read the rows of a plan, and nothing else of their table."""
    if transaction.isolation is Isolation.SERIALIZABLE and not reads_more(node):
        context.snapshot = transaction.noted(ChosenRows(node, context))


def rows_to_read(node: plan.TableQuery, context: Context) -> Selection:
    """Choose the rows of a query, and lock them where it says so."""
    assert isinstance(node, plan.SelectPlan), "a query is planned before it runs"
    return run_select(node, context) if node.locking is None else rows_to_lock(node, context)


def rows_to_lock(node: plan.SelectPlan, context: Context) -> Selection:
    """Choose the rows of SELECT ... FOR UPDATE and its kin, and lock them. Raises as `rows_to_change`."""
    if node.locking is None or context.transaction is None:
        raise NotSupportedError("rows cannot be locked here", hint="lock them in a statement of its own")
    if node.distinct or node.group is not None:
        raise NotSupportedError(f"FOR {node.locking.strength.upper()} is not allowed with DISTINCT clause")
    limit = None if node.limit is None else count_of(node.limit, context.evaluator, "LIMIT")
    offset = 0 if node.offset is None else count_of(node.offset, context.evaluator, "OFFSET") or 0
    access = node.access if isinstance(node.access, plan.KeyLookup) else plan.Scan()
    every = replace(node, limit=None, offset=None, access=access, nearest=None)
    note_read(every, context, context.transaction)
    locking = _Locking(every, context, context.transaction, lock_of(node.locking), node.locking.wait)
    return locking.first_of(run_select(every, context), offset, limit)


def lock_of(locking: ast.Locking) -> RowLock:
    """Return the lock that FOR UPDATE and its kin take."""
    return RowLock.SHARE if locking.strength.endswith("share") else RowLock.UPDATE


def lock_taken(
    transaction: Transaction, table: schema.Table, ids: I64, mode: RowLock, wait: str
) -> NDArray[np.bool_]:
    """Lock rows without waiting, where that is asked for; returns which are not passed over. Raises 55P03."""
    taken = np.ones(len(ids), bool)
    if not wait:
        return taken
    wanted = transaction.rows_wanted(table, np.unique(ids), mode)
    if not len(wanted.minors):
        return taken
    left = transaction.locks.try_acquire(wanted, keep=not transaction.is_brief)
    if left is None:
        return taken
    if wait == "nowait":
        raise LockNotAvailable(f'could not obtain lock on row in relation "{table.name}"')
    return ~np.isin(ids, left.minors)


def locked(transaction: Transaction, table: schema.Table, ids: I64, mode: RowLock) -> I64:
    """Lock rows; returns those that others have changed since the snapshot. Raises 40001, 40P01, 55P03."""
    changed = transaction.lock_rows(table, ids, mode)
    if len(changed) and transaction.isolation is not Isolation.READ_COMMITTED:
        raise concurrent_update()
    return changed


class _Locking:
    """One choice of rows, locked in one mode."""

    def __init__(
        self, node: plan.TableQuery, context: Context, transaction: Transaction, mode: RowLock, wait: str = ""
    ) -> None:
        self.node = node
        self.context = context
        self.transaction = transaction
        self.mode = mode
        self.wait = wait

    def all_of(self, selection: Selection) -> Selection:
        """Lock all rows of a selection that is in no order."""
        changed = self._lock(selection.row_ids())
        if not len(changed):
            return selection
        kept = [self._without(part, changed) for part in selection.parts]
        found = self._followed(selection, changed)
        return Selection(selection.table, (*kept, *found.parts), None)

    def first_of(self, selection: Selection, offset: int, limit: int | None) -> Selection:
        """Lock rows in order until there are enough, and return those from `offset` on."""
        ids, places = selection.row_ids(), selection.places()
        enough = len(ids) if limit is None else offset + limit
        parts, order, start = list(selection.parts), list[int](), 0
        total = sum(len(part.offsets) for part in parts)
        while len(order) < enough and start < len(ids):
            end = min(len(ids), start + enough - len(order))
            taken = lock_taken(self.transaction, self.node.table, ids[start:end], self.mode, self.wait)
            changed = set(self._lock(ids[start:end][taken]).tolist())
            for at in (start + np.flatnonzero(taken)).tolist():
                if int(ids[at]) not in changed:
                    order.append(int(places[at]))
                    continue
                found = self._followed(selection, ids[at : at + 1])
                order += range(total, total + found.rows)
                parts += found.parts
                total += found.rows
            start = end
        return Selection(selection.table, tuple(parts), np.array(order[offset:enough], np.int64))

    def _lock(self, ids: I64) -> I64:
        return locked(self.transaction, self.node.table, ids, self.mode)

    def _without(self, part: Part, ids: I64) -> Part:
        return Part(part.segment, part.offsets[~np.isin(part.segment.row_ids(part.offsets), ids)])

    def _followed(self, selection: Selection, changed: I64) -> Selection:
        """Return what rows that others have changed are now, locked, where they still pass. A row that they
        have deleted passes no more; one that is nowhere may have another key."""
        table = self.node.table
        if not table.immediate_key or reads_more(self.node):
            raise Restart
        parts = [_picked(part, changed, table) for part in selection.parts]
        keys = [part.segment.column(p).values() for part in parts for p in table.key_positions]
        width = len(table.primary_key)
        rows = [row for at in range(0, len(keys), width) for row in zip(*keys[at : at + width], strict=True)]
        while True:
            self.transaction.refresh()
            newest = self.transaction.view()
            if newest.tables_by_id.get(table.table_id) != table:
                raise Restart
            places = [newest.locate(table, table.unique_keys[0], row) for row in rows]
            if None in places:
                raise Restart
            now = [_one_row(*place, table) for place in places if place is not None]
            view = only_rows(self.context.snapshot, table, now)
            found = run_select(self.node, replace(self.context, snapshot=view, kept={}))
            if not len(self._lock(found.row_ids())):
                return found


class ChosenRows:
    """What a serializable transaction read by a plan and parameters: `vql.storage.transactions.reads`."""

    def __init__(self, node: plan.SelectPlan, context: Context) -> None:
        self.table_id = node.table.table_id
        self._node = replace(node, limit=None, offset=None, order=(), access=plan.Scan(), nearest=None)
        self._node = replace(self._node, distinct=0, group=None)
        self._parameters = tuple(context.evaluator.parameters)
        self._context = replace(context, kept={})

    def is_of(self, segments: Sequence[Segment]) -> bool:
        """Whether any of the rows of some segments would have been chosen."""
        context = self._context
        context.snapshot = only_rows(context.snapshot, self._node.table, segments)
        context.evaluator.restart(self._parameters)
        return bool(run_select(self._node, context).rows)


def reads_more(node: object) -> bool:
    """Whether a plan reads other rows than those it chooses from, one by one."""
    for part in watched(plan_parts(node)):
        if isinstance(part, plan.SubqueryValue | plan.SubqueryExpression):
            return True
        if isinstance(part, plan.Residual) and next(nodes_of(part.expression, ast.Select), None) is not None:
            return True
    return False


def locks_rows(node: object) -> bool:
    """Whether a plan locks rows it reads, itself or in a sub-query."""
    for part in watched(plan_parts(node)):
        if isinstance(part, plan.SelectPlan) and part.locking is not None:
            return True
        if isinstance(part, plan.Relational) and part.lock is not None:
            return True
    return False


def only_rows(snapshot: Snapshot, table: schema.Table, segments: Sequence[Segment]) -> Snapshot:
    """Return a snapshot in which a table has no rows but those of some segments."""
    kept = {**snapshot.kept_segments, table.table_id: tuple(segments)}
    return replace(snapshot, kept_segments=kept, find_key=lambda _: (-1, -1))


def _picked(part: Part, ids: I64, table: schema.Table) -> Part:
    offsets = part.offsets[np.isin(part.segment.row_ids(part.offsets), ids)]
    segment = some_rows(part.segment, offsets, table)
    return Part(segment, np.arange(len(offsets)))


def _one_row(segment: Segment, offset: int, table: schema.Table) -> MemorySegment:
    return some_rows(segment, np.array([offset], np.int64), table)
