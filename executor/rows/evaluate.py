"""The numpy evaluator: plan scalars and predicates over the columns of a segment.

Predicates follow SQL's three-valued logic as two boolean arrays: `true`, and `known` (None where
every row is known). A comparison of a string column with a constant touches each distinct string
once, through the dictionary, and then only codes.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from vql.deadline import check_deadline, sorted_watched, watched
from vql.errors import DataError, DatatypeMismatch, Error
from vql.executor.knn.scans.distances import check_size, column_distances
from vql.executor.rows.arithmetic import arithmetic, as_floats, both_valid, cast_column
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.sources import RowSource, Source
from vql.functions.declare import Environment
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.arrays.dimensions import flat
from vql.types.forms.ndarrays import Bools
from vql.types.type import BOOLEAN, Type

# Elements that arrays are looked through for, one after the other; more cost as much as to read all arrays.
LOOKED_FOR_MAX = 8
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


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


def compare_value(op: str, column: Column, value: object, value_type: Type) -> Bools:
    """Compare a column with one canonical value; NULL rows come out arbitrary."""
    if column.type.is_decimal and isinstance(value, float):
        return compare_arrays(op, as_floats(column), np.full(len(column), value))
    if column.type.is_string_stored:
        return _compare_strings(op, column, value)
    data = column.data
    value = column.type.stored(value)
    if isinstance(value, Decimal):
        if data.dtype.kind == "i":
            return _compare_integers(op, data, value)
        value = float(value)
    if data.dtype == np.float32 and value_type.dtype != np.float32:
        data = data.astype("f8")
    result = np.asarray(OPERATORS[op](data, value), bool)
    if data.dtype.kind == "f":
        result = _order_nan(op, data, value, result)
    return result


def compare_arrays(op: str, left: NDArray[Any], right: NDArray[Any]) -> Bools:
    """Compare two arrays row by row, NaN as Postgres does."""
    nans = [not_numbers(side) for side in (left, right)]
    if nans[0] is None and nans[1] is None:
        return np.asarray(OPERATORS[op](left, right), bool)
    # NaN is ranked apart: 1 beside the 0 of numbers.
    ranks = [np.zeros(len(left), bool) if nan is None else nan for nan in nans]
    left, right = (np.where(rank, 0, side) for rank, side in zip(ranks, (left, right), strict=True))
    same = ranks[0] == ranks[1]
    plain = np.where(ranks[0], op in ("=", "<=", ">="), OPERATORS[op](left, right))
    return np.where(same, plain, OPERATORS[op](ranks[0], ranks[1])).astype(bool)


def not_numbers(data: NDArray[Any]) -> Bools | None:
    """Return where floats or decimals are NaN, None where none is."""
    if data.dtype.kind not in "fO":
        return None
    nan = np.asarray(data != data, bool)
    return nan if nan.any() else None


def _compare_strings(op: str, column: Column, value: object) -> Bools:
    assert column.dictionary is not None
    dictionary = column.dictionary
    if not column.type.base.orders_as_stored:
        wanted: Any = column.type.base.comparand(column.type.stored(value))
        known: list[Any] = list(map(column.type.base.comparand, dictionary.values()))
        if wanted != wanted or any(each != each for each in known):
            # NaN is ranked apart, equal to itself and above every number.
            wanted, *known = [(each != each, 0 if each != each else each) for each in (wanted, *known)]
        compare = OPERATORS[op]
        return by_code(np.fromiter((bool(compare(each, wanted)) for each in known), bool), column.data)
    text = str(column.type.stored(value))
    if op in ("=", "<>"):
        code = dictionary.find(text)
        return np.asarray(column.data == code if op == "=" else column.data != code, bool)
    if not len(dictionary):
        return np.zeros(len(column.data), bool)
    hits = np.asarray(OPERATORS[op](dictionary.values(), text), bool)
    return by_code(hits, column.data)


def _compare_integers(op: str, data: NDArray[np.generic], value: Decimal) -> Bools:
    """Compare integers with a decimal exactly: x < 3.5 is x <= 3."""
    if not value.is_finite():
        above = value > 0 or value.is_nan()
        return np.full(len(data), (op in ("<", "<=", "<>")) if above else (op in (">", ">=", "<>")))
    if value == value.to_integral_value():
        return np.asarray(OPERATORS[op](data, int(value)), np.bool_)
    floor, numbers = math.floor(value), cast(NDArray[np.int64], data)
    if op in ("=", "<>"):
        return np.full(len(data), op == "<>")
    return np.asarray(numbers <= floor if op in ("<", "<=") else numbers > floor, np.bool_)


def _order_nan(op: str, data: NDArray[np.generic], value: object, result: Bools) -> Bools:
    """Order NaN as Postgres does: equal to itself and above every number."""
    nan: Bools = np.isnan(data)
    wanted_nan = isinstance(value, float) and math.isnan(value)
    if wanted_nan:
        answers: dict[str, Bools] = {"=": nan, "<>": ~nan, "<": ~nan, "<=": np.ones(len(nan), bool),
                                     ">": np.zeros(len(nan), bool), ">=": nan}  # fmt: skip
        return answers[op]
    if nan.any():
        result = result | nan if op in (">", ">=", "<>") else result & ~nan
    return result


def by_code(hits: Bools, codes: NDArray[np.generic]) -> Bools:
    """Spread an outcome per distinct string over the rows."""
    return hits[codes] if len(hits) else np.zeros(len(codes), bool)


def comparable(column: Column) -> NDArray[np.generic]:
    """Return an array whose elements order as the SQL type does."""
    if not column.type.is_string_stored:
        return column.data
    assert column.dictionary is not None
    distinct = column.dictionary.values()
    if not column.type.base.orders_as_stored:
        distinct = np.array([column.type.base.comparand(text) for text in watched(distinct.tolist())], object)
    if not len(distinct):
        return np.full(len(column.data), "", object)
    return np.asarray(distinct[column.data])


def ranks(column: Column) -> tuple[NDArray[np.generic], Bools | None]:
    """Return numbers that compare as the values of a column do, and which are NaN, above all numbers: None
    where none is. Either means nothing at a NULL."""
    dictionary = column.dictionary
    if dictionary is not None and dictionary.is_sorted and column.type.base.orders_as_stored:
        return column.data, None
    data = comparable(column)
    nan = not_numbers(data)
    if data.dtype != object:
        return (data if nan is None else np.where(nan, 0, data)), nan
    # What stands at a NULL may be one, which compares with nothing.
    there = np.ones(len(data), bool) if column.valid is None else column.valid
    there = there if nan is None else there & ~nan
    values = data[there].tolist()
    rank_of = {value: rank for rank, value in enumerate(sorted_watched(set(watched(values))))}
    found = np.zeros(len(data), np.int64)
    found[there] = np.fromiter(map(rank_of.__getitem__, watched(values)), np.int64, len(values))
    return found, nan


def comparable_pair(left: Column, right: Column) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return arrays that compare as the SQL types do: beside a float a decimal is one."""
    sides = (left, right)
    if any(side.type.is_decimal for side in sides) and any(side.type.is_float for side in sides):
        return as_floats(left), as_floats(right)
    return comparable(left), comparable(right)


def like_regex(pattern: str) -> str:
    """Translate LIKE's % and _ (escape: backslash) into a regular expression."""
    out: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
            if position == len(pattern):
                raise Error("LIKE pattern must not end with escape character", sqlstate="22025")
            out.append(re.escape(pattern[position]))
        else:
            out.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
        position += 1
    return "".join(out)


# ------------------------------------------------------------------ values


def _reads_distance(item: plan.Predicate) -> bool:
    return isinstance(item, plan.Compare) and plan.Distance in (type(item.left), type(item.right))


def repeated(type_: Type, value: object, rows: int) -> Column:
    """Return a column that holds one canonical value in every row."""
    single = Column.from_values(type_, [value])
    return single.take(np.zeros(rows, np.int64))
