"""Chroma, persistent and embedded."""

from __future__ import annotations

import chromadb
import numpy as np
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer
from bench.sets import F32

BATCH = 5_000


class Chroma(Peer):
    """Conditions are on metadata."""

    note = "HNSW max_neighbors=16 ef_construction=100 (defaults), where on metadata"

    def client(self) -> chromadb.ClientAPI:
        """Return a client on the folder."""
        return chromadb.PersistentClient(
            str(self.folder), settings=chromadb.Settings(anonymized_telemetry=False)
        )

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        collection = self.client().create_collection(
            "items",
            embedding_function=None,
            configuration={"hnsw": {"space": self.metric, "num_threads": 1}},
        )
        for start in range(0, len(base), BATCH):
            numbers = range(start, min(start + BATCH, len(base)))
            collection.add(
                ids=[str(number) for number in numbers],
                embeddings=base[start : start + BATCH],
                metadatas=[{name: int(values[n]) for name, values in columns.items()} for n in numbers],
            )

    def open(self) -> None:
        self.collection = self.client().get_collection("items", embedding_function=None)

    def tune(self, effort: object) -> None:
        self.collection.modify(configuration={"hnsw": {"ef_search": effort}})

    def search(self, query: F32, window: Window | None) -> list[int]:
        condition = None
        if window is not None:
            bounds = ({"$gte": window.low}, {"$lt": window.high})
            condition = {"$and": [{window.column: bound} for bound in bounds]}
        found = self.collection.query(query_embeddings=[query], n_results=K, include=[], where=condition)
        return [int(name) for name in found["ids"][0]]
