"""Statements as trees of texts, so that any of them can be made smaller without knowing what it is.

A node is a sequence of texts and nodes. What makes it smaller is said by its role: an *expression* of a type
gives way to a constant, or to a part of its own of that type; a *clause* to nothing; a *list* loses items; a
*query* gives way to a query inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Union

Part = Union[str, "Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a statement. `features` are the operations it uses itself, by signature."""

    parts: tuple[Part, ...]
    role: str = ""
    type: str = ""
    features: tuple[str, ...] = ()
    separator: str = ""
    least: int = 1

    def __str__(self) -> str:
        return self.separator.join(map(str, self.parts))


def expression(type_name: str, *parts: Part, uses: str = "") -> Node:
    """Return a value of a type."""
    return Node(parts, "expression", type_name, (uses,) if uses else ())


def clause(*parts: Part, uses: str = "") -> Node:
    """Return what may be left out."""
    return Node(parts, "clause", "", (uses,) if uses else ())


def listed(items: tuple[Part, ...] | list[Part], separator: str = ", ", least: int = 1) -> Node:
    """Return items that may become fewer."""
    return Node(tuple(items), "list", separator=separator, least=least)


def query(*parts: Part, uses: str = "") -> Node:
    """Return a SELECT or a set operation."""
    return Node(parts, "query", "", (uses,) if uses else ())


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, the larger first."""
    yield node
    for part in node.parts:
        if isinstance(part, Node):
            yield from walk(part)


def features(node: Node) -> set[str]:
    """Return the operations of a tree."""
    return {name for part in walk(node) for name in part.features}


def smaller(node: Node, constants: Callable[[str], list[str]]) -> Iterator[Node]:
    """Yield trees one step smaller, the greatest steps first. `constants` gives values of a type as SQL."""
    yield from _here(node, constants)
    for place, part in enumerate(node.parts):
        if isinstance(part, Node):
            for made in smaller(part, constants):
                yield replace(node, parts=(*node.parts[:place], made, *node.parts[place + 1 :]))


def minimised(
    node: Node, is_same: Callable[[Node], bool], constants: Callable[[str], list[str]], tries: int
) -> Node:
    """Return the smallest tree found that still shows what the whole one does."""
    seen = {str(node)}
    found = True
    while found and tries > 0:
        found = False
        for candidate in smaller(node, constants):
            text = str(candidate)
            if text in seen:
                continue
            seen.add(text)
            tries -= 1
            if is_same(candidate):
                node, found = candidate, True
                break
            if tries <= 0:
                break
    return node


def _here(node: Node, constants: Callable[[str], list[str]]) -> Iterator[Node]:
    if node.role == "clause" and node.parts:
        yield Node((), "clause")
    if node.role == "list" and len(node.parts) > node.least:
        yield from _fewer(node)
    if node.role in ("query", "expression"):
        inner = [part for part in walk(node) if part is not node and part.role == node.role]
        for part in inner:
            if part.type == node.type:
                yield part
    if node.role == "expression" and any(isinstance(part, Node) for part in node.parts):
        for text in constants(node.type):
            yield Node((text,), "expression", node.type)


def _fewer(node: Node) -> Iterator[Node]:
    count = len(node.parts)
    if node.least <= 1 < count:
        for part in node.parts:
            yield replace(node, parts=(part,))
    if count > 2:
        for place in range(count):
            yield replace(node, parts=node.parts[:place] + node.parts[place + 1 :])
    elif node.least == 0:
        yield replace(node, parts=())
