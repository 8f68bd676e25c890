"""Functions in FROM: one, or several side by side, with the columns that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vql.errors import NotSupportedError, ProgrammingError
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.documents import check_definitions, documents_of, members_of
from vql.language.analyze.expressions import Expressions
from vql.language.analyze.inlined import inlined, rows_inlined
from vql.language.analyze.names import aliased_columns, unique_columns
from vql.language.analyze.resolution.coerce import signature_type
from vql.language.analyze.values.records import row_fields
from vql.types.type import BIGINT, Type

ROWS = "vql__rows{0}"
Written = tuple[ast.Call, ast.Definitions]


def rows_of_call(node: ast.CallRef, expressions: Expressions) -> tree.RangeFunction | tree.RangeQuery:
    """Return what a function in FROM gives, and take its columns into scope. Raises 42803, 42P10."""
    alias = node.alias or node.calls[0].name[-1]
    if any(call.candidates for call in node.calls):
        made = _rows_inlined(node, alias, expressions)
        if made is not None:
            return made
    written = _split(node)
    calls = [_call(call, expressions) for call, _ in written]
    for (call, definitions), found in zip(written, calls, strict=True):
        check_definitions(call, definitions, found)
    if node.definitions or any(found.type.composite for found in calls):
        return _rows_taken_apart(node, written, calls, alias, expressions)
    names, types = list[str](), list[Type]()
    for (call, _), found in zip(written, calls, strict=True):
        columns = _columns(found) or [(call.name[-1], found.type)]
        names += [name for name, _ in columns]
        types += [type_ for _, type_ in columns]
    if len(types) == 1 and not _columns(calls[0]):
        names = [alias]  # a function of one column gives it its own alias
    if node.ordinality:
        names.append("ordinality")
        types.append(BIGINT)
    offered = aliased_columns(unique_columns(names, types), node.columns, alias)
    expressions.scope.add(alias, offered)
    if len(offered) == 1:
        expressions.scope.values.add(alias)
    return tree.RangeFunction(tuple(calls), alias, offered, node.ordinality)


def _rows_inlined(node: ast.CallRef, alias: str, expressions: Expressions) -> tree.RangeQuery | None:
    """Return the rows of a function that somebody made, None where none of these is meant. Raises 0A000."""
    call = node.calls[0]
    given = [expressions.settled(expressions.expression(argument)) for argument in call.arguments]
    candidate, _, arguments = expressions.meant(call, given)
    if candidate is None:
        return None
    if node.ordinality or node.definitions or len(node.calls) > 1:
        text = (
            f"function {candidate.routine.signature} with others beside it, or numbers, is not supported yet"
        )
        raise NotSupportedError(text, position=call.span[0] + 1)
    routine, names = candidate.routine, node.columns
    if routine.gives_rows or routine.columns or routine.relation_id:
        query = rows_inlined(expressions.analyzer, candidate, arguments, candidate.gives)
    else:
        value = inlined(expressions.analyzer, candidate, arguments)
        column = tree.OutputColumn(routine.name, routine.name, value.type)
        query = tree.SelectQuery(columns=(column,), targets=(tree.Target(value, routine.name, routine.name),))
    if len(query.columns) == 1 and not (routine.columns or routine.relation_id):
        names = names or (alias,)
    offered = aliased_columns(query.columns, names, alias)
    expressions.scope.add(alias, offered)
    if len(offered) == 1:
        expressions.scope.values.add(alias)
    return tree.RangeQuery(query, alias, offered, lateral=True)


def _call(call: ast.Call, expressions: Expressions) -> tree.Expr:
    found = expressions.settled(expressions.expression(call))
    if isinstance(found, tree.Aggref):
        what = "window" if found.over is not None else "aggregate"
        raise ProgrammingError(
            f"{what} functions are not allowed in functions in FROM", sqlstate="42803",
            position=call.span[0] + 1,
        )  # fmt: skip
    return found


def _rows_taken_apart(
    node: ast.CallRef, written: Sequence[Written], calls: Sequence[tree.Expr], alias: str,
    expressions: Expressions,
) -> tree.RangeQuery:  # fmt: skip
    """Return the rows of functions side by side, of which some give documents or rows of a composite type:
    these have columns of their own."""
    given: list[tree.OutputColumn] = []  # what the calls give
    made: list[tree.Expr] = []
    found: list[tuple[str, tree.Expr]] = []  # the columns there are of it, by name
    for (call, definitions), value in zip(written, calls, strict=True):
        parts = (
            [] if definitions or value.type.composite else _columns(value) or [(call.name[-1], value.type)]
        )
        if definitions:
            assert isinstance(value, tree.FuncExpr), "it has been looked at"
            value = documents_of(value)
        own = [ROWS.format(len(given) + place) for place in range(len(parts) or 1)]
        types = [type_ for _, type_ in parts] or [value.type]
        given += [tree.OutputColumn(name, name, type_) for name, type_ in zip(own, types, strict=True)]
        variables = [tree.Var(ROWS, name, type_) for name, type_ in zip(own, types, strict=True)]
        made.append(value)
        if definitions:
            found += members_of(variables[0], definitions, expressions.analyzer.note)
        elif parts:
            found += [(name, variable) for (name, _), variable in zip(parts, variables, strict=True)]
        else:
            found += row_fields(variables[0])
    if node.ordinality:
        given.append(tree.OutputColumn("ordinality", "ordinality", BIGINT))
        found.append(("ordinality", tree.Var(ROWS, "ordinality", BIGINT)))
    source = tree.RangeFunction(tuple(made), ROWS, tuple(given), node.ordinality)
    columns = unique_columns([name for name, _ in found], [value.type for _, value in found])
    targets = tuple(
        tree.Target(value, column.name, column.column)
        for (_, value), column in zip(found, columns, strict=True)
    )
    query = tree.SelectQuery(columns=columns, targets=targets, sources=(source,))
    offered = aliased_columns(columns, node.columns, alias)
    expressions.scope.add(alias, offered)
    if len(calls) == 1 and not node.ordinality and calls[0].type.composite:
        expressions.scope.row_types[alias] = calls[0].type
    return tree.RangeQuery(query, alias, offered, lateral=True)


def _split(node: ast.CallRef) -> list[Written]:
    """Return calls one by one, each with the columns it is to have: unnest() of several arrays is one of
    each."""
    return [
        (one, definitions)
        for call, definitions in zip(node.calls, node.definitions or ((),) * len(node.calls), strict=True)
        for one in (
            [replace(call, arguments=(argument,)) for argument in call.arguments]
            if call.name[-1] == "unnest" and len(call.arguments) > 1
            else [call]
        )
    ]


def _columns(found: tree.Expr) -> list[tuple[str, Type]]:
    """Return the columns of a function that has names for them."""
    if not isinstance(found, tree.FuncExpr):
        return []
    columns = found.function.columns
    if len(columns) == 1:
        return [(columns[0].name or "", found.type)]
    return [(column.name or "", signature_type(column.type)) for column in columns]
