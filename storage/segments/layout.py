"""Layouts: the columns of one definition of a table, in its order.

Stored data is known by column id; the executor knows a column by its place in the definition it was
bound to. A segment shows one layout: the place is resolved to an id, and the id to stored data, when a
segment is opened or laid out anew, never in a statement. Pure functions, no state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vql import schema
from vql.storage.columns.column import Column

Layout = Sequence[schema.Column]


def ids_of(layout: Layout) -> tuple[int, ...]:
    """Return the ids of a layout's columns."""
    return tuple(column.column_id for column in layout)


def layout_key(layout: Layout) -> tuple[object, ...]:
    """Return what layouts have in common that show the same: ids, and types that somebody made."""
    return tuple((column.column_id, column.type.made) for column in layout)


def laid_out(stored: Mapping[int, Column], layout: Layout, rows: int) -> tuple[Column, ...]:
    """Return stored columns in the order of a layout."""
    found = []
    for column in layout:
        kept = stored.get(column.column_id)
        if kept is None:
            found.append(missing(column, rows))
        else:
            found.append(kept if kept.type.made == column.type.made else kept.retyped(column.type))
    return tuple(found)


def missing(column: schema.Column, rows: int) -> Column:
    """Return a column as rows have it that were written before it was added."""
    value = None if column.missing is None else column.type.from_text(column.missing)
    return Column.from_values(column.type, [value]).take(np.zeros(rows, np.int64))


def places_of_ids(layout: Layout, wanted: Sequence[int]) -> list[int] | None:
    """Return the places of columns by id; None where the layout lacks one."""
    ids = ids_of(layout)
    return [ids.index(column_id) for column_id in wanted] if set(wanted) <= set(ids) else None
