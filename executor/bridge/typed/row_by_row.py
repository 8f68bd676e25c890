"""Columns that take numbers of sequences after each other: `row_by_row(query, ...)`.

PostgreSQL computes a row, left to right, before the next one; DuckDB computes a column, then the next one. A
SELECT whose calls of sequences see each other's numbers is taken apart: DuckDB finds its rows, and for each
of them a program of `vql.executor.tuples` computes what calls sequences.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from vql.deadline import Deadline
from vql.errors import NotSupportedError
from vql.executor.tuples.coercions import NOTHING, internal
from vql.executor.tuples.expressions import ExpressionCompiler, Rows
from vql.executor.tuples.frame import Frame, Layout, NotByTuples, Value
from vql.functions.declare import Environment
from vql.language.analyze import tree
from vql.language.analyze.rewrites import RowParts, calls_of_sequences
from vql.language.ast.walk import nodes_of
from vql.types.type import Type

# What a column that a program computes is called.
MADE = "vql__made{0}"


class Apart(NamedTuple):
    """A SELECT taken apart: the `rows` that a program goes through, `limit` and `offset` counting those that
    it skips, the columns that it has `made`, and what the SELECT gives over both."""

    rows: tree.SelectQuery
    limit: tree.Expr | None
    offset: tree.Expr | None
    program: Computation
    made: tuple[tree.OutputColumn, ...]
    targets: tuple[tree.Target, ...]


class Computation:
    """Computes conditions and columns of a row, one row after the other, whichever thread asks."""

    def __init__(
        self, layout: Layout, parameter: Callable[[int, Type], object], environment: Environment
    ) -> None:
        self.environment = environment
        self.constants: list[Any] = []
        self._compiler = _Compiler()
        self._layout = layout
        self._given = parameter
        self._conditions: list[Value] = []
        self._values: list[Value] = []
        self._lock = threading.Lock()

    @property
    def deadline(self) -> Deadline:
        """The statement's."""
        return self.environment.deadline

    def parameter(self, index: int, type_: Type) -> Any:
        """Return the internal value of a parameter."""
        return internal(self._given(index, type_), type_)

    def compile(self, conditions: Sequence[tree.Expr], values: Sequence[tree.Expr]) -> None:
        """Say what is computed of a row. Raises NotByTuples."""
        self._conditions = [self._compiler.condition(each, self._layout) for each in conditions]
        self._values = [self._compiler.value(each, self._layout) for each in values]
        self.constants = [NOTHING] * len(self._compiler.constants)

    def __call__(self, cells: Iterable[Any]) -> list[Any] | None:
        """Return the columns of a row; None where a condition keeps it out."""
        frame: Frame = [None, self, *cells]
        with self._lock:
            if not all(condition(frame) for condition in self._conditions):
                return None
            return [value(frame) for value in self._values]


class _Compiler(ExpressionCompiler):
    def query(self, node: tree.Query, outer: Layout | None) -> tuple[Rows, bool]:
        raise NotByTuples("a query in an expression")


def row_by_row(
    node: tree.SelectQuery,
    alias: str,
    parameter: Callable[[int, Type], object],
    environment: Environment,
    *,
    is_whole: bool = False,
) -> Apart:
    """Take a SELECT apart whose rows are called `alias`; with `is_whole` all its columns are computed for
    each row, and not only those that call sequences. Raises 0A000 where PostgreSQL would compute some of it
    in another order."""
    conditions = _conjuncts(node.where)
    calling = [each for each in conditions if calls_of_sequences(each)]
    others = [each for each in conditions if not calls_of_sequences(each)]
    if not _is_simple(node, calling, others):
        raise _refused()
    parts = RowParts(node, alias)
    made: list[tree.Expr] = []
    targets = []
    for target in node.targets:
        over = parts.over(target.expression)
        if is_whole or calls_of_sequences(over):
            made.append(over)
            over = tree.Var(alias, MADE.format(len(made) - 1), over.type)
        targets.append(replace(target, expression=over))
    tests = [parts.over(each) for each in calling]
    if any(calls_of_sequences(part) for part in parts.targets):
        raise _refused()
    where = tree.BoolExpr("AND", tuple(others)) if len(others) > 1 else (*others, None)[0]
    rows = parts.beside(replace(node, targets=(), columns=(), where=where, limit=None, offset=None))
    layout = Layout()
    layout.add(alias, [column.column for column in rows.columns])
    program = Computation(layout, parameter, environment)
    try:
        program.compile(tests, made)
    except NotByTuples:
        raise _refused() from None
    names = [MADE.format(place) for place in range(len(made))]
    columns = tuple(tree.OutputColumn(n, n, each.type) for n, each in zip(names, made, strict=True))
    return Apart(rows, node.limit, node.offset, program, columns, tuple(targets))


def _is_simple(node: tree.SelectQuery, calling: Sequence[tree.Expr], others: Sequence[tree.Expr]) -> bool:
    """Whether rows are found first, then tested, then computed."""
    if node.distinct or node.distinct_on or node.order_by:
        return False
    if any(
        isinstance(t.expression, tree.FuncExpr) and t.expression.function.gives_rows for t in node.targets
    ):
        return False
    if calls_of_sequences(replace(node, targets=(), where=None)):
        return False
    if not calling:
        return True
    # PostgreSQL tests rows of one relation by all conditions, the cheap ones first.
    is_one = len(node.sources) == 1 and not isinstance(node.sources[0], tree.JoinExpr)
    is_plain = not (node.group_by or node.grouping_sets or node.having or node.limit or node.offset)
    return is_one and is_plain and not any(True for _ in nodes_of(tuple(others), tree.SubLink))


def _conjuncts(where: tree.Expr | None) -> tuple[tree.Expr, ...]:
    if isinstance(where, tree.BoolExpr) and where.op == "AND":
        return where.operands
    return () if where is None else (where,)


def _refused() -> NotSupportedError:
    return NotSupportedError(
        "several calls of one sequence for each row of a table are not supported yet",
        hint="Call nextval() once for each row, and compute the rest from that.",
    )
