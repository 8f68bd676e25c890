"""Searches that ask for ever more of the nearest rows until they have enough: how many, and how long."""

from __future__ import annotations

from collections.abc import Iterator

# Rows of the first round, and how many times as many each next one asks for: the rounds before the last
# cost together a third of it.
FIRST, GROWTH = 64, 4
# A search for more than this share of the rows costs more than a scan of them.
SCAN_ABOVE = 1 / 8


def most(rows: int) -> float:
    """Return how many of so many rows are worth a search; beyond, a scan finds them sooner."""
    return max(FIRST, rows * SCAN_ABOVE)


def rounds(least: int, rows: int) -> Iterator[int]:
    """Yield how many rows to search for in each round, from `least` on, while that is worth it."""
    count = max(FIRST, least)
    while count <= most(rows):
        yield count
        count *= GROWTH
