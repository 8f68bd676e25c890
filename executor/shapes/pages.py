"""OFFSET over a nearest-neighbour search: pages that repeat and lose no rows.

Each page is a search of its own, and an index finds slightly other rows when it is asked for more of
them, so the rows of two pages must not be cut out of two such lists. Pages are cut out of one list that
depends on the page size alone: first the `limit` nearest, then what a search for four times as many
adds to them, and so on. Every row is in the list once, however far one pages. A page is ordered by
itself; with an index, a row that an earlier search missed comes at the start of what the next adds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection, sort_selection
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.rounds import GROWTH


def run_page(search: NearestSearch, context: Context, query: Any, limit: int, offset: int) -> Selection:
    """Return rows `offset` to `offset + limit` of the pages' list, in order."""
    if limit == 0 or not search.by_index(context):
        return search.run(context, query, limit, offset)
    found = search.run(context, query, limit, 0)
    pieces, listed = [found], [found.places()]
    ids, size, behind = found.row_ids(), limit, _gathered(found)
    while size < limit + offset and found.rows == size:
        listed_rows = len(ids)
        size *= GROWTH
        found = search.run(context, query, size, 0)
        given = found.row_ids()
        fresh = np.flatnonzero(~np.isin(given, ids))[: size - listed_rows]
        ids = np.concatenate([ids, given[fresh]])
        listed.append(found.places()[fresh] + behind)
        pieces.append(found)
        behind += _gathered(found)
    chosen = np.concatenate(listed)[offset : offset + limit]
    whole = _joined(pieces)
    if whole.ranks is None:
        return found  # no rows at all
    # Rows of one piece are in order already; a page over two of them is merged.
    page = whole.reordered(chosen)
    return sort_selection(search.node.order, page, context) if len(pieces) > 1 else page


def _gathered(selection: Selection) -> int:
    """Count the rows of a selection's parts, chosen or not."""
    return sum(len(part.offsets) for part in selection.parts)


def _joined(pieces: list[Selection]) -> Selection:
    """Return the rows of several selections behind one another."""
    last = pieces[-1]
    parts = tuple(part for piece in pieces for part in piece.parts)
    ranks = [piece.ranks for piece in pieces if piece.ranks is not None]
    return Selection(last.table, parts, None, last.ranking, np.concatenate(ranks) if ranks else None)
