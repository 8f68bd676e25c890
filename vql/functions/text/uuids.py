"""UUIDs: comparison, making and what they say."""

from __future__ import annotations

import os
import time
import uuid
from threading import Lock

from vql.functions.declare import function, operator_in_duck
from vql.functions.text.texts import COMPARISONS

# From 1582-10-15, where versions 1 to 5 begin to count, to 1970-01-01, in 100 ns.
GREGORIAN_TICKS = 0x01B21DD213814000

for _symbol, _compares in COMPARISONS.items():
    operator_in_duck(f"uuid {_symbol} uuid -> boolean", f"({{0}} {_symbol} {{1}})", _compares)


@function("gen_random_uuid() -> uuid", volatility="volatile")
@function("uuidv4() -> uuid", volatility="volatile")
def random_uuid() -> uuid.UUID:
    return uuid.uuid4()


class _Clock:
    """Nanoseconds since 1970 that grow with each look, by a 4096th of a millisecond at least, which is what
    a UUID of version 7 tells apart. Takes its lock."""

    STEP_NS = 1_000_000 // 4096 + 1

    def __init__(self) -> None:
        self._lock = Lock()
        self._last_ns = 0

    def read_ns(self) -> int:
        with self._lock:
            self._last_ns = max(time.time_ns(), self._last_ns + self.STEP_NS)
            return self._last_ns


CLOCK = _Clock()


@function("uuidv7() -> uuid", volatility="volatile")
def uuid_of_now() -> uuid.UUID:
    """Return a UUID of version 7, later than any before (RFC 9562, method 3)."""
    now_ns = CLOCK.read_ns()
    fraction = now_ns % 1_000_000 * 4096 // 1_000_000
    random_bits = int.from_bytes(os.urandom(8), "big") >> 2
    number = now_ns // 1_000_000 << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | random_bits
    return uuid.UUID(int=number & (1 << 128) - 1)


def _is_of_rfc(value: uuid.UUID) -> bool:
    return value.variant == uuid.RFC_4122


@function("uuid_extract_version(uuid) -> smallint")
def uuid_extract_version(value: uuid.UUID) -> int | None:
    return value.int >> 76 & 0xF if _is_of_rfc(value) else None


@function("uuid_extract_timestamp(uuid) -> timestamptz")
def uuid_extract_timestamp(value: uuid.UUID) -> int | None:
    """Return the moment that versions 1 and 7 tell, NULL for others."""
    match uuid_extract_version(value):
        case 1:
            return (value.time - GREGORIAN_TICKS) // 10
        case 7:
            return (value.int >> 80) * 1_000
    return None
