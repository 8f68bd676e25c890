"""VQL embedded: one connection, one cached statement, an index of any method."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import vql
from bench.cases import K, Window
from bench.measure import note
from bench.peers.peer import Peer
from bench.sets import COLUMNS, F32, VectorSet

OPERATORS = {"l2": "<->", "cosine": "<=>", "ip": "<#>"}
CLASSES = {"l2": "vector_l2_ops", "cosine": "vector_cosine_ops", "ip": "vector_ip_ops"}


def stored(folder: Path, data: VectorSet, method: str) -> VqlEmbedded:
    """Return the open database of a set and method in a folder, made where it is not kept there.

    build.json beside it holds the seconds the index took. Raises vql.Error where the method is refused.
    """
    store = VqlEmbedded(folder, data.metric, data.base.shape[1], method)
    if (folder / "build.json").exists():
        store.open()
        return store
    shutil.rmtree(folder, ignore_errors=True)
    note(f"{data.name}: loading and building {method}")
    store.write_rows(data.base, data.columns)
    started = time.perf_counter()
    try:
        store.build_index()
    except vql.Error:
        store.close()
        raise
    seconds = time.perf_counter() - started
    store.connection.execute("VACUUM items")
    (folder / "build.json").write_text(json.dumps(seconds))
    return store


def place(keep: Path, data: VectorSet, method: str) -> Path:
    """Return the folder of one database among those that are kept."""
    return keep / f"{data.name}-{len(data.base)}" / method


class VqlEmbedded(Peer):
    """VQL is only told the recall it is to reach; an effort is that recall."""

    note = "USING auto; told SET vql.recall alone, a higher one where that falls short"
    ladders = ((0.8, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.999),)
    scalar_indexes = True

    def __init__(self, folder: Path, metric: str, dim: int, method: str = "auto") -> None:
        super().__init__(folder, metric, dim)
        self.method = method

    def rungs(self, target: float) -> Sequence[Sequence[object]]:
        return (tuple(recall for recall in self.ladders[0] if recall >= target),)

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        self.write_rows(base, columns)
        self.build_index()
        if self.scalar_indexes:
            self.index_columns()
        self.close()

    def write_rows(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        """Make the table and write its rows, sealed into segments."""
        self.open()
        integers = ", ".join(f"{name} integer" for name in COLUMNS)
        self.connection.execute(
            f"CREATE TABLE items (id bigint PRIMARY KEY, {integers}, vec vector({self.dim}))"
        )
        self.connection.insert("items", {"id": np.arange(len(base)), **columns, "vec": base})
        self.connection.execute("VACUUM items")

    def build_index(self) -> None:
        """Build the vector index. Raises vql.NotSupportedError where the method is not there."""
        self.connection.execute(
            f"CREATE INDEX by_vec ON items USING {self.method} (vec {CLASSES[self.metric]})"
        )

    def index_columns(self) -> bool:
        """Index the integer columns; false where that is not supported."""
        try:
            for name in COLUMNS:
                self.connection.execute(f"CREATE INDEX by_{name} ON items USING btree ({name})")
        except vql.NotSupportedError:
            return False
        return True

    def drop_column_indexes(self) -> None:
        """Drop what index_columns made."""
        for name in COLUMNS:
            self.connection.execute(f"DROP INDEX IF EXISTS by_{name}")

    def open(self) -> None:
        self.connection = vql.connect(self.folder)
        self.prepare()

    def prepare(self, tail: str = "") -> None:
        """Write the statements; `tail` comes after LIMIT, as AS OF does."""
        head = "SELECT id, bucket, side FROM items"
        order = f"ORDER BY vec {OPERATORS[self.metric]} ? LIMIT {K} {tail}"
        self.plain = f"{head} {order}"
        self.filtered = {name: f"{head} WHERE {name} >= ? AND {name} < ? {order}" for name in COLUMNS}

    def tune(self, effort: object) -> None:
        self.connection.execute(f"SET vql.recall = {effort}")

    def search(self, query: F32, window: Window | None) -> list[int]:
        if window is None:
            rows = self.connection.execute(self.plain, (query,))
        else:
            rows = self.connection.execute(self.filtered[window.column], (window.low, window.high, query))
        return [row[0] for row in rows.fetchall()]  # type: ignore[misc]

    def close(self) -> None:
        self.connection.close()
