"""The nearest rows of each group: LIMIT n PER column m.

LIMIT ... PER reads the nearest rows in growing numbers until it has met n groups; groups that do not have
their m rows by then are filled by an exact look at their own rows alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vql.errors import DataError
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.rounds import rounds
from vql.executor.shapes.scan import codes_of, run_scan
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64


def run_groups(search: plan.GroupSearch, context: Context, limit: int | None, offset: int) -> Selection:
    """Return the first rows of the groups `offset` to `offset + limit`, in the order of the search."""
    near = search.near
    assert near.nearest is not None
    rows_wanted = context.evaluator.value(search.rows)
    if rows_wanted is None or int(rows_wanted) < 0:  # type: ignore[call-overload]
        raise DataError("the rows of LIMIT ... PER must not be negative", sqlstate="2201W")
    per_group = int(rows_wanted)  # type: ignore[call-overload]
    groups_wanted = None if limit is None else limit + offset
    query = context.evaluator.value(near.nearest.query)
    found = _all_sorted(near, context) if query is None or groups_wanted is None else None
    if found is None:
        assert isinstance(query, np.ndarray) and groups_wanted is not None
        found = _growing(search, context, query, groups_wanted, per_group)
    codes = _first_seen(_group_column(found, search))
    window = codes >= offset
    if limit is not None:
        window &= codes < offset + limit
    window &= _places_in_groups(codes) < per_group
    return found.reordered(found.places()[window])


def _growing(
    search: plan.GroupSearch, context: Context, query: np.ndarray, groups: int, per_group: int
) -> Selection:
    """Return rows, in order, that begin with the first of so many groups and hold their first rows."""
    near = NearestSearch.of(search.near, context)
    for count in rounds(2 * groups * per_group, near.rows(context)):
        found = near.run(context, query, count, 0)
        if found.rows < count:
            return found
        codes = _first_seen(_group_column(found, search))
        sizes = np.bincount(codes)
        if len(sizes) >= groups:
            lacking = np.flatnonzero(sizes[:groups] < per_group)
            return found if not len(lacking) else _filled(search, context, found, codes < groups)
    return _all_sorted(search.near, context)


def _filled(search: plan.GroupSearch, context: Context, found: Selection, inside: np.ndarray) -> Selection:
    """Return every row of the groups met so far, in order: what they lack is farther away."""
    values = found.reordered(found.places()[inside]).column(search.column.position).values()
    known = tuple({value: None for value in values if value is not None})
    constants = tuple(plan.Constant(value, search.column.type) for value in known)
    member: plan.Predicate = plan.InList(search.column, constants)
    if any(value is None for value in values):
        member = plan.Or((member, plan.IsNull(search.column)))
    return _all_sorted(search.near, context, member)


def _all_sorted(near: plan.SelectPlan, context: Context, member: plan.Predicate | None = None) -> Selection:
    """Return every row that passes, and is a `member`, in order."""
    if member is not None:
        near = replace(near, predicate=plan.And((*plan.conjuncts_of(near.predicate), member)))
    return run_scan(near, context, None, 0)


def _group_column(selection: Selection, search: plan.GroupSearch) -> Column:
    return selection.column(search.column.position)


def _first_seen(column: Column) -> I64:
    """Number the groups in the order of their first rows."""
    _, first, inverse = np.unique(codes_of(column), return_index=True, return_inverse=True)
    ranks = np.empty(len(first), np.int64)
    ranks[np.argsort(first)] = np.arange(len(first))
    return np.asarray(ranks[inverse], np.int64)


def _places_in_groups(codes: I64) -> I64:
    """Return each row's place within its group, from 0."""
    order = np.argsort(codes, kind="stable")
    starts = (
        np.concatenate([[0], np.cumsum(np.bincount(codes))])[:-1] if len(codes) else np.empty(0, np.int64)
    )
    places = np.empty(len(codes), np.int64)
    places[order] = np.arange(len(codes)) - starts[codes[order]]
    return places
