"""UPDATE ... FROM and DELETE ... USING, as changes whose sub-queries read the other tables.

A row is changed where the others have a row that the condition holds for, and what it becomes is asked of
that row. Of several such rows PostgreSQL takes any one for all columns; here a single column takes any one,
and where several columns are set from several rows, the sub-query raises 21000.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from vql.errors import NotSupportedError
from vql.language import ast
from vql.language.ast.walk import and_of, conjuncts, nodes_of

Change = TypeVar("Change", ast.Update, ast.Delete)
ONE = ast.Literal(1, "integer")


def join_query(node: ast.Update | ast.Delete, table: ast.TableRef) -> ast.Select:
    """Return the join that a change is made by, as a query: what names mean in it, and whether they mean
    anything."""
    values = node.assignments if isinstance(node, ast.Update) else ()
    items = [ast.SelectItem(value) for _, value in values if not isinstance(value, ast.Default)]
    # The other tables stand before it: what is LATERAL among them does not see it.
    return ast.Select((*items, ast.SelectItem(ONE)), (*node.sources, table), node.where)


def of_one_table_alone(node: Change) -> Change:
    """Return a change of which only sub-queries read others. Raises 0A000 where RETURNING asks for them."""
    for item in node.returning:
        _check_returned(item.expression, node)
    found = ast.Exists(ast.Select((ast.SelectItem(ONE),), node.sources, node.where))
    where = and_of([*_of_target(node), found])
    if isinstance(node, ast.Delete):
        return replace(node, sources=(), where=where)
    given = [value for _, value in node.assignments if not _is_constant(value)]
    limit = ONE if len(given) == 1 else None
    assignments = tuple(
        (name, value if _is_constant(value) else _of_others(value, node, limit))
        for name, value in node.assignments
    )
    return replace(node, sources=(), where=where, assignments=assignments)


def _of_others(value: ast.Expression, node: ast.Update, limit: ast.Expression | None) -> ast.Expression:
    query = ast.Select((ast.SelectItem(value),), node.sources, node.where, limit=limit)
    return ast.Subquery(query, value.span)


def _is_constant(value: ast.Expression) -> bool:
    return isinstance(value, ast.Default | ast.Literal | ast.Parameter)


def _of_target(node: ast.Update | ast.Delete) -> list[ast.Expression]:
    """Return the conditions that are on the changed table alone, by how they name its columns."""
    alias = node.alias or node.table[-1]
    found = []
    for condition in conjuncts(node.where) if node.where is not None else ():
        names = list(nodes_of(condition, ast.Name))
        if names and all(len(name.parts) > 1 and name.parts[-2] == alias for name in names):
            if not any(nodes_of(condition, ast.Select)):
                found.append(condition)
    return found


def _check_returned(item: ast.Expression, node: ast.Update | ast.Delete) -> None:
    alias = node.alias or node.table[-1]
    stars = [item.table] if isinstance(item, ast.Star) else []
    qualified = [name.parts[-2] for name in nodes_of(item, ast.Name) if len(name.parts) > 1]
    if any(name != alias for name in (*stars, *qualified)):
        what = "UPDATE ... FROM" if isinstance(node, ast.Update) else "DELETE ... USING"
        raise NotSupportedError(f"RETURNING columns of other tables is not supported yet in {what}")
