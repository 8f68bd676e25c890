"""regclass and its kin: OIDs of things in the catalog, shown and given as their names.

What a name means only the catalog knows: conversions that look there are declared in
`vql.functions.system.objects`. A value carries its name with it; DuckDB has both as one text, `1259
pg_class`.
"""

from __future__ import annotations

from typing import Any

from vql.errors import NotSupportedError
from vql.types.base import BaseType
from vql.types.forms.crossing import Crossing


class ObjectName(int):
    """The OID of something, and its name."""

    name: str

    def __new__(cls, oid: int, name: str) -> ObjectName:
        made = super().__new__(cls, oid)
        made.name = name
        return made

    def __str__(self) -> str:
        return self.name

    @property
    def together(self) -> str:
        """The OID and the name, as DuckDB has them."""
        return f"{int(self)} {self.name}"


def taken_apart(text: str) -> ObjectName:
    """Return what `together` says."""
    oid, _, name = text.partition(" ")
    return ObjectName(int(oid), name)


class ObjectNameType(BaseType):
    """The names of one kind of thing."""

    def from_duck(self, cell: Any) -> object:
        return taken_apart(cell)

    def from_text(self, text: str, modifier: int | None) -> ObjectName:
        raise NotSupportedError(f"names of type {self.name} are looked up by a cast alone")

    def convert(self, value: object, modifier: int | None) -> object:
        return value if isinstance(value, ObjectName) else ObjectName(int(str(value)), str(value))

    def order_key(self, value: object) -> int:
        assert isinstance(value, int), "an OID"
        return int(value)


def _object_name(name: str, oid: int, array_oid: int) -> ObjectNameType:
    return ObjectNameType(
        name=name, oid=oid, array_oid=array_oid, category="N", length=4, struct_code="I",
        duck_name="VARCHAR", duck_says_more=True, is_looked_up=True,
        duck_crossing=Crossing(
            argument="VARCHAR", result="VARCHAR", read=taken_apart, write=lambda value: value.together
        ),
    )  # fmt: skip


TYPES: tuple[BaseType, ...] = (
    _object_name("regproc", 24, 1008), _object_name("regclass", 2205, 2210),
    _object_name("regtype", 2206, 2211), _object_name("regnamespace", 4089, 4090),
    _object_name("regrole", 4096, 4097), _object_name("regprocedure", 2202, 2207),
    _object_name("regoper", 2203, 2208), _object_name("regoperator", 2204, 2209),
    _object_name("regconfig", 3734, 3735), _object_name("regdictionary", 3769, 3770),
)  # fmt: skip
