"""Run a SelectPlan: by its key, by a vector search, or by a scan of every segment.

`run_select` returns a `Selection`: which rows in which order. A selection becomes tuples or columns
only when asked, so a top-10 statement touches ten rows of the output columns and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vql.executor.masks.filter import matching
from vql.executor.rows.batch import RecordBatch, rows_of_piece
from vql.executor.rows.context import Context
from vql.executor.rows.project import count_of, project
from vql.executor.rows.selection import Part, Selection, window
from vql.executor.rows.sources import RowSource
from vql.executor.shapes.scan import run_scan
from vql.executor.shapes.searches import run_search
from vql.language import plan


def run_select(node: plan.TableQuery, context: Context) -> Selection:
    """Choose and order the rows of a plan, unlocked. Raises user errors of values (22xxx)."""
    assert isinstance(node, plan.SelectPlan), "a query is planned before it runs"
    evaluator = context.evaluator
    limit = None if node.limit is None else count_of(node.limit, evaluator, "LIMIT")
    offset = 0 if node.offset is None else count_of(node.offset, evaluator, "OFFSET") or 0
    if context.reports is None:
        return _by_access(node, context, limit, offset)
    return context.measured(node.access, lambda: _by_access(node, context, limit, offset))


def select_batches(node: plan.SelectPlan, context: Context) -> Iterator[RecordBatch]:
    """Yield the rows of a plan in pieces: no more than one is made at a time. Raises as `run_select`, also
    while they are read."""
    step = rows_of_piece([output.scalar.type for output in node.outputs])
    for selection in _selections(node, context):
        for start in range(0, selection.rows, step):
            yield project(node, selection.part(start, min(start + step, selection.rows)), context)


def _selections(node: plan.SelectPlan, context: Context) -> Iterator[Selection]:
    """Yield the rows, those of one segment after the other where nothing is sorted or counted."""
    is_plain = isinstance(node.access, plan.Scan) and not node.order and not node.distinct
    if not is_plain or node.limit is not None or node.offset is not None:
        yield run_select(node, context)
        return
    for segment in context.snapshot.segments(node.table.table_id):
        offsets = matching(node.predicate, segment, context).ids
        yield Selection(node.table, (Part(segment, offsets),), None)


def _by_access(node: plan.SelectPlan, context: Context, limit: int | None, offset: int) -> Selection:
    match node.access:
        case plan.KeyLookup() as access:
            found = _by_key(node, access, context)
            return found if limit is None and not offset else window(found, offset, limit)
        case plan.Scan():
            return run_scan(node, context, limit, offset)
    return run_search(node, context, limit, offset)


def _by_key(node: plan.SelectPlan, access: plan.KeyLookup, context: Context) -> Selection:
    """Answer WHERE key = value through the key's entries, and test the rest on its row; where a value is of
    another type than its column and no one key is sure to equal it, compare it with every row."""
    key, unique = [], access.unique
    for position, scalar in zip(unique.positions, access.key, strict=True):
        value, base = context.evaluator.value(scalar), node.table.stored[position].type.base
        if value is None:
            return Selection(node.table, (), None)
        if scalar.type.base is not base and (value := base.as_key(value)) is None:
            return run_scan(node, context, None, 0)
        key.append(value)
    found = context.snapshot.locate(node.table, unique, tuple(key))
    if found is None:
        return Selection(node.table, (), None)
    segment, offsets = found[0], np.array([found[1]], np.int64)
    if access.rest is not None:
        offsets = offsets[context.evaluator.predicate(access.rest, RowSource(segment, offsets)).true]
    return Selection(node.table, (Part(segment, offsets),) if len(offsets) else (), None)
