"""Rows of the catalog as functions have values, kept while what they are made of stays.

Who asks for the rows of one object by its OID or its name gets them without those of all others: they are made
of a snapshot in which there is nothing else. What others refer to by their ids is still found in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from vql import schema
from vql.executor.bridge.catalog.constraints import OF_CONSTRAINT
from vql.language.analyze.catalog_columns import catalog_columns
from vql.naming import Qualified
from vql.roles.access import DatabaseRights
from vql.roles.role import Role
from vql.storage.persistent import PersistentMap
from vql.storage.snapshot import Snapshot
from vql.types.arrays.arrays import ArrayType
from vql.types.extensions.extension import Extension
from vql.types.type import Domain, Type

Row = tuple[Any, ...]
# What is kept of one session.
KEPT_MAX = 512
# What every narrowed snapshot has: what rows of other objects refer to, and seldom many.
SHARED = (schema.Schema, Extension, Role, DatabaseRights)


class KeptRows:
    """One session's rows of the catalog."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, object], tuple[object, list[Row]]] = {}
        self._shared: tuple[object, dict[Qualified, schema.Object]] = (None, {})

    def rows(
        self,
        key: str,
        column: str,
        value: object,
        snapshot: Snapshot,
        made_of: tuple[object, ...],
        make: Callable[[Snapshot], Sequence[Row]],
    ) -> list[Row]:
        """Return rows of a relation: all of those that have a value in a column of `NARROWING`, and maybe
        some more; all there are where the column is "". `made_of` says what they depend on."""
        if not value and key == "pg_constraint":  # those of domains are no relation's
            column, value = "", None
        at = (key, column, value)
        kept = self._rows.get(at)
        if kept is not None and kept[0] == made_of:
            return kept[1]
        seen = snapshot if not column else self._narrowed(key, column, value, snapshot)
        types = catalog_columns(key)[1]
        made = _internal_rows(make(seen), types)
        if len(self._rows) >= KEPT_MAX:
            self._rows.clear()
        self._rows[at] = made_of, made
        return made

    def _narrowed(self, key: str, column: str, value: object, snapshot: Snapshot) -> Snapshot:
        if self._shared[0] != snapshot.catalog_version:
            found = snapshot.others.items()
            self._shared = (
                snapshot.catalog_version,
                {n: each for n, each in found if isinstance(each, SHARED)},
            )
        shared = self._shared[1]
        if isinstance(value, str):
            objects = _named(value, shared, snapshot, is_type=key == "pg_type")
        else:
            assert isinstance(value, int), "an OID"
            objects = _numbered(value, snapshot)
            if key == "pg_type" and value >= schema.FIRST_OID_MADE:
                objects += _typed(snapshot)
        objects = _with_read(objects, snapshot)
        if key.startswith("information_schema."):
            objects += _of_columns(objects, snapshot)
        tables = {each.qualified: each for each in objects if isinstance(each, schema.Table)}
        others = shared | {each.qualified: each for each in objects if not isinstance(each, schema.Table)}
        return replace(snapshot, tables=PersistentMap(tables), others=PersistentMap(others))


def _with_read(objects: Sequence[schema.Object], snapshot: Snapshot) -> list[schema.Object]:
    """Return objects and what the queries of views among them read, by which these may be changed."""
    found, left = list[schema.Object](), list(objects)
    while left:
        each = left.pop()
        found.append(each)
        if isinstance(each, schema.View):
            read = (snapshot.definition(reading.object_id) for reading in each.reads)
            left += [other for other in read if isinstance(other, schema.Table | schema.View)]
    return found


def _of_columns(objects: Sequence[schema.Object], snapshot: Snapshot) -> list[schema.Object]:
    """Return what columns are of and numbered by: types that somebody made, sequences."""
    columns = [c for each in objects if isinstance(each, schema.Table | schema.View) for c in each.columns]
    ids = {column.numbered_by for column in columns if column.numbered_by}
    ids |= {id_ for column in columns if column.type.made for id_ in _ids_of(column.type.catalog_oid)}
    return [each for each in map(snapshot.definition, ids) if each is not None] + _typed(snapshot)


def _ids_of(oid: int) -> tuple[int, ...]:
    """Return the objects that a type's OID may be of: itself, or the relation whose rows are of the type."""
    return oid, oid - schema.ROW_TYPES, oid - schema.ROW_ARRAYS


def _numbered(oid: int, snapshot: Snapshot) -> list[schema.Object]:
    """Return what an OID may be of: of a relation, of its rows, of an index or a constraint of it."""
    places = (*_ids_of(oid), oid - OF_CONSTRAINT)
    ids = {*places, *(snapshot.part_tables.get(place, 0) for place in places)}
    found = map(snapshot.definition, ids)
    return [each for each in found if each is not None and not isinstance(each, SHARED)]


def _typed(snapshot: Snapshot) -> list[schema.Object]:
    """Return types that somebody made, arrays of which have OIDs of their own."""
    return [
        each for each in snapshot.others.values() if isinstance(each, schema.Enum | schema.RowType | Domain)
    ]


def _named(
    name: str, shared: Iterable[tuple[str, str]], snapshot: Snapshot, is_type: bool
) -> list[schema.Object]:
    schemas = [called for in_schema, called in shared if not in_schema]
    found: list[schema.Object] = []
    for called in {name, name.removeprefix("_")} if is_type else {name}:
        for in_schema in schemas:
            at = (in_schema, called)
            owner = snapshot.index_names.get(at)
            each = snapshot.tables.get(at) or snapshot.others.get(at)
            found += [] if each is None or isinstance(each, SHARED) else [each]
            found += [] if owner is None else [snapshot.tables_by_id[owner]]
    return found


def _to_internal(type_: Type) -> Callable[[Any], Any] | None:
    """Return what makes a cell that is not NULL what functions have for it; None for what is so already."""
    base = type_.base
    if isinstance(base, ArrayType):
        of_items = base.element.internal if base.element.is_looked_up else _item(base.element.category)
        return lambda items: list(map(of_items, items))
    if base.is_looked_up or base.category == "D":
        return base.internal
    if base.category == "B":
        return None
    if base.category == "N":
        return float if type_.is_float else int
    return str


def _item(category: str) -> Callable[[Any], Any]:
    return str if category == "S" else int


def _internal_rows(rows: Sequence[Row], types: Sequence[Type]) -> list[Row]:
    """Return rows as functions have them."""
    columns = []
    for cells, type_ in zip(zip(*rows, strict=True), types, strict=False):
        make = _to_internal(type_)
        columns.append(cells if make is None else [None if c is None else make(c) for c in cells])
    return list(zip(*columns, strict=True))
