"""Integers and OIDs, and what all plain numbers share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from vql.dataclass import dataclass
from vql.errors import (
    DataError,
    DatatypeMismatch,
    InvalidParameterValue,
    NotSupportedError,
    NumericOutOfRange,
)
from vql.types.base import SPACE, BaseType, Storage, StoredArray

# Arrow's formats of integers and floats.
ARROW_NUMBERS = "cCsSiIlLefg"
FLOAT_INTEGER_MAX = 1 << 53
# An integer as it is written: underscores stand between digits, or behind the prefix of a base.
WHOLE = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[0-9](?:_?[0-9])*)"
)
BASES = {"x": 16, "o": 8, "b": 2}
# An OID is read by C's rules: a leading zero means octal.
UNSIGNED = re.compile(r"(?P<sign>[+-]?)(?:0(?P<octal>[0-7]+)|(?P<digits>0[xX][0-9a-fA-F]+|0|[1-9][0-9]*))")
WHOLE_DIGITS_MAX = 20  # of integers of any type
DIGITS_READ = 4_000  # Python refuses to read much longer integers


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerType(BaseType):
    """Whole numbers from -`bound` to `bound` - 1."""

    bound: int = 0

    def from_text(self, text: str, modifier: int | None) -> int:
        bare = text.strip(SPACE)
        found = WHOLE.match(bare)
        if not found:
            raise self.bad_text(text)
        value = integer_written(found)
        # A number that is too large is noticed before what stands behind it.
        if not -self.bound <= value < self.bound:
            raise NumericOutOfRange(f'value "{text}" is out of range for type {self.name}')
        if found.end() < len(bare):
            raise self.bad_text(text)
        return value

    def convert(self, value: object, modifier: int | None) -> int:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, float | Decimal):
            value = whole(value, self.name)
        if not isinstance(value, int):
            raise self.mismatch(value)
        return self.checked(value)

    def checked(self, value: int) -> int:
        """Return an integer that the type has. Raises 22003."""
        if not -self.bound <= value < self.bound:
            raise NumericOutOfRange(f"{self.name} out of range")
        return value

    def keeps(self, given: object, kept: object) -> bool:
        return isinstance(given, str) or given == kept

    def as_key(self, value: object) -> int | None:
        if not is_whole(value) or not -self.bound <= value < self.bound:
            return None
        # Several integers are one float from here on, and compare as floats.
        return None if isinstance(value, float) and abs(value) >= FLOAT_INTEGER_MAX else int(value)

    def converter(self, modifier: int | None) -> Callable[[object], object]:
        bound = self.bound

        def coerce(value: object) -> object:
            return None if value is None else self.coerce_exactly([value], modifier)[0]

        return lambda value: value if type(value) is int and -bound <= value < bound else coerce(value)

    def texts_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if set(map(type, cells)) != {int}:
            return None
        return [b"%d" % cell for cell in cells]  # type: ignore[str-format]

    def of_texts(self, cells: Sequence[str | None], modifier: int | None) -> object | None:
        if self.storage is not Storage.NUMBERS or any(cell is None or "_" in cell for cell in cells):
            return None
        return np.array(list(map(int, cells)), self.dtype)  # type: ignore[arg-type]

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return plain_array(self, given)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return arrow_numbers(self, data, form)


class OidType(IntegerType):
    """Unsigned integers of 32 bits; a negative one is taken for the bits it has."""

    def from_text(self, text: str, modifier: int | None) -> int:
        bare = text.strip(SPACE)
        found = UNSIGNED.match(bare)
        if not found:
            raise self.bad_text(text)
        digits = found["octal"] or found["digits"]
        if len(digits) > DIGITS_READ:
            raise NumericOutOfRange(f'value "{text}" is out of range for type {self.name}')
        value = int(found["sign"] + digits, 8 if found["octal"] else 16 if "x" in digits.lower() else 10)
        if found.end() < len(bare) and abs(value) < 1 << 64:
            raise self.bad_text(text)
        if not -(1 << 31) <= value < 1 << 32:
            raise NumericOutOfRange(f'value "{text}" is out of range for type {self.name}')
        return value % (1 << 32)

    def checked(self, value: int) -> int:
        if not 0 <= value < 1 << 32:
            raise NumericOutOfRange("OID out of range")
        return value


def is_whole(value: object) -> TypeGuard[int | float | Decimal]:
    """Whether a number is an integer, and the only one that compares equal to it: floats beyond 2**53 equal
    several."""
    if isinstance(value, float):
        return value.is_integer() and abs(value) <= FLOAT_INTEGER_MAX
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int)


def whole(value: float | Decimal, name: str) -> int:
    """Round to an integer: a numeric's half away from zero, a float's to the even side.

    Raises 22003, and 0A000 for a numeric that is none.
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            which = "NaN" if value.is_nan() else "infinity"
            raise NotSupportedError(f"cannot convert {which} to {name}")
        if value.adjusted() >= WHOLE_DIGITS_MAX:
            raise NumericOutOfRange(f"{name} out of range")
        return int(value.to_integral_value(ROUND_HALF_UP))
    if not math.isfinite(value):
        raise NumericOutOfRange(f"{name} out of range")
    return round(value)


def integer_written(found: re.Match[str]) -> int:
    """Return the integer of a match of `WHOLE`."""
    sign, digits = found["sign"], found["digits"].replace("_", "")
    base = BASES.get(digits[1:2].lower(), 10)
    digits = (digits[2:] if base != 10 else digits).lstrip("0") or "0"
    if base == 10 and len(digits) > DIGITS_READ:
        return int(sign + "1") << 64  # out of every range
    return int(sign + digits, base)


def plain_array(base: BaseType, given: object) -> StoredArray | None:
    """Return an array of numbers as one of the type's dtype; texts and objects go one by one.

    Raises 22003 for what is out of range and 22023 for what would not stay as it is: decimals as integers,
    integers beyond a float's digits. Floats of another width are rounded to the nearest.
    """
    if not isinstance(given, np.ndarray) or given.dtype.kind in "OSU" or not base.is_stored_as_is:
        return None
    if given.ndim != 1:
        raise DataError(f"a column of type {base.name} must be a one-dimensional array")
    if given.dtype.kind not in {"b": "b", "i": "iuf", "f": "iuf"}[base.dtype.kind]:
        raise DatatypeMismatch(f"an array of {given.dtype} is not a column of type {base.name}")
    return np.ascontiguousarray(narrowed(given, base.dtype, base.name)), None


def narrowed(given: NDArray[Any], dtype: np.dtype[Any], name: str) -> NDArray[Any]:
    """Return an array of numbers in another dtype. Raises 22003 and 22023 as `plain_array` does."""
    # What numpy calls safe too: integers of 64 bits as floats, which have 53 of them.
    cuts = given.dtype.kind in "iu" and dtype.kind == "f" and given.dtype.itemsize == 8
    if np.can_cast(given.dtype, dtype, "safe") and not cuts:
        return given.astype(dtype, copy=False)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        made: NDArray[Any] = given.astype(dtype)
        if given.dtype.kind == dtype.kind == "f":
            if (np.isinf(made) & ~np.isinf(given) | (made == 0) & (given != 0)).any():
                raise NumericOutOfRange(f"{name} out of range")
            return made
        integers = np.iinfo(dtype if dtype.kind == "i" else given.dtype)
        side = made if dtype.kind == "f" else given
        # The greatest integer is no float, the one behind it is.
        below = side < float(integers.max) + 1 if side.dtype.kind == "f" else side <= integers.max
        inside = below & (side >= integers.min)
        changed = ~inside | (made.astype(given.dtype) != given)
    if dtype.kind == "i" and not inside.all():
        raise NumericOutOfRange(f"{name} out of range")
    if changed.any():
        first = given[changed][0]
        raise InvalidParameterValue(
            f"{first} would not be kept as it is in type {name}",
            hint="round or cast the values before they are inserted",
        )
    return made


def arrow_numbers(base: BaseType, data: NDArray[Any], form: str) -> NDArray[Any] | None:
    """Return the numbers of an Arrow array of any width as the type's; pandas keeps integers with
    NULLs as floats."""
    if form not in ARROW_NUMBERS or not base.is_stored_as_is:
        return None
    made = plain_array(base, data)
    assert made is not None, "an array of numbers"
    return made[0]


def _integer(
    name: str, oid: int, array_oid: int, size: int, code: str, duck: str,
    aliases: tuple[str, ...], arrow: tuple[str, ...], results: tuple[str, ...],
) -> IntegerType:  # fmt: skip
    others = (each for each in ("smallint", "integer", "bigint") if each != name)
    return IntegerType(
        name=name, oid=oid, array_oid=array_oid, aliases=aliases, catalog_name=f"int{size}", category="N",
        length=size, storage=Storage.NUMBERS, dtype=np.dtype(f"i{size}"), is_stored_as_is=True,
        has_order=True, has_equality=True, range_offsets=(name, *others),
        struct_code=code, arrow_format=arrow[0], arrow_formats=arrow,
        duck_name=duck, duck_results=(duck, *results), duck_compares=True, bound=1 << (8 * size - 1),
    )  # fmt: skip


SMALLINT = _integer(
    "smallint", 21, 1005, 2, "h", "SMALLINT", ("int2",), ("s", "c", "C"),
    ("TINYINT", "UTINYINT", "INT8", "INT16"),
)  # fmt: skip
INTEGER = _integer(
    "integer", 23, 1007, 4, "i", "INTEGER", ("int", "int4"), ("i", "S"),
    ("USMALLINT", "INT32", "INTEGER_LITERAL"),
)  # fmt: skip
BIGINT = _integer("bigint", 20, 1016, 8, "q", "BIGINT", ("int8",), ("l", "I"), ("INT64",))
OID = OidType(
    name="oid", oid=26, array_oid=1028, category="N", length=4, struct_code="I", duck_name="BIGINT",
    duck_results=("UINTEGER",), bound=1 << 32, duck_compares=True, is_preferred=True,
    storage=Storage.NUMBERS, dtype=np.dtype("i8"), is_stored_as_is=True, arrow_format="l", has_order=True,
    has_equality=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (SMALLINT, INTEGER, BIGINT, OID)
