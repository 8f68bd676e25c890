"""Entries of unique keys in `keys`, as a commit writes them: a key is there as long as its row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from vql import schema
from vql.constraints import UniqueKey
from vql.deadline import watched
from vql.errors import Subject, UniqueViolation
from vql.storage.columns.column import Column
from vql.storage.files.metastore import Batch, key
from vql.storage.keys import keys_of
from vql.storage.transactions.references import shown_key
from vql.types.forms.ndarrays import I64

# Keys looked up at once before they are removed.
KEYS_AT_ONCE = 10_000


def remove_keys(batch: Batch, key_id: int) -> None:
    """Remove all entries of a unique key that is no more."""
    prefix = key(key_id)
    while found := [at for at, _ in islice(batch.range("keys", prefix, prefix), KEYS_AT_ONCE)]:
        for at in watched(found):
            batch.delete("keys", at)


def add_keys(
    batch: Batch,
    table: schema.Table,
    keys: Sequence[UniqueKey],
    columns: Sequence[Column] | Mapping[int, Column],
    row_ids: I64,
) -> None:
    """Enter rows, given as their columns, in `keys`. Raises 23505 naming the key that is taken."""
    ids = row_ids.astype(">u8").tobytes()
    for unique in keys:
        encoded = keys_of(unique, columns)
        items = [(k, ids[i * 8 : i * 8 + 8]) for i, k in enumerate(encoded) if k is not None]
        if batch.put_new("keys", items) < len(items):
            seen: set[bytes] = set()
            for place, k in enumerate(watched(encoded)):
                if k is None:
                    continue
                if batch.get("keys", k) != ids[place * 8 : place * 8 + 8] or k in seen:
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
