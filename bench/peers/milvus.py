"""Milvus Lite, through its client."""

from __future__ import annotations

import milvus_lite  # noqa: F401  the client alone has no server
import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient

from bench.cases import K, Window
from bench.peers.peer import Peer
from bench.sets import F32

METRICS = {"l2": "L2", "cosine": "COSINE", "ip": "IP"}
BATCH = 5_000


class Milvus(Peer):
    """A file that the client serves to itself."""

    note = "MilvusClient on a file, HNSW M=16 efConstruction=200, inverted indexes"

    def client(self) -> MilvusClient:
        """Return a client on the file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return MilvusClient(str(self.folder / "milvus.db"))

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        client = self.client()
        schema = MilvusClient.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        for name in columns:
            schema.add_field(name, DataType.INT32)
        schema.add_field("vec", DataType.FLOAT_VECTOR, dim=self.dim)
        client.create_collection("items", schema=schema)
        for start in range(0, len(base), BATCH):
            client.insert(
                "items",
                [
                    {"id": n, **{name: int(values[n]) for name, values in columns.items()}, "vec": base[n]}
                    for n in range(start, min(start + BATCH, len(base)))
                ],
            )
        client.flush("items")
        indexes = client.prepare_index_params()
        graph = {"M": 16, "efConstruction": 200}
        indexes.add_index("vec", index_type="HNSW", metric_type=METRICS[self.metric], params=graph)
        for name in columns:
            indexes.add_index(name, index_type="INVERTED")
        client.create_index("items", indexes)
        client.load_collection("items")
        client.close()

    def open(self) -> None:
        self.opened = self.client()
        self.opened.load_collection("items")

    def tune(self, effort: object) -> None:
        self.parameters = {"metric_type": METRICS[self.metric], "params": {"ef": effort}}

    def search(self, query: F32, window: Window | None) -> list[int]:
        condition = ""
        if window is not None:
            condition = f"{window.column} >= {window.low} and {window.column} < {window.high}"
        found = self.opened.search(
            "items", data=[query], anns_field="vec", limit=K, filter=condition, search_params=self.parameters
        )
        return [hit["id"] for hit in found[0]]

    def close(self) -> None:
        self.opened.close()
