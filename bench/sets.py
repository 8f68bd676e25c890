"""The data of the benchmarks: sets prepared in a folder where they are present, else a generated one.

A prepared set is a folder with base.npy, queries.npy, groundtruth_dist.npy (exact, float32) and meta.json
with its metric.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

K = 10
QUERIES = 500
SELECTIVITIES = (0.5, 0.1, 0.01, 0.001)
PREPARED = ("glove-100", "fashion-mnist", "summaries-256")
GENERATED_ROWS, GENERATED_DIM = 100_000, 128


@dataclass(frozen=True, slots=True)
class VectorSet:
    """`base` (n, dim) and `queries` (q, dim) float32; `metric` l2 or cosine; `bucket` (n,) int32 in
    0..999 independent of the vectors; `side` (n,) int32 in 0..999, the rank along the direction the
    far queries lie at the other end of."""

    name: str
    metric: str
    base: np.ndarray
    queries: np.ndarray
    bucket: np.ndarray
    side: np.ndarray
    far_queries: np.ndarray

    def searchable(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return base and queries as an l2 index wants them: normalised for cosine."""
        if self.metric == "l2":
            return self.base, self.queries, self.far_queries
        return normalised(self.base), normalised(self.queries), normalised(self.far_queries)


def normalised(rows: np.ndarray) -> np.ndarray:
    """Return rows of length one."""
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def load_sets(folder: Path, names: list[str]) -> list[VectorSet]:
    """Return the sets that are there, or the generated one."""
    found = [load(folder / name) for name in names or PREPARED if (folder / name / "base.npy").exists()]
    return found or [generated()]


def load(folder: Path) -> VectorSet:
    """Read one prepared set."""
    meta = json.loads((folder / "meta.json").read_text())
    metric = "cosine" if "cosine" in str(meta.get("metric", "l2")) else "l2"
    base = np.load(folder / "base.npy")
    return made(folder.name, metric, base, np.load(folder / "queries.npy"))


def generated() -> VectorSet:
    """Make a Gaussian mixture: 1,000 centres, 100,000 x 128."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(1_000, GENERATED_DIM))
    picks = generator.integers(0, len(centres), GENERATED_ROWS + QUERIES)
    rows = (centres[picks] + 0.6 * generator.normal(size=(len(picks), GENERATED_DIM))).astype(np.float32)
    return made("generated mixture", "l2", rows[:GENERATED_ROWS], rows[GENERATED_ROWS:])


def made(name: str, metric: str, base: np.ndarray, queries: np.ndarray) -> VectorSet:
    """Give a set its filter columns."""
    generator = np.random.default_rng(11)
    base = np.ascontiguousarray(base, np.float32)
    centred = base[generator.choice(len(base), min(20_000, len(base)), replace=False)]
    unit = normalised(centred) if metric == "cosine" else centred
    direction = np.linalg.svd(unit - unit.mean(0), full_matrices=False)[2][0].astype(np.float32)
    along = (normalised(base) if metric == "cosine" else base) @ direction
    side = np.empty(len(base), np.int32)
    side[np.argsort(along)] = np.arange(len(base)) * 1000 // len(base)
    at = (normalised(queries) if metric == "cosine" else queries) @ direction
    away = np.argsort(at)[-max(1, len(queries) // 5) :]
    far = queries[generator.choice(away, min(QUERIES, len(away)), replace=False)]
    bucket = generator.integers(0, 1000, len(base)).astype(np.int32)
    # Prepared queries come in some order (words by frequency): take them from everywhere.
    picks = generator.choice(len(queries), min(QUERIES, len(queries)), replace=False)
    return VectorSet(name, metric, base, np.ascontiguousarray(queries[picks], np.float32), bucket, side,
                     np.ascontiguousarray(far, np.float32))  # fmt: skip


def truth(base: np.ndarray, queries: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Return the exact distances (squared l2) of the K nearest rows that pass."""
    rows = base if mask is None else np.ascontiguousarray(base[mask])
    distances, _ = faiss.knn(queries, rows, min(K, len(rows)))
    return distances


def recall(base: np.ndarray, queries: np.ndarray, found: list[np.ndarray], exact: np.ndarray) -> float:
    """Return the share of found rows no farther than the K-th true neighbour (ties count)."""
    hits = 0
    for query, ids, distances in zip(queries, found, exact, strict=True):
        if len(ids):
            got = ((base[ids] - query) ** 2).sum(1)
            hits += min(len(distances), int((got <= distances[-1] * (1 + 1e-4) + 1e-9).sum()))
    return hits / exact.size
