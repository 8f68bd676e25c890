"""Literals, many at once: IN a list, rows of VALUES. They are arrays, not an expression each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from vql.deadline import watched
from vql.errors import DatatypeMismatch, SyntaxError
from vql.functions.declare import FUNCTIONS
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.names import unique_columns
from vql.language.analyze.resolution.calls import Analysis, operator_of
from vql.language.analyze.resolution.coerce import as_type, common_type
from vql.types.type import BIGINT, INTEGER, TEXT, UNKNOWN, Type

LISTED = "vql__listed"  # the relation of rows of literals
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


def check_lengths(rows: Sequence[Sequence[ast.Expression]]) -> None:
    """Raise 42601 where rows of VALUES are not of one length, at the first of another one."""
    for row in watched(rows):
        if len(row) != len(rows[0]):
            raise SyntaxError("VALUES lists must all be the same length", position=row[0].span[0] + 1)


def literal_columns(node: ast.Query) -> tree.SelectQuery | None:
    """Return VALUES of many literals as arrays side by side, a column each; None of any other query, and
    where a column is not of integers alone, or of strings alone, which are texts."""
    if not (isinstance(node, ast.Values) and isinstance(node.rows, ast.LiteralRows)):
        return None
    if node != ast.Values(node.rows, span=node.span):  # sorted, or cut
        return None
    found = node.rows.columns()
    made = [_array(column) for column in found or ()]
    arrays = [array for array in made if array is not None]
    if not arrays or len(arrays) < len(made):
        return None
    types = [array.type.element for array in arrays]
    columns = unique_columns([f"column{place + 1}" for place in range(len(arrays))], types)
    unnest = next(each for each in FUNCTIONS["unnest"] if each.arguments[0].type == "anyarray")
    calls = tuple(tree.FuncExpr(unnest, (array,), array.type.element) for array in arrays)
    return tree.SelectQuery(
        columns=columns, sources=(tree.RangeFunction(calls, LISTED, columns, ordinality=False),),
        targets=tuple(tree.Target(tree.Var(LISTED, c.column, c.type), c.name, c.column) for c in columns),
    )  # fmt: skip


def _array(column: Sequence[str]) -> tree.Const | None:
    """Return the literals of a column as an array: of integers, or of strings and NULL."""
    nulls = [text[0] in "nN" and text.lower() == "null" for text in watched(column)]
    if all(null or text[0] == "'" for text, null in zip(column, nulls, strict=True)):
        texts = zip(watched(column), nulls, strict=True)
        return tree.Const(
            [None if null else text[1:-1].replace("''", "'") for text, null in texts], TEXT.array
        )
    try:
        values = [None if null else int(text) for text, null in zip(watched(column), nulls, strict=True)]
    except ValueError:
        return None
    kind = _kind_of(tuple(value for value in values if value is not None))
    return None if kind is None else tree.Const(values, kind.array)
