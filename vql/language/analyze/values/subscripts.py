"""Subscripts of arrays and of jsonb."""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import DatatypeMismatch
from vql.functions.arrays.subscripts import forms_of, subscripting
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import Analysis, function_of, operator_of
from vql.language.analyze.resolution.coerce import as_type
from vql.types.type import INTEGER, JSONB, SMALLINT, TEXT, UNKNOWN, Type

NAME_TYPE, LETTER_TYPE = Type("name"), Type('"char"')
Analyze = Callable[[ast.Expression], tree.Expr]


def subscripted(node: ast.Subscript, expression: Analyze, analyzer: Analysis) -> tree.Expr:
    """Return a subscript of an array, or of jsonb. Raises 42804."""
    subscripts, inner = [node], node.operand
    while isinstance(inner, ast.Subscript):
        subscripts.insert(0, inner)
        inner = inner.operand
    operand = expression(inner)
    if operand.type == JSONB:
        for subscript in subscripts:
            operand = _part_of_document(operand, subscript, expression, analyzer)
        return operand
    if operand.type == NAME_TYPE and len(subscripts) == 1 and node.index is not None and not node.is_slice:
        return _letter(operand, node.index, expression, analyzer)
    first = operand.type.base.lower_bound
    if first != 1:
        operand = as_type(operand, SMALLINT.array, analyzer.note)
    if not operand.type.is_array:
        raise DatatypeMismatch(
            f"cannot subscript type {operand.type.sized(None).formatted()} because it does not support"
            " subscripting", position=node.span[0] + 1,
        )  # fmt: skip
    function = subscripting(forms_of([(s.is_slice, s.index, s.high) for s in subscripts]))
    numbers = (end for s in subscripts for end in (s.index, s.high) if end is not None)
    given = [as_type(expression(end), INTEGER, analyzer.note, 1) for end in numbers]
    if first != 1:
        shift = tree.Const(1 - first, INTEGER)
        given = [operator_of(analyzer, "+", (end, shift), node.span) for end in given]
    is_slice = any(s.is_slice for s in subscripts)
    type_ = operand.type if is_slice else operand.type.element
    return tree.FuncExpr(function, (operand, *given), type_, node.span)


def _letter(operand: tree.Expr, index: ast.Expression, expression: Analyze, analyzer: Analysis) -> tree.Expr:
    """Return a letter of a name, counted from 0."""
    one = tree.Const(1, INTEGER)
    from_zero = as_type(expression(index), INTEGER, analyzer.note, 1)
    place = operator_of(analyzer, "+", (from_zero, one), index.span)
    given = (as_type(operand, TEXT, analyzer.note), place, one)
    return as_type(function_of(analyzer, ("substr",), given, index.span), LETTER_TYPE, analyzer.note, 2)


def _part_of_document(
    operand: tree.Expr, node: ast.Subscript, expression: Analyze, analyzer: Analysis
) -> tree.Expr:
    """Return a subscript of jsonb: what a path of one key or index leads to."""
    if node.is_slice or node.index is None:
        raise DatatypeMismatch("jsonb subscript does not support slices", position=node.span[0] + 1)
    step = expression(node.index)
    if step.type not in (UNKNOWN, INTEGER, SMALLINT) and not step.type.is_string:
        raise DatatypeMismatch(
            f"subscript type {step.type.formatted()} is not supported", position=node.index.span[0] + 1,
            hint="jsonb subscript must be coercible to either integer or text.",
        )  # fmt: skip
    path = as_type(step, TEXT, analyzer.note, 1)
    return function_of(analyzer, ("jsonb_extract_path",), (operand, path), node.span)
