"""The searches that are not plain nearest rows, by their kind."""

from __future__ import annotations

from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection
from vql.executor.shapes.fusion import run_rank_fusion, run_weighted
from vql.executor.shapes.groups import run_groups
from vql.executor.shapes.range import run_range
from vql.language import plan

# LIMIT NULL: more rows than there are.
EVERY = 1 << 62


def run_search(node: plan.SelectPlan, context: Context, limit: int | None, offset: int) -> Selection | None:
    """Return the rows of a plan's `search`; None where only the plain way, every passing row computed
    and sorted, gives the right answer."""
    match node.search:
        case plan.RangeSearch() as search:
            return run_range(node, search, context, limit, offset)
        case plan.GroupSearch() as search:
            return run_groups(search, context, limit, offset)
        case plan.FusedSearch() as search:
            if isinstance(node.order[0].scalar, plan.RankFusion):
                return run_rank_fusion(node, search, context, EVERY if limit is None else limit, offset)
            return None if limit is None else run_weighted(node, search, context, limit, offset)
    return None
