"""Going through a tree: its nodes in text order, and the tree with some of them changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline, watched
from vql.errors import (
    InvalidParameterValue,
    LimitExceeded,
    ProgrammingError,
    SyntaxError,
    UndefinedObject,
    UndefinedParameter,
)
from vql.language import ast
from vql.limits import TARGETS_MAX
from vql.types.type import Type, type_named

Node = TypeVar("Node")
UNNAMED = "?column?"
# Fields that say where in the text a node stands.
PLACES = frozenset({"span", "at"})


def conjuncts(node: ast.Expression) -> list[ast.Expression]:
    """Return the operands of a tree of ANDs, left to right."""
    return operands(node, "AND")


def operands(node: ast.Expression, op: str) -> list[ast.Expression]:
    """Return the operands of a tree of one operator, left to right."""
    found: list[ast.Expression] = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Binary) and item.op == op:
            stack += (item.right, item.left)
        else:
            found.append(item)
    return found


def and_of(items: Sequence[ast.Expression]) -> ast.Expression:
    """Return the balanced tree of ANDs over some operands, one at least."""
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    return ast.Binary("AND", and_of(items[:middle]), and_of(items[middle:]))


def output_name(node: ast.Expression) -> str:
    """Return the name of a column that was given none."""
    return _named(node)[0]


def _named(node: ast.Expression) -> tuple[str, int]:
    """Return a name and how good it is: 2 that of a column or function, 1 that of a type or CASE, 0 none."""
    match node:
        case ast.Name(parts=parts):
            return parts[-1], 2
        case ast.Call(name=name):
            return name[-1], 2
        case ast.SqlJson(call=call) if call.name != ("is json",):
            return call.name[-1], 2
        case ast.Extract():
            return "extract", 2
        case ast.Field(name=name):
            return name, 2
        case ast.Subscript(operand=operand) | ast.Collate(operand=operand):
            return _named(operand)
        case ast.Cast(operand=operand, type=type_):
            inner = _named(operand)
            return inner if inner[1] > 1 else (_type_name(type_), 1)
        case ast.Case(otherwise=otherwise):
            inner = _named(otherwise) if otherwise is not None else (UNNAMED, 0)
            return inner if inner[1] > 1 else ("case", 1)
        case ast.Subquery(query=query):
            return _first_name(query), 2
        case ast.Exists():
            return "exists", 2
        case ast.Array() | ast.ArrayQuery():
            return "array", 2
        case ast.Row():
            return "row", 2
    return UNNAMED, 0


def _first_name(query: ast.Query) -> str:
    while isinstance(query, ast.SetOperation):
        query = query.left
    if isinstance(query, ast.Values):
        return "column1"
    item = query.items[0] if query.items else None
    return UNNAMED if item is None else item.alias or output_name(item.expression)


def type_written(node: ast.TypeName) -> Type:
    """Return the type that a name means where it stands. Raises 42704."""
    try:
        return type_named(node.name, node.modifiers)
    except UndefinedObject as error:
        error.position = error.position or (None if node.span == ast.NOWHERE else node.span[0] + 1)
        raise


def type_of_cast(node: ast.TypeName) -> Type:
    """Return the type that a cast names. Raises 42704, 22023 for its modifiers, where it stands."""
    try:
        return type_written(node)
    except InvalidParameterValue as error:
        error.position = error.position or (None if node.span == ast.NOWHERE else node.span[0] + 1)
        raise


def _type_name(type_: ast.TypeName) -> str:
    """Return pg_type.typname of a type as written; of an array that of its elements."""
    try:
        found = type_named(type_.name)
    except UndefinedObject:
        return type_.name.split(".")[-1]
    if found.is_array and not type_.name.endswith("[]"):  # by pg_type's name
        return type_.name.split(".")[-1].strip('"')
    if found.domain is not None:
        return found.domain.name
    return (found.element if found.is_array else found).base.short_name


def output_names(query: ast.Query, found: Sequence[str]) -> list[str]:
    """Return Postgres' names of a query's columns; `found` are those the engine gave them, kept
    for what stands behind a `*`."""
    while isinstance(query, ast.SetOperation):
        query = query.left
    if isinstance(query, ast.Values):
        return [f"column{i}" for i in range(1, len(found) + 1)]
    names = list(found)
    items = query.items
    stars = [i for i, item in enumerate(items) if isinstance(item.expression, ast.Star)]
    first, last = (stars[0], stars[-1]) if stars else (len(items), -1)
    for place, item in enumerate(items):
        if place < first or place > last:
            at = place if place < first else place - len(items)
            names[at] = item.alias or output_name(item.expression)
    return names


def nesting(root: object) -> int:
    """Return how many nodes stand inside each other, at the deepest place."""
    depth, level = 0, [root]
    while level:
        nodes: list[Any] = []
        while level:
            item = level.pop()
            if isinstance(item, tuple):
                level.extend(part for part in item if not isinstance(part, str | int))
            elif hasattr(item, "__dataclass_fields__"):
                nodes.append(item)
        level = [getattr(node, name) for node in watched(nodes) for name in node.__dataclass_fields__]
        depth += bool(nodes)
    return depth


def _parts_of(kind: type) -> tuple[str, ...] | None:
    return tuple(f.name for f in fields(kind) if f.name not in PLACES) if is_dataclass(kind) else None


# The names of a class' fields that may hold nodes, in text order; None of what is no node.
parts_of: Callable[[type], tuple[str, ...] | None] = cache(_parts_of)


class _Getters(dict[type, Callable[[Any], Sequence[object]] | None]):
    """By the class of a part of a tree what gives its parts, the last first; None of what has none. Most
    parts are names and numbers: looking one up is all they cost."""

    def __missing__(self, kind: type) -> Callable[[Any], Sequence[object]] | None:
        names = parts_of(kind)
        getter: Callable[[Any], Sequence[object]] | None = None
        if issubclass(kind, tuple):
            getter = itemgetter(slice(None, None, -1))
        elif names is not None and len(names) > 1:
            getter = attrgetter(*reversed(names))
        elif names is not None:  # the getter of one name gives no tuple
            getter = lambda node: [getattr(node, name) for name in names]  # noqa: E731
        return self.setdefault(kind, getter)


_getters = _Getters()


def walk(node: object) -> list[object]:
    """Return every AST node below and including `node`, in text order."""
    found: list[object] = []
    stack = [node]
    while stack:
        item = stack.pop()
        getter = _getters[type(item)]
        if getter is None:
            continue
        if not isinstance(item, tuple):
            found.append(item)
            if len(found) % ITEMS_BETWEEN_CHECKS == 0:
                check_deadline()
        stack += getter(item)
    return found


def nodes_of(node: object, kind: type[Node]) -> Iterator[Node]:
    """Yield the nodes of a kind below and including `node`, in text order."""
    return (found for found in walk(node) if isinstance(found, kind))


def refuse_parameters(node: object, count: int | None = None) -> None:
    """Raise 42P02 for the first parameter in a text that has no values for any; only those below `count`
    are of the text, where literals were lifted into others behind them."""
    for stray in nodes_of(node, ast.Parameter):
        if count is None or stray.index < count:
            raise UndefinedParameter(f"there is no parameter ${stray.index + 1}", position=stray.span[0] + 1)


def rewrite(node: Any, change: Any) -> Any:
    """Return the tree with `change` applied to every node, children first."""
    if isinstance(node, tuple):
        made = tuple(rewrite(item, change) for item in watched(node))
        return node if all(a is b for a, b in zip(made, node, strict=True)) else made
    parts = parts_of(type(node))
    if parts is None:
        return node
    changed = {}
    for name in parts:
        before = getattr(node, name)
        after = rewrite(before, change)
        if after is not before:
            changed[name] = after
    return change(replace(node, **changed) if changed else node)


def check_target_count(count: int) -> None:
    """Raise 54011 for too many columns of a select list."""
    if count > TARGETS_MAX:
        raise LimitExceeded(f"target lists can have at most {TARGETS_MAX} entries", sqlstate="54011")


def key_position(node: ast.Expression, count: int, clause: str) -> int | None:
    """Return which of `count` columns, from 0, a key means that is a constant, None for any other key. Raises
    42601, 42P10."""
    if not isinstance(node, ast.Literal):
        return None
    position = node.span[0] + 1 if node.span != ast.NOWHERE else None
    if node.kind != "integer":
        raise SyntaxError(f"non-integer constant in {clause}", position=position)
    place = int(str(node.value))
    if not 1 <= place <= count:
        raise ProgrammingError(
            f"{clause} position {place} is not in select list", sqlstate="42P10", position=position
        )
    return place - 1
