"""Rows of pg_range: range types, those that are built in and those that somebody made."""

from __future__ import annotations

from collections.abc import Mapping

from vql.executor.bridge.catalog.built_in.opclasses import btree_class_of
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.type_rows import collation, procedure, ranges_in
from vql.storage.snapshot import Snapshot
from vql.types.ranges.multirange import MULTIRANGES


def ranges(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_range. No functions are named."""
    none = procedure("-")
    rows: list[Row] = [
        (sets.of.oid, sets.of.subtype.oid, sets.oid, 0, btree_class_of(sets.of.subtype), none, none)
        for sets in MULTIRANGES
    ]
    for parts in (made.parts for made in ranges_in(snapshot)):
        base = parts.subtype.base
        of = (collation(base, parts.collation), btree_class_of(base))
        rows.append((parts.type_id, parts.subtype.catalog_oid, parts.pair[1], *of, none, none))
    return rows
