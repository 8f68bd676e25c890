"""What one name or OID means in the catalog, found without a look at all that there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from vql import schema
from vql.executor.bridge.catalog.constraints import OF_CONSTRAINT, Constraint, constraints_on
from vql.language.analyze.catalog_columns import COLUMNS, catalog_oid, catalog_schema
from vql.naming import Qualified, searched
from vql.routines import RangeDefinition
from vql.storage.snapshot import Snapshot
from vql.types.extensions.extension import find_extension
from vql.types.type import Domain, Type, type_of_oid

# A part of a name, in quotes or without.
PART = re.compile(r'"((?:[^"]|"")*)"|([^\s."]+)')
RELATIONS = schema.View | schema.Sequence | schema.RowType


@cache
def _of_catalog() -> dict[Qualified, int]:
    """Return the OIDs of the catalog's own relations."""
    return {(catalog_schema(key), key.rpartition(".")[2]): catalog_oid(key) for key in COLUMNS}


@cache
def _names_of_catalog() -> dict[int, Qualified]:
    return {oid: name for name, oid in _of_catalog().items()}


def oid_of_relation(name: Sequence[str], snapshot: Snapshot, path: Sequence[str]) -> int | None:
    """Return the OID of the table, index, view, sequence or the like that a name means; None of none. Raises
    0A000 for a temporary one of another session."""
    if not name:
        return None
    for in_schema in searched(name, path):
        found = _relation_at((in_schema, name[-1]), snapshot)
        if found is not None:
            return found
    return None


def _relation_at(name: Qualified, snapshot: Snapshot) -> int | None:
    table = snapshot.tables.get(name)
    if table is not None:
        return table.table_id
    other = snapshot.others.get(name)
    if isinstance(other, schema.View):
        return other.view_id
    if isinstance(other, schema.Sequence):
        return other.sequence_id
    if isinstance(other, schema.RowType):
        return other.relation_id
    owner = snapshot.index_names.get(name)
    if owner is not None:
        return next(i.index_id for i in snapshot.tables_by_id[owner].indexes if i.name == name[1])
    return _of_catalog().get(name)


def name_of_relation(oid: int, snapshot: Snapshot) -> Qualified | None:
    """Return the schema and the name of a relation, None where there is none of an OID."""
    found = snapshot.definition(oid)
    if isinstance(found, schema.Table | RELATIONS):
        return found.qualified
    index = index_at(oid, snapshot)
    if index is not None:
        return index[0].schema, index[1].name
    return _names_of_catalog().get(oid)


def index_at(oid: int, snapshot: Snapshot) -> tuple[schema.Table, schema.Index] | None:
    """Return the index of an OID and its table."""
    table = snapshot.tables_by_id.get(snapshot.part_tables.get(oid, 0))
    found = () if table is None else [index for index in table.indexes if index.index_id == oid]
    return None if table is None or not found else (table, found[0])


def constraint_at(oid: int, snapshot: Snapshot) -> Constraint | None:
    """Return the constraint of an OID, None where there is none, or it is a domain's."""
    for part in (oid, oid - OF_CONSTRAINT):
        table = snapshot.tables_by_id.get(snapshot.part_tables.get(part, 0))
        for each in () if table is None else constraints_on(table):
            if each.oid == oid:
                return each
    return None


def type_at(oid: int, snapshot: Snapshot) -> Type | None:
    """Return the type of an OID, None where there is none."""
    built_in = type_of_oid(oid)
    if built_in.base.oid == oid:
        extension = built_in.base.extension
        return built_in if not extension or find_extension(snapshot.others, extension) else None
    made = typed_at(oid, snapshot)
    types = () if made is None else (made.type, made.type.array)
    return next((type_ for type_ in types if type_.catalog_oid == oid), None)


def typed_at(oid: int, snapshot: Snapshot) -> schema.Typed | None:
    """Return what has a type of an OID, or arrays of it, None where it is built in or not there."""
    if oid < schema.FIRST_OID_MADE:
        return None
    found = snapshot.definition(oid)
    if isinstance(found, schema.Enum | RangeDefinition | Domain):
        return found
    for place in (oid - schema.ROW_TYPES, oid - schema.ROW_ARRAYS):
        found = snapshot.definition(place)
        if isinstance(found, schema.Table | schema.View | schema.RowType):
            return found
    with_arrays = schema.Enum | RangeDefinition | Domain
    arrays = (each for each in snapshot.others.values() if isinstance(each, with_arrays))
    return next((each for each in arrays if each.type.array.catalog_oid == oid), None)


def name_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a name as written."""
    return tuple(quoted.replace('""', '"') if quoted else bare.lower() for quoted, bare in PART.findall(name))


def bare_name(name: str) -> str:
    """Return a name without its schema and quotes."""
    last = name.rpartition(".")[2].strip()
    return last[1:-1] if last.startswith('"') else last.lower()


def without_modifiers(name: str) -> str:
    """Return a type's name without what stands in brackets behind it."""
    return re.sub(r" *\([^)]*\)", "", name)
