"""Rows of pg_opclass, and pg_index.indclass: which operator class each column of an index has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from vql import schema
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.namespaces import CATALOG, namespaces
from vql.executor.bridge.catalog.type_rows import OWNER
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot
from vql.types.arrays.arrays import ArrayType
from vql.types.base import BaseType
from vql.types.extensions.extension import VECTORS, extension_schemas
from vql.types.opclasses import OPCLASSES, opclass_of
from vql.types.type import BASE_TYPES, JSONB, SCALARS, Type

# PostgreSQL's classes below the OIDs of objects that are made, the extension's above them.
FIRST_BUILT_IN, FIRST_OF_EXTENSION = 14_000, 16_420
# The classes of all types of a kind, and the pseudo-types that they take.
OF_KINDS = {
    "e": ("enum_ops", 3500), "r": ("range_ops", 3831), "m": ("multirange_ops", 4537), "c": ("record_ops", 2249),
}  # fmt: skip
ARRAY_CLASS, ANY_ARRAY = "array_ops", 2277


@cache
def operator_classes() -> dict[tuple[str, str], Row]:
    """Return the rows of pg_opclass by access method and name."""
    rows: dict[tuple[str, str], Row] = {}
    found = [(m, ARRAY_CLASS, ANY_ARRAY, True) for m in (*registry.SORTED, *registry.OF_ELEMENTS)]
    for method in registry.OF_ELEMENTS:
        found += [
            (method, name, JSONB.base.oid or 0, name == "jsonb_ops")
            for name in ("jsonb_ops", "jsonb_path_ops")
        ]
    for method in registry.SORTED:
        if method not in registry.CLASS_ENDINGS:
            found += [(method, name, taken, True) for name, taken in OF_KINDS.values()]
        found += [
            (method, _name(method, base), base.oid or 0, True)
            for base in SCALARS
            if base.has_order and not base.metrics and base.type_kind == "b" and not base.classed_as
        ]
    for place, (method, name, taken, is_default) in enumerate(found, FIRST_BUILT_IN):
        rows[method, name] = (place, registry.oid_of(method), name, CATALOG, OWNER, 0, taken, is_default, 0)
    place = FIRST_OF_EXTENSION
    for method, kinds in registry.OURS.items():
        for name, (type_name, metric) in OPCLASSES.items():
            base = BASE_TYPES[type_name]
            for kind in kinds:
                if kind.accepts(Type(type_name), metric):
                    is_default = not kind.needs_opclass and metric == base.metrics[0]
                    rows[method, name] = (
                        place, registry.oid_of(method), name, schema.PUBLIC_ID, OWNER, 0, base.oid, is_default, 0,
                    )  # fmt: skip
                    place += 1
    return rows


def classes_shown(snapshot: Snapshot) -> list[Row]:
    """Return the rows of pg_opclass: the extension's classes are in its schema, while it is there."""
    place = namespaces(snapshot).get(extension_schemas(snapshot.others).get(VECTORS.name, ""))
    made = operator_classes().values()
    if place is None:
        return [row for row in made if _oid(row) < FIRST_OF_EXTENSION]
    return [(*row[:3], place, *row[4:]) if _oid(row) >= FIRST_OF_EXTENSION else row for row in made]


def extension_classes() -> Iterator[int]:
    """Yield the OIDs of the extension's classes."""
    return (oid for oid in map(_oid, operator_classes().values()) if oid >= FIRST_OF_EXTENSION)


def classes_of(index: schema.Index, table: schema.Table) -> list[str]:
    """Return the OIDs of an index's classes, as oidvector has them; 0 where a method has none by name."""
    found = []
    for place, name in enumerate(index.columns):
        type_ = table.stored[table.stored_position(name)].type
        if index.metric:
            called = opclass_of(type_.name, index.metric)
        else:
            called = index.opclass if index.opclass and not place else _name(index.method, type_.base)
        row = operator_classes().get((index.method, called))
        found.append("0" if row is None else str(_oid(row)))
    return found


def _oid(row: Row) -> int:
    return int(str(row[0]))


def _name(method: str, base: BaseType) -> str:
    """Return the class that a column of a type has where none is named."""
    if isinstance(base, ArrayType):
        return ARRAY_CLASS
    if base.type_kind in OF_KINDS:
        return OF_KINDS[base.type_kind][0]
    return (base.classed_as or base.short_name) + registry.CLASS_ENDINGS.get(method, "_ops")
