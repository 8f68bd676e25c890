"""Keys of order as texts: `a < b` of two keys is `<` by code points of their texts, equal keys have one text.

What compares texts alone, as DuckDB does, orders, groups and tells apart values by them. A string and a tuple
end with the least character there is, which no number and no escaped character begins with.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

END, ESCAPE = "\x01", "\x02"
ESCAPED = str.maketrans({END: ESCAPE + END, ESCAPE: ESCAPE + ESCAPE})
MINUS_INFINITE, NEGATIVE, ZERO, POSITIVE, INFINITE, NO_NUMBER = "012345"
EXPONENT_MAX = 500_000
NINES = str.maketrans("0123456789", "9876543210")


def sort_text(key: object) -> str:
    """Return the text of a key made of strings, bytes, numbers, UUIDs and tuples of them."""
    match key:
        case str():
            return key.translate(ESCAPED) + END
        case tuple():
            return "".join([ESCAPE + sort_text(part) for part in key]) + END
        case int() | float() | Decimal():
            return number_text(Decimal(key))
        case bytes():
            return key.hex() + END
        case UUID():
            return key.hex
    raise AssertionError(f"no key of order: {type(key).__name__}")


def number_text(value: Decimal) -> str:
    """Return the text of a number: sign, exponent, digits, of a negative one as what they lack of nine."""
    if not value.is_finite():
        return NO_NUMBER if value.is_nan() else INFINITE if value > 0 else MINUS_INFINITE
    if not value:
        return ZERO
    digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
    if value > 0:
        return f"{POSITIVE}{EXPONENT_MAX + value.adjusted():06d}{digits}{END}"
    return f"{NEGATIVE}{EXPONENT_MAX - value.adjusted():06d}{digits.translate(NINES)}~"
