"""Expressions of analysed queries as closures over a frame: `Compiler(...).value(node, layout)`.

A closure gives an internal value (`vql.functions.declare`). What has no column in it is a constant of the
execution: it is computed when that begins, as PostgreSQL's planner does, so that what raises raises whether
there are rows or not; but when a row asks for it, where it depends on the session, or where other constants
may keep it from being looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter
from typing import Any, NamedTuple

from vql.errors import Error
from vql.executor.tuples.coercions import (
    NOTHING,
    coerced_value,
    query_array_function,
    row_function,
)
from vql.executor.tuples.constants import constant_reader
from vql.executor.tuples.frame import EXECUTION, OUTER, Frame, Layout, NotByTuples, Value
from vql.functions.arrays.making import array_constructor
from vql.functions.arrays.series import unnest
from vql.functions.declare import Function
from vql.language.analyze import tree
from vql.language.analyze.aggregation import folds, has_series
from vql.language.analyze.values.domains import COLUMN
from vql.language.analyze.values.rows import QUERY_ROWS
from vql.language.ast.walk import walk
from vql.types.type import Type

# The rows of a query, in a frame around it.
Rows = Callable[[Frame], "list[tuple[Any, ...]]"]


class Compiled(NamedTuple):
    """What gives a value, and whether it is the same for all rows of an execution."""

    call: Value
    is_constant: bool


class Settled(NamedTuple):
    """A value to be computed once; when the execution begins, where it `is_eager`."""

    call: Value
    is_eager: bool


def too_many_rows() -> Error:
    """Return the error of a query that stands for one value."""
    return Error("more than one row returned by a subquery used as an expression", sqlstate="21000")


class ExpressionCompiler:
    """Makes closures of expressions; `constants` are those of the whole program."""

    def __init__(self) -> None:
        self.constants: list[Settled] = []
        self.needs_environment = False
        # The names of all columns that the whole query names.
        self.read: frozenset[str] = frozenset()
        self._is_guarded = False

    def query(self, node: tree.Query, outer: Layout | None) -> tuple[Rows, bool]:
        """Return what gives the rows of a query, and whether it names columns of the queries around it."""
        raise NotImplementedError

    def value(self, node: tree.Expr, layout: Layout) -> Value:
        """Return what gives the value of an expression. Raises NotByTuples."""
        return self._kept(node, self._compiled(node, layout)).call

    def condition(self, node: tree.Expr, layout: Layout) -> Value:
        """Return `value` of a condition: what is not true, NULL as well, keeps a row out."""
        return self.value(node, layout)

    # -------------------------------------------------------------- constants

    def _kept(self, node: tree.Expr, found: Compiled) -> Compiled:
        """Return a constant as one that is computed once."""
        if not found.is_constant or isinstance(node, tree.Const | tree.Param):
            return found
        is_eager = (
            not self._is_guarded and not _is_stable(node) or isinstance(node, tree.Coerce) and node.is_literal
        )
        return Compiled(self.once(found.call, is_eager), True)

    def once(self, call: Value, is_eager: bool) -> Value:
        """Return what gives a value that is computed once an execution."""
        place = len(self.constants)
        self.constants.append(Settled(call, is_eager))

        def kept(frame: Frame) -> Any:
            values = frame[EXECUTION].constants
            found = values[place]
            if found is NOTHING:
                found = values[place] = call(frame)
            return found

        return kept

    @contextmanager
    def _guarded(self, is_guarded: bool) -> Iterator[None]:
        """Compile what other constants may keep from being looked at."""
        before = self._is_guarded
        self._is_guarded = before or is_guarded
        try:
            yield
        finally:
            self._is_guarded = before

    def _all(self, nodes: Sequence[tree.Expr], layout: Layout) -> tuple[list[Value], bool]:
        """Return the values of some expressions, and whether all are constants; where not all are, those that
        are one are computed once."""
        found = [self._compiled(node, layout) for node in nodes]
        is_constant = all(each.is_constant for each in found)
        if not is_constant:
            found = [self._kept(node, each) for node, each in zip(nodes, found, strict=True)]
        return [each.call for each in found], is_constant

    # -------------------------------------------------------------- expressions

    def _compiled(self, node: tree.Expr, layout: Layout) -> Compiled:
        match node:
            case tree.Const(value=value):
                return Compiled(lambda frame: value, True)
            case tree.Param():
                return self._parameter(node)
            case tree.Var():
                return self._column(node, layout)
            case tree.FuncExpr(function=function, arguments=arguments):
                if function.gives_rows:
                    raise NotByTuples("a function that gives rows")
                return self._call(function, arguments, layout)
            case tree.Coerce():
                return self._coerced(node, layout)
            case tree.BoolExpr():
                return self._bool(node, layout)
            case tree.BooleanTest():
                return self._test(node, layout)
            case tree.Aggref():
                return self._fold(node, layout)
            case tree.SubLink():
                return self._sublink(node, layout)
        return self._chosen(node, layout)

    def _chosen(self, node: tree.Expr, layout: Layout) -> Compiled:
        match node:
            case tree.CaseExpr():
                return self._case(node, layout)
            case tree.ChoiceExpr(kind="coalesce"):
                return self._coalesce(node, layout)
            case tree.ChoiceExpr():
                return self._extreme(node, layout)
            case tree.NullIfExpr(equality=equality, value=value):
                (same, kept), is_constant = self._all((equality, value), layout)
                return Compiled(lambda frame: None if same(frame) else kept(frame), is_constant)
            case tree.DistinctExpr(left=left, right=right, negated=negated):
                (one, other), is_constant = self._all((left, right), layout)
                key = keyed(left.type)
                return Compiled(lambda frame: (key(one(frame)) == key(other(frame))) is negated, is_constant)
            case tree.InExpr() | tree.ArrayComparison():
                return self._among(node, layout)
            case tree.ArrayExpr(items=items):
                values, is_constant = self._all(items, layout)
                are_arrays = bool(items) and items[0].type.is_array
                return Compiled(
                    lambda frame: array_constructor([value(frame) for value in values], are_arrays),
                    is_constant,
                )
            case tree.RowExpr(items=items, nullable=nullable):
                made = self._call(row_function(node), items, layout)
                if not nullable:
                    return made
                cells = self._all(items, layout)[0]

                def row(frame: Frame) -> Any:
                    return made.call(frame) if any(c(frame) is not None for c in cells) else None

                return Compiled(row, made.is_constant)
            case tree.CoerceToDomain():
                return self._in_domain(node, layout)
        raise NotByTuples("GROUPING()")

    def _parameter(self, node: tree.Param) -> Compiled:
        index, type_ = node.index, node.type
        if index < 0:
            raise NotByTuples("a parameter of its own")
        return Compiled(self.once(lambda frame: frame[EXECUTION].parameter(index, type_), True), True)

    def _column(self, node: tree.Var, layout: Layout) -> Compiled:
        depth, place = layout.find(node)
        if depth == 0:
            return Compiled(itemgetter(place), False)
        if depth == 1:
            return Compiled(lambda frame: frame[OUTER][place], False)

        def outwards(frame: Frame) -> Any:
            for _ in range(depth):
                frame = frame[OUTER]
            return frame[place]

        return Compiled(outwards, False)

    def _call(self, function: Function, arguments: Sequence[tree.Expr], layout: Layout) -> Compiled:
        run = function.run
        if run is None:
            raise NotByTuples(function.name)
        values, is_constant = self._all(arguments, layout)
        is_constant = is_constant and function.volatility != "volatile"
        if function.volatility == "volatile":
            self._refuse_volatile(function)
        types = (tuple(a.type.sized(None) for a in arguments),) if function.needs_types else ()
        if function.needs_environment:
            self.needs_environment = True
        if not function.needs_environment and not types and len(values) in (1, 2):
            return Compiled(_quick_call(run, values, function.is_strict), is_constant)
        strict, said = function.is_strict, function.needs_environment

        def call(frame: Frame) -> Any:
            given = [value(frame) for value in values]
            if strict and any(value is None for value in given):
                return None
            return run(frame[EXECUTION].environment, *types, *given) if said else run(*types, *given)

        return Compiled(call, is_constant)

    def _refuse_volatile(self, function: Function) -> None:
        """Raise NotByTuples where a function may not be called once more by DuckDB."""

    def _coerced(self, node: tree.Coerce, layout: Layout) -> Compiled:
        (operand,), is_constant = self._all((node.operand,), layout)
        found = node.conversion
        if found is not None and found.run is None:
            raise NotByTuples(f"{found.source} as {found.result}")
        is_plain = found is not None and not node.is_elementwise and not node.by_text
        if is_plain and node.type.modifier is None and found is not None:
            run = found.run
            if not found.needs_environment and not found.needs_modifier and run is not None:
                return Compiled(_quick_call(run, [operand], True), is_constant)
        self.needs_environment = True
        literal = node.operand
        if isinstance(literal, tree.Const):
            read = constant_reader(node, literal)
            return Compiled(lambda frame: read(frame[EXECUTION].environment), True)

        def coerce(frame: Frame) -> Any:
            value = operand(frame)
            return None if value is None else coerced_value(node, value, frame[EXECUTION].environment)

        return Compiled(coerce, is_constant)

    def _in_domain(self, node: tree.CoerceToDomain, layout: Layout) -> Compiled:
        inner, type_ = Layout(layout), node.type
        inner.add(None, (COLUMN,))
        operand = self._compiled(node.operand, layout)
        value = tree.Var(None, COLUMN, type_.element if type_.is_of_domains else type_.plain)
        checked = self._call(node.check, (value, *node.conditions), inner).call

        def check(frame: Frame) -> Any:
            found = operand.call(frame)
            if not type_.is_of_domains:
                return checked([frame, frame[EXECUTION], found])
            for item in () if found is None else unnest(found):
                checked([frame, frame[EXECUTION], item])
            return found

        return Compiled(check, operand.is_constant)

    # -------------------------------------------------------------- three values

    def _bool(self, node: tree.BoolExpr, layout: Layout) -> Compiled:
        if node.op == "NOT":
            found = self._compiled(node.operands[0], layout)

            def negated(frame: Frame) -> Any:
                value = found.call(frame)
                return None if value is None else not value

            return Compiled(negated, found.is_constant)
        values, are_constant, before = list[Value](), True, False
        for operand in node.operands:
            with self._guarded(before):
                each = self._compiled(operand, layout)
                values.append(self._kept(operand, each).call)
            before = before or each.is_constant
            are_constant = are_constant and each.is_constant
        decides = node.op == "OR"

        def joined(frame: Frame) -> Any:
            return _decided((value(frame) for value in values), decides)

        return Compiled(joined, are_constant)

    def _test(self, node: tree.BooleanTest, layout: Layout) -> Compiled:
        found, is_constant = self._compiled(node.operand, layout)
        wanted, negated = {"TRUE": True, "FALSE": False}.get(node.test), node.negated
        return Compiled(lambda frame: (found(frame) is wanted) is not negated, is_constant)

    def _case(self, node: tree.CaseExpr, layout: Layout) -> Compiled:
        whens, are_constant, before = list[tuple[Value, Value]](), True, False
        for when, then in node.whens:
            with self._guarded(before):
                test = self._compiled(when, layout)
                before = before or test.is_constant
                with self._guarded(before):
                    value = self._compiled(then, layout)
                    whens.append((self._kept(when, test).call, self._kept(then, value).call))
            are_constant = are_constant and test.is_constant and value.is_constant
        with self._guarded(before):
            other = self._compiled(node.otherwise, layout)
            otherwise = self._kept(node.otherwise, other).call

        def case(frame: Frame) -> Any:
            for test, value in whens:
                if test(frame):
                    return value(frame)
            return otherwise(frame)

        return Compiled(case, are_constant and other.is_constant)

    def _coalesce(self, node: tree.ChoiceExpr, layout: Layout) -> Compiled:
        values, are_constant, before = list[Value](), True, False
        for argument in node.arguments:
            with self._guarded(before):
                each = self._compiled(argument, layout)
                values.append(self._kept(argument, each).call)
            before = before or each.is_constant
            are_constant = are_constant and each.is_constant

        def first(frame: Frame) -> Any:
            return next((found for value in values if (found := value(frame)) is not None), None)

        return Compiled(first, are_constant)

    def _extreme(self, node: tree.ChoiceExpr, layout: Layout) -> Compiled:
        values, is_constant = self._all(node.arguments, layout)
        pick, key = (max if node.kind == "greatest" else min), node.type.base.order_key

        def extreme(frame: Frame) -> Any:
            found = [v for value in values if (v := value(frame)) is not None]
            return pick(found, key=key, default=None)

        return Compiled(extreme, is_constant)

    def _among(self, node: tree.InExpr | tree.ArrayComparison, layout: Layout) -> Compiled:
        """Return a comparison with each item of a list or an array."""
        run = node.function.run
        if run is None or node.function.needs_environment or node.function.needs_types:
            raise NotByTuples(node.function.name)
        strict = node.function.is_strict
        if isinstance(node, tree.InExpr):
            (left, *items), is_constant = self._all((node.left, *node.items), layout)
            is_any, negated = True, node.negated
            found_in: Value = lambda frame: [item(frame) for item in items]  # noqa: E731
        else:
            (left, found_in), is_constant = self._all((node.left, node.right), layout)
            is_any, negated = node.is_any, False

        def among(frame: Frame) -> Any:
            value, others = left(frame), found_in(frame)
            if others is None:
                return None
            held = (
                None if strict and (value is None or other is None) else run(value, other)
                for other in unnest(others)
            )
            return _decided(held, is_any, negated)

        return Compiled(among, is_constant)

    # -------------------------------------------------------------- aggregates and queries

    def _fold(self, node: tree.Aggref, layout: Layout) -> Compiled:
        if node.over is not None or not layout.may_fold:
            raise NotByTuples("a window")
        if node not in layout.folds:
            layout.folds.append(node)
        place = layout.width + layout.folds.index(node)
        return Compiled(itemgetter(place), False)

    def _sublink(self, node: tree.SubLink, layout: Layout) -> Compiled:
        query = without_columns(node.query, in_from=False) if node.kind == "exists" else node.query
        rows, is_correlated = self.query(query, layout)
        if not is_correlated:
            # Once an execution, when the first row asks for it.
            alone = self.once(lambda frame: rows([None, frame[EXECUTION]]), False)
        found = rows if is_correlated else alone
        match node.kind:
            case "exists":
                return Compiled(lambda frame: bool(found(frame)), False)
            case "array":
                array = query_array_function(node.query.columns[0].type.is_array).run
                assert array is not None
                return Compiled(lambda frame: array([row[0] for row in found(frame)]), False)
            case "scalar":
                return Compiled(lambda frame: _only(found(frame), 0), False)
        assert node.test is not None, "what compares with a query's rows"
        inner = Layout(layout)
        inner.add(QUERY_ROWS, [column.column for column in node.query.columns])
        test = self.value(node.test, inner)
        if node.kind == "row":

            def compared(frame: Frame) -> Any:
                row = _only(found(frame), None)
                return None if row is None else test([frame, frame[EXECUTION], *row])

            return Compiled(compared, False)
        is_any, negated = node.kind == "any", node.negated

        def quantified(frame: Frame) -> Any:
            held = (test([frame, frame[EXECUTION], *row]) for row in found(frame))
            return _decided(held, is_any, negated)

        return Compiled(quantified, False)


def without_columns(node: tree.Query, read: Collection[str] = (), in_from: bool = True) -> tree.Query:
    """Return a query in FROM, or of EXISTS, whose columns that nobody reads are NULL: PostgreSQL computes
    none of them but for functions that give rows, which say how many there are, and volatile ones in FROM."""
    if not isinstance(node, tree.SelectQuery) or node.distinct or node.distinct_on:
        return node
    sorts = {key.target for key in node.order_by}
    targets = tuple(
        target
        if target.column in read
        or place in sorts
        or folds(target.expression)
        or has_series(target.expression)
        or in_from
        and tree.is_volatile(target.expression)
        else replace(target, expression=tree.Const(None, target.expression.type))
        for place, target in enumerate(node.targets)
    )
    return replace(node, targets=targets)


def _decided(held: Iterable[Any], is_any: bool, negated: bool = False) -> Any:
    """Return whether any, or all, of some truth values hold: one that is unknown makes unknown what no other
    decides."""
    made: Any = not is_any
    for each in held:
        if each is is_any:
            made = is_any
            break
        if each is None:
            made = None
    return not made if negated and made is not None else made


def _only(rows: Sequence[tuple[Any, ...]], column: int | None) -> Any:
    """Return a query's one row, or a column of it; None where there is none. Raises 21000."""
    if len(rows) > 1:
        raise too_many_rows()
    if not rows:
        return None
    return rows[0] if column is None else rows[0][column]


def _quick_call(run: Callable[..., Any], values: Sequence[Value], strict: bool) -> Value:
    """Return a call of one or two arguments."""
    one = values[0]
    if len(values) == 1:
        if not strict:
            return lambda frame: run(one(frame))
        return lambda frame: None if (value := one(frame)) is None else run(value)
    other = values[1]
    if not strict:
        return lambda frame: run(one(frame), other(frame))

    def call(frame: Frame) -> Any:
        left, right = one(frame), other(frame)
        return None if left is None or right is None else run(left, right)

    return call


def _is_stable(root: tree.Expr) -> bool:
    """Whether a value depends on the session: it raises when a row asks for it."""
    for node in walk(root):
        match node:
            case tree.FuncExpr(function=function) if function.volatility != "immutable":
                return True
            case tree.Coerce() if tree.is_of_session(node):
                return True
    return False


def keyed(type_: Type) -> Callable[[Any], Any]:
    """Return what is equal for equal internal values, None for NULL."""
    order_key = type_.base.order_key
    return lambda value: None if value is None else order_key(value)
