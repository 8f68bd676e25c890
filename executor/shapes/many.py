"""The nearest rows of one plan for many rows of parameters: many vectors, or rows of another relation.

Those that differ in nothing but the vector searched for are one search: one mask of the rows that pass, and
each segment, or list of its index, read once for all (`vql.executor.knn.fragment.Fragment.search_each`).
Others are answered one by one, as all are by plans that do more with the vector than to search for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.executor.knn.scans.distances import check_size
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.project import count_of, project
from vql.executor.rows.selection import Selection
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.searches import run_search
from vql.language import ast, plan
from vql.language.ast.walk import walk
from vql.language.modify import plan_parts
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64

Execution = tuple[object, ...]


def vector_parameter(node: plan.SelectPlan) -> int | None:
    """Return which parameter is the vector whose nearest rows a plan asks for, None where none is."""
    nearest = node.nearest
    if not isinstance(node.access, plan.Nearest) or nearest is None or node.limit is None:
        return None
    return nearest.query.index if isinstance(nearest.query, plan.Parameter) else None


def takes_batches(node: plan.SelectPlan) -> bool:
    """Whether a plan of many vectors is one search: they are dense, and do not decide which rows pass or how
    many."""
    place = vector_parameter(node)
    if place is None or node.nearest is None or len(node.order) != 1:
        return False
    is_dense = node.table.stored[node.nearest.position].type.is_single
    return is_dense and not reads((node.predicate, node.limit, node.offset), place)


def nearest_of_each(
    node: plan.SelectPlan, executions: Sequence[Execution], context: Context
) -> tuple[RecordBatch, I64]:
    """Return the outputs of a plan that has a `vector_parameter` for each of some rows of canonical
    parameters, and the number (rows,) of each row's; those of one are together, in order. Raises 22xxx."""
    given = tuple(context.evaluator.parameters)
    batches, numbers = [], []
    try:
        for members in _groups(node, executions, context):
            batch, whose = _answered(node, [executions[member] for member in members], context)
            batches.append(batch)
            numbers.append(np.asarray(members)[whose])
    finally:
        context.evaluator.restart(given)
    return _concatenated(node, batches), np.concatenate([np.empty(0, np.int64), *numbers])


def reads(item: object, place: int) -> bool:
    """Whether a part of a plan reads a parameter."""
    for part in plan_parts(item):
        tree: object = ()
        match part:
            case plan.Parameter(index=index) if index == place:
                return True
            case plan.Residual(expression=tree) | plan.SubqueryExpression(expression=tree):
                pass
            case plan.Relational(query=tree):
                pass
        if any(isinstance(node, ast.Parameter) and node.index == place for node in walk(tree)):
            return True
    return False


def _groups(node: plan.SelectPlan, executions: Sequence[Execution], context: Context) -> list[list[int]]:
    """Return the numbers of executions that differ in nothing but the vector, together; one without a vector
    has no distances and is answered alone."""
    place = vector_parameter(node)
    assert place is not None
    is_batched = takes_batches(node)
    if is_batched and node.offset is not None:
        # Pages of an index are cut out of lists of their own (`vql.executor.shapes.pages`).
        is_batched = not NearestSearch.of(node, context).by_index(context)
    first = executions[0] if executions else ()
    varied = [
        i for i, value in enumerate(first) if i != place and any(each[i] is not value for each in executions)
    ]
    together: dict[tuple[object, ...], list[int]] = {}
    for number, execution in enumerate(executions):
        alone = None if is_batched and execution[place] is not None else number
        try:
            together.setdefault((*[execution[i] for i in varied], alone), []).append(number)
        except TypeError:  # a value that cannot be compared
            together[number,] = [number]
    return list(together.values())


def _answered(
    node: plan.SelectPlan, executions: Sequence[Execution], context: Context
) -> tuple[RecordBatch, I64]:
    """Return the outputs for executions that are searched together, and which each row is of."""
    place = vector_parameter(node)
    assert place is not None and node.nearest is not None
    context.evaluator.restart(executions[0])
    limit = count_of(node.limit, context.evaluator, "LIMIT")
    offset = count_of(node.offset, context.evaluator, "OFFSET") or 0
    if len(executions) == 1 or limit is None:
        batches, numbers = [], []
        for number, execution in enumerate(executions):
            context.evaluator.restart(execution)
            selection: Selection = run_search(node, context, limit, offset)
            batches.append(project(node, selection, context))
            numbers.append(np.full(selection.rows, number))
        return _concatenated(node, batches), np.concatenate(numbers)
    for execution in executions:
        check_size(node.table.stored[node.nearest.position].type, execution[place])
    queries = np.stack([np.asarray(execution[place], np.float32) for execution in executions])
    selection, whose = NearestSearch.of(node, context).run_each(context, queries, limit, offset)
    outputs = tuple(output.scalar for output in node.outputs if output.scalar != selection.ranking)
    if not reads(outputs, place):
        return project(node, selection, context), whose
    ends = np.searchsorted(whose, np.arange(len(executions) + 1)).tolist()
    batches = []
    for number, execution in enumerate(executions):
        context.evaluator.restart(execution)
        batches.append(project(node, selection.part(ends[number], ends[number + 1]), context))
    return _concatenated(node, batches), whose


def _concatenated(node: plan.SelectPlan, batches: list[RecordBatch]) -> RecordBatch:
    """Return the rows of all batches."""
    if len(batches) == 1:
        return batches[0]
    names = tuple(output.name for output in node.outputs)
    types = tuple(output.scalar.type for output in node.outputs)
    data = tuple(
        Column.concat([batch.data[i] for batch in batches]) if batches else Column.from_values(type_, [])
        for i, type_ in enumerate(types)
    )
    return RecordBatch(names, types, data, sum(batch.rows for batch in batches))
