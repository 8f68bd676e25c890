"""Vectors on a plane: their two principal components, or UMAP where that is installed."""

from __future__ import annotations

import importlib.util

import numpy as np

from vql.errors import NotSupportedError
from vql.types.forms.ndarrays import F32

# Numbers of a sample: 10,000 vectors of 784, fewer of longer ones.
NUMBERS_MAX, ROWS_MAX = 8_000_000, 10_000
SEED = 1
# The subspace that is iterated on is this much wider than the plane, so often.
WIDER, ROUNDS = 8, 4


def sample_size(dimensions: int) -> int:
    """Return how many vectors are looked at."""
    return max(1, min(ROWS_MAX, NUMBERS_MAX // max(1, dimensions)))


def has_umap() -> bool:
    """Whether `umap-learn` is installed."""
    return importlib.util.find_spec("umap") is not None


def plane(vectors: F32, method: str) -> tuple[F32, tuple[float, float]]:
    """Return places (n, 2) float32, and which shares of the variance the two axes have; (0, 0) of UMAP's.
    Raises 0A000 where UMAP is asked for and not there."""
    if method == "umap":
        if not has_umap():
            raise NotSupportedError("UMAP is not installed", hint="pip install umap-learn brings it.")
        import umap

        places = umap.UMAP(n_components=2, random_state=SEED).fit_transform(vectors)
        return np.asarray(places, np.float32), (0.0, 0.0)
    return principal(vectors)


def principal(vectors: F32) -> tuple[F32, tuple[float, float]]:
    """Return the projections (n, 2) of vectors (n, dim) on their two first principal components, and the
    shares of the variance that these have. By iteration on a random subspace: Halko, Martinsson and Tropp,
    "Finding structure with randomness", 2011, algorithm 4.4. The larger end of each axis is to the right,
    or above."""
    rows, dimensions = vectors.shape
    centred = vectors - vectors.mean(axis=0)
    wide = min(2 + WIDER, rows, dimensions)
    generator = np.random.default_rng(SEED)
    basis = np.linalg.qr(centred @ generator.standard_normal((dimensions, wide), dtype=np.float32))[0]
    for _ in range(ROUNDS):
        basis = np.linalg.qr(centred @ np.linalg.qr(centred.T @ basis)[0])[0]
    left, sizes, _ = np.linalg.svd(basis.T @ centred, full_matrices=False)
    places = np.zeros((rows, 2), np.float32)
    count = min(2, len(sizes))
    places[:, :count] = (basis @ left[:, :count]) * sizes[:count]
    whole = float(np.square(centred).sum()) or 1.0
    shares = [float(size) ** 2 / whole for size in sizes[:2]] + [0.0, 0.0]
    return places * signs(places), (shares[0], shares[1])


def signs(places: F32) -> F32:
    """Return the signs (2,) by which the place farthest from the middle is positive on each axis: a
    decomposition leaves them open."""
    farthest = places[np.abs(places).argmax(axis=0), [0, 1]]
    return np.where(farthest < 0, np.float32(-1), np.float32(1))
