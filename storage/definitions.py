"""What a definition of a table is given when it is made or changed: ids of columns and indexes, sequences of
identity columns, names of keys. No state."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from vql import schema
from vql.errors import DuplicateTable
from vql.storage.snapshot import Snapshot


def identified(table: schema.Table, view: Snapshot, new_object_id: Callable[[], int]) -> schema.Table:
    """Return a table with all that it is to have of these and has not; `view` is what there is before. Raises
    42P07 for a name that is taken."""
    table = table.numbered()
    columns = [
        replace(column, sequence=f"sequence {new_object_id()}")
        if column.identity and not column.sequence
        else column
        for column in table.columns
    ]
    indexes: list[schema.Index] = []
    for index in table.indexes:
        if not index.index_id:
            base = f"{table.name}_pkey" if index.primary else f"{table.name}_{'_'.join(index.columns)}_key"
            others = {other.name for other in (*table.indexes, *indexes) if other is not index}
            name = free_name(index.name or base, table, view, others)
            if index.name and name != index.name:
                raise DuplicateTable(f'relation "{index.name}" already exists')
            index = replace(
                index, index_id=new_object_id(), name=name, table_id=table.table_id,
                method=index.method or "btree",
            )  # fmt: skip
        indexes.append(index)
    checks = [
        check if check.constraint_id else replace(check, constraint_id=new_object_id())
        for check in table.checks
    ]
    return replace(table, columns=tuple(columns), indexes=tuple(indexes), checks=tuple(checks))


def free_name(name: str, table: schema.Table, view: Snapshot, taken: Collection[str] = ()) -> str:
    """Return a name that is not `taken` and no relation has, or only an index that the table loses."""
    found, number = name, 0
    while found in taken or view.has_relation((table.schema, found)):
        is_mine = view.index_names.get((table.schema, found)) == table.table_id
        if is_mine and all(index.name != found for index in table.indexes):
            break
        number += 1
        found = f"{name}{number}"
    return found


def moved(table: schema.Table, table_id: int, new_object_id: Callable[[], int]) -> schema.Table:
    """Return a table under another id. Its unique keys are new: what is known under their ids is of the rows
    that it has had."""
    indexes = []
    for index in table.indexes:
        is_key = index.unique and not index.primary
        index_id = new_object_id() if is_key else index.index_id
        indexes.append(replace(index, table_id=table_id, index_id=index_id))
    return replace(table, table_id=table_id, indexes=tuple(indexes))
