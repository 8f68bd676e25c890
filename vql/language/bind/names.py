"""Names: which table a name means, and what PostgreSQL calls the columns of a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Protocol

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DataCorrupted, ObjectNotInPrerequisiteState, UndefinedTable, WrongObjectType
from vql.language import ast
from vql.language.ast.moments import name_of, number_of
from vql.language.ast.walk import nodes_of, rewrite
from vql.language.bind.access.rights import Rights
from vql.naming import Qualified, find_object, searched

ByName = Mapping[Qualified, schema.Table]
# The schema of tables that hold rows of a statement's own queries; no user can write its name.
STEPS = "\0steps"


class CatalogThen(Protocol):
    """The definitions there are at a moment."""

    @property
    def others(self) -> Mapping[Qualified, schema.Object]:
        """What is no table, by name."""

    def definition(self, object_id: int) -> schema.Object | None:
        """Return the object of an id, or None."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What the names of tables mean in a statement, through a search path: at its own moment and, by their
    number, at those of parts of it (`vql.language.ast.moments`). `catalogs` has the definitions of all these
    moments, the statement's first. `rights` are those of who runs it, None where these are all."""

    own: ByName = field(default_factory=dict)
    path: tuple[str, ...] = (schema.PUBLIC,)
    others: tuple[ByName, ...] = ()
    catalogs: tuple[CatalogThen, ...] = ()
    rights: Rights | None = None

    def find_view(self, name: Sequence[str]) -> schema.View | None:
        """Return the view that a name means, None where it means none."""
        if not self.catalogs:
            return None
        number = number_of(name)
        place, plain = 0 if number is None else number + 1, name_of(name[-1])
        tables, others = self.others[number] if number is not None else self.own, self.catalogs[place].others
        for in_schema in searched(name, self.path):
            if (in_schema, plain) in tables:
                return None
            found = others.get((in_schema, plain))
            if isinstance(found, schema.View):
                return found
        return None

    def having(self, made: Sequence[schema.Table]) -> Tables:
        """Return the same with further tables."""
        if not made:
            return self
        return replace(self, own={**self.own, **{table.qualified: table for table in made}})

    def find_sequence(self, name: Sequence[str]) -> schema.Sequence | None:
        """Return the sequence that a name means, None where it means none."""
        found = find_object(self.catalogs[0].others, name, self.path) if self.catalogs else None
        return found if isinstance(found, schema.Sequence) else None

    def find(self, name: Sequence[str]) -> schema.Table | None:
        """Return the table that a name means, None where it means none."""
        number = number_of(name)
        there = self.own if number is None else self.others[number]
        found = find_object(there, (*name[:-1], name_of(name[-1])), self.path)
        return None if found is not None and self.find_view(name) is not None else found


def find_table(tables: Tables, name: tuple[str, ...], span: ast.Span = ast.NOWHERE) -> schema.Table:
    """Return the table of that name; 42P01 otherwise. Raises XX001 where its definition cannot be read."""
    table = tables.find(name)
    if table is None and tables.find_view(name) is not None:
        raise WrongObjectType(
            f'"{name[-1]}" is not a table', detail="This operation is not supported for views."
        )
    if table is None:
        raise UndefinedTable(
            f'relation "{name_of(".".join(name))}" does not exist',
            position=span[0] + 1 if span != ast.NOWHERE else None,
        )
    require_readable(table)
    return table


def find_target(tables: Tables, name: tuple[str, ...], span: ast.Span = ast.NOWHERE) -> schema.Table:
    """Return the table whose rows are changed. Raises as `find_table`, 42809 for a materialized view."""
    table = find_table(tables, name, span)
    if table.text:
        raise WrongObjectType(f'cannot change materialized view "{table.name}"')
    return table


def require_populated(table: schema.Table) -> None:
    """Raise 55000 where a materialized view's query has not been run."""
    if table.is_unpopulated:
        raise ObjectNotInPrerequisiteState(
            f'materialized view "{table.name}" has not been populated',
            hint="Use the REFRESH MATERIALIZED VIEW command.",
        )


def require_rows_of_its_own(table: schema.Table) -> None:
    """Raise 42809 where the rows of a table that is to be locked are a query's."""
    if table.text:
        raise WrongObjectType(f'cannot lock rows in materialized view "{table.name}"')


def require_readable(table: schema.Table) -> None:
    """Raise XX001 where a table's definition cannot be read."""
    if table.unreadable:
        raise DataCorrupted(table.unreadable)


def is_system(name: Sequence[str]) -> bool:
    """Whether a name may be that of a relation of the system catalog."""
    if len(name) > 1:
        return name[-2] in ("pg_catalog", "information_schema")
    return name[0].startswith(("pg_", "vql_")) or name[0] in ("tables", "columns")


def short_names(part: Any, table: schema.Table) -> Any:
    """Return a part of a statement in which columns of a table are named behind its name alone, not the
    schema's."""

    def short(node: object) -> object:
        match node:
            case ast.Name(parts=(*_, str() as in_schema, name, _)) if (in_schema, name) == table.qualified:
                return replace(node, parts=node.parts[-2:])
        return node

    return rewrite(part, short) if any(len(name.parts) > 2 for name in nodes_of(part, ast.Name)) else part
