"""Equal statements of several sessions that wait at the same time, answered by one search.

A statement can take part that runs outside a transaction block, is kept ready, and asks for the nearest
rows of one table around a vector parameter. Equal are those whose plans and contracts are equal and whose
parameters differ in that vector alone; text and session do not matter. All see the snapshot of the moment
they are run together, and each session makes its own rows of what was found.

`search_many` is one session's statement for many vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vql.deadline import watched
from vql.errors import Error, NotSupportedError, ProgrammingError
from vql.executor.masks.filter import read_by
from vql.executor.rows.context import Context
from vql.executor.rows.project import TUPLES_MAX, count_of, project, project_rows
from vql.executor.rows.selection import Selection
from vql.executor.shapes.many import nearest_of_each, takes_batches
from vql.executor.shapes.nearest import NearestSearch, is_one_search
from vql.language import ast, plan
from vql.language.modify import plan_parts
from vql.session.contract import with_options
from vql.session.results import Result
from vql.session.session import Session
from vql.session.statements.prepare import Prepared, Ready
from vql.types.forms.ndarrays import I64

# Vectors of search_many that are read between two looks at the deadline.
VECTORS_BETWEEN_CHECKS = 1_000


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


def search_many(
    session: Session, sql: str, vectors: Sequence[object], parameters: Sequence[object]
) -> tuple[Result, I64]:
    """Run a query once for each value of its only parameter that is a vector, all at one moment; `parameters`
    are the others. Returns the rows of all, and where those of each begin (vectors + 1,). Raises 07001
    where not one parameter is a vector, 0A000 for what is no query, and what the query raises."""
    prepared = session.prepare(sql)
    if not isinstance(prepared.statement, ast.Query):
        raise NotSupportedError("search_many runs a SELECT")
    places = [place for place, type_ in enumerate(prepared.parameter_types) if type_.is_vector]
    if len(places) != 1:
        raise ProgrammingError(
            f"search_many varies the one parameter that is a vector, and the statement has {len(places)}",
            sqlstate="07001", hint="A vector that stands in several places is written as $1 in all of them.",
        )  # fmt: skip
    first = (*parameters[: places[0]], vectors[0] if len(vectors) else None, *parameters[places[0] :])
    found = _Found(session, places[0], vectors)
    return session.execute(prepared, first, each=found.run), found.starts


class _Found:
    """The answers to a statement for many values of the parameter at `place`; `starts` says where those of
    each begin."""

    def __init__(self, session: Session, place: int, vectors: Sequence[object]) -> None:
        self._session = session
        self._place = place
        self._vectors = vectors
        self.starts = np.zeros(1, np.int64)

    def run(self, ready: Ready, context: Context) -> Result:
        """Answer a statement that is ready, by one search where it takes batches."""
        given, place, columns = tuple(context.evaluator.parameters), self._place, ready.columns
        convert, node = ready.convert[place], ready.node
        executions = [
            (*given[:place], convert(value), *given[place + 1 :])
            for value in watched(self._vectors, VECTORS_BETWEEN_CHECKS)
        ]
        if isinstance(node, plan.SelectPlan) and takes_batches(node) and not node.distinct:
            batch, whose = nearest_of_each(node, executions, context)
            if len(whose) and (np.diff(whose) < 0).any():  # NULLs have been answered by themselves
                order = np.argsort(whose, kind="stable")
                data = tuple(column.take(order) for column in batch.data)
                batch, whose = replace(batch, data=data), whose[order]
            self.starts = np.searchsorted(whose, np.arange(len(executions) + 1))
            return Result(f"SELECT {batch.rows}", columns, batch)
        rows, counts = list[tuple[object, ...]](), [0]
        for execution in watched(executions, 1):
            context.evaluator.restart(execution)
            answer = self._session.queries.answer(ready, context)
            columns = answer.columns
            rows += answer.rows
            counts.append(len(rows))
        self.starts = np.asarray(counts, np.int64)
        return Result(f"SELECT {len(rows)}", columns, None, rows)


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
