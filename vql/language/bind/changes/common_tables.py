"""WITH before INSERT, UPDATE, DELETE and MERGE: each reference to one of its queries becomes that query."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from vql.errors import NotSupportedError
from vql.functions.declare import FUNCTIONS
from vql.language import ast
from vql.language.ast.walk import nodes_of
from vql.language.bind.references import with_tables

Change = TypeVar("Change", ast.Insert, ast.Update, ast.Delete, ast.Merge)


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

    def read(ref: ast.TableRef) -> ast.From:
        if len(ref.name) > 1 or ref.name[0] not in names:
            return ref
        query = replace(
            common_query(node), items=(ast.SelectItem(ast.Star()),), sources=(ast.TableRef(ref.name),)
        )
        return ast.QueryRef(query, ref.alias or ref.name[0], ref.columns, span=ref.span)

    made: Change = with_tables(bare, read)
    return made


def common_query(node: ast.Change) -> ast.Select:
    """Return a query of one row beside the queries of a change's WITH: these are to be right whoever reads
    them."""
    return ast.Select(
        (ast.SelectItem(ast.Literal(1, "integer")),), (), with_=node.with_, recursive=node.recursive
    )


def _require_same_rows(tables: tuple[ast.CommonTable, ...]) -> None:
    for call in nodes_of(tables, ast.Call):
        if any(function.volatility == "volatile" for function in FUNCTIONS.get(call.name[-1], ())):
            position = call.span[0] + 1 if call.span != ast.NOWHERE else None
            raise NotSupportedError(
                f"{call.name[-1]}() in a WITH query of a change is not supported yet", position=position
            )
