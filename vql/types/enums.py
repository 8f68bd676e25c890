"""Enumerations: types that CREATE TYPE ... AS ENUM makes, whose values are labels in the order given.

A label has an id, which is pg_enum's OID: it is what columns and DuckDB keep of a value, so that a label may
get another name, and others may come before it.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Any

from vql.dataclass import dataclass
from vql.errors import InvalidText
from vql.types.base import BaseType, Storage
from vql.types.spelt import SpeltType

KEPT_MAX = 1024
PLAIN = re.compile("[a-z_][a-z0-9_$]*")


@dataclass(frozen=True, slots=True)
class Enumeration:
    """What an enumeration is beside its name: OIDs, and labels with their ids, in order."""

    type_id: int
    array_id: int
    labels: tuple[tuple[int, str], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class EnumType(SpeltType):
    """Labels, as strings."""

    made: Enumeration

    @property
    def labels(self) -> tuple[tuple[int, str], ...]:
        """The labels with their ids."""
        return self.made.labels

    @cached_property
    def names(self) -> dict[int, str]:
        """The labels by their ids."""
        return dict(self.labels)

    @cached_property
    def places(self) -> dict[str, int]:
        """The places of the labels, from 0."""
        return {label: place for place, (_, label) in enumerate(self.labels)}

    def from_text(self, text: str, modifier: int | None) -> str:
        if text not in self.places:
            raise InvalidText(f'invalid input value for enum {self.standard_name}: "{text}"')
        return text

    def convert(self, value: object, modifier: int | None) -> str:
        """Take members of Python's enumerations by their names too."""
        name = getattr(value, "name", None)
        if not isinstance(name, str):
            raise self.mismatch(value)
        return self.from_text(name, modifier)

    def stored(self, value: object) -> str:
        return str(self.labels[self.places[str(value)]][0])

    def from_stored(self, kept: Any) -> str:
        # Rows that a snapshot does not see may have labels that are younger than it.
        return self.names.get(int(kept), str(kept))

    def order_key(self, value: object) -> int:
        return self.places.get(str(value), len(self.places))

    def to_binary(self, value: object) -> bytes:
        return str(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        return self.from_text(data.decode(), modifier)


def quoted_name(name: str) -> str:
    """Return the name of a type that somebody made, in quotes where it has to be."""
    return name if PLAIN.fullmatch(name) else f'"{name}"'


@lru_cache(KEPT_MAX)
def enum_type(name: str, made: Enumeration) -> BaseType:
    """Return the base type of an enumeration."""
    return EnumType(
        name=name, oid=made.type_id, array_oid=made.array_id, category="E", type_kind="e",
        standard_name=quoted_name(name),
        length=4, storage=Storage.DICTIONARY, has_order=True, has_equality=True, made=made,
    )  # fmt: skip
