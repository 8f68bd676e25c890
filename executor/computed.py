"""Columns that are computed of the rows that are written: what indexes of expressions look at."""

from __future__ import annotations

from collections.abc import Sequence

from vql import schema
from vql.executor.assignment import as_stored, computed
from vql.executor.rows.context import Context
from vql.executor.rows.sources import ColumnSource
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.transactions.pending import Rows


def with_computed(
    table: schema.Table,
    values: Sequence[plan.Scalar | plan.Residual],
    columns: Sequence[Column],
    context: Context,
) -> Rows:
    """Return rows, given as the columns that statements name, as they are stored. Raises what computing
    does."""
    rows = ColumnSource(tuple(columns))
    made = [
        as_stored(column, computed(value, rows, context))
        for column, value in zip(table.computed, values, strict=True)
    ]
    return (*rows.columns, *made)
