"""The columns of a view in a statement that changes it: each becomes what it is in the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql.dataclass import dataclass
from vql.errors import AmbiguousColumn, NotSupportedError, UndefinedColumn
from vql.language import ast
from vql.language.ast.walk import output_name
from vql.language.bind.names import Tables


@dataclass(frozen=True, slots=True)
class ViewColumns:
    """Expressions in which the columns of `alias` become others; names `hidden` are those of other tables."""

    alias: str
    columns: Mapping[str, ast.Expression]
    tables: Tables
    absent: frozenset[str] = frozenset()  # columns of the table that the view has not
    hidden: frozenset[str] = frozenset()
    is_hidden: bool = False  # another table has the alias
    is_inside: bool = False  # in a sub-query, whose names come first

    def in_place(self, part: Any) -> Any:
        """Return a part of a statement with the columns in their places. Raises 42703, 0A000."""
        if isinstance(part, tuple):
            return tuple(self.in_place(item) for item in part)
        if isinstance(part, ast.Name):
            return self._column(part)
        if isinstance(part, ast.Select) and part.sources:
            return self._inside(part)
        if not is_dataclass(part) or isinstance(part, type | ast.TypeName | ast.LiteralRows):
            return part
        return replace(part, **{f.name: self.in_place(getattr(part, f.name)) for f in fields(part) if f.init})

    def _column(self, node: ast.Name) -> ast.Expression:
        name, at = node.parts[-1], node.span[0] + 1
        if len(node.parts) > 1:
            if node.parts[-2] != self.alias or self.is_hidden:
                return node
            found = self.columns.get(name)
            if found is None:
                raise UndefinedColumn(f"column {self.alias}.{name} does not exist", position=at)
        elif name in self.hidden:
            if name in self.columns and not self.is_inside:
                raise AmbiguousColumn(f'column reference "{name}" is ambiguous', position=at)
            return node
        elif name not in self.columns:
            if name == self.alias:
                raise NotSupportedError("whole rows in a change through a view are not supported yet")
            if name in self.absent:
                raise UndefinedColumn(f'column "{name}" does not exist', position=at)
            return node
        else:
            found = self.columns[name]
        return replace(found, span=node.span) if isinstance(found, ast.Name) else found

    def _inside(self, query: ast.Select) -> ast.Select:
        """Return a sub-query, whose own tables' names come first."""
        names, aliases = names_in_sources(query.sources, self.tables)
        inner = replace(
            self,
            hidden=self.hidden | names,
            is_hidden=self.is_hidden or self.alias in aliases,
            is_inside=True,
        )
        rest = {f.name: inner.in_place(getattr(query, f.name)) for f in fields(query) if f.init}
        return replace(query, **rest)


def names_in_sources(sources: tuple[ast.From, ...], tables: Tables) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the columns and those of the tables of FROM. Raises 0A000 where they are
    unknown."""
    names: set[str] = set()
    aliases: set[str] = set()
    for source in sources:
        if isinstance(source, ast.Join):
            more, others = names_in_sources((source.left, source.right), tables)
            names, aliases = names | more, aliases | others
            continue
        found: list[str] = []
        match source:
            case ast.TableRef(name=name):
                table = tables.find_view(name) or tables.find(name)
                if table is None:
                    raise _unknown_names()
                aliases.add(source.alias or name[-1])
                found = [column.name for column in table.columns]
            case ast.QueryRef(query=query):
                found = _columns_of(query, tables)
            case ast.CallRef(columns=columns, alias=alias) if columns or alias:
                found = [alias or ""]
            case _:
                raise _unknown_names()
        if not isinstance(source, ast.TableRef):
            aliases.add(source.alias or "")
        names |= {*source.columns, *found[len(source.columns) :]}
    return frozenset(names), frozenset(aliases)


def _columns_of(query: ast.Query, tables: Tables) -> list[str]:
    """Return the names of the columns of a sub-query. Raises 0A000 where they are unknown."""
    while isinstance(query, ast.SetOperation):
        query = query.left
    if isinstance(query, ast.Values):
        assert isinstance(query.rows, tuple), "rows of literals stand in queries alone"
        return [f"column{place}" for place in range(1, len(query.rows[0]) + 1)]
    if any(isinstance(item.expression, ast.Star) for item in query.items):
        raise _unknown_names()
    return [item.alias or output_name(item.expression) for item in query.items]


def _unknown_names() -> NotSupportedError:
    return NotSupportedError(
        "a change through a view beside this kind of table is not supported yet",
        hint="Name tables, or sub-queries with the columns that they have.",
    )
