"""Bit strings: operators, parts, single bits, and the aggregates that combine them bit by bit."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from vql.errors import DataError, InvalidParameterValue
from vql.functions.declare import aggregate, cast, function, operator, operator_in_duck
from vql.functions.text.texts import COMPARISONS
from vql.types.forms.ndarrays import Bools
from vql.types.numbers.integers import INTEGER

_COMBINED: tuple[tuple[str, str, str, Callable[[Bools, Bools], Bools]], ...] = (
    ("&", "AND", "bit_and", np.logical_and), ("|", "OR", "bit_or", np.logical_or),
    ("#", "XOR", "bit_xor", np.logical_xor),
)  # fmt: skip


def _same_size(word: str, combine: Callable[[Bools, Bools], Bools]) -> Callable[[Bools, Bools], Bools]:
    def run(left: Bools, right: Bools) -> Bools:
        if len(left) != len(right):
            raise DataError(f"cannot {word} bit strings of different sizes", sqlstate="22026")
        return combine(left, right)

    return run


def _of_rows(combine: Callable[[Bools, Bools], Bools]) -> Callable[[Sequence[Bools]], Bools | None]:
    return lambda values: reduce(combine, values) if values else None


for _sign, _word, _name, _ufunc in _COMBINED:
    _run = _same_size(_word, _ufunc)
    operator(f"bit {_sign} bit -> bit")(_run)
    function(f"bit{_word.lower()}(bit, bit) -> bit")(_run)
    aggregate(f"{_name}(bit) -> bit")(_of_rows(_run))


@operator("~ bit -> bit")
@function("bitnot(bit) -> bit")
def _inverted(bits: Bools) -> Bools:
    return ~bits


@operator("bit << integer -> bit")
@function("bitshiftleft(bit, integer) -> bit")
def _moved_left(bits: Bools, count: int) -> Bools:
    """Move bits to the front, or back where `count` is negative; zeros come in."""
    made = np.zeros(len(bits), bool)
    if 0 <= count < len(bits):
        made[: len(bits) - count] = bits[count:]
    elif -len(bits) < count < 0:
        made[-count:] = bits[:count]
    return made


@operator("bit >> integer -> bit")
@function("bitshiftright(bit, integer) -> bit")
def _moved_right(bits: Bools, count: int) -> Bools:
    return _moved_left(bits, -count)


# ------------------------------------------------------------------ sizes and parts

for _name in ("length", "bit_length"):
    function(f"{_name}(bit) -> integer")(len)
function("octet_length(bit) -> integer")(lambda bits: (len(bits) + 7) // 8)
function("bit_count(bit) -> bigint")(lambda bits: int(np.count_nonzero(bits)))


def _declare_order(sign: str, compare: Callable[[Any, Any], bool]) -> None:
    """Declare a comparison: bit by bit, the shorter first; DuckDB's is of how many bits fill a byte."""

    @operator(f"bit {sign} bit -> boolean")
    def compared(one: Bools, other: Bools) -> bool:
        return compare(one.tolist(), other.tolist())


for _sign, _compare in (("<", operators.lt), ("<=", operators.le), (">", operators.gt), (">=", operators.ge)):
    _declare_order(_sign, _compare)


@function("substring(bit, integer) -> bit")
def _tail(bits: Bools, start: int) -> Bools:
    return bits[max(start - 1, 0) :]


@function("substring(bit, integer, integer) -> bit")
def _part(bits: Bools, start: int, length: int) -> Bools:
    if length < 0:
        raise _negative_length()
    return bits[max(start - 1, 0) : max(start - 1 + length, 0)]


def _negative_length() -> DataError:
    return DataError("negative substring length not allowed", sqlstate="22011")


@function("overlay(bit, bit, integer) -> bit")
def _overlaid(bits: Bools, new: Bools, start: int) -> Bools:
    return _overlaid_part(bits, new, start, len(new))


@function("overlay(bit, bit, integer, integer) -> bit")
def _overlaid_part(bits: Bools, new: Bools, start: int, length: int) -> Bools:
    if start <= 0:
        raise _negative_length()
    behind = INTEGER.checked(start + length)
    return np.concatenate([bits[: start - 1], new, _tail(bits, behind)])


@function("position(bit, bit) -> integer")
def _place_of(bits: Bools, wanted: Bools) -> int:
    """Return where a bit string stands in another, counted from 1; 0 where it does not."""
    return bits.tobytes().find(wanted.tobytes()) + 1 if len(bits) else 0


# ------------------------------------------------------------------ single bits


def _check_bit_index(bits: Bools, index: int) -> None:
    if not 0 <= index < len(bits):
        why = f"bit index {index} out of valid range (0..{len(bits) - 1})"
        raise DataError(why, sqlstate="2202E")


@function("get_bit(bit, integer) -> integer")
def _bit_at(bits: Bools, index: int) -> int:
    _check_bit_index(bits, index)
    return int(bits[index])


@function("set_bit(bit, integer, integer) -> bit")
def _with_bit(bits: Bools, index: int, new: int) -> Bools:
    _check_bit_index(bits, index)
    if new not in (0, 1):
        raise InvalidParameterValue("new bit must be 0 or 1")
    made = bits.copy()
    made[index] = new
    return made


# ------------------------------------------------------------------ bit varying

for _sign, _compare in COMPARISONS.items():
    operator_in_duck(
        f"bit varying {_sign} bit varying -> boolean",
        f"({{0}} {_sign} {{1}})",
        lambda one, other, compare=_compare: compare(one.tolist(), other.tolist()),
    )


@cast("bit -> bit varying", willingness="implicit")
@cast("bit varying -> bit", willingness="implicit")
def _bits(bits: Bools) -> Bools:
    return bits


@cast("bit varying -> bit varying", willingness="implicit", needs_modifier=True)
def _cut(bits: Bools, modifier: int | None) -> Bools:
    return bits[:modifier]


@operator("bit varying || bit varying -> bit varying")
def _joined(bits: Bools, more: Bools) -> Bools:
    return np.concatenate([bits, more])
