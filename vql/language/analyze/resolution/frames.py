"""Windows and their frames: what PostgreSQL asks of their bounds, and what an offset of RANGE is added to;
keys that rows are sorted by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from vql.errors import DatatypeMismatch, NotSupportedError, ProgrammingError, UndefinedFunction
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import Analysis
from vql.language.analyze.resolution.coerce import ASSIGNMENT, as_type, can_coerce
from vql.language.ast.walk import nodes_of
from vql.types.type import BIGINT, UNKNOWN, Type, type_named

CURRENT = ast.FrameBound("CURRENT ROW")


class QueryLevel(Protocol):
    """What is asked of the expressions of a query level."""

    @property
    def analyzer(self) -> Analysis: ...

    def expression(self, node: ast.Expression) -> tree.Expr: ...
    def settled(self, found: tree.Expr) -> tree.Expr: ...
    def sort_key(self, item: ast.OrderItem) -> tree.SortKey: ...


def window_of(window: ast.Window, level: QueryLevel, named: Mapping[str, tree.WindowDef]) -> tree.WindowDef:
    """Return what stands behind OVER, which may begin with a window of WINDOW. Raises 42704, 42P20 and what
    is wrong with its frame."""
    parts = tuple(level.settled(level.expression(e)) for e in window.partition_by)
    keys = tuple(map(level.sort_key, window.order_by))
    if window.name is None:
        return tree.WindowDef(parts, keys, _frame_of(window, keys, level))
    base = named.get(window.name)
    if base is None:
        raise ProgrammingError(
            f'window "{window.name}" does not exist', sqlstate="42704", position=window.span[0] + 1
        )
    if parts or (keys and base.order_by):
        what = "PARTITION BY" if parts else "ORDER BY"
        raise ProgrammingError(f'cannot override {what} clause of window "{window.name}"', sqlstate="42P20")
    keys = keys or base.order_by
    return tree.WindowDef(base.partition_by, keys, _frame_of(window, keys, level) or base.frame)


def _frame_of(window: ast.Window, keys: Sequence[tree.SortKey], level: QueryLevel) -> tree.WindowFrame | None:
    """Return the frame of a window, None where it says none. Raises 42P20, 42P10, 42804, 0A000."""
    frame = window.frame
    if frame is None:
        return None
    end = frame.end or CURRENT
    _check_order(frame.start, end, frame.end is None)
    if frame.mode == "GROUPS" and not keys:
        raise _refused("GROUPS mode requires an ORDER BY clause")
    has_offset = frame.start.offset is not None or end.offset is not None
    if frame.mode == "RANGE" and has_offset and len(keys) != 1:
        raise _refused("RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
    start, stop = (_bound(each, frame.mode, keys, level) for each in (frame.start, end))
    return tree.WindowFrame(frame.mode, start, stop, frame.exclude)


def _refused(message: str, position: int | None = None) -> ProgrammingError:
    return ProgrammingError(message, sqlstate="42P20", position=position)


def _check_order(start: ast.FrameBound, end: ast.FrameBound, is_alone: bool) -> None:
    """Raise 42P20 for a frame that ends before it begins."""
    if start.kind == "UNBOUNDED FOLLOWING":
        raise _refused("frame start cannot be UNBOUNDED FOLLOWING", start.span[0] + 1)
    place = (start if is_alone else end).span[0] + 1
    if end.kind == "UNBOUNDED PRECEDING":
        raise _refused("frame end cannot be UNBOUNDED PRECEDING", place)
    if start.kind == "CURRENT ROW" and end.kind == "PRECEDING":
        raise _refused("frame starting from current row cannot have preceding rows", place)
    if start.kind == "FOLLOWING" and end.kind == "PRECEDING":
        raise _refused("frame starting from following row cannot have preceding rows", place)
    if start.kind == "FOLLOWING" and end.kind == "CURRENT ROW":
        raise _refused("frame starting from following row cannot end with current row", place)


def _bound(
    bound: ast.FrameBound, mode: str, keys: Sequence[tree.SortKey], level: QueryLevel
) -> tree.FrameEnd:
    if bound.offset is None:
        return tree.FrameEnd(bound.kind)
    place = bound.span[0] + 1
    if next(nodes_of(bound.offset, ast.Name), None) is not None:
        text = f"argument of {mode} must not contain variables"
        raise ProgrammingError(text, sqlstate="42P10", position=place)
    found = level.expression(bound.offset)
    note = level.analyzer.note
    if mode == "RANGE":
        return tree.FrameEnd(
            bound.kind, as_type(found, _added_to(keys[0].expression.type, found.type, place), note)
        )
    if found.type != UNKNOWN and not can_coerce(found.type, BIGINT, ASSIGNMENT):
        text = f"argument of {mode} must be type bigint, not type {found.type.formatted()}"
        raise DatatypeMismatch(text, position=place)
    return tree.FrameEnd(bound.kind, as_type(found, BIGINT, note, ASSIGNMENT))


def _added_to(key: Type, offset: Type, position: int) -> Type:
    """Return the type that an offset of RANGE becomes (pg_amproc, in_range). Raises 0A000."""
    what = "RANGE with offset PRECEDING/FOLLOWING is not supported for column type"
    types = [type_named(each) for each in key.base.range_offsets]
    if not types:
        raise NotSupportedError(f"{what} {key.formatted()}", position=position)
    if offset == UNKNOWN:
        return types[0]
    for each in [type_ for type_ in types if type_.base is offset.base] or types:
        if can_coerce(offset, each):
            return each
    raise NotSupportedError(
        f"{what} {key.formatted()} and offset type {offset.formatted()}", position=position,
        hint="Cast the offset value to an appropriate type.",
    )  # fmt: skip


def sorted_by(item: ast.OrderItem, found: tree.Expr, place: int = -1) -> tree.SortKey:
    """Return a key of ORDER BY with PostgreSQL's place for NULLs. Raises 42883."""
    if not found.type.base.is_sortable:
        raise UndefinedFunction(
            f"could not identify an ordering operator for type {found.type.formatted()}",
            position=item.expression.span[0] + 1,
            hint="Use an explicit ordering operator or modify the query.",
        )
    nulls_first = item.nulls == "FIRST" if item.nulls else item.descending
    return tree.SortKey(found, item.descending, nulls_first, place)
