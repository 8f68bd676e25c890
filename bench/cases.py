"""What is asked of a set: queries, a window of a column's values for each, and the exact answers.

Kinds of filters, each keeping a share of the rows:

  random        values that have nothing to do with the vectors
  inside        values around the query's own along a direction: what it looks for passes
  far           values at the other end from the query: nothing near it passes
  near cluster, off cluster   the same two with distances from one row instead of a direction

Constants are fresh (another window of the same width for each query) or repeated (one window for all).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.sets import F32, I64, QUANTILES, VectorSet, searchable

K = 10
SHARES = (0.5, 0.1, 0.03, 0.01, 0.001, 0.0001)
KINDS = {
    "random": "bucket",
    "inside": "side",
    "far": "side",
    "near cluster": "ring",
    "off cluster": "ring",
}


@dataclass(frozen=True, slots=True)
class Window:
    """A filter: low <= column < high."""

    column: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Case:
    """`picks` (q,) are the numbers of the queries, `lows` (q,) where each window begins.

    `truth` (q, K) holds the distances of the nearest rows that pass, inf where there are fewer.
    """

    kind: str
    share: float
    constants: str
    width: int
    picks: I64
    lows: I64
    truth: F32

    def window(self, number: int, turn: int = 0) -> Window | None:
        """Return the filter of one query. Fresh ones are moved a little each turn: what was kept of the
        constants of one turn is of no use to the next."""
        if self.kind == "all":
            return None
        low = int(self.lows[number])
        if self.constants == "fresh":
            low += turn if low + self.width + turn <= QUANTILES else -turn
        return Window(KINDS[self.kind], low, low + self.width)

    def part(self, start: int, end: int | None) -> Case:
        """Return the case of some of the queries."""
        few = slice(start, end)
        return replace(self, picks=self.picks[few], lows=self.lows[few], truth=self.truth[few])


def unfiltered(data: VectorSet, count: int) -> Case:
    """Return the case without a filter."""
    picks = np.random.default_rng(5).permutation(len(data.queries))[:count]
    return solved(data, "all", 1.0, "", QUANTILES, picks, np.zeros(len(picks), np.int64))


def filtered(data: VectorSet, kind: str, share: float, constants: str, count: int) -> Case:
    """Return a case of one kind, share and way of constants."""
    generator = np.random.default_rng(5)
    width = max(1, round(share * QUANTILES))
    places, room = data.places[KINDS[kind]], QUANTILES - width
    picks = generator.permutation(len(data.queries))
    if kind == "random":
        lows = generator.integers(0, room + 1, len(picks))
    elif kind in ("inside", "near cluster"):
        lows = places[picks] - generator.integers(0, width, len(picks))
    else:
        # The queries nearest to either end, and windows at the other one.
        picks = picks[np.argsort(-np.abs(places[picks] - QUANTILES / 2), kind="stable")]
        jitter = generator.integers(0, QUANTILES // 20, len(picks))
        lows = np.where(places[picks] >= QUANTILES / 2, jitter, room - jitter)
    if constants == "repeated":
        if kind != "random":
            nearest = np.argsort(places, kind="stable")
            picks = nearest if kind in ("inside", "near cluster") else nearest[::-1]
        lows = np.full(len(picks), room // 3 if kind == "random" else 0)
    return solved(data, kind, share, constants, width, picks[:count], np.clip(lows[:count], 0, room))


def solved(
    data: VectorSet, kind: str, share: float, constants: str, width: int, picks: I64, lows: I64
) -> Case:
    """Return a case with its exact answers: a float32 shortlist block by block, ranked again exactly."""
    base, queries = searchable(data.metric, data.base), searchable(data.metric, data.queries[picks])
    best = np.full((len(picks), 2 * K), np.inf, np.float32)
    rows = np.zeros((len(picks), 2 * K), np.int64)
    for start in range(0, len(base), 16_384):
        block = base[start : start + 16_384]
        near = queries @ block.T
        near *= -1 if data.metric == "ip" else -2
        if data.metric != "ip":
            near += (block**2).sum(1)
        if kind != "all":
            value = data.columns[KINDS[kind]][start : start + len(block)]
            near[(value < lows[:, None]) | (value >= lows[:, None] + width)] = np.inf
        both = np.hstack([best, near])
        keep = np.argpartition(both, 2 * K - 1, axis=1)[:, : 2 * K]
        numbers = np.where(keep < 2 * K, np.take_along_axis(rows, keep % (2 * K), 1), keep - 2 * K + start)
        best, rows = np.take_along_axis(both, keep, 1), numbers
    truth = np.full((len(picks), K), np.inf, np.float32)
    for number, query in enumerate(queries):
        passing = rows[number][np.isfinite(best[number])]
        found = np.sort(row_distances(base, passing, query, data.metric))[:K]
        truth[number, : len(found)] = found
    return Case(kind, share, constants, width, picks, lows, truth)


def row_distances(base: F32, rows: I64, query: F32, metric: str) -> F32:
    """Return the distances of some searchable rows, in a formula whose errors are those of every caller."""
    near = base[rows].astype(np.float64)
    asked = query.astype(np.float64)
    exact = -(near @ asked) if metric == "ip" else ((near - asked) ** 2).sum(1)
    return exact.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Score:
    """`recall` over the rows there are to find, `short` the share of answers with fewer rows than that,
    `wrong` the share with a row that does not pass or is there twice."""

    recall: float
    short: float
    wrong: float


def score(
    data: VectorSet, base: F32, case: Case, found: Sequence[Sequence[int] | I64], numbers: Sequence[int]
) -> Score:
    """Score answers to the queries with these numbers by distance, so that ties count; base is searchable."""
    queries = searchable(data.metric, data.queries[case.picks])
    hits = wanted = short = wrong = 0
    for number, ids in zip(numbers, found, strict=True):
        truth, window = case.truth[number], case.window(number)
        need = int(np.isfinite(truth).sum())
        kept = np.unique(np.asarray(ids, np.int64))
        if window is not None:
            value = data.columns[window.column][kept]
            kept = kept[(value >= window.low) & (value < window.high)]
        wanted += need
        short += len(kept) < need
        wrong += len(kept) < len(ids)
        if need and len(kept):
            bound = truth[need - 1]
            near = row_distances(base, kept, queries[number], data.metric)
            hits += min(need, int((near <= bound + 1e-5 * abs(bound) + 1e-7).sum()))
    return Score(hits / wanted if wanted else 1.0, short / len(found), wrong / len(found))
