"""The numpy evaluator: plan scalars and predicates over the columns of a segment.

Predicates follow SQL's three-valued logic as two boolean arrays: `true`, and `known` (None where
every row is known). A comparison of a string column with a constant touches each distinct string
once, through the dictionary, and then only codes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from vql.deadline import check_deadline, watched
from vql.errors import DataError, DatatypeMismatch
from vql.executor.knn.scans.distances import check_size, column_distances
from vql.executor.rows.arithmetic import arithmetic, both_valid, cast_column
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.comparisons import (
    by_code,
    comparable_pair,
    compare_arrays,
    compare_value,
    like_regex,
)
from vql.executor.rows.sources import ColumnSource, RowSource, Source
from vql.functions.declare import Environment, Function
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.index.words import WordIndex, WordRows
from vql.types.arrays.dimensions import flat
from vql.types.forms.ndarrays import Bools
from vql.types.type import BOOLEAN, Type

# Elements that arrays are looked through for, one after the other; more cost as much as to read all arrays.
LOOKED_FOR_MAX = 8


# Scalars that differ from row to row, or are computed as if they did.
BY_ROW = plan.ColumnRead | plan.Distance | plan.Arithmetic | plan.Converted | plan.Condition


class Truth(NamedTuple):
    """Outcome of a predicate: `true` holds only where `known` does; known None means everywhere."""

    true: Bools
    known: Bools | None


class Delegate(Protocol):
    """Computes what numpy has no form for."""

    def subquery(
        self, node: plan.SubqueryValue | plan.SubqueryExpression | plan.Once, parameters: Sequence[object]
    ) -> object:
        """Return the value of a scalar subquery or of an expression without columns."""

    def compute(self, residual: plan.Residual, rows: Source, parameters: Sequence[object]) -> Column:
        """Return an expression's values over rows, in their order."""

    def relational(self, node: plan.RelationalPlan) -> RecordBatch:
        """Return the rows of a query that is a part of the statement."""

    def environment(self) -> Environment:
        """Return what the session says."""


class Evaluator:
    """Evaluates over one execution's parameters; a subquery is run once an execution."""

    def __init__(self, parameters: Sequence[object], delegate: Delegate) -> None:
        self.parameters = parameters
        self._delegate = delegate
        self._computed: dict[int, object] = {}

    def restart(self, parameters: Sequence[object]) -> None:
        """Begin another execution of the same statement."""
        self.parameters = parameters
        if self._computed:
            self._computed.clear()

    def beside(self, parameters: Sequence[object]) -> Evaluator:
        """Return one over other parameters."""
        return Evaluator(parameters, self._delegate)

    def compute(self, residual: plan.Residual, rows: Source) -> Column:
        """Evaluate an expression that numpy has no form for, for every row."""
        return self._delegate.compute(residual, rows, self.parameters)

    def relational(self, node: plan.RelationalPlan) -> RecordBatch:
        """Return the rows of a query that is a part of the statement."""
        return self._delegate.relational(node)

    def environment(self) -> Environment:
        """Return what the session says."""
        return self._delegate.environment()

    # -------------------------------------------------------------- values

    def value(self, scalar: plan.Scalar) -> object:
        """Return the canonical value of a scalar that reads no column."""
        if type(scalar) is plan.Parameter:
            return self.parameters[scalar.index]
        match scalar:
            case plan.Constant(value=bytes() as raw, type=type_) if type_.is_vector:
                return np.frombuffer(raw, type_.base.array_dtype)
            case plan.Constant(value=value):
                return value
            case plan.Parameter(index=index):
                return self.parameters[index]
            case plan.SubqueryValue() | plan.SubqueryExpression() | plan.Once():
                key = id(scalar)  # the plan holds it
                if key not in self._computed:
                    self._computed[key] = self._delegate.subquery(scalar, self.parameters)
                return self._computed[key]
        raise AssertionError(f"no single value: {scalar}")

    def scalar(self, scalar: plan.Scalar, source: Source) -> Column:
        """Evaluate a scalar for every row of `source`."""
        match scalar:
            case plan.ColumnRead(position=position):
                return source.column(position)
            case plan.Distance():
                return self.distance(scalar, source)
            case plan.Arithmetic(op=op, left=left, right=right, type=type_):
                return arithmetic(op, self.scalar(left, source), self.scalar(right, source), type_)
            case plan.Converted(operand=operand, type=type_):
                return cast_column(self.scalar(operand, source), type_)
            case plan.Condition(predicate=predicate):
                truth = self.predicate(predicate, source)
                return Column(BOOLEAN, truth.true, truth.known, None)
            case plan.Computed(residual=residual):
                return self.compute(residual, source)
            case plan.Once(is_stable=True) if not source.rows:
                return Column.empty(scalar.type)  # as PostgreSQL, which computes it for rows alone
        value = self.value(scalar)
        return repeated(scalar.type, value, source.rows)

    def distance(self, node: plan.Distance, source: Source) -> Column:
        """Exact distances of every row; NULL where the vector or the query is."""
        vectors = source.column(node.position)
        query = self.value(node.query)
        if query is None:
            return repeated(node.type, None, source.rows)
        if source.rows:
            # A single number would be taken for every dimension.
            check_size(vectors.type, query)
        found = column_distances(vectors, query, node.metric)
        return Column(node.type, found if node.sign > 0 else -found, vectors.valid, None)

    # -------------------------------------------------------------- predicates

    def predicate(self, node: plan.Predicate, source: Source) -> Truth:
        """Evaluate a predicate for every row of `source`."""
        match node:
            case plan.And(items=items):
                return self._conjunction(items, source)
            case plan.Or(items=items):
                return negation(self._conjunction(tuple(map(plan.Not, items)), source))
            case plan.Not(item=item):
                return negation(self.predicate(item, source))
            case plan.Compare():
                return self._compare(node, source)
            case plan.InList(operand=operand, items=items):
                return self._membership(operand, [self.value(item) for item in watched(items)], source)
            case plan.InArray(operand=operand, array=array):
                items_ = self.value(array)
                if items_ is None:
                    return unknown(source.rows)
                assert isinstance(items_, list | tuple)
                return self._membership(operand, list(flat(items_)), source)
            case plan.ElementTest():
                return self._elements(node, source)
            case plan.OperatorTest():
                return self._operator_test(node, source)
            case plan.LikePattern():
                return self._like(node, source)
            case plan.IsNull(operand=operand):
                valid = self.scalar(operand, source).valid
                return Truth(np.zeros(source.rows, bool) if valid is None else ~valid, None)
            case plan.IsTrue(operand=operand):
                column = self.scalar(operand, source)
                return masked(column.data.astype(bool, copy=False), column.valid)
            case plan.Residual():
                column = self.compute(node, source)
                if column.type != BOOLEAN:
                    raise DatatypeMismatch(
                        f"argument of WHERE must be type boolean, not type {column.type}",
                        position=node.expression.span[0] + 1,
                    )
                return masked(column.data.astype(bool, copy=False), column.valid)
        raise AssertionError(f"no predicate: {node}")

    def _conjunction(self, items: tuple[plan.Predicate, ...], source: Source) -> Truth:
        """Evaluate all items over all rows; after an error one by one, where those before are not false:
        distances last, which vectors of other dimensions do not have."""
        try:
            truth = self.predicate(items[0], source)
            for item in items[1:]:
                check_deadline()
                truth = conjunction(truth, self.predicate(item, source))
            return truth
        except DataError:
            if len(items) == 1:
                raise
        true, known = np.ones(source.rows, bool), np.ones(source.rows, bool)
        for item in sorted(items, key=_reads_distance):
            rows = np.flatnonzero(true | ~known)
            truth = self.predicate(item, RowSource(source, rows))
            known[rows] = falsehood(truth) | (known[rows] & (True if truth.known is None else truth.known))
            true[rows] &= truth.true
        return Truth(true, known)

    def _compare(self, node: plan.Compare, source: Source) -> Truth:
        left = self.scalar(node.left, source)
        if isinstance(node.right, BY_ROW):
            right = self.scalar(node.right, source)
            valid = both_valid(left.valid, right.valid)
            return masked(compare_arrays(node.op, *comparable_pair(left, right)), valid)
        value = self.value(node.right)
        if value is None:
            return unknown(source.rows)
        return masked(compare_value(node.op, left, value, node.right.type), left.valid)

    def _membership(self, operand: plan.Scalar, items: list[object], source: Source) -> Truth:
        column = self.scalar(operand, source)
        present = [item for item in items if item is not None]
        true = np.zeros(source.rows, bool)
        if column.type.is_integer and all(isinstance(item, int) for item in present):
            true = np.isin(column.data, np.array(present, "i8")) if present else true
        elif (
            len(present) > LOOKED_FOR_MAX
            and column.type.is_string_stored
            and column.type.base.orders_as_stored
        ):
            assert column.dictionary is not None
            wanted = {str(column.type.stored(item)) for item in watched(present)}
            hits = np.fromiter(map(wanted.__contains__, watched(column.dictionary.values().tolist())), bool)
            true = by_code(hits, column.data)
        else:
            for item in present:
                true |= compare_value("=", column, item, column.type)
        known = column.valid
        if len(present) < len(items):
            known = true if known is None else true & known
        return masked(true, known)

    def _elements(self, node: plan.ElementTest, source: Source) -> Truth:
        """Test each distinct array once, through the elements that all of them have."""
        column = self.scalar(node.array, source)
        if isinstance(node.values, tuple):
            wanted: object = [self.value(item) for item in node.values]
        else:
            wanted = self.value(node.values)
        assert column.dictionary is not None
        arrays, codes = column.dictionary, column.data
        if node.op in ("= ANY", "= ALL"):
            if wanted is None:  # of no elements any is false, all is true
                empty = codes == arrays.find("[]")
                return masked(empty & (node.op == "= ALL"), both_valid(column.valid, empty))
            if node.op == "= ANY":
                found = arrays.arrays_having(wanted)
                known = found | ~arrays.arrays_having(None)
            else:
                found = arrays.elements().within((wanted,))
                known = found | ~arrays.elements().within((wanted, None))
            return masked(by_code(found, codes), both_valid(column.valid, by_code(known, codes)))
        if wanted is None:
            return unknown(source.rows)
        assert isinstance(wanted, list | tuple)
        # A NULL is like no element, also of the other side.
        given = dict.fromkeys(flat(wanted))
        values = [item for item in given if item is not None]
        if node.op == "<@":
            found = arrays.elements().within(values)
        elif node.op == "&&":
            found = np.zeros(len(arrays), bool)
            if len(values) > LOOKED_FOR_MAX:
                found = arrays.elements().having_any(values)
            else:
                found = np.logical_or.reduce([found, *map(arrays.arrays_having, values)])
        else:
            found = np.full(len(arrays), len(values) == len(given))
            for item in values:
                found = found & arrays.arrays_having(item)
        return masked(by_code(found, codes), column.valid)

    def _operator_test(self, node: plan.OperatorTest, source: Source) -> Truth:
        """Test each distinct value once, or the candidates of an index."""
        column = self.scalar(node.operand, source)
        wanted = self.value(node.value)
        if wanted is None:
            return unknown(source.rows)
        found = listed(source, node.operand.position, node.operator.name, wanted)
        if found is not None and found.is_exact:
            return masked(found.passed(), column.valid)
        known = np.arange(source.rows) if column.valid is None else np.flatnonzero(column.valid)
        rows = known if found is None else found.offsets
        passed = np.zeros(source.rows, bool)
        passed[rows] = _tested(node.operator, column.take(rows), wanted)
        return masked(passed, column.valid)

    def _like(self, node: plan.LikePattern, source: Source) -> Truth:
        column = self.scalar(node.operand, source)
        pattern = self.value(node.pattern)
        if pattern is None:
            return unknown(source.rows)
        matches = re.compile(like_regex(str(pattern)), re.I | re.S if node.ignore_case else re.S).fullmatch
        assert column.dictionary is not None
        hits = np.fromiter(
            (bool(matches(text)) for text in watched(column.dictionary.values().tolist())), bool
        )
        return masked(by_code(hits, column.data), column.valid)


# ------------------------------------------------------------------ three-valued logic


def conjunction(a: Truth, b: Truth) -> Truth:
    """AND: false wins over unknown, unknown over true."""
    true = a.true & b.true
    if a.known is None and b.known is None:
        return Truth(true, None)
    return Truth(true, true | falsehood(a) | falsehood(b))


def falsehood(truth: Truth) -> Bools:
    """Return where something is false."""
    return ~truth.true if truth.known is None else truth.known & ~truth.true


def negation(truth: Truth) -> Truth:
    """NOT: unknown stays unknown."""
    if truth.known is None:
        return Truth(~truth.true, None)
    return Truth(truth.known & ~truth.true, truth.known)


def masked(true: Bools, known: Bools | None) -> Truth:
    """Drop truths of rows that are not known."""
    return Truth(true, None) if known is None else Truth(true & known, known)


def unknown(rows: int) -> Truth:
    """Every row unknown: a comparison with NULL."""
    return Truth(np.zeros(rows, bool), np.zeros(rows, bool))


# ------------------------------------------------------------------ comparisons


def _reads_distance(item: plan.Predicate) -> bool:
    return isinstance(item, plan.Compare) and plan.Distance in (type(item.left), type(item.right))


def repeated(type_: Type, value: object, rows: int) -> Column:
    """Return a column that holds one canonical value in every row."""
    single = Column.from_values(type_, [value])
    return single.take(np.zeros(rows, np.int64))


def _tested(operator: Function, column: Column, wanted: object) -> Bools:
    """Return of which rows an operator is true; none is NULL."""
    assert column.dictionary is not None and operator.run is not None, "it is declared for such columns"
    distinct, places = np.unique(column.data, return_inverse=True)
    texts = column.dictionary.values()[distinct]
    truths = [bool(operator.run(text, wanted)) for text in watched(texts.tolist())]
    return np.array(truths, bool)[places] if truths else np.zeros(len(column), bool)


def listed(source: Source, position: int, op: str, wanted: object) -> WordRows | None:
    """Return what an index of a segment knows of a condition on a column; None where there is none."""
    if isinstance(source, RowSource | ColumnSource):
        return None
    for keyed in getattr(source, "scalar_indexes", ()):
        if keyed.positions[0] == position and isinstance(keyed.opened, WordIndex):
            return keyed.opened.meeting(op, str(wanted))
    return None
