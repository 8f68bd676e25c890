"""The nearest rows over all segments: of one query, of many, as rows or at once as tuples.

A `NearestSearch` belongs to one statement of one session. It keeps what executions share while the
snapshot stays the same: the fragment of each segment, and how output columns are read from the only one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vql.executor.knn.scans.contract import Hits
from vql.executor.knn.scans.distances import check_size
from vql.executor.knn.scans.mask import Mask
from vql.executor.masks.filter import Filter
from vql.executor.masks.row_test import RowTest
from vql.executor.rows.context import Context
from vql.executor.rows.project import TUPLES_MAX
from vql.executor.rows.report import SegmentReport, in_order
from vql.executor.rows.selection import Selection, SelectionSource, sort_selection, window
from vql.executor.shapes.merge import Found, merge_hits, merge_hits_of_each
from vql.executor.shapes.scan import passing
from vql.language import plan
from vql.storage.snapshot import Snapshot
from vql.types.forms.ndarrays import F32, I64

if TYPE_CHECKING:
    from vql.executor.knn.fragment import Fragment

# Rows searched beyond k, to see whether equal distances straddle the end of the list when later
# sort keys have to order them.
TIE_MARGIN = 16
Search = Callable[["Fragment", "Mask | None"], list[Hits]]
SearchTested = Callable[["Fragment", "RowTest"], "Hits | None"]
Answer = TypeVar("Answer")


class NearestSearch:
    """One plan's search for the nearest rows and what its executions share; see the module."""

    def __init__(self, node: plan.SelectPlan, context: Context) -> None:
        assert node.nearest is not None
        self.node = node
        self.distance = node.nearest
        self.dim = node.table.stored[node.nearest.position].type.modifier
        self._filter = Filter.of(node.predicate, context)
        self._filtered = node.predicate is not None
        self._snapshot: Snapshot | None = None
        self._fragments: list[Fragment] = []
        # Of a plan that is nothing but this search: its query and limit among the parameters, and how each
        # output is read from the only segment by offsets; None for the distance.
        self._values = _values_of(node)
        self._order_only = all(output.scalar != node.nearest for output in node.outputs)
        self._readers: list[Callable[[I64], list[object]] | None] = []

    @staticmethod
    def of(node: plan.SelectPlan, context: Context) -> NearestSearch:
        """Return the search of a plan, kept with the statement, which holds the plan and so its id."""
        search = context.kept.get(id(node))
        if search is None:
            search = context.kept[id(node)] = NearestSearch(node, context)
        assert isinstance(search, NearestSearch)
        return search

    def by_index(self, context: Context) -> bool:
        """Whether an index, so an approximation, may take part in the answer."""
        if context.contract.is_exact:
            return False
        return any(fragment.searcher.index is not None for fragment in self.fragments(context))

    def scans(self, k: int, context: Context) -> bool:
        """Whether every segment is scanned rather than asked by an index for so many rows."""
        recall = context.contract.recall
        return all(fragment.searcher.scans(k, recall) for fragment in self.fragments(context))

    def rows(self, context: Context) -> int:
        """Count the rows of all segments, seen by the snapshot or not."""
        return sum(fragment.segment.rows for fragment in self.fragments(context))

    def lacks_distances(self, context: Context) -> bool:
        """Whether any row of the table has no distance: NULL, or no direction."""
        return any(len(each.searcher.without_distance(None)) for each in self.fragments(context))

    # -------------------------------------------------------------- answers

    def tuples(self, context: Context) -> list[tuple[object, ...]] | None:
        """Return the answer as tuples where the table is one segment and its columns or the distance are
        all that is put out, as of most statements; None where it has to go by `run`."""
        if context.snapshot is not self._snapshot:
            self._open(context)
        readers = self._readers
        if not readers or self._values is None:
            return None
        query, limit = self._values(context.evaluator.parameters)
        if type(query) is not np.ndarray or query.size != self.dim:
            return None
        if type(limit) is not int or not 0 < limit <= TUPLES_MAX:
            return None
        fragment = self._fragments[0]
        mask: Mask | RowTest | None = None
        hits = None
        if self._filtered or not fragment.all_visible:
            mask = self._filter.mask_or_test(fragment.segment, context, fragment.takes_tests)
            if isinstance(mask, RowTest):
                hits = fragment.search_tested(query, limit, mask, context.contract, self._order_only)
                mask = mask.mask() if hits is None else None
        if hits is None:
            assert not isinstance(mask, RowTest)
            hits = fragment.search(query, limit, mask, context.contract, self._order_only)
        distances, offsets, _, _, nulls = hits
        cells = []
        for read in readers:
            if read is not None:
                cells.append(read(offsets))
                continue
            known: list[object] = (distances * self.distance.sign).tolist()
            cells.append(known if not nulls else [*known[:-nulls], *[None] * nulls])
        return list(zip(*cells))  # noqa: B905 - all of one length; looking costs as much as a column

    def run(self, context: Context, query: Any, limit: int, offset: int) -> Selection:
        """Return the nearest rows in order; NULL and NaN distances come last. Raises 22000."""
        node = self.node
        if type(query) is not np.ndarray or query.size != self.dim:
            check_size(node.table.stored[self.distance.position].type, query)
        wanted = limit + offset
        if wanted == 0:
            return Selection(node.table, (), None)
        if context.reports is None:
            return self._run(context, query, limit, offset)
        return context.measured(node.access, lambda: self._run(context, query, limit, offset))

    def _run(self, context: Context, query: Any, limit: int, offset: int) -> Selection:
        node, wanted = self.node, limit + offset
        k = wanted + TIE_MARGIN if len(node.order) > 1 else wanted

        def search(fragment: Fragment, mask: Mask | None) -> list[Hits]:
            return [fragment.search(query, k, mask, context.contract)]

        def search_tested(fragment: Fragment, test: RowTest) -> Hits | None:
            return fragment.search_tested(query, k, test, context.contract)

        found = self._search(context, k, 1, search, search_tested)
        if len(node.order) == 1:
            return merge_hits(node, found, limit, offset)
        selection = merge_hits(node, found, k, 0)
        ranks = selection.ordered_ranks()
        if len(ranks) >= k and (ranks[wanted - 1] == ranks[k - 1] or np.isnan(ranks[wanted - 1])):
            return self._all_sorted(context, limit, offset)
        return window(sort_selection(node.order, selection, context), offset, limit)

    def run_each(self, context: Context, queries: F32, limit: int, offset: int) -> tuple[Selection, I64]:
        """Return what `run` does for each of (nq, dim) queries in turn, of a plan with one order key, and
        which query each row is of. Queries have the dimensions of the column."""
        k = limit + offset

        def search(fragment: Fragment, mask: Mask | None) -> list[Hits]:
            return fragment.search_each(queries, k, mask, context.contract)

        found = self._search(context, k, len(queries), search)
        return merge_hits_of_each(self.node, found, len(queries), limit, offset)

    # -------------------------------------------------------------- segments

    def fragments(self, context: Context) -> list[Fragment]:
        """Return the search of each segment of the snapshot."""
        if context.snapshot is not self._snapshot:
            self._open(context)
        return self._fragments

    def mask(self, fragment: Fragment, context: Context) -> Mask | None:
        """Return the rows of a segment that pass, None where all do."""
        if fragment.all_visible and not self._filtered:
            return None
        mask = self._filter.mask(fragment.segment, context)
        return None if mask.count == fragment.segment.rows else mask

    def _open(self, context: Context) -> None:
        """Prepare for the segments of another snapshot."""
        snapshot, distance = context.snapshot, self.distance
        self._fragments = [
            context.searchers.fragment(
                segment, distance.position, distance.metric, segment.visible(snapshot.version) is None,
                context.checks,
            )
            for segment in snapshot.segments(self.node.table.table_id)
        ]  # fmt: skip
        self._readers = []
        scalars = [output.scalar for output in self.node.outputs]
        if len(self._fragments) == 1 and all(type(s) is plan.ColumnRead or s == distance for s in scalars):
            column = self._fragments[0].segment.column
            self._readers = [
                column(scalar.position).reader() if isinstance(scalar, plan.ColumnRead) else None
                for scalar in scalars
            ]
        self._snapshot = snapshot

    def _search(
        self,
        context: Context,
        k: int,
        queries: int,
        search: Search,
        search_tested: SearchTested | None = None,
    ) -> Found:
        """Search each segment, side by side where that pays; first without its mask where that may do."""
        fragments = self.fragments(context)
        reported = 0 if context.report is None else len(context.report.events)
        # Before the search: masks are made in the statement's own thread.
        may_test = search_tested is not None
        passing = [(fragment, self._passing(fragment, context, may_test)) for fragment in fragments]
        found: dict[Fragment, list[Hits]] = {}
        tests = {fragment: test for fragment, test in passing if isinstance(test, RowTest)}
        if search_tested is not None and tests:
            pieces = [partial(search_tested, fragment, test) for fragment, test in tests.items()]
            some = self._side_by_side(context, pieces, [(fragment, None) for fragment in tests], k, 1)
            found = {fragment: [hits] for fragment, hits in zip(tests, some, strict=True) if hits is not None}
        masks = {
            fragment: test.mask() if isinstance(test, RowTest) else test
            for fragment, test in passing
            if fragment not in found
        }
        pieces_left = [partial(search, fragment, mask) for fragment, mask in masks.items()]
        found |= zip(masks, self._side_by_side(context, pieces_left, masks.items(), k, queries), strict=True)
        if context.report is not None:
            for fragment in fragments:
                if fragment in masks:
                    rows = fragment.passing(masks[fragment])
                else:
                    rows = round(fragment.segment.rows * tests[fragment].share)
                self._report(fragment, rows, found[fragment][0], k, context)
            events, order = context.report.events, [fragment.segment.segment_id for fragment in fragments]
            events[reported:] = in_order(events[reported:], order)
        return [(fragment.segment, found[fragment]) for fragment in fragments]

    def _passing(self, fragment: Fragment, context: Context, may_test: bool) -> Mask | RowTest | None:
        """Return which rows of a fragment pass, None where all do."""
        if fragment.all_visible and not self._filtered:
            return None
        passing = self._filter.mask_or_test(fragment.segment, context, may_test and fragment.takes_tests)
        return None if isinstance(passing, Mask) and passing.count == fragment.segment.rows else passing

    @staticmethod
    def _side_by_side(
        context: Context,
        pieces: Sequence[Callable[[], Answer]],
        of: Iterable[tuple[Fragment, Mask | None]],
        k: int,
        queries: int,
    ) -> list[Answer]:
        """Return what the search of each fragment gives."""
        if len(pieces) < 2 or context.threads == 1:
            return [piece() for piece in pieces]
        recall, exact = context.contract.recall, context.contract.exact
        costs = [queries * fragment.searcher.cost_us(k, recall, mask, exact) for fragment, mask in of]
        return context.side_by_side(pieces, costs)

    @staticmethod
    def _report(fragment: Fragment, passing_rows: int, hits: Hits, k: int, context: Context) -> None:
        segment = fragment.segment
        if passing_rows and context.report is not None:
            costs = fragment.searcher.costs(k, context.contract.recall, passing_rows)
            report = SegmentReport(segment.segment_id, segment.rows, passing_rows, hits.strategy, costs)
            context.report.events.append(report)

    def _all_sorted(self, context: Context, limit: int, offset: int) -> Selection:
        """Answer exactly: every passing row, sorted by every key."""
        selection = passing(self.node, context)
        column = context.evaluator.distance(self.distance, SelectionSource(selection))
        ranks = column.data * self.distance.sign
        if column.valid is not None:
            ranks[~column.valid] = np.nan
        selection = selection._replace(ranking=self.distance, ranks=ranks)
        return window(sort_selection(self.node.order, selection, context), offset, limit)


def is_one_search(node: plan.SelectPlan) -> bool:
    """Whether a plan is one search for so many nearest rows, with nothing to skip or to sort further."""
    return isinstance(node.access, plan.Nearest) and node.offset is None and len(node.order) == 1


def _values_of(node: plan.SelectPlan) -> Callable[[Sequence[object]], tuple[object, ...]] | None:
    """Return the function that gives query and limit of the parameters of a plan that is one search, None
    where one of them is something else."""
    if not is_one_search(node):
        return None
    assert node.nearest is not None
    query, limit = node.nearest.query, node.limit
    if not isinstance(query, plan.Parameter) or not isinstance(limit, plan.Constant | plan.Parameter):
        return None
    if isinstance(limit, plan.Parameter):
        return itemgetter(query.index, limit.index)
    return lambda parameters: (parameters[query.index], limit.value)
