"""Numerics whose scale is known before their values: DECIMALs inside DuckDB, computed by it exactly.

PostgreSQL's numeric has a scale of its own in each value. That of a literal, an integer, a column of
numeric(p, s), and of sums and products of these, is the same for all rows; as long as 38 digits hold what may
come out, DuckDB's DECIMAL gives the same digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from vql.language.analyze import tree
from vql.types.numbers.numeric import DUCK_DIGITS_MAX, precision_and_scale

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
INTEGER_DIGITS = {2: 5, 4: 10, 8: 19}  # by bytes


class DecimalForm(NamedTuple):
    """Digits in all, and behind the point."""

    precision: int
    scale: int


Forms = Mapping[tuple[str | None, str], DecimalForm]


def fits_decimal(modifier: int) -> bool:
    """Whether numeric(precision, scale) is a DECIMAL that DuckDB has."""
    precision, scale = precision_and_scale(modifier)
    return precision <= DUCK_DIGITS_MAX and 0 <= scale <= precision


def decimal_form(node: tree.Expr, columns: Forms) -> DecimalForm | None:
    """Return the shape of a numeric whose values all have one, None of anything else."""
    if not node.type.is_decimal:
        return None
    match node:
        case tree.Const(value=Decimal() as value) if value.is_finite():
            return _of_value(value)
        case tree.Var(relation=relation, column=column):
            return columns.get((relation, column))
        case tree.Coerce(operand=operand, by_text=False) if operand.type.is_integer:
            if node.type.modifier is None:
                return DecimalForm(INTEGER_DIGITS[operand.type.dtype.itemsize], 0)
        case tree.FuncExpr(function=function, arguments=(left, right)) if function.name in "+-*":
            a, b = decimal_form(left, columns), decimal_form(right, columns)
            return None if a is None or b is None else _combined(function.name, a, b)
        case tree.CaseExpr(whens=whens, otherwise=otherwise):
            return _common((otherwise, *(then for _, then in whens)), columns)
        case tree.ChoiceExpr(arguments=arguments):
            return _common(arguments, columns)
        case tree.NullIfExpr(value=value):
            return decimal_form(value, columns)
    return None


def _common(values: Sequence[tree.Expr], columns: Forms) -> DecimalForm | None:
    """Return the shape that all of some numerics have, None where they have several or none."""
    first = decimal_form(values[0], columns)
    is_common = first is not None and all(decimal_form(each, columns) == first for each in values[1:])
    return first if is_common else None


def _of_value(value: Decimal) -> DecimalForm | None:
    scale = max(0, -int(value.as_tuple().exponent))
    digits = max(value.adjusted() + 1, 1) + scale
    return DecimalForm(digits, scale) if digits <= DUCK_DIGITS_MAX else None


def _combined(op: str, a: DecimalForm, b: DecimalForm) -> DecimalForm | None:
    if op == "*":
        made = DecimalForm(a.precision + b.precision, a.scale + b.scale)
    else:
        scale = max(a.scale, b.scale)
        made = DecimalForm(max(a.precision - a.scale, b.precision - b.scale) + 1 + scale, scale)
    return made if made.precision <= DUCK_DIGITS_MAX else None


def are_comparable(a: DecimalForm | None, b: DecimalForm | None) -> bool:
    """Whether one DECIMAL holds the values of two."""
    if a is None or b is None:
        return False
    return max(a.precision - a.scale, b.precision - b.scale) + max(a.scale, b.scale) <= DUCK_DIGITS_MAX


def decimal_operator(
    node: tree.FuncExpr,
    columns: Forms,
    expression: Callable[[tree.Expr], str],
) -> str | None:
    """Return arithmetic and comparison of two numerics of known shapes in DuckDB's words."""
    if len(node.arguments) != 2 or node.function.name not in COMPARISONS | set("+-*"):
        return None
    left, right = node.arguments
    a, b = decimal_form(left, columns), decimal_form(right, columns)
    if a is None or b is None:
        return None
    if node.function.name not in COMPARISONS and decimal_form(node, columns) is None:
        return None
    if node.function.name in COMPARISONS and not are_comparable(a, b):
        return None
    return f"({expression(left)} {node.function.name} {expression(right)})"
