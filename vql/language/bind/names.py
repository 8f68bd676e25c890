"""Names: which table a name means, and what PostgreSQL calls the columns of a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vql import schema
from vql.errors import DataCorrupted, UndefinedTable
from vql.language import ast
from vql.language.ast.moments import name_of
from vql.language.ast.walk import output_name

Tables = Mapping[str, schema.Table]


def find_table(tables: Tables, name: tuple[str, ...], span: ast.Span = ast.NOWHERE) -> schema.Table:
    """Return the table of that name; 42P01 otherwise. Raises XX001 where its definition cannot be read."""
    table = schema.find_object(tables, name)
    if table is None:
        raise UndefinedTable(
            f'relation "{name_of(".".join(name))}" does not exist',
            position=span[0] + 1 if span != ast.NOWHERE else None,
        )
    if table.unreadable:
        raise DataCorrupted(table.unreadable)
    return table


def output_names(query: ast.Query, found: Sequence[str]) -> list[str]:
    """Return Postgres' names of a query's columns; `found` are those the engine gave them, kept
    for what stands behind a `*`."""
    while isinstance(query, ast.SetOperation):
        query = query.left
    if isinstance(query, ast.Values):
        return [f"column{i}" for i in range(1, len(found) + 1)]
    names = list(found)
    items = query.items
    stars = [i for i, item in enumerate(items) if isinstance(item.expression, ast.Star)]
    first, last = (stars[0], stars[-1]) if stars else (len(items), -1)
    for place, item in enumerate(items):
        if place < first or place > last:
            at = place if place < first else place - len(items)
            names[at] = item.alias or output_name(item.expression)
    return names


def is_system(name: str) -> bool:
    """Whether a name may be a relation of the system catalog."""
    return name.startswith(("pg_", "vql_")) or name in ("tables", "columns")
