"""Numbers of sequences within a change: PostgreSQL takes them row by row, we place by place."""

from __future__ import annotations

import re

from vql.errors import NotSupportedError
from vql.functions.lookups import OF_SEQUENCES
from vql.language import ast, modify
from vql.language.ast.walk import nodes_of
from vql.language.bind.changes.steps import in_order_of_steps
from vql.storage.snapshot import Snapshot

# Nothing else calls one, so that most texts need not be gone through.
MAY_CALL = re.compile("(?:next|curr|last|set)val", re.IGNORECASE)


def sharing(
    sql: str, statement: ast.Statement | None, node: modify.Plan, snapshot: Snapshot
) -> tuple[modify.Change, ...]:
    """Return the changes of a statement of which several places call one sequence, so that rows see the
    numbers of others. Those of WITH are made one after the other, and share nothing."""
    if isinstance(statement, ast.WithChanges) and isinstance(node, modify.StepsPlan):
        common = in_order_of_steps(statement)
        reads = tuple(each for each in common if isinstance(each, ast.CommonTable))
        steps = zip(common, (step.plan for step in node.steps), strict=True)
        written: list[tuple[object, modify.Plan]] = [*steps, ((statement.body, reads), node.last)]
    else:
        written = [(statement, node)]
    return tuple(
        change
        for each, change in written
        if isinstance(change, modify.Change) and _shares(sql, each, change, snapshot)
    )


def _shares(sql: str, statement: object, node: modify.Change, snapshot: Snapshot) -> bool:
    numbered = _numbered(node)
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


def refuse_shared(count: int) -> None:
    """Raise 0A000 where a change that shares numbers is one of several rows."""
    if count > 1:
        raise NotSupportedError(
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
    inserted = {call.span for each in nodes_of(statement, ast.Insert) for call in _calls_in(each.query)}
    calls = _calls_in(statement)
    names = {name_called(call): call for call in calls if call.span in inserted}
    return [*names.values(), *(call for call in calls if call.span not in inserted)]


def _calls_in(node: object) -> list[ast.Call]:
    return [call for call in nodes_of(node, ast.Call) if call.name[-1] in OF_SEQUENCES]


def _numbered(node: modify.Change) -> list[int]:
    """Return the sequences of the columns that an INSERT gives no values to."""
    if not isinstance(node, modify.InsertPlan):
        return []
    given = set(node.positions) - {position for position, _ in node.defaulted}
    columns = node.table.columns
    return [c.numbered_by for place, c in enumerate(columns) if c.numbered_by and place not in given]
