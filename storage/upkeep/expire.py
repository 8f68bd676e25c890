"""Deletes the rows that have expired, which no statement sees any more, as any commit deletes rows: what was
seen stays readable AS OF then as long as the table's retention says.

No state and no lock of its own: who changes the rows, or has locked them, comes first, and they are left to
the next time.
"""

from __future__ import annotations

import numpy as np

from vql import schema
from vql.constraints import expiry_of
from vql.errors import SerializationFailure
from vql.storage.segments.expiry import expired_in
from vql.storage.store import Store
from vql.storage.transactions.reference_check import LocksHeld
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64

# Rows deleted by one commit, so that writers wait no longer than milliseconds.
ROWS_AT_ONCE = 10_000


def expired_rows(store: Store, table: schema.Table) -> I64:
    """Return the ids of the rows that have expired and are still there, in order."""
    expiry = expiry_of(table.options)
    found = [np.empty(0, np.int64)]
    version, now_us = store.version(), store.now_us()
    for segment in store.contents(table.table_id).segments if expiry is not None else ():
        assert expiry is not None, "its rows expire"
        laid = segment.laid_out(table.stored)
        offsets, visible = expired_in(laid, table, expiry, now_us), segment.visible(version)
        found.append(segment.row_ids(offsets if visible is None else offsets[visible[offsets]]))
    return np.sort(np.concatenate(found))


def delete_expired(store: Store, table: schema.Table) -> None:
    """Delete the rows of a table that have expired."""
    ids = expired_rows(store, table)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        transaction = Transaction(store, store.snapshot())
        if transaction.snapshot.tables_by_id.get(table.table_id) is not table:
            return
        transaction.delete(table, ids[start : start + ROWS_AT_ONCE])
        try:
            transaction.commit()
        except (LocksHeld, SerializationFailure):
            return
