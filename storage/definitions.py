"""What a definition of a table is given when it is made or changed: ids of columns and indexes, sequences of
identity columns, the index of its primary key. No state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vql import schema


def identified(
    table: schema.Table, new_object_id: Callable[[], int], is_taken: Callable[[str], bool]
) -> schema.Table:
    """Return a table with all that it is to have of these and has not; `is_taken` says whether a relation
    has a name."""
    table = table.numbered()
    columns = [
        replace(column, sequence=f"sequence {new_object_id()}")
        if column.identity and not column.sequence
        else column
        for column in table.columns
    ]
    indexes = table.indexes
    if table.primary_key and not table.key_name:
        name, number = f"{table.name}_pkey", 0
        while is_taken(name):
            number += 1
            name = f"{table.name}_pkey{number}"
        key = schema.Index(
            new_object_id(), name, table.table_id, table.primary_key, "btree", unique=True, primary=True
        )
        indexes = (key, *indexes)
    return replace(table, columns=tuple(columns), indexes=indexes)
