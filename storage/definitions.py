"""What a definition of a table is given when it is made or changed: ids of columns and indexes, sequences of
identity columns, names of keys. No state."""

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
    indexes, names = [], {index.name for index in table.indexes}
    for index in table.indexes:
        if not index.index_id:
            name = index.name or _key_name(table, index, lambda name: name in names or is_taken(name))
            index = replace(
                index, index_id=new_object_id(), name=name, table_id=table.table_id,
                method=index.method or "btree",
            )  # fmt: skip
            names.add(name)
        indexes.append(index)
    return replace(table, columns=tuple(columns), indexes=tuple(indexes))


def moved(table: schema.Table, table_id: int, new_object_id: Callable[[], int]) -> schema.Table:
    """Return a table under another id. Its unique keys are new: what is known under their ids is of the rows
    that it has had."""
    indexes = [
        replace(index, table_id=table_id, index_id=new_object_id() if index.unique else index.index_id)
        for index in table.indexes
    ]
    return replace(table, table_id=table_id, indexes=tuple(indexes))


def _key_name(table: schema.Table, index: schema.Index, is_taken: Callable[[str], bool]) -> str:
    """Return the name of a key that was given none."""
    base = f"{table.name}_pkey" if index.primary else f"{table.name}_{'_'.join(index.columns)}_key"
    name, number = base, 0
    while is_taken(name):
        number += 1
        name = f"{base}{number}"
    return name
