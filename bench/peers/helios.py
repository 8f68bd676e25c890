"""HeliosDB Nano, embedded; it has no knob for the effort there."""

from __future__ import annotations

import heliosdb_nano
import numpy as np
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer, where
from bench.sets import F32

CLASSES = {"l2": "vector_l2_ops", "cosine": "vector_cosine_ops", "ip": "vector_ip_ops"}
OPERATORS = {"l2": "<->", "cosine": "<=>", "ip": "<#>"}
BATCH = 5_000


class Helios(Peer):
    """Vectors travel as text."""

    note = "hnsw m=16 ef_construction=64, indexes on the columns, no effort to set"
    ladders = ((0,),)

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        database = heliosdb_nano.EmbeddedDatabase(str(self.folder))
        integers = "".join(f"{name} int, " for name in columns)
        database.execute(f"CREATE TABLE items (id int PRIMARY KEY, {integers}vec vector({self.dim}))")
        places = ", ".join(f"${number + 1}" for number in range(len(columns) + 2))
        for start in range(0, len(base), BATCH):
            rows = [
                (number, *(int(values[number]) for values in columns.values()), as_text(base[number]))
                for number in range(start, min(start + BATCH, len(base)))
            ]
            database.execute_many(
                f"INSERT INTO items (id, {', '.join(columns)}, vec) VALUES ({places})", rows
            )
        for name in columns:
            database.execute(f"CREATE INDEX by_{name} ON items ({name})")
        database.execute(
            f"CREATE INDEX by_vec ON items USING hnsw (vec {CLASSES[self.metric]}) "
            "WITH (m = 16, ef_construction = 64)"
        )
        database.flush()

    def open(self) -> None:
        self.database = heliosdb_nano.EmbeddedDatabase(str(self.folder))

    def search(self, query: F32, window: Window | None) -> list[int]:
        order = f"ORDER BY vec {OPERATORS[self.metric]} '{as_text(query)}' LIMIT {K}"
        return [row["id"] for row in self.database.query(f"SELECT id FROM items {where(window)} {order}")]


def as_text(vector: F32) -> str:
    """Return a vector as SQL writes it."""
    return "[" + ",".join(map(repr, vector.tolist())) + "]"
