"""Conditions on the elements of arrays: of a column, ANY and ALL of it and whether it has others' elements,
and of long lists of literals."""

from __future__ import annotations

from collections.abc import Callable

from vql.functions.declare import OPERATORS
from vql.functions.library import load_families
from vql.language import ast, plan
from vql.types.type import BIGINT, TEXT, UNKNOWN, Type, type_named

Bind = Callable[[ast.Expression, Type], plan.Scalar]
VALUES = plan.Constant | plan.Parameter | plan.Once
MIRRORED = {"@>": "<@", "<@": "@>", "&&": "&&"}


def element_test(node: ast.Quantified | ast.Binary, bind: Bind) -> plan.Predicate | None:
    """Bind a condition; None for what is none of a column whose elements are known by what is stored."""
    if isinstance(node, ast.Binary):
        for array, other, op in (
            (node.left, node.right, node.op),
            (node.right, node.left, MIRRORED[node.op]),
        ):
            column = _array_column(array, bind)
            if column is not None:
                return _of_array(column, op, other, bind)
        return None
    column = _array_column(node.right, bind)
    if column is None:
        return None
    value = bind(node.left, column.type.element)
    if not _is_value(value, column.type.element):
        return None
    word = "ALL" if node.quantifier.upper() == "ALL" else "ANY"
    if node.op == "=":
        return plan.ElementTest(column, f"= {word}", value)
    # Unlike all of them is not like any, unlike any not like all.
    opposite = {"ALL": "= ANY", "ANY": "= ALL"}[word]
    return plan.Not(plan.ElementTest(column, opposite, value)) if node.op == "<>" else None


def operator_test(node: ast.Binary, bind: Bind) -> plan.OperatorTest | None:
    """Bind a condition on a column and a value whose operator says that scans test it; None for any other."""
    load_families()
    for operator in OPERATORS.get(node.op, ()):
        if not operator.tests_columns:
            continue
        of_column, of_value = (type_named(argument.type) for argument in operator.arguments)
        for column, value in ((node.left, node.right), (node.right, node.left)):
            read = bind(column, of_column)
            if not isinstance(read, plan.ColumnRead) or read.type.base is not of_column.base:
                continue
            made = bind(value, of_value)
            if isinstance(made, VALUES) and made.type.base is of_value.base:
                return plan.OperatorTest(read, operator, made)
    return None


def _of_array(column: plan.ColumnRead, op: str, other: ast.Expression, bind: Bind) -> plan.Predicate | None:
    if isinstance(other, ast.Cast) and isinstance(other.operand, ast.Array):
        if type_named(other.type.name, other.type.modifiers).base is not column.type.base:
            return None
        other = other.operand
    if isinstance(other, ast.Array):
        items = tuple(bind(item, column.type.element) for item in other.items)
        of_type = all(_is_value(item, column.type.element) for item in items)
        return plan.ElementTest(column, op, items) if of_type else None
    if not isinstance(other, ast.Literal | ast.Parameter | ast.Cast):
        return None
    values = bind(other, column.type)
    return plan.ElementTest(column, op, values) if _is_value(values, column.type) else None


def _array_column(node: ast.Expression, bind: Bind) -> plan.ColumnRead | None:
    """Return a column of arrays of texts or integers, whose elements are equal where what is stored is."""
    if not isinstance(node, ast.Name):
        return None
    column = bind(node, UNKNOWN)
    assert isinstance(column, plan.ColumnRead)
    element = column.type.element
    compared = element.is_integer or (element.is_string and element.base.orders_as_stored)
    return column if column.type.is_array and column.type.is_string_stored and compared else None


def _is_value(scalar: plan.Scalar, type_: Type) -> bool:
    alike = scalar.type.base is type_.base or (scalar.type.has_case and type_.has_case)
    return isinstance(scalar, plan.Constant | plan.Parameter) and (
        alike or scalar.type.is_integer and type_.is_integer
    )


def in_literals(tested: plan.Scalar, items: ast.LiteralList) -> plan.InArray | None:
    """Bind a list of IN at once; None where its literals are to be read as something else than they are."""
    if items.kind == "integer" and tested.type.is_integer:
        return plan.InArray(tested, plan.Constant(items.values(), BIGINT.array))
    if items.kind == "string" and tested.type.has_case:
        return plan.InArray(tested, plan.Constant(items.values(), TEXT.array))
    return None
