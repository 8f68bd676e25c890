"""The hits of all segments as the rows of a statement, or of many: the end of every vector search.

Rows are ordered by (distance, row id), those whose distance is NaN after the others, those whose vector is
NULL after these. Hits of one segment come in that order already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.executor.knn.scans.contract import Hits
from vql.executor.rows.selection import Part, Selection, window
from vql.language import plan
from vql.storage.segments.segment import Segment
from vql.types.forms.ndarrays import I64, Bools

Found = Sequence[tuple[Segment, Sequence[Hits]]]


def merge_hits(node: plan.SelectPlan, found: Found, limit: int, offset: int) -> Selection:
    """Return rows `offset` to `offset + limit` of the hits that each segment has for one query."""
    there = [(segment, hits) for segment, (hits,) in found if len(hits.offsets)]
    if not there:
        return Selection(node.table, (), None)
    parts = tuple([Part(segment, hits.offsets) for segment, hits in there])
    if len(parts) == 1:
        return window(Selection(node.table, parts, None, node.nearest, there[0][1].distances), offset, limit)
    keys = _sort_keys(there)
    order = np.lexsort(keys)[offset : offset + limit]
    return Selection(node.table, parts, order, node.nearest, keys[1])


def merge_hits_of_each(
    node: plan.SelectPlan, found: Found, queries: int, limit: int, offset: int
) -> tuple[Selection, I64]:
    """Return those rows for each of some queries in turn, and which query each is of."""
    there = [(segment, every) for segment, every in found if any(len(hits.offsets) for hits in every)]
    if not there:
        return Selection(node.table, (), None), np.empty(0, np.int64)
    counts = [[len(hits.offsets) for hits in every] for _, every in there]
    of = np.concatenate([np.repeat(np.arange(queries), each) for each in counts])
    joined = [(segment, _joined(every)) for segment, every in there]
    nulls = any([hits.nulls for _, every in there for hits in every])
    parts = tuple(Part(segment, hits.offsets) for segment, hits in joined)
    ranks = np.concatenate([hits.distances for _, hits in joined])
    order = np.arange(len(of))
    if len(parts) > 1:
        keys = [np.concatenate([segment.row_ids(hits.offsets) for segment, hits in joined]), ranks]
        if nulls:
            keys.append(np.concatenate([_are_nulls(hits) for _, every in there for hits in every]))
        order = np.lexsort([*keys, of])
    sizes = np.bincount(of, minlength=queries)
    places = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = order[(places >= offset) & (places < offset + limit)]
    return Selection(node.table, parts, order, node.nearest, ranks), of[order]


def _joined(every: Sequence[Hits]) -> Hits:
    """Return the hits of all queries in one segment, one query after the other."""
    distances = np.concatenate([hits.distances for hits in every])
    return Hits(distances, np.concatenate([hits.offsets for hits in every]), ("joined",))


def _are_nulls(hits: Hits) -> Bools:
    """Return which of some hits are NULL vectors: the last."""
    return np.arange(len(hits.offsets)) >= len(hits.offsets) - hits.nulls


def _sort_keys(there: Sequence[tuple[Segment, Hits]]) -> list[np.ndarray]:
    """Return what hits are sorted by, the most significant last: row ids, distances, and whether the vector
    is NULL, where any is."""
    row_ids = np.concatenate([segment.row_ids(hits.offsets) for segment, hits in there])
    keys: list[np.ndarray] = [row_ids, np.concatenate([hits.distances for _, hits in there])]
    if any([hits.nulls for _, hits in there]):
        keys.append(np.concatenate([_are_nulls(hits) for _, hits in there]))
    return keys
