"""The system column xmax in RETURNING: which transaction has deleted or locked a row, 0 where none has.

A row that was inserted has 0; one that is gone, or that ON CONFLICT has locked before it was updated, has the
number of the transaction: `RETURNING (xmax = 0) AS inserted` tells the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from vql import schema
from vql.language import ast
from vql.language.analyze.names import XMAX
from vql.language.ast.walk import nodes_of, output_name, rewrite
from vql.language.bind.changes.beside import IS_NEW, NEVER, lacking, names_in_from, updates_on_conflict

Changing = TypeVar("Changing", bound=ast.Change)
NOBODY = ast.Cast(ast.Literal("0", "string"), ast.TypeName("xid"))
NULL = ast.Cast(ast.Literal(None, "null"), ast.TypeName("xid"))
# A number of 64 bits, whose lower half is the xid: there is a cast only by its text.
_NUMBER = ast.Binary("%", ast.Call(("txid_current",), ()), ast.Literal(1 << 32, "integer"))
OURS = ast.Cast(ast.Cast(_NUMBER, ast.TypeName("text")), ast.TypeName("xid"))


def with_system_columns(node: Changing, table: schema.Table, sources: Sequence[ast.From]) -> Changing:
    """Return a change that says what xmax is: in RETURNING of the row and of those before and after, in ON
    CONFLICT of the row that it has locked."""
    others = {*names_in_from(sources)}
    row = _either(lacking(node)[1], OURS, NOBODY)
    if updates_on_conflict(node):
        row = ast.Case(None, ((ast.Name((IS_NEW,)), NOBODY),), OURS)
    values = {node.alias or table.name: row}
    for name, is_missing, value in zip(node.row_names, lacking(node), (OURS, row), strict=True):
        if name not in values and table.position(name) < 0:
            values[name] = _either(is_missing, NULL, value)
    values = {name: value for name, value in values.items() if name not in others}
    if not sources:
        values[""] = row

    returning = list[ast.SelectItem]()
    for item in node.returning:
        made = _written(item.expression, values)
        is_written = made is not item.expression
        called = output_name(item.expression) if is_written and item.alias is None else item.alias
        returning.append(replace(item, expression=made, alias=called))
    node = replace(node, returning=tuple(returning))
    if not isinstance(node, ast.Insert) or node.conflict is None:
        return node
    locked = dict.fromkeys(("", node.alias or table.name), OURS)
    assignments = tuple((name, _written(value, locked)) for name, value in node.conflict.assignments)
    where = _written(node.conflict.where, locked)
    return replace(node, conflict=replace(node.conflict, assignments=assignments, where=where))


def _written(expression: Any, values: Mapping[str, ast.Expression]) -> Any:
    """Return an expression in which xmax is a value by its relation, "" for none; queries inside have their
    own."""

    def value(part: Any) -> Any:
        if not isinstance(part, ast.Name) or part.parts[-1] != XMAX.name or len(part.parts) > 2:
            return part
        return values.get("".join(part.parts[:-1]), part)

    return expression if any(True for _ in nodes_of(expression, ast.Select)) else rewrite(expression, value)


def _either(condition: ast.Expression, value: ast.Expression, other: ast.Expression) -> ast.Expression:
    if condition == NEVER:
        return other
    return value if isinstance(condition, ast.Literal) else ast.Case(None, ((condition, value),), other)
