"""Sizes and durations of settings: read in any unit, shown in the largest that divides them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue

INTEGER_MAX = 2**31 - 1
NUMBER = re.compile(
    r"\s*([-+]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?))\s*(\S*)\s*"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a setting is kept in, and how much of it each unit is, the smallest first."""

    name: str
    factors: dict[str, float]

    def shown(self, number: int) -> str:
        """Return a quantity as SHOW writes it."""
        if number <= 0:
            return str(number)
        name, factor = next(
            (name, int(factor))
            for name, factor in reversed(self.factors.items())
            if factor >= 1 and number % int(factor) == 0
        )
        return f"{number // factor}{name}"


MILLISECONDS = Unit("ms", {"us": 1e-3, "ms": 1, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7})
SECONDS = Unit("s", {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86_400})
KILOBYTES = Unit("kB", {"B": 1 / 1024, "kB": 1, "MB": 1 << 10, "GB": 1 << 20, "TB": 1 << 30})


class EndLimits(NamedTuple):
    """After how long a session is ended, 0 for never: idle, idle in a transaction, and in one at all."""

    idle_ms: int
    idle_transaction_ms: int
    transaction_ms: int

    @classmethod
    def read(cls, get: Callable[[str], str]) -> EndLimits:
        """Return what settings say."""
        names = ("idle_session_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
        return cls(*(quantity(name, get(name), MILLISECONDS) for name in names))


def quantity(name: str, text: str, unit: Unit | None = None) -> int:
    """Return a whole number, of a unit where there is one. Raises 22023."""
    found = NUMBER.fullmatch(text)
    factors = unit.factors if unit else {}
    hint = None
    if found and found[2] not in ("", *factors):
        listed = [f'"{each}"' for each in factors]
        hint = (
            f"Valid units for this parameter are {', '.join(listed[:-1])}, and {listed[-1]}."
            if unit
            else None
        )
        found = None
    if found is None:
        raise InvalidParameterValue(f'invalid value for parameter "{name}": "{text}"', hint=hint)
    digits = found[1]
    number = _number_of(digits) * factors.get(found[2], 1)
    if abs(number) > INTEGER_MAX + 1:
        raise InvalidParameterValue(
            f'invalid value for parameter "{name}": "{text}"', hint="Value exceeds integer range."
        )
    return round(number)


def _number_of(digits: str) -> float:
    bare = digits.lstrip("+-")
    if bare[:2].lower() == "0x":
        return int(digits, 16)
    if len(bare) > 1 and bare[0] == "0" and bare.isdigit():
        return int(digits, 8) if set(bare) <= set("01234567") else 0
    return float(digits)
