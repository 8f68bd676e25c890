"""Whose rows FOR UPDATE and its kin lock in a join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from vql import schema
from vql.errors import NotSupportedError, UndefinedTable
from vql.functions.declare import FUNCTIONS
from vql.language import ast
from vql.language.analyze.names import KEY
from vql.language.ast.walk import parts_of, rewrite
from vql.language.bind.names import Tables, require_rows_of_its_own
from vql.language.bind.references import Source, name_in_from, sources_of


class _Keyed:
    """One query whose rows are locked; `common` names the queries of WITH that it sees, `within` tells that
    it stands in FROM of another."""

    def __init__(
        self, node: ast.Select, locking: ast.Locking, tables: Tables, common: frozenset[str], *, within: bool
    ) -> None:
        self._node = node
        self._locking = locking
        self._tables = tables
        self._common = common | {each.name for each in node.with_}
        self._within = within
        self._keys: list[ast.SelectItem] = []
        self._found: list[schema.Table] = []
        self._queries: dict[int, ast.QueryRef] = {}

    def made(self) -> tuple[ast.Select, tuple[schema.Table, ...]]:
        node, locking = self._node, self._locking
        check_form(node, locking)
        if self._within and (node.limit is not None or node.offset is not None):
            text = f"{locking.clause} of a sub-query with LIMIT or OFFSET is not supported yet"
            raise NotSupportedError(text, position=locking.span[0] + 1)
        known = set()
        for source, is_nullable in sources_of(node.sources):
            name = name_in_from(source)
            known.add(name)
            if not locking.tables or name in locking.tables:
                self._take(source, name, is_nullable)
        for name in locking.tables:
            if name not in known:
                text = f'relation "{name}" in {locking.clause} clause not found in FROM clause'
                raise UndefinedTable(text, position=locking.place_of(name))
        sources = rewrite(node.sources, lambda each: self._queries.get(id(each), each))
        return replace(node, items=(*node.items, *self._keys), sources=sources, locking=None), tuple(
            self._found
        )

    def _take(self, source: Source, name: str, is_nullable: bool) -> None:
        clause, position = self._locking.clause, self._locking.place_of(name)
        is_common = isinstance(source, ast.TableRef) and source.name[-1] in self._common
        if is_common or isinstance(source, ast.CallRef):
            if self._locking.tables:
                what = "a WITH query" if is_common else "a function"
                raise NotSupportedError(f"{clause} cannot be applied to {what}", position=position)
            return
        if is_nullable:
            raise NotSupportedError(f"{clause} cannot be applied to the nullable side of an outer join")
        if isinstance(source, ast.QueryRef):
            self._take_query(source, name, position)
            return
        table = self._tables.find(source.name)
        if table is None:
            return  # of the catalog, or nowhere, which analysis tells
        require_rows_of_its_own(table)
        if not table.immediate_key or table.unreadable:
            raise NotSupportedError(
                f'{clause} of a join needs a primary key of table "{table.name}"', position=position
            )
        self._found.append(table)
        self._carry(name, table.primary_key)

    def _take_query(self, source: ast.QueryRef, name: str, position: int | None) -> None:
        """Lock the rows behind those of a sub-query. Raises 0A000."""
        query, locking = source.query, replace(self._locking, tables=())
        if isinstance(query, ast.Values):
            return  # of no table
        if isinstance(query, ast.SetOperation):
            raise NotSupportedError(f"{locking.clause} is not allowed with UNION/INTERSECT/EXCEPT")
        if source.is_barrier or query.locking is not None or query.as_of is not None:
            text = f"{locking.clause} of a sub-query with policies, locks or AS OF is not supported yet"
            raise NotSupportedError(text, position=position)
        made, found = _Keyed(query, locking, self._tables, self._common, within=True).made()
        if not found:
            return
        alias = name or f"{KEY}s{len(self._queries)}"
        self._queries[id(source)] = replace(source, query=made, alias=alias)
        self._found += found
        self._carry(alias, [item.alias or "" for item in made.items[len(query.items) :]])

    def _carry(self, relation: str, names: Iterable[str]) -> None:
        for name in names:
            key = f"{KEY}{len(self._keys)}"
            self._keys.append(ast.SelectItem(ast.Name((relation, name)), key))


def with_keys(
    node: ast.Select, locking: ast.Locking, tables: Tables
) -> tuple[ast.Select, tuple[schema.Table, ...]]:
    """Return a query with the primary keys of the tables whose rows are locked behind its columns, those of
    the tables of its sub-queries in FROM too, and these tables. Raises 0A000, 42P01."""
    return _Keyed(node, locking, tables, frozenset(), within=False).made()


def check_form(node: ast.Select, locking: ast.Locking) -> None:
    """Raise 0A000 where no row of a table stands behind a row of a query."""
    clause = locking.clause
    calls = [call for item in node.items for call in _own_calls(item)]
    known = [(call, FUNCTIONS.get(call.name[-1], ())) for call in calls]
    folds = [call for call, functions in known if any(f.is_aggregate for f in functions)]
    for is_there, what in (
        (node.distinct or node.distinct_on, "DISTINCT clause"),
        (node.group_by, "GROUP BY clause"),
        (node.having is not None, "HAVING clause"),
        (any(call.over is None for call in folds), "aggregate functions"),
        (folds or any(call.over is not None for call in calls), "window functions"),
        (
            any(f.gives_rows for _, functions in known for f in functions),
            "set-returning functions in the target list",
        ),
    ):
        if is_there:
            raise NotSupportedError(f"{clause} is not allowed with {what}")


def _own_calls(item: object) -> Iterator[ast.Call]:
    """Yield the calls in an expression that are not those of a query in it."""
    stack = [item]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Query):
            continue
        if isinstance(node, ast.Call):
            yield node
        names = parts_of(type(node))
        stack.extend(node if isinstance(node, tuple) else [getattr(node, name) for name in names or ()])
