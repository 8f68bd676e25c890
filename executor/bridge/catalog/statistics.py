"""Rows of pg_stat_ and pg_statio_: which tables, indexes and sequences there are, and how many rows tables have.

What else PostgreSQL counts, nobody counts here: it is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vql import schema
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.namespaces import sequences_in
from vql.language.analyze.catalog_columns import COLUMNS
from vql.storage.snapshot import Snapshot

LIVE = 11  # place of n_live_tup, n_dead_tup behind it


def live_and_dead(table: schema.Table, snapshot: Snapshot) -> tuple[int, int]:
    """Return how many rows a table has, and how many are deleted and still stored."""
    rows = live = 0
    for segment in snapshot.readable_segments(table.table_id):
        visible = segment.visible(snapshot.version)
        rows += segment.rows
        live += segment.rows if visible is None else int(visible.sum())
    return live, rows - live


def _tables(snapshot: Snapshot) -> list[Row]:
    return [(table.table_id, table.schema, table.name) for table in snapshot.tables.values()]


def _indexes(snapshot: Snapshot) -> list[Row]:
    return [
        (table.table_id, index.index_id, table.schema, table.name, index.name)
        for table in snapshot.tables.values()
        for index in table.indexes
    ]


def _sequences(snapshot: Snapshot) -> list[Row]:
    return [(each.sequence_id, each.schema, each.name) for each in sequences_in(snapshot)]


def _uncounted(name: str, there: Callable[[Snapshot], list[Row]]) -> Callable[..., list[Row]]:
    width = len(COLUMNS[name].split())
    return lambda snapshot, session: [(*row, *(None,) * (width - len(row))) for row in there(snapshot)]


def _table_counts(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    width = len(COLUMNS["pg_stat_all_tables"].split())
    return [
        (table.table_id, table.schema, table.name, *(None,) * (LIVE - 3), *live_and_dead(table, snapshot),
         *(None,) * (width - LIVE - 2))
        for table in snapshot.tables.values()
    ]  # fmt: skip


STATISTICS = {
    f"{kind}_{which}_{what}": _uncounted(f"{kind}_{which}_{what}", there)
    for which in ("all", "user")
    for kind, what, there in (
        ("pg_statio", "tables", _tables),
        ("pg_stat", "indexes", _indexes),
        ("pg_statio", "indexes", _indexes),
        ("pg_statio", "sequences", _sequences),
    )
} | {f"pg_stat_{which}_tables": _table_counts for which in ("all", "user")}
