"""The rows of a plan by a vector search, whatever its shape."""

from __future__ import annotations

from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection
from vql.executor.shapes.fusion import run_rank_fusion, run_weighted
from vql.executor.shapes.groups import run_groups
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.pages import run_page
from vql.executor.shapes.range import run_range
from vql.executor.shapes.scan import run_scan
from vql.executor.shapes.words import run_text
from vql.language import plan

# LIMIT NULL: more rows than there are.
EVERY = 1 << 62


def run_search(node: plan.SelectPlan, context: Context, limit: int | None, offset: int) -> Selection:
    """Return rows `offset` to `offset + limit` of a plan: by the shape of its access; where that cannot
    answer for these parameters, by its nearest rows; and in the end by a scan."""
    if offset and limit and _approximates(node, context):
        return run_page(
            node, lambda context, count: run_search(node, context, count, 0), context, limit, offset
        )
    found = _by_shape(node, context, limit, offset)
    if found is not None:
        return found
    if node.nearest is not None and limit is not None:
        query = context.evaluator.value(node.nearest.query)
        if query is not None:
            return NearestSearch.of(node, context).run(context, query, limit, offset)
    return run_scan(node, context, limit, offset)


def _approximates(node: plan.SelectPlan, context: Context) -> bool:
    """Whether the first rows of a plan are those that an index finds when it is asked for so many."""
    if node.nearest is None or not isinstance(node.access, plan.Nearest | plan.RangeSearch):
        return False
    return NearestSearch.of(node, context).by_index(context)


def _by_shape(node: plan.SelectPlan, context: Context, limit: int | None, offset: int) -> Selection | None:
    match node.access:
        case plan.RangeSearch() as search:
            return run_range(node, search, context, limit, offset)
        case plan.GroupSearch() as search:
            return run_groups(search, context, limit, offset)
        case plan.TextSearch(rank=rank):
            return run_text(node, rank, context, limit, offset)
        case plan.FusedSearch() as search:
            if isinstance(node.ranking, plan.RankFusion):
                return run_rank_fusion(node, search, context, EVERY if limit is None else limit, offset)
            return None if limit is None else run_weighted(node, search, context, limit, offset)
    return None
