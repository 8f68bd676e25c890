"""Values for columns that are GENERATED ALWAYS, as identities or of other columns: none but DEFAULT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vql import schema
from vql.errors import GeneratedAlways
from vql.language import ast


def with_defaults(node: ast.Insert, table: schema.Table, positions: Sequence[int]) -> ast.Insert:
    """Return an INSERT whose values for identity columns are their defaults under OVERRIDING USER VALUE.
    Raises 428C9 for others, unless OVERRIDING SYSTEM VALUE is said."""
    if node.query is None:
        return node
    is_user = node.overriding == "user"
    targets = [table.columns[position] for position in positions[: _width(node.query, len(positions))]]
    chosen = {
        i for i, c in enumerate(targets) if c.generated or (c.identity == "always" and not node.overriding)
    }
    replaced = {i for i, c in enumerate(targets) if is_user and c.identity}
    if not chosen and not replaced:
        return node
    if not isinstance(node.query, ast.Values):
        if chosen:
            raise _not_default(targets[min(chosen)])
        return node  # what it gives is passed over: `overridden`
    rows = node.query.rows.literals() if isinstance(node.query.rows, ast.LiteralRows) else node.query.rows
    for place in sorted(chosen):
        if any(place < len(row) and not isinstance(row[place], ast.Default) for row in rows):
            raise _not_default(targets[place])
    if replaced:
        rows = tuple(tuple(ast.Default() if i in replaced else v for i, v in enumerate(row)) for row in rows)
    return replace(node, query=replace(node.query, rows=rows)) if replaced else node


def overridden(node: ast.Insert, table: schema.Table, positions: Sequence[int]) -> tuple[int, ...]:
    """Return the columns whose values of a query are passed over: identities under OVERRIDING USER VALUE."""
    return tuple(p for p in positions if node.overriding == "user" and table.columns[p].identity)


def require_default(column: schema.Column, value: ast.Expression) -> None:
    """Raise 428C9 where a value is assigned to a column that is generated always."""
    if (column.identity == "always" or column.generated) and not isinstance(value, ast.Default):
        raise GeneratedAlways(
            f'column "{column.name}" can only be updated to DEFAULT', detail=_defined(column)
        )


def _width(query: ast.Query, most: int) -> int:
    """Return how many columns a query has, as far as its text says."""
    if isinstance(query, ast.Select) and not any(isinstance(i.expression, ast.Star) for i in query.items):
        return len(query.items)
    return most


def _not_default(column: schema.Column) -> GeneratedAlways:
    return GeneratedAlways(
        f'cannot insert a non-DEFAULT value into column "{column.name}"', detail=_defined(column),
        hint=None if column.generated else "Use OVERRIDING SYSTEM VALUE to override.",
    )  # fmt: skip


def _defined(column: schema.Column) -> str:
    if column.generated:
        return f'Column "{column.name}" is a generated column.'
    return f'Column "{column.name}" is an identity column defined as GENERATED ALWAYS.'
