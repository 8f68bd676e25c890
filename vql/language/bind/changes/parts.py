"""INSERT INTO t (a[1], c.field): columns of which only parts are given, as whole values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.ast.walk import nodes_of, rewrite
from vql.language.bind.names import Tables
from vql.types.type import Type

GIVEN = "vql__given"


def with_whole_columns(node: ast.Insert, tables: Tables) -> ast.Insert:
    """Return an INSERT that names each column once: what it gives parts of begins as NULL. Raises 0A000 where
    a part is DEFAULT, 42601 where there are more columns than values."""
    found = tables.find_view(node.table) or tables.find(node.table)
    if found is None or node.query is None:
        return replace(node, parts=())
    types = {column.name: column.type for column in found.columns}
    # Of each column the places of its parts among the values.
    places: dict[ast.ColumnName, list[int]] = {}
    for place, name in enumerate(node.columns):
        if name in places and None in (node.parts[place], node.parts[places[name][0]]):
            return replace(node, parts=())  # it is told that the column is there twice
        places.setdefault(name, []).append(place)

    def whole(values: Sequence[ast.Expression]) -> tuple[ast.Expression, ...]:
        require_as_many(node.columns, values)
        return tuple(_joined(node, name, given, values, types.get(name)) for name, given in places.items())

    query = node.query
    if isinstance(query, ast.Values) and not (query.order_by or query.limit or query.offset or query.with_):
        rows = query.rows.literals() if isinstance(query.rows, ast.LiteralRows) else query.rows
        query = replace(query, rows=tuple(map(whole, rows)))
    else:
        names = tuple(f"vql__c{place}" for place in range(len(node.columns)))
        items = whole([ast.Name((GIVEN, name)) for name in names])
        query = ast.Select(
            tuple(ast.SelectItem(item) for item in items), (ast.QueryRef(node.query, GIVEN, names),)
        )
    return replace(node, columns=tuple(places), query=query, parts=())


def require_as_many(columns: Sequence[ast.ColumnName], values: Sequence[ast.Expression]) -> None:
    """Raise 42601 where an INSERT has more values than columns, or fewer than it names."""
    if len(values) > len(columns):
        span = values[len(columns)].span
        position = span[0] + 1 if span != ast.NOWHERE else None
        raise SyntaxError("INSERT has more expressions than target columns", position=position)
    if len(values) < len(columns) and columns[len(values)].position is not None:
        text = "INSERT has more target columns than expressions"
        raise SyntaxError(text, position=columns[len(values)].position)


def _joined(
    node: ast.Insert, name: str, places: Sequence[int], values: Sequence[ast.Expression], type_: Type | None
) -> ast.Expression:
    """Return the value of a column, of the parts that are given of it."""
    first = node.parts[places[0]]
    if first is None or type_ is None:
        return values[places[0]]
    shown = ast.TypeName(type_.plain.formatted())
    so_far: ast.Expression = ast.Cast(ast.Literal(None, "null"), shown)
    for place in places:
        part, value = node.parts[place], values[place]
        assert part is not None, "the column is not there as a whole"
        if isinstance(value, ast.Default):
            what = "an array element" if isinstance(part, ast.WithElements) else "a subfield"
            raise NotSupportedError(f"cannot set {what} to DEFAULT", position=part.span[0] + 1)
        hole = next(nodes_of(part, ast.Default))
        own = ast.Name((name,), part.span)

        def filled(
            inner: object, value: ast.Expression = value, hole: ast.Default = hole, own: ast.Name = own,
            so_far: ast.Expression = so_far,
        ) -> object:  # fmt: skip
            if inner == own:
                return so_far
            return value if inner == hole else inner

        so_far = rewrite(part, filled)
    return so_far
