"""What a definition of a table is given when it is made or changed: ids of columns and indexes, sequences of
identity columns, the index of its primary key. No state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vql import schema
from vql.storage.snapshot import Snapshot


def identified(
    table: schema.Table, view: Snapshot, new_object_id: Callable[[], int], key_name: str = ""
) -> schema.Table:
    """Return a table with all that it is to have of these and has not; `view` is what there is before,
    `key_name` what a new primary key is called, if that is said."""
    table = table.numbered()
    columns = [
        replace(column, sequence=f"sequence {new_object_id()}")
        if column.identity and not column.sequence
        else column
        for column in table.columns
    ]
    indexes = table.indexes
    if table.primary_key and not table.key_name:
        name = key_name or free_name(f"{table.name}_pkey", table, view)
        key = schema.Index(
            new_object_id(), name, table.table_id, table.primary_key, "btree", unique=True, primary=True
        )
        indexes = (key, *indexes)
    return replace(table, columns=tuple(columns), indexes=indexes)


def free_name(name: str, table: schema.Table, view: Snapshot) -> str:
    """Return a name that no relation has, or only an index that the table loses."""
    found, number = name, 0
    while view.has_relation(found):
        is_mine = view.index_names.get(found) == table.table_id
        if is_mine and all(index.name != found for index in table.indexes):
            break
        number += 1
        found = f"{name}{number}"
    return found
