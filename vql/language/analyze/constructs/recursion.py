"""WITH RECURSIVE: its two parts, and what SEARCH and CYCLE make of them.

A walk adds columns to both parts, which are computed over their rows: SEARCH DEPTH FIRST an array of the rows
that lead to a row, BREADTH FIRST how many they are beside the row itself, CYCLE whether a row has been met on
its path, and that path. Rows that have are walked no further.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from vql.errors import DatatypeMismatch, DuplicateColumn, NotSupportedError, ProgrammingError, SyntaxError
from vql.functions.declare import Argument, Function
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.expressions import Expressions, QueryAnalysis
from vql.language.analyze.names import Scope, aliased_columns
from vql.language.analyze.resolution.calls import operator_of
from vql.language.analyze.resolution.coerce import as_type, common_type
from vql.language.ast import NOWHERE
from vql.types.type import BIGINT, BOOLEAN

# What the rows of the two parts are called where the columns of walks are computed of them.
FIRST, NEXT = "vql__first", "vql__next"
# What a walk itself calls its last column, whose name may be that of another.
PATH = "vql__path"
ONLY = "with a SEARCH or CYCLE clause, the"


class WalkColumn(NamedTuple):
    """A column of a walk: what it is in a first row, and in one behind another."""

    name: str
    first: tree.Expr
    next: tree.Expr


def recursive(
    analysis: QueryAnalysis, table: ast.CommonTable, query: ast.SetOperation, scope: Scope
) -> tree.Query:
    """Return a recursive query: the first part says the types, the second reads what there is so far."""
    first = analysis.settled(analysis.query(query.left, scope))
    scope.common[table.name] = common_columns(first.columns, table)
    found = analysis.query(query, scope)
    _check_types(table.name, query.left, first.columns, found.columns)
    return found


def common_columns(
    columns: Sequence[tree.OutputColumn], table: ast.CommonTable
) -> tuple[tree.OutputColumn, ...]:
    """Return the columns of a query of WITH as it names them. Raises 42P10."""
    if len(table.columns) > len(columns):
        raise ProgrammingError(
            f'WITH query "{table.name}" has {len(columns)} columns available but {len(table.columns)} columns'
            " specified",
            sqlstate="42P10", position=table.span[0] + 1,
        )  # fmt: skip
    return aliased_columns(columns, table.columns, table.name)


def walked(
    analysis: QueryAnalysis, table: ast.CommonTable, scope: Scope, *, is_recursive: bool
) -> tuple[tree.Query, tuple[tree.OutputColumn, ...]]:
    """Return a query of WITH that is walked, and its columns. Raises 42601, 42701, 42804, 0A000."""
    query = table.query
    if not is_recursive or not isinstance(query, ast.SetOperation):
        raise SyntaxError("WITH query is not recursive", position=table.span[0] + 1)
    if isinstance(query.left, ast.SetOperation):
        raise NotSupportedError(f"{ONLY} left side of the UNION must be a SELECT")
    if not isinstance(query.right, ast.Select):
        raise SyntaxError(f"{ONLY} right side of the UNION must be a SELECT")
    first = analysis.settled(analysis.query(query.left, scope))
    columns = common_columns(first.columns, table)
    made = [column for walk in table.walks for column in _columns(analysis, walk, columns)]
    # The second part may name them, and no `*` has them there.
    more = tuple(tree.OutputColumn(c.name, c.name, c.first.type, is_system=True) for c in made)
    scope.common[table.name] = (*columns, *more)
    found = analysis.query(query, scope)
    assert isinstance(found, tree.SetQuery), "that is what was written"
    _check_types(table.name, query.left, first.columns, found.columns)
    _check_names(table.walks, columns)
    shown = (*columns, *(replace(column, is_system=False) for column in more))
    left = _with_columns(found.left, FIRST, columns, [(c.name, c.first) for c in made], shown)
    step = _reading(table.name, found.right, more)
    right = _with_columns(step, NEXT, (*columns, *more), [(c.name, c.next) for c in made], shown)
    marked = [_unmarked(analysis, walk, shown) for walk in table.walks if walk.kind == "cycle"]
    right = replace(right, where=next(iter(marked), None))
    return replace(found, columns=shown, left=left, right=right), shown


def _columns(
    analysis: QueryAnalysis, walk: ast.Walk, columns: Sequence[tree.OutputColumn]
) -> Iterator[WalkColumn]:
    """Yield the columns of a walk."""
    what, position = ("cycle" if walk.kind == "cycle" else "search"), walk.span[0] + 1
    named = {column.name: column for column in columns}
    for place, name in enumerate(walk.by):
        if name not in named:
            text = f'{what} column "{name}" not in WITH query column list'
            raise SyntaxError(text, position=position)
        if name in walk.by[:place]:
            raise DuplicateColumn(f'{what} column "{name}" specified more than once', position=position)
    by = [named[name] for name in walk.by]

    def row(relation: str) -> ast.Row:
        return ast.Row(tuple(ast.Name((relation, column.name)) for column in by))

    first, following = Scope(), Scope()
    first.add(FIRST, tuple(columns))
    one, other = Expressions(analysis, first), Expressions(analysis, following)
    path = one.expression(ast.Array((row(FIRST),)))
    name = walk.names[-1]
    known = tree.OutputColumn(PATH, name, path.type)
    if walk.kind == "breadth":
        start = one.expression(row(FIRST))
        assert isinstance(start, tree.RowExpr), "it is written so"
        start = replace(start, items=(tree.Const(0, BIGINT), *start.items), names=_numbered(len(by) + 1))
        following.add(NEXT, (*columns, replace(known, type=start.type)))
        step = other.expression(row(NEXT))
        assert isinstance(step, tree.RowExpr), "it is written so"
        depth = tree.FuncExpr(_DEEPER, (tree.Var(NEXT, name, start.type),), BIGINT)
        yield WalkColumn(name, start, replace(step, items=(depth, *step.items), names=start.names))
        return
    following.add(NEXT, (*columns, known))
    longer = other.expression(ast.Binary("||", ast.Name((NEXT, PATH)), row(NEXT)))
    if walk.kind == "cycle":
        value, default = _marks(analysis, walk)
        is_met = other.expression(ast.Quantified("=", row(NEXT), "any", ast.Name((NEXT, PATH))))
        case = tree.CaseExpr(((is_met, value),), default, value.type)
        yield WalkColumn(walk.names[0], default, case)
    yield WalkColumn(name, path, longer)


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"f{place}" for place in range(1, count + 1))


def _marks(analysis: QueryAnalysis, walk: ast.Walk) -> tuple[tree.Expr, tree.Expr]:
    """Return what marks a row that was met, and one that was not. Raises 42804."""
    if not walk.marks:
        return tree.Const(True, BOOLEAN), tree.Const(False, BOOLEAN)
    expressions = Expressions(analysis, Scope())
    value, default = map(expressions.expression, walk.marks)
    type_ = common_type([value.type, default.type], "CYCLE", walk.marks[1].span[0] + 1)
    return as_type(value, type_, analysis.note), as_type(default, type_, analysis.note)


def _unmarked(analysis: QueryAnalysis, walk: ast.Walk, columns: Sequence[tree.OutputColumn]) -> tree.Expr:
    """Return the condition of rows whose path goes on. Raises 42883."""
    value, _ = _marks(analysis, walk)
    mark = next(column for column in columns if column.name == walk.names[0])
    try:
        return operator_of(analysis, "<>", (tree.Var(NEXT, mark.column, mark.type), value), NOWHERE)
    except ProgrammingError as error:
        text = f"could not identify an equality operator for type {mark.type.formatted()}"
        raise ProgrammingError(text, sqlstate="42883") from error


def _check_names(walks: Sequence[ast.Walk], columns: Sequence[tree.OutputColumn]) -> None:
    """Raise 42601 for a name that is SET and taken."""
    known, search = {column.name for column in columns}, None
    for walk in walks:
        position = walk.span[0] + 1
        if walk.kind != "cycle":
            (search,) = walk.names
            if search in known:
                text = f'search sequence column name "{search}" already used in WITH query column list'
                raise SyntaxError(text, position=position)
            continue
        for name, what in zip(walk.names, ("mark", "path"), strict=True):
            if name in known:
                text = f'cycle {what} column name "{name}" already used in WITH query column list'
                raise SyntaxError(text, position=position)
        if walk.names[0] == walk.names[1]:
            text = "cycle mark column name and cycle path column name are the same"
            raise SyntaxError(text, position=position)
        for name, what in zip(walk.names, ("mark", "path"), strict=True):
            if name == search:
                text = f"search sequence column name and cycle {what} column name are the same"
                raise SyntaxError(text, position=walks[0].span[0] + 1)


def _reading(name: str, query: tree.Query, more: Sequence[tree.OutputColumn]) -> tree.SelectQuery:
    """Return the second part of a query with the columns of walks that the rows before have. Raises 0A000."""
    assert isinstance(query, tree.SelectQuery), "it was looked at"
    read = [node for source in query.sources for node in _tables(source) if node.name == name]
    if len(read) != 1:
        text = f'{ONLY} recursive reference to WITH query "{name}" must be at the top level of its right-hand'
        raise NotSupportedError(f"{text} SELECT")
    if query.distinct or query.group_by or query.order_by or query.limit or query.offset:
        raise NotSupportedError(
            "DISTINCT, GROUP BY, ORDER BY and LIMIT beside SEARCH or CYCLE are not supported"
        )
    targets = tuple(tree.Target(tree.Var(read[0].alias, c.column, c.type), c.name, c.column) for c in more)
    columns = tuple(replace(column, is_system=False) for column in more)
    return replace(query, targets=(*query.targets, *targets), columns=(*query.columns, *columns))


def _tables(node: tree.FromItem) -> Iterator[tree.RangeTable]:
    if isinstance(node, tree.JoinExpr):
        yield from _tables(node.left)
        yield from _tables(node.right)
    elif isinstance(node, tree.RangeTable):
        yield node


def _with_columns(
    query: tree.Query,
    alias: str,
    columns: Sequence[tree.OutputColumn],
    made: Sequence[tuple[str, tree.Expr]],
    shown: tuple[tree.OutputColumn, ...],
) -> tree.SelectQuery:
    """Return a query over the rows of another, with what is `made` of them behind its own columns."""
    base = shown[: len(shown) - len(made)]
    own = tuple(tree.Target(tree.Var(alias, c.column, c.type), c.name, c.column) for c in base)
    targets = (*own, *(tree.Target(expression, name, name) for name, expression in made))
    source = tree.RangeQuery(query, alias, tuple(columns), False)
    return tree.SelectQuery(columns=shown, targets=targets, sources=(source,))


def _check_types(
    name: str, part: ast.Query, first: tuple[tree.OutputColumn, ...], overall: tuple[tree.OutputColumn, ...]
) -> None:
    """Raise 42804 where the second part of a recursive query changes the types of the first."""
    items = part.items if isinstance(part, ast.Select) else ()
    for place, (one, other) in enumerate(zip(first, overall, strict=True), 1):
        if one.type.base is not other.type.base:
            raise DatatypeMismatch(
                f'recursive query "{name}" column {place} has type {one.type.formatted()} in non-recursive'
                f" term but type {other.type.formatted()} overall",
                hint="Cast the output of the non-recursive term to the correct type.",
                position=items[place - 1].expression.span[0] + 1 if len(items) == len(first) else None,
            )


# How many rows lead to the one behind a row, which begins with how many lead to it.
_DEEPER = Function(
    name="depth", arguments=(Argument(type="record"),), result="bigint", run=lambda row: row[0] + 1
)
