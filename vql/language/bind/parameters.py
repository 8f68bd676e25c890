"""Types of parameters that only DuckDB will see, as analysis finds them."""

from __future__ import annotations

from vql.errors import Error, UndefinedTable
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.catalog_columns import catalog_columns, catalog_key
from vql.language.analyze.names import unique_columns
from vql.language.analyze.queries import Analyzer
from vql.language.ast.moments import name_of
from vql.language.ast.walk import walk
from vql.language.bind.names import Tables
from vql.types.type import UNKNOWN, Type


class TableColumns:
    """What a query reads: the columns of tables and of the catalog."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def relation(self, ref: ast.TableRef) -> tree.RangeTable:
        alias = ref.alias or name_of(ref.name[-1])
        table, key = self._tables.get(ref.name[-1]), catalog_key(ref.name)
        if table is not None:
            names, types = [c.name for c in table.columns], [c.type for c in table.columns]
        elif key is not None:
            names, types = catalog_columns(key)
        else:
            raise UndefinedTable(f'relation "{alias}" does not exist')
        return tree.RangeTable(ref.name[-1], alias, unique_columns(names, types))

    def prepared(self, node: ast.Select, common: frozenset[str]) -> ast.Select:
        return node

    def block(self, node: ast.Select) -> tree.RangeTable | None:
        return None


def infer(
    root: ast.Query | ast.Expression, tables: Tables, types: list[Type], source: ast.TableRef | None = None
) -> None:
    """Give the parameters of a query, or of an expression over a table, their types."""
    for node in walk(root):
        if isinstance(node, ast.Parameter):
            note(types, node.index, UNKNOWN)
    found = list(types)
    if not isinstance(root, ast.Query):
        root = ast.Select((ast.SelectItem(root),), () if source is None else (source,))
    try:
        analyzer = Analyzer(TableColumns(tables), found)
        analyzer.settled(analyzer.query(root))
        types[:] = found
    except Error:
        pass  # running it tells what is wrong


def output_of(
    item: ast.SelectItem, source: ast.TableRef, tables: Tables, types: list[Type]
) -> tree.OutputColumn:
    """Return the name and type of a column over a table; parameters get their types."""
    for node in walk(item.expression):
        if isinstance(node, ast.Parameter):
            note(types, node.index, UNKNOWN)
    analyzer = Analyzer(TableColumns(tables), types)
    return analyzer.settled(analyzer.query(ast.Select((item,), (source,)))).columns[0]


def note(types: list[Type], index: int, type_: Type) -> None:
    """Take note of a parameter's type where none is known yet; of vectors any dimension goes."""
    while len(types) <= index:
        types.append(UNKNOWN)
    if types[index] == UNKNOWN:
        types[index] = Type(type_.name) if type_.is_vector else type_
