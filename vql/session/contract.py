"""What the searches of a statement owe: from its settings, its index or table, and LIMIT ... WITH."""

from __future__ import annotations

from vql.errors import InvalidParameterValue
from vql.executor.knn.scans.contract import Contract
from vql.executor.rows.evaluate import Evaluator
from vql.language import modify, plan
from vql.settings.settings import Parsed


def contract_of(node: modify.Plan | None, settings: Parsed) -> Contract:
    """Return what executions of a query owe, before LIMIT ... WITH."""
    recall = settings.recall
    if isinstance(node, plan.SelectPlan) and not settings.recall_given:
        recall = _recall_of_table(node, recall)
    return Contract(recall, settings.effort, index_only_rows=settings.index_only_rows)


def with_options(node: plan.Query, contract: Contract, evaluator: Evaluator) -> Contract:
    """Return the contract as LIMIT ... WITH (recall, effort) has it. Raises 22023."""
    if not isinstance(node, plan.TableQuery):
        return contract
    if node.recall is not None:
        recall = float(evaluator.value(node.recall))  # type: ignore[arg-type]
        if not 0 < recall <= 1:
            raise InvalidParameterValue(f"recall must be above 0 and at most 1, not {recall:g}")
        contract = contract._replace(recall=recall)
    if node.effort is not None:
        contract = contract._replace(effort=int(evaluator.value(node.effort)))  # type: ignore[call-overload]
    return contract


def _recall_of_table(node: plan.SelectPlan, recall: float) -> float:
    """Return the recall that the index, or else the table, was given."""
    for name, value in node.table.options:
        if name == "recall":
            recall = float(value)
    if node.nearest is not None:
        column = node.table.stored[node.nearest.position].name
        for index in node.table.indexes:
            if index.columns == (column,) and index.metric == node.nearest.metric:
                recall = float(index.option("recall", recall))
    return recall
