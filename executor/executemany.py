"""One INSERT executed once for each of many rows of parameters: as one statement over all of them.

The outcome is that of one execution after the other: rows of one key take turns (`vql.executor.clashes`), and
what ON CONFLICT reads of a row's own parameters it reads from columns, beside those of the row that is there
and the row proposed. What may come out otherwise is not done here (`by_columns`), and where a row is refused
nothing is done either: executed one after the other, they tell which one is and what came before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vql.executor.assignment import fit
from vql.executor.changes import Changed, insert_or_update
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import Rules, check_written, completed
from vql.executor.constraints.referential import refer
from vql.executor.rows.context import Context
from vql.executor.rows.sources import ColumnSource
from vql.language import ast, modify, plan
from vql.language.ast.walk import walk
from vql.language.modify import plan_parts
from vql.storage.columns.column import Column
from vql.storage.transactions.transaction import Transaction
from vql.types.forms.ndarrays import I64

Execution = Sequence[object]


def by_columns(node: modify.Plan) -> modify.InsertPlan | None:
    """Return an INSERT whose ON CONFLICT reads parameters as columns; None where its executions have to come
    one after the other: it looks at more than the row it meets, or may give that another key."""
    if not isinstance(node, modify.InsertPlan) or node.rows is None or len(node.rows) != 1:
        return None
    if not all(isinstance(value, plan.Constant | plan.Parameter | None) for value in node.rows[0]):
        return None
    if node.table.may_move_keys(position for position, _ in node.conflict_updates):
        return None
    if not all(_is_of_row(value) for _, value in node.conflict_updates):
        return None
    if not _is_of_row(node.conflict_condition) or not _is_of_row(node.returning):
        return None
    if next(_parameters_of((node.conflict_condition, node.returning)), None) is not None:
        return None
    places = {p.index: 2 * len(node.table.columns) + n for n, p in enumerate(_read_by_updates(node))}
    updates = []
    for position, value in node.conflict_updates:
        read = value if isinstance(value, plan.Residual) else _from_columns(value, places)
        if next(_parameters_of(read), None) is not None:
            return None
        updates.append((position, read))
    return replace(node, conflict_updates=tuple(updates))


def insert_many(
    node: modify.InsertPlan,
    read: modify.InsertPlan,
    executions: Sequence[Execution],
    context: Context,
    transaction: Transaction,
    rules: Rules,
) -> tuple[Changed, I64]:
    """Execute an INSERT with each of some rows of canonical parameters; `read` is `by_columns` of it. Returns
    the rows written and by which of the executions. Raises whatever one of them does."""
    assert node.rows is not None, "INSERT with VALUES"
    given = {}
    for position, value in zip(node.positions, node.rows[0], strict=True):
        target = node.table.columns[position]
        match value:
            case plan.Parameter(index=index):
                cells = [execution[index] for execution in executions]
                if value.type != target.type:
                    cells = [fit(target, cell) for cell in cells]
                given[position] = Column.from_values(target.type, cells)
            case plan.Constant():
                single = Column.from_values(target.type, [fit(target, context.evaluator.value(value))])
                given[position] = single.take(np.zeros(len(executions), np.int64))
    columns = completed(node.table, given, len(executions), rules.defaults)
    if node.conflict is None:
        columns = with_generated(node.table, node.computed, columns, context)
        check_written(node.table, node.checks, columns, context)
        columns = with_computed(node.table, node.computed, columns, context)
        transaction.insert(node.table, columns)
        if node.table.foreign_keys:
            refer(node.table, columns, context, transaction, rules)
        return Changed(len(executions), ColumnSource(columns)), np.arange(len(executions))
    parameters = tuple(
        Column.from_values(parameter.type, [execution[parameter.index] for execution in executions])
        for parameter in _read_by_updates(node)
    )
    return insert_or_update(read, columns, context, transaction, rules, parameters)


def _is_of_row(item: object) -> bool:
    """Whether a part of a plan reads nothing but the rows at hand and parameters."""
    for part in plan_parts(item):
        if isinstance(part, plan.SubqueryValue | plan.SubqueryExpression | plan.Once):
            return False
        if isinstance(part, plan.Residual):
            if any(isinstance(node, ast.Query | ast.Parameter) for node in walk(part.expression)):
                return False
    return True


def _parameters_of(item: object) -> Iterator[plan.Parameter]:
    return (part for part in plan_parts(item) if isinstance(part, plan.Parameter))


def _read_by_updates(node: modify.InsertPlan) -> list[plan.Parameter]:
    """Return the parameters that DO UPDATE reads, each once."""
    found = _parameters_of(tuple(value for _, value in node.conflict_updates))
    return list({parameter.index: parameter for parameter in found}.values())


def _from_columns(scalar: plan.Scalar, places: dict[int, int]) -> plan.Scalar:
    """Return a scalar that reads parameters as columns, as far as it is a sum of them or a value."""
    match scalar:
        case plan.Parameter(index=index, type=type_):
            return plan.ColumnRead(places[index], type_)
        case plan.Arithmetic(left=left, right=right):
            return replace(scalar, left=_from_columns(left, places), right=_from_columns(right, places))
        case plan.Converted(operand=operand):
            return replace(scalar, operand=_from_columns(operand, places))
    return scalar
