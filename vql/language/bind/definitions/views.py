"""Views: their queries in the place of their names, before a statement is bound.

A view keeps the text of its query and, for each table in it, which one that is and what its columns were
called. So it stays what it was: a table that is renamed or moved is read under its new name, and one whose
columns are others by now through a query that gives those there were, under the names they had. At another
moment the view, and what it reads, is what it was then.

A view that is a choice of columns and rows of one table, read by a query of it alone, is that table: such a
query goes through the table's indexes as if it were written so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from vql import schema
from vql.errors import ProgrammingError, UndefinedTable
from vql.language import ast, parser
from vql.language.ast.moments import MARK, name_of, number_of
from vql.language.ast.walk import and_of, nodes_of, output_name, rewrite, walk
from vql.language.bind.access.rights import Rights
from vql.language.bind.access.row_security import (
    behind,
    has_policies,
    in_place_of,
    locked_seen,
    with_barriers,
)
from vql.language.bind.names import CatalogThen, Tables
from vql.language.bind.queries import is_plain
from vql.language.bind.references import with_tables

TEXTS_KEPT = 256


def with_views(statement: Any, tables: Tables) -> Any:
    """Return a statement that reads tables where it named views. `numbered` has been there."""
    has_views = any(isinstance(o, schema.View) for each in tables.catalogs for o in each.others.values())
    rights = tables.rights
    is_kept = rights is not None and any(
        has_policies(each.values()) for each in (rights.present.tables, tables.own, *tables.others)
    )
    if not has_views and not is_kept:
        return statement

    statement, seen = locked_seen(statement, tables, rights) if is_kept else (statement, set[int]())

    def change(ref: ast.TableRef) -> ast.From:
        return ref if id(ref) in seen else what_is_read(ref, tables, rights)

    made = _inlined(with_tables(statement, change), tables)
    return with_barriers(made) if is_kept else made


@lru_cache(TEXTS_KEPT)
def query_of_view(text: str) -> ast.Query:
    """Return the query of a view."""
    query = parser.parse(text, "wire")
    assert isinstance(query, ast.Query), "a view is a query"
    return query


def what_is_read(
    ref: ast.TableRef, tables: Tables, rights: Rights | None, inside: frozenset[int] = frozenset()
) -> ast.From:
    """Return what stands in the place of a reference, within the policies of the tables of some ids."""
    view = tables.find_view(ref.name)
    if view is None:
        return rows_kept(ref, tables, rights, inside)
    return ViewReader(tables, owner_of(view, rights), inside).of_view(view, ref, number_of(ref.name))


def rows_kept(
    ref: ast.TableRef, tables: Tables, rights: Rights | None, inside: frozenset[int]
) -> ast.TableRef | ast.QueryRef:
    """Return a table, or a query of the rows that a role may see. Raises 42P17 where its policies read it."""
    made = in_place_of(ref, tables, rights)
    table = tables.find(ref.name)
    if not isinstance(made, ast.QueryRef) or table is None:
        return made
    assert isinstance(made.query, ast.Select), "the rows of a table that pass"
    if table.table_id in inside:
        text = f'infinite recursion detected in policy for relation "{table.name}"'
        raise ProgrammingError(text, sqlstate="42P17")
    within = inside | {table.table_id}
    where = with_tables(made.query.where, lambda inner: what_is_read(inner, tables, rights, within))
    return replace(made, query=replace(made.query, where=where))


def owner_of(view: schema.View, rights: Rights | None) -> Rights | None:
    """Return what a view's owner may do, in whose name it reads; None where that is everything."""
    return None if rights is None else rights.of(rights.now(view).owner_id)


class ViewReader:
    """Views in the places of references to them."""

    def __init__(self, tables: Tables, owner: Rights | None, inside: frozenset[int] = frozenset()) -> None:
        self._tables = tables
        self._inside = inside  # the tables whose policies it stands in
        self._owner = owner  # what the view's owner may do, None where that is everything

    def of_view(self, view: schema.View, ref: ast.TableRef, number: int | None) -> ast.QueryRef:
        """Return the query of a view, at the moment of a number, in the place of a reference."""
        reads = iter(view.reads)
        there = self._tables.catalogs[0 if number is None else number + 1]

        def change(inner: ast.TableRef) -> ast.From:
            return self.of_reading(next(reads), inner, there, number)

        query = with_tables(query_of_view(view.text), change)
        if view.calls:

            def known(node: object) -> object:
                return replace(node, among=view.calls, moment=number) if isinstance(node, ast.Call) else node

            query = rewrite(query, known)
        names = tuple(column.name for column in view.columns)
        in_schema = "" if ref.alias is not None else view.schema
        alias = ref.alias or name_of(ref.name[-1])
        columns = (*ref.columns, *names[len(ref.columns) :])
        # Conditions on a view see no rows that its policies hide.
        hides = any(inner.is_barrier for inner in nodes_of(query, ast.QueryRef))
        return ast.QueryRef(
            query, alias, columns, span=ref.span, view=in_schema, is_barrier=hides, view_id=view.view_id
        )

    def of_reading(
        self, reading: schema.Reading, ref: ast.TableRef, there: CatalogThen, number: int | None
    ) -> ast.From:
        """Return what a view reads, under the names that its text has for it."""
        mark = "" if number is None else f"{MARK}{number}"
        if not reading.object_id:
            return replace(ref, name=(*ref.name[:-1], ref.name[-1] + mark))
        found = there.definition(reading.object_id)
        if not isinstance(found, schema.Table | schema.View):
            raise UndefinedTable(f'relation "{".".join(ref.name)}" does not exist')
        alias = ref.alias or ref.name[-1]
        name = (found.schema, found.name + mark)
        is_same = found.name == ref.name[-1] and not mark
        own = ast.TableRef(name, ref.alias if is_same else alias, ref.columns)
        inner: ast.TableRef | ast.QueryRef
        if isinstance(found, schema.View):
            reader = ViewReader(self._tables, owner_of(found, self._tables.rights), self._inside)
            inner = reader.of_view(found, replace(own, columns=()), number)
        else:
            inner = rows_kept(own, self._tables, self._owner, self._inside)
        now = {column.number: column.name for column in found.columns}
        if tuple(now.items()) == reading.columns:
            return replace(inner, columns=ref.columns) if ref.columns else inner
        items = tuple(
            ast.SelectItem(ast.Name((now[number],)), name)
            for number, name in reading.columns
            if number in now
        )
        plain = replace(inner, alias=None if isinstance(inner, ast.TableRef) else inner.alias, columns=())
        if isinstance(inner, ast.QueryRef):
            plain = replace(inner, columns=tuple(now.values()))
        return ast.QueryRef(ast.Select(items, (plain,)), alias, ref.columns, view="")


# ------------------------------------------------------------------ views that are tables


def _inlined(node: Any, tables: Tables) -> Any:
    """Return a part of a statement in which queries of a view that is one table are queries of the table."""
    if isinstance(node, tuple):
        items = tuple(_inlined(item, tables) for item in node)
        return node if all(a is b for a, b in zip(items, node, strict=True)) else items
    if not is_dataclass(node) or isinstance(node, ast.LiteralRows):
        return node
    changed = {}
    for field in fields(node):
        before = getattr(node, field.name)
        if isinstance(before, tuple) or is_dataclass(before):
            after = _inlined(before, tables)
            if after is not before:
                changed[field.name] = after
    made = replace(node, **changed) if changed else node  # type: ignore[type-var]
    return _of_table(made, tables) if isinstance(made, ast.Select) else made


def _of_table(node: ast.Select, tables: Tables) -> ast.Select:
    """Return a query of one view as that of the table that the view is a choice of; others as they are."""
    match node.sources:
        case (ast.QueryRef(query=ast.Select() as inner, view=str()) as ref,):
            pass
        case _:
            return node
    probe = replace(node, sources=inner.sources)
    if (
        not is_plain(probe)
        or (node.locking and ref.is_barrier)
        or node.per
        or any(isinstance(part, ast.Query) for part in walk(_parts(node)))
    ):
        return node
    rest = replace(inner, items=node.items, sources=(), where=None, span=node.span)
    if not is_plain(inner) or rest != ast.Select(node.items, span=node.span):
        return node
    columns = _columns_of(inner, ref.columns, tables)
    if columns is None:
        return node
    return _Substitution(node, ref, columns).over(inner, ref.is_barrier)


def _parts(node: ast.Select) -> tuple[object, ...]:
    return node.items, node.where, node.order_by, node.limit, node.offset, node.distinct_on, node.options


def _columns_of(inner: ast.Select, names: tuple[str, ...], tables: Tables) -> dict[str, ast.Name] | None:
    """Return what the columns of a view are in its table; None where one is more than a column."""
    (source,) = inner.sources
    assert isinstance(source, ast.TableRef), "it is plain"
    table = tables.find(source.name)
    if table is None:
        return None
    alias = source.alias or name_of(source.name[-1])
    given: list[tuple[str, ast.Name]] = []
    for item in inner.items:
        match item.expression:
            case ast.Star():
                given += [(column.name, ast.Name((alias, column.name))) for column in table.columns]
            case ast.Name(parts=parts) if table.column(parts[-1]) is not None:
                given.append((item.alias or parts[-1], ast.Name((alias, parts[-1]))))
            case _:
                return None
    called = (*names, *[name for name, _ in given[len(names) :]])
    found = dict(zip(called, [value for _, value in given], strict=True))
    return found if len(found) == len(given) else None


class _Unfit(Exception):
    """A query that names something else than columns of the view."""


class _Substitution:
    """One query of a view, with columns of the table in the places of the view's."""

    def __init__(self, node: ast.Select, ref: ast.QueryRef, columns: Mapping[str, ast.Name]) -> None:
        self._node = node
        self._alias = ref.alias or ""
        self._columns = columns
        self._origins = {name: (ref.view_id, number) for number, name in enumerate(columns, 1) if ref.view_id}

    def over(self, inner: ast.Select, is_barrier: bool) -> ast.Select:
        """Return the query over the view's own source, under its condition too; as it is where that fails."""
        node, locking = self._node, self._node.locking
        try:
            if locking is not None:  # of the view's source, by whatever name
                if any(name != self._alias for name in locking.tables):
                    raise _Unfit
                locking = replace(locking, tables=())
            items = tuple(each for item in node.items for each in self._items(item))
            aliases = {item.alias for item in node.items}
            order = []
            for key in node.order_by:
                named = isinstance(key.expression, ast.Name) and key.expression.parts[0] in aliases
                order.append(key if named else replace(key, expression=self._in_place(key.expression)))
            where = None if node.where is None else self._in_place(node.where)
            distinct_on = self._in_place(node.distinct_on)
        except _Unfit:
            return node
        if is_barrier and inner.where is not None:
            where = behind(inner.where, where)
        else:
            conditions = [each for each in (inner.where, where) if each is not None]
            where = and_of(conditions) if conditions else None
        return replace(
            node, items=items, sources=inner.sources, where=where,
            order_by=tuple(order), distinct_on=distinct_on, locking=locking,
        )  # fmt: skip

    def _items(self, item: ast.SelectItem) -> list[ast.SelectItem]:
        if isinstance(item.expression, ast.Star):
            if item.expression.table not in (None, self._alias):
                raise _Unfit
            return [
                ast.SelectItem(column, name, origin=self._origins.get(name))
                for name, column in self._columns.items()
            ]
        alias = item.alias or output_name(item.expression)
        read = item.expression.parts[-1] if isinstance(item.expression, ast.Name) else ""
        origin = self._origins.get(read, item.origin)
        return [replace(item, expression=self._in_place(item.expression), alias=alias, origin=origin)]

    def _in_place(self, part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(self._in_place(item) for item in part)
        if isinstance(part, ast.Name):
            if len(part.parts) > 2 or len(part.parts) == 2 and part.parts[0] != self._alias:
                raise _Unfit
            found = self._columns.get(part.parts[-1])
            if found is None:
                raise _Unfit
            return replace(found, span=part.span)
        if not is_dataclass(part) or isinstance(part, type):
            return part
        return replace(
            part, **{f.name: self._in_place(getattr(part, f.name)) for f in fields(part) if f.init}
        )
