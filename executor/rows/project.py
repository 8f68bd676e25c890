"""Chosen rows as results: tuples for few, columns for many."""

from __future__ import annotations

from vql.deadline import TERMS_BETWEEN_CHECKS, watched
from vql.errors import DataError
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.selection import Selection, SelectionSource
from vql.executor.rows.sources import Source
from vql.language import plan
from vql.types.type import BIGINT

# Results up to this many rows are made as tuples, larger ones by columns.
TUPLES_MAX = 256


def project(node: plan.SelectPlan, selection: Selection, context: Context) -> RecordBatch:
    """Compute the output columns of the chosen rows."""
    data = []
    source: Source | None = None
    for output in watched(node.outputs, TERMS_BETWEEN_CHECKS):
        scalar = output.scalar
        if isinstance(scalar, plan.ColumnRead):
            data.append(selection.column(scalar.position))
        elif selection.ranks is not None and scalar == selection.ranking:
            data.append(selection.ranking_column())
        else:
            source = source or SelectionSource(selection)
            data.append(context.evaluator.scalar(scalar, source))
    return RecordBatch(
        tuple(output.name for output in node.outputs),
        tuple(output.scalar.type for output in node.outputs),
        tuple(data),
        selection.rows,
    )


def project_rows(node: plan.SelectPlan, selection: Selection, context: Context) -> list[tuple[object, ...]]:
    """Compute the output rows as tuples: for few rows faster than by columns."""
    if not selection.rows:
        return []
    cells = []
    for output in node.outputs:
        scalar = output.scalar
        if type(scalar) is plan.ColumnRead:
            cells.append(selection.cells(scalar.position))
        elif selection.ranks is not None and scalar == selection.ranking:
            cells.append(selection.ranking_cells())
        else:
            cells.append(context.evaluator.scalar(scalar, SelectionSource(selection)).values())
    return list(zip(*cells, strict=True)) if cells else [()] * selection.rows


def count_of(scalar: plan.Scalar | None, evaluator: Evaluator, word: str) -> int | None:
    """Return the value of LIMIT or OFFSET; NULL means none."""
    if scalar is None:
        return None
    value = evaluator.value(scalar)
    if type(value) is int and value >= 0:
        return value
    if value is None:
        return None
    count = BIGINT.base.coerce(value, None)
    assert isinstance(count, int), "a bigint is an integer"
    if count < 0:
        state = "2201W" if word == "LIMIT" else "2201X"
        raise DataError(f"{word} must not be negative", sqlstate=state)
    return count
