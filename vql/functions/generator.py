"""Random numbers: xoroshiro128** by Blackman and Vigna, seeded by splitmix64, as PostgreSQL's pg_prng.c."""

from __future__ import annotations

import math
import secrets
from dataclasses import field

from vql.dataclass import dataclass

BITS_64 = (1 << 64) - 1
FRACTION_BITS = 52


@dataclass(slots=True, eq=False)
class Generator:
    """The random numbers of one session. Not for several threads at once."""

    state: tuple[int, int] = field(default_factory=lambda: _expanded(secrets.randbits(64)))

    def seed(self, fraction: float) -> None:
        """Begin the numbers that belong to a fraction between -1 and 1."""
        self.state = _expanded(int(((1 << FRACTION_BITS) - 1) * fraction) & BITS_64)

    def bits(self) -> int:
        """Return 64 random bits."""
        first, second = self.state
        mixed = first ^ second
        self.state = _rotated(first, 24) ^ mixed ^ mixed << 16 & BITS_64, _rotated(mixed, 37)
        return _rotated(first * 5 & BITS_64, 7) * 9 & BITS_64

    def fraction(self) -> float:
        """Return a number from 0 up to 1, which is left out."""
        return math.ldexp(self.bits() >> 64 - FRACTION_BITS, -FRACTION_BITS)

    def up_to(self, largest: int) -> int:
        """Return an integer from 0 to `largest`."""
        while largest > 0:
            drawn, width = 0, largest.bit_length()
            for _ in range(0, width, 64):
                drawn = drawn << 64 | self.bits()
            drawn >>= -width % 64
            if drawn <= largest:
                return drawn
        return 0

    def normal(self) -> float:
        """Return a number of the normal distribution (Box and Muller's transform)."""
        first, second = 1 - self.fraction(), 1 - self.fraction()
        return math.sqrt(-2 * math.log(first)) * math.sin(2 * math.pi * second)


def _rotated(value: int, count: int) -> int:
    return (value << count | value >> 64 - count) & BITS_64


def _expanded(seed: int) -> tuple[int, int]:
    """Return the state that splitmix64 makes of a seed."""
    made = []
    for step in (1, 2):
        value = seed + step * 0x9E3779B97F4A7C15 & BITS_64
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & BITS_64
        value = (value ^ value >> 27) * 0x94D049BB133111EB & BITS_64
        made.append(value ^ value >> 31)
    return made[0], made[1]
