"""Numbers of sequences within a change: PostgreSQL takes them row by row, we place by place, but where
several places take those of one sequence."""

from __future__ import annotations

import re
from typing import NamedTuple

from vql.errors import NotSupportedError
from vql.functions.lookups import OF_SEQUENCES
from vql.language import ast, modify, plan
from vql.language.ast.walk import nodes_of
from vql.language.bind.changes.steps import in_order_of_steps
from vql.storage.snapshot import Snapshot

# Nothing else calls one, so that most texts need not be gone through.
MAY_CALL = re.compile("(?:next|curr|last|set)val", re.IGNORECASE)


class Sharing(NamedTuple):
    """A change of which several places call one sequence, so that rows see the numbers of others; whether its
    rows can be made in turn, and whether those of an INSERT's query then have to be computed so."""

    change: modify.Change
    in_turn: bool
    query_in_turn: bool


def sharing(
    sql: str, statement: ast.Statement | None, node: modify.Plan, snapshot: Snapshot
) -> tuple[Sharing, ...]:
    """Return the changes of a statement whose rows share numbers. Those of WITH are made one after the other,
    and share nothing."""
    if isinstance(statement, ast.WithChanges) and isinstance(node, modify.StepsPlan):
        common = in_order_of_steps(statement)
        reads = tuple(each for each in common if isinstance(each, ast.CommonTable))
        steps = zip(common, (step.plan for step in node.steps), strict=True)
        written: list[tuple[object, modify.Plan]] = [*steps, ((statement.body, reads), node.last)]
    else:
        written = [(statement, node)]
    return tuple(
        Sharing(change, _in_turn(each, change), bool(_calls_in(_inserted(each))))
        for each, change in written
        if isinstance(change, modify.Change) and _shares(sql, each, change, snapshot)
    )


def _shares(sql: str, statement: object, node: modify.Change, snapshot: Snapshot) -> bool:
    numbered = _numbered(statement, node)
    if not MAY_CALL.search(sql):
        return len(set(numbered)) < len(numbered)
    calls = _calls(statement)
    names = [name_called(call) for call in calls if call.name[-1] == "nextval"]
    for number in numbered:
        found = snapshot.definition(number)
        names.append(None if found is None else found.qualified[1])
    places = len(calls) + len(numbered)
    if places < 2 or not names and not any(call.name[-1] == "setval" for call in calls):
        return False
    return None in names or len(set(names)) < places


def _in_turn(statement: object, node: modify.Change) -> bool:
    """Whether the rows of a change can be made one after the other: what calls sequences is computed of a row
    alone, and not to find it."""
    calls = {call.span for call in _calls_in(statement)}
    found = {call.span for each in nodes_of(statement, ast.Subquery) for call in _calls_in(each)}
    searched = [(each.where, each.sources) for each in nodes_of(statement, ast.Update)]
    searched += [(each.where, each.sources) for each in nodes_of(statement, ast.Delete)]
    found |= {call.span for call in _calls_in(tuple(searched))}
    for query in _inserted(statement):
        # Which of the rows' cells DEFAULT stands before is not known any more.
        if isinstance(query, ast.Values) and next(nodes_of(query, ast.Default), None) is not None:
            found |= {call.span for call in _calls_in(query)}
    has_conflict = isinstance(node, modify.InsertPlan) and node.conflict is not None
    return not (isinstance(node, modify.MergePlan) or has_conflict or calls & found)


def refuse_shared(count: int) -> None:
    """Raise 0A000 where a change that shares numbers is one of several rows."""
    if count > 1:
        raise shares_numbers_of_change()


def shares_numbers_of_change() -> NotSupportedError:
    """Return the error of rows that would see the numbers of others."""
    return NotSupportedError(
        "several calls of one sequence for each row of a change are not supported yet",
        hint="Call nextval() once for each row, and return the column that it was written to.",
    )


def name_called(call: ast.Call) -> str | None:
    """Return the name of the sequence that is called, without its schema; None where a value says it."""
    names = [str(literal.value) for literal in nodes_of(call.arguments, ast.Literal)]
    return names[0].rpartition(".")[2].strip('"') if len(names) == 1 else None


def _calls(statement: object) -> list[ast.Call]:
    """Return the calls of sequences; those of what an INSERT inserts, which are made row by row or refused
    there, once for each sequence."""
    inserted = {call.span for call in _calls_in(_inserted(statement))}
    calls = _calls_in(statement)
    names = {name_called(call): call for call in calls if call.span in inserted}
    return [*names.values(), *(call for call in calls if call.span not in inserted)]


def _inserted(statement: object) -> tuple[ast.Query | None, ...]:
    """Return the queries of INSERTs, without those of one row of VALUES: its cells and defaults are computed
    in an order of their own."""
    queries = [each.query for each in nodes_of(statement, ast.Insert)]
    return tuple(query for query in queries if not _is_one_row(query))


def _is_one_row(query: ast.Query | None) -> bool:
    rows = query.rows if isinstance(query, ast.Values) else ()
    return not isinstance(rows, ast.LiteralRows) and len(rows) == 1


def _calls_in(node: object) -> list[ast.Call]:
    return [call for call in nodes_of(node, ast.Call) if call.name[-1] in OF_SEQUENCES]


def _numbered(statement: object, node: modify.Change) -> list[int]:
    """Return the sequences of the columns that an INSERT gives no values to, or an UPDATE their defaults."""
    if isinstance(node, modify.UpdatePlan):
        assigned = (pair for each in nodes_of(statement, ast.Update) for pair in each.assignments)
        names = {str(target) for target, value in assigned if isinstance(value, ast.Default)}
        return [c.numbered_by for c in node.table.columns if c.numbered_by and c.name in names]
    if not isinstance(node, modify.InsertPlan):
        return []
    given = (
        set(node.positions[: _width(node)])
        - set(node.overridden)
        - {position for position, _ in node.defaulted}
    )
    columns = node.table.columns
    return [c.numbered_by for place, c in enumerate(columns) if c.numbered_by and place not in given]


def _width(node: modify.InsertPlan) -> int:
    """Return how many columns an INSERT gives values to: its query may have fewer than the table."""
    if node.query is None:
        return len(node.positions)
    if isinstance(node.query, plan.Relational):
        assert node.query.analyzed is not None, "it is planned"
        return len(node.query.analyzed.query.columns)
    return len(node.query.outputs)
