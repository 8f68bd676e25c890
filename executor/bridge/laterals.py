"""Laterals in a query's tree: which of them are k-NN joins, and what stands in their place.

`LATERAL (SELECT i.id FROM items i WHERE i.x = q.x ORDER BY i.v <-> q.v LIMIT k)` is taken apart into
`SELECT i.id, i.v <-> $1 FROM items i WHERE i.x = $2 ORDER BY i.v <-> $1 LIMIT k`, which is searched for every
distinct (q.v, q.x), and a SELECT over the rows found, each with the number of the values it was found for:
`SELECT i.id FROM keys, found i WHERE i.number = keys.number AND keys.key0 IS NOT DISTINCT FROM q.v AND ...`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql import schema
from vql.dataclass import dataclass
from vql.language import ast
from vql.language.ast.walk import parts_of

DISTANCE = "vql__distance"
KEY = "vql__key{}"
KEYS = "vql__keys"
NUMBER = "vql__number"


@dataclass(frozen=True, slots=True)
class Lateral:
    """A k-NN join taken apart: `keys` are the outer columns, parameters of `block` in this order;
    `columns` the table's columns in it, before the distance."""

    block: ast.Select
    keys: tuple[ast.Name, ...]
    columns: tuple[schema.Column, ...]
    alias: str
    items: tuple[ast.SelectItem, ...]

    def over(self, found: ast.Select, given: ast.Select) -> ast.Select:
        """Return what stands in the lateral's place, over its rows found and the keys they were found for,
        which have the same NUMBER: vectors are compared once for a key, not for each of its rows."""
        condition: ast.Expression = ast.Binary("=", ast.Name((self.alias, NUMBER)), ast.Name((KEYS, NUMBER)))
        for number, key in enumerate(self.keys):
            same = ast.Binary("IS NOT DISTINCT FROM", ast.Name((KEYS, KEY.format(number))), key)
            condition = ast.Binary("AND", condition, same)
        sources = (ast.QueryRef(given, KEYS), ast.QueryRef(found, self.alias))
        return ast.Select(self.items, sources, condition)


def knn_block(
    source: object,
    find: Callable[[tuple[str, ...]], tuple[object, schema.Table] | None],
    first: int,
    common: frozenset[str] = frozenset(),
) -> Lateral | None:
    """Take a part of a FROM apart that is a lateral of one table, for its first rows in an order; None for
    others. `common` are the names of WITH."""
    if not isinstance(source, ast.QueryRef) or not source.lateral or not isinstance(source.query, ast.Select):
        return None
    inner = source.query
    table = inner.sources[0] if len(inner.sources) == 1 else None
    if not isinstance(table, ast.TableRef) or table.name[-1] in common:
        return None
    found = find(table.name)
    if found is None or not inner.order_by or inner.limit is None or inner.ties is not None:
        return None
    return take_apart(inner, found[1], first)


def take_apart(inner: ast.Select, table: schema.Table, first: int) -> Lateral | None:
    """Take a lateral apart, its keys numbered as parameters from `first`; None where it is not
    correlated in its conditions and order alone."""
    source = inner.sources[0]
    assert isinstance(source, ast.TableRef)
    alias = source.alias or source.name[-1]
    named = {item.alias: item.expression for item in inner.items if item.alias}
    order = tuple(replace(item, expression=_unaliased(item.expression, named)) for item in inner.order_by)
    keys: dict[tuple[str, ...], ast.Name] = {}

    def own(name: ast.Name) -> bool:
        return name.parts[-2] == alias if len(name.parts) > 1 else table.position(name.parts[0]) >= 0

    def as_parameter(node: Any) -> Any:
        if not isinstance(node, ast.Name) or own(node):
            return node
        keys.setdefault(node.parts, node)
        return ast.Parameter(first + list(keys).index(node.parts))

    where = mapped(inner.where, as_parameter)
    ordered = mapped(order, as_parameter)
    if not keys or inner.distinct or inner.distinct_on or inner.per is not None or _has_query(where):
        return None
    whole = any(isinstance(item.expression, ast.Star) for item in inner.items)
    used = {n.parts[-1] for n in each_name(inner.items) if own(n)}
    columns = tuple(column for column in table.columns if whole or column.name in used)
    chosen = [ast.SelectItem(ast.Name((alias, column.name)), column.name) for column in columns]
    distance = ordered[0].expression
    block = replace(inner, items=(*chosen, ast.SelectItem(distance, DISTANCE)), where=where, order_by=ordered)
    bare = _bare(order[0].expression)

    def from_found(node: Any) -> Any:
        return ast.Name((alias, DISTANCE)) if is_dataclass(node) and _bare(node) == bare else node

    items: list[ast.SelectItem] = []
    for item in inner.items:
        if isinstance(item.expression, ast.Star):
            items += [ast.SelectItem(ast.Name((alias, c.name)), c.name) for c in table.columns]
            continue
        expression = mapped(item.expression, from_found)
        named_anew = expression == ast.Name((alias, DISTANCE)) and item.alias is None
        items.append(replace(item, expression=expression, alias="?column?" if named_anew else item.alias))
    return Lateral(block, tuple(keys.values()), columns, alias, tuple(items))


def conditions_on(where: ast.Expression | None, sources: tuple[ast.From, ...]) -> ast.Expression | None:
    """Return those conjuncts of a WHERE that only name the given sources, by their aliases."""
    if isinstance(where, ast.Binary) and where.op == "AND":
        left, right = conditions_on(where.left, sources), conditions_on(where.right, sources)
        return right if left is None else left if right is None else ast.Binary("AND", left, right)
    names = each_name(where)
    known = aliases_of(sources)
    inside = all(len(name.parts) > 1 and name.parts[-2] in known for name in names)
    return where if names and inside and not _has_query(where) else None


def aliases_of(sources: tuple[ast.From, ...]) -> set[str]:
    """Return the names by which rows of these sources go."""
    found: set[str] = set()
    for source in sources:
        match source:
            case ast.Join(left=left, right=right):
                found |= aliases_of((left, right))
            case ast.TableRef(name=name, alias=alias):
                found.add(alias or name[-1])
            case ast.QueryRef(alias=alias) | ast.CallRef(alias=alias) if alias:
                found.add(alias)
    return found


def mapped(node: Any, change: Callable[[Any], Any]) -> Any:
    """Return a tree with `change` applied from the top; what it changes is not looked into."""
    if isinstance(node, tuple):
        return tuple(mapped(item, change) for item in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changed = change(node)
    if changed is not node:
        return changed
    anew = {field.name: mapped(getattr(node, field.name), change) for field in fields(node)}
    return replace(node, **anew)


def each_name(root: object) -> list[ast.Name]:
    """Return every column reference in a tree."""
    found: list[ast.Name] = []

    def see(node: Any) -> Any:
        if isinstance(node, ast.Name):
            found.append(node)
        return node

    mapped(root, see)
    return found


def _has_query(root: object) -> bool:
    found = False

    def see(node: Any) -> Any:
        nonlocal found
        found = found or isinstance(node, ast.Select | ast.Values | ast.SetOperation)
        return node

    mapped(root, see)
    return found


def _unaliased(node: ast.Expression, named: Mapping[str, ast.Expression]) -> ast.Expression:
    return named.get(node.parts[0], node) if isinstance(node, ast.Name) and len(node.parts) == 1 else node


def _bare(node: Any) -> Any:
    """Return what a tree is, wherever its parts stand, to be compared."""
    if isinstance(node, tuple):
        return tuple(map(_bare, node))
    parts = parts_of(type(node))
    return node if parts is None else (type(node), *(_bare(getattr(node, name)) for name in parts))
