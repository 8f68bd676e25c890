"""WITH before INSERT, UPDATE and DELETE: each reference to one of its queries becomes that query."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from vql.errors import NotSupportedError
from vql.functions.declare import FUNCTIONS
from vql.language import ast
from vql.language.ast.walk import nodes_of, rewrite

Change = TypeVar("Change", ast.Insert, ast.Update, ast.Delete)


def without_common(node: Change) -> Change:
    """Return a change whose parts have the queries of its WITH in them. Raises 0A000 where one is read more
    than once and may have other rows each time."""
    if not node.with_:
        return node
    bare: Change = replace(node, with_=(), recursive=False)
    names = {table.name for table in node.with_}
    references = [ref for ref in nodes_of((bare, node.with_), ast.TableRef) if ref.name[-1] in names]
    if len(references) > 1 or not isinstance(node, ast.Insert):
        _require_same_rows(node.with_)

    def read(part: Any) -> Any:
        if not isinstance(part, ast.TableRef) or len(part.name) > 1 or part.name[0] not in names:
            return part
        every = (ast.SelectItem(ast.Star()),)
        query = ast.Select(every, (ast.TableRef(part.name),), with_=node.with_, recursive=node.recursive)
        return ast.QueryRef(query, part.alias or part.name[0], part.columns, span=part.span)

    made: Change = rewrite(bare, read)
    return made


def _require_same_rows(tables: tuple[ast.CommonTable, ...]) -> None:
    for call in nodes_of(tables, ast.Call):
        if any(function.volatility == "volatile" for function in FUNCTIONS.get(call.name[-1], ())):
            position = call.span[0] + 1 if call.span != ast.NOWHERE else None
            raise NotSupportedError(
                f"{call.name[-1]}() in a WITH query of a change is not supported yet", position=position
            )
