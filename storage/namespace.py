"""The names there are: of tables, of their indexes, and of what is no table.

Tables, indexes and what else is their kin share the names of a schema; schemas themselves
are found under no schema's name. `Namespace` is changed by whoever has it; the maps in it never are, so that
snapshots hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import is_
from typing import Protocol, TypeVar

from vql import schema
from vql.constraints import expiry_of
from vql.naming import Qualified
from vql.storage.persistent import PersistentMap
from vql.types.extensions.extension import VECTORS

Definition = schema.Object | None
# What is there before anything is defined.
FIRST: dict[int, schema.Object] = {
    schema.PUBLIC_ID: schema.Schema(schema.PUBLIC_ID, schema.PUBLIC, schema.PUBLIC_ACCESS),
    VECTORS.extension_id: VECTORS,
}
Tables = PersistentMap[Qualified, schema.Table]
Others = PersistentMap[Qualified, schema.Object]


class Catalogued(Protocol):
    """What there is, by name and by id."""

    @property
    def tables(self) -> Tables: ...
    @property
    def tables_by_id(self) -> PersistentMap[int, schema.Table]: ...
    @property
    def index_names(self) -> PersistentMap[Qualified, int]: ...
    @property
    def part_tables(self) -> PersistentMap[int, int]: ...
    @property
    def expiring(self) -> frozenset[int]: ...
    @property
    def others(self) -> Others: ...
    @property
    def others_by_id(self) -> PersistentMap[int, schema.Object]: ...


class Namespace:
    """The tables there are, by name and by id, the names of their indexes, and what is no table: maps that
    others may keep, replaced as definitions change."""

    def __init__(self, before: Catalogued | None = None) -> None:
        """Begin with what there is `before`, with what is there from the beginning without."""
        self.tables: Tables = PersistentMap()
        self.tables_by_id: PersistentMap[int, schema.Table] = PersistentMap()
        self.index_names: PersistentMap[Qualified, int] = PersistentMap()
        # The tables that indexes and constraints are of, by the ids of these.
        self.part_tables: PersistentMap[int, int] = PersistentMap()
        self.others: Others = PersistentMap({each.qualified: each for each in FIRST.values()})
        self.others_by_id: PersistentMap[int, schema.Object] = PersistentMap(FIRST)
        # The tables whose rows expire.
        self.expiring: frozenset[int] = frozenset()
        if before is not None:
            self.expiring = before.expiring
            self.tables, self.tables_by_id = before.tables, before.tables_by_id
            self.others, self.others_by_id = before.others, before.others_by_id
            self.index_names, self.part_tables = before.index_names, before.part_tables

    def define(self, object_id: int, definition: Definition) -> None:
        """Give an object another definition, or drop it."""
        known = self.tables_by_id.get(object_id)
        if known is not None:
            for index in known.indexes:
                if self.index_names.get((known.schema, index.name)) == object_id:
                    self.index_names = self.index_names.without((known.schema, index.name))
        parts = () if known is None else parts_of_table(known)
        kept = parts_of_table(definition) if isinstance(definition, schema.Table) else ()
        for part in parts:
            # In one commit another table may have taken it already, as TRUNCATE makes one.
            if part not in kept and self.part_tables.get(part) == object_id:
                self.part_tables = self.part_tables.without(part)
        for part in kept:
            if self.part_tables.get(part) != object_id:
                self.part_tables = self.part_tables.having(part, object_id)
        if object_id in self.expiring or isinstance(definition, schema.Table) and definition.options:
            rest = self.expiring - {object_id}
            is_expiring = isinstance(definition, schema.Table) and expiry_of(definition.options) is not None
            self.expiring = rest | {object_id} if is_expiring else rest
        if isinstance(definition, schema.Table):
            for index in definition.indexes:
                self.index_names = self.index_names.having((definition.schema, index.name), object_id)
        if known is not None or isinstance(definition, schema.Table):
            assert definition is None or isinstance(definition, schema.Table), "an object stays of its kind"
            self.tables, self.tables_by_id = defining(self.tables, self.tables_by_id, object_id, definition)
        else:
            self.others, self.others_by_id = defining(self.others, self.others_by_id, object_id, definition)


def parts_of_table(table: schema.Table) -> tuple[int, ...]:
    """Return the ids of the indexes, checks and foreign keys of a table."""
    checks = [check.constraint_id for check in table.checks]
    keys = [key.constraint_id for key in table.foreign_keys]
    return (*[index.index_id for index in table.indexes], *checks, *keys)


Defined = TypeVar("Defined", bound=schema.Object)


def defining(
    by_name: PersistentMap[Qualified, Defined],
    by_id: PersistentMap[int, Defined],
    object_id: int,
    definition: Defined | None,
) -> tuple[PersistentMap[Qualified, Defined], PersistentMap[int, Defined]]:
    """Return objects by name and by id with another definition of one, or without it."""
    known = by_id.get(object_id)
    if known is not None and (definition is None or definition.qualified != known.qualified):
        # In one commit another object may have taken the name already.
        if by_name[known.qualified] is known:
            by_name = by_name.without(known.qualified)
    if definition is not None:
        return by_name.having(definition.qualified, definition), by_id.having(object_id, definition)
    return by_name, by_id if known is None else by_id.without(object_id)


class Defining(Protocol):
    """What a transaction has defined."""

    @property
    def tables(self) -> Mapping[int, schema.Table | None]: ...
    @property
    def others(self) -> Mapping[int, Definition]: ...


class ChangedNames:
    """The names there are where a transaction has changed some, kept while it changes no more and sees the
    same. One transaction's."""

    def __init__(self) -> None:
        self._made_of: tuple[object, ...] = ()
        self._names = Namespace()

    def of(self, base: Catalogued, changes: Defining) -> Namespace:
        """Return the names behind changes on a snapshot."""
        source = _source(base, changes)
        if not self._made_of or not all(map(is_, self._made_of, source)):
            self._names = Namespace(base)
            for object_id, definition in (*changes.tables.items(), *changes.others.items()):
                self._names.define(object_id, definition)
            self._made_of = source
        return self._names

    def define(self, object_id: int, definition: Definition, base: Catalogued, changes: Defining) -> None:
        """Take over one definition more, the last of the changes on a snapshot, behind those known."""
        self._made_of = ()  # till it is whole again
        self._names.define(object_id, definition)
        self._made_of = _source(base, changes)


def _source(base: Catalogued, changes: Defining) -> tuple[object, ...]:
    return base.tables_by_id, base.others_by_id, changes.tables, changes.others
