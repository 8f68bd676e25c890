"""Rows of the catalog as functions have values, kept while what they are made of stays.

Who asks for the rows of one object by its OID or its name gets them without those of all others: they are made
of a snapshot in which there is nothing else. What others refer to by their ids is still found in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import NoneType
from typing import Any, NamedTuple

from vql import schema
from vql.deadline import check_deadline, runs_watched
from vql.executor.bridge.catalog.constraints import OF_CONSTRAINT
from vql.language.analyze.catalog_columns import NARROWING, catalog_columns
from vql.naming import Qualified
from vql.roles.access import DatabaseRights
from vql.roles.role import Role
from vql.storage.columns.column import Column, from_strings
from vql.storage.persistent import PersistentMap
from vql.storage.snapshot import Snapshot
from vql.typed import Inside, id_of
from vql.types.arrays.arrays import ArrayType
from vql.types.extensions.extension import Extension
from vql.types.objects import ObjectName
from vql.types.type import TEXT, Type

Row = tuple[Any, ...]
# What is kept of one session.
KEPT_MAX = 512
# What every narrowed snapshot has: what rows of other objects refer to, and seldom many.
SHARED = schema.Schema | Extension | Role | DatabaseRights


# Relations with rows of each object, and the columns that say of which.
OF_OBJECTS = {
    "pg_class": (0,), "pg_attribute": (0,), "pg_attrdef": (1,), "pg_index": (1,), "pg_constraint": (7, 8),
    "pg_type": (0,), "pg_proc": (0,),
}  # fmt: skip
Shared = Mapping[Qualified, schema.Object]
Make = Callable[[Snapshot], Sequence[Row]]
# Objects whose rows are made at a time, with a look at the deadline before each.
CHUNK = 500
NO_OBJECT = 0


class RowsOfObject(NamedTuple):
    """The rows of an object, and what else they depend on."""

    made_of: schema.Object | None
    depends: object
    rows: list[Row]


class ObjectRows:
    """The rows of each object of a database, kept while it stays the same: a definition makes anew those of
    what it defines. Shared by the sessions of a process: the rows of an object are replaced, never changed."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[int, RowsOfObject]] = {}

    def all_rows(self, key: str, snapshot: Snapshot, shared: Shared, make: Make) -> list[Row]:
        """Return all rows of a relation of OF_OBJECTS; `shared` is what all of them may depend on."""
        now = self._current(key, _objects(snapshot), snapshot, shared, make)
        found = [row for each in now.values() for row in each.rows]
        self._kept[key] = now
        return found

    def rows_of(
        self, key: str, objects: Iterable[schema.Object], snapshot: Snapshot, shared: Shared, make: Make
    ) -> list[Row]:
        """Return the rows of some objects, and of what is built in."""
        there = [(NO_OBJECT, None), *((id_of(each), each) for each in objects if isinstance(each, Inside))]
        now = self._current(key, there, snapshot, shared, make)
        kept = self._kept.setdefault(key, {})
        if len(kept) > 2 * (len(snapshot.tables) + len(snapshot.others)) + CHUNK:
            kept.clear()  # most of it was dropped
        kept.update(now)
        return [row for each in now.values() for row in each.rows]

    def _current(
        self,
        key: str,
        objects: Iterable[tuple[int, schema.Object | None]],
        snapshot: Snapshot,
        shared: Shared,
        make: Make,
    ) -> dict[int, RowsOfObject]:
        before, now = self._kept.get(key, {}), dict[int, RowsOfObject]()
        given, types = tuple(shared.values()), catalog_columns(key)[1]
        missing: list[tuple[int, schema.Object | None]] = []
        for number, each in objects:
            depends = (given, _count(each, snapshot) if key == "pg_class" else 0)
            found = before.get(number)
            if found is None or found.made_of is not each or found.depends != depends:
                missing.append((number, each))
                found = RowsOfObject(each, depends, [])
            now[number] = found
        for chunk in runs_watched(missing, CHUNK):
            made = make(_with_objects([each for _, each in chunk if each is not None], shared, snapshot))
            numbers = _numbers(key, chunk)
            first, *others = OF_OBJECTS[key]
            of = [numbers.get(row[first], NO_OBJECT) for row in made]
            for place in others:
                of = [
                    number or numbers.get(row[place], NO_OBJECT) for number, row in zip(of, made, strict=True)
                ]
            if chunk[0][0] != NO_OBJECT:  # what is no object's comes with each chunk
                made = [row for row, number in zip(made, of, strict=True) if number != NO_OBJECT]
                of = [number for number in of if number != NO_OBJECT]
            for row, number in zip(_internal_rows(made, types), of, strict=True):
                now[number].rows.append(row)
        return now


def _objects(snapshot: Snapshot) -> Iterator[tuple[int, schema.Object | None]]:
    """Yield what relations have rows of, and its id: nothing, for what is built in, then all objects."""
    yield NO_OBJECT, None
    yield from snapshot.tables_by_id.items()
    for number, each in snapshot.others_by_id.items():
        if not isinstance(each, SHARED | schema.Comment):
            yield number, each


def _count(each: schema.Object | None, snapshot: Snapshot) -> int:
    """Return the rows of a table, as pg_class counts them."""
    if not isinstance(each, schema.Table):
        return 0
    return sum(segment.rows for segment in snapshot.readable_segments(each.table_id))


def _numbers(key: str, objects: Iterable[tuple[int, schema.Object | None]]) -> dict[object, int]:
    """Return the ids of objects by what rows of a relation call them."""
    found: dict[object, int] = {}
    for number, each in objects:
        if isinstance(each, schema.Table | schema.View | schema.RowType):
            found[number + schema.ROW_TYPES] = found[number + schema.ROW_ARRAYS] = number
        elif isinstance(each, schema.Typed):
            found |= {each.type.catalog_oid: number, each.type.array.catalog_oid: number}
        if key != "pg_type":
            found[number] = number
            indexes = each.indexes if isinstance(each, schema.Table) else ()
            found |= {index.index_id: number for index in indexes}
    found.pop(NO_OBJECT, None)
    return found


def _with_objects(
    objects: Iterable[schema.Object], shared: Mapping[Qualified, schema.Object], snapshot: Snapshot
) -> Snapshot:
    """Return a snapshot in which there is nothing but some objects and what is shared."""
    there = list(objects)
    tables = {each.qualified: each for each in there if isinstance(each, schema.Table)}
    others = {each.qualified: each for each in there if not isinstance(each, schema.Table)}
    return replace(snapshot, tables=PersistentMap(tables), others=PersistentMap({**shared, **others}))


class KeptRows:
    """One session's rows of the catalog."""

    def __init__(self, of_objects: ObjectRows | None = None) -> None:
        """`of_objects` are those of the database, of which the sessions of a process share the rows."""
        self._of_objects = ObjectRows() if of_objects is None else of_objects
        self._lists: dict[str, tuple[object, list[Row]]] = {}
        self._read_of: dict[str, tuple[object, ...]] = {}
        self._rows: dict[tuple[str, str, object], tuple[object, list[Row]]] = {}
        self._indexes: dict[tuple[str, str], tuple[list[Row], dict[object, list[Row]]]] = {}
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
        """Return rows of a relation: all of those that have a value in a column, and maybe some more; all
        there are where the column is "". `made_of` says what they depend on."""
        if not value and key == "pg_constraint":  # those of domains are no relation's
            column, value = "", None
        listed = self._lists.get(key)
        if listed is None or listed[0] != made_of:
            if column in NARROWING.get(key, ()):
                return self._narrowed(key, column, value, snapshot, made_of, make)
            listed = self._lists[key] = made_of, self._listed(key, snapshot, make)
        return self._having(key, column, listed[1]).get(value, []) if column else listed[1]

    def has(self, key: str, column: str, value: object, made_of: tuple[object, ...]) -> bool:
        """Whether what `rows` would return has been made."""
        listed = self._lists.get(key)
        if listed is None or listed[0] != made_of:
            kept = self._rows.get((key, column, value))
            return kept is not None and kept[0] == made_of
        found = self._indexes.get((key, column))
        return not column or (found is not None and found[0] is listed[1])

    def is_first_read(self, key: str, made_of: tuple[object, ...]) -> bool:
        """Whether it is the first time that a relation is listed which is made of that."""
        before, self._read_of[key] = self._read_of.get(key), made_of
        return before != made_of

    def _listed(self, key: str, snapshot: Snapshot, make: Make) -> list[Row]:
        if key in OF_OBJECTS:
            return self._of_objects.all_rows(key, snapshot, self._shared_in(snapshot), make)
        return _internal_rows(make(snapshot), catalog_columns(key)[1])

    def _narrowed(
        self,
        key: str,
        column: str,
        value: object,
        snapshot: Snapshot,
        made_of: tuple[object, ...],
        make: Make,
    ) -> list[Row]:
        at = (key, column, value)
        kept = self._rows.get(at)
        if kept is not None and kept[0] == made_of:
            return kept[1]
        shared, objects = self._shared_in(snapshot), self._meant(key, value, snapshot)
        if key in OF_OBJECTS:
            made = self._of_objects.rows_of(key, objects, snapshot, shared, make)
        else:
            seen = _with_objects(self._with_read(key, objects, snapshot), shared, snapshot)
            made = _internal_rows(make(seen), catalog_columns(key)[1])
        if len(self._rows) >= KEPT_MAX:
            self._rows.clear()
        self._rows[at] = made_of, made
        return made

    def _having(self, key: str, column: str, rows: list[Row]) -> dict[object, list[Row]]:
        """Return the rows of a list by their values in a column."""
        found = self._indexes.get((key, column))
        if found is None or found[0] is not rows:
            place, by_value = catalog_columns(key)[0].index(column), dict[object, list[Row]]()
            for row in rows:
                by_value.setdefault(row[place], []).append(row)
            found = self._indexes[key, column] = rows, by_value
        return found[1]

    def _shared_in(self, snapshot: Snapshot) -> dict[Qualified, schema.Object]:
        if self._shared[0] != snapshot.catalog_version:
            found = snapshot.others.items()
            self._shared = (
                snapshot.catalog_version,
                {n: each for n, each in found if isinstance(each, SHARED)},
            )
        return self._shared[1]

    def _meant(self, key: str, value: object, snapshot: Snapshot) -> list[schema.Object]:
        """Return the objects that a name or an OID may be of."""
        if isinstance(value, str):
            return _named(value, self._shared_in(snapshot), snapshot, is_type=key == "pg_type")
        assert isinstance(value, int), "an OID"
        objects = _numbered(value, snapshot)
        is_made = key == "pg_type" and value >= schema.FIRST_OID_MADE
        return [*objects, *_typed(snapshot)] if is_made else objects

    def _with_read(
        self, key: str, objects: Sequence[schema.Object], snapshot: Snapshot
    ) -> list[schema.Object]:
        found = _and_read(objects, snapshot)
        return found + _of_columns(found, snapshot) if key.startswith("information_schema.") else found


def _and_read(objects: Sequence[schema.Object], snapshot: Snapshot) -> list[schema.Object]:
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
    return [each for each in snapshot.others.values() if isinstance(each, schema.NamedType)]


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
    if base.category == "T":
        return lambda text: base.coerce(text, None)
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
        is_so = make is None or set(map(type, cells)) <= {make, NoneType}
        columns.append(cells if make is None or is_so else [None if c is None else make(c) for c in cells])
    return list(zip(*columns, strict=True))


def duck_cells(values: Sequence[object], type_: Type) -> Column:
    """Return values of a type, internal or texts, as the texts that DuckDB casts to it: most come many times."""
    types = set(map(type, values))
    if ObjectName in types:  # those of one OID are equal, and may have several names
        values = [value.together if isinstance(value, ObjectName) else value for value in values]
    if list in types:
        element = None if type_.of_list.element.base.is_stored_as_is else str
        return from_strings(TEXT, [_text(value, element) for value in values])
    texts = {value: _text(value) for value in set(values)}
    check_deadline()
    return from_strings(TEXT, list(map(texts.__getitem__, values)))


def _text(value: object, element: Callable[[object], str] | None = None) -> str | None:
    if isinstance(value, ObjectName):
        return value.together
    if isinstance(value, list):
        items = [each.together if isinstance(each, ObjectName) else each for each in value]
        return json.dumps(items if element is None else [None if e is None else element(e) for e in items])
    return None if value is None else str(value)
