"""k-NN joins: the nearest rows for each row of another relation, all of them in one batch.

`FROM q, LATERAL (SELECT ... FROM items WHERE items.x = q.x ORDER BY items.v <-> q.v LIMIT k) s` asks the same
search for every row of q. The bridge hands over the distinct values of q's columns (the keys) and the inner
SELECT as a native plan whose parameters from `first` on stand for them; keys that differ in nothing but
the vector are searched together, segment by segment.
"""

from __future__ import annotations

import numpy as np

from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.project import count_of, project
from vql.executor.rows.selection import Selection
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.searches import run_search
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64


def nearest_of_each(
    node: plan.SelectPlan, keys: RecordBatch, first: int, context: Context
) -> tuple[RecordBatch, I64] | None:
    """Return the plan's outputs for every key, and the number of each row's key. None where the plan's
    query is no key."""
    nearest = node.nearest
    if not isinstance(node.access, plan.Nearest) or nearest is None:
        return None
    if not isinstance(nearest.query, plan.Parameter):
        return None
    place = nearest.query.index - first
    limit = count_of(node.limit, context.evaluator, "LIMIT")
    offset = count_of(node.offset, context.evaluator, "OFFSET") or 0
    if place < 0 or limit is None:
        return None
    given = tuple(context.evaluator.parameters)
    values = [column.values() for column in keys.data]
    search = NearestSearch.of(node, context)
    batched = node.table.stored[nearest.position].type.is_single and len(node.order) == 1
    # Pages of an index are cut out of lists of their own (`vql.executor.shapes.pages`).
    batched = batched and not (offset and search.by_index(context))
    batches, numbers = [], []
    try:
        for members in _batches(values, place, keys.rows, batched):
            context.evaluator.restart((*given, *(column[members[0]] for column in values)))
            if len(members) == 1:
                selection: Selection = run_search(node, context, limit, offset)
                numbers.append(np.full(selection.rows, members[0]))
            else:
                queries = np.stack([np.asarray(values[place][member], np.float32) for member in members])
                selection, whose = search.run_each(context, queries, limit, offset)
                numbers.append(np.asarray(members)[whose])
            batches.append(project(node, selection, context))
    finally:
        context.evaluator.restart(given)
    return _concatenated(node, batches), np.concatenate([np.empty(0, np.int64), *numbers])


def _batches(values: list[list[object]], place: int, count: int, batched: bool) -> list[list[int]]:
    """Return the numbers of keys that differ in nothing but the vector at `place`, together; a key without
    a vector has no distances and is answered alone."""
    together: dict[tuple[object, ...], list[int]] = {}
    for number in range(count):
        others = tuple(column[number] for i, column in enumerate(values) if i != place)
        alone = None if batched and values[place][number] is not None else number
        together.setdefault((*others, alone), []).append(number)
    return list(together.values())


def _concatenated(node: plan.SelectPlan, batches: list[RecordBatch]) -> RecordBatch:
    """Return the rows of all batches."""
    names = tuple(output.name for output in node.outputs)
    types = tuple(output.scalar.type for output in node.outputs)
    if len(batches) == 1:
        return batches[0]
    data = tuple(
        Column.concat([batch.data[i] for batch in batches]) if batches else Column.from_values(type_, [])
        for i, type_ in enumerate(types)
    )
    return RecordBatch(names, types, data, sum(batch.rows for batch in batches))
