"""Collations: orders of texts. All that there are order by code points."""

from __future__ import annotations

from collections.abc import Sequence

from vql.errors import DatatypeMismatch, UndefinedObject
from vql.types.type import UNKNOWN, Type

# name -> (OID, provider)
COLLATIONS = {
    "default": (100, "d"), "C": (950, "c"), "POSIX": (951, "c"), "ucs_basic": (962, "b"),
    "pg_c_utf8": (811, "b"),
}  # fmt: skip


def check_collation(name: Sequence[str], type_: Type, position: int | None) -> str:
    """Return the name of a collation, "" of the default one. Raises 42704 for one that does not exist, 42804
    for a type that has none."""
    if name[-1] not in COLLATIONS or tuple(name[:-1]) not in ((), ("pg_catalog",)):
        raise UndefinedObject(
            f'collation "{".".join(name)}" for encoding "UTF8" does not exist', position=position
        )
    element = type_.element if type_.is_array else type_
    if element != UNKNOWN and element.base.category != "S":
        shown = type_.sized(None).formatted()
        raise DatatypeMismatch(f"collations are not supported by type {shown}", position=position)
    return "" if name[-1] == "default" else name[-1]
