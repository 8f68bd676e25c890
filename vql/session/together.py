"""Equal statements of several sessions that wait at the same time, answered by one search.

A statement can take part that runs outside a transaction block, is kept ready, and asks for the nearest
rows of one table around a vector parameter. Equal are those whose plans and contracts are equal and whose
parameters differ in that vector alone; text and session do not matter. All see the snapshot of the moment
they are run together, and each session makes its own rows of what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vql.errors import Error
from vql.executor.rows.mask_cache import parameters_of
from vql.executor.rows.selection import Selection
from vql.executor.select import count_of, is_one_search, project, project_rows
from vql.executor.shapes.lateral import search_each
from vql.executor.shapes.nearest import TUPLES_MAX, NearestSearch
from vql.language import plan
from vql.session.prepare import Prepared, Ready
from vql.session.results import Result
from vql.session.session import Session


class Execution(NamedTuple):
    """One statement that may be answered with others of the same `key`; `given` are its parameters,
    canonical, the vector at `place`."""

    key: tuple[object, ...]
    session: Session
    prepared: Prepared
    ready: Ready
    given: tuple[object, ...]
    place: int


def execution(session: Session, prepared: Prepared, parameters: Sequence[object]) -> Execution | None:
    """Return what may wait for others like it, None where the statement has to run by itself; what is
    wrong with a statement it tells when it runs."""
    lifted, prepared = prepared.lifted, prepared.template or prepared
    ready = prepared.ready
    if ready is None or session.transaction_status != "I":
        return None
    place = vector_place(ready.node)
    if place is None or ready.settings_version != session.settings.version:
        return None
    if len(parameters) + len(lifted) != len(ready.convert):
        return None
    try:
        given = [f(p) for f, p in zip(ready.convert, parameters, strict=False)]
        given += lifted
        query = given[place]
        if not isinstance(query, np.ndarray) or query.size != dimensions(ready.node):
            return None
        others = tuple((type(v), v) for i, v in enumerate(given) if i != place)
        context = ready.context
        key = (ready.node, context.recall, context.effort, context.index_only_rows, others)
        hash(key)
    except (Error, TypeError):  # a value that does not fit, or that cannot be compared
        return None
    return Execution(key, session, prepared, ready, tuple(given), place)


def vector_place(node: plan.SelectPlan) -> int | None:
    """Return the parameter that is the query of a plan, None where more than the search depends on it
    or the plan is more than one search."""
    nearest = node.nearest
    if nearest is None or not isinstance(nearest.query, plan.Parameter):
        return None
    if node.as_of is not None or not is_one_search(node):
        return None
    read = parameters_of(node.predicate)
    return None if read is None or nearest.query.index in read else nearest.query.index


def dimensions(node: plan.SelectPlan) -> int | None:
    """Return how many numbers a vector of the column searched has; None for other kinds of vectors,
    whose batches are no faster."""
    assert node.nearest is not None
    type_ = node.table.columns[node.nearest.position].type
    return type_.modifier if type_.is_single else None


def run_together(waiting: Sequence[Execution]) -> list[Result] | None:
    """Answer statements of one key by one search; None where each has to run by itself. Raises what
    any of them would."""
    first = waiting[0]
    node, context = first.ready.node, first.ready.context
    snapshot = first.session.snapshot()
    if any(each.ready.catalog_version != snapshot.catalog_version for each in waiting):
        return None
    context.restart(snapshot, first.given)
    first.session.queries.contract(node, context)
    limit = count_of(node.limit, context.evaluator, "LIMIT")
    if not limit or not _pays(node, limit, first):
        return None
    queries = np.stack([np.asarray(each.given[each.place], np.float32) for each in waiting])
    found, whose = search_each(node, context, queries, limit, 0)
    order = found.order if found.order is not None else np.arange(found.rows)
    results = []
    for number, each in enumerate(waiting):
        each.ready.context.restart(snapshot, each.given)
        results.append(_result(each, found.reordered(order[whose == number])))
    return results


def _pays(node: plan.SelectPlan, limit: int, first: Execution) -> bool:
    """Whether one search for all is faster: rows are read once; under a mask an index is asked once a
    query all the same."""
    context = first.ready.context
    return node.predicate is None or NearestSearch.of(node, context).scans(limit, context)


def _result(each: Execution, selection: Selection) -> Result:
    node, context, columns = each.ready.node, each.ready.context, each.prepared.columns
    tag = f"SELECT {selection.rows}"
    if selection.rows <= TUPLES_MAX:
        return Result(tag, columns, None, project_rows(node, selection, context))
    return Result(tag, columns, project(node.outputs, selection, node, context))
