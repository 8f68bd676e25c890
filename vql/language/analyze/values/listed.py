"""IN a list; many literals are one array, as PostgreSQL has it, not an expression each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from vql.errors import DatatypeMismatch
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import Analysis, operator_of
from vql.language.analyze.resolution.coerce import as_type, common_type
from vql.types.type import BIGINT, INTEGER, TEXT, UNKNOWN, Type

Compare = Callable[[str, tree.Expr, tree.Expr, ast.Span], tree.Expr]


def in_items(
    left: tree.Expr, items: Sequence[tree.Expr], node: ast.In, compared: Compare, analyzer: Analysis
) -> tree.Expr:
    """Return a comparison with items, of one type where they have one in common with what is compared."""
    span, type_ = ast.operator_span(node), None
    if not any(isinstance(item, tree.RowExpr) for item in (left, *items)):
        with suppress(DatatypeMismatch):
            type_ = common_type([left.type, *(item.type for item in items)], "IN")
    if type_ is None:  # each is compared with an operator of its own
        op, word = ("<>", "AND") if node.negated else ("=", "OR")
        parts = tuple(compared(op, left, item, span) for item in items)
        return parts[0] if len(parts) == 1 else tree.BoolExpr(word, parts)
    if node.negated:  # what there is no operator for is said of the one that was written
        operator_of(analyzer, "<>", (left, tree.Param(-1, type_)), span)
    equality = operator_of(analyzer, "=", (left, tree.Param(-1, type_)), span)
    wanted = equality.arguments[1].type
    given = tuple(as_type(item, wanted, analyzer.note) for item in items)
    return tree.InExpr(equality.function, equality.arguments[0], given, node.negated)


def among_literals(left: tree.Expr, node: ast.In, analyzer: Analysis) -> tree.Expr | None:
    """Return a comparison with the literals of a list; None where each is to be read as something else."""
    assert isinstance(node.items, ast.LiteralList), "a list kept as its text"
    if not (left.type.is_integer if node.items.kind == "integer" else left.type.has_case):
        return None
    values = node.items.values()
    kind = _kind_of(values)
    if kind is None:
        return None
    right = tree.Param(-1, common_type([left.type, kind], "IN"))
    equality = operator_of(analyzer, "=", (left, right), ast.operator_span(node))
    wanted = equality.arguments[1].type
    if not (wanted.is_integer or wanted == TEXT):
        return None
    array = tree.Const(list(values), wanted.array)
    found = tree.ArrayComparison(equality.function, equality.arguments[0], array, is_any=True)
    return tree.BoolExpr("NOT", (found,)) if node.negated else found


def _kind_of(values: tuple[int, ...] | tuple[str, ...]) -> Type | None:
    """Return the type of literals, None of integers that are numerics."""
    if isinstance(values[0], str):
        return UNKNOWN
    most = max(max(values), -1 - min(values))
    return next((type_ for type_, bits in ((INTEGER, 31), (BIGINT, 63)) if most < 1 << bits), None)
