"""k-NN joins: the nearest rows for each row of another relation.

`FROM q, LATERAL (SELECT ... FROM items WHERE items.x = q.x ORDER BY items.v <-> q.v LIMIT k) s` asks the same
search for every row of q. The bridge hands over the distinct values of q's columns (the keys) and the inner
SELECT as a native plan whose parameters from `first` on stand for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.shapes.many import nearest_of_each, reads, takes_batches, vector_parameter
from vql.language import plan
from vql.language.modify import plan_parts
from vql.types.forms.ndarrays import I64
from vql.types.type import Type


def nearest_of_keys(
    node: plan.SelectPlan, keys: RecordBatch, first: int, context: Context
) -> tuple[RecordBatch, I64] | None:
    """Return the plan's outputs for every key, and the number of each row's key. None where the plan's
    query is no key."""
    if not _is_answered(node, len(keys.data), first):
        return None
    given = tuple(context.evaluator.parameters)
    cells = [column.values() for column in keys.data]
    executions = [(*given, *key) for key in zip(*cells, strict=True)]
    return nearest_of_each(node, executions, context)


def described_join(node: plan.SelectPlan, types: Sequence[Type], first: int) -> str | None:
    """Return what EXPLAIN tells of a lateral with keys of such types, None where it is not answered here."""
    if not _is_answered(node, len(types), first):
        return None
    others = len(types) - 1
    how = "one search for all rows" if not others else "one search for all rows with equal conditions"
    return f"{node.table.name}, {how if takes_batches(node) else 'one search for each row'}"


def _is_answered(node: plan.SelectPlan, keys: int, first: int) -> bool:
    """Whether the vector is a key, and no condition that is computed beside the plan names one."""
    place = vector_parameter(node)
    if place is None or place < first:
        return False
    computed = plan.Residual | plan.Once | plan.SubqueryExpression | plan.SubqueryValue
    beside = tuple(part for part in plan_parts(node.predicate) if isinstance(part, computed))
    return not any(reads(beside, first + number) for number in range(keys))
