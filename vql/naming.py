"""Objects by their names: through a search path, and which schemas are of one session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from vql.errors import NotSupportedError, ProgrammingError

# A schema's name, and that of an object in it.
Qualified = tuple[str, str]
# What the names of temporary schemas begin with.
TEMPORARY = "pg_temp_"
# What names begin with that statements are given on their way.
RESERVED = "vql__"
# Columns that PostgreSQL gives every table: no other column is called so.
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
Found = TypeVar("Found")


def find_object(objects: Mapping[Qualified, Found], name: Sequence[str], path: Sequence[str]) -> Found | None:
    """Return the object that a name, alone or behind that of its schema, means through a search path. Raises
    0A000 for a temporary one of another session."""
    for schema in searched(name, path):
        found = objects.get((schema, name[-1]))
        if found is not None:
            return found
    return None


def refuse_system_column(name: str, position: int | None) -> None:
    """Raise 0A000 where a name is that of a column which only PostgreSQL has for every table."""
    if name in SYSTEM_COLUMNS:
        text = f'the system column "{name}" is not supported yet'
        raise NotSupportedError(text, position=position)


def is_temporary(schema: str) -> bool:
    """Whether a schema is that of one session."""
    return schema.startswith(TEMPORARY)


def searched(name: Sequence[str], path: Sequence[str]) -> Sequence[str]:
    """Return the schemas in which a name is looked up through a search path. Raises 0A000."""
    if len(name) == 1:
        return path
    if name[-2] == "pg_temp":
        return [schema for schema in path if is_temporary(schema)]
    if is_temporary(name[-2]) and name[-2] not in path:
        raise NotSupportedError("cannot access temporary tables of other sessions")
    return name[-2:-1]


def refuse_reserved(name: str, position: int | None = None) -> None:
    """Raise 42939 for a name that only what VQL makes of statements has."""
    if name.startswith(RESERVED):
        raise ProgrammingError(f'name "{name}" is reserved', sqlstate="42939", position=position)
