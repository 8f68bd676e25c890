"""How deep into the candidates of inverted lists the true neighbours lie, by number or by gap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from vql.storage.index.dense.families import with_spare
from vql.storage.index.dense.nearness import Nearness
from vql.storage.index.dense.tuning import FEW, GAP_QUERIES, UNCOMPARED_COST
from vql.types.forms.ndarrays import F32, F64, I64


class RankedCodes(NamedTuple):
    """What all lists gave for one query, best codes first: `offsets` of rows, the least `breadths` by which
    their lists are looked into, and how far they are `away` by codes, squared or the negative product."""

    offsets: I64
    breadths: F64
    away: F32


class Depth:
    """How many candidates, or how great a gap behind the k-th, finds what of one trial's k neighbours.

    `numbers` of candidates are looked at; with a `nearness` the gaps within which so many are on average.
    `lengths` (q,) are those of the queries, as codes are compared with them."""

    def __init__(
        self,
        nearness: Nearness | None,
        lengths: F64,
        ranked: list[RankedCodes],
        k: int,
        numbers: Sequence[int],
    ) -> None:
        self.k = k
        self._nearness = nearness
        self._numbers = numbers
        self._ranked = ranked[:GAP_QUERIES]
        self._lengths = lengths
        self._gaps = np.zeros(0)
        if nearness is not None:
            scores = [self._scores(each.away, number) for number, each in enumerate(self._ranked)]
            together = np.sort(np.concatenate(scores))
            places = np.array(numbers) * len(self._ranked)
            self._gaps = np.maximum(0.0, together[np.minimum(places, len(together)) - 1])

    def _scores(self, away: F32, number: int) -> F64:
        """Return by how much more than the k-th of them candidates of a query are away, by the scale of
        codes; 0 where they are fewer."""
        assert self._nearness is not None
        if len(away) < self.k:
            return np.zeros(len(away))
        last = away[self.k - 1].astype(np.float64)
        scores: F64 = (away - last) / self._nearness.code_scale(last, self._lengths[number])
        return scores

    def needed(
        self, before: I64, starts: I64, sizes: I64, away: F32, query: I64, at: I64
    ) -> tuple[I64 | F64, Sequence[float] | F64]:
        """Return below which number of candidates, or gap, each neighbour (n,) of a `query` (n,) is not found
        that is `at` (n,) among the candidates of all queries, where these begin at `starts` (q,); and the
        numbers or gaps that are tried. `before` is how many candidates before each are in lists that are
        looked into."""
        if self._nearness is None:
            return before[at] - before[starts[query]], self._numbers
        kth = np.searchsorted(before, before[starts] + self.k)
        # Before the last neighbour are not as many: all that are there are found.
        few = kth > starts + sizes
        last = away[np.minimum(kth, len(away)) - 1].astype(np.float64)
        scale = self._nearness.code_scale(last, self._lengths)
        scores = (away[at] - last[query]) / scale[query]
        scores[few[query]] = -np.inf
        return scores, np.nextafter(self._gaps, np.inf)

    def levels(self, breadth: float, recalls: list[float], base: float, each: float) -> list[list[float]]:
        """Return [breadth, candidates, recall, microseconds, maybe gap] of each number of candidates, where
        FEW take `base` microseconds and one more `each`."""
        if self._nearness is None:
            return [
                [breadth, number, recall, base + (number - FEW) * each]
                for number, recall in zip(self._numbers, recalls, strict=True)
            ]
        counts = np.zeros(len(self._numbers))
        for number, (_, breadths, away) in enumerate(self._ranked):
            scores = self._scores(away[breadths <= breadth], number)
            counts += np.searchsorted(scores, self._gaps, "right")
        means = np.ceil(np.maximum(counts / len(self._ranked), self.k)).astype(np.int64).tolist()
        times = [
            base + (count - FEW + UNCOMPARED_COST * (with_spare(count) - count)) * each for count in means
        ]
        return [list(level) for level in zip(repeat(breadth), means, recalls, times, self._gaps.tolist())]
