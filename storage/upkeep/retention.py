"""Retention: how far back a table can be read, and forgetting what lies before.

The horizon of a table is the newest version that is older than its retention, or that of the oldest
named snapshot where that is older: snapshots from the horizon on stay whole. A row deleted at or
before it is seen by nobody, and merges leave it out, and columns dropped by then too. `oldest` then
notes the horizon, in the same batch, and reading the table at an earlier version raises 72000. Nothing
is forgotten before maintenance needs to write anyway, so history often reaches further back than
promised.

No state and no lock: each step is one LMDB transaction, under its write lock; a crash between two leaves
the rest for the next round. Folding writes and removes frames of deletes in one of them.
"""

from __future__ import annotations

from itertools import islice

import numpy as np

from vql import schema
from vql.naming import is_temporary
from vql.storage.catalog import horizon_of, last_definition, last_definitions, oldest_of
from vql.storage.files.metastore import key, numbers
from vql.storage.segments.records import decode_deletes, encode_deletes
from vql.storage.store import Store
from vql.storage.swap import Purge, swap
from vql.storage.transactions.xids import forget_version
from vql.types.forms.ndarrays import I64, Bools

# Frames of deletes a table may have before they are folded: opening a database reads them all.
FRAMES_MAX = 64
# Deletes in one folded frame: 16 MiB.
FOLDED_MAX = 1 << 20
# Commits forgotten in one batch, so that writers wait no longer than milliseconds.
COMMITS_STEP = 20_000
# Keys forgotten in one batch, likewise.
KEYS_STEP = 5_000


def fold_deletes(store: Store, table: schema.Table, force: bool) -> None:
    """Write many frames of deletes as few, without those whose rows are gone."""
    table_id = table.table_id
    with store.metastore.read() as batch:
        count = sum(1 for _ in batch.range("deletes", key(table_id), key(table_id)))
    if count <= (1 if force else FRAMES_MAX):
        return
    state = store.contents(table_id)
    ids = np.concatenate([np.empty(0, np.int64), *(segment.row_ids() for segment in state.segments)])
    ids.sort()
    with store.metastore.write() as batch:
        # Frames newer than what this process has read may name rows it does not know.
        frames = [
            (at, *decode_deletes(raw))
            for at, raw in batch.range("deletes", key(table_id), key(table_id))
            if numbers(at)[1] <= state.read_to
        ]
        oldest = oldest_of(batch, table_id)
        group: list[tuple[bytes, I64, I64]] = []
        for place, frame in enumerate(frames, 1):
            group.append(frame)
            batch.delete("deletes", frame[0])
            if place == len(frames) or sum(len(row_ids) for _, row_ids, _ in group) >= FOLDED_MAX:
                row_ids = np.concatenate([entry[1] for entry in group])
                versions = np.concatenate([entry[2] for entry in group])
                keep = (versions > oldest) | present(row_ids, ids)
                if keep.any():
                    batch.put("deletes", frame[0], encode_deletes(row_ids[keep], versions[keep]))
                group.clear()
    store.note_folded(table_id)


def present(row_ids: I64, ids: I64) -> Bools:
    """Return which row ids are among sorted `ids`."""
    if not len(ids):
        return np.zeros(len(row_ids), bool)
    found: Bools = ids[np.minimum(np.searchsorted(ids, row_ids), len(ids) - 1)] == row_ids
    return found


def purge_dropped(store: Store) -> None:
    """Remove the keys of tables that were dropped, and the rows where that was before their horizon: of a
    temporary table at once."""
    with store.metastore.read() as batch:
        dropped = {t: (table, at) for t, (table, at) in last_definitions(batch).items() if at}
        gone = [
            (table_id, at)
            for table_id, (table, at) in dropped.items()
            if oldest_of(batch, table_id) < at
            and (is_temporary(table.schema) or at <= horizon_of(batch, table))
        ]
    for table, at in dropped.values():
        for unique in table.unique_keys:
            forget_keys(store, unique.key_id, table.table_id, at)
    for table_id, at in gone:
        swap(store, Purge(table_id, at))


def forget_keys(store: Store, key_id: int, table_id: int, dropped: int) -> None:
    """Remove the entries of a unique key of a table that was dropped at a version, few at a time: nobody
    looks one up in them, and writers wait for milliseconds. Where the table is there again it has others."""
    prefix = key(key_id)
    more = True
    while more:
        with store.metastore.read() as batch:
            found = [at for at, _ in islice(batch.range("keys", prefix, prefix), KEYS_STEP)]
        more = len(found) == KEYS_STEP
        if found:
            with store.metastore.write() as batch:
                if last_definition(batch, table_id) != (dropped, None):
                    return
                for at in found:
                    batch.delete("keys", at)


def forget_commits(store: Store) -> None:
    """Remove the times of versions that no table can be read at any more."""
    with store.metastore.read() as batch:
        horizons = [
            horizon_of(batch, table)
            for table_id, (table, dropped) in last_definitions(batch).items()
            if not dropped or oldest_of(batch, table_id) < dropped
        ]
    # The commit of the lowest horizon stays: its time is the oldest there is.
    lowest = min(horizons, default=0)
    more = lowest > 0
    while more:
        with store.metastore.write() as batch:
            more = False
            old: list[tuple[bytes, bytes]] = []
            for at, raw in batch.range("commits", b""):
                if numbers(at)[0] >= lowest:
                    break
                if len(old) == COMMITS_STEP:
                    more = True
                    break
                old.append((at, raw))
            for at, raw in old:
                batch.delete("commits", at)
                batch.delete("times", raw[:8])
                forget_version(batch, numbers(at)[0])
