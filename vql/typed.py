"""What is in a schema, by its id, and the types that somebody made, by OIDs and names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from vql import schema
from vql.naming import Qualified
from vql.routines import Routine
from vql.types.type import Type

Inside = schema.Table | schema.View | schema.NamedType | schema.Sequence | Routine
# A type's name and its schema's as they are written: what holds a dot stands in quotes.
NAME_PARTS = re.compile(r'"[^"]*"|[^."]+')


def type_made(objects: Iterable[schema.Object], oid: int) -> Type | None:
    """Return the type of a database's objects that has an OID, None where none has."""
    for found in objects:
        if isinstance(found, schema.Typed):
            for made in (found.type, found.type.array):
                if oid == made.catalog_oid:
                    return made
    return None


def find_type(
    find: Callable[[Qualified], schema.Object | None], name: str, path: Sequence[str]
) -> Type | None:
    """Return the type that a name, as written, means on a path (`_name`: arrays of name); None where none."""
    parts = [part.strip('"') for part in NAME_PARTS.findall(name)]
    names = [(parts[-2], parts[-1])] if len(parts) > 1 else [(place, parts[0]) for place in path]
    for place, called in names:
        if isinstance(found := find((place, called)), schema.Typed):
            return found.type
        if called[0] == "_" and isinstance(found := find((place, called[1:])), schema.Typed):
            return found.type.array
    return None


def id_of(each: Inside) -> int:
    """Return the id of something in a schema."""
    match each:
        case schema.Table():
            return each.table_id
        case schema.View():
            return each.view_id
        case schema.Sequence():
            return each.sequence_id
        case schema.RowType():
            return each.relation_id
        case Routine():
            return each.routine_id
    return each.type_id
