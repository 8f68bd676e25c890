"""Types that stand in signatures alone: no value is of one. Their names and OIDs are PostgreSQL's."""

from __future__ import annotations

PSEUDO_TYPES = {
    '"any"': 2276, "anyarray": 2277, "anycompatible": 5077, "anycompatiblearray": 5078,
    "anycompatiblemultirange": 4538, "anycompatiblenonarray": 5079, "anycompatiblerange": 5080,
    "anyelement": 2283, "anyenum": 3500, "anymultirange": 4537, "anynonarray": 2776, "anyrange": 3831,
    "cstring": 2275, "event_trigger": 3838, "fdw_handler": 3115, "index_am_handler": 325, "internal": 2281,
    "language_handler": 2280, "table_am_handler": 269, "trigger": 2279, "tsm_handler": 3310,
}  # fmt: skip
NAMES_OF_PSEUDO_TYPES = {oid: name for name, oid in PSEUDO_TYPES.items()}
