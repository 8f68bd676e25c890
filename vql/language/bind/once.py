"""Values that no row changes: computed once an execution, as lower('A') and now() - interval '1 day' are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vql import schema
from vql.language import ast, plan
from vql.language.analyze import tree
from vql.language.ast.sql_text import expression_text
from vql.language.ast.walk import parts_of, walk
from vql.language.bind.forms import ranks_rows
from vql.language.bind.names import Tables
from vql.language.bind.relational import analyzed
from vql.types.type import UNKNOWN, Type

# What a value that no row changes does not have in it.
OF_ROWS = ast.Name | ast.Star | ast.Default | ast.Query | ast.Row


class OnceOnly:
    """Which expressions of a statement name no column; the outermost of those are looked at as a whole. Those
    of one text are one value: a distance that stands in the select list and in ORDER BY is one."""

    def __init__(self) -> None:
        self._made: dict[str, plan.Once | None] = {}
        self._roots: list[ast.Expression] = []  # held, so that ids stay their own
        self._known: set[int] = set()
        self._found: set[int] = set()
        self._is_within = False

    def begins(self, node: ast.Expression) -> bool:
        """Whether an expression that is bound names no column, and is no part of one that does not."""
        if self._is_within:
            return False
        if id(node) not in self._known:
            self._look_at(node)
        return id(node) in self._found

    @contextmanager
    def within(self) -> Iterator[None]:
        """Bind the parts of an expression that names no column."""
        self._is_within = True
        try:
            yield
        finally:
            self._is_within = False

    def value(
        self, node: ast.Expression, make: Callable[[ast.Expression], plan.Once | None]
    ) -> plan.Once | None:
        """Return the value of an expression that names no column; `make` makes it, where it is the first."""
        text = expression_text(node)
        if text not in self._made:
            self._made[text] = make(node)
        return self._made[text]

    def _look_at(self, root: ast.Expression) -> None:
        self._roots.append(root)
        for node in reversed(walk(root)):  # parts before the whole
            self._known.add(id(node))
            if not isinstance(node, OF_ROWS) and all(id(part) in self._found for part in _nodes_in(node)):
                self._found.add(id(node))


def _nodes_in(node: object) -> Iterator[object]:
    stack = [getattr(node, name) for name in parts_of(type(node)) or ()]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack += part
        elif parts_of(type(part)) is not None:
            yield part


def computed_once(
    expression: ast.Expression, tables: Tables, types: list[Type], target: schema.Column | None = None
) -> plan.Once | None:
    """Return the value of an expression without columns; None where it is another one for each row, or of no
    type of a column. With a `target` it is that of a single row, assigned to the column. Completes the types
    of parameters. Raises what is wrong."""
    if any(map(ranks_rows, walk(expression))):
        return None  # it reads a table
    query = ast.Select((ast.SelectItem(expression, "value"),), targets=() if target is None else (target,))
    found = analyzed(query, tables, types)
    type_ = found.query.columns[0].type
    if found.reads or type_ == UNKNOWN or not type_.is_storable:
        return None
    is_stable = False
    for node in walk(found.query):
        match node:
            case tree.Aggref():
                return None
            case tree.FuncExpr(function=function):
                if function.gives_rows or function.volatility == "volatile" and target is None:
                    return None
                is_stable |= function.volatility != "immutable"
            case tree.Coerce(is_literal=False):
                is_stable |= tree.is_of_session(node)
    return plan.Once(plan.RelationalPlan(query, None, found), type_, is_stable)
