"""Functions that CREATE FUNCTION made, in the places of their calls.

What a call becomes is the function's query over a relation of its arguments, which names in the query find
behind its own columns; an expression whose arguments may stand in it more than once becomes that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol

from vql import schema
from vql.errors import Error, NotSupportedError
from vql.functions.declare import Argument, Function, Volatility
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.names import Scope, unique_columns
from vql.language.analyze.resolution.coerce import ASSIGNMENT, as_type
from vql.language.ast.walk import nodes_of, rewrite, walk
from vql.routines import VOLATILITIES, Routine, RoutineArgument
from vql.types.type import BIGINT, BOOLEAN, Type

BODY = "vql__body"
OWN = "vql__own {0}"
VOLATILITY: dict[str, Volatility] = {"i": "immutable", "s": "stable", "v": "volatile"}


class ObjectsThen(Protocol):
    """The objects there are."""

    def definition(self, object_id: int) -> schema.Object | None:
        """Return the object of an id, or None."""


class BodyAnalysis(Protocol):
    """What the query of a function asks of the statement that calls it."""

    def query(self, node: ast.Query, outer: Scope | None = None) -> tree.Query:
        """Return a query with its types; columns of unknown type stay unknown."""

    def settled(self, found: tree.Query) -> tree.Query:
        """Return a query whose columns all have types: text where nothing says one."""

    def note(self, index: int, type_: Type) -> Type:
        """Take note of what a parameter of no type is used as, and return the type it has then."""


@cache
def signature_of(routine: Routine) -> Function:
    """Return what a call is held against."""
    assert set(VOLATILITY) == set(VOLATILITIES), "the same letters"
    arguments = tuple(
        Argument(type=each.type.base.name, name=each.name or None, default=each.default)
        for each in routine.arguments
    )
    result = "record" if routine.columns or routine.relation_id else routine.result.base.name
    return Function(
        name=routine.name, arguments=arguments, result=result, gives_rows=routine.gives_rows,
        is_strict=routine.is_strict, volatility=VOLATILITY[routine.volatility],
    )  # fmt: skip


def columns_given(routine: Routine, there: ObjectsThen) -> tuple[RoutineArgument, ...]:
    """Return the columns of what a function gives, one of its own name where it gives values."""
    if routine.relation_id:
        found = there.definition(routine.relation_id)
        assert isinstance(found, schema.Table | schema.View | schema.RowType), "it stays while it is needed"
        return tuple(RoutineArgument(column.name, column.type) for column in found.columns)
    return routine.columns or (RoutineArgument(routine.name, routine.result),)


def inlined(analysis: BodyAnalysis, candidate: ast.Candidate, arguments: Sequence[tree.Expr]) -> tree.Expr:
    """Return the value of a function. Raises 0A000 where it gives more, and what is wrong with it."""
    routine = candidate.routine
    if routine.gives_rows or routine.columns or routine.relation_id:
        raise NotSupportedError(
            f"function {routine.signature} gives rows, and is supported in FROM alone",
            hint=f"SELECT ... FROM {routine.name}(...)",
        )
    given = dict(zip(candidate.columns, arguments, strict=True))
    found, left, is_plain = _query(analysis, candidate, given)
    result = routine.result.sized(None)
    if is_plain and isinstance(found, tree.SelectQuery):
        value = found.targets[0].expression
    else:
        found = found if found.limit is not None else replace(found, limit=tree.Const(1, BIGINT))
        value = tree.SubLink("scalar", found, found.columns[0].type)
    value = as_type(value, result, analysis.note, ASSIGNMENT)
    if not left:
        return _strictly(routine, arguments, value)
    tested = [_left_of(name, value, candidate, left) for name, value in given.items()]
    target = tree.Target(_strictly(routine, tested, value), routine.name, routine.name)
    columns = (tree.OutputColumn(routine.name, routine.name, result),)
    query = tree.SelectQuery(columns=columns, targets=(target,), sources=(_row(candidate, left),))
    return tree.SubLink("scalar", query, result)


def rows_inlined(
    analysis: BodyAnalysis,
    candidate: ast.Candidate,
    arguments: Sequence[tree.Expr],
    wanted: Iterable[RoutineArgument],
) -> tree.SelectQuery:
    """Return the rows of a function, of the columns `wanted`. Raises what is wrong with it."""
    given = dict(zip(candidate.columns, arguments, strict=True))
    body, left, _ = _query(analysis, candidate, given)
    if any(True for _ in nodes_of(tuple(left.values()), tree.Var)):
        raise NotSupportedError(
            f"function {candidate.routine.signature} of this argument is not supported in FROM yet"
        )
    if not candidate.routine.gives_rows and body.limit is None:
        body = replace(body, limit=tree.Const(1, BIGINT))
    named = unique_columns([f"c{i}" for i in range(len(body.columns))], [c.type for c in body.columns])
    inner = tuple(replace(new, column=own.column) for new, own in zip(named, body.columns, strict=True))
    values = [
        as_type(tree.Var(BODY, own.column, own.type), each.type, analysis.note, ASSIGNMENT)
        for own, each in zip(body.columns, wanted, strict=True)
    ]
    columns = unique_columns([each.name for each in wanted], [value.type for value in values])
    targets = tuple(
        tree.Target(value, column.name, column.column) for value, column in zip(values, columns, strict=True)
    )
    where: tree.Expr | None = None
    if candidate.routine.is_strict and arguments:
        tested = [_left_of(name, value, candidate, left) for name, value in given.items()]
        where = tree.BoolExpr("NOT", (_null_among(tested),))
    row = (_row(candidate, left),) if left else ()
    source = tree.RangeQuery(body, BODY, inner, lateral=True)
    return tree.SelectQuery(columns=columns, targets=targets, sources=(*row, source), where=where)


def _query(
    analysis: BodyAnalysis, candidate: ast.Candidate, given: Mapping[str, tree.Expr]
) -> tuple[tree.Query, dict[str, tree.Expr], bool]:
    """Return the query of a function, with its types and the arguments that may stand in it; those that are
    left to a relation around it; and whether it is an expression and no more."""
    scope = argument_scope(candidate, [argument.type for argument in given.values()])
    try:
        found = analysis.settled(analysis.query(candidate.query, scope))
    except Error as error:
        error.position = None  # it is one of the function's text
        raise
    found = _renamed(found, {var.relation for var in nodes_of(tuple(given.values()), tree.Var)})
    used = [var.column for var in nodes_of(found, tree.Var) if var.relation == candidate.alias]
    is_plain = _is_plain(found)
    filled = {}
    for name, value in given.items():
        series = any(call.function.gives_rows for call in nodes_of(value, tree.FuncExpr))
        if series or any(True for _ in nodes_of(value, tree.Aggref)):
            # In a query inside it would be an aggregate of other rows.
            if not is_plain or series and used.count(name) != 1:
                what = "a function that gives rows" if series else "an aggregate"
                text = f"{what} as argument of function {candidate.routine.name} is not supported yet"
                raise NotSupportedError(text, hint="Compute it in a query in FROM.")
            filled[name] = value
        elif _goes_in(value) and (_is_cheap(value) or not is_plain or used.count(name) == 1):
            filled[name] = value
    left = {name: value for name, value in given.items() if name not in filled}
    return _filled(found, candidate, filled), left, is_plain


def argument_scope(candidate: ast.Candidate, types: Sequence[Type]) -> Scope:
    """Return what the query of a function sees of its arguments, behind its own columns."""
    scope = Scope()
    columns = [tree.OutputColumn(name, name, t) for name, t in zip(candidate.columns, types, strict=True)]
    scope.items.append((candidate.alias, tuple(columns)))
    return scope


def _renamed(found: tree.Query, names: Collection[str | None]) -> tree.Query:
    """Return a query none of whose relations is called as one outside."""
    sources = tree.RangeTable | tree.RangeQuery | tree.RangeFunction
    if not any(isinstance(each, sources) and each.alias in names for each in walk(found)):
        return found

    def renamed(node: object) -> object:
        match node:
            case tree.RangeTable() | tree.RangeQuery() | tree.RangeFunction() if node.alias in names:
                return replace(node, alias=OWN.format(node.alias))
            case tree.Var() if node.relation in names:
                return replace(node, relation=OWN.format(node.relation))
        return node

    return rewrite(found, renamed)  # type: ignore[no-any-return]


def _goes_in(value: tree.Expr) -> bool:
    """Whether a value may stand in a query, more than once."""
    if any(var.relation is None for var in nodes_of(value, tree.Var)):
        return False
    return not tree.is_volatile(value) and not any(True for _ in nodes_of(value, tree.SubLink))


def _is_cheap(value: tree.Expr) -> bool:
    while isinstance(value, tree.Coerce):
        value = value.operand
    return isinstance(value, tree.Var | tree.Const | tree.Param)


def _left_of(
    name: str, value: tree.Expr, candidate: ast.Candidate, left: Mapping[str, tree.Expr]
) -> tree.Expr:
    """Return an argument as it is named where some are left to a relation."""
    return tree.Var(candidate.alias, name, value.type) if name in left else value


def _row(candidate: ast.Candidate, left: Mapping[str, tree.Expr]) -> tree.RangeQuery:
    """Return the relation of some arguments."""
    columns = tuple(tree.OutputColumn(name, name, value.type) for name, value in left.items())
    targets = tuple(tree.Target(value, name, name) for name, value in left.items())
    row = tree.SelectQuery(columns=columns, targets=targets)
    return tree.RangeQuery(row, candidate.alias, columns, lateral=True)


def _is_plain(found: tree.Query) -> bool:
    """Whether a query is an expression, without queries of its own."""
    if not isinstance(found, tree.SelectQuery) or len(found.targets) != 1:
        return False
    if found != tree.SelectQuery(columns=found.columns, targets=found.targets):
        return False
    return not any(isinstance(each, tree.Aggref | tree.SubLink) for each in walk(found.targets[0]))


def _filled(part: tree.Query, candidate: ast.Candidate, values: Mapping[str, tree.Expr]) -> tree.Query:
    """Return a function's query with values in the place of arguments."""

    def filled(node: object) -> object:
        if isinstance(node, tree.Var) and node.relation == candidate.alias:
            return values.get(node.column, node)
        return node

    return rewrite(part, filled) if values else part


def _strictly(routine: Routine, arguments: Sequence[tree.Expr], value: tree.Expr) -> tree.Expr:
    """Return a value that is NULL where an argument of a strict function is."""
    if not routine.is_strict or not arguments:
        return value
    return tree.CaseExpr(((_null_among(arguments), tree.Const(None, value.type)),), value, value.type)


def _null_among(arguments: Sequence[tree.Expr]) -> tree.Expr:
    tests = tuple(tree.BooleanTest(argument, "NULL", negated=False) for argument in arguments)
    return tests[0] if len(tests) == 1 else tree.BoolExpr("OR", tests, BOOLEAN)
