"""ON CONFLICT: which rows proposed for insertion meet a row that has their key, and what becomes of it.

Keys are locked before they are looked up, so that what is found stays so: a row that another session is about
to insert, change or delete is waited for, and looked up again. What is looked at are rows committed by then,
whatever the statement's snapshot; where that has to stay, a row behind it is 40001.

Rows are proposed by one statement, or each by an execution of it (`vql.executor.executemany`). Those of one
key take turns: in the first it is inserted, in each further one what the one before has left is updated. Rows
of one turn have different keys, so they are computed together. One statement may write a row once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from vql.deadline import watched
from vql.errors import Error
from vql.executor.assignment import assigned, computed
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import check_seen, check_written, nothing
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Part, Selection
from vql.executor.rows.sources import ColumnSource
from vql.language import modify
from vql.storage.columns.column import Column
from vql.storage.keys import keys_of
from vql.storage.locks.modes import RowLock
from vql.storage.segments.expiry import is_expired
from vql.storage.segments.segment import Segment
from vql.storage.transactions.isolation import Isolation, concurrent_update
from vql.storage.transactions.pending import Rows, joined
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64, Bools


class Written(NamedTuple):
    """Rows as they are written, and as they were `before`, in the order of the proposed rows at `places`;
    which of them are new, which stay, as none is written behind them, and the ids of the rows that they take
    the places of."""

    rows: Rows
    before: Rows
    is_new: Bools
    places: I64
    stays: Bools
    replaced: I64


class Clashes:
    """Proposed rows, all `columns` of them as they are stored, and the rows there are that have keys of
    theirs. Where executions propose one each, `given` are the values of their parameters that DO UPDATE
    reads."""

    def __init__(
        self, node: modify.InsertPlan, columns: Rows, transaction: Transaction, given: Rows | None = None
    ) -> None:
        """Find, and lock, the rows there are. Raises 40001, 40P01, 55P03."""
        self.node = node
        self.columns = columns
        self.transaction = transaction
        self.moves_keys = node.table.may_move_keys(p for p, _ in node.conflict_updates)
        self._given = given
        self._arbiters = [keys_of(unique, columns) for unique in node.arbiters]
        first = self._arbiters[0] if self._arbiters else [None] * len(columns[0])
        # A row that has no key meets none: its place stands for one.
        self._keys = [place if key is None else key for place, key in enumerate(first)]
        self._found: dict[bytes, tuple[Segment, int]] = {}
        while not self._look():
            pass

    def written(self, context: Context) -> Written:
        """Return what the proposed rows write. Raises 21000 and what DO UPDATE does."""
        turns = self._turns()
        fresh = np.array(turns[0], np.int64)
        before = _at(self.columns, fresh)
        there = self._rows(list(self._found.values()))
        if there.rows and len(turns) > 1:
            found = tuple(there.column(position) for position in range(len(self.columns)))
            before = joined([found, before]) if len(fresh) else found
        # Where the row of a key stands among those before a turn, and which proposed row has written it.
        at: dict[bytes | int, int] = {key: place for place, key in enumerate(self._found)}
        at |= {self._keys[place]: len(at) + number for number, place in enumerate(turns[0])}
        last = {self._keys[place]: place for place in turns[0]}
        pieces: list[Rows] = []
        old: list[Rows] = []
        places: list[I64] = []
        if len(fresh) or len(turns) == 1:
            pieces, places = [_at(self.columns, fresh)], [fresh]
            old = [nothing(self.node.table, len(fresh))]
        for turn in turns[1:]:
            keys = [self._keys[place] for place in turn]
            if self._given is None and any(key in last for key in keys):
                raise affected_twice()
            proposed = np.array(turn, np.int64)
            before = _at(before, np.array([at[key] for key in keys], np.int64))
            updated, kept = self._updated(before, proposed, context)
            pieces.append(updated)
            old.append(_at(before[: len(self.node.table.columns)], kept))
            places.append(proposed[kept])
            last |= {keys[number]: turn[number] for number in kept.tolist()}
            at = {key: number for number, key in enumerate(keys)}
            before = updated if len(kept) == len(turn) else _overlaid(before, updated, kept)
        written = np.concatenate(places) if len(places) > 1 else places[0]
        order = np.argsort(written)
        rows = joined([piece for piece in pieces if len(piece[0])] or pieces[:1])
        if len(last) == len(written):
            stays = np.ones(len(written), bool)
        else:
            stays = np.isin(written[order], np.fromiter(last.values(), np.int64, len(last)))
        replaced = there.row_ids()[[number for number, key in enumerate(self._found) if key in last]]
        was = joined([piece for piece in old if len(piece[0])] or old[:1])
        is_new = order < len(fresh)
        return Written(_at(rows, order), _at(was, order), is_new, written[order], stays, replaced)

    def columns_of(self, row_ids: I64) -> dict[int, Column]:
        """Return the unique keys' columns of rows that were found."""
        found = self._rows(list(self._found.values()))
        places = np.flatnonzero(np.isin(found.row_ids(), row_ids))
        return {p: found.column(p).take(places) for p in self.node.table.unique_positions}

    def _turns(self) -> list[list[int]]:
        """Return the places of proposed rows turn by turn: those whose keys nobody has, those that meet a
        row. Those that have nothing to do are in none."""
        turns: list[list[int]] = [[]]
        taken: dict[bytes | int, int] = dict.fromkeys(self._found, 1)
        for place, key in enumerate(self._keys):
            if not self.node.conflict_updates:
                keys = [keys[place] for keys in self._arbiters]
                if not any(each in taken for each in keys):
                    turns[0].append(place)
                    taken |= {each: 1 for each in keys if each is not None}
                continue
            turn = taken.get(key, 0)
            taken[key] = turn + 1
            if turn == len(turns):
                turns.append([])
            turns[turn].append(place)
        return turns

    def _updated(self, before: Rows, proposed: I64, context: Context) -> tuple[Rows, I64]:
        """Return what DO UPDATE makes of rows that proposed ones meet, and which it takes."""
        node, named = self.node, len(self.node.table.columns)
        before = before[:named]
        after = list(before)
        beside = (*self.columns[:named], *(self._given or ()))
        doubled = ColumnSource((*before, *_at(beside, proposed)))
        kept = np.arange(len(proposed))
        if node.conflict_condition is not None:
            kept = np.flatnonzero(context.evaluator.predicate(node.conflict_condition, doubled).true)
            after = list(_at(before, kept))
            doubled = ColumnSource(_at(doubled.columns, kept))
        if len(kept):
            check_seen(node.table, node.conflict_before, tuple(after), context, "new row")
        for position, value in node.conflict_updates if len(kept) else ():
            after[position] = assigned(
                node.table.columns[position], computed(value, doubled, context), context
            )
        rows = with_generated(node.table, node.computed, after, context)
        if node.conflict_after:
            check_written(node.table, node.conflict_after, rows, context)
        return with_computed(node.table, node.computed, rows, context), kept

    def _look(self) -> bool:
        """Find the rows that have the keys; False where others have changed one meanwhile."""
        transaction, table, follows = self.transaction, self.node.table, self._follows
        encoded = [[key for key in keys if key is not None] for keys in self._arbiters]
        for unique, keys in zip(self.node.arbiters, encoded, strict=True):
            transaction.keys.lock(unique.key_id, keys)
        if follows:
            transaction.refresh()
        view, self._found = transaction.view(), {}
        for key in watched(list(dict.fromkeys(chain(*encoded)))):
            row_id, _ = view.find_key(key)
            if row_id < 0 or transaction.has_deleted(table, row_id):
                continue
            place = view.find_row(table.table_id, row_id)
            if place is None and is_expired(view.segments(table.table_id), row_id, view.version):
                continue  # the insert deletes it
            if place is None:
                if not follows:
                    raise concurrent_update()
                return False  # committed since, where its key is not locked
            self._found[key] = place
        ids = self._rows(list(self._found.values())).row_ids()
        if not self.node.conflict_updates:
            # Who has changed a row may have given its key away.
            return not transaction.wait_for_changes(table, ids)
        changed = transaction.lock_rows(table, ids, RowLock.CHANGE)
        if len(changed) and not follows:
            raise concurrent_update()
        return not len(changed)

    @property
    def _follows(self) -> bool:
        return self.transaction.isolation is Isolation.READ_COMMITTED

    def _rows(self, places: Sequence[tuple[Segment, int]]) -> Selection:
        """Return rows in the order of their places."""
        by_segment: dict[Segment, list[int]] = {}
        for number, (segment, _) in enumerate(places):
            by_segment.setdefault(segment, []).append(number)
        offsets = np.array([offset for _, offset in places], np.int64)
        parts = tuple(Part(segment, offsets[numbers]) for segment, numbers in by_segment.items())
        order = np.argsort([number for numbers in by_segment.values() for number in numbers], kind="stable")
        return Selection(self.node.table, parts, order)


def _at(rows: Rows, places: I64) -> Rows:
    """Return the rows at some places; themselves where these are all of them in their order."""
    if len(places) == len(rows[0]) and (places == np.arange(len(places))).all():
        return rows
    return tuple(column.take(places) for column in rows)


def _overlaid(before: Rows, updated: Rows, kept: I64) -> Rows:
    """Return rows with those at the places `kept` as they have been updated."""
    if not len(kept):
        return before
    order = np.arange(len(before[0]))
    order[kept] = len(order) + np.arange(len(kept))
    return tuple(column.take(order) for column in joined([before, updated]))


def affected_twice() -> Error:
    """Return the error of two proposed rows that meet in one row."""
    return Error(
        "ON CONFLICT DO UPDATE command cannot affect row a second time",
        sqlstate="21000",
        hint="Ensure that no rows proposed for insertion within the same command "
        "have duplicate constrained values.",
    )
