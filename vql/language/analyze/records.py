"""Fields of rows, and functions of several columns outside FROM, whose rows are records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from vql.errors import ProgrammingError, UndefinedColumn
from vql.functions.declare import Function
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import signature_type
from vql.types.arrays.record import RowValue
from vql.types.type import Type

RECORD = Type("record")


@cache
def as_record(function: Function) -> Function:
    """Return a function of several columns whose rows are records."""
    run, names = function.run, [column.name or "" for column in function.columns]
    assert run is not None, f"{function.name} is computed in Python"
    types = [signature_type(column.type).base for column in function.columns]

    def rows(*given: Any) -> Iterator[RowValue]:
        return (RowValue(row, types, names) for row in run(*given))

    return replace(function, run=rows, columns=())


def record_field(operand: tree.Expr, node: ast.Field) -> tree.Expr:
    """Return a field of a row. Raises 42703, 42809."""
    for name, field in _fields(operand):
        if name == node.name:
            return field
    position = node.span[0] + 1
    if operand.type == RECORD:
        raise UndefinedColumn(
            f'could not identify column "{node.name}" in record data type', position=position
        )
    raise ProgrammingError(
        f"column notation .{node.name} applied to type {operand.type.formatted()}, which is not a"
        " composite type", sqlstate="42809", position=position,
    )  # fmt: skip


def record_fields(operand: tree.Expr, node: ast.Field) -> list[tuple[str, tree.Expr]]:
    """Return the fields of `(row).*` by name. Raises 42809."""
    found = _fields(operand)
    if not found:
        raise ProgrammingError(
            f"type {operand.type.formatted()} is not composite", sqlstate="42809", position=node.span[0] + 1
        )
    return found


def _fields(node: tree.Expr) -> list[tuple[str, tree.Expr]]:
    """Return what is known of the fields of a row, or of the rows that a call gives."""
    if isinstance(node, tree.RowExpr):
        return list(zip(node.names, node.items, strict=True))
    if not isinstance(node, tree.FuncExpr) or not node.function.has_row_type:
        return []
    return [
        (
            column.name or "",
            replace(node, function=_column_alone(node.function, place), type=signature_type(column.type)),
        )
        for place, column in enumerate(node.function.columns)
    ]


@cache
def _column_alone(function: Function, place: int) -> Function:
    run, column = function.run, function.columns[place]
    assert run is not None, f"{function.name} is computed in Python"

    def values(*given: Any) -> Iterator[Any]:
        return (row[place] for row in run(*given))

    return replace(function, run=values, columns=(column,), result=column.type)
