"""An index of bit strings by hamming distance: inverted lists about some hundred bit strings.

faiss' IndexBinaryIVF, read in place. It holds the bits themselves, so its distances are exact and a search
misses only what lies in lists that are not looked into. How many lists what recall takes is measured when
the index is built, with rows as queries that do not count as their own neighbours; an index is used
where that is quicker than to compare all rows. faiss filters none of its lists: under a filter, and
where rows are NULL or deleted, all rows that pass are compared.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from vql.storage.index.kernels import faiss
from vql.storage.index.kind import Candidates, RowMask, Step
from vql.types.forms.ndarrays import F64, I64, U8, Bools
from vql.types.vectors.bit import packed_rows

LISTS_LEAST, LISTS_MOST = 16, 1_024
# faiss trains with a float for each bit.
TRAINING_BITS_MAX, TRAINING_ROWS_A_LIST = 1 << 24, 64
ADD_ROWS = 50_000
QUERIES, KS = 200, (10, 100)
# Rows looked at beyond k: whole numbers are often equal, and equal ones are ordered by row.
TIES = 32


class BitIndex:
    """An opened index. `levels` are (lists, recall for each of KS, microseconds) by rising lists, `exact_us`
    what comparing all rows took."""

    name = "binary_ivf"

    def __init__(self, info: Mapping[str, Any], blobs: Mapping[str, memoryview]) -> None:
        (family,) = info["families"]
        self.levels: list[list[float]] = family["levels"]
        self.exact_us: float = family["exact_us"]
        self._bytes = np.frombuffer(blobs["lists"], np.uint8)
        self._reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(self._bytes), self._bytes.size)
        self._index = faiss.read_index_binary(self._reader)

    def candidates(
        self, query: Bools, k: int, recall: float, mask: RowMask | None, effort: int | None
    ) -> Candidates | None:
        """Return rows near a query (bits,), sorted; see CandidateIndex."""
        level = self._level(k, recall)
        lists = effort or (None if level is None else int(level[0]))
        if lists is None or mask is not None or k > self._index.ntotal:
            return None
        return Candidates(search_lists(self._index, packed_rows(query)[None], k + TIES, lists)[1][0], lists)

    def cost_us(self, k: int, recall: float, passing: int) -> float:
        """Return about how many microseconds a search takes; see CandidateIndex."""
        level = self._level(k, recall)
        return math.inf if level is None or passing < self._index.ntotal else level[-1]

    def _level(self, k: int, recall: float) -> list[float] | None:
        """Return the first level that reaches a recall; None where comparing all rows is as good."""
        if k > KS[-1]:
            return None
        place = 1 if k <= KS[0] else 2
        best = next((level for level in self.levels if level[place] >= recall), None)
        return None if best is None or best[-1] >= self.exact_us else best


def search_lists(index: Any, queries: U8, k: int, lists: int) -> tuple[np.ndarray, list[I64]]:
    """Return hamming distances (q, k) int32 and the offsets found, nearest first."""
    parameters = faiss.SearchParametersIVF(nprobe=min(lists, index.nlist))
    found, ids = index.search(queries, k, params=parameters)
    return found, [row[row >= 0] for row in ids]


def build(
    packed: U8, valid: Bools | None, step: Step
) -> tuple[list[dict[str, Any]], dict[str, bytes | np.ndarray]]:
    """Build an index over (n, bytes) packed rows; return its families, none where it would not be
    quicker, and its blobs. Raises what `step` does."""
    if valid is not None and not valid.all():
        return [], {}
    rows, width = packed.shape
    lists = int(np.clip(2 ** np.round(np.log2(np.sqrt(rows))), LISTS_LEAST, LISTS_MOST))
    generator = np.random.default_rng(20261124)
    training = min(rows, lists * TRAINING_ROWS_A_LIST, max(lists, TRAINING_BITS_MAX // (8 * width)))
    step("training", 0.0)
    quantizer = faiss.IndexBinaryFlat(8 * width)
    index = faiss.IndexBinaryIVF(quantizer, 8 * width, lists)
    index.cp.niter, index.cp.min_points_per_centroid = 6, 1
    index.train(packed[np.sort(generator.choice(rows, training, replace=False))])
    for start in range(0, rows, ADD_ROWS):
        step("adding rows", start / rows)
        index.add(packed[start : start + ADD_ROWS])
    step("measuring recall", 0.0)
    sample = generator.choice(rows, min(QUERIES, rows // 5), replace=False)
    levels, exact_us = _measured(index, packed, sample)
    if not any(level[-1] < exact_us for level in levels):
        return [], {}
    family = {"kind": "binary_ivf", "levels": levels, "exact_us": exact_us}
    return [family], {"lists": np.asarray(faiss.serialize_index_binary(index))}


def _measured(index: Any, packed: U8, sample: I64) -> tuple[list[list[float]], float]:
    """Return `levels` and `exact_us` of BitIndex."""
    queries, most = packed[sample], min(KS[-1] + 1, len(packed))
    started = time.thread_time()
    truth = np.stack([np.sort(np.partition(all_distances(packed, q), most - 1)[:most]) for q in queries])
    exact_us = (time.thread_time() - started) / len(sample) * 1e6
    levels: list[list[float]] = []
    lists = 1
    while lists <= index.nlist:
        best = float("inf")
        for _ in range(2):
            started = time.thread_time()
            found = [search_lists(index, query[None], most, lists)[0][0] for query in queries]
            best = min(best, time.thread_time() - started)
        recalls = [_recall(np.stack(found), truth, min(k, most - 1)) for k in KS]
        levels.append([lists, *recalls, round(best / len(sample) * 1e6, 1)])
        if recalls[-1] > 0.999:
            break
        lists *= 2
    return levels, round(exact_us, 1)


def _recall(found: np.ndarray, truth: np.ndarray, k: int) -> float:
    """Return recall of k neighbours beside the query itself, which is the first of all, less half its
    standard error. Missing results of faiss are as far as int32 goes."""
    shares: F64 = ((found <= truth[:, k : k + 1]).sum(1).clip(max=k + 1) - 1) / k
    return float(shares.mean() - 0.5 * shares.std() / np.sqrt(len(shares)))


def all_distances(packed: U8, query: U8) -> np.ndarray:
    """Return the hamming distances (n,) int32 of all packed rows to a packed query."""
    found = np.empty(len(packed), np.int32)
    pointers = [faiss.swig_ptr(array) for array in (query, packed, found)]
    faiss.hammings(pointers[0], pointers[1], 1, len(packed), packed.shape[1], pointers[2])
    return found
