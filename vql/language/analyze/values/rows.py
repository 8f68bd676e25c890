"""Row values compared: member by member, with each other or with the rows of a query.

SQL's three-valued logic throughout: a comparison that NULL leaves open is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeGuard

from vql.errors import DatatypeMismatch, ProgrammingError
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.names import Scope
from vql.types.type import BOOLEAN, UNKNOWN, Type


class RowContext(Protocol):
    """Where the values of a row are written."""

    scope: Scope

    def expression(self, node: ast.Expression) -> tree.Expr:
        """Return an expression with its types."""

    def row_items(self, node: ast.Field) -> list[tuple[str, tree.Expr]]:
        """Return the fields of `(row).*` by name."""


Compare = Callable[[str, tree.Expr, tree.Expr, ast.Span], tree.Expr]
# What the rows of a query are called where they are compared one by one.
QUERY_ROWS = "vql__row"


def junction(op: str, parts: tuple[tree.Expr, ...]) -> tree.Expr:
    """Return AND or OR of one condition or several."""
    return parts[0] if len(parts) == 1 else tree.BoolExpr(op, parts)


def compared_rows(
    compare: Compare, op: str, left: tree.RowExpr, right: tree.RowExpr, span: ast.Span
) -> tree.Expr:
    """Return `(a, b) op (c, d)`. Raises 42601 for rows of different lengths."""
    _check_alike(left, right, span)
    pairs = list(zip(left.items, right.items, strict=True))
    if op in ("=", "<>"):
        return junction("AND" if op == "=" else "OR", tuple(compare(op, a, b, span) for a, b in pairs))
    made: tree.Expr = compare(op, *pairs[-1], span)
    for a, b in reversed(pairs[:-1]):
        equal = tree.BoolExpr("AND", (compare("=", a, b, span), made))
        made = tree.BoolExpr("OR", (compare(op[0], a, b, span), equal))
    return made


def is_written(node: tree.Expr) -> TypeGuard[tree.RowExpr]:
    """Whether a row is written out, whose members are compared, not one of a table, which is a value."""
    return isinstance(node, tree.RowExpr) and not node.is_whole


def check_known(left: tree.Expr, right: tree.Expr) -> None:
    """Raise 42804 where a value of a composite type is compared with a row that has a field of no type."""
    for row, other in ((left, right), (right, left)):
        if not is_written(row):
            continue
        for place, (item, type_) in enumerate(zip(row.items, _member_types(other), strict=False), 1):
            if item.type == UNKNOWN:
                shown = [type_.sized(None).formatted(), "unknown"][:: 1 if row is right else -1]
                text = (
                    f"cannot compare dissimilar column types {' and '.join(shown)} at record column {place}"
                )
                raise DatatypeMismatch(text)


def _member_types(node: tree.Expr) -> tuple[Type, ...]:
    """Return the types of a row's members as far as they are known."""
    if isinstance(node, tree.RowExpr):
        return tuple(item.type for item in node.items)
    return () if node.type.composite is None else tuple(field.type for field in node.type.composite.fields)


def distinct(compare: Compare, left: tree.Expr, right: tree.Expr, negated: bool, span: ast.Span) -> tree.Expr:
    """Return IS [NOT] DISTINCT FROM, of rows too."""
    if is_written(left) and is_written(right):
        _check_alike(left, right, span)
        pairs = zip(left.items, right.items, strict=True)
        return junction(
            "AND" if negated else "OR", tuple(distinct(compare, a, b, negated, span) for a, b in pairs)
        )
    equality = compare("=", left, right, span)
    assert isinstance(equality, tree.FuncExpr), "of values that are no rows"
    return tree.DistinctExpr(equality.arguments[0], equality.arguments[1], negated)


def against_query(
    compare: Compare, op: str, left: tree.Expr, query: tree.Query, kind: str, negated: bool, span: ast.Span
) -> tree.Expr:
    """Return `left op ANY (query)`, ALL, or `row`: a row beside a query of one. Raises 42601 where their
    columns differ in number."""
    width = len(left.items) if is_written(left) else 1
    if width != len(query.columns):
        few = len(query.columns) < width
        raise ProgrammingError(
            f"subquery has too {'few' if few else 'many'} columns", sqlstate="42601", position=span[0] + 1
        )
    columns = tuple(tree.Var(QUERY_ROWS, c.column, c.type) for c in query.columns)
    if is_written(left):
        rows = tree.RowExpr(columns, tuple(c.name for c in query.columns), left.type)
        test = compare(op, left, rows, span)
    else:
        test = compare(op, left, columns[0], span)
    return tree.SubLink(kind, query, BOOLEAN, test, negated)


def _check_alike(left: tree.RowExpr, right: tree.RowExpr, span: ast.Span) -> None:
    if len(left.items) != len(right.items):
        raise ProgrammingError(
            "unequal number of entries in row expressions", sqlstate="42601", position=span[0] + 1
        )


def row_values(items: Iterable[ast.Expression], level: RowContext) -> Iterator[tree.Expr]:
    """Yield the values of ROW(...), those of `t.*` and `(row).*` each by itself."""
    for item in items:
        match item:
            case ast.Star(table=table, span=span):
                yield from (value for name, value in level.scope.star(table, span) if name != ast.ROW)
            case ast.Field(name="*"):
                yield from (value for _, value in level.row_items(item))
            case _:
                yield level.expression(item)
