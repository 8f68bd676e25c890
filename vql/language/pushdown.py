"""Predicate pushdown: conditions that scans test leave few rows of a table to whoever computes the rest.

`SELECT id, ts_rank(words, $1) FROM docs WHERE words @@ $1 AND id > 9` is computed as

    SELECT id, ts_rank(words, $1) FROM (SELECT id, words FROM docs WHERE words @@ $1) AS docs WHERE id > 9

whose inner query an index answers, or a test of each distinct value. It is for operators that are declared
with `tests_columns`: any other condition costs as little where the rest is computed. Left as they are: what
NATURAL joins compare, columns that keys decide (GROUP BY id), names with a schema, and conditions that do not
say whose their columns are where several relations may have them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vql import schema
from vql.functions.declare import OPERATORS
from vql.language import ast
from vql.language.ast.moments import name_of
from vql.language.ast.walk import and_of, conjuncts, nodes_of, rewrite, walk
from vql.language.bind.names import Tables
from vql.naming import SYSTEM_COLUMNS

# Joins, and whether the rows of their left and right side that a condition leaves out are never NULL there.
KEPT = {"CROSS": (True, True), "INNER": (True, True), "LEFT": (True, False), "RIGHT": (False, True)}


def is_tested(where: ast.Expression | None) -> bool:
    """Whether one of the conditions of a WHERE is of an operator that scans test."""
    return where is not None and any(map(_is_test, conjuncts(where)))


def with_pushdown(query: ast.Query, tables: Tables, is_answered: Callable[[ast.Select], bool]) -> ast.Query:
    """Return a query in which the conditions that scans test are those of queries of one table, of those that
    `is_answered` says can be planned alone."""
    if not any(is_tested(node.where) for node in nodes_of(query, ast.Select)):
        return query
    common = {table.name for table in nodes_of(query, ast.CommonTable)}

    def change(node: object) -> object:
        if not isinstance(node, ast.Select) or not is_tested(node.where):
            return node
        return _Pushdown(node, tables, common, is_answered).made()

    found: ast.Query = rewrite(query, change)
    return found


class _Pushdown:
    """The conditions of one SELECT on their way to its tables."""

    def __init__(
        self, node: ast.Select, tables: Tables, common: set[str], is_answered: Callable[[ast.Select], bool]
    ) -> None:
        assert node.where is not None, "it has a condition"
        self._node = node
        self._tables = tables
        self._common = common
        self._is_answered = is_answered
        self._where = conjuncts(node.where)
        self._joins = list(nodes_of(node.sources, ast.Join))
        self._is_alone = len(node.sources) == 1 and not self._joins

    def made(self) -> ast.Select:
        if any(join.natural for join in self._joins):
            return self._node
        sources = tuple(self._source(source) for source in self._node.sources)
        return replace(self._node, sources=sources, where=and_of(self._where) if self._where else None)

    def _source(self, source: ast.From) -> ast.From:
        match source:
            case ast.Join(kind=kind, left=left, right=right) if kind in KEPT:
                keeps_left, keeps_right = KEPT[kind]
                return replace(
                    source,
                    left=self._source(left) if keeps_left else left,
                    right=self._source(right) if keeps_right else right,
                )
            case ast.TableRef(columns=(), has_ids=False, frame=None) if source.name[-1] not in self._common:
                table = self._tables.find(source.name)
                return source if table is None else self._table(source, table)
        return source

    def _table(self, source: ast.TableRef, table: schema.Table) -> ast.From:
        alias = source.alias or name_of(source.name[-1])
        own = {column.name for column in table.columns}
        tested = [item for item in self._where if _is_test(item) and self._reads(item, alias, own)]
        left = [item for item in self._where if item not in tested]
        rest = replace(self._node, where=and_of(left) if left else None)
        names = {name.parts for name in nodes_of(rest, ast.Name)}
        is_whole = any(isinstance(item.expression, ast.Star) for item in self._node.items)
        using = {column for join in self._joins for column in join.using}
        read = own if is_whole else own & ({parts[-1] for parts in names} | using)
        grouped = {key.parts[-1] for key in self._node.group_by if isinstance(key, ast.Name)}
        key = {table.columns[position].name for position in table.key_positions}
        if key and key <= grouped or any(len(parts) > 2 and parts[-2] == alias for parts in names):
            return source
        # What reads no column counts rows, which masks do.
        if not tested or not read or (alias,) in names or not SYSTEM_COLUMNS.isdisjoint(p[-1] for p in names):
            return source
        items = tuple(ast.SelectItem(ast.Name((c.name,))) for c in table.columns if c.name in read)
        inner = ast.Select(items, (source,), and_of(tested))
        if not self._is_answered(inner):
            return source
        self._where = left
        return ast.QueryRef(inner, alias)

    def _reads(self, node: ast.Expression, alias: str, columns: set[str]) -> bool:
        """Whether an expression reads columns of one relation and nothing else."""
        names = [name.parts for name in nodes_of(node, ast.Name)]
        is_simple = not any(isinstance(part, ast.Query) for part in walk(node))
        whose = ((), (alias,)) if self._is_alone else ((alias,),)
        return is_simple and bool(names) and all(p[-1] in columns and p[:-1] in whose for p in names)


def _is_test(node: ast.Expression) -> bool:
    return isinstance(node, ast.Binary) and any(each.tests_columns for each in OPERATORS.get(node.op, ()))
