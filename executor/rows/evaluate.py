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

from vql.errors import DatatypeMismatch, Error, NumericOutOfRange
from vql.executor.knn.distances import bit_distances, check_size, dense_distances, sparse_distances
from vql.executor.rows.sources import Source
from vql.language import plan
from vql.storage.columns.column import Column
from vql.types.ndarrays import Bools
from vql.types.sparsevec import SparseVector
from vql.types.type import BOOLEAN, DOUBLE, Type

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


class Truth(NamedTuple):
    """Outcome of a predicate: `true` holds only where `known` does; known None means everywhere."""

    true: Bools
    known: Bools | None


class Delegate(Protocol):
    """Computes what numpy has no form for."""

    def subquery(
        self, node: plan.SubqueryValue | plan.SubqueryExpression, parameters: Sequence[object]
    ) -> object:
        """Return the value of a scalar subquery or of an expression without columns."""

    def compute(self, residual: plan.Residual, rows: Source, parameters: Sequence[object]) -> Column:
        """Return an expression's values over rows, in their order."""


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

    def compute(self, residual: plan.Residual, rows: Source) -> Column:
        """Evaluate an expression that numpy has no form for, for every row."""
        return self._delegate.compute(residual, rows, self.parameters)

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
            case plan.SubqueryValue() | plan.SubqueryExpression():
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
            case plan.Arithmetic():
                return self._arithmetic(scalar, source)
            case plan.Condition(predicate=predicate):
                truth = self.predicate(predicate, source)
                return Column(BOOLEAN, truth.true, truth.known, None)
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
        if vectors.sparse is not None:
            assert isinstance(query, SparseVector)
            found = sparse_distances(vectors.sparse_rows, query, node.metric)
        else:
            assert isinstance(query, np.ndarray)
            compute = dense_distances if vectors.type.is_dense else bit_distances
            found = compute(vectors.data, query, node.metric)
        return Column(node.type, found if node.sign > 0 else -found, vectors.valid, None)

    def _arithmetic(self, node: plan.Arithmetic, source: Source) -> Column:
        left, right = self._operand(node.left, source), self._operand(node.right, source)
        valid = both_valid(left.valid, right.valid)
        type_ = node.type
        wide = "f8" if type_.is_float else "i8"
        apply = {"+": np.add, "-": np.subtract, "*": np.multiply}[node.op]
        with np.errstate(all="ignore"):
            a, b = left.data.astype(wide, copy=False), right.data.astype(wide, copy=False)
            result = apply(a, b)
            if type_.is_integer:
                bits = 8 * type_.dtype.itemsize
                # Beyond int64 the exact result has wrapped: what is near is refused.
                bound = (1 << (bits - 1)) * (1 if bits < 64 else 0.999)
                over = np.abs(apply(a.astype("f8"), b.astype("f8"))) >= bound
                if bool(np.any(over if valid is None else over & valid)):
                    raise NumericOutOfRange(f"{type_.name} out of range")
        return Column(node.type, result.astype(node.type.dtype, copy=False), valid, None)

    def _operand(self, scalar: plan.Scalar, source: Source) -> Column:
        """Evaluate an operand of arithmetic; a decimal parameter beside a float is one."""
        if isinstance(scalar, plan.Parameter) and scalar.type.is_decimal:
            value = self.value(scalar)
            return repeated(DOUBLE, None if value is None else float(value), source.rows)  # type: ignore[arg-type]
        return self.scalar(scalar, source)

    # -------------------------------------------------------------- predicates

    def predicate(self, node: plan.Predicate, source: Source) -> Truth:
        """Evaluate a predicate for every row of `source`."""
        match node:
            case plan.And(items=items):
                return conjunction([self.predicate(item, source) for item in items])
            case plan.Or(items=items):
                negated = [negation(self.predicate(item, source)) for item in items]
                return negation(conjunction(negated))
            case plan.Not(item=item):
                return negation(self.predicate(item, source))
            case plan.Compare():
                return self._compare(node, source)
            case plan.InList(operand=operand, items=items):
                return self._membership(operand, [self.value(item) for item in items], source)
            case plan.InArray(operand=operand, array=array):
                items_ = self.value(array)
                if items_ is None:
                    return unknown(source.rows)
                assert isinstance(items_, list | tuple)
                return self._membership(operand, list(items_), source)
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
                if column.type != BOOLEAN and (column.valid is None or column.valid.any()):
                    raise DatatypeMismatch(f"argument of WHERE must be type boolean, not type {column.type}")
                return masked(column.data.astype(bool, copy=False), column.valid)
        raise AssertionError(f"no predicate: {node}")

    def _compare(self, node: plan.Compare, source: Source) -> Truth:
        left = self.scalar(node.left, source)
        if isinstance(node.right, plan.ColumnRead | plan.Distance | plan.Arithmetic | plan.Condition):
            right = self.scalar(node.right, source)
            valid = both_valid(left.valid, right.valid)
            a, b = comparable(left), comparable(right)
            return masked(compare_arrays(node.op, a, b), valid)
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
            wanted = {str(column.type.stored(item)) for item in present}
            hits = np.fromiter(map(wanted.__contains__, column.dictionary.values()), bool)
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
        values = [item for item in dict.fromkeys(wanted) if item is not None]
        if node.op == "<@":
            found = arrays.elements().within(values)
        elif node.op == "&&":
            found = np.zeros(len(arrays), bool)
            if len(values) > LOOKED_FOR_MAX:
                found = arrays.elements().having_any(values)
            else:
                found = np.logical_or.reduce([found, *map(arrays.arrays_having, values)])
        else:
            found = np.full(len(arrays), len(values) == len(dict.fromkeys(wanted)))
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
        hits = np.fromiter((bool(matches(text)) for text in column.dictionary.values()), bool)
        return masked(by_code(hits, column.data), column.valid)


# ------------------------------------------------------------------ three-valued logic


def conjunction(truths: list[Truth]) -> Truth:
    """AND: false wins over unknown, unknown over true."""
    true = truths[0].true
    for truth in truths[1:]:
        true = true & truth.true
    if all(truth.known is None for truth in truths):
        return Truth(true, None)
    false = np.zeros(len(true), bool)
    for truth in truths:
        false |= ~truth.true if truth.known is None else truth.known & ~truth.true
    return Truth(true, true | false)


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


def both_valid(left: Bools | None, right: Bools | None) -> Bools | None:
    """Rows where both sides are not NULL."""
    if left is None or right is None:
        return right if left is None else left
    return left & right


# ------------------------------------------------------------------ comparisons


def compare_value(op: str, column: Column, value: object, value_type: Type) -> Bools:
    """Compare a column with one canonical value; NULL rows come out arbitrary."""
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
    nans = [np.isnan(side) if side.dtype.kind == "f" else np.zeros(len(side), bool) for side in (left, right)]
    if not nans[0].any() and not nans[1].any():
        return np.asarray(OPERATORS[op](left, right), bool)
    # NaN is ranked apart: 1 beside the 0 of numbers.
    same = nans[0] == nans[1]
    plain = np.where(nans[0], op in ("=", "<=", ">="), OPERATORS[op](left, right))
    return np.where(same, plain, OPERATORS[op](nans[0], nans[1]))


def _compare_strings(op: str, column: Column, value: object) -> Bools:
    assert column.dictionary is not None
    dictionary = column.dictionary
    if not column.type.base.orders_as_stored:
        wanted: Any = column.type.from_stored(column.type.stored(value))
        known: list[Any] = list(map(column.type.base.from_stored, dictionary.values()))
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
        distinct = np.array([column.type.from_stored(text) for text in distinct], object)
    if not len(distinct):
        return np.full(len(column.data), "", object)
    return np.asarray(distinct[column.data])


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


def repeated(type_: Type, value: object, rows: int) -> Column:
    """Return a column that holds one canonical value in every row."""
    single = Column.from_values(type_, [value])
    return single.take(np.zeros(rows, np.int64))
