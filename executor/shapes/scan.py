"""Every row that passes, sorted: the way to an answer that no search can give."""

from __future__ import annotations

import numpy as np

from vql.executor.masks.filter import Filter
from vql.executor.rows.comparisons import ranks
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_selection, window
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64


def run_scan(node: plan.SelectPlan, context: Context, limit: int | None, offset: int) -> Selection:
    """Return rows `offset` to `offset + limit` of all that pass, in the plan's order."""
    enough = None if limit is None or node.order or node.distinct else limit + offset
    selection = passing(node, context, enough)
    if node.order:
        wanted = None if limit is None or node.distinct else limit + offset
        selection = sort_selection(node.order, selection, context, wanted)
    if node.distinct:
        selection = _first_of_each(node, selection, context)
    return window(selection, offset, limit)


def passing(node: plan.SelectPlan, context: Context, enough: int | None = None) -> Selection:
    """Return the rows that pass, in the order of rows; no more are needed than `enough`."""
    parts = []
    rows = Filter.of(node.predicate, context)
    for segment in context.snapshot.segments(node.table.table_id):
        offsets = rows.mask(segment, context).ids
        if enough is not None:
            offsets = offsets[:enough]
            enough -= len(offsets)
        if len(offsets):
            parts.append(Part(segment, offsets))
        if enough == 0:
            break
    return Selection(node.table, tuple(parts), None)


def _first_of_each(node: plan.SelectPlan, selection: Selection, context: Context) -> Selection:
    """Keep the first row of each run of equal leading keys (DISTINCT ON), of sorted rows."""
    source = SelectionSource(selection)
    starts = np.zeros(selection.rows, bool)
    starts[:1] = True
    for key in node.order[: node.distinct]:
        codes = codes_of(context.evaluator.scalar(key.scalar, source))
        starts[1:] |= codes[1:] != codes[:-1]
    return selection.reordered(selection.places()[starts])


def codes_of(column: Column) -> I64:
    """Number equal values alike; NULLs are equal."""
    data, nan = ranks(column)
    codes = np.unique(data, return_inverse=True)[1].astype(np.int64)
    if nan is not None:
        codes[nan] = -2
    return codes if column.valid is None else np.where(column.valid, codes, -1)
