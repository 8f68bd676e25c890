"""Going through a tree: its nodes in text order, and the tree with some of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline, watched
from vql.language import ast

Node = TypeVar("Node")


def conjuncts(node: ast.Expression) -> list[ast.Expression]:
    """Return the operands of a tree of ANDs, left to right."""
    found: list[ast.Expression] = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.Binary) and item.op == "AND":
            stack += (item.right, item.left)
        else:
            found.append(item)
    return found


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
        level = [getattr(node, name) for node in nodes for name in node.__dataclass_fields__]
        depth += bool(nodes)
    return depth


def walk(node: object) -> list[object]:
    """Return every AST node below and including `node`, in text order."""
    found: list[object] = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(reversed(item))
        elif hasattr(item, "__dataclass_fields__"):
            found.append(item)
            if len(found) % ITEMS_BETWEEN_CHECKS == 0:
                check_deadline()
            stack.extend(getattr(item, name) for name in reversed(list(item.__dataclass_fields__)))
    return found


def nodes_of(node: object, kind: type[Node]) -> Iterator[Node]:
    """Yield the nodes of a kind below and including `node`, in text order."""
    return (found for found in walk(node) if isinstance(found, kind))


def rewrite(node: Any, change: Any) -> Any:
    """Return the tree with `change` applied to every node, children first."""
    if isinstance(node, tuple):
        made = tuple(rewrite(item, change) for item in watched(node))
        return node if all(a is b for a, b in zip(made, node, strict=True)) else made
    if not hasattr(node, "__dataclass_fields__"):
        return node
    changed = {}
    for field in fields(node):
        before = getattr(node, field.name)
        after = rewrite(before, change)
        if after is not before:
            changed[field.name] = after
    return change(replace(node, **changed) if changed else node)
