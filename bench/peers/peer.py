"""What a peer does: load and persist, open, take an effort, search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.cases import Window
from bench.measure import Numbers
from bench.sets import F32

# Beam widths of a graph search, each 1.12 times the one before.
BEAMS: tuple[object, ...] = tuple(dict.fromkeys(int(10 * 1.12**step) for step in range(45)))
COARSE_BEAMS: tuple[object, ...] = (
    10,
    12,
    16,
    20,
    24,
    32,
    40,
    48,
    64,
    80,
    96,
    128,
    192,
    256,
    384,
    512,
    768,
    1000,
)


class Peer:
    """One contestant on a folder of its own. `note` says how it is set up.

    `ladders` are rows of efforts, each ascending in recall and cost: each is climbed to the first rung that
    reaches the target, and the fastest of those is taken. An import that fails means: not installed.
    """

    note = ""
    ladders: Sequence[Sequence[object]] = (COARSE_BEAMS,)

    def __init__(self, folder: Path, metric: str, dim: int) -> None:
        self.folder, self.metric, self.dim = folder, metric, dim

    def rungs(self, target: float) -> Sequence[Sequence[object]]:
        """Return the ladders to climb to a target."""
        return self.ladders

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        """Write rows 0 ... n - 1 with their columns and build the index; durable when it returns."""
        raise NotImplementedError

    def open(self) -> None:
        """Open what was loaded, in a process that did not load it."""
        raise NotImplementedError

    def tune(self, effort: object) -> None:
        """Search with this effort from now on."""

    def search(self, query: F32, window: Window | None) -> Numbers:
        """Return the numbers of the K nearest rows that pass, nearest first."""
        raise NotImplementedError

    def servers(self) -> list[int]:
        """Return the ids of processes that work for it and are not below this one."""
        return []

    def close(self) -> None:
        """Close it; a server of its own ends."""


def where(window: Window | None) -> str:
    """Return the filter as SQL, with its constants in the text."""
    if window is None:
        return ""
    return f"WHERE {window.column} >= {window.low} AND {window.column} < {window.high}"
