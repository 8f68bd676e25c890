"""The vector search of a plan: every segment by its searcher, merged by (distance, row id).

A `NearestSearch` belongs to one statement of one session. It keeps what executions share while the
snapshot stays the same: the searcher of each segment, the mask of visible rows, and the masks of
predicates by their constants.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vql.executor.knn.distances import check_size
from vql.executor.knn.mask import Mask
from vql.executor.rows.context import Context, Report, SegmentReport, ThreadReport
from vql.executor.rows.mask_cache import matching
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_selection, window
from vql.language import plan
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types.type import F64, I64

if TYPE_CHECKING:
    from vql.executor.knn.exact import Hits
    from vql.executor.knn.searcher import Searcher

# Results up to this many rows are made as tuples, larger ones by columns.
TUPLES_MAX = 256
# Rows searched beyond k, to see whether equal distances straddle the end of the list when later
# sort keys have to order them.
TIE_MARGIN = 16


class NearestSearch:
    """One plan's vector search and what its executions share; see the module."""

    def __init__(self, node: plan.SelectPlan) -> None:
        assert node.nearest is not None
        self.node = node
        self.distance = node.nearest
        self.dim = node.table.columns[node.nearest.position].type.modifier
        scalars = [output.scalar for output in node.outputs]
        self._plain = all(type(scalar) is plan.ColumnRead or scalar == node.nearest for scalar in scalars)
        self._order_only = node.nearest not in scalars
        self._snapshot: Snapshot | None = None
        self._targets: list[tuple[Segment, Searcher, bool]] = []
        # How each output is read from the only segment by offsets; None for the distance.
        self._readers: tuple[Callable[[I64], list[object]] | None, ...] = ()

    @staticmethod
    def of(node: plan.SelectPlan, context: Context) -> NearestSearch:
        """Return the search of a plan, kept with the statement, which holds the plan and so its id."""
        search = context.searches.get(id(node))
        if search is None:
            search = context.searches[id(node)] = NearestSearch(node)
        return search

    def by_index(self, context: Context) -> bool:
        """Whether an index, so an approximation, may take part in the answer."""
        if context.exact or (context.recall >= 1.0 and context.effort is None):
            return False
        return any(searcher.index is not None for _, searcher, _ in self._segments(context))

    def scans(self, k: int, context: Context) -> bool:
        """Whether every segment is scanned rather than asked by an index for so many rows."""
        return all(searcher.scans(k, context.recall) for _, searcher, _ in self._segments(context))

    def rows(self, context: Context) -> int:
        """Count the rows of all segments, seen by the snapshot or not."""
        return sum(segment.rows for segment, _, _ in self._segments(context))

    def lacking(self, context: Context) -> bool:
        """Whether any row of the table has no distance: NULL, or no direction."""
        return any(len(s.without_distance(None)) for _, s, _ in self._segments(context))

    def targets(self, context: Context) -> list[tuple[Segment, Searcher]]:
        """Return the snapshot's segments and their searchers."""
        return [(segment, searcher) for segment, searcher, _ in self._segments(context)]

    def tuples(self, context: Context) -> list[tuple[object, ...]] | None:
        """Return the answer as tuples where one segment's hits are all of it and its columns or the distance
        all that is put out, as of most statements; None where `run` has to give it."""
        evaluator, node = context.evaluator, self.node
        assert node.limit is not None
        query, limit = evaluator.value(self.distance.query), evaluator.value(node.limit)
        if context.snapshot is not self._snapshot:
            self._segments(context)
        if not self._readers or type(query) is not np.ndarray or query.size != self.dim:
            return None
        if type(limit) is not int or not 0 < limit <= TUPLES_MAX:
            return None
        segment, searcher, filtered = self._targets[0]
        mask = matching(node.predicate, segment, context) if filtered else None
        hits = searcher.search(
            query, limit, context.recall, mask, context.effort, context.exact, self._order_only
        )
        found = len(hits.offsets)
        if found != limit and found != (segment.rows if mask is None else mask.count):
            return None  # those without a distance come last
        offsets = hits.offsets
        cells = [self._distances(hits) if read is None else read(offsets) for read in self._readers]
        return list(zip(*cells, strict=False))  # all of one length; looking costs as much as a column

    def run(self, context: Context, query: Any, limit: int, offset: int) -> Selection:
        """Return the nearest rows in order; NULL and NaN distances come last. Raises 22000."""
        node = self.node
        if type(query) is not np.ndarray or query.size != self.dim:
            check_size(node.table.columns[self.distance.position].type, query)
        wanted = limit + offset
        asked = wanted + TIE_MARGIN if len(node.order) > 1 else wanted
        parts: list[Part] = []
        found: list[F64] = []
        for segment, offsets, distances in self._found(context, query, asked):
            if len(offsets):
                parts.append(Part(segment, offsets))
                found.append(distances)
        if not parts or wanted == 0:
            return Selection(node.table, (), None)
        together = np.concatenate(found) if len(found) > 1 else found[0]
        selection = Selection(node.table, tuple(parts), None, self.distance, together)
        if len(node.order) > 1:
            ordered = np.sort(together)
            last = ordered[asked - 1 if asked <= len(ordered) else -1]
            if len(ordered) >= asked and (ordered[wanted - 1] == last or np.isnan(ordered[wanted - 1])):
                return self._all_sorted(context, offset, limit)
            return window(sort_selection(node.order, selection, context), offset, limit)
        if len(parts) > 1:
            row_ids = np.concatenate([part.segment.row_ids(part.offsets) for part in parts])
            ranks = [row_ids, together]
            valid = selection.distance_column().valid
            if valid is not None:
                ranks.append(~valid)  # NULL after NaN
            selection = selection.reordered(np.lexsort(ranks))
        return window(selection, offset, limit)

    def _segments(self, context: Context) -> list[tuple[Segment, Searcher, bool]]:
        """Return the snapshot's segments, their searchers, and whether a mask is needed."""
        snapshot = context.snapshot
        if snapshot is not self._snapshot:
            filtered = self.node.predicate is not None
            self._targets = [
                (s, self._searcher(s, context), filtered or s.visible(snapshot.version) is not None)
                for s in snapshot.segments(self.node.table.table_id)
            ]
            self._readers = ()
            if len(self._targets) == 1 and self._plain:
                self._readers = tuple([self._reader(output.scalar) for output in self.node.outputs])
            self._snapshot = snapshot
        return self._targets

    def _reader(self, scalar: plan.Scalar) -> Callable[[I64], list[object]] | None:
        if isinstance(scalar, plan.ColumnRead):
            return self._targets[0][0].column(scalar.position).reader()
        return None

    def _distances(self, hits: Hits) -> list[object]:
        found: list[object] = (hits.distances * self.distance.sign).tolist()
        return found

    def _searcher(self, segment: Segment, context: Context) -> Searcher:
        """Return the session's searcher over a segment, made once a segment object."""
        # faiss is loaded here, on the first vector statement, not with the package.
        from vql.executor.knn.searcher import searcher_of

        key = (segment.segment_id, self.distance.position, self.distance.metric)
        found = context.searchers.get(key)
        if found is not None and found[0] is segment.identity:
            self._watch(found[1], context)
            return found[1]
        column = segment.column(self.distance.position)
        index = segment.vector_index(self.distance.position, self.distance.metric)
        searcher = searcher_of(column, index, self.distance.metric)
        context.searchers[key] = (segment.identity, searcher)
        self._watch(searcher, context)
        return searcher

    @staticmethod
    def _watch(searcher: Searcher, context: Context) -> None:
        checked = searcher.index is not None and context.check_every > 0 and context.checker is not None
        if checked:
            assert context.checker is not None
            searcher.watch(context.checker(), context.check_every)
        else:
            searcher.watch(None, 0)

    def _found(self, context: Context, query: Any, k: int) -> list[tuple[Segment, I64, F64]]:
        """Return the k nearest passing rows of each segment and their distances."""
        targets = self._segments(context)
        told = 0 if context.report is None else len(context.report)
        # Before the search: masks are made in the statement's own thread.
        masks = [
            matching(self.node.predicate, s, context) if filtered else None for s, _, filtered in targets
        ]
        pieces = [
            partial(self._search, segment, searcher, mask, query, k, context)
            for (segment, searcher, _), mask in zip(targets, masks, strict=True)
        ]
        if len(pieces) == 1 or context.threads == 1:
            found = [piece() for piece in pieces]
        else:
            costs = [
                searcher.cost_us(k, context.recall, mask, context.exact)
                for (_, searcher, _), mask in zip(targets, masks, strict=True)
            ]
            found = context.side_by_side(pieces, costs)
        if context.report is not None:
            for (segment, _, _), mask, (_, _, strategy) in zip(targets, masks, found, strict=True):
                passed = segment.rows if mask is None else mask.count
                if passed:
                    context.report.append(SegmentReport(segment.segment_id, segment.rows, passed, strategy))
            context.report[told:] = in_order(context.report[told:], [s.segment_id for s, _, _ in targets])
        return [
            (segment, offsets, distances)
            for (segment, _, _), (offsets, distances, _) in zip(targets, found, strict=True)
        ]

    @staticmethod
    def _search(
        segment: Segment, searcher: Searcher, mask: Mask | None, query: Any, k: int, context: Context
    ) -> tuple[I64, F64, tuple[object, ...]]:
        """Return the k nearest passing rows of one segment, with those without a distance last, their
        distances, and how they were found. In any thread."""
        hits = searcher.search(query, k, context.recall, mask, context.effort, context.exact)
        passed = segment.rows if mask is None else mask.count
        missing = min(k, passed) - len(hits.offsets)
        if missing <= 0 or context.index_only_rows:
            return hits.offsets, hits.distances, hits.strategy
        # NaN, then NULL, each in the order of rows.
        extra = rows_left(hits, searcher.without_distance(mask), passed)[:missing]
        offsets = np.concatenate([hits.offsets, extra])
        return offsets, np.concatenate([hits.distances, np.full(len(extra), np.nan)]), hits.strategy

    def _all_sorted(self, context: Context, offset: int, limit: int) -> Selection:
        """Answer exactly: every passing row, sorted by every key."""
        parts = []
        for segment, _, _ in self._segments(context):
            mask = matching(self.node.predicate, segment, context)
            if mask.count:
                parts.append(Part(segment, mask.ids))
        selection = Selection(self.node.table, tuple(parts), None)
        column = context.evaluator.distance(self.distance, SelectionSource(selection))
        distances = column.data * self.distance.sign
        if column.valid is not None:
            distances[~column.valid] = np.nan
        selection = selection._replace(nearest=self.distance, distances=distances)
        return window(sort_selection(self.node.order, selection, context), offset, limit)


def in_order(reports: list[Report], segment_ids: list[int]) -> list[Report]:
    """Return reports of one search in the order of segments, what is of none of them first."""
    places = {segment_id: place for place, segment_id in enumerate(segment_ids)}
    return sorted(reports, key=lambda each: -1 if isinstance(each, ThreadReport) else places[each.segment_id])


def rows_left(hits: Hits, without_distance: I64, passed: int) -> I64:
    """Return the rows that come after hits of which there were no more: all those without a distance,
    or, where a query without a direction has them among its hits, the NULLs alone."""
    return without_distance[len(without_distance) - (passed - len(hits.offsets)) :]
