"""What a definition of a table is given when it is made or changed: ids of columns and indexes, names of
keys. No state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from vql import schema
from vql.constraints import ForeignKey
from vql.errors import DuplicateTable
from vql.storage.snapshot import Snapshot


def identified(table: schema.Table, view: Snapshot, new_object_id: Callable[[], int]) -> schema.Table:
    """Return a table with all that it is to have of these and has not; `view` is what there is before. Raises
    42P07 for a name that is taken."""
    table = table.numbered()
    indexes: list[schema.Index] = []
    for index in table.indexes:
        if not index.index_id:
            words = "_".join((*index.columns, *index.included))
            base = f"{table.name}_pkey" if index.primary else f"{table.name}_{words}_key"
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
    made = replace(table, indexes=tuple(indexes), checks=tuple(checks))
    keys = [
        key if key.constraint_id else _identified_reference(key, made, view, new_object_id())
        for key in table.foreign_keys
    ]
    return replace(made, foreign_keys=tuple(keys))


def _identified_reference(
    key: ForeignKey, table: schema.Table, view: Snapshot, constraint_id: int
) -> ForeignKey:
    """Return a foreign key with its id, and those of what it refers to."""
    is_own = key.referenced_id in (0, table.table_id)
    referenced = table if is_own else view.tables_by_id[key.referenced_id]
    wanted = sorted(key.referenced)
    target = next(
        unique
        for unique in referenced.unique_keys
        if sorted(referenced.stored[position].number for position in unique.read) == wanted
    )
    return replace(key, constraint_id=constraint_id, referenced_id=referenced.table_id, key_id=target.key_id)


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


def repointed(table: schema.Table, ids: Mapping[int, int]) -> schema.Table:
    """Return a table with other ids for tables and keys that it refers to, or that refer to it."""

    def now(known: int) -> int:
        return ids.get(known, known)

    keys = tuple(
        replace(key, referenced_id=now(key.referenced_id), key_id=now(key.key_id))
        for key in table.foreign_keys
    )
    return replace(table, foreign_keys=keys, referenced_by=tuple(map(now, table.referenced_by)))
