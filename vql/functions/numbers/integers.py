"""Integers and OIDs: arithmetic, bits, comparisons.

DuckDB adapts the type of an integer literal to what stands beside it, hence the casts where two types meet.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable
from itertools import product
from typing import Any

from vql.functions.declare import function, in_duck, operator, operator_in_duck
from vql.types.numbers.integers import BIGINT, INTEGER, SMALLINT, IntegerType
from vql.types.numbers.numeric_math import division_by_zero

INTEGERS = (SMALLINT, INTEGER, BIGINT)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": python.eq, "<>": python.ne, "<": python.lt, "<=": python.le, ">": python.gt, ">=": python.ge,
}  # fmt: skip


def whole_division(left: int, right: int) -> int:
    """Divide, cutting towards zero. Raises 22012."""
    if right == 0:
        raise division_by_zero()
    found = abs(left) // abs(right)
    return found if (left < 0) == (right < 0) else -found


def whole_remainder(left: int, right: int) -> int:
    """Return the rest of `whole_division`, with the sign of the dividend. Raises 22012."""
    return left - right * whole_division(left, right)


ARITHMETIC: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "+": ("+", python.add), "-": ("-", python.sub), "*": ("*", python.mul), "/": ("//", whole_division),
}  # fmt: skip
BITWISE: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "&": ("({0} & {1})", python.and_), "|": ("({0} | {1})", python.or_), "#": ("xor({0}, {1})", python.xor),
    "%": ("({0} % {1})", whole_remainder),
}  # fmt: skip


def _within(type_: IntegerType, compute: Callable[..., int]) -> Callable[..., int]:
    return lambda *values: type_.checked(compute(*values))


def _wrapped(value: int, bits: int) -> int:
    """Keep the low bits, as a signed integer."""
    half = 1 << (bits - 1)
    return (value + half) % (2 * half) - half


def _shifted_left(type_: IntegerType) -> Callable[[int, int], int]:
    # The processor takes the count modulo the width it computes with, which is at least 32.
    bits = type_.dtype.itemsize * 8
    return lambda value, count: _wrapped(value << count % max(bits, 32), bits)


def _shifted_right(type_: IntegerType) -> Callable[[int, int], int]:
    width = max(type_.dtype.itemsize * 8, 32)
    return lambda value, count: value >> count % width


def _typed(place: int, type_: IntegerType, wide: IntegerType) -> str:
    return f"{{{place}}}" if type_ is wide else f"CAST({{{place}}} AS {wide.duck_name})"


for _left, _right in product(INTEGERS, INTEGERS):
    _wide = max(_left, _right, key=lambda each: each.bound)
    _sides = _typed(0, _left, _wide), _typed(1, _right, _wide)
    for _sign, (_duck, _compute) in ARITHMETIC.items():
        operator_in_duck(
            f"{_left.name} {_sign} {_right.name} -> {_wide.name}",
            f"({_sides[0]} {_duck} {_sides[1]})",
            _within(_wide, _compute),
        )
    for _sign, _test in COMPARISONS.items():
        _text = f"({_sides[0]} {_sign} {_sides[1]})"
        operator_in_duck(f"{_left.name} {_sign} {_right.name} -> boolean", _text, _test)

for _sign, _test in COMPARISONS.items():
    operator_in_duck(f"oid {_sign} oid -> boolean", f"({{0}} {_sign} {{1}})", _test)
for _sign, _test in (("=", python.eq), ("<>", python.ne)):
    operator_in_duck(f"xid {_sign} xid -> boolean", f"({{0}} {_sign} {{1}})", _test)
    # A negative integer is taken for the bits it has.
    operator_in_duck(
        f"xid {_sign} integer -> boolean", f"({{0}} {_sign} (CAST({{1}} AS BIGINT) & 4294967295))",
        lambda xid, number, test=_test: test(xid, number % (1 << 32)),
    )  # fmt: skip

for _type in INTEGERS:
    _name = _type.name
    for _sign, (_duck, _compute) in BITWISE.items():
        operator_in_duck(f"{_name} {_sign} {_name} -> {_name}", _duck, _compute)
    operator(f"{_name} << integer -> {_name}")(_shifted_left(_type))
    operator(f"{_name} >> integer -> {_name}")(_shifted_right(_type))
    operator_in_duck(f"~ {_name} -> {_name}", "(~{0})", python.invert)
    operator_in_duck(f"+ {_name} -> {_name}", "{0}", python.pos)
    _zero = f"CAST(0 AS {_type.duck_name})"
    operator_in_duck(f"- {_name} -> {_name}", f"({_zero} - {{0}})", _within(_type, python.neg))
    operator_in_duck(f"@ {_name} -> {_name}", "abs({0})", _within(_type, abs))
    in_duck(f"abs({_name}) -> {_name}", "abs({0})", _within(_type, abs))
    in_duck(f"mod({_name}, {_name}) -> {_name}", "({0} % {1})", whole_remainder)

for _type in (INTEGER, BIGINT):
    _name = _type.name
    function(f"gcd({_name}, {_name}) -> {_name}")(_within(_type, math.gcd))
    function(f"lcm({_name}, {_name}) -> {_name}")(_within(_type, math.lcm))
    for _function, _form in (("to_bin", "b"), ("to_oct", "o"), ("to_hex", "x")):
        function(f"{_function}({_name}) -> text")(
            lambda value, modulus=2 * _type.bound, form=_form: format(value % modulus, form)
        )
