"""zvec: an embedded vector engine in C++."""

from __future__ import annotations

import numpy as np
import zvec
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer
from bench.sets import F32

BATCH = 1_000


class Zvec(Peer):
    """One collection, inverted indexes on the columns."""

    note = "HNSW m=16 ef_construction=200 in contiguous memory, inverted indexes with ranges"

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        self.start()
        metric = {"l2": zvec.MetricType.L2, "cosine": zvec.MetricType.COSINE, "ip": zvec.MetricType.IP}
        graph = zvec.HnswIndexParam(
            metric_type=metric[self.metric], m=16, ef_construction=200, use_contiguous_memory=True
        )
        inverted = zvec.InvertIndexParam(enable_range_optimization=True)
        schema = zvec.CollectionSchema(
            name="items",
            fields=[zvec.FieldSchema(name, zvec.DataType.INT32, index_param=inverted) for name in columns],
            vectors=zvec.VectorSchema("vec", zvec.DataType.VECTOR_FP32, self.dim, index_param=graph),
        )
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        collection = zvec.create_and_open(str(self.folder), schema)
        for start in range(0, len(base), BATCH):
            collection.insert(
                [
                    zvec.Doc(
                        id=str(start + number),
                        vectors={"vec": vector},
                        fields={name: int(values[start + number]) for name, values in columns.items()},
                    )
                    for number, vector in enumerate(base[start : start + BATCH].tolist())
                ]
            )
        collection.optimize()
        collection.flush()
        collection.close()

    def start(self) -> None:
        """Set the library up: one thread."""
        zvec.init(query_threads=1, optimize_threads=1, log_level=zvec.LogLevel.ERROR)

    def open(self) -> None:
        self.start()
        self.collection = zvec.open(str(self.folder))

    def tune(self, effort: object) -> None:
        self.parameters = zvec.HnswQueryParam(ef=effort)

    def search(self, query: F32, window: Window | None) -> list[int]:
        condition = None
        if window is not None:
            condition = f"{window.column} >= {window.low} and {window.column} < {window.high}"
        asked = zvec.Query(field_name="vec", vector=query, param=self.parameters)
        return [
            int(doc.id) for doc in self.collection.query(asked, topk=K, filter=condition, output_fields=[])
        ]

    def close(self) -> None:
        self.collection.close()
