"""The data of the benchmarks: sets prepared in a folder, and generated ones.

A prepared set is a folder with base.npy, queries.npy (float32) and meta.json with its metric. Generated
sets need nothing but their name; the same name and number of rows give the same vectors everywhere.
Every row gets three integer columns with values in 0 ... 9,999, each value as frequent as any other, so
that a window of values keeps an exact share of the rows:

  bucket   independent of the vectors
  side     the rank along the first principal direction
  ring     the rank of the distance from one row: neighbours have neighbouring values
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

QUANTILES = 10_000
COLUMNS = ("bucket", "side", "ring")
PREPARED = ("glove-100", "fashion-mnist", "summaries-256")


@dataclass(frozen=True, slots=True)
class VectorSet:
    """`base` (n, dim) and `queries` (q, dim) as a user has them; `metric` is l2, cosine or ip.

    `columns` holds an int32 value for each row, `places` the values that each query would have.
    """

    name: str
    metric: str
    base: F32
    queries: F32
    columns: dict[str, NDArray[np.int32]]
    places: dict[str, I64]


def load_sets(folder: Path, names: list[str], rows: int | None) -> list[VectorSet]:
    """Return sets by name, or those that are there and the generated million; at most `rows` rows each."""
    there = [name for name in PREPARED if (folder / name / "base.npy").exists()]
    return [load(folder, name, rows) for name in names or [*there, "clustered"]]


def load(folder: Path, name: str, rows: int | None) -> VectorSet:
    """Return one set; `rows` are drawn from everywhere in it, since files come in some order."""
    if name in GENERATED:
        return generate(name, rows)
    if not (folder / name / "base.npy").exists():
        raise SystemExit(f"no set {name} in {folder}; generated sets: {', '.join(GENERATED)}")
    meta = json.loads((folder / name / "meta.json").read_text())
    base = np.load(folder / name / "base.npy")
    if rows is not None and rows < len(base):
        base = base[np.sort(np.random.default_rng(3).choice(len(base), rows, replace=False))]
    return with_columns(name, meta["metric"], base, np.load(folder / name / "queries.npy"))


def with_columns(name: str, metric: str, base: F32, queries: F32) -> VectorSet:
    """Give vectors their columns, and queries the values they would have in them."""
    base = np.ascontiguousarray(base, np.float32)
    queries = np.ascontiguousarray(queries, np.float32)
    generator = np.random.default_rng(11)
    # Directions alone: the longest vectors are everyone's neighbours by inner product.
    shape = "l2" if metric == "l2" else "cosine"
    rows, asked = searchable(shape, base), searchable(shape, queries)
    sample = rows[generator.choice(len(rows), min(20_000, len(rows)), replace=False)]
    direction = np.linalg.svd(sample - sample.mean(0), full_matrices=False)[2][0]
    centre = rows[generator.integers(len(rows))]
    measures: dict[str, tuple[F32, F32]] = {
        "bucket": (generator.random(len(rows)), generator.random(len(asked))),
        "side": (rows @ direction, asked @ direction),
        "ring": (distances(rows, centre), distances(asked, centre)),
    }
    columns, places = {}, {}
    for column, (values, of_queries) in measures.items():
        order = np.argsort(values, kind="stable")
        rank = np.empty(len(rows), np.int64)
        rank[order] = np.arange(len(rows))
        columns[column] = (rank * QUANTILES // len(rows)).astype(np.int32)
        at = np.searchsorted(values[order], of_queries)
        places[column] = np.minimum(at * QUANTILES // len(rows), QUANTILES - 1)
    return VectorSet(name, metric, base, queries, columns, places)


def searchable(metric: str, rows: F32) -> F32:
    """Return rows as an index without a cosine metric wants them: of length one for cosine."""
    if metric != "cosine":
        return rows
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12), np.float32)


def distances(rows: F32, query: F32, metric: str = "l2") -> F32:
    """Return the distance of each searchable row, smaller when nearer: squared l2, or minus the product."""
    if metric == "ip":
        return -(rows @ query)
    near: F32 = ((rows - query) ** 2).sum(1)
    return near


# ---- generated sets

Draw = Callable[[np.random.Generator, int], F32]


def mixture(generator: np.random.Generator, rows: int, dim: int, centres: int) -> Draw:
    """Return a draw from a Gaussian mixture: clusters of many sizes and of several widths."""
    centre = generator.standard_normal((centres, dim), np.float32)
    weight = generator.lognormal(0, 0.7, centres)
    # Widths of three scales: tight, medium and so wide that clusters run into each other.
    width = generator.choice([0.25, 0.5, 0.9], centres).astype(np.float32)

    def draw(generator: np.random.Generator, count: int) -> F32:
        picks = generator.choice(centres, count, p=weight / weight.sum())
        noise = generator.standard_normal((count, dim), np.float32)
        noise *= width[picks, None]
        noise += centre[picks]
        return noise

    return draw


def clustered(generator: np.random.Generator, rows: int, dim: int) -> tuple[str, F32, F32]:
    """Queries from the distribution of the rows."""
    draw = mixture(generator, rows, dim, max(20, rows // 500))
    return "l2", draw(generator, rows), draw(generator, POOL)


def uneven_norms(generator: np.random.Generator, rows: int, dim: int) -> tuple[str, F32, F32]:
    """Inner product over vectors whose norms spread over two orders of magnitude."""
    draw = mixture(generator, rows, dim, max(20, rows // 500))
    base = draw(generator, rows) * generator.lognormal(0, 1, (rows, 1)).astype(np.float32)
    return "ip", base, draw(generator, POOL)


def shifted_queries(generator: np.random.Generator, rows: int, dim: int) -> tuple[str, F32, F32]:
    """Queries as of another modality: the rows' clusters, rotated a little, moved and squeezed."""
    draw = mixture(generator, rows, dim, max(20, rows // 500))
    skew = generator.standard_normal((dim, dim)) * 0.35 / np.sqrt(dim)
    rotation = np.linalg.qr(np.eye(dim) + skew - skew.T)[0]
    moved = draw(generator, POOL) @ rotation * 0.7 + 0.35 * generator.standard_normal(dim)
    return "cosine", draw(generator, rows), moved.astype(np.float32)


def noise_queries(generator: np.random.Generator, rows: int, dim: int) -> tuple[str, F32, F32]:
    """Queries that know nothing of the rows' clusters: uniform noise."""
    draw = mixture(generator, rows, dim, max(20, rows // 500))
    return "l2", draw(generator, rows), generator.uniform(-2, 2, (POOL, dim)).astype(np.float32)


POOL = 4_000
GENERATED: dict[str, tuple[Callable[..., tuple[str, F32, F32]], int, int]] = {
    "clustered": (clustered, 1_000_000, 128),
    "uneven-norms": (uneven_norms, 200_000, 96),
    "shifted-queries": (shifted_queries, 200_000, 192),
    "noise-queries": (noise_queries, 200_000, 128),
    "low-32": (clustered, 500_000, 32),
    "high-1536": (clustered, 50_000, 1_536),
}


def generate(name: str, rows: int | None) -> VectorSet:
    """Make one generated set, of its own size or of `rows` rows."""
    make, size, dim = GENERATED[name]
    return with_columns(name, *make(np.random.default_rng(7), rows or size, dim))
