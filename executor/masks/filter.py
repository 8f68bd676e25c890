"""Which rows of a segment pass: what a snapshot sees, what numpy says of a predicate, what DuckDB does.

The conjuncts that numpy has a form for become one mask, together with what is visible, and are kept in the
process's `MaskCache` by segment, predicate and constants. Residual conjuncts are computed by DuckDB
over the rows that are left, so that a row which is deleted or does not pass cannot raise an error, and are
never kept.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from vql.errors import DataError
from vql.executor.knn.scans.mask import Mask
from vql.executor.masks.index_scan import (
    INDEX_SHARE_MAX,
    IndexScan,
    index_scan,
    left_of,
    passing_rows,
    with_elements,
)
from vql.executor.masks.lookup import Lookup, lookup_of
from vql.executor.masks.row_test import RowTest
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.report import MaskReport
from vql.executor.rows.sources import RowSource
from vql.language import plan
from vql.storage.index.sorted import Span
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types.arrays.dimensions import lower_bounds
from vql.types.forms.ndarrays import I64, Bools
from vql.types.type import JSONB, Type
from vql.types.vectors.bit import selector_bits

# Up to one row in this many passing, the offsets an index gives are of more use than bitmaps.
LISTED = 64
# So many rows are picked as quickly as their mask is found among those that are kept.
LOOKED_UP_MAX = 256
# The mask of fewer rows costs too little to do without it; nor are rows tested where a lesser share of
# them passes, by a sample of so many.
TESTED_ROWS_MIN, TESTED_SHARE, SAMPLE_ROWS = 10_000, 1 / 64, 512


class State(NamedTuple):
    """What is known of one segment at one snapshot: `key`, with the constants, is that of a kept mask, None
    where none may be kept; `visible` (rows,) are the rows a `lookup` may give, None for all. `is_tested`
    says that rows which are found may be tested instead of all."""

    identity: object
    key: tuple[object, ...] | None
    lookup: Lookup | None
    visible: Bools | None
    is_tested: bool


class Filter:
    """A predicate and what the executions of one statement share to make masks of it."""

    def __init__(self, predicate: plan.Predicate | None, context: Context) -> None:
        self.source = predicate  # held, so that its id stays its own
        conjuncts = plan.conjuncts_of(predicate)
        self._residuals = tuple(item for item in conjuncts if isinstance(item, plan.Residual))
        if self._residuals:
            rest = tuple(item for item in conjuncts if not isinstance(item, plan.Residual))
            predicate = plan.And(rest) if rest else None
        # Masks kept under the id of the canonical predicate hold it.
        self._predicate = context.masks.canonical(predicate)
        self._reads = read_by(predicate)
        self._is_kept = self._reads is not None and not any(value.is_stable for value in self._reads.once)
        # Rows that are not seen are tested too: nothing that raises.
        self._is_tested = not self._residuals and self._reads is not None and not self._reads.may_raise
        self._snapshot: Snapshot | None = None
        self._states: dict[Segment, State] = {}

    @staticmethod
    def of(predicate: plan.Predicate | None, context: Context) -> Filter:
        """Return the filter of a predicate, kept with the statement."""
        kept = context.kept.get(id(predicate))
        if kept is None:
            kept = context.kept[id(predicate)] = Filter(predicate, context)
        assert isinstance(kept, Filter)
        return kept

    def mask(self, segment: Segment, context: Context) -> Mask:
        """Return the rows of a segment that are visible and pass."""
        mask = self.mask_or_test(segment, context, False)
        assert isinstance(mask, Mask)
        return mask

    def mask_or_test(self, segment: Segment, context: Context, may_test: bool = True) -> Mask | RowTest:
        """Return the rows of a segment that are visible and pass, or, where many do, a test of those that are
        found."""
        if context.snapshot is not self._snapshot:
            self._snapshot = context.snapshot
            self._states.clear()
        state = self._states.get(segment) or self._state(segment)
        span = None if state.lookup is None else state.lookup.span(context.evaluator.parameters)
        if span is not None and _length(span) <= LOOKED_UP_MAX:
            mask = self._looked_up(segment, state, span)
        else:
            if may_test and state.is_tested:
                test = self._test(segment, state, span, context)
                if test is not None:
                    return test
            base, kept = state.key, None
            key: tuple[object, ...] | None = None
            if base is not None and self._reads is not None:
                constants = tuple(map(context.evaluator.parameters.__getitem__, self._reads.parameters))
                if self._reads.once:
                    constants += tuple(map(context.evaluator.value, self._reads.once))
                # The type counts: 1, 1.0 and true are equal, but not compared alike.
                key = (*base, constants, *map(type, constants))
                try:
                    kept = context.masks.get(key, state.identity)
                except TypeError:
                    key = (*base, hashable(constants))
                    kept = context.masks.get(key, state.identity)
            if kept is None:
                kept = self._new(segment, state, span, context)
                if key is not None:
                    context.masks.put(key, state.identity, kept)
            mask = kept
        if context.report is not None and mask.index_id:
            made = MaskReport(segment.segment_id, segment.rows, mask.count, mask.index_id)
            context.report.events.append(made)
        return mask if not self._residuals else self._residual(mask, segment, context)

    def _test(self, segment: Segment, state: State, span: Span | None, context: Context) -> RowTest | None:
        """Return the test of rows that are found, None where too few pass."""
        share = None if span is None else _length(span) / segment.rows
        if share is not None and share <= INDEX_SHARE_MAX:
            return None
        make_mask = partial(self.mask, segment, context)
        test = RowTest(self._predicate, segment, state.visible, context.evaluator, make_mask)
        if share is None:
            share = int(np.count_nonzero(test.passes(sample_of(segment.rows)))) / SAMPLE_ROWS
        test.share = share
        return test if share >= TESTED_SHARE else None

    def _state(self, segment: Segment) -> State:
        """Note what the snapshot sees of a segment, and what answers the predicate there."""
        assert self._snapshot is not None
        version, identity = self._snapshot.version, segment.identity
        seen = segment.state_at(version)
        key = None
        if seen is not None and self._is_kept:
            key = (id(identity), id(self._predicate), *seen)
        lookup = lookup_of(self._predicate, segment)
        is_tested = segment.rows >= TESTED_ROWS_MIN and self._is_tested
        visible = segment.visible(version) if lookup is not None or is_tested else None
        state = self._states[segment] = State(identity, key, lookup, visible, is_tested)
        return state

    def _looked_up(self, segment: Segment, state: State, span: Span) -> Mask:
        """Return the rows of a run of the index that are visible."""
        assert state.lookup is not None
        offsets = state.lookup.rows_of(span)
        if state.visible is not None:
            offsets = offsets[state.visible[offsets]]
        return Mask.from_offsets(offsets, segment.rows, self._predicate, state.lookup.index_id)

    def _new(self, segment: Segment, state: State, span: Span | None, context: Context) -> Mask:
        """Return a mask that is not kept as yet."""
        if span is not None and _length(span) <= segment.rows * INDEX_SHARE_MAX:
            return self._looked_up(segment, state, span)
        return self._made(segment, context)

    def _made(self, segment: Segment, context: Context) -> Mask:
        """Make the mask of what is visible and passes all that numpy computes."""
        predicate = self._predicate
        visible = segment.visible(context.snapshot.version)
        if predicate is None:
            return Mask(np.ones(segment.rows, bool) if visible is None else visible)
        if self._reads is not None and segment.scalar_indexes:
            scan = index_scan(predicate, segment, context.evaluator)
            if scan is not None:
                return _by_index(scan, predicate, segment, visible, context.evaluator)
        try:
            return _by_columns(predicate, segment, visible, context.evaluator)
        except DataError:
            # It may be that of a row which is not seen.
            return _by_rows(predicate, segment, visible, context.evaluator)

    def _residual(self, mask: Mask, segment: Segment, context: Context) -> Mask:
        """Return those rows of a mask for which DuckDB says that the rest of the condition is true."""
        ids: I64 = mask.ids
        for residual in self._residuals:
            ids, index_id = with_elements(residual, segment, ids, context.evaluator)
            if index_id and context.report is not None:
                made = MaskReport(segment.segment_id, segment.rows, len(ids), index_id)
                context.report.events.append(made)
            if not len(ids):
                break
            ids = ids[context.evaluator.predicate(residual, RowSource(segment, ids)).true]
        return Mask.from_ids(ids, segment.rows)


def _length(span: Span) -> int:
    return span[1] - span[0]


@cache
def sample_of(rows: int) -> I64:
    """Return the offsets (SAMPLE_ROWS,) of rows from everywhere in a segment of so many."""
    return np.linspace(0, rows - 1, SAMPLE_ROWS).astype(np.int64)


def matching(predicate: plan.Predicate | None, segment: Segment, context: Context) -> Mask:
    """Return the rows of a segment that are visible and pass the predicate."""
    return Filter.of(predicate, context).mask(segment, context)


class Dependencies(NamedTuple):
    """The parameters that a predicate reads, what it has computed once, and whether it may raise at a row."""

    parameters: tuple[int, ...]
    once: tuple[plan.Once, ...]
    may_raise: bool


def read_by(predicate: plan.Predicate | None) -> Dependencies | None:
    """Return what a predicate reads, None where its outcome depends on more or that cannot be part of a
    key."""
    found, once, may_raise = list[int](), list[plan.Once](), False
    stack: list[object] = [predicate]
    while stack:
        item = stack.pop()
        match item:
            case tuple():
                stack.extend(item)
            case plan.Parameter(type=type_) | plan.Once(type=type_) if type_.is_vector or type_ == JSONB:
                return None
            case plan.Parameter(index=index):
                found.append(index)
            case plan.Once():
                once.append(item)
            case plan.Residual() | plan.SubqueryValue() | plan.SubqueryExpression() | plan.Distance():
                return None
            case plan.Constant() | Type():
                pass
            case _ if is_dataclass(item):
                may_raise |= isinstance(item, plan.Arithmetic | plan.Converted)
                stack.extend(getattr(item, field.name) for field in fields(item))
    return Dependencies(tuple(found), tuple(once), may_raise)


def hashable(constants: tuple[object, ...]) -> tuple[object, ...]:
    """Return constants as part of a key, where some are lists or arrays."""
    return tuple(map(_hashable, constants))


def _hashable(constant: object) -> tuple[object, ...]:
    if isinstance(constant, list):
        return (list, lower_bounds(constant), *hashable(tuple(constant)))
    if isinstance(constant, np.ndarray):
        return np.ndarray, constant.shape, constant.tobytes()
    return type(constant), constant


def _by_columns(
    predicate: plan.Predicate, segment: Segment, visible: Bools | None, evaluator: Evaluator
) -> Mask:
    passed = evaluator.predicate(predicate, segment).true
    return Mask(passed if visible is None else passed & visible, made_by=predicate)


def _by_rows(
    predicate: plan.Predicate, segment: Segment, visible: Bools | None, evaluator: Evaluator
) -> Mask:
    ids = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
    passed = evaluator.predicate(predicate, RowSource(segment, ids)).true
    return Mask.from_ids(ids[passed], segment.rows)


def _by_index(
    scan: IndexScan, predicate: plan.Predicate, segment: Segment, visible: Bools | None, evaluator: Evaluator
) -> Mask:
    """Return the rows of a scan that are visible and pass the rest of the condition."""
    if scan.passed * LISTED >= segment.rows and not left_of(predicate, scan):
        bits = scan.over.bits_of(scan.spans)
        if bits is not None:
            if visible is not None:
                bits &= selector_bits(visible)
            return Mask.from_bits(bits, segment.rows, predicate, scan.index_id)
    if scan.passed > segment.rows * INDEX_SHARE_MAX:
        return _by_columns(predicate, segment, visible, evaluator)
    offsets = scan.over.rows_of(scan.spans)
    if visible is not None:
        offsets = offsets[visible[offsets]]
    offsets = passing_rows(scan, predicate, offsets, segment, evaluator)
    return Mask.from_offsets(offsets, segment.rows, predicate, scan.index_id)
