"""Run a SelectPlan: key look-up, vector search or masks over every segment, order, projection.

`run_select` returns a `Selection`: which rows in which order. A selection becomes tuples or columns
only when asked, so a top-10 statement touches ten rows of the output columns and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.errors import DataError
from vql.executor.rows.batch import Batch
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator, Source
from vql.executor.rows.mask_cache import matching
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_selection, window
from vql.executor.shapes.groups import first_of_each
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.pages import run_page
from vql.executor.shapes.searches import run_search
from vql.language import plan


def run_select(node: plan.SelectPlan, context: Context) -> Selection:
    """Choose and order the rows of a plan. Raises user errors of values (22xxx)."""
    evaluator = context.evaluator
    limit = count_of(node.limit, evaluator, "LIMIT")
    offset = count_of(node.offset, evaluator, "OFFSET") or 0
    if node.key is not None and not node.order:
        selection = _by_key(node, context)
        return window(selection, offset, limit)
    if node.search is not None:
        found = run_search(node, context, limit, offset)
        if found is not None:
            return found
    if node.nearest is not None and limit is not None:
        query = evaluator.value(node.nearest.query)
        if query is not None:
            search = context.searches.get(id(node)) or NearestSearch.of(node, context)
            if offset:
                return run_page(search, context, query, limit, offset)
            return search.run(context, query, limit, 0)
    parts = []
    wanted = None if limit is None or node.order or node.distinct else limit + offset
    for segment in context.snapshot.segments(node.table.table_id):
        offsets = matching(node.predicate, segment, context).ids
        if wanted is not None:
            offsets = offsets[:wanted]
            wanted -= len(offsets)
        if len(offsets):
            parts.append(Part(segment, offsets))
        if wanted == 0:
            break
    selection = Selection(node.table, tuple(parts), None)
    if node.order:
        selection = sort_selection(node.order, selection, context)
    if node.distinct:
        selection = first_of_each(node, selection, context)
    return window(selection, offset, limit)


def is_one_search(node: plan.SelectPlan) -> bool:
    """Whether a plan is one vector search for so many rows, with nothing to skip or to sort further."""
    others = (node.key, node.search, node.offset)
    one = all(part is None for part in others) and not node.distinct and len(node.order) == 1
    return one and node.nearest is not None and node.limit is not None


def project(
    outputs: Sequence[plan.Output], selection: Selection, node: plan.SelectPlan, context: Context
) -> Batch:
    """Compute the output columns of the chosen rows."""
    data = []
    source: Source | None = None
    for output in outputs:
        scalar = output.scalar
        if isinstance(scalar, plan.ColumnRead):
            data.append(selection.column(scalar.position))
        elif scalar == node.nearest and selection.distances is not None:
            distances = selection.distance_column()
            data.append(distances if selection.order is None else distances.take(selection.order))
        elif isinstance(scalar, plan.RankFusion):
            assert selection.scores is not None
            scores = selection.scores
            data.append(scores if selection.order is None else scores.take(selection.order))
        else:
            if source is None:
                source = SelectionSource(selection)
            data.append(context.evaluator.scalar(scalar, source))
    return Batch(
        tuple(output.name for output in outputs),
        tuple(output.scalar.type for output in outputs),
        tuple(data),
        selection.rows,
    )


def project_rows(node: plan.SelectPlan, selection: Selection, context: Context) -> list[tuple[object, ...]]:
    """Compute the output rows as tuples: for few rows faster than by columns."""
    if not selection.rows:
        return []
    cells = []
    for output in node.outputs:
        scalar = output.scalar
        if type(scalar) is plan.ColumnRead:
            cells.append(selection.cells(scalar.position))
        elif type(scalar) is plan.Distance and scalar == node.nearest and selection.distances is not None:
            cells.append(selection.distance_cells())
        elif type(scalar) is plan.RankFusion:
            cells.append(selection.score_cells())
        else:
            cells.append(context.evaluator.scalar(scalar, SelectionSource(selection)).values())
    return list(zip(*cells, strict=True)) if cells else [()] * selection.rows


def _by_key(node: plan.SelectPlan, context: Context) -> Selection:
    """Answer WHERE pk = value through the key index."""
    assert node.key is not None
    key = tuple(context.evaluator.value(scalar) for scalar in node.key)
    if any(value is None for value in key):
        return Selection(node.table, (), None)
    found = context.snapshot.locate(node.table, key)
    if found is None:
        return Selection(node.table, (), None)
    return Selection(node.table, (Part(found[0], np.array([found[1]], np.int64)),), None)


def count_of(scalar: plan.Scalar | None, evaluator: Evaluator, word: str) -> int | None:
    """Return the value of LIMIT or OFFSET; NULL means none."""
    if scalar is None:
        return None
    value = evaluator.value(scalar)
    if type(value) is int and value >= 0:
        return value
    if value is None:
        return None
    count = int(value)  # type: ignore[call-overload]
    if count < 0:
        state = "2201W" if word == "LIMIT" else "2201X"
        raise DataError(f"{word} must not be negative", sqlstate=state)
    return int(count)
