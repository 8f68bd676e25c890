"""Types that somebody made: what an OID or a name means among the objects of a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from vql.naming import Qualified
from vql.schema import Object, Typed
from vql.types.type import Type


def type_made(objects: Iterable[Object], oid: int) -> Type | None:
    """Return the type of a database's objects that has an OID, None where none has."""
    for found in objects:
        if isinstance(found, Typed):
            for made in (found.type, found.type.array):
                if oid == made.catalog_oid:
                    return made
    return None


def find_type(find: Callable[[Qualified], Object | None], name: str, path: Sequence[str]) -> Type | None:
    """Return the type that a name, as written, means on a path (`_name`: arrays of name); None where none."""
    parts = [part[1:-1] if part[:1] == '"' else part for part in name.split(".")]
    names = [(parts[-2], parts[-1])] if len(parts) > 1 else [(schema, parts[0]) for schema in path]
    for place, called in names:
        if isinstance(found := find((place, called)), Typed):
            return found.type
        if called[0] == "_" and isinstance(found := find((place, called[1:])), Typed):
            return found.type.array
    return None
