"""Entries of unique keys in `keys`, as a commit writes them: a key is there as long as its row is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from vql import schema
from vql.constraints import UniqueKey
from vql.deadline import watched
from vql.errors import Subject, UniqueViolation
from vql.storage.columns.column import Column
from vql.storage.files.metastore import Batch, key
from vql.storage.keys import hashes_of, keys_of
from vql.storage.locks.modes import Kind, RelationLock, RowLock, Wanted
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.references import shown_key
from vql.types.forms.ndarrays import I64

# Keys looked up at once before they are removed.
KEYS_AT_ONCE = 10_000
NO_ROWS = np.empty(0, np.int64)


def remove_keys(batch: Batch, key_id: int) -> None:
    """Remove all entries of a unique key that is no more."""
    prefix = key(key_id)
    while found := [at for at, _ in islice(batch.range("keys", prefix, prefix), KEYS_AT_ONCE)]:
        for at in watched(found):
            batch.delete("keys", at)


class CommittedKeys:
    """The unique keys of what one commit changes, as the write lock finds them."""

    def __init__(self, batch: Batch, snapshot: Snapshot, deletes: Mapping[int, I64]) -> None:
        self._batch = batch
        self._snapshot = snapshot
        self._deletes = deletes
        self._gone: dict[int, set[bytes]] = {}  # by table: the ids of deleted rows, as entries have them
        # Of rows, by what holds them, and a key: encoded, and the ids that are there for them.
        self._found: dict[tuple[int, int], tuple[list[bytes | None], list[bytes | None]]] = {}

    def locks(self, table: schema.Table, rows: Sequence[Column]) -> Iterator[Wanted]:
        """Yield the locks that others must not hold where rows are inserted: rows that change under their
        keys need none; who has changed the row that has a key now may give it away."""
        gone = self._ids_gone(table.table_id)
        for unique in table.unique_keys:
            encoded, there = self._entries(unique, rows)
            new = [k for k, id_ in zip(encoded, there, strict=True) if k is not None and id_ not in gone]
            yield Wanted(Kind.KEY, RelationLock.EXCLUSIVE, unique.key_id, hashes_of(new))
            others = b"".join([id_ for id_ in there if id_ is not None and id_ not in gone])
            yield Wanted(
                Kind.ROW, RowLock.LOOK, table.table_id, np.frombuffer(others, ">i8").astype(np.int64)
            )

    def are_replaced(self, table: schema.Table, batches: Sequence[Sequence[Column]]) -> bool:
        """Whether each row that is deleted gives its entries to one that comes, as an UPDATE does mostly."""
        gone = self._ids_gone(table.table_id)
        for unique in table.unique_keys:
            found = [id_ for rows in batches for id_ in self._entries(unique, rows)[1] if id_ in gone]
            if not len(found) == len(set(found)) == len(gone):
                return False
        return True

    def replace(self, table: schema.Table, rows: Sequence[Column], row_ids: I64) -> None:
        """Enter rows over those that they replace. Raises 23505."""
        gone = self._ids_gone(table.table_id)
        for unique in table.unique_keys:
            encoded, there = self._entries(unique, rows)
            is_kept = [id_ in gone for id_ in there]
            entries = list(zip(encoded, packed_ids(row_ids), strict=True))
            kept = [
                (k, id_) for (k, id_), kept in zip(entries, is_kept, strict=True) if k is not None and kept
            ]
            self._batch.put_new("keys", kept, overwrite=True)
            if len(kept) < len(entries):
                others = [(None if kept else k, id_) for (k, id_), kept in zip(entries, is_kept, strict=True)]
                _add(self._batch, table, unique, rows, others)

    def forget(self, table: schema.Table, row_ids: I64) -> None:
        """Remove the entries of deleted rows."""
        # What an expired row has had for a key, another one may have by now.
        ids = self._ids_gone(table.table_id) if table.table_id in self._snapshot.expiring else None
        for rows in deleted_rows(self._snapshot, table, row_ids, table.unique_positions):
            for unique in table.unique_keys:
                for encoded in watched(keys_of(unique, rows)):
                    if encoded is not None and (ids is None or self._batch.get("keys", encoded) in ids):
                        self._batch.delete("keys", encoded)

    def _ids_gone(self, table_id: int) -> set[bytes]:
        found = self._gone.get(table_id)
        if found is None:
            found = self._gone[table_id] = set(packed_ids(self._deletes.get(table_id, NO_ROWS)))
        return found

    def _entries(
        self, unique: UniqueKey, rows: Sequence[Column]
    ) -> tuple[list[bytes | None], list[bytes | None]]:
        found = self._found.get((id(rows), unique.key_id))
        if found is None:
            encoded, get = keys_of(unique, rows), self._batch.get
            there = [None if k is None else get("keys", k) for k in watched(encoded)]
            found = self._found[id(rows), unique.key_id] = encoded, there
        return found


def packed_ids(row_ids: I64) -> list[bytes]:
    """Return row ids as entries have them."""
    packed: list[bytes] = row_ids.astype(">u8").view("V8").tolist()
    return packed


def deleted_rows(
    snapshot: Snapshot, table: schema.Table, row_ids: I64, positions: Collection[int]
) -> Iterator[dict[int, Column]]:
    """Yield columns of a table, as it is or will be, of rows of a snapshot, piece by piece."""
    for segment in snapshot.segments(table.table_id):
        offsets = segment.offsets_of(row_ids)
        if len(offsets):
            laid = segment.laid_out(table.stored)
            yield {position: laid.column(position).take(offsets) for position in positions}


def add_keys(
    batch: Batch,
    table: schema.Table,
    keys: Sequence[UniqueKey],
    columns: Sequence[Column] | Mapping[int, Column],
    row_ids: I64,
) -> None:
    """Enter rows, given as their columns, in `keys`. Raises 23505 naming the key that is taken."""
    ids = packed_ids(row_ids)
    for unique in keys:
        _add(batch, table, unique, columns, list(zip(keys_of(unique, columns), ids, strict=True)))


def _add(
    batch: Batch,
    table: schema.Table,
    unique: UniqueKey,
    columns: Sequence[Column] | Mapping[int, Column],
    entries: Sequence[tuple[bytes | None, bytes]],
) -> None:
    """Enter the keys of rows, those that are not None."""
    items = [(k, id_) for k, id_ in entries if k is not None]
    if batch.put_new("keys", items) == len(items):
        return
    seen: set[bytes] = set()
    for place, (k, id_) in enumerate(watched(entries)):
        if k is not None:
            if batch.get("keys", k) != id_ or k in seen:
                raise duplicate_key(table, unique, columns, place)
            seen.add(k)


def duplicate_key(
    table: schema.Table,
    unique: UniqueKey,
    columns: Sequence[Column] | Mapping[int, Column],
    place: int,
    is_new: bool = False,
) -> UniqueViolation:
    """Return the error of a row whose key is taken; `is_new` of a key that is being made."""
    names = [table.stored[position].name for position in unique.positions]
    shown = shown_key(names, [columns[position] for position in unique.positions], place)
    if is_new:
        what, end = f'could not create unique index "{unique.name}"', "is duplicated"
    else:
        what, end = f'duplicate key value violates unique constraint "{unique.name}"', "already exists"
    subject = Subject(table.schema, table.name, constraint=unique.name)
    return UniqueViolation(what, detail=f"Key {shown} {end}.", subject=subject)
