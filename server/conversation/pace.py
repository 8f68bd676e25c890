"""Which statements run in the event loop and which in a thread.

A hop to a thread and back costs 50-100 us, more than most statements; a slow statement in the loop
holds every other client of the process. Neither is known beforehand, so each statement's shape is
timed: what has lately been short runs in the loop, what is unknown or was slow runs in a thread
(faiss, DuckDB, numpy and LMDB's sync release the GIL there).
"""

from __future__ import annotations

import re

# A statement shorter than this is cheaper to wait for than to hand over.
SHORT_S = 0.003
# Weight of the newest time. One slow run moves a statement to the threads; a slow first run (a plan
# made, a library loaded) is forgotten within a few.
SLOWER_WEIGHT, FASTER_WEIGHT = 0.3, 0.6
SHAPES_MAX = 4_096
# Longer texts are known by their beginning: bulk VALUES lists differ in their rows alone.
SHAPE_CHARACTERS_MAX = 400

_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b")


def shape(sql: str) -> str:
    """Return a statement's text without its literals, and its length class."""
    bare = _LITERAL.sub("?", sql[:SHAPE_CHARACTERS_MAX])
    return bare if len(sql) <= SHAPE_CHARACTERS_MAX else f"{bare} {len(sql).bit_length()}"


class Pace:
    """Times by shape, shared by the connections of one process; written by several threads, each
    write one dict operation."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def is_short(self, key: str) -> bool:
        """Whether the statement may run in the event loop."""
        return self._seconds.get(key, SHORT_S) < SHORT_S

    def record(self, key: str, seconds: float) -> None:
        """Note how long one run took."""
        before = self._seconds.get(key)
        if before is None:
            if len(self._seconds) >= SHAPES_MAX:
                self._seconds.clear()
            self._seconds[key] = seconds
        else:
            weight = SLOWER_WEIGHT if seconds > before else FASTER_WEIGHT
            self._seconds[key] = before + weight * (seconds - before)
