"""Pictures of one colour each, as PNGs, and a function that makes vectors of pictures and of words."""

from __future__ import annotations

import struct
import zlib

COLOURS = {
    "red": (220, 40, 40), "orange": (235, 140, 30), "yellow": (240, 220, 60), "green": (50, 160, 80),
    "teal": (30, 130, 130), "blue": (40, 80, 200), "violet": (120, 60, 180), "pink": (240, 130, 170),
    "brown": (120, 80, 50), "grey": (128, 128, 128),
}  # fmt: skip
SIDE = 8


def png(colour: tuple[int, int, int]) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = (b"\0" + bytes(colour) * SIDE) * SIDE
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def vector(colour: tuple[int, int, int]) -> list[float]:
    """Return a colour's vector, of eight numbers."""
    red, green, blue = (part / 255 for part in colour)
    return [red, green, blue, red - green, green - blue, blue - red, max(colour) / 255, min(colour) / 255]


def embed(value: bytes | str) -> list[float]:
    """Return the vector of a picture as `png` makes them, or of a colour's name."""
    if isinstance(value, str):
        return vector(COLOURS[value])
    start = value.index(b"IDAT")
    size = int.from_bytes(value[start - 4 : start], "big")
    lines = zlib.decompress(value[start + 4 : start + 4 + size])
    return vector((lines[1], lines[2], lines[3]))


def talking(value: bytes | str) -> list[float]:
    """The vector of a picture or a word, by a function that prints."""
    print("loading the model")
    return embed(value)
