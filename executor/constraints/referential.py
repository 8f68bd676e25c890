"""Foreign keys as a statement meets them: rows that refer have to find what they refer to, and rows that go,
or get another key, have done to those that refer to them what the foreign key says.

What is done to other rows is done first, as far as it goes; then is looked whether every reference holds.
ON DELETE and ON UPDATE act at once; NO ACTION, and rows that refer, may be looked at as late as at the commit
where a constraint is deferred (`check_deferred`). Rows are sought as they are by now, behind a lock of the
key that goes: nobody else comes to refer to it then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vql import schema
from vql.constraints import ForeignKey
from vql.errors import Error, ForeignKeyViolation, NotSupportedError, RestrictViolation, Subject
from vql.executor.assignment import as_stored
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import Rules, check_written, default_values
from vql.executor.locking import rows_to_change
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Part, Selection
from vql.executor.select import run_select
from vql.language import plan
from vql.limits import BULK_ROWS_MIN
from vql.storage.columns.column import Column
from vql.storage.keys import keys_of
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.isolation import Isolation
from vql.storage.transactions.pending import PENDING_ROW_ID, Rows
from vql.storage.transactions.references import (
    Columns,
    Reference,
    first_without,
    missing_key,
    references_of,
    references_to,
    shown_key,
)
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64


class Gone(NamedTuple):
    """Keys that rows have no longer, and what the rows have in the key's columns instead, None where they are
    deleted."""

    reference: Reference
    before: Columns
    after: Columns | None


class Referential:
    """What foreign keys ask of one statement."""

    def __init__(self, context: Context, transaction: Transaction, rules: Rules) -> None:
        self._context = context
        self._transaction = transaction
        self._rules = rules
        self._gone: deque[Gone] = deque()
        self._kept: list[Gone] = []  # what nothing may refer to
        self._written: list[tuple[Reference, Columns]] = []

    # -------------------------------------------------------------- what a statement has done

    def inserted(self, table: schema.Table, columns: Columns) -> None:
        """Note rows that are new."""
        for reference in references_of(table, self._tables):
            if not self._transaction.is_deferred(reference.made):
                self._written.append((reference, columns))

    def deleted(self, table: schema.Table, columns: Columns) -> None:
        """Note rows that go, as columns of all unique keys."""
        for reference in references_to(table, self._tables):
            self._gone.append(Gone(reference, columns, None))

    def displaced(self, table: schema.Table, columns: Columns) -> None:
        """Note rows that ON CONFLICT writes others in the place of, with other keys perhaps."""
        for reference in references_to(table, self._tables):
            self._kept.append(Gone(reference, columns, columns))

    def updated(self, table: schema.Table, before: Columns, after: Columns) -> None:
        """Note rows that have changed."""
        for reference in references_to(table, self._tables):
            target = reference.target
            moved = _unlike(keys_of(target, before), keys_of(target, after))
            if len(moved):
                old, new = (_taken(columns, target.positions, moved) for columns in (before, after))
                self._gone.append(Gone(reference, old, new))
        for reference in references_of(table, self._tables):
            if self._transaction.is_deferred(reference.made):
                continue
            places = [table.position(name) for name in reference.made.columns]
            moved = _unlike(reference.keys_referred_to(before), reference.keys_referred_to(after))
            if reference.made.is_full:  # also where a key becomes none
                moved = np.arange(len(after[places[0]]))
            if len(moved):
                self._written.append((reference, _taken(after, places, moved)))

    @property
    def _tables(self) -> Mapping[int, schema.Table]:
        return self._transaction.view().tables_by_id

    # -------------------------------------------------------------- what comes of it

    def act(self) -> None:
        """Do to other rows what foreign keys say."""
        while self._gone:
            self._act(self._gone.popleft())

    def check(self) -> None:
        """Raise 23503, 23001 where one does not hold."""
        for gone in self._kept:
            require_unreferenced(gone, self._context, self._transaction)
        for reference, columns in self._written:
            require_keys(reference, columns, self._transaction)

    def _act(self, gone: Gone) -> None:
        reference, before, after = gone
        made, target = reference.made, reference.target
        keys = [each for each in keys_of(target, before) if each is not None]
        self._transaction.keys.lock(target.key_id, keys)
        if self._transaction.isolation is Isolation.READ_COMMITTED and not self._transaction.is_brief:
            self._transaction.refresh()  # who referred to the key before it was locked has committed
        action = made.on_delete if after is None else made.on_update
        if action in ("no action", "restrict"):
            if action == "restrict" or not self._transaction.is_deferred(made):
                self._kept.append(gone)
            return
        seen = _seeing(self._context, self._transaction.view())
        selection = rows_to_change(_referring(reference, before), seen, self._transaction)
        referred = reference.keys_referred_to({p: selection.column(p) for p in reference.positions})
        chosen = np.array([i for i, each in enumerate(referred) if each in set(keys)], np.int64)
        if not len(chosen):
            return
        ids, table = selection.row_ids()[chosen], reference.table
        if action == "cascade" and after is None:
            wanted = {p: selection.column(p).take(chosen) for p in table.unique_positions}
            self._transaction.delete(table, ids)
            self.deleted(table, wanted)
            return
        rows = tuple(selection.column(p).take(chosen) for p in range(len(table.columns)))
        if action == "cascade":
            assert after is not None, "an UPDATE cascades"
            place = {key: number for number, key in enumerate(keys_of(target, before))}
            sources = np.array([place[referred[i]] for i in chosen.tolist()], np.int64)
            given = {
                position: after[there].take(sources)
                for position, there in zip(reference.positions, target.positions, strict=True)
            }
        else:
            given = self._replaced(made, table, action, after is None, len(ids))
        self._change(table, ids, rows, given)

    def _replaced(
        self, made: ForeignKey, table: schema.Table, action: str, is_delete: bool, count: int
    ) -> dict[int, Column]:
        """Return what SET NULL and SET DEFAULT give to rows."""
        names = (made.set_columns if is_delete else ()) or made.columns
        columns = {table.position(name): table.columns[table.position(name)] for name in names}
        if action == "set null":
            return {p: Column.from_values(c.type, [None] * count) for p, c in columns.items()}
        return {
            p: Column.from_values(c.type, default_values(table, c, count, self._rules.defaults))
            for p, c in columns.items()
        }

    def _change(self, table: schema.Table, ids: I64, before: Rows, given: Mapping[int, Column]) -> None:
        """Write rows of another table with other values in some columns."""
        after = tuple(
            as_stored(table.columns[position], given[position]) if position in given else column
            for position, column in enumerate(before)
        )
        values = self._rules.computed(table)
        after = with_generated(table, values, after, self._context)
        check_written(table, self._rules.conditions(table), after, self._context)
        after = with_computed(table, values, after[: len(table.columns)], self._context)
        self._transaction.delete(table, ids)
        self._transaction.insert(table, after, table.may_move_keys(given))
        self.updated(table, before, after)


def refer(
    table: schema.Table, columns: Columns, context: Context, transaction: Transaction, rules: Rules
) -> None:
    """Look at what rows that have been inserted refer to. Raises 23503."""
    referential = Referential(context, transaction, rules)
    referential.inserted(table, columns)
    rules.finish(referential)


def _unlike(before: Sequence[object], after: Sequence[object]) -> I64:
    """Return the places at which two lists differ."""
    return np.array([i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b], np.int64)


def _taken(columns: Columns, positions: Iterable[int], places: I64) -> dict[int, Column]:
    return {position: columns[position].take(places) for position in positions}


def require_keys(reference: Reference, columns: Columns, transaction: Transaction) -> None:
    """Raise 23503 where rows refer to a key that no row has; keep others from deleting the keys there are."""
    made, table = reference.made, reference.table
    if made.is_full:
        valid = [columns[table.position(name)].valid for name in made.columns]
        count = len(columns[table.position(made.columns[0])])
        known = np.array([np.ones(count, bool) if each is None else each for each in valid])
        if (known.any(axis=0) & ~known.all(axis=0)).any():
            raise ForeignKeyViolation(
                f'insert or update on table "{table.name}" violates foreign key constraint "{made.name}"',
                detail="MATCH FULL does not allow mixing of null and nonnull key values.",
                subject=Subject(table.schema, table.name, constraint=made.name),
            )
    found = reference.keys_referred_to(columns)
    wanted = list({each for each in found if each is not None})
    while True:
        there = {each for each in wanted if transaction.keys.has(reference.referenced, each)}
        place = first_without(found, there)
        if place >= 0:
            raise missing_key(reference, columns, place)
        if len(wanted) >= BULK_ROWS_MIN:
            return  # the commit looks again
        if not transaction.keys.lock(made.key_id, wanted, RelationLock.SHARE):
            return


def require_unreferenced(left: Gone, context: Context, transaction: Transaction) -> None:
    """Raise 23503, 23001 where rows refer to keys that nobody has."""
    reference, columns, after = left
    keys = {each for each in keys_of(reference.target, columns) if each is not None}
    gone = {key for key in keys if not transaction.keys.has(reference.referenced, key)}
    if not gone:
        return
    found = set[bytes]()
    for snapshot in (transaction.view(), transaction.store.snapshot()):
        selection = run_select(_referring(reference, columns), _seeing(context, snapshot))
        stays = ~np.isin(selection.row_ids(), transaction.deleted(reference.table.table_id))
        referred = reference.keys_referred_to({p: selection.column(p) for p in reference.positions})
        found |= {each for each, is_left in zip(referred, stays, strict=True) if is_left and each in gone}
        if transaction.isolation is Isolation.READ_COMMITTED:
            break  # which sees the rows that have come since
    if found:
        place = next(i for i, each in enumerate(keys_of(reference.target, columns)) if each in found)
        raise still_referenced(left, place)


def _referring(reference: Reference, columns: Columns) -> plan.SelectPlan:
    """Return a plan for the rows that refer to keys, given by their columns; where a key has several, for
    those that agree in each with one of the rows."""
    table = reference.table
    conditions: list[plan.Predicate] = []
    for position, there in zip(reference.positions, reference.target.positions, strict=True):
        type_ = table.columns[position].type
        values = {value for value in columns[there].values() if value is not None}
        items = tuple(plan.Constant(value, reference.referenced.columns[there].type) for value in values)
        conditions.append(plan.InList(plan.ColumnRead(position, type_), items))
    predicate = conditions[0] if len(conditions) == 1 else plan.And(tuple(conditions))
    return plan.SelectPlan(table=table, outputs=(), predicate=predicate)


def _seeing(context: Context, snapshot: Snapshot) -> Context:
    return replace(context, snapshot=snapshot, kept={})


def still_referenced(gone: Gone, place: int) -> Error:
    """Return the error of a row that goes, or gets another key, while others refer to it."""
    reference, columns, after = gone
    made, table, referenced = reference.made, reference.table, reference.referenced
    positions = [referenced.place_of(number) for number in made.referenced]
    names = [referenced.columns[position].name for position in positions]
    shown = shown_key(names, [columns[position] for position in positions], place)
    what = f'update or delete on table "{referenced.name}" violates'
    action = made.on_delete if after is None else made.on_update
    if action not in ("no action", "restrict"):
        return NotSupportedError(
            f"ON UPDATE {action.upper()} of rows that ON CONFLICT updates is not supported yet"
        )
    subject = Subject(table.schema, table.name, constraint=made.name)
    if action == "restrict":
        return RestrictViolation(
            f'{what} RESTRICT setting of foreign key constraint "{made.name}" on table "{table.name}"',
            detail=f'Key {shown} is referenced from table "{table.name}".',
            subject=subject,
        )
    return ForeignKeyViolation(
        f'{what} foreign key constraint "{made.name}" on table "{table.name}"',
        detail=f'Key {shown} is still referenced from table "{table.name}".',
        subject=subject,
    )


# ------------------------------------------------------------------ at the commit


def check_deferred(context: Context, transaction: Transaction, names: Collection[int] = ()) -> None:
    """Look at the deferrable foreign keys of what a transaction has done, of all or those of some ids. Raises
    23503."""
    view, changes = transaction.view(), transaction.changes

    def is_meant(made: ForeignKey) -> bool:
        return made.is_deferrable and (not names or made.constraint_id in names)

    for table_id in changes.inserts:
        table = view.tables_by_id.get(table_id)
        if table is None:
            continue
        for reference in references_of(table, view.tables_by_id):
            if is_meant(reference.made):
                rows = _own_rows(table_id, view, table)
                require_keys(reference, {p: rows.column(p) for p in range(len(table.columns))}, transaction)
    for table_id, ids in changes.deletes.items():
        table = view.tables_by_id.get(table_id)
        for reference in references_to(table, view.tables_by_id) if table is not None else ():
            if is_meant(reference.made):
                _check_deleted(reference, ids[ids < PENDING_ROW_ID], context, transaction)


def _check_deleted(reference: Reference, ids: I64, context: Context, transaction: Transaction) -> None:
    target = reference.target
    parts = [
        (segment, segment.offsets_of(ids))
        for segment in transaction.snapshot.segments(reference.referenced.table_id)
    ]
    rows = Selection(reference.referenced, tuple(Part(*each) for each in parts if len(each[1])), None)
    columns = {position: rows.column(position) for position in target.positions}
    require_unreferenced(Gone(reference, columns, None), context, transaction)


def _own_rows(table_id: int, view: Snapshot, table: schema.Table) -> Selection:
    """Return the rows that a transaction has written and not deleted."""
    parts = []
    for segment in view.segments(table_id):
        visible = segment.visible(view.version)
        offsets = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
        own = offsets[segment.row_ids(offsets) >= PENDING_ROW_ID]
        if len(own):
            parts.append(Part(segment, own))
    return Selection(table, tuple(parts), None)
