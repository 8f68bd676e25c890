"""References to tables in statements: which there are, and others in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql.language import ast
from vql.language.ast.moments import name_of

# Takes a reference to a table, and gives what stands in its place.
Change = Callable[[ast.TableRef], ast.From]
Source = ast.TableRef | ast.QueryRef | ast.CallRef


def tables_read(statement: ast.Statement | ast.Expression) -> list[ast.TableRef]:
    """Return the references of a statement to tables, views and the like, in the order of `View.reads`."""
    found: list[ast.TableRef] = []

    def note(ref: ast.TableRef) -> ast.From:
        found.append(ref)
        return ref

    with_tables(statement, note)
    return found


def with_tables(node: Any, change: Change, common: frozenset[str] = frozenset()) -> Any:
    """Return a part of a statement whose tables are changed; `common` are the names of WITH that it sees."""
    if isinstance(node, tuple):
        items = tuple(with_tables(item, change, common) for item in node)
        return node if all(a is b for a, b in zip(items, node, strict=True)) else items
    if isinstance(node, ast.TableRef):
        return node if len(node.name) == 1 and node.name[0] in common else change(node)
    if not is_dataclass(node) or isinstance(node, ast.LiteralRows):
        return node
    changed: dict[str, Any] = {}
    if isinstance(node, ast.Query | ast.Change) and node.with_:
        seen = common | {table.name for table in node.with_} if node.recursive else common
        made = []
        for table in node.with_:
            made.append(replace(table, query=with_tables(table.query, change, seen)))
            seen |= {table.name}
        changed["with_"], common = tuple(made), seen
    for field in fields(node):
        before = getattr(node, field.name)
        if field.name != "with_" and (isinstance(before, tuple) or is_dataclass(before)):
            after = with_tables(before, change, common)
            if after is not before:
                changed[field.name] = after
    return replace(node, **changed) if changed else node  # type: ignore[type-var]


def sources_of(sources: Sequence[ast.From], is_nullable: bool = False) -> Iterator[tuple[Source, bool]]:
    """Yield what FROM reads, and whether an outer join may leave it out."""
    for source in sources:
        if isinstance(source, ast.Join):
            yield from sources_of((source.left,), is_nullable or source.kind in ("RIGHT", "FULL"))
            yield from sources_of((source.right,), is_nullable or source.kind in ("LEFT", "FULL"))
        else:
            yield source, is_nullable


def name_in_from(source: Source) -> str:
    """Return what a relation of FROM is called, "" of one without a name."""
    match source:
        case ast.TableRef(name=name, alias=alias):
            return alias or name_of(name[-1])
        case ast.CallRef(calls=calls, alias=alias):
            return alias or calls[0].name[-1]
    return source.alias or ""
