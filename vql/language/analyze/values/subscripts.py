"""Subscripts of arrays, of jsonb and of hstore."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from vql.errors import DatatypeMismatch, NotSupportedError
from vql.functions.arrays.subscripts import Form, assigning, forms_of, subscripting
from vql.functions.declare import Argument, Function
from vql.functions.json.change import with_part
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import Analysis, function_of, operator_of
from vql.language.analyze.resolution.coerce import ASSIGNMENT, as_type, can_coerce
from vql.types.type import INTEGER, JSONB, SMALLINT, TEXT, UNKNOWN, Type

NAME_TYPE, LETTER_TYPE, HSTORE = Type("name"), Type('"char"'), Type("hstore")
Analyze = Callable[[ast.Expression], tree.Expr]


def subscripted(node: ast.Subscript, expression: Analyze, analyzer: Analysis) -> tree.Expr:
    """Return a subscript of an array, or of jsonb. Raises 42804."""
    inner, subscripts = _taken_apart(node)
    operand = expression(inner)
    if operand.type == JSONB:
        for subscript in subscripts:
            operand = _part_of_document(operand, subscript, expression, analyzer)
        return operand
    if operand.type == HSTORE and len(subscripts) == 1 and node.index is not None and not node.is_slice:
        key = as_type(expression(node.index), TEXT, analyzer.note, ASSIGNMENT)
        return function_of(analyzer, ("fetchval",), (operand, key), node.span)
    if operand.type == NAME_TYPE and len(subscripts) == 1 and node.index is not None and not node.is_slice:
        return _letter(operand, node.index, expression, analyzer)
    if operand.type.of_list != operand.type:
        operand = as_type(operand, operand.type.of_list, analyzer.note)
    _check_array(operand.type, node.span)
    function = subscripting(_forms_of(subscripts))
    given = _numbers_of(subscripts, expression, analyzer)
    is_slice = any(s.is_slice for s in subscripts)
    array = operand.type if operand.type.is_of_domains else operand.type.plain
    type_ = array if is_slice else array.element
    return tree.FuncExpr(function, (operand, *given), type_, node.span)


def with_subscripted(
    node: ast.WithElements, expression: Analyze, value: tree.Expr, analyzer: Analysis
) -> tree.Expr:
    """Return an array with another value in a part of it. Raises 42804."""
    inner, subscripts = _taken_apart(node.target)
    operand = expression(inner)
    if operand.type == JSONB:
        steps = [_step(each, expression) for each in subscripts]
        path = [as_type(step, TEXT, analyzer.note, 1) for step in steps]
        function = _assigning_part(steps[0].type in (INTEGER, SMALLINT), len(path))
        made = _assigned(value, JSONB, node, analyzer)
        return tree.FuncExpr(function, (operand, made, *path), JSONB, node.span)
    if operand.type == HSTORE:
        raise NotSupportedError(
            "an assignment to a part of hstore is not supported", hint="Use the operator ||."
        )
    _check_array(operand.type, node.span)
    array = operand.type
    target = array if any(s.is_slice for s in subscripts) else array.element.sized(array.modifier)
    made = _assigned(value, target, node, analyzer)
    given = _numbers_of(subscripts, expression, analyzer)
    return tree.FuncExpr(assigning(_forms_of(subscripts)), (operand, made, *given), array, node.span)


def _assigned(value: tree.Expr, target: Type, node: ast.WithElements, analyzer: Analysis) -> tree.Expr:
    """Return a value as what a part is of. Raises 42804."""
    if not can_coerce(value.type, target, ASSIGNMENT):
        raise DatatypeMismatch(
            f'subscripted assignment to "{node.column}" requires type {target.sized(None).formatted()} but'
            f" expression is of type {value.type.formatted()}",
            position=node.span[0] + 1, hint="You will need to rewrite or cast the expression.",
        )  # fmt: skip
    return as_type(value, target, analyzer.note, ASSIGNMENT)


@cache
def _assigning_part(starts_array: bool, steps: int) -> Function:
    """Return the function of a document, a value and so many steps that gives it with the value there."""

    def run(text: str | None, value: str | None, *path: str | None) -> str:
        return with_part(text, value, list(path), starts_array)

    types = ("jsonb", "jsonb", *["text"] * steps)
    return Function(
        name=f"assign_part_{starts_array:d}", arguments=tuple(Argument(type=each) for each in types),
        result="jsonb", run=run, is_strict=False,
    )  # fmt: skip


def _taken_apart(node: ast.Subscript) -> tuple[ast.Expression, list[ast.Subscript]]:
    """Return what subscripts are of, and these from the first."""
    subscripts = [node]
    while isinstance(inner := subscripts[0].operand, ast.Subscript) and not subscripts[0].is_of_group:
        subscripts.insert(0, inner)
    return subscripts[0].operand, subscripts


def _check_array(type_: Type, span: ast.Span) -> None:
    if not type_.is_array:
        raise DatatypeMismatch(
            f"cannot subscript type {type_.sized(None).formatted()} because it does not support"
            " subscripting", position=span[0] + 1,
        )  # fmt: skip


def _forms_of(subscripts: list[ast.Subscript]) -> tuple[Form, ...]:
    return forms_of([(s.is_slice, s.index, s.high) for s in subscripts])


def _numbers_of(subscripts: list[ast.Subscript], expression: Analyze, analyzer: Analysis) -> list[tree.Expr]:
    numbers = (end for s in subscripts for end in (s.index, s.high) if end is not None)
    return [as_type(expression(end), INTEGER, analyzer.note, 1) for end in numbers]


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
    path = as_type(_step(node, expression), TEXT, analyzer.note, 1)
    return function_of(analyzer, ("jsonb_extract_path",), (operand, path), node.span)


def _step(node: ast.Subscript, expression: Analyze) -> tree.Expr:
    """Return a key or an index of jsonb. Raises 42804."""
    if node.is_slice or node.index is None:
        raise DatatypeMismatch("jsonb subscript does not support slices", position=node.span[0] + 1)
    step = expression(node.index)
    if step.type not in (UNKNOWN, INTEGER, SMALLINT) and not step.type.is_string:
        raise DatatypeMismatch(
            f"subscript type {step.type.formatted()} is not supported", position=node.index.span[0] + 1,
            hint="jsonb subscript must be coercible to either integer or text.",
        )  # fmt: skip
    return step
