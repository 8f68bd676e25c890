"""Columns that are computed of the rows that are written: generated ones, and what indexes of expressions
look at. The values are those of the generated columns, then of the others."""

from __future__ import annotations

from collections.abc import Sequence

from vql import schema
from vql.executor.assignment import as_stored, assigned, computed
from vql.executor.rows.context import Context
from vql.executor.rows.sources import ColumnSource
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.transactions.pending import Rows


def with_generated(
    table: schema.Table,
    values: Sequence[plan.Scalar | plan.Residual],
    columns: Sequence[Column],
    context: Context,
) -> Rows:
    """Return rows with what their generated columns are in each. Raises what computing does."""
    if not table.generated:
        return tuple(columns)
    rows, made = ColumnSource(tuple(columns)), list(columns)
    for position, value in zip(table.generated, values, strict=False):
        made[position] = assigned(table.columns[position], computed(value, rows, context), context)
    return tuple(made)


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
        for column, value in zip(table.computed, values[len(table.generated) :], strict=True)
    ]
    return (*rows.columns, *made)
