"""Fields of rows, and functions of several columns outside FROM, whose rows are records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from vql.errors import DatatypeMismatch, ProgrammingError, UndefinedColumn
from vql.functions.arrays.rows import row_is_not_null, row_is_null
from vql.functions.declare import FUNCTIONS, Argument, Function
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import ASSIGNMENT, RECORD, as_type, can_coerce, signature_type
from vql.types.arrays.rows import RowValue
from vql.types.type import BOOLEAN, Type

Note = Callable[[int, Type], Type]
Offered = Callable[[tree.Expr], tree.OutputColumn | None]


@cache
def as_record(function: Function) -> Function:
    """Return a function of several columns whose rows are records."""
    run, names = function.run, [column.name or "" for column in function.columns]
    assert run is not None, f"{function.name} is computed in Python"
    types = [signature_type(column.type).base for column in function.columns]

    def rows(*given: Any) -> Iterator[RowValue]:
        return (RowValue(row, types, names) for row in run(*given))

    return replace(function, run=rows, columns=())


def record_field(operand: tree.Expr, node: ast.Field, offered: Offered) -> tree.Expr:
    """Return a field of a row. Raises 42703, 42809."""
    known = row_fields(operand) or _known_fields(operand, offered)
    for name, field in known:
        if name == node.name:
            return field
    position = node.span[0] + 1
    if operand.type.composite:
        raise UndefinedColumn(
            f'column "{node.name}" not found in data type {operand.type.formatted()}', position=position
        )
    if operand.type == RECORD and isinstance(operand, tree.Var) and not known:
        raise ProgrammingError("record type has not been registered", sqlstate="42809")
    if operand.type == RECORD:
        raise UndefinedColumn(
            f'could not identify column "{node.name}" in record data type', position=position
        )
    raise ProgrammingError(
        f"column notation .{node.name} applied to type {operand.type.formatted()}, which is not a"
        " composite type", sqlstate="42809", position=position,
    )  # fmt: skip


def field_called(node: ast.Call, arguments: Sequence[tree.Expr], offered: Offered) -> tree.Expr | None:
    """Return a field that is written as a function of its row, `name(t)` for `t.name`; None where a call is
    something else, as one of any function of that name."""
    name = node.name[-1]
    if len(node.name) > 1 or len(arguments) != 1 or name in FUNCTIONS or node.candidates:
        return None
    if node.distinct or node.order_by or node.filter or node.over or node.within_group:
        return None
    return dict(row_fields(arguments[0]) or _known_fields(arguments[0], offered)).get(name)


def record_fields(operand: tree.Expr, node: ast.Field, offered: Offered) -> list[tuple[str, tree.Expr]]:
    """Return the fields of `(row).*` by name. Raises 42809."""
    found = row_fields(operand) or _known_fields(operand, offered)
    if not found:
        raise ProgrammingError(
            f"type {operand.type.formatted()} is not composite", sqlstate="42809", position=node.span[0] + 1
        )
    return found


def row_fields(node: tree.Expr) -> list[tuple[str, tree.Expr]]:
    """Return what is known of the fields of a row, or of the rows that a call gives."""
    if isinstance(node, tree.RowExpr):
        return list(zip(node.names, node.items, strict=True))
    if node.type.composite:
        return [
            (field.name, tree.FuncExpr(_field_of(place), (node,), field.type))
            for place, field in enumerate(node.type.composite.fields)
        ]
    if not isinstance(node, tree.FuncExpr) or not node.function.has_row_type:
        return []
    return [
        (
            column.name or "",
            replace(node, function=_column_alone(node.function, place), type=signature_type(column.type)),
        )
        for place, column in enumerate(node.function.columns)
    ]


def _known_fields(node: tree.Expr, offered: Offered) -> list[tuple[str, tree.Expr]]:
    """Return the fields of records that a relation offers as a column."""
    column = offered(node)
    return [
        (name, tree.FuncExpr(_field_of(place), (node,), type_))
        for place, (name, type_) in enumerate(() if column is None else column.fields)
    ]


@cache
def _field_of(place: int) -> Function:
    """Return the function of a row that gives its field at a place."""

    def field(row: RowValue) -> Any:
        return row[place]

    return Function(name=f"field_{place}", arguments=(Argument(type="record"),), result="any", run=field)


def row_null_test(operand: tree.Expr, negated: bool) -> tree.Expr:
    """Return `row IS [NOT] NULL`: whether all of its fields are, or none is."""
    return tree.FuncExpr(IS_NOT_NULL if negated else IS_NULL, (operand,), BOOLEAN)


def _null_test(name: str, of_none: bool, test: Callable[[RowValue], bool]) -> Function:
    def found(row: RowValue | None) -> bool:
        return of_none if row is None else test(row)

    record = (Argument(type="record"),)
    return Function(name=name, arguments=record, result="boolean", run=found, is_strict=False)


IS_NULL = _null_test("row_is_null", True, row_is_null)
IS_NOT_NULL = _null_test("row_is_not_null", False, row_is_not_null)


def with_field(operand: tree.Expr, node: ast.WithField, value: tree.Expr, note: Note) -> tree.Expr:
    """Return a row of a composite type with another value in a field. Raises 42703, 42804."""
    composite, position = operand.type.composite, node.span[0] + 1
    if composite is None:
        raise DatatypeMismatch(
            f'cannot assign to field "{node.name}" of column "{node.column}" because its type'
            f" {operand.type.formatted()} is not a composite type", position=position,
        )  # fmt: skip
    place = composite.place(node.name)
    if place < 0:
        raise UndefinedColumn(
            f'cannot assign to field "{node.name}" of column "{node.column}" because there is no such column'
            f" in data type {operand.type.formatted()}", position=position,
        )  # fmt: skip
    target = composite.fields[place].type
    if not can_coerce(value.type, target, ASSIGNMENT):
        raise DatatypeMismatch(
            f'subfield "{node.name}" is of type {target.sized(None).formatted()} but expression is of type'
            f" {value.type.formatted()}", position=position,
            hint="You will need to rewrite or cast the expression.",
        )  # fmt: skip
    items = [field for _, field in row_fields(operand)]
    items[place] = as_type(value, target, note, ASSIGNMENT)
    return tree.RowExpr(tuple(items), tuple(field.name for field in composite.fields), operand.type)


@cache
def _column_alone(function: Function, place: int) -> Function:
    run, column = function.run, function.columns[place]
    assert run is not None, f"{function.name} is computed in Python"

    def values(*given: Any) -> Iterator[Any]:
        return (row[place] for row in run(*given))

    return replace(function, run=values, columns=(column,), result=column.type)
