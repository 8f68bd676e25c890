"""DuckDB with its vss extension, in an environment of its own: the extension is for an older DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb
import duckdb_extension_vss
import numpy as np
import pyarrow
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer, where
from bench.sets import F32

METRICS = {"l2": "l2sq", "cosine": "cosine", "ip": "ip"}
FUNCTIONS = {"l2": "array_distance", "cosine": "array_cosine_distance", "ip": "array_negative_inner_product"}


class DuckDbVss(Peer):
    """An index that is written to the file, as the extension's experimental setting allows."""

    note = "HNSW M=16 ef_construction=128 (defaults), experimental persistence, one thread"

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Return a connection that has the extension and the file."""
        package = Path(duckdb_extension_vss.__file__).parent
        extension = next(package.rglob("vss.duckdb_extension*"))
        connection = duckdb.connect(config={"threads": 1})
        connection.execute(f"LOAD '{extension}'")
        connection.execute("SET hnsw_enable_experimental_persistence = true")
        connection.execute(f"ATTACH '{self.folder / 'items.duckdb'}' AS file")
        connection.execute("USE file")
        return connection

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        self.folder.mkdir(parents=True)
        connection = self.connect()
        vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(base.ravel()), self.dim)
        rows = pyarrow.table({"id": np.arange(len(base)), **columns, "vec": vectors})
        connection.register("rows", rows)
        integers = "".join(f"{name} int, " for name in columns)
        connection.execute(f"CREATE TABLE items (id bigint, {integers}vec float[{self.dim}])")
        connection.execute("INSERT INTO items SELECT * FROM rows")
        metric = METRICS[self.metric]
        connection.execute(f"CREATE INDEX by_vec ON items USING hnsw (vec) WITH (metric = '{metric}')")
        connection.execute("CHECKPOINT")
        connection.close()

    def open(self) -> None:
        self.connection = self.connect()

    def tune(self, effort: object) -> None:
        self.connection.execute(f"SET hnsw_ef_search = {effort}")

    def search(self, query: F32, window: Window | None) -> list[int]:
        order = f"ORDER BY {FUNCTIONS[self.metric]}(vec, ?::float[{self.dim}]) LIMIT {K}"
        found = self.connection.execute(f"SELECT id FROM items {where(window)} {order}", [query])
        return [row[0] for row in found.fetchall()]

    def close(self) -> None:
        self.connection.close()
