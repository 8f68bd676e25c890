"""Names: which table a name means, and what PostgreSQL calls the columns of a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vql import schema
from vql.errors import DataCorrupted, UndefinedTable
from vql.language import ast
from vql.language.ast.moments import name_of, number_of

ByName = Mapping[schema.Qualified, schema.Table]


@dataclass(frozen=True, slots=True)
class Tables:
    """What the names of tables mean in a statement, through a search path: at its own moment and, by their
    number, at those of parts of it (`vql.language.ast.moments`)."""

    own: ByName = field(default_factory=dict)
    path: tuple[str, ...] = (schema.PUBLIC,)
    others: tuple[ByName, ...] = ()

    def find(self, name: Sequence[str]) -> schema.Table | None:
        """Return the table that a name means, None where it means none."""
        number = number_of(name)
        there = self.own if number is None else self.others[number]
        return schema.find_object(there, (*name[:-1], name_of(name[-1])), self.path)


def find_table(tables: Tables, name: tuple[str, ...], span: ast.Span = ast.NOWHERE) -> schema.Table:
    """Return the table of that name; 42P01 otherwise. Raises XX001 where its definition cannot be read."""
    table = tables.find(name)
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


def is_system(name: Sequence[str]) -> bool:
    """Whether a name may be that of a relation of the system catalog."""
    if len(name) > 1:
        return name[-2] in ("pg_catalog", "information_schema")
    return name[0].startswith(("pg_", "vql_")) or name[0] in ("tables", "columns")
