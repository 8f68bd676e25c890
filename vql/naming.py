"""Objects by their names: through a search path, and which schemas are of one session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
# How many characters a name may differ in from one that may be meant (MAX_FUZZY_DISTANCE of PostgreSQL's
# parse_relation.c).
NEAR_MAX = 3
# How URLs of databases in buckets begin.
BUCKETS = ("s3://", "gs://", "az://", "file://")
Found = TypeVar("Found")


def is_bucket(path: object) -> bool:
    """Whether a database's path is a URL, though that of a bucket alone can be opened (`BUCKETS`)."""
    if not isinstance(path, str):
        return False
    scheme, mark, _ = path.partition("://")
    return mark != "" and len(scheme) > 1 and scheme.isalnum()


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


def column_meant(parts: Sequence[str], relations: Iterable[tuple[str, Iterable[str]]]) -> str | None:
    """Return the hint of a column that there is not, given as `relation.column` or `column`: the one or two
    columns whose names are nearest, as PostgreSQL counts it, of relations as they are called in the query.
    None where none is near, or more than two are."""
    name, best = parts[-1], NEAR_MAX + 1
    found: list[str] = []
    for relation, columns in relations:
        apart = edits(parts[-2], relation, NEAR_MAX) if len(parts) > 1 else 0
        for column in columns:
            distance = edits(name, column, NEAR_MAX - apart) if apart <= NEAR_MAX else best
            if distance > len(name) // 2 or distance + apart > best:
                continue
            if distance + apart < best:
                best, found = distance + apart, []
            # A third that is as near says that none of them is meant.
            found.append(f'"{relation}.{column}"')
    if best > NEAR_MAX or not 0 < len(found) <= 2:
        return None
    return f"Perhaps you meant to reference the column {' or the column '.join(found)}."


def edits(one: str, other: str, most: int) -> int:
    """Return how many characters have to be inserted, left out or replaced between two texts; what is more
    than `most` is one more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, theirs in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (mine != theirs))
    return min(row[-1], most + 1)
