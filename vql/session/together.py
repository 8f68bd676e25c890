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
from vql.executor.locking import plan_parts
from vql.executor.masks.filter import read_by
from vql.executor.rows.project import TUPLES_MAX, count_of, project, project_rows
from vql.executor.rows.selection import Selection
from vql.executor.shapes.nearest import NearestSearch, is_one_search
from vql.language import plan
from vql.session.contract import with_options
from vql.session.results import Result
from vql.session.session import Session
from vql.session.statements.prepare import Prepared, Ready


class Execution(NamedTuple):
    """One statement that may be answered with others of the same `key`; `given` are its parameters,
    canonical, the vector at `place`."""

    key: tuple[object, ...]
    session: Session
    ready: Ready
    node: plan.SelectPlan
    given: tuple[object, ...]
    place: int


def execution(session: Session, prepared: Prepared, parameters: Sequence[object]) -> Execution | None:
    """Return what may wait for others like it, None where the statement has to run by itself; what is
    wrong with a statement it tells when it runs."""
    lifted, prepared = prepared.lifted, prepared.template or prepared
    ready = prepared.ready
    if ready is None or session.transaction_status != "I":
        return None
    node = ready.node
    if not isinstance(node, plan.SelectPlan) or ready.moment is not None or ready.locks:
        return None
    place = vector_place(node)
    if place is None or ready.settings_version != session.settings.version:
        return None
    if len(parameters) + len(lifted) != len(ready.convert):
        return None
    try:
        given = [f(p) for f, p in zip(ready.convert, parameters, strict=False)]
        given += lifted
        query = given[place]
        if not isinstance(query, np.ndarray) or query.size != dimensions(node):
            return None
        others = tuple((type(v), v) for i, v in enumerate(given) if i != place)
        key = (node, ready.contract, others)
        hash(key)
    except (Error, TypeError):  # a value that does not fit, or that cannot be compared
        return None
    return Execution(key, session, ready, node, tuple(given), place)


def vector_place(node: plan.SelectPlan) -> int | None:
    """Return the parameter that is the query of a plan, None where more than the search depends on it
    or the plan is more than one search."""
    nearest = node.nearest
    if nearest is None or not isinstance(nearest.query, plan.Parameter) or not is_one_search(node):
        return None
    read = read_by(node.predicate)
    if read is None or nearest.query.index in read.parameters:
        return None
    # What is computed once is so for one session.
    is_shared = not any(isinstance(part, plan.Once) for part in plan_parts(node))
    return nearest.query.index if is_shared else None


def dimensions(node: plan.SelectPlan) -> int | None:
    """Return how many numbers a vector of the column searched has; None for other kinds of vectors,
    whose batches are no faster."""
    assert node.nearest is not None
    type_ = node.table.stored[node.nearest.position].type
    return type_.modifier if type_.is_single else None


def run_together(waiting: Sequence[Execution]) -> list[Result] | None:
    """Answer statements of one key by one search; None where each has to run by itself. Raises what
    any of them would."""
    first = waiting[0]
    node, context = first.node, first.ready.context
    snapshot = first.session.snapshot()
    if any(each.ready.catalog_version != snapshot.catalog_version for each in waiting):
        return None
    context.snapshot = snapshot
    context.evaluator.restart(first.given)
    context.contract = with_options(node, first.ready.contract, context.evaluator)
    limit = count_of(node.limit, context.evaluator, "LIMIT")
    if not limit:
        return None
    search = NearestSearch.of(node, context)
    # Rows are read once for all; under a mask an index is asked once a query all the same.
    if node.predicate is not None and not search.scans(limit, context):
        return None
    queries = np.stack([np.asarray(each.given[each.place], np.float32) for each in waiting])
    found, whose = search.run_each(context, queries, limit, 0)
    places = found.places()
    results = []
    for number, each in enumerate(waiting):
        each.ready.context.snapshot = snapshot
        each.ready.context.evaluator.restart(each.given)
        results.append(_result(each, found.reordered(places[whose == number])))
    return results


def _result(each: Execution, selection: Selection) -> Result:
    node, context, columns = each.node, each.ready.context, each.ready.columns
    tag = f"SELECT {selection.rows}"
    if selection.rows <= TUPLES_MAX:
        return Result(tag, columns, None, project_rows(node, selection, context))
    return Result(tag, columns, project(node, selection, context))
