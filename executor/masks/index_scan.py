"""Predicates through scalar indexes: which run of an index passes, and what is left to test.

A comparison of an indexed column with a value is a span of the index; comparisons of one column that
are joined by AND are one span. In an index of several columns the span of one value is an index by the
next column. A pattern that begins with a text is a span of texts. Of several spans the one with the
fewest rows is taken, and the rest of the condition is tested on those rows alone. What an index cannot
say exactly as the column itself would (NULL, infinite decimals) is left to the column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from vql.executor.rows.comparisons import compare_value
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.sources import RowSource
from vql.language import ast, plan
from vql.storage.columns.column import Column
from vql.storage.index.elements import ElementIndex, element_token, element_tokens
from vql.storage.index.sorted import ScalarIndex, Span
from vql.storage.index.words import WordIndex, WordRows
from vql.storage.segments.segment import Segment
from vql.types.arrays.dimensions import flat
from vql.types.forms.ndarrays import I64
from vql.types.type import Type

# Past this share of the rows, comparing the whole column costs less than sorting offsets.
INDEX_SHARE_MAX = 1 / 16
# What lists of elements narrow down: conditions of jsonb.
DOCUMENTS = frozenset({"@>", "?", "?|", "?&"})


class IndexScan(NamedTuple):
    """Spans of an index, disjoint, and the conditions that exactly their rows pass."""

    index_id: int
    over: ScalarIndex | ElementIndex | WordRows
    spans: tuple[Span, ...]
    answered: tuple[plan.Predicate, ...]

    @property
    def passed(self) -> int:
        return sum(high - low for low, high in self.spans)


def index_scan(predicate: plan.Predicate, segment: Segment, evaluator: Evaluator) -> IndexScan | None:
    """Return the scan of the fewest rows that some index offers, None where comparing the column
    costs less."""
    conditions = predicate.items if type(predicate) is plan.And else (predicate,)
    items = [(position, item) for item in conditions if (position := _column_of(item)) >= 0]
    if not items:
        return None
    scans: list[IndexScan] = []
    for index_id, positions, index in segment.scalar_indexes:
        if isinstance(index, ElementIndex):
            found = (_element_scan(index_id, index, i, evaluator) for p, i in items if p == positions[0])
            scans += [scan for scan in found if scan is not None]
        else:
            scans += _scans_of(index_id, index, positions, items, evaluator)
    best = min(scans, key=lambda scan: scan.passed, default=None)
    if best is not None and best.passed > segment.rows * INDEX_SHARE_MAX:
        # Bitmaps cost the same however many rows pass, but leave nothing to be tested.
        whole = (s for s in scans if s.over.bitmaps is not None and not left_of(predicate, s))
        best = next(whole, None)
    return best


def _scans_of(
    index_id: int,
    index: ScalarIndex,
    positions: Sequence[int],
    items: Sequence[tuple[int, plan.Predicate]],
    evaluator: Evaluator,
) -> list[IndexScan]:
    """Return what an index of the columns at some positions offers: by the first and, where that leaves one
    value, by the next."""
    ranged: IndexScan | None = None
    scans: list[IndexScan] = []
    for position, item in items:
        spans = _spans(item, index, evaluator) if position == positions[0] else None
        if spans is None:
            continue
        answered = () if _is_wider(item, evaluator) else (item,)
        if len(spans) != 1:
            scans.append(IndexScan(index_id, index, spans, answered))
            continue
        low, high = spans[0]
        if ranged is not None:
            low, high = max(low, ranged.spans[0][0]), min(high, ranged.spans[0][1])
            answered = (*ranged.answered, *answered)
        ranged = IndexScan(index_id, index, ((low, max(low, high)),), answered)
    if ranged is not None:
        scans.append(ranged)
        under = index.under(ranged.spans[0])
        if under is not None:
            above = ranged.answered
            scans += [
                scan._replace(answered=(*above, *scan.answered))
                for scan in _scans_of(index_id, under, positions[1:], items, evaluator)
            ]
    return scans


def _element_scan(
    index_id: int, index: ElementIndex, item: plan.Predicate, evaluator: Evaluator
) -> IndexScan | None:
    """Return what lists of elements offer for a condition on them, None where they cannot say."""
    if isinstance(item, plan.OperatorTest) and isinstance(index, WordIndex):
        found = index.meeting(item.operator.name, str(evaluator.value(item.value)))
        if found is None or evaluator.value(item.value) is None:
            return None
        return IndexScan(index_id, found, ((0, len(found.offsets)),), (item,) if found.is_exact else ())
    if not isinstance(item, plan.ElementTest):
        return None
    if isinstance(item.values, tuple):
        wanted: object = [evaluator.value(each) for each in item.values]
    else:
        wanted = evaluator.value(item.values)
    if item.op == "= ANY":
        wanted = [wanted]
    if not isinstance(wanted, list | tuple):
        return None
    elements = list(flat(wanted))
    if not elements or None in elements:
        return None
    spans = tuple({index.span(element_token(element)): None for element in elements})
    if item.op == "@>":
        # The shortest list has all rows that pass.
        return IndexScan(index_id, index, (min(spans, key=_length),), (item,) if len(spans) == 1 else ())
    return IndexScan(index_id, index, spans, (item,))


def _length(span: Span) -> int:
    return span[1] - span[0]


def with_elements(
    residual: plan.Residual, segment: Segment, ids: I64, evaluator: Evaluator
) -> tuple[I64, int]:
    """Return those of some rows, sorted, that have the keys and values that a condition on a document asks
    for, and the index that says so, 0 for none: whether they pass is for DuckDB to say."""
    node = residual.expression
    if not isinstance(node, ast.Binary) or not isinstance(node.left, ast.Name) or node.op not in DOCUMENTS:
        return ids, 0
    position = dict(zip(residual.names, residual.positions, strict=True)).get(node.left.parts[-1], -1)
    for index_id, positions, index in segment.scalar_indexes:
        if isinstance(index, ElementIndex) and positions[0] == position:
            lists = _lists_of(node.op, _given(node.right, evaluator), index)
            for rows in lists or ():
                ids = np.intersect1d(ids, rows, assume_unique=True)
            return ids, index_id if lists else 0
    return ids, 0


def _lists_of(op: str, given: object, index: ElementIndex) -> list[np.ndarray] | None:
    """Return lists that all have each row whose document meets a condition; None where none are known."""
    if op == "@>" or op == "?":
        if not isinstance(given, str):
            return None
        try:
            tokens = [element_token(given)] if op == "?" else list(element_tokens(given))
        except ValueError:
            return None  # DuckDB says what is wrong
        return [index.rows_of((index.span(token),)) for token in tokens]
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given) or not given:
        return None
    spans = tuple(index.span(element_token(each)) for each in given)
    return [index.rows_of(spans)] if op == "?|" else [index.rows_of((span,)) for span in spans]


def _given(node: ast.Expression, evaluator: Evaluator) -> object:
    """Return a value that stands in a condition, None for one that is computed."""
    match node:
        case ast.Cast(operand=operand):
            return _given(operand, evaluator)
        case ast.Literal(kind="string", value=value):
            return value
        case ast.Parameter(index=index):
            return evaluator.parameters[index]
        case ast.Array(items=items):
            return [_given(item, evaluator) for item in items]
    return None


def passing_rows(scan: IndexScan, predicate: plan.Predicate, offsets: np.ndarray, segment: Segment,
                 evaluator: Evaluator) -> np.ndarray:  # fmt: skip
    """Return those of a scan's rows that pass the rest of its condition."""
    rest = left_of(predicate, scan)
    if not rest or not len(offsets):
        return offsets
    return offsets[evaluator.predicate(plan.And(rest), RowSource(segment, offsets)).true]


def left_of(predicate: plan.Predicate, scan: IndexScan) -> tuple[plan.Predicate, ...]:
    """Return the conditions that rows of a scan may not pass."""
    conditions = predicate.items if type(predicate) is plan.And else (predicate,)
    return tuple(item for item in conditions if all(item is not done for done in scan.answered))


def _column_of(item: plan.Predicate) -> int:
    """Return the position of the column a condition compares with values, or -1."""
    operand: object = None
    match item:
        case plan.Compare():
            if item.op != "<>" and type(item.right) in (plan.Constant, plan.Parameter, plan.Once):
                operand = item.left
        case plan.LikePattern() if not item.ignore_case:
            operand = item.operand
        case plan.ElementTest(array=operand, op="= ANY" | "&&" | "@>"):
            pass
        case plan.InList(operand=operand) | plan.InArray(operand=operand) | plan.IsNull(operand=operand):
            pass
        case plan.OperatorTest(operand=operand):
            pass
    return operand.position if type(operand) is plan.ColumnRead else -1


def _spans(item: plan.Predicate, index: ScalarIndex, evaluator: Evaluator) -> tuple[Span, ...] | None:
    """Return the spans a condition passes, None where the index cannot say."""
    match item:
        case plan.Compare():
            value = evaluator.value(item.right)
            return None if value is None else _compared(item.op, value, item.right.type, index)
        case plan.IsNull():
            return (index.nulls,)
        case plan.ElementTest() | plan.OperatorTest():
            return None
        case plan.LikePattern():
            return _beginning(evaluator.value(item.pattern), index)
        case plan.InList(items=items):
            wanted: object = [evaluator.value(each) for each in items]
        case plan.InArray(array=array):
            wanted = evaluator.value(array)
    if not isinstance(wanted, list | tuple):
        return None
    found: set[Span] = set()
    for value in flat(wanted):
        if value is not None:
            spans = _compared("=", value, index.column.type, index)
            if spans is None:
                return None
            found.update(spans)
    return tuple(sorted(found))


def _compared(op: str, value: object, value_type: Type, index: ScalarIndex) -> tuple[Span, ...] | None:
    type_ = index.column.type
    if type_.is_string_stored:
        return _compared_strings(op, value, value_type, index)
    value = type_.stored(value)
    if type_.is_float:
        return _compared_floats(op, value, value_type, index)
    if type_.dtype.kind == "b":
        return (index.span(op, value),) if type(value) is bool else None
    if isinstance(value, Decimal):
        return _compared_decimal(op, value, value_type, index)
    if type(value) is not int:
        return None
    if not -index.bound <= value < index.bound:
        whole = op in ("<", "<=") if value > 0 else op in (">", ">=")
        return ((0, len(index.values) if whole else 0),)
    return (index.span(op, value),)


def _compared_decimal(
    op: str, value: Decimal, value_type: Type, index: ScalarIndex
) -> tuple[Span, ...] | None:
    """Compare integers with a decimal: x < 3.5 is x <= 3."""
    if not value.is_finite():
        return None
    floor = math.floor(value)
    if floor != value:
        if op == "=":
            return ((0, 0),)
        op = "<=" if op in ("<", "<=") else ">"
    return _compared(op, floor, value_type, index)


def _compared_floats(op: str, value: object, value_type: Type, index: ScalarIndex) -> tuple[Span, ...] | None:
    if not isinstance(value, int | float | Decimal):
        return None
    wanted = float(value)
    if index.column.type.dtype == np.float32 and value_type.dtype != np.float32:
        # Compared in double precision: a value between two of float32 is above the lower one.
        with np.errstate(over="ignore"):
            nearest = float(np.float32(wanted))
        if nearest != wanted and not math.isnan(wanted):
            if op == "=":
                return ((0, 0),)
            if op in ("<", "<="):
                op = "<=" if nearest < wanted else "<"
            else:
                op = ">" if nearest < wanted else ">="
        wanted = nearest
    return (index.span(op, wanted),)


def _compared_strings(
    op: str, value: object, value_type: Type, index: ScalarIndex
) -> tuple[Span, ...] | None:
    dictionary = index.column.dictionary
    assert dictionary is not None
    count = len(dictionary)
    if not index.column.type.base.orders_as_stored or not dictionary.is_sorted:
        # Codes are in the order of texts, not of numbers.
        distinct = Column(index.column.type, np.arange(count), None, dictionary)
        codes = np.flatnonzero(compare_value(op, distinct, value, value_type)).tolist() if count else []
        return tuple(index.span("=", code) for code in codes)
    text = str(index.column.type.stored(value))
    code = dictionary.lower_bound(text)
    present = code < count and dictionary[code] == text
    if op == "=":
        return (index.span("=", code) if present else (0, 0),)
    low = index.span("<", code + 1 if present and op in ("<=", ">") else code)[1]
    return ((0, low) if op in ("<", "<=") else (low, len(index.values)),)


def _beginning(pattern: object, index: ScalarIndex) -> tuple[Span, ...] | None:
    """Return the rows whose text begins as a LIKE pattern does, None where it begins with a wildcard."""
    dictionary = index.column.dictionary
    if pattern is None or dictionary is None or not dictionary.is_sorted:
        return None
    prefix = _prefix(str(pattern))
    if not prefix or str(pattern).endswith("\\") or not index.column.type.is_string:
        return None
    past = _after(prefix)
    low = dictionary.lower_bound(prefix)
    high = len(dictionary) if past is None else dictionary.lower_bound(past)
    return ((index.span("<", low)[1], index.span("<", high)[1]),)


def _prefix(pattern: str) -> str:
    """Return what a LIKE pattern begins with, up to the first wildcard or escape."""
    found = re.match(r"[^%_\\]*", pattern)
    assert found is not None, "an empty prefix matches"
    return found[0]


def _after(prefix: str) -> str | None:
    """Return the least text above all that begin with one, None where there is none."""
    shorter = prefix.rstrip("\U0010ffff")
    if not shorter:
        return None
    code = ord(shorter[-1]) + 1
    # No text holds a surrogate.
    return shorter[:-1] + chr(0xE000 if code == 0xD800 else code)


def _is_wider(item: plan.Predicate, evaluator: Evaluator) -> bool:
    """Whether rows of the spans of a condition may not pass it: of patterns that are more than a
    prefix."""
    if type(item) is not plan.LikePattern:
        return False
    pattern = str(evaluator.value(item.pattern))
    return pattern != _prefix(pattern) + "%"
