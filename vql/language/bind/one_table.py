"""Queries of one table in all but name: beside it stands one row, or a name of WITH that holds its columns.

A query vector is often another row's: `WITH q AS (SELECT v FROM t WHERE id = 1)`, then `(SELECT v FROM q)` or
`FROM t, q ORDER BY t.v <-> q.v`. What such a row's columns are is written in their places, as scalar
sub-queries, which are computed first. What is left is a query of one table, searched through its index:

    SELECT t.id FROM t WHERE (SELECT id FROM t WHERE id = 1) IS NOT NULL
    ORDER BY t.v <-> (SELECT v FROM t WHERE id = 1) LIMIT 10

A row that is not there leaves no rows, so its key is asked for. Nothing is rewritten where that could give
another answer: what is written more than once calls no function, and a name belongs to one relation alone.

A function of one value in FROM, as `docs, to_tsquery('english', 'red') q` of PostgreSQL's manual, is such a
row whatever the query is of, and the same value wherever it is named: `with_calls_in_place`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql import schema
from vql.dataclass import dataclass
from vql.functions.declare import Function
from vql.functions.library import load_families
from vql.language import ast
from vql.language.analyze.resolution.calls import functions_named
from vql.language.analyze.resolution.coerce import RECORD
from vql.language.ast.walk import and_of, conjuncts, nodes_of, output_name, rewrite, walk
from vql.language.bind.forms import FOLDS
from vql.language.bind.names import Tables

# What a value is made of that no row changes.
OF_CONSTANTS = ast.Call | ast.Cast | ast.Literal | ast.Parameter | ast.TypeName


@dataclass(frozen=True, slots=True)
class RowBeside:
    """A relation of at most one row: its columns as expressions that read nothing of the query around, and
    what is true where there is a row, None where there always is one."""

    alias: str
    columns: Mapping[str, ast.Expression]
    presence: ast.Expression | None


class Unfit(Exception):
    """A query is none of one table."""


def of_one_table(node: ast.Query, tables: Tables) -> ast.Select | None:
    """Return a search over one table that gives what a query gives; None where there is none."""
    if not isinstance(node, ast.Select) or not node.order_by or node.limit is None:
        return None
    if (
        node.distinct
        or node.distinct_on
        or node.group_by
        or node.having
        or node.windows
        or node.ties
        or next(nodes_of(node, ast.Locking), None) is not None
    ):
        return None
    if (
        node.recursive
        or not node.with_
        and len(node.sources) == 1
        and not isinstance(node.sources[0], ast.Join)
    ):
        return None
    try:
        return _Rewriting(node, tables).rewritten()
    except Unfit:
        return None


class _Rewriting:
    """One query on its way to one table."""

    def __init__(self, node: ast.Select, tables: Tables) -> None:
        self._node = node
        self._tables = tables
        self._common = {common.name: common for common in node.with_}
        self._used: set[str] = set()
        self._where = [] if node.where is None else conjuncts(node.where)
        self._rows: list[RowBeside] = []

    def rewritten(self) -> ast.Select:
        node = self._node
        mains = [source for source in self._sources(node.sources) if not self._is_row(source)]
        if len(mains) != 1 or not isinstance(mains[0], ast.TableRef):
            raise Unfit
        main, table = mains[0], self._table(mains[0])
        presences = [row.presence for row in self._rows if row.presence is not None]
        where = [*(self._in_place(item, table) for item in self._where), *presences]
        aliases = {item.alias for item in node.items}
        items, order = [], []
        for item in node.items:
            alias = item.alias
            if not isinstance(item.expression, ast.Star):
                alias = alias or output_name(item.expression)
            elif item.expression.table != (main.alias or main.name[-1]) and self._rows:
                raise Unfit
            items.append(replace(item, expression=self._in_place(item.expression, table), alias=alias))
        for key in node.order_by:
            named = isinstance(key.expression, ast.Name) and key.expression.parts[0] in aliases
            order.append(key if named else replace(key, expression=self._in_place(key.expression, table)))
        if self._used != self._common.keys():
            raise Unfit
        return replace(
            node, with_=(), sources=(main,), where=and_of(where) if where else None, items=tuple(items),
            order_by=tuple(order),
        )  # fmt: skip

    def _sources(self, sources: Sequence[ast.From]) -> list[ast.From]:
        """Return what a FROM crosses."""
        found: list[ast.From] = []
        for source in sources:
            if not isinstance(source, ast.Join):
                found.append(source)
            elif source.kind in ("CROSS", "INNER") and not (source.natural or source.using):
                found += self._sources((source.left, source.right))
                self._where += [] if source.on is None else conjuncts(source.on)
            else:
                raise Unfit
        return found

    def _table(self, ref: ast.TableRef) -> schema.Table:
        table = None if len(ref.name) > 1 else self._tables.find(ref.name)
        if table is None or ref.name[0] in self._common or ref.columns:
            raise Unfit
        return table

    # -------------------------------------------------------------- rows beside

    def _is_row(self, source: ast.From) -> bool:
        """Whether a relation has one row at most; it is noted then."""
        match source:
            case ast.TableRef(name=(name,), columns=names) if name in self._common:
                common = self._common[name]
                self._used.add(name)
                row = self._row(common.query, names or common.columns, source.alias or name)
            case ast.QueryRef(query=query, alias=str() as alias, columns=names, lateral=False):
                row = self._row(query, names, alias)
            case ast.TableRef():
                alias, table = source.alias or source.name[-1], self._table(source)
                own = [item for item in self._where if _names_only(item, alias)]
                if not own or not _pins_key(own, table):
                    return False
                self._where = [item for item in self._where if item not in own]
                items = tuple(ast.SelectItem(ast.Name((alias, column.name))) for column in table.columns)
                row = self._row(ast.Select(items, (source,), and_of(own)), (), alias)
            case _:
                raise Unfit
        self._rows.append(row)
        return True

    def _row(self, query: ast.Query, names: Sequence[str], alias: str) -> RowBeside:
        columns = self._columns(query, names)
        if not isinstance(query, ast.Select) or not query.sources:
            return RowBeside(alias, columns, None)
        if all(isinstance(item.expression, ast.Call) for item in query.items):  # of all rows, one
            return RowBeside(alias, columns, None)
        source = query.sources[0]
        assert isinstance(source, ast.TableRef), "columns are those of one table"
        table = self._table(source)
        is_one = isinstance(query.limit, ast.Literal) and query.limit.value == 1
        if not table.immediate_key or not (
            is_one or query.where and _pins_key(conjuncts(query.where), table)
        ):
            raise Unfit
        key = ast.SelectItem(ast.Name((source.alias or source.name[-1], table.primary_key[0])))
        there = ast.IsTest(ast.Subquery(replace(query, items=(key,))), "NULL", True)
        return RowBeside(alias, columns, there)

    def _columns(self, query: ast.Query, names: Sequence[str]) -> dict[str, ast.Expression]:
        """Return what the columns of a query are, as expressions."""
        if any(call.name[-1] not in FOLDS or call.over for call in nodes_of(query, ast.Call)):
            raise Unfit
        match query:
            case ast.Values(rows=((*cells,),), order_by=(), limit=None, offset=None, with_=()):
                given = {f"column{place}": cell for place, cell in enumerate(cells, 1)}
            case ast.Select(sources=(), where=None, limit=None, offset=None, order_by=(), with_=()):
                given = {item.alias or output_name(item.expression): item.expression for item in query.items}
            case ast.Select(sources=(ast.TableRef() as source,), with_=(), group_by=(), distinct=False):
                self._table(source)
                if query.distinct_on or query.having or query.windows or query.per or query.locking:
                    raise Unfit
                return self._named(query, names)
            case _:
                raise Unfit
        # An untyped one is a text where it stands by itself.
        if not all(isinstance(cell, ast.Cast) for cell in given.values()):
            raise Unfit
        return dict(zip([*names, *list(given)[len(names) :]], given.values(), strict=True))

    def _named(self, query: ast.Select, names: Sequence[str]) -> dict[str, ast.Expression]:
        found: dict[str, ast.Expression] = {}
        for place, item in enumerate(query.items):
            name = names[place] if place < len(names) else item.alias or output_name(item.expression)
            if isinstance(item.expression, ast.Star) or name in found:
                raise Unfit
            found[name] = ast.Subquery(replace(query, items=(item,)))
        return found

    # -------------------------------------------------------------- names in place

    def _in_place(self, part: Any, table: schema.Table) -> Any:
        """Return a part of the query with the columns of rows beside in their places."""
        if isinstance(part, tuple):
            return tuple(self._in_place(item, table) for item in part)
        if isinstance(part, ast.Name):
            return self._column(part, table)
        if isinstance(part, ast.Subquery) and (value := self._scalar(part.query)) is not None:
            return value
        if isinstance(part, ast.Query):
            names = {ref.name[-1] for ref in nodes_of(part, ast.TableRef)}
            if self._rows or names & self._common.keys():
                raise Unfit
            return part
        if not is_dataclass(part) or isinstance(part, type):
            return part
        return replace(
            part, **{field.name: self._in_place(getattr(part, field.name), table) for field in fields(part)}
        )

    def _column(self, name: ast.Name, table: schema.Table) -> ast.Expression:
        column = name.parts[-1]
        if len(name.parts) > 1:
            owners = [row for row in self._rows if row.alias == name.parts[-2]]
        else:
            owners = [row for row in self._rows if column in row.columns or column == row.alias]
            if owners and table.position(column) >= 0:
                raise Unfit
        if not owners:
            return name
        if len(owners) > 1 or column not in owners[0].columns:
            raise Unfit
        return owners[0].columns[column]

    def _scalar(self, query: ast.Query) -> ast.Expression | None:
        """Return the column that a query gives of a name of WITH; None where it is another query."""
        match query:
            case ast.Select(
                items=(ast.SelectItem(ast.Name(parts=parts)),), sources=(ast.TableRef(name=(name,)) as ref,)
            ) if name in self._common and query == ast.Select(query.items, query.sources, span=query.span):
                common = self._common[name]
                self._used.add(name)
                found = self._columns(common.query, ref.columns or common.columns).get(parts[-1])
                if found is None or len(parts) > 1 and parts[-2] != (ref.alias or name):
                    raise Unfit
                return found
        return None


def _names_only(part: ast.Expression, alias: str) -> bool:
    """Whether an expression reads columns of one relation and nothing else."""
    names = list(nodes_of(part, ast.Name))
    is_simple = not any(isinstance(inner, ast.Query) for inner in walk(part))
    return bool(names) and is_simple and all(name.parts[:-1] == (alias,) for name in names)


def _pins_key(items: Sequence[ast.Expression], table: schema.Table) -> bool:
    """Whether conditions leave one row of a table at most: they say what its key is."""
    pinned = set()
    for item in items:
        match item:
            case ast.Binary("=", ast.Name(parts=parts), ast.Literal() | ast.Parameter()):
                pinned.add(parts[-1])
            case ast.Binary("=", ast.Literal() | ast.Parameter(), ast.Name(parts=parts)):
                pinned.add(parts[-1])
    return bool(table.immediate_key) and pinned >= set(table.immediate_key)


# ------------------------------------------------------------------ functions of one value


def with_calls_in_place(query: ast.Query, tables: Tables) -> ast.Query:
    """Return a query whose functions of one value in FROM stand where they are named."""
    if next(nodes_of(query, ast.CallRef), None) is None:
        return query
    load_families()
    common = {table.name for table in nodes_of(query, ast.CommonTable)}

    def change(node: object) -> object:
        return _in_place(node, tables, common) if isinstance(node, ast.Select) else node

    found: ast.Query = rewrite(query, change)
    return found


def _in_place(node: ast.Select, tables: Tables, common: set[str]) -> ast.Select:
    sources = list(_crossed(node.sources))
    calls = [each for each in sources if isinstance(each, ast.CallRef) and _is_constant(each)]
    others = [each for each in sources if isinstance(each, ast.TableRef) and not each.columns]
    known = [None if each.name[-1] in common else tables.find(each.name) for each in others]
    if not calls or not others or len(calls) + len(others) < len(sources) or None in known or node.locking:
        return node
    values = {parts: each.calls[0] for each in calls for parts in _names(each)}
    names = {part for parts in values for part in parts}
    taken = [each.alias or each.name[-1] for each in others]
    taken += [column.name for table in known if table is not None for column in table.columns]
    taken += [item.alias for item in node.items if item.alias]
    is_unclear = len(values) < 2 * len(calls) or not names.isdisjoint(taken)
    if is_unclear or any(isinstance(item.expression, ast.Star) for item in node.items):
        return node
    items = tuple(replace(item, alias=item.alias or output_name(item.expression)) for item in node.items)
    inner = [part for part in walk(node) if isinstance(part, ast.Query) and part is not node]
    made: ast.Select = rewrite(
        replace(node, items=items, sources=tuple(others)),
        lambda part: values.get(part.parts, part) if isinstance(part, ast.Name) else part,
    )
    left = nodes_of((*inner, made), ast.Name)
    return node if any(name.parts[0] in names for name in left) else made


def _crossed(sources: Sequence[ast.From]) -> Iterator[ast.From]:
    """Give what a FROM crosses; a join that is more than that as itself."""
    for source in sources:
        if isinstance(source, ast.Join) and source.kind == "CROSS":
            yield from _crossed((source.left, source.right))
        else:
            yield source


def _names(node: ast.CallRef) -> tuple[tuple[str, ...], ...]:
    """Return how the value of a function may be named."""
    alias = node.alias or node.calls[0].name[-1]
    column = node.columns[0] if node.columns else alias
    return (column,), (alias, column)


def _is_constant(node: ast.CallRef) -> bool:
    """Whether a relation is one row of one value, whatever the rows beside it."""
    if len(node.calls) > 1 or node.ordinality or node.definitions or len(node.columns) > 1:
        return False
    if not all(isinstance(part, OF_CONSTANTS) for part in walk(node.calls)):
        return False
    return all(
        not call.candidates and functions_named(call.name) and all(map(_is_value, functions_named(call.name)))
        for call in nodes_of(node.calls, ast.Call)
    )


def _is_value(function: Function) -> bool:
    """Whether what a function gives is one value, and the same whenever it is called in a statement."""
    is_of_rows = function.gives_rows or function.is_aggregate or function.is_window
    return not is_of_rows and function.result != RECORD.name and function.volatility != "volatile"
