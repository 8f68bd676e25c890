"""Functions in FROM: one, or several side by side, with the columns that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vql.errors import NotSupportedError, ProgrammingError
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.documents import check_definitions, rows_of_documents
from vql.language.analyze.expressions import Expressions
from vql.language.analyze.names import Scope, aliased_columns, unique_columns
from vql.language.analyze.resolution.coerce import signature_type
from vql.language.analyze.values.records import row_fields
from vql.types.type import BIGINT, Type

ROWS = "vql__rows"


def rows_of_call(node: ast.CallRef, expressions: Expressions) -> tree.RangeFunction | tree.RangeQuery:
    """Return what a function in FROM gives, and take its columns into scope. Raises 42803, 42P10."""
    calls: list[tree.Expr] = []
    names, types = list[str](), list[Type]()
    alias = node.alias or node.calls[0].name[-1]
    for call in _split(node.calls):
        found = expressions.settled(expressions.expression(call))
        if isinstance(found, tree.Aggref):
            what = "window" if found.over is not None else "aggregate"
            raise ProgrammingError(
                f"{what} functions are not allowed in functions in FROM", sqlstate="42803",
                position=call.span[0] + 1,
            )  # fmt: skip
        calls.append(found)
        columns = _columns(found)
        names += [name for name, _ in columns] or [call.name[-1]]
        types += [type_ for _, type_ in columns] or [found.type]
    check_definitions(node, calls)
    if node.definitions and isinstance(found, tree.FuncExpr):
        made = rows_of_documents(node, found, alias, expressions.analyzer.note)
        expressions.scope.add(alias, made.columns)
        return made
    if any(call.type.composite for call in calls):
        return _rows_of_composites(node, calls, alias, expressions.scope)
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


def _rows_of_composites(
    node: ast.CallRef, calls: Sequence[tree.Expr], alias: str, scope: Scope
) -> tree.RangeQuery:
    """Return the rows of a function whose values are rows of a composite type, taken apart."""
    if len(calls) > 1:
        raise NotSupportedError("ROWS FROM of functions whose values are rows is not supported yet")
    type_ = calls[0].type
    row = tree.OutputColumn(ROWS, ROWS, type_)
    number = tree.OutputColumn("ordinality", "ordinality", BIGINT)
    given = (row, number) if node.ordinality else (row,)
    source = tree.RangeFunction(tuple(calls), ROWS, given, node.ordinality)
    found = row_fields(tree.Var(ROWS, ROWS, type_))
    if node.ordinality:
        found.append(("ordinality", tree.Var(ROWS, "ordinality", BIGINT)))
    columns = unique_columns([name for name, _ in found], [value.type for _, value in found])
    targets = tuple(
        tree.Target(value, column.name, column.column)
        for (_, value), column in zip(found, columns, strict=True)
    )
    query = tree.SelectQuery(columns=columns, targets=targets, sources=(source,))
    offered = aliased_columns(columns, node.columns, alias)
    scope.add(alias, offered)
    if not node.ordinality:
        scope.row_types[alias] = type_
    return tree.RangeQuery(query, alias, offered, lateral=True)


def _split(calls: Sequence[ast.Call]) -> list[ast.Call]:
    """Return calls one by one: unnest() of several arrays is one of each."""
    return [
        one
        for call in calls
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
