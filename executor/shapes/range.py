"""Conditions on a distance: rows nearer than a bound, or behind one, found through the indexes.

The nearest rows under the rest of the condition are searched for in growing numbers until the farthest
is beyond the bound, or enough rows meet the conditions. Membership is decided by exact distances, as
the predicate says; an index only proposes. Without a LIMIT the search goes on until at most half of
what it found is in range: an index misses mostly what is farthest in its list, so a range is at
least as complete as `vql.recall` asks. Where that becomes dear the exact scan answers.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from vql.errors import DataError
from vql.executor.masks.filter import Filter
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.report import SegmentReport
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_selection, window
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.rounds import FIRST, GROWTH, most
from vql.language import plan
from vql.types.forms.ndarrays import Bools


def run_range(
    node: plan.SelectPlan, search: plan.RangeSearch, context: Context, limit: int | None, offset: int
) -> Selection | None:
    """Return the rows in range in the plan's order; None where the plain way has to answer."""
    distance = search.near.nearest
    assert distance is not None
    evaluator = context.evaluator
    query = evaluator.value(distance.query)
    column = node.table.stored[distance.position]
    if query is None or limit == 0 or not column.type.is_single:
        return None  # the other types are compared row by row
    assert isinstance(query, np.ndarray)
    ceiling = _least_ceiling(search, evaluator)
    if ceiling is None or not all(_is_query(evaluator.value(scalar), query) for scalar in search.alike):
        return None
    near = NearestSearch.of(search.near, context)
    if query.size != near.dim:
        raise DataError(f"different vector dimensions {near.dim} and {query.size}")
    ordered = node.nearest == distance
    wanted = limit + offset if ordered and limit is not None else None
    if wanted is None and np.isposinf(ceiling):
        return None
    # Bounds from above alone: the nearest rows are those in range, as far as they are.
    nested = len(search.ceilings) == len(search.conditions)
    indexed = near.by_index(context)
    rows = near.rows(context)
    count = wanted if wanted is not None and nested else max(FIRST, 2 * (wanted or 0))
    while indexed or (nested and wanted is not None):
        if not (nested and count == wanted) and (
            count > most(rows) or (wanted is None and near.scans(count, context))
        ):
            break
        found = near.run(context, query, count, 0)
        inside = _inside(search, found, context)
        exhausted = found.rows < count
        if exhausted or (wanted is not None and int(inside.sum()) >= wanted):
            return _finished(node, found, inside, ordered, context, limit, offset)
        beyond = found.rows > 0 and not found.last_rank() <= ceiling
        if beyond and (not indexed or 2 * int(inside.sum()) <= count):
            return _finished(node, found, inside, ordered, context, limit, offset)
        count *= GROWTH
    return _scanned(node, search, near, context, query, ceiling, limit, offset)


def _least_ceiling(search: plan.RangeSearch, evaluator: Evaluator) -> float | None:
    """Return the distance beyond which no row is in range; None where a bound is NULL."""
    least = float("inf")
    for scalar, sign in search.ceilings:
        value = evaluator.value(scalar)
        if value is None:
            return None
        least = min(least, sign * float(value))  # type: ignore[arg-type]
    return least


def _is_query(value: object, query: np.ndarray) -> bool:
    return isinstance(value, np.ndarray) and np.array_equal(value, query)


def _inside(search: plan.RangeSearch, found: Selection, context: Context) -> Bools:
    """Return which of the chosen rows, in order, meet the conditions."""
    source = SelectionSource(found)
    passed = np.ones(found.rows, bool)
    for condition in search.conditions:
        passed &= context.evaluator.predicate(condition, source).true
    return passed


def _finished(
    node: plan.SelectPlan,
    found: Selection,
    inside: Bools,
    ordered: bool,
    context: Context,
    limit: int | None,
    offset: int,
) -> Selection:
    chosen = found.reordered(found.places()[inside])
    if ordered:
        return window(chosen, offset, limit)
    return window(sort_selection(node.order, chosen, context), offset, limit)


def _scanned(
    node: plan.SelectPlan,
    search: plan.RangeSearch,
    near: NearestSearch,
    context: Context,
    query: np.ndarray,
    ceiling: float,
    limit: int | None,
    offset: int,
) -> Selection:
    """Answer exactly: every row that may be in range, then the conditions."""
    pieces, costs = [], []
    rows = Filter.of(search.near.predicate, context)
    fragments = near.fragments(context)
    for fragment in fragments:
        segment = fragment.segment
        mask = rows.mask(segment, context)
        if context.report is not None:
            report = SegmentReport(segment.segment_id, segment.rows, mask.count, ("exact range",))
            context.report.events.append(report)
        pieces.append(partial(fragment.within, query, ceiling, mask))
        costs.append(fragment.searcher.cost_us(1, 1.0, mask, exact=True))
    found = context.side_by_side(pieces, costs)
    parts = [Part(f.segment, offsets) for f, offsets in zip(fragments, found, strict=True) if len(offsets)]
    every = Selection(node.table, tuple(parts), None)
    chosen = every.reordered(np.flatnonzero(_inside(search, every, context)))
    return window(sort_selection(node.order, chosen, context), offset, limit)
