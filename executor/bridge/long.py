"""Long statements, written so that DuckDB plans them in time that grows with their length.

Its optimizer takes every conjunct of a condition apart and compares it with all others: 2,000 take 11 s,
where the same condition as one truth value takes 0.2 s. Each UNION ALL is planned over all before it:
10,000 take 24 s, as rows of one VALUES 0.2 s (duckdb 1.4, one core). Sets of one operator are printed flat,
since their nesting costs more still.
"""

from __future__ import annotations

from vql.language import ast
from vql.language.ast.walk import and_of, conjuncts, output_name

CONJUNCTS_MAX = 100
UNION_ROWS_MIN = 50
CONSTANTS = (ast.Literal, ast.VectorLiteral, ast.Parameter)


def condition(node: ast.Expression) -> ast.Expression:
    """Return WHERE, HAVING or ON, its conjuncts as one where they are many; comparisons of two columns
    stay by themselves, since joins go by them."""
    items = conjuncts(node)
    if len(items) <= CONJUNCTS_MAX:
        return node
    joins: list[ast.Expression] = []
    others: list[ast.Expression] = []
    for item in items:
        is_join = isinstance(item, ast.Binary) and isinstance(item.left, ast.Name)
        (joins if is_join and isinstance(item.right, ast.Name) else others).append(item)  # type: ignore[union-attr]
    if len(others) <= CONJUNCTS_MAX:
        return node
    found: ast.Expression = ast.IsTest(and_of(others), "TRUE", False)
    for item in joins:
        found = ast.Binary("AND", item, found)
    return found


def operands(node: ast.SetOperation) -> list[ast.Query]:
    """Return the queries that one operator joins, left to right; rows of constants as one VALUES."""
    found: list[ast.Query] = []
    stack: list[ast.Query] = [node.right, node.left]
    alike = node.op == "UNION"
    while stack:
        item = stack.pop()
        if alike and isinstance(item, ast.SetOperation) and _is_bare(item, node):
            stack += (item.right, item.left)
        else:
            found.append(item)
    return _with_values(found) if alike else found


def _is_bare(item: ast.SetOperation, whole: ast.SetOperation) -> bool:
    return (item.op, item.all) == (whole.op, whole.all) and not (
        item.order_by or item.with_ or item.limit is not None or item.offset is not None
    )


def _with_values(queries: list[ast.Query]) -> list[ast.Query]:
    found: list[ast.Query] = []
    run: list[ast.Select] = []
    for query in (*queries, None):
        fits = query is not None and _is_row(query)
        if fits and (not run or len(query.items) == len(run[0].items)):  # type: ignore[union-attr]
            run.append(query)  # type: ignore[arg-type]
            continue
        found += [_as_values(run)] if len(run) >= UNION_ROWS_MIN else run
        run = [query] if fits else []  # type: ignore[list-item]
        if query is not None and not fits:
            found.append(query)
    return found


def _is_row(query: ast.Query) -> bool:
    """Whether a query is SELECT of constants and nothing else."""
    return (
        isinstance(query, ast.Select)
        and query == ast.Select(query.items, span=query.span)
        and all(_is_constant(item.expression) for item in query.items)
    )


def _is_constant(node: ast.Expression) -> bool:
    while isinstance(node, ast.Cast | ast.Unary):
        node = node.operand
    return isinstance(node, CONSTANTS)


def _as_values(run: list[ast.Select]) -> ast.Select:
    rows = ast.Values(tuple(tuple(item.expression for item in query.items) for query in run))
    columns = tuple(f"c{place}" for place in range(len(run[0].items)))
    items = tuple(
        ast.SelectItem(ast.Name((column,)), item.alias or output_name(item.expression))
        for column, item in zip(columns, run[0].items, strict=True)
    )
    return ast.Select(items, (ast.QueryRef(rows, "rows", columns),))
