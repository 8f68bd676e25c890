"""The extensions that are built in, and that a database has one.

What an extension brings, types (`BaseType.extension`) and functions (`vql.functions.declare`), has names once
CREATE EXTENSION has put it into a schema; `vector` is there from the beginning. A bare name is found whatever
the search path is, as the texts of stored expressions have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.roles.access import OWNERS, Access


class BuiltIn(NamedTuple):
    """What pg_available_extensions says of an extension."""

    version: str
    comment: str
    is_trusted: bool = True


EXTENSIONS = {
    "citext": BuiltIn("1.8", "data type for case-insensitive character strings"),
    "hstore": BuiltIn("1.8", "data type for storing sets of (key, value) pairs"),
    "pgcrypto": BuiltIn("1.4", "cryptographic functions"),
    "uuid-ossp": BuiltIn("1.1", "generate universally unique identifiers (UUIDs)"),
    "vector": BuiltIn("0.8.1", "vector data type and ivfflat and hnsw access methods", False),
}


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension of a database, and the schema in which what it brings is found."""

    extension_id: int
    name: str
    schema: str
    access: Access = OWNERS

    @property
    def qualified(self) -> tuple[str, str]:
        """What the extension is found under: no schema has such a name."""
        return "pg_extension", self.name


VECTORS = Extension(16_385, "vector", "public")


def find_extension(others: Mapping[tuple[str, str], object], name: str) -> Extension | None:
    """Return the extension of a name among what a database has, None where there is none."""
    found = others.get(("pg_extension", name))
    return found if isinstance(found, Extension) else None


def extensions_in(others: Mapping[tuple[str, str], object]) -> list[Extension]:
    """Return the extensions among what a database has."""
    found: Iterable[Extension | None] = (find_extension(others, name) for name in EXTENSIONS)
    return [each for each in found if each is not None]


def extension_schemas(others: Mapping[tuple[str, str], object]) -> dict[str, str]:
    """Return the schemas of the extensions among what a database has."""
    return {each.name: each.schema for each in extensions_in(others)}
