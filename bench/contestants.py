"""Who runs: VQL embedded, and raw faiss HNSW in the same process, one query at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np

import vql
from bench.sets import K, VectorSet

HNSW_M, HNSW_CONSTRUCTION = 16, 64
EFFORTS = (10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
ROUNDS = 3

Search = Callable[[np.ndarray], np.ndarray]


def measured(search: Search, queries: np.ndarray) -> tuple[list[np.ndarray], float]:
    """Return every query's rows, and queries per CPU-second: the median of some rounds."""
    found = [search(query) for query in queries]
    rates = []
    for _ in range(ROUNDS):
        started = time.thread_time()
        for query in queries:
            search(query)
        rates.append(len(queries) / (time.thread_time() - started))
    return found, float(np.median(rates))


class RawHnsw:
    """faiss IndexHNSWFlat; a filter is an IDSelectorBitmap made beforehand."""

    def __init__(self, base: np.ndarray, threads: int) -> None:
        faiss.omp_set_num_threads(threads)
        self.index = faiss.IndexHNSWFlat(base.shape[1], HNSW_M)
        self.index.hnsw.efConstruction = HNSW_CONSTRUCTION
        started = time.perf_counter()
        self.index.add(base)
        self.build_s = time.perf_counter() - started
        faiss.omp_set_num_threads(1)

    def search(self, effort: int, mask: np.ndarray | None) -> Search:
        """Return the search at one effort."""
        bits = None if mask is None else np.packbits(mask, bitorder="little")
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        parameters = faiss.SearchParametersHNSW(efSearch=effort, sel=selector)

        def run(query: np.ndarray, keep: object = bits) -> np.ndarray:
            _, ids = self.index.search(query[None], K, params=parameters)
            row: np.ndarray = ids[0]
            return row[row >= 0]

        return run


class Vql:
    """VQL embedded, one connection, one index method."""

    def __init__(self, folder: Path, data: VectorSet, method: str) -> None:
        self.connection = vql.connect(folder)
        self.operator = "<->" if data.metric == "l2" else "<=>"
        self.build_s = 0.0
        if "items" not in self.connection.session.snapshot().tables:
            self._load(data, method)

    def _load(self, data: VectorSet, method: str) -> None:
        dim = data.base.shape[1]
        self.connection.execute(
            f"CREATE TABLE items (id bigint PRIMARY KEY, bucket integer, side integer, vec vector({dim}))"
        )
        self.connection.insert(
            "items",
            {"id": np.arange(len(data.base)), "bucket": data.bucket, "side": data.side, "vec": data.base},
        )
        self.connection.execute("VACUUM items")
        operators = "vector_l2_ops" if data.metric == "l2" else "vector_cosine_ops"
        started = time.perf_counter()
        self.connection.execute(f"CREATE INDEX ON items USING {method} (vec {operators})")
        self.build_s = time.perf_counter() - started

    def search(self, where: str = "", tail: str = "") -> Search:
        """Return the search through one cached statement."""
        sql = f"SELECT id, bucket, side FROM items {where} ORDER BY vec {self.operator} ? LIMIT {K} {tail}"
        execute = self.connection.execute

        def run(query: np.ndarray) -> np.ndarray:
            return np.array([row[0] for row in execute(sql, (query,)).fetchall()], np.int64)

        return run

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
