"""FROM, a frame at a time: `Extend` puts what a relation has behind each of some frames.

Conditions are tested as soon as all their columns are there. Those that compare a table's column with a value
find its rows: by a unique key, by masks (`vql.executor.masks.filter`), and where the value is another
relation's, by a hash of the table's few rows, or a mask for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from vql.deadline import check_deadline, each_watched
from vql.executor.knn.scans.mask import Mask
from vql.executor.tuples.catalog_rows import CatalogRows, plain_word
from vql.executor.tuples.expressions import ExpressionCompiler, Rows, keyed, without_columns
from vql.executor.tuples.frame import EXECUTION, OUTER, Frame, Layout, NotByTuples, Value
from vql.executor.tuples.tables import ANY, COMPARED, EQUAL, Comparison, TableRows
from vql.functions.declare import Function
from vql.language.analyze import tree
from vql.language.ast.walk import nodes_of
from vql.storage.segments.segment import Segment

Extend = Callable[[list[Frame]], list[Frame]]
# Values that rows of a table are looked up by one after the other; for more, its rows are hashed.
LOOKED_UP_MAX = 16
# Rows that could be gone through while one is looked up by a key.
LOOKUP_ROWS = 16


def conjuncts_in(node: tree.Expr | None) -> list[tree.Expr]:
    """Return the operands of ANDs, left to right."""
    if node is None:
        return []
    if isinstance(node, tree.BoolExpr) and node.op == "AND":
        return [inner for operand in node.operands for inner in conjuncts_in(operand)]
    return [node]


class SourceCompiler(ExpressionCompiler):
    """Makes closures of relations in FROM."""

    def table_rows(self, node: tree.RangeTable) -> TableRows | CatalogRows:
        """Return what reads a relation of the statement. Raises NotByTuples."""
        raise NotImplementedError

    def is_of_catalog(self, node: tree.FromItem) -> bool:
        """Whether what stands in FROM is a relation of the catalog."""
        raise NotImplementedError

    def sources(self, items: Sequence[tree.FromItem], layout: Layout, pool: list[tree.Expr]) -> list[Extend]:
        """Return what puts all of FROM behind frames. Relations of the catalog are looked up as soon as
        something names their rows, wherever they stand."""
        flat = list(_flattened(items, []))
        if len(flat) < 2 or not any(map(self.is_of_catalog, flat)):
            return [self.source(item, layout, pool) for item in items]
        left = list(_flattened(items, pool))
        steps: list[Extend] = []
        while left:
            chosen = next((i for i in left if self._is_looked_up(i, layout, pool)), left[0])
            left = [item for item in left if item is not chosen]
            steps.append(self.source(chosen, layout, pool))
        return steps

    def block_rows(self, node: tree.RangeTable) -> Rows | None:
        """Return what gives the rows of a vector block, None for what is none."""
        raise NotImplementedError

    def _is_looked_up(self, item: tree.FromItem, layout: Layout, pool: Sequence[tree.Expr]) -> bool:
        kept = item.left if isinstance(item, tree.JoinExpr) and item.kind == "LEFT" else item
        if kept is not item and isinstance(kept, tree.JoinExpr):
            return self._is_looked_up(kept, layout, pool)
        return self.is_of_catalog(kept) and _is_named(kept, layout, pool)

    def source(self, node: tree.FromItem, layout: Layout, pool: list[tree.Expr]) -> Extend:
        """Return what puts a relation behind frames; the conditions that it tests are taken out of `pool`."""
        check_deadline()
        match node:
            case tree.RangeTable(streamed=()) if (common := layout.find_common(node.name)) is not None:
                layout.add(node.alias, [column.column for column in node.columns])
                return self._filtered(_joined(common, is_same=True), layout, pool)  # type: ignore[arg-type]
            case tree.RangeTable() if (block := self.block_rows(node)) is not None:
                rows = self.once(block, False)
                layout.add(node.alias, [column.column for column in node.columns])
                return self._filtered(_joined(rows, is_same=True), layout, pool)
            case tree.RangeTable():
                return self._table(node, layout, pool)
            case tree.RangeQuery():
                around = layout if node.lateral else layout.beside()
                pairs = zip(node.columns, node.query.columns, strict=True)
                read = {inner.column for outer, inner in pairs if outer.column in self.read}
                rows, reaches_out = self.query(without_columns(node.query, read), around)
                if not reaches_out:
                    rows = self.once(_alone(rows), False)
                elif not node.lateral:
                    rows = _beside(rows)
                    layout.reaches_out = True
                layout.add(node.alias, [column.column for column in node.columns])
                return self._filtered(_joined(rows, is_same=not node.lateral), layout, pool)
            case tree.RangeFunction():
                return self._filtered(self._functions(node, layout), layout, pool)
            case tree.JoinExpr():
                return self._join(node, layout, pool)

    def _filtered(self, extend: Extend, layout: Layout, pool: list[tree.Expr]) -> Extend:
        """Return frames that pass those conditions all columns of which are there by now."""
        tests = [self.condition(item, layout) for item in self._ready(layout, pool)]
        if not tests:
            return extend
        return lambda frames: [f for f in each_watched(extend(frames)) if all(test(f) for test in tests)]

    def _ready(self, layout: Layout, pool: list[tree.Expr]) -> list[tree.Expr]:
        """Take the conditions out of a pool whose columns are there."""
        ready = [item for item in pool if _is_there(item, layout)]
        pool[:] = [item for item in pool if not any(item is other for other in ready)]
        return ready

    # -------------------------------------------------------------- joins

    def _join(self, node: tree.JoinExpr, layout: Layout, pool: list[tree.Expr]) -> Extend:
        if node.kind in ("CROSS", "INNER"):
            pool += conjuncts_in(node.on)
            left = self.source(node.left, layout, pool)
            right = self.source(node.right, layout, pool)
            return self._filtered(lambda frames: right(left(frames)), layout, pool)
        if node.kind not in ("LEFT", "RIGHT"):
            raise NotByTuples(f"{node.kind} JOIN")
        kept, other = (node.left, node.right) if node.kind == "LEFT" else (node.right, node.left)
        kept_rows = self.source(kept, layout, pool)
        number = layout.width  # the cell that says which frame a match is of
        layout.width += 1
        conditions = conjuncts_in(node.on)
        other_rows = self.source(other, layout, conditions)
        blanks = [None] * (layout.width - number - 1)
        tests = [self.condition(item, layout) for item in conditions]

        def extend(frames: list[Frame]) -> list[Frame]:
            numbered = [[*frame, place] for place, frame in enumerate(kept_rows(frames))]
            matches: list[list[Frame]] = [[] for _ in numbered]
            for frame in each_watched(other_rows(numbered)):
                if all(test(frame) for test in tests):
                    matches[frame[number]].append(frame)
            pairs = zip(numbered, matches, strict=True)
            return [frame for one, found in pairs for frame in found or [one + blanks]]

        return self._filtered(extend, layout, pool)

    # -------------------------------------------------------------- tables

    def _table(self, node: tree.RangeTable, layout: Layout, pool: list[tree.Expr]) -> Extend:
        table = self.table_rows(node)
        layout.add(node.alias, table.columns)
        ready = self._ready(layout, pool)
        compared, tests = list[Comparison](), list[Value]()
        for item in ready:
            made = self._comparison(item, node, table, layout)
            if made is None:
                tests.append(self.condition(item, layout))
            else:
                compared.append(made)
        lookup = table.by_key(compared) if isinstance(table, TableRows) else None
        if lookup is not None:
            used, find = lookup
            tests += [self.condition(each.source, layout) for each in compared if each not in used]
            return _filtering(
                _by_key([each.value for each in used], [keyed(each.type) for each in used], find), tests
            )
        fixed = [each for each in compared if each.is_constant]
        moving = [each for each in compared if not each.is_constant]
        equal = [each for each in moving if each.op == EQUAL]
        tests += [self.condition(each.source, layout) for each in moving if each.op != EQUAL]
        if not equal and isinstance(table, CatalogRows):
            return _filtering(_scanned(table, fixed), tests)
        if not equal:
            assert isinstance(table, TableRows)
            return _filtering(TableScan(table, fixed), tests)
        return _filtering(_hashed(table, fixed, equal), tests)

    def _comparison(
        self, item: tree.Expr, node: tree.RangeTable, table: TableRows | CatalogRows, layout: Layout
    ) -> Comparison | None:
        """Return a comparison of a table's column with a value that does not depend on the table's row; None
        where a condition is none."""
        test: Function | None = None
        match item:
            case tree.FuncExpr(function=function, arguments=(left, right)) if word := plain_word(item):
                op, right, kind = EQUAL, tree.Const(word, right.type), right.type
                if isinstance(table, TableRows):
                    return None
                function = replace(function, name=EQUAL)
            case tree.FuncExpr(function=function, arguments=(left, right)) if function.tests_columns:
                if not isinstance(table, TableRows) or not function.is_operator:
                    return None
                op, kind, test = function.name, right.type, function
            case tree.FuncExpr(function=function, arguments=(left, right)) if function.name in COMPARED:
                op = function.name
                if not function.is_operator:
                    return None
                if not _is_of(left, node):
                    left, right, op = right, left, COMPARED[op]
                kind = right.type
            case tree.InExpr(function=function, left=left, items=items, negated=False):
                right, op, kind = tree.ArrayExpr(items, items[0].type.array), ANY, items[0].type
            case tree.ArrayComparison(function=function, left=left, right=right, is_any=True):
                op, kind = ANY, right.type.element
            case _:
                return None
        if op == ANY and function.name != EQUAL or not isinstance(left, tree.Var) or not _is_of(left, node):
            return None
        if _names(right, node.alias) or (test is None and not table.compares(left.type, kind)):
            return None
        found = self._compiled(right, layout)
        value = self._kept(right, found).call
        return Comparison(table.place_of(left), op, value, found.is_constant, kind, item, test)

    # -------------------------------------------------------------- calls

    def _functions(self, node: tree.RangeFunction, layout: Layout) -> Extend:
        """Return what puts the rows of calls side by side behind frames."""
        calls = [self._rows_of(call, layout) for call in node.calls]
        width = sum(width for _, width in calls) + node.ordinality
        if width != len(node.columns):
            raise NotByTuples("columns of a row")
        layout.add(node.alias, [column.column for column in node.columns])

        def extend(frames: list[Frame]) -> list[Frame]:
            made: list[Frame] = []
            for frame in each_watched(frames):
                execution = frame[EXECUTION]
                lists = [execution.bounded(call(frame)) for call, _ in calls]
                for place in range(max(map(len, lists))):
                    cells: list[Any] = []
                    for rows, (_, count) in zip(lists, calls, strict=True):
                        cells += rows[place] if place < len(rows) else [None] * count
                    made.append([*frame, *cells, place + 1] if node.ordinality else [*frame, *cells])
                execution.spend(max(map(len, lists)))
            return made

        return extend

    def _rows_of(self, call: tree.Expr, layout: Layout) -> tuple[Callable[[Frame], Iterable[Any]], int]:
        """Return what gives the rows of a call, each a list of cells, and how many these are."""
        if not isinstance(call, tree.FuncExpr) or not call.function.gives_rows:
            if isinstance(call, tree.FuncExpr) and call.function.has_row_type:
                raise NotByTuples("a row as a value")
            value = self.value(call, layout)
            return lambda frame: [[value(frame)]], 1
        made = self._call(call.function, call.arguments, layout).call
        if call.function.has_row_type:
            return lambda frame: (list(row) for row in made(frame) or ()), len(call.function.columns)
        return lambda frame: ([row] for row in made(frame) or ()), 1


def _alone(rows: Rows) -> Rows:
    """Return rows that depend on no frame."""
    return lambda frame: rows([None, frame[EXECUTION]])


def _beside(rows: Rows) -> Rows:
    """Return rows that depend on the queries around the frame's."""
    return lambda frame: rows([frame[OUTER], frame[EXECUTION]])


def _joined(rows: Rows, is_same: bool) -> Extend:
    """Return what puts rows behind frames: the same behind all, or those that each frame has."""

    def extend(frames: list[Frame]) -> list[Frame]:
        if not frames:
            return []
        execution, made = frames[0][EXECUTION], list[Frame]()
        found = rows(frames[0]) if is_same else []
        for frame in frames:
            if not is_same:
                found = rows(frame)
            execution.spend(len(found))
            made += [frame + list(row) for row in found]
        return made

    return extend


def _filtering(extend: Extend, tests: Sequence[Value]) -> Extend:
    if not tests:
        return extend
    return lambda frames: [f for f in each_watched(extend(frames)) if all(test(f) for test in tests)]


def _by_key(
    values: Sequence[Value],
    keys: Sequence[Callable[[Any], Any]],
    find: Callable[[Any, list[Any]], list[Any] | None],
) -> Extend:
    """Return what puts the row of a unique key behind each frame."""

    def extend(frames: list[Frame]) -> list[Frame]:
        made: list[Frame] = []
        known: dict[tuple[object, ...], list[Any] | None] = {}
        for frame in frames:
            key = [value(frame) for value in values]
            if any(part is None for part in key):
                continue
            execution = frame[EXECUTION]
            same = tuple(key_of(part) for key_of, part in zip(keys, key, strict=True))
            if same not in known:
                execution.spend(LOOKUP_ROWS)
                known[same] = find(execution, key)
            execution.spend(1)
            cells = known[same]
            if cells is not None:
                made.append(frame + cells)
        return made

    return extend


class TableScan:
    """Puts the rows of a table that pass constant conditions behind each frame."""

    def __init__(self, table: TableRows, fixed: Sequence[Comparison]) -> None:
        self.table = table
        self._values = [each.value for each in fixed]
        self._scan = table.scan(fixed)
        self._masks = table.masks(fixed)

    def __call__(self, frames: list[Frame]) -> list[Frame]:
        if not frames:
            return []
        execution = frames[0][EXECUTION]
        found = self._scan(execution, [value(frames[0]) for value in self._values])
        execution.spend(len(found) * len(frames))
        return [frame + cells for frame in frames for cells in found]

    def masks(self, frame: Frame) -> list[tuple[Segment, Mask]]:
        """Return the segments that have such rows, and which these are."""
        return list(self._masks(frame[EXECUTION], [value(frame) for value in self._values]))


def _scanned(table: CatalogRows, fixed: Sequence[Comparison]) -> Extend:
    """Return what puts the rows of the catalog that pass constant conditions behind each frame."""
    scan, values = table.scan(fixed), [each.value for each in fixed]

    def extend(frames: list[Frame]) -> list[Frame]:
        if not frames:
            return []
        execution = frames[0][EXECUTION]
        found = scan(execution, [value(frames[0]) for value in values])
        execution.spend(len(found) * (len(frames) - 1))
        return [frame + cells for frame in frames for cells in found]

    return extend


def _flattened(items: Sequence[tree.FromItem], pool: list[tree.Expr]) -> Iterator[tree.FromItem]:
    """Yield what stands in FROM, inner joins taken apart; their conditions go into `pool`."""
    for item in items:
        if isinstance(item, tree.JoinExpr) and item.kind in ("CROSS", "INNER"):
            pool += conjuncts_in(item.on)
            yield from _flattened((item.left, item.right), pool)
        else:
            yield item


def _is_named(item: tree.FromItem, layout: Layout, pool: Sequence[tree.Expr]) -> bool:
    """Whether a condition says what a column of a relation is."""
    for each in pool:
        match each:
            case tree.FuncExpr(function=function, arguments=(left, right)) if function.name == EQUAL:
                pairs = [(left, right), (right, left)]
            case tree.ArrayComparison(left=left, right=right, is_any=True):
                pairs = [(left, right)]
            case _:
                continue
        for side, other in pairs:
            if _is_of(side, item) and _is_there(other, layout):  # type: ignore[arg-type]
                return True
    return False


def _hashed(
    table: TableRows | CatalogRows, fixed: Sequence[Comparison], equal: Sequence[Comparison]
) -> Extend:
    """Return what puts those rows behind each frame that have its values in some columns."""
    looked_up = table.scan([*fixed, *equal])
    scan = table.scan(fixed)
    key_of = _key_of([keyed(each.type) for each in equal])
    places = [table.cell_of(each.place) for each in equal]

    def extend(frames: list[Frame]) -> list[Frame]:
        if not frames:
            return []
        execution, around = frames[0][EXECUTION], [each.value(frames[0]) for each in fixed]
        wanted: dict[object, list[Any]] = {}
        of_frames: list[object] = []
        for frame in each_watched(frames):
            values = [each.value(frame) for each in equal]
            of_frames.append(wants := key_of(values))
            if wants is not None:
                wanted.setdefault(wants, values)
        found: dict[object, list[Any]] = {}
        if len(wanted) <= LOOKED_UP_MAX:
            for wants, values in wanted.items():
                found[wants] = looked_up(execution, [*around, *values])
        else:
            for cells in scan(execution, around):
                here = key_of([cells[place] for place in places])
                if here in wanted:
                    found.setdefault(here, []).append(cells)
        made = [
            f + cells for f, wants in zip(frames, of_frames, strict=True) for cells in found.get(wants, ())
        ]
        execution.spend(len(made))
        return made

    return extend


def _key_of(keys: Sequence[Callable[[Any], Any]]) -> Callable[[list[Any]], object]:
    """Return what makes of values what is equal for equal ones, None where one of them is NULL."""
    if len(keys) == 1:
        key = keys[0]
        return lambda values: key(values[0])

    def made_of(values: list[Any]) -> object:
        made = tuple(key(value) for key, value in zip(keys, values, strict=True))
        return None if None in made else made

    return made_of


def _is_of(node: tree.Expr, relation: tree.RangeTable) -> bool:
    """Whether an expression is a column of a relation."""
    return isinstance(node, tree.Var) and node.relation == relation.alias


def _names(node: tree.Expr, alias: str) -> bool:
    return any(var.relation == alias for var in nodes_of(node, tree.Var))


def _is_there(node: tree.Expr, layout: Layout) -> bool:
    """Whether all columns of an expression are laid out; one with a query in it waits for all of FROM."""
    if not all(layout.knows(var) for var in nodes_of(node, tree.Var)):
        return False
    return next(nodes_of(node, tree.SubLink), None) is None
