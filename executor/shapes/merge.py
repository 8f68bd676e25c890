"""The hits of all segments as the rows of a statement, or of many: the end of every vector search.

Rows are ordered by (distance, row id), those whose distance is NaN after the others, those whose vector is
NULL after these. Hits of one segment come in that order already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.executor.knn.contract import Hits
from vql.executor.rows.selection import Part, Selection, window
from vql.language import plan
from vql.storage.segments.segment import Segment
from vql.types.ndarrays import I64

Found = Sequence[tuple[Segment, Sequence[Hits]]]


def merge_hits(node: plan.SelectPlan, found: Found, limit: int, offset: int) -> Selection:
    """Return rows `offset` to `offset + limit` of the hits that each segment has for one query."""
    there = [(segment, hits) for segment, (hits,) in found if len(hits.offsets)]
    if not there:
        return Selection(node.table, (), None)
    if len(there) > 1:
        return merge_hits_of_each(node, found, 1, limit, offset)[0]
    segment, hits = there[0]
    selection = Selection(node.table, (Part(segment, hits.offsets),), None, node.nearest, hits.distances)
    return window(selection, offset, limit)


def merge_hits_of_each(
    node: plan.SelectPlan, found: Found, queries: int, limit: int, offset: int
) -> tuple[Selection, I64]:
    """Return those rows for each of some queries in turn, and which query each is of."""
    parts, distances, nulls, whose = [], [], [], []
    for segment, every in found:
        for number, hits in enumerate(every):
            count = len(hits.offsets)
            if not count:
                continue
            parts.append(Part(segment, hits.offsets))
            distances.append(hits.distances)
            nulls.append(np.arange(count) >= count - hits.nulls)
            whose.append(np.full(count, number))
    if not parts:
        return Selection(node.table, (), None), np.empty(0, np.int64)
    ranks, of = np.concatenate(distances), np.concatenate(whose)
    row_ids = np.concatenate([part.segment.row_ids(part.offsets) for part in parts])
    order = np.lexsort([row_ids, ranks, np.concatenate(nulls), of])
    sizes = np.bincount(of, minlength=queries)
    places = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = order[(places >= offset) & (places < offset + limit)]
    return Selection(node.table, tuple(parts), order, node.nearest, ranks), of[order]
