"""hashtext() and hashtextextended(): Bob Jenkins' lookup3, as PostgreSQL seeds it (its hashfn.c), so that who
makes keys of advisory locks of names has the same ones."""

from __future__ import annotations

from vql.functions.declare import function

MASK = 0xFFFFFFFF
SEED = 0x9E3779B9 + 3923095


@function("hashtext(text) -> integer")
def hash_of_text(text: str) -> int:
    hashed = _hashed(text.encode(), 0) & MASK
    return hashed - (1 << 32) if hashed >> 31 else hashed


@function("hashtextextended(text, bigint) -> bigint")
def seeded_hash_of_text(text: str, seed: int) -> int:
    hashed = _hashed(text.encode(), seed & (1 << 64) - 1)
    return hashed - (1 << 64) if hashed >> 63 else hashed


def _hashed(key: bytes, seed: int) -> int:
    """Return the 64 bits of a key; the lower ones are its hash of 32."""
    a = b = c = SEED + len(key) & MASK
    if seed:
        a, b, c = _mixed(a + (seed >> 32) & MASK, b + seed & MASK, c)
    whole = len(key) // 12 * 12
    for at in range(0, whole, 12):
        x, y, z = (int.from_bytes(key[i : i + 4], "little") for i in (at, at + 4, at + 8))
        a, b, c = _mixed(a + x & MASK, b + y & MASK, c + z & MASK)
    rest = key[whole:]
    a += int.from_bytes(rest[:4], "little")
    b += int.from_bytes(rest[4:8], "little")
    c += int.from_bytes(rest[8:], "little") << 8  # its lowest byte is the length's
    b, c = _ended(a & MASK, b & MASK, c & MASK)
    return b << 32 | c


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & MASK


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for first, second, third in ((4, 6, 8), (16, 19, 4)):
        a, c = (a - c & MASK) ^ _rotated(c, first), c + b & MASK
        b, a = (b - a & MASK) ^ _rotated(a, second), a + c & MASK
        c, b = (c - b & MASK) ^ _rotated(b, third), b + a & MASK
    return a, b, c


def _ended(a: int, b: int, c: int) -> tuple[int, int]:
    c = (c ^ b) - _rotated(b, 14) & MASK
    a = (a ^ c) - _rotated(c, 11) & MASK
    b = (b ^ a) - _rotated(a, 25) & MASK
    c = (c ^ b) - _rotated(b, 16) & MASK
    a = (a ^ c) - _rotated(c, 4) & MASK
    b = (b ^ a) - _rotated(a, 14) & MASK
    return b, (c ^ b) - _rotated(b, 24) & MASK
