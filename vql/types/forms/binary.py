"""What the binary forms of several types share: reading text, numbers of one size, and errors."""

from __future__ import annotations

from vql.errors import InvalidText


def decode_text(data: bytes) -> str:
    """Decode client text. Raises 22021 as Postgres words it."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        bad = " ".join(f"0x{byte:02x}" for byte in data[error.start : max(error.end, 1)])
        raise InvalidText(f'invalid byte sequence for encoding "UTF8": {bad}', sqlstate="22021") from None


def whole_number(data: bytes, size: int) -> int:
    """Read a signed big-endian number of `size` bytes. Raises 22P03."""
    if len(data) != size:
        raise wrong_size()
    return int.from_bytes(data, "big", signed=True)


def wrong_size() -> InvalidText:
    """Return the error of a value that is not as long as its form says."""
    return InvalidText("incorrect binary data format in bind parameter", sqlstate="22P03")


def too_short() -> InvalidText:
    """Return the error of a value that ends before its head does."""
    return InvalidText("insufficient data left in message", sqlstate="08P01")
