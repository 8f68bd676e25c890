"""Types that no column is of, with PostgreSQL's names and OIDs: void, and those of signatures alone."""

from __future__ import annotations

from vql.types.base import BaseType

PSEUDO_TYPES = {
    '"any"': 2276, "anyarray": 2277, "anycompatible": 5077, "anycompatiblearray": 5078,
    "anycompatiblemultirange": 4538, "anycompatiblenonarray": 5079, "anycompatiblerange": 5080,
    "anyelement": 2283, "anyenum": 3500, "anymultirange": 4537, "anynonarray": 2776, "anyrange": 3831,
    "cstring": 2275, "event_trigger": 3838, "fdw_handler": 3115, "index_am_handler": 325, "internal": 2281,
    "language_handler": 2280, "table_am_handler": 269, "trigger": 2279, "tsm_handler": 3310,
}  # fmt: skip
NAMES_OF_PSEUDO_TYPES = {oid: name for name, oid in PSEUDO_TYPES.items()}


class VoidType(BaseType):
    """void, which a function gives that is called for what it does: its one value is an empty text."""

    def to_text(self, value: object) -> str:
        return ""

    def to_binary(self, value: object) -> bytes:
        return b""


VOID = VoidType(name="void", oid=2278, type_kind="p", category="P", length=4, duck_is_text=True)
TYPES: tuple[BaseType, ...] = (VOID,)
