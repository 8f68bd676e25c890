"""The recall of one statement: its answer against the exact one, for EXPLAIN (ANALYZE, RECALL)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vql.executor.rows.context import Context
from vql.executor.rows.project import project
from vql.executor.select import run_select
from vql.language import plan

# Distances this close, relative to the k-th true one, count as found: sums round.
RECALL_TOLERANCE = 1e-5


def measured_recall(node: plan.SelectPlan, context: Context) -> float:
    """Return the share of the exact answer that the search finds: of its rows, or where it is the
    nearest ones of its distances, so that rows as near as others count."""
    exactly = replace(context, contract=context.contract._replace(exact=True))
    if not isinstance(node.access, plan.Nearest):
        kept = run_select(node, context).row_ids()
        exact = run_select(node, exactly).row_ids()
        return float(np.isin(exact, kept).mean()) if len(exact) else 1.0
    found, truth = _distances(node, context), _distances(node, exactly)
    if not truth:
        return 1.0
    bound = truth[-1] + abs(truth[-1]) * RECALL_TOLERANCE
    return sum(distance <= bound for distance in found[: len(truth)]) / len(truth)


def _distances(node: plan.SelectPlan, context: Context) -> list[float]:
    assert node.nearest is not None
    only = replace(node, outputs=(plan.Output("distance", node.nearest),))
    rows = project(only, run_select(only, context), context).tuples()
    return [float(row[0]) for row in rows if isinstance(row[0], float)]
