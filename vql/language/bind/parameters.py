"""Types of parameters that only DuckDB will see: as analysis finds them, and where it does not know a part of
the query, what casts, comparisons and limits say of them."""

from __future__ import annotations

from vql import schema
from vql.errors import Error
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.errors import NotAnalyzed
from vql.language.analyze.names import unique_columns
from vql.language.analyze.queries import Analyzer
from vql.language.ast.moments import name_of
from vql.language.ast.walk import walk
from vql.language.bind.names import Tables
from vql.types.type import BIGINT, UNKNOWN, Type, type_named


class _Columns:
    """What a query reads: the columns of tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def relation(self, ref: ast.TableRef) -> tree.RangeTable:
        table = self._tables.get(ref.name[-1])
        if table is None:
            raise NotAnalyzed("a relation of the catalog")
        names, types = [c.name for c in table.columns], [c.type for c in table.columns]
        return tree.RangeTable(table.name, ref.alias or name_of(ref.name[-1]), unique_columns(names, types))

    def prepared(self, node: ast.Select, common: frozenset[str]) -> ast.Select:
        return node

    def block(self, node: ast.Select) -> tree.RangeTable | None:
        return None


def infer(root: object, tables: Tables, types: list[Type], table: schema.Table | None = None) -> None:
    """Give the parameters of a query, or of an expression over a table, their types."""
    if isinstance(root, ast.Query):
        found = list(types)
        try:
            analyzer = Analyzer(_Columns(tables), found)
            analyzer.settled(analyzer.query(root))
            types[:] = found
            return
        except (NotAnalyzed, Error):
            pass  # running it tells what is wrong
    _guess(root, tables, types, table)


def _guess(root: object, tables: Tables, types: list[Type], table: schema.Table | None = None) -> None:
    """Give parameters of relational queries the types that casts, distances and comparisons
    with columns say, so that drivers can be told."""
    by_name = {column.name: column.type for column in table.columns} if table is not None else {}
    for node in walk(root):
        if isinstance(node, ast.TableRef) and node.name[-1] in tables:
            for column in tables[node.name[-1]].columns:
                by_name.setdefault(column.name, column.type)
        elif isinstance(node, ast.TableRef) and node.name[-1].startswith("pg_"):
            by_name.setdefault("oid", Type("oid"))
    for node in walk(root):
        match node:
            case ast.Parameter(index=index):
                note(types, index, UNKNOWN)
            case ast.Cast(operand=ast.Parameter(index=index), type=named):
                note(types, index, type_named(named.name, named.modifiers))
            case (
                ast.Binary(left=ast.Name() as name, right=ast.Parameter(index=index))
                | ast.Binary(left=ast.Parameter(index=index), right=ast.Name() as name)
            ):
                note(types, index, by_name.get(name.parts[-1], UNKNOWN))
            case ast.Quantified(left=ast.Name() as name, right=ast.Parameter(index=index)):
                known = by_name.get(name.parts[-1], UNKNOWN)
                note(types, index, UNKNOWN if known == UNKNOWN else known.sized(None).array)
            case ast.In(operand=ast.Name() as name, items=tuple() as items):
                for item in items:
                    if isinstance(item, ast.Parameter):
                        note(types, item.index, by_name.get(name.parts[-1], UNKNOWN))
            case ast.Between(operand=ast.Name() as name, low=low, high=high):
                for bound in (low, high):
                    if isinstance(bound, ast.Parameter):
                        note(types, bound.index, by_name.get(name.parts[-1], UNKNOWN))
            case ast.Select(limit=limit, offset=offset):
                for count in (limit, offset):
                    if isinstance(count, ast.Parameter):
                        note(types, count.index, BIGINT)


def note(types: list[Type], index: int, type_: Type) -> None:
    """Take note of a parameter's type where none is known yet; of vectors any dimension goes."""
    while len(types) <= index:
        types.append(UNKNOWN)
    if types[index] == UNKNOWN:
        types[index] = Type(type_.name) if type_.is_vector else type_
