"""k-NN joins: the nearest rows for each row of another relation, all of them in one batch.

`FROM q, LATERAL (SELECT ... FROM items WHERE items.x = q.x ORDER BY items.v <-> q.v LIMIT k) s` asks the same
search for every row of q. The bridge hands over the distinct values of q's columns (the keys) and the inner
SELECT as a native plan whose parameters from `first` on stand for them; keys that differ in nothing but
the vector are searched together, segment by segment.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from vql.errors import DataError
from vql.executor.rows.batch import Batch
from vql.executor.rows.context import Context
from vql.executor.rows.mask_cache import matching
from vql.executor.rows.selection import Part, Selection
from vql.executor.select import count_of, project, run_select
from vql.executor.shapes.nearest import NearestSearch, rows_left
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.type import F32, I64


def nearest_of_each(
    node: plan.SelectPlan, keys: Batch, first: int, context: Context
) -> tuple[Batch, I64] | None:
    """Return the plan's outputs for every key, and the number of each row's key. None where the plan's
    query is no key."""
    nearest = node.nearest
    if nearest is None or node.search is not None or not isinstance(nearest.query, plan.Parameter):
        return None
    place = nearest.query.index - first
    limit = count_of(node.limit, context.evaluator, "LIMIT")
    offset = count_of(node.offset, context.evaluator, "OFFSET") or 0
    if place < 0 or limit is None:
        return None
    given = tuple(context.evaluator.parameters)
    values = [column.values() for column in keys.data]
    together: dict[tuple[object, ...], list[int]] = {}
    for number in range(keys.rows):
        others = tuple(column[number] for i, column in enumerate(values) if i != place)
        # A key without a vector has no distances: it is answered alone.
        alone = number if values[place][number] is None else None
        together.setdefault((*others, alone), []).append(number)
    batches, numbers = [], []
    try:
        for members in together.values():
            context.evaluator.restart((*given, *(column[members[0]] for column in values)))
            batched = node.table.columns[nearest.position].type.is_single and len(node.order) == 1
            if values[place][members[0]] is None or not batched:
                for member in members:
                    context.evaluator.restart((*given, *(column[member] for column in values)))
                    selection = run_select(node, context)
                    batches.append(project(node.outputs, selection, node, context))
                    numbers.append(np.full(selection.rows, member))
                continue
            queries = np.stack([np.asarray(values[place][member], np.float32) for member in members])
            selection, whose = search_each(node, context, queries, limit, offset)
            batches.append(project(node.outputs, selection, node, context))
            numbers.append(np.asarray(members)[whose])
    finally:
        context.evaluator.restart(given)
    return _stacked(node, batches), np.concatenate([np.empty(0, np.int64), *numbers])


def search_each(
    node: plan.SelectPlan, context: Context, queries: F32, limit: int, offset: int
) -> tuple[Selection, I64]:
    """Return rows `offset` to `offset + limit` of each query in turn, and which query each is of."""
    search = NearestSearch.of(node, context)
    if queries.shape[1] != search.dim:
        raise DataError(f"different vector dimensions {search.dim} and {queries.shape[1]}")
    wanted = limit + offset
    parts, distances, whose, nulls = [], [], [], []
    searched, pieces, costs = [], [], []
    for segment, searcher in search.targets(context):
        mask = matching(node.predicate, segment, context)
        k = min(wanted, mask.count)
        if k == 0:
            continue
        limited = None if mask.count == segment.rows else mask
        searched.append((segment, searcher, mask, k))
        pieces.append(
            partial(
                searcher.search_batch, queries, k, context.recall, limited,
                effort=context.effort, exact=context.exact,
            )
        )  # fmt: skip
        costs.append(len(queries) * searcher.cost_us(k, context.recall, limited, context.exact))
    every_hits = context.side_by_side(pieces, costs)
    for (segment, searcher, mask, k), hits in zip(searched, every_hits, strict=True):
        valid = segment.column(search.distance.position).valid
        rest = searcher.without_distance(mask)
        for number, found in enumerate(hits):
            missing = 0 if context.index_only_rows else k - len(found.offsets)
            offsets = found.offsets
            if missing:
                offsets = np.concatenate([offsets, rows_left(found, rest, mask.count)[:missing]])
            parts.append(Part(segment, offsets))
            distances.append(found.distances)
            distances.append(np.full(len(offsets) - len(found.offsets), np.nan))
            whose.append(np.full(len(offsets), number))
            nulls.append(np.zeros(len(offsets), bool) if valid is None else ~valid[offsets])
    if not parts:
        return Selection(node.table, (), None), np.empty(0, np.int64)
    every, of = np.concatenate(distances), np.concatenate(whose)
    row_ids = np.concatenate([part.segment.row_ids(part.offsets) for part in parts])
    order = np.lexsort([row_ids, every, np.concatenate(nulls), of])
    sizes = np.bincount(of, minlength=len(queries))
    places = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = order[(places >= offset) & (places < wanted)]
    return Selection(node.table, tuple(parts), order, search.distance, every), of[order]


def _stacked(node: plan.SelectPlan, batches: list[Batch]) -> Batch:
    """Return the rows of all batches."""
    names = tuple(output.name for output in node.outputs)
    types = tuple(output.scalar.type for output in node.outputs)
    if len(batches) == 1:
        return batches[0]
    data = tuple(
        Column.concat([batch.data[i] for batch in batches]) if batches else Column.from_values(type_, [])
        for i, type_ in enumerate(types)
    )
    return Batch(names, types, data, sum(batch.rows for batch in batches))
