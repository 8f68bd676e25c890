"""Qdrant Edge: Qdrant's engine in the process."""

from __future__ import annotations

import numpy as np
import qdrant_edge as qdrant
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer
from bench.sets import F32

BATCH = 2_000


class Qdrant(Peer):
    """One shard of one segment; its payload indexes serve the filters."""

    note = "HNSW m=16 ef_construct=100, full_scan_threshold 10 MB (defaults), one segment, payload indexes"

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        distance = {"l2": qdrant.Distance.Euclid, "cosine": qdrant.Distance.Cosine, "ip": qdrant.Distance.Dot}
        self.folder.mkdir(parents=True)
        shard = qdrant.EdgeShard.create(
            str(self.folder),
            qdrant.EdgeConfig(
                vectors=qdrant.EdgeVectorParams(size=self.dim, distance=distance[self.metric]),
                hnsw_config=qdrant.HnswIndexConfig(
                    m=16, ef_construct=100, full_scan_threshold=10_000, max_indexing_threads=1
                ),
                optimizers=qdrant.EdgeOptimizersConfig(default_segment_number=1),
                max_search_threads=1,
            ),
        )
        for name in columns:
            integer = qdrant.PayloadSchemaType.Integer
            shard.update(qdrant.UpdateOperation.create_field_index(name, integer))
        for start in range(0, len(base), BATCH):
            points = [
                qdrant.Point(
                    id=start + number,
                    vector=vector,
                    payload={name: int(values[start + number]) for name, values in columns.items()},
                )
                for number, vector in enumerate(base[start : start + BATCH].tolist())
            ]
            shard.update(qdrant.UpdateOperation.upsert_points(points))
        shard.optimize()
        shard.flush()
        shard.close()

    def open(self) -> None:
        self.shard = qdrant.EdgeShard.load(str(self.folder))

    def tune(self, effort: object) -> None:
        self.parameters = qdrant.SearchParams(hnsw_ef=effort)

    def search(self, query: F32, window: Window | None) -> list[int]:
        condition = None
        if window is not None:
            within = qdrant.RangeFloat(gte=window.low, lt=window.high)
            condition = qdrant.Filter(must=[qdrant.FieldCondition(key=window.column, range=within)])
        request = qdrant.QueryRequest(
            limit=K,
            query=qdrant.Query.Nearest(query.tolist()),
            filter=condition,
            params=self.parameters,
            with_payload=False,
        )
        return [point.id for point in self.shard.query(request)]

    def close(self) -> None:
        self.shard.close()
