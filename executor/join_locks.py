"""Rows of the tables of a join, locked as the join has found them.

The join is run with the primary keys of the tables behind its columns, and the rows of these keys are locked.
Where another transaction has changed one meanwhile, the join is run again from a newer snapshot.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vql import schema
from vql.errors import NotSupportedError
from vql.executor.locking import lock_of, lock_taken, locked
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.project import count_of
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.isolation import Restart
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64


def lock_joined(lock: plan.JoinLock, found: RecordBatch, context: Context) -> RecordBatch:
    """Lock the rows that a join was made of, and return it without their keys. Raises 40001, 55P03,
    Restart."""
    if context.transaction is None:
        raise NotSupportedError("rows cannot be locked here", hint="lock them in a statement of its own")
    limit = None if lock.limit is None else count_of(lock.limit, context.evaluator, "LIMIT")
    offset = 0 if lock.offset is None else count_of(lock.offset, context.evaluator, "OFFSET") or 0
    width = len(found.names) - lock.width
    ids, start = [], width
    for table in lock.tables:
        end = start + len(table.primary_key)
        ids.append(_row_ids(table, found.data[start:end], context.snapshot))
        start = end
    kept = _locked_rows(lock, ids, found.rows, None if limit is None else offset + limit, context.transaction)
    data = found.data[:width]
    if len(kept) < found.rows or offset:
        kept = kept[offset:]
        data = tuple(column.take(kept) for column in data)
    return replace(found, names=found.names[:width], types=found.types[:width], data=data, rows=len(kept))


def _row_ids(table: schema.Table, key: tuple[Column, ...], snapshot: Snapshot) -> I64:
    """Return the ids of the rows that have some values of the primary key."""
    known: dict[tuple[object, ...], int] = {}
    found = np.empty(len(key[0]), np.int64)
    for at, row in enumerate(zip(*(column.values() for column in key), strict=True)):
        if row not in known:
            place = snapshot.locate(table, table.unique_keys[0], row)
            assert place is not None, "the snapshot has the row"
            known[row] = int(place[0].row_ids(np.array([place[1]]))[0])
        found[at] = known[row]
    return found


def _locked_rows(
    lock: plan.JoinLock, ids: list[I64], rows: int, enough: int | None, transaction: Transaction
) -> I64:
    """Lock rows in order until there are enough; returns which they are."""
    mode, kept, start = lock_of(lock.locking), np.empty(0, np.int64), 0
    enough = rows if enough is None else enough
    while start < rows and len(kept) < enough:
        chosen = np.arange(start, min(rows, start + enough - len(kept)))
        start += len(chosen)
        for table, row_ids in zip(lock.tables, ids, strict=True):
            chosen = chosen[lock_taken(transaction, table, row_ids[chosen], mode, lock.locking.wait)]
            if len(locked(transaction, table, np.unique(row_ids[chosen]), mode)):
                raise Restart
        kept = np.concatenate([kept, chosen])
    return kept
