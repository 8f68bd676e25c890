"""Names: which table a name means, and what PostgreSQL calls the columns of a result."""

from __future__ import annotations

from collections.abc import Mapping

from vql import schema
from vql.errors import DataCorrupted, UndefinedTable
from vql.language import ast
from vql.language.ast.moments import name_of

Tables = Mapping[str, schema.Table]


def find_table(tables: Tables, name: tuple[str, ...], span: ast.Span = ast.NOWHERE) -> schema.Table:
    """Return the table of that name; 42P01 otherwise. Raises XX001 where its definition cannot be read."""
    table = schema.find_object(tables, name)
    if table is None:
        raise UndefinedTable(
            f'relation "{name_of(".".join(name))}" does not exist',
            position=span[0] + 1 if span != ast.NOWHERE else None,
        )
    require_readable(table)
    return table


def require_readable(table: schema.Table) -> None:
    """Raise XX001 where a table's definition cannot be read."""
    if table.unreadable:
        raise DataCorrupted(table.unreadable)


def is_system(name: str) -> bool:
    """Whether a name may be a relation of the system catalog."""
    return name.startswith(("pg_", "vql_")) or name in ("tables", "columns")
