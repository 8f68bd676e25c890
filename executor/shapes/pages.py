"""OFFSET over a search by distance: pages that repeat no row and follow one order.

Each page is a search of its own, and an index finds slightly other rows when it is asked for more of them:
pages cut out of two such lists would repeat some rows and lose others. So all pages are cut out of one list,
which depends on the page size alone: the first page as a search finds it, and behind it what the exact order
has from its last row on, by the statement's keys, then by row id. Only the first page is an approximation;
the others cost a scan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection, SelectionSource, window
from vql.executor.shapes.rounds import GROWTH
from vql.language import plan
from vql.types.forms.ndarrays import I64

# Rows asked for beyond a page: those an index has missed on the first one stand before its last row.
MISSED = 16


def run_page(
    node: plan.SelectPlan,
    search: Callable[[Context, int], Selection],
    context: Context,
    limit: int,
    offset: int,
) -> Selection:
    """Return rows `offset` to `offset + limit` of the pages' list; `search` gives so many rows in order."""
    first = search(context, limit)
    if first.rows < limit:
        return window(first, offset, limit)
    exact = replace(context, contract=context.contract._replace(exact=True))
    shown, count = first.row_ids(), limit + offset + MISSED
    while True:
        found = search(exact, count)
        behind = _behind(node, found, shown, context)
        if len(behind) >= offset or found.rows < count:
            break
        count *= GROWTH
    rest = found.reordered(found.places()[behind])
    if offset >= limit:
        return window(rest, offset - limit, limit)
    return window(first, offset, None).followed_by(window(rest, 0, offset))


def _behind(node: plan.SelectPlan, found: Selection, shown: I64, context: Context) -> I64:
    """Return where rows in exact order stand that belong behind the first page: from its last row on, and
    of rows as far as that also those before it, of which an index has found whichever."""
    ids = found.row_ids()
    last = np.flatnonzero(ids == shown[-1])[:1]
    if len(last) and len(node.order) == 1:
        distances = context.evaluator.scalar(node.order[0].scalar, SelectionSource(found)).data
        last = np.flatnonzero(np.append(distances[: last[0]] == distances[last[0]], True))[:1]
    behind = np.arange(last[0], len(ids)) if len(last) else np.empty(0, np.int64)
    return behind[~np.isin(ids[behind], shown)]
