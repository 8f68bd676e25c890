"""LanceDB, embedded."""

from __future__ import annotations

import lancedb
import numpy as np
import pyarrow
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer
from bench.sets import F32

METRICS = {"l2": "l2", "cosine": "cosine", "ip": "dot"}
PROBES = (2, 5, 10, 20, 40, 80, 160, 320)


class Lance(Peer):
    """An effort is (nprobes, refine_factor): a ladder of probes for each factor."""

    note = "IVF_PQ of its own sizes (of 100 dimensions in 20 codes), refine_factor, B-trees, prefilter"
    ladders = tuple(tuple((probes, refine) for probes in PROBES) for refine in (3, 10, 30))

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(base.ravel()), self.dim)
        rows = pyarrow.table({"id": np.arange(len(base)), **columns, "vector": vectors})
        table = lancedb.connect(str(self.folder)).create_table("items", rows)
        # By itself it takes one code a row where a dimension is no multiple of 8.
        width = None if self.dim % 8 == 0 else next(n for n in (5, 4, 3, 2, 1) if self.dim % n == 0)
        table.create_index(
            metric=METRICS[self.metric], vector_column_name="vector", index_type="IVF_PQ",
            num_sub_vectors=width and self.dim // width,
        )  # fmt: skip
        for name in columns:
            table.create_scalar_index(name)
        table.optimize()

    def open(self) -> None:
        self.table = lancedb.connect(str(self.folder)).open_table("items")

    def tune(self, effort: object) -> None:
        assert isinstance(effort, tuple)
        self.probes, self.refine = effort

    def search(self, query: F32, window: Window | None) -> list[int]:
        asked = (
            self.table.search(query).distance_type(METRICS[self.metric]).limit(K).select(["id", "_distance"])
        )
        if window is not None:
            condition = f"{window.column} >= {window.low} AND {window.column} < {window.high}"
            asked = asked.where(condition, prefilter=True)
        found = asked.nprobes(self.probes).refine_factor(self.refine).to_arrow()
        return found["id"].to_pylist()
