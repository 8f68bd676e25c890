"""ON CONFLICT: which rows proposed for insertion meet a row that has their key, and what becomes of it.

Keys are locked before they are looked up, so that what is found stays so: a row that another session is about
to insert, change or delete is waited for, and looked up again. What is looked at are rows committed by then,
whatever the statement's snapshot; where that has to stay, a row behind it is 40001.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.deadline import watched
from vql.errors import Error, SerializationFailure
from vql.executor.assignment import assigned, computed
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Part, Selection
from vql.executor.rows.sources import ColumnSource
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.keys import table_keys
from vql.storage.locks.modes import RowLock
from vql.storage.segments.segment import Segment
from vql.storage.transaction import CONCURRENT_UPDATE, Isolation, Transaction
from vql.types.ndarrays import I64, distinct


class Clashes:
    """The rows of one INSERT: those at the places `fresh` have keys that nobody has."""

    def __init__(self, node: plan.InsertPlan, columns: tuple[Column, ...], transaction: Transaction) -> None:
        """Find, and lock, the rows there are. Raises 21000, 40001, 40P01, 55P03."""
        self.node = node
        self.columns = columns
        self.transaction = transaction
        self.moves_keys = any(p in node.table.key_positions for p, _ in node.conflict_updates)
        self._keys = table_keys(node.table, columns)
        self._found: dict[bytes, tuple[Segment, int]] = {}
        while not self._look():
            pass
        self.fresh = self._fresh()

    def updated(self, context: Context) -> tuple[I64, tuple[Column, ...], I64]:
        """Return the places of proposed rows that DO UPDATE takes, the rows they meet as it makes them, and
        their ids. Raises 21000."""
        node = self.node
        proposed = [place for place, key in enumerate(watched(self._keys)) if key in self._found]
        if not node.conflict_updates or not proposed:
            none = np.empty(0, np.int64)
            return none, tuple(column.take(none) for column in self.columns), none
        places = np.array(proposed, np.int64)
        there = self._rows([self._found[self._keys[place]] for place in proposed])
        ids, before = there.row_ids(), [there.column(p) for p in range(len(self.columns))]
        doubled = ColumnSource((*before, *(column.take(places) for column in self.columns)))
        if node.conflict_condition is not None:
            kept = np.flatnonzero(context.evaluator.predicate(node.conflict_condition, doubled).true)
            places, ids = places[kept], ids[kept]
            before = [column.take(kept) for column in before]
            doubled = ColumnSource(tuple(column.take(kept) for column in doubled.columns))
        if len(distinct(ids)) < len(ids):
            raise affected_twice()
        after = list(before)
        for position, value in node.conflict_updates if len(ids) else ():
            after[position] = assigned(node.table.columns[position], computed(value, doubled, context))
        return places, tuple(after), ids

    def _look(self) -> bool:
        """Find the rows that have the keys; False where others have changed one meanwhile."""
        transaction, table, follows = self.transaction, self.node.table, self._follows
        transaction.lock_keys(table, self._keys)
        if follows:
            transaction.refresh()
        view, self._found = transaction.view(), {}
        for key in watched(self._keys):
            row_id, _ = view.find_key(key)
            if row_id < 0 or transaction.has_deleted(table, row_id):
                continue
            place = view.find_row(table.table_id, row_id)
            if place is None:
                if not follows:
                    raise SerializationFailure(CONCURRENT_UPDATE)
                return False  # committed since, where its key is not locked
            self._found[key] = place
        ids = self._rows(list(self._found.values())).row_ids()
        if not self.node.conflict_updates:
            # Who has changed a row may have given its key away.
            return not transaction.wait_for_changes(table, ids)
        changed = transaction.lock_rows(table, ids, RowLock.CHANGE)
        if len(changed) and not follows:
            raise SerializationFailure(CONCURRENT_UPDATE)
        return not len(changed)

    @property
    def _follows(self) -> bool:
        return self.transaction.isolation is Isolation.READ_COMMITTED

    def _fresh(self) -> I64:
        places: dict[bytes, int] = {}
        for place, key in enumerate(watched(self._keys)):
            if key in places and self.node.conflict_updates:
                raise affected_twice()
            if key not in self._found:
                places.setdefault(key, place)
        return np.array(list(places.values()), np.int64)

    def _rows(self, places: Sequence[tuple[Segment, int]]) -> Selection:
        """Return rows in the order of their places."""
        by_segment: dict[Segment, list[int]] = {}
        for number, (segment, _) in enumerate(places):
            by_segment.setdefault(segment, []).append(number)
        offsets = np.array([offset for _, offset in places], np.int64)
        parts = tuple(Part(segment, offsets[numbers]) for segment, numbers in by_segment.items())
        order = np.argsort([number for numbers in by_segment.values() for number in numbers], kind="stable")
        return Selection(self.node.table, parts, order)


def affected_twice() -> Error:
    """Return the error of two proposed rows that meet in one row."""
    return Error(
        "ON CONFLICT DO UPDATE command cannot affect row a second time",
        sqlstate="21000",
        hint="Ensure that no rows proposed for insertion within the same command "
        "have duplicate constrained values.",
    )
