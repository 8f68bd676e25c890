"""Analysed queries as closures that give their rows, in a frame around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vql.deadline import each_watched
from vql.errors import DataError
from vql.executor.tuples.expressions import ExpressionCompiler, Rows, keyed, without_columns
from vql.executor.tuples.folds import column_fold, compiled_fold, sort_key
from vql.executor.tuples.frame import EXECUTION, FIRST, Frame, Layout, NotByTuples, Value
from vql.executor.tuples.sources import Extend, SourceCompiler, TableScan, conjuncts_in
from vql.language.analyze import tree
from vql.language.analyze.aggregation import folds

Row = tuple[Any, ...]
Frames = Callable[[Frame], list[Frame]]


class QueryCompiler(SourceCompiler, ExpressionCompiler):
    """Makes closures of queries: of what they read, what they compute of it, and what they give."""

    def query(self, node: tree.Query, outer: Layout | None) -> tuple[Rows, bool]:
        if node.recursive:
            raise NotByTuples("WITH RECURSIVE")
        layout = Layout(outer)
        for common in node.common:
            rows, is_correlated = self.query(without_columns(common.query, self._names_of(common)), layout)
            if is_correlated:
                raise NotByTuples("a common table that names columns around it")
            layout.common[common.name] = self._once(rows)
        match node:
            case tree.SelectQuery():
                found = self._select(node, layout)
            case tree.ValuesQuery():
                found = self._ordered(node, self._values(node, layout), layout)
            case tree.SetQuery():
                found = self._ordered(node, self._set(node, layout), layout)
        return found, layout.reaches_out

    def _names_of(self, common: tree.CommonExpr) -> set[str]:
        """Return the columns of a query of WITH that somebody reads, by the names that it has for them."""
        pairs = zip(common.columns, common.query.columns, strict=True)
        return {inner.column for outer, inner in pairs if outer.column in self.read}

    def _once(self, rows: Rows) -> Rows:
        """Return rows that are made once an execution, when they are first read."""
        return self.once(lambda frame: rows([None, frame[EXECUTION]]), False)

    # -------------------------------------------------------------- SELECT

    def _select(self, node: tree.SelectQuery, layout: Layout) -> Rows:
        if node.grouping_sets:
            raise NotByTuples("GROUPING SETS")
        frames = self._frames(node, layout)
        is_grouped = bool(node.group_by) or node.having is not None or folds((node.targets, node.order_by))
        layout.may_fold = is_grouped
        outputs = [self.value(target.expression, layout) for target in node.targets]
        having = None if node.having is None else self.value(node.having, layout)
        keys = [None if key.target >= 0 else self.value(key.expression, layout) for key in node.order_by]
        firsts = [self.value(key, layout) for key in node.distinct_on]
        if is_grouped:
            groups = [(self.value(key, layout), keyed(key.type)) for key in node.group_by]
            by_columns = None if groups or having is not None else _by_columns(frames, layout)
            frames = by_columns or self._grouped(frames, groups, having, layout)
        project = _projected(outputs, keys, [key.target for key in node.order_by])
        distinct = [keyed(key.type) for key in node.distinct_on]
        alike = [keyed(target.expression.type) for target in node.targets]
        window = self._window(node, layout)
        order = sort_key(node.order_by, lambda pair: pair[1]) if node.order_by else None

        def rows(outer: Frame) -> list[Row]:
            offset, limit = window(outer)
            found = frames(outer)
            if order is None and not node.distinct and not firsts:
                stop = None if limit is None else offset + limit
                made = [project(frame)[0] for frame in each_watched(found[:stop])]
                return made[offset:] if offset else made  # what is skipped is computed, as PostgreSQL does
            pairs = [(*project(frame), frame) for frame in each_watched(found)]
            if node.distinct and not firsts:
                pairs = _firsts(pairs, lambda pair: tuple(k(c) for k, c in zip(alike, pair[0], strict=True)))
            if order is not None:
                pairs.sort(key=order)
            if firsts:
                pairs = _firsts(
                    pairs,
                    lambda pair: tuple(k(v(pair[2])) for k, v in zip(distinct, firsts, strict=True)),
                )
            stop = None if limit is None else offset + limit
            return [pair[0] for pair in pairs[offset:stop]]

        return rows

    def _frames(self, node: tree.SelectQuery, layout: Layout) -> Frames:
        """Return what gives the frames of FROM that pass WHERE."""
        pool = conjuncts_in(node.where)
        layout.relations = frozenset(alias for source in node.sources for alias in _aliases(source))
        steps: list[Extend] = self.sources(node.sources, layout, pool)
        left = [self.condition(item, layout) for item in pool]
        if len(steps) == 1 and isinstance(steps[0], TableScan) and not left:
            return ScannedFrames(steps[0])

        def frames(outer: Frame) -> list[Frame]:
            found: list[Frame] = [[outer, outer[EXECUTION]]]
            for step in steps:
                found = step(found)
            return [f for f in each_watched(found) if all(test(f) for test in left)] if left else found

        return frames

    def _grouped(
        self,
        frames: Frames,
        groups: Sequence[tuple[Value, Callable[[Any], Any]]],
        having: Value | None,
        layout: Layout,
    ) -> Frames:
        """Return what gives a frame a group: its first one, and behind its cells what the aggregates are."""
        folds = [compiled_fold(node, self, layout) for node in layout.folds]
        blanks = layout.width

        def grouped(outer: Frame) -> list[Frame]:
            found: dict[object, list[Frame]] = {} if groups else {(): []}
            for frame in each_watched(frames(outer)):
                found.setdefault(tuple(key(value(frame)) for value, key in groups), []).append(frame)
            empty: Frame = [outer, outer[EXECUTION]]
            made = [
                [*(members[0] if members else empty + [None] * (blanks - len(empty))),
                 *(fold(members, empty) for fold in folds)]
                for members in found.values()
            ]  # fmt: skip
            return made if having is None else [frame for frame in each_watched(made) if having(frame)]

        return grouped

    # -------------------------------------------------------------- VALUES and set operations

    def _values(self, node: tree.ValuesQuery, layout: Layout) -> Rows:
        rows = [[self.value(cell, layout) for cell in row] for row in node.rows]
        return lambda outer: [tuple(cell([outer, outer[EXECUTION]]) for cell in row) for row in rows]

    def _set(self, node: tree.SetQuery, layout: Layout) -> Rows:
        (left, left_out), (right, right_out) = self.query(node.left, layout), self.query(node.right, layout)
        layout.reaches_out |= left_out or right_out
        keys = [keyed(column.type) for column in node.columns]

        def key_of(row: Row) -> object:
            return tuple(key(cell) for key, cell in zip(keys, row, strict=True))

        def rows(outer: Frame) -> list[Row]:
            inner: Frame = [outer, outer[EXECUTION]]
            first, second = left(inner), right(inner)
            if node.op == "UNION":
                return first + second if node.all else _firsts(first + second, key_of)
            counts: dict[object, int] = {}
            for row in second:
                counts[key_of(row)] = counts.get(key_of(row), 0) + 1
            wanted = node.op == "INTERSECT"
            if not node.all:
                return [r for r in _firsts(first, key_of) if (key_of(r) in counts) is wanted]
            return list(_counted(first, key_of, counts, wanted))

        return rows

    def _ordered(self, node: tree.ValuesQuery | tree.SetQuery, rows: Rows, layout: Layout) -> Rows:
        """Return rows sorted and cut as a query's tail says."""
        inner = layout.beside()
        inner.add(None, [column.column for column in node.columns])
        values = [self.value(key.expression, inner) for key in node.order_by]
        layout.reaches_out |= inner.reaches_out
        window = self._window(node, layout)

        def cells(row: Row, outer: Frame) -> list[Any]:
            return [value([outer, outer[EXECUTION], *row]) for value in values]

        def found(outer: Frame) -> list[Row]:
            offset, limit = window(outer)
            made = rows(outer)
            if values:
                made = sorted(made, key=sort_key(node.order_by, lambda row: cells(row, outer)))
            return made[offset : None if limit is None else offset + limit]

        return found

    def _window(self, node: tree.Query, layout: Layout) -> Callable[[Frame], tuple[int, int | None]]:
        """Return what gives OFFSET and LIMIT."""
        inner = layout.beside()
        limit = None if node.limit is None else self.value(node.limit, inner)
        offset = None if node.offset is None else self.value(node.offset, inner)
        layout.reaches_out |= inner.reaches_out

        def window(outer: Frame) -> tuple[int, int | None]:
            if limit is None and offset is None:
                return 0, None
            frame: Frame = [outer, outer[EXECUTION]]
            most = None if limit is None else limit(frame)
            first = 0 if offset is None else offset(frame) or 0
            if most is not None and most < 0:
                raise DataError("LIMIT must not be negative", sqlstate="2201W")
            if first < 0:
                raise DataError("OFFSET must not be negative", sqlstate="2201X")
            return first, most

        return window


class ScannedFrames:
    """The frames of a SELECT of one table under masks."""

    def __init__(self, scan: TableScan) -> None:
        self.scan = scan

    def __call__(self, outer: Frame) -> list[Frame]:
        return self.scan([[outer, outer[EXECUTION]]])


def _by_columns(frames: Frames, layout: Layout) -> Frames | None:
    """Return what gives the one frame of aggregates that columns and masks give; None where they do not."""
    if not isinstance(frames, ScannedFrames):
        return None
    scan, blanks = frames.scan, [None] * (layout.width - FIRST)
    folds = [column_fold(node, scan.table) for node in layout.folds]
    if None in folds:
        return None

    def folded(outer: Frame) -> list[Frame]:
        frame: Frame = [outer, outer[EXECUTION]]
        masked = scan.masks(frame)
        return [[*frame, *blanks, *(fold(masked) for fold in folds if fold is not None)]]

    return folded


def _projected(
    outputs: Sequence[Value], keys: Sequence[Value | None], targets: Sequence[int]
) -> Callable[[Frame], tuple[Row, list[Any]]]:
    """Return what gives the cells of a row, and what it is sorted by."""

    def project(frame: Frame) -> tuple[Row, list[Any]]:
        row = tuple([value(frame) for value in outputs])
        sorts = [
            row[target] if key is None else key(frame) for key, target in zip(keys, targets, strict=True)
        ]
        return row, sorts

    return project


def _firsts(items: Sequence[Any], key_of: Callable[[Any], object]) -> list[Any]:
    """Return the first of those that have a key in common."""
    found: dict[object, Any] = {}
    for item in items:
        found.setdefault(key_of(item), item)
    return list(found.values())


def _counted(
    rows: Sequence[Row], key_of: Callable[[Row], object], counts: dict[object, int], wanted: bool
) -> list[Row]:
    """Return what INTERSECT ALL and EXCEPT ALL leave of rows, each as the first equal to it is written, given
    how many there are on the other side."""
    firsts, found = dict[object, Row](), []
    for row in rows:
        key = key_of(row)
        first = firsts.setdefault(key, row)
        is_there = counts.get(key, 0) > 0
        if is_there:
            counts[key] -= 1
        if is_there is wanted:
            found.append(first)
    return found


def _aliases(node: tree.FromItem) -> list[str]:
    """Return the names of the relations that are joined."""
    return [*_aliases(node.left), *_aliases(node.right)] if isinstance(node, tree.JoinExpr) else [node.alias]
