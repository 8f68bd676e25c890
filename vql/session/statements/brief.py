"""Which statements are sure to take little: the server runs them in its event loop, where all clients wait.

What a statement took says nothing of what it takes with other values, over more rows or with a higher
LIMIT. So its cost is bounded from its plan and the snapshot: what finds the rows, by the costs that are
measured with an index or by the bytes a scan reads, and what gives them out. A statement is brief when that
fits into `BRIEF_US`. What may wait for others never is: changes and COMMIT wait for the write lock, AS OF
for its moment, DuckDB for nobody knows what, an index that is not open yet for the disk. A relational plan
that is a program of bounded steps (`vql.executor.tuples.brief`) counts these while it runs, and gives up in
time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass

from vql import schema
from vql.deadline import watched
from vql.errors import Error
from vql.executor.knn.fragment import Searchers
from vql.executor.knn.scans.contract import Contract
from vql.executor.rows.batch import bytes_of
from vql.executor.tuples.brief import is_brief_program, is_small
from vql.executor.tuples.constants import simplified
from vql.language import ast, modify, plan
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types.type import Type

BRIEF_US = 3_000
# What is looked at by itself.
INNER = plan.SubqueryValue | plan.SubqueryExpression | plan.Once | plan.Residual
# Rows that FETCH and LIMIT may give out; those a search is asked for when its cost is bounded.
ROWS_MAX, ROWS_ASSUMED = 256, 32
# Rows that an INSERT makes of VALUES.
CHANGED_ROWS_MAX = 16
# Measured on one core: a value that a condition reads, text among them; a byte of a vector that is compared
# or sorted; a byte that is written out as text; a look-up by key.
READ_US, VECTOR_BYTE_US, OUT_BYTE_US, LOOKUP_US = 0.05, 0.0003, 0.03, 20.0


def is_brief(statement: ast.Statement | None) -> bool:
    """Whether a statement that is no query is sure to take little, in a block without changes."""
    match statement:
        case None | ast.Show() | ast.Commit() | ast.Rollback() | ast.Savepoint():
            return True
        case ast.Set(name=name):
            return name != "vql.as_of"  # it looks for the moment
        case ast.Begin(as_of=as_of):
            return as_of is None
        case ast.Fetch(count=count):
            return abs(count) <= ROWS_MAX
    return False


def is_brief_change(node: modify.Plan) -> bool:
    """Whether a change is of few rows, found by their key, computed from themselves and from constants."""
    if not isinstance(node, modify.InsertPlan | modify.UpdatePlan | modify.DeletePlan):
        return False
    table = node.table
    if table.foreign_keys or table.referenced_by or table.generated or table.computed:
        return False
    if isinstance(node, modify.InsertPlan):
        if node.rows is None or len(node.rows) > CHANGED_ROWS_MAX or node.defaulted:
            return False
        absent = (c for place, c in enumerate(table.columns) if place not in node.positions)
        if any(column.identity or column.value_by_default is not None for column in absent):
            return False
    elif not isinstance(node.rows, plan.SelectPlan) or not isinstance(node.rows.access, plan.KeyLookup):
        return False
    rows = node.rows
    return not any(isinstance(part, INNER | plan.Query) for part in _parts(node) if part is not rows)


class Brevity:
    """How many rows a query may return and be brief, kept while its snapshot stays. One session's."""

    def __init__(self, node: plan.Query, contract: Contract, searchers: Searchers) -> None:
        self._node = node
        self._contract = contract
        self._searchers = searchers
        is_native = isinstance(node, plan.SelectPlan)
        self._inner = tuple(_computed(node)) if is_native else ()
        self._computes = is_native and any(isinstance(part, plan.Once) for part in _parts(node))
        self._snapshot: Snapshot | None = None
        self._rows_max = -1.0
        self._rows = 0

    def holds(self, snapshot: Snapshot, values: Sequence[object]) -> bool:
        """Whether the query is brief, on a snapshot and with these values of its parameters."""
        node = self._node
        if not isinstance(node, plan.SelectPlan):
            return False
        if self._computes and not all(map(is_small, values)):
            return False
        if snapshot is not self._snapshot:
            self._snapshot = snapshot
            self._rows = _rows_of(node, snapshot)
            self._rows_max = self._most(node, snapshot)
        if self._rows <= self._rows_max:
            return True
        if not isinstance(node.access, plan.Scan | plan.Nearest) or node.limit is None:
            return False
        asked = _count(node.limit, values)
        if node.offset is not None and isinstance(node.access, plan.Nearest):
            asked += _count(node.offset, values)
        return asked <= min(self._rows_max, ROWS_MAX)

    def _most(self, node: plan.SelectPlan, snapshot: Snapshot) -> float:
        """Return the number of rows whose cost is left when they have been found; -1 where none is."""
        finding_us = self._finding_us(node, snapshot)
        for inner in self._inner:
            if not isinstance(inner, plan.SelectPlan):
                return -1
            finding_us += self._finding_us(inner, snapshot)
        if finding_us > BRIEF_US:
            return -1
        row_bytes = sum(bytes_of(output.scalar.type) for output in node.outputs)
        return (BRIEF_US - finding_us) / (OUT_BYTE_US * max(row_bytes, 1))

    def _finding_us(self, node: plan.SelectPlan, snapshot: Snapshot) -> float:
        """Bound what it takes to find a plan's rows."""
        if isinstance(node.access, plan.KeyLookup):
            return LOOKUP_US
        segments = snapshot.segments(node.table.table_id)
        found_us = READ_US * sum(s.rows for s in segments) * _values_read(node)
        for distance in _distances_of(node):
            found_us += sum(self._search_us(node, distance, segment) for segment in segments)
        return found_us

    def _search_us(self, node: plan.SelectPlan, distance: plan.Distance, segment: Segment) -> float:
        """Bound what it takes to find the nearest rows of a segment. Filters may need every row."""
        type_ = node.table.stored[distance.position].type
        searcher = self._searchers.kept(segment, distance.position, distance.metric)
        if searcher is None or not isinstance(node.access, plan.Nearest):
            return VECTOR_BYTE_US * segment.rows * bytes_of(type_)
        # Pages behind the first are exact.
        exact = self._contract.is_exact or node.predicate is not None or node.offset is not None
        return searcher.cost_us(ROWS_ASSUMED, self._contract.recall, None, exact)


def _rows_of(node: plan.SelectPlan, snapshot: Snapshot) -> int:
    if isinstance(node.access, plan.KeyLookup):
        return 1
    return sum(segment.rows for segment in snapshot.segments(node.table.table_id))


def _count(scalar: plan.Scalar, values: Sequence[object]) -> float:
    """Return a LIMIT or OFFSET; infinite where it is not a number yet."""
    match scalar:
        case plan.Constant(value=int() as count):
            return count
        case plan.Parameter(index=index) if isinstance(values[index], int):
            return float(values[index])  # type: ignore[arg-type]
    return math.inf


def _values_read(node: plan.SelectPlan) -> int:
    """Count the values of a row that finding it reads."""
    return sum(isinstance(part, plan.ColumnRead) for part in _parts((node.predicate, node.order)))


def _distances_of(node: plan.SelectPlan) -> Iterator[plan.Distance]:
    parts = _parts((node.predicate, node.order, node.outputs))
    return (part for part in parts if isinstance(part, plan.Distance))


def _computed(node: plan.Query) -> Iterator[object]:
    """Yield what is computed beside the plan: sub-queries, and what DuckDB does of it."""
    for part in watched(_parts(node)):
        if isinstance(part, plan.SubqueryValue):
            yield part.plan
            yield from _computed(part.plan)
        elif isinstance(part, plan.SubqueryExpression | plan.Residual) or not _is_brief_once(part):
            yield part


def _is_brief_once(part: object) -> bool:
    if not isinstance(part, plan.Once):
        return True
    assert part.query.analyzed is not None, "it is planned"
    try:
        return is_brief_program(simplified(part.query.analyzed.query))
    except Error:
        return False  # a constant's, which the execution raises


def _parts(item: object) -> Iterator[object]:
    """Yield the parts of a plan, sub-queries from the outside."""
    stack = [item]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif is_dataclass(part) and not isinstance(part, Type | schema.Table):
            yield part
            if not isinstance(part, INNER):
                stack.extend(getattr(part, field.name) for field in fields(part))
