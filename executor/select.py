"""Run a SelectPlan: masks, vector search, order, projection, over every segment of a snapshot.

`run_select` returns a `Selection`: which rows (segment and offset) in which order, and the means to
project them. A selection becomes tuples or columns only when asked, so a top-10 statement touches
ten rows of the output columns and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vql import schema
from vql.errors import DataError
from vql.executor.batch import Batch
from vql.executor.evaluate import Evaluator, Source, comparable
from vql.executor.mask import Mask
from vql.language import plan
from vql.storage.column import Column
from vql.storage.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types import F64, I64

if TYPE_CHECKING:
    from vql.executor.search import SegmentSearcher

# Rows searched beyond k, to see whether equal distances straddle the end of the list when later
# sort keys have to order them.
TIE_MARGIN = 16


@dataclass(slots=True)
class Context:
    """What one execution reads: a snapshot, parameters, the search contract.

    `searchers` is the session's cache of SegmentSearchers by (segment, position, metric); `masks`
    the process's cache of predicate masks. `report` collects EXPLAIN ANALYZE's lines.
    """

    snapshot: Snapshot
    evaluator: Evaluator
    recall: float
    effort: int | None
    index_only_rows: bool
    searchers: dict[tuple[int, int, str], tuple[Segment, SegmentSearcher]]
    masks: MaskCache
    exact: bool = False
    report: list[SegmentReport] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """What a vector search did on one segment."""

    segment_id: int
    rows: int
    passed: int
    strategy: str


class MaskCache:
    """Predicate masks of sealed segments, bounded by bytes; the oldest go first."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._masks: dict[tuple[object, ...], tuple[object, Mask]] = {}

    def get(self, key: tuple[object, ...], segment: object) -> Mask | None:
        """Return the mask kept under `key` for this very segment object, or None."""
        found = self._masks.get(key)
        return found[1] if found is not None and found[0] is segment else None

    def put(self, key: tuple[object, ...], segment: object, mask: Mask) -> None:
        """Keep a mask; `key` must name the predicate and every constant it was made with."""
        self._bytes += len(mask.bools) + len(mask.bools) // 8
        self._masks[key] = (segment, mask)
        while self._bytes > self._bytes_max and len(self._masks) > 1:
            oldest = next(iter(self._masks))
            dropped = self._masks.pop(oldest)[1]
            self._bytes -= len(dropped.bools) + len(dropped.bools) // 8


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one segment, by offset."""

    segment: Segment
    offsets: I64


@dataclass(frozen=True, slots=True)
class Selection:
    """Chosen rows: parts, then `order` over their concatenation (None: as they are).

    `distances` are those of the plan's `nearest`, in the order of the parts; NaN where unknown,
    with `valid` False where NULL.
    """

    table: schema.Table
    parts: tuple[Part, ...]
    order: I64 | None
    distances: Column | None = None

    @property
    def rows(self) -> int:
        """Count the rows."""
        return len(self.order) if self.order is not None else sum(len(p.offsets) for p in self.parts)

    def row_ids(self) -> I64:
        """Return the global ids of the rows, in order."""
        found = [part.segment.row_ids(part.offsets) for part in self.parts]
        ids = np.concatenate(found) if found else np.empty(0, np.int64)
        return ids if self.order is None else ids[self.order]

    def column(self, position: int) -> Column:
        """Return one table column of the rows, in order."""
        columns = [part.segment.column(position).take(part.offsets) for part in self.parts]
        if not columns:
            return Column.from_values(self.table.columns[position].type, [])
        column = columns[0] if len(columns) == 1 else Column.concat(columns)
        return column if self.order is None else column.take(self.order)


def run_select(node: plan.SelectPlan, context: Context) -> Selection:
    """Choose and order the rows of a plan. Raises user errors of values (22xxx)."""
    evaluator = context.evaluator
    limit = _count(node.limit, evaluator, "LIMIT")
    offset = _count(node.offset, evaluator, "OFFSET") or 0
    if node.key is not None and not node.order:
        selection = _by_key(node, context)
        return _window(selection, offset, limit)
    if node.nearest is not None and limit is not None:
        query = evaluator.value(node.nearest.query)
        if query is not None:
            assert isinstance(query, np.ndarray)
            return _nearest(node, context, query, limit, offset)
    parts = []
    wanted = None if limit is None or node.order else limit + offset
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
        selection = _sorted(node.order, selection, context)
    return _window(selection, offset, limit)


def project(outputs: Sequence[plan.Output], selection: Selection, node: plan.SelectPlan, context: Context) -> Batch:
    """Compute the output columns of the chosen rows."""
    data = []
    source: Source | None = None
    for output in outputs:
        scalar = output.scalar
        if isinstance(scalar, plan.ColumnRead):
            data.append(selection.column(scalar.position))
        elif scalar == node.nearest and selection.distances is not None:
            distances = selection.distances
            data.append(distances if selection.order is None else distances.take(selection.order))
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


class SelectionSource:
    """The chosen rows as a source of columns, each gathered once."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._columns: dict[int, Column] = {}
        self.rows = selection.rows

    def column(self, position: int) -> Column:
        if position not in self._columns:
            self._columns[position] = self._selection.column(position)
        return self._columns[position]


def matching(predicate: plan.Predicate | None, segment: Segment, context: Context) -> Mask:
    """Return the rows of a segment that are visible and pass the predicate."""
    visible = segment.visible(context.snapshot.version)
    if predicate is None:
        return all_rows(segment.rows) if visible is None else Mask.from_bools(visible)
    passed = _predicate_mask(predicate, segment, context)
    return passed if visible is None else Mask.from_bools(passed.bools & visible)


def all_rows(rows: int) -> Mask:
    """Return the mask that passes every row."""
    return Mask.from_bools(np.ones(rows, bool))


def _predicate_mask(predicate: plan.Predicate, segment: Segment, context: Context) -> Mask:
    """Evaluate a predicate, through the cache for sealed segments."""
    evaluator = context.evaluator
    key: tuple[object, ...] | None = None
    if segment.segment_id:
        constants = predicate_constants(predicate, evaluator)
        if constants is not None:
            key = (segment.segment_id, predicate, constants)
            found = context.masks.get(key, segment.identity)
            if found is not None:
                return found
    mask = Mask.from_bools(evaluator.predicate(predicate, segment).true)
    if key is not None:
        context.masks.put(key, segment.identity, mask)
    return mask


def predicate_constants(node: object, evaluator: Evaluator) -> tuple[object, ...] | None:
    """Return the parameter values a predicate depends on, or None where it must not be cached."""
    found: list[object] = []
    stack = [node]
    while stack:
        item = stack.pop()
        match item:
            case tuple():
                stack.extend(item)
            case plan.Parameter():
                value = evaluator.value(item)
                if isinstance(value, list):
                    value = tuple(value)
                if isinstance(value, np.ndarray | dict):
                    return None
                found.append((type(value), value))
            case plan.Residual() | plan.SubqueryValue() | plan.SubqueryExpression() | plan.Distance():
                return None
            case plan.Constant():
                pass
            case _ if hasattr(item, "__dataclass_fields__"):
                stack.extend(getattr(item, name) for name in item.__dataclass_fields__)
    return tuple(found)


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


def _window(selection: Selection, offset: int, limit: int | None) -> Selection:
    """Apply OFFSET and LIMIT to chosen rows."""
    rows = selection.rows
    if offset == 0 and (limit is None or limit >= rows):
        return selection
    order = selection.order if selection.order is not None else np.arange(rows)
    order = order[offset:] if limit is None else order[offset : offset + limit]
    return Selection(selection.table, selection.parts, order, selection.distances)


def _count(scalar: plan.Scalar | None, evaluator: Evaluator, word: str) -> int | None:
    """Return the value of LIMIT or OFFSET; NULL means none."""
    if scalar is None:
        return None
    value = evaluator.value(scalar)
    if value is None:
        return None
    count = int(value)  # type: ignore[call-overload]
    if count < 0:
        state = "2201W" if word == "LIMIT" else "2201X"
        raise DataError(f"{word} must not be negative", sqlstate=state)
    return int(count)


# ------------------------------------------------------------------ nearest


def _nearest(
    node: plan.SelectPlan, context: Context, query: np.ndarray, limit: int, offset: int
) -> Selection:
    """Search every segment, merge by (distance, row id), append NULL and NaN distances."""
    distance = node.nearest
    assert distance is not None
    dim = node.table.columns[distance.position].type.modifier
    if query.size != dim:
        raise DataError(f"different vector dimensions {dim} and {query.size}")
    wanted = limit + offset
    asked = wanted + TIE_MARGIN if len(node.order) > 1 else wanted
    parts, found = [], []
    for segment in context.snapshot.segments(node.table.table_id):
        part, distances = _search_segment(node, distance, segment, query, asked, context)
        if len(part.offsets):
            parts.append(part)
            found.append(distances)
    if not parts or wanted == 0:
        return Selection(node.table, (), None)
    together = np.concatenate(found) if len(found) > 1 else found[0]
    selection = Selection(node.table, tuple(parts), None, _distance_column(together, distance))
    if len(node.order) > 1:
        ordered = np.sort(together)
        if len(ordered) > wanted and ordered[wanted - 1] == ordered[asked - 1 if asked <= len(ordered) else -1]:
            return _all_sorted(node, context, offset, limit)
        return _window(_sorted(node.order, selection, context), offset, limit)
    if len(parts) > 1:
        row_ids = np.concatenate([part.segment.row_ids(part.offsets) for part in parts])
        order = np.lexsort((row_ids, together))
        selection = Selection(node.table, selection.parts, order, selection.distances)
    return _window(selection, offset, limit)


def _search_segment(
    node: plan.SelectPlan,
    distance: plan.Distance,
    segment: Segment,
    query: np.ndarray,
    k: int,
    context: Context,
) -> tuple[Part, F64]:
    """Return the k nearest passing rows of one segment; rows without a distance come last."""
    visible = segment.visible(context.snapshot.version)
    mask: Mask | None = None
    if node.predicate is not None or visible is not None:
        mask = matching(node.predicate, segment, context)
    passed = segment.rows if mask is None else mask.count
    if passed == 0:
        return Part(segment, np.empty(0, np.int64)), np.empty(0)
    searcher = segment_searcher(segment, distance, context)
    hits = searcher.search(
        query, min(k, passed), context.recall, mask, effort=context.effort, exact=context.exact
    )
    context.report.append(SegmentReport(segment.segment_id, segment.rows, passed, hits.strategy))
    offsets, distances = hits.offsets, hits.distances
    missing = min(k, passed) - len(offsets)
    if missing > 0 and not context.index_only_rows:
        valid = segment.column(distance.position).valid
        if valid is not None:
            without = ~valid if mask is None else mask.bools & ~valid
            extra = np.flatnonzero(without)[:missing]
            offsets = np.concatenate([offsets, extra])
            # Neither NULL nor NaN is a distance: both come last, in the order of their rows.
            distances = np.concatenate([distances, np.full(len(extra), np.nan)])
    return Part(segment, offsets), distances


def segment_searcher(segment: Segment, distance: plan.Distance, context: Context) -> SegmentSearcher:
    """Return the session's searcher over a segment, made once a segment object."""
    key = (segment.segment_id, distance.position, distance.metric)
    found = context.searchers.get(key)
    if found is not None and found[0] is segment.identity:
        return found[1]
    from vql.executor.search import SegmentSearcher

    column = segment.column(distance.position)
    index = segment.vector_index(distance.position, distance.metric)
    searcher = SegmentSearcher(column.data, column.valid, index, distance.metric)
    context.searchers[key] = (segment.identity, searcher)
    return searcher


def _distance_column(distances: F64, distance: plan.Distance) -> Column:
    nan = np.isnan(distances)
    valid = ~nan if nan.any() and distance.metric != "cosine" else None
    return Column(distance.type, distances if distance.sign > 0 else -distances, valid, None)


def _all_sorted(node: plan.SelectPlan, context: Context, offset: int, limit: int) -> Selection:
    """Answer exactly: every passing row, sorted by every key."""
    parts = tuple(
        Part(segment, mask.ids)
        for segment in context.snapshot.segments(node.table.table_id)
        if (mask := matching(node.predicate, segment, context)).count
    )
    selection = Selection(node.table, parts, None)
    return _window(_sorted(node.order, selection, context), offset, limit)


# ------------------------------------------------------------------ order


def _sorted(keys: tuple[plan.OrderKey, ...], selection: Selection, context: Context) -> Selection:
    """Sort chosen rows by the keys, then by row id, so that equal keys keep one order for ever."""
    source = SelectionSource(selection)
    arrays: list[np.ndarray] = [selection.row_ids()]
    for key in reversed(keys):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, source), key)
    order = np.lexsort(arrays)
    return Selection(selection.table, selection.parts, order, selection.distances)


def sort_arrays(column: Column, key: plan.OrderKey) -> list[np.ndarray]:
    """Return lexsort keys of one order key, the most significant last."""
    data = comparable(column)
    if data.dtype.kind in "OU":
        data = np.unique(data, return_inverse=True)[1]
    elif data.dtype.kind == "b":
        data = data.astype("i1")
    if data.dtype.kind == "f":
        # NaN is above every number: rank them apart, so that DESC puts them first.
        nan = np.isnan(data)
        ranks: list[np.ndarray] = [np.where(nan, 0, data), nan.astype("i1")]
    else:
        ranks = [data]
    if key.descending:
        ranks = [-rank.astype("f8" if rank.dtype.kind == "f" else "i8") for rank in ranks]
    if column.valid is not None:
        nulls = ~column.valid
        ranks = [np.where(nulls, 0, rank) for rank in ranks]
        ranks.append((~nulls if key.nulls_first else nulls).astype("i1"))
    return ranks
