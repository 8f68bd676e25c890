"""Which rows pass: predicates and visibility as masks, kept for sealed segments.

A mask is immutable, so threads share it. `MaskCache` is the one thing here with state: `_lock` guards
what is kept and its size; `get` and `canonical` are single operations on a dict and take no lock. An entry
is good for one segment object and one set of constants; a segment that is gone takes it along.
"""

from __future__ import annotations

import threading
import weakref

import numpy as np

from vql.executor.knn.mask import Mask
from vql.executor.rows.context import Context, MaskReport, PreparedPredicate
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.index_scan import INDEX_SHARE_MAX, IndexScan, index_scan, left_of, passing_rows
from vql.language import plan
from vql.storage.segments.segment import Segment
from vql.types.bit import selector_bits
from vql.types.type import Bools, Type

PREDICATES_KEPT = 1_024
# Up to one row in this many passing, the offsets an index gives are of more use than bitmaps.
LISTED = 64


class MaskCache:
    """Masks of sealed segments, bounded by bytes; the oldest go first. Shared by threads,
    none of which needs to hold anything."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._lock = threading.Lock()
        self._masks: dict[tuple[object, ...], tuple[weakref.ref[object], Mask]] = {}
        self._canonical: dict[plan.Predicate | None, plan.Predicate | None] = {}

    def get(self, key: tuple[object, ...], segment: object) -> Mask | None:
        """Return the mask kept under `key` for this very segment object, or None."""
        found = self._masks.get(key)
        return found[1] if found is not None and found[0]() is segment else None

    def canonical(self, predicate: plan.Predicate | None) -> plan.Predicate | None:
        """Return the one object kept for all predicates equal to this one."""
        if len(self._canonical) > PREDICATES_KEPT:
            self._canonical.clear()
        return self._canonical.setdefault(predicate, predicate)

    def put(self, key: tuple[object, ...], segment: object, mask: Mask) -> None:
        """Keep a mask; `key` must name the predicate and every constant it was made with."""
        with self._lock:
            replaced = self._masks.pop(key, None)
            # Weak: a segment that is merged away gives its files back although masks of it are kept.
            self._masks[key] = (weakref.ref(segment), mask)
            self._bytes += _bytes(mask) - (0 if replaced is None else _bytes(replaced[1]))
            while self._bytes > self._bytes_max and len(self._masks) > 1:
                _, oldest = self._masks.pop(next(iter(self._masks)))
                self._bytes -= _bytes(oldest)


def _bytes(mask: Mask) -> int:
    # Bits, and the offsets of those that pass: what a mask may come to hold.
    return mask.rows // 8 + 8 * mask.count


def matching(predicate: plan.Predicate | None, segment: Segment, context: Context) -> Mask:
    """Return the rows of a segment that are visible and pass the predicate."""
    version = context.snapshot.version
    key: tuple[object, ...] | None = None
    prepared: PreparedPredicate | None = None
    state: tuple[int, int] | None = None
    if segment.segment_id:
        state = segment.state_at(version)
        prepared = context.predicates.get(id(predicate)) or _prepare(predicate, context)
    if prepared is not None and state is not None:
        constants = _constants(prepared.parameters, context.evaluator)
        if constants is not None:
            # The canonical predicate is held by the mask kept under its id.
            key = (segment.segment_id, id(prepared.canonical), constants, state)
            found = context.masks.get(key, segment.identity)
            if found is not None:
                _note(found, segment, context)
                return found
            predicate = prepared.canonical
    visible = segment.visible(version)
    if predicate is None:
        mask = Mask(np.ones(segment.rows, bool) if visible is None else visible)
    else:
        scan = None
        if prepared is not None and prepared.parameters is not None and segment.scalar_indexes:
            scan = index_scan(predicate, segment, context.evaluator)
        mask = (
            _by_columns(predicate, segment, visible, context)
            if scan is None
            else _by_index(scan, predicate, segment, visible, context)
        )
    if key is not None:
        context.masks.put(key, segment.identity, mask)
    _note(mask, segment, context)
    return mask


def _by_columns(predicate: plan.Predicate, segment: Segment, visible: Bools | None, context: Context) -> Mask:
    passed = context.evaluator.predicate(predicate, segment).true
    return Mask(passed if visible is None else passed & visible, made_by=predicate)


def _by_index(
    scan: IndexScan, predicate: plan.Predicate, segment: Segment, visible: Bools | None, context: Context
) -> Mask:
    """Return the rows of a scan that are visible and pass the rest of the condition."""
    if scan.passed * LISTED >= segment.rows and not left_of(predicate, scan):
        bits = scan.over.bits_of(scan.spans)
        if bits is not None:
            if visible is not None:
                bits &= selector_bits(visible)
            return Mask.from_bits(bits, segment.rows, predicate, scan.over.index_id)
    if scan.passed > segment.rows * INDEX_SHARE_MAX:
        return _by_columns(predicate, segment, visible, context)
    offsets = scan.over.rows_of(scan.spans)
    if visible is not None:
        offsets = offsets[visible[offsets]]
    offsets = passing_rows(scan, predicate, offsets, segment, context.evaluator)
    return Mask.from_offsets(offsets, segment.rows, predicate, scan.over.index_id)


def _note(mask: Mask, segment: Segment, context: Context) -> None:
    """Report a mask made by an index."""
    if context.report is not None and mask.index_id:
        report = MaskReport(segment.segment_id, segment.rows, mask.count, mask.index_id)
        context.report.append(report)


def _prepare(predicate: plan.Predicate | None, context: Context) -> PreparedPredicate:
    prepared = PreparedPredicate(predicate, context.masks.canonical(predicate), parameters_of(predicate))
    context.predicates[id(predicate)] = prepared
    return prepared


def parameters_of(predicate: plan.Predicate | None) -> tuple[int, ...] | None:
    """Return the parameters a predicate reads, None where its outcome depends on more than them."""
    found: list[int] = []
    stack: list[object] = [predicate]
    while stack:
        item = stack.pop()
        match item:
            case tuple():
                stack.extend(item)
            case plan.Parameter(index=index):
                found.append(index)
            case plan.Residual() | plan.SubqueryValue() | plan.SubqueryExpression() | plan.Distance():
                return None
            case plan.Constant() | Type():
                pass
            case _ if hasattr(item, "__dataclass_fields__"):
                stack.extend(getattr(item, name) for name in item.__dataclass_fields__)
    return tuple(found)


def _constants(parameters: tuple[int, ...] | None, evaluator: Evaluator) -> tuple[object, ...] | None:
    """Return the values of those parameters as a part of a key, None where they cannot be one."""
    if parameters is None:
        return None
    found: list[object] = []
    for index in parameters:
        value = evaluator.parameters[index]
        if isinstance(value, list):
            value = tuple(value)
        elif isinstance(value, np.ndarray | dict):
            return None
        found.append((type(value), value))
    return tuple(found)
