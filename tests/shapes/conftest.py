"""A table with every difficulty: two segments with indexes, a delta, deletes, NULLs, ties, two vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vql
from vql.executor.knn.dense import SegmentSearcher

ROWS, DIM, GROUPS = 14_000, 16, 300
SEED = 20


class Data:
    """A connection, and the same rows as arrays: `alive` marks those that are not deleted."""

    def __init__(self, connection: vql.Connection) -> None:
        self.connection = connection
        generator = np.random.default_rng(SEED)
        centres = generator.normal(size=(60, DIM)) * 3
        self.ids = np.arange(ROWS)
        self.a = (centres[generator.integers(60, size=ROWS)] + generator.normal(size=(ROWS, DIM))).astype(
            "f4"
        )
        self.b = generator.normal(size=(ROWS, DIM)).astype("f4")
        self.doc = generator.integers(GROUPS, size=ROWS)
        self.brand = generator.integers(5, size=ROWS)
        self.a[1000:1020] = self.a[1000]  # equal distances
        self.a[13_500] = 0
        self.known = np.ones(ROWS, bool)
        self.known[::97] = False
        self.alive = self.ids % 13 != 5
        self.queries = (centres[generator.integers(60, size=20)] + generator.normal(size=(20, DIM))).astype(
            "f4"
        )

    def distances(self, column: str, query: np.ndarray, metric: str) -> np.ndarray:
        """Distances of every row in float64, NaN for NULL."""
        rows, q = getattr(self, column).astype("f8"), query.astype("f8")
        if metric == "<->":
            found = np.sqrt(((rows - q) ** 2).sum(1))
        elif metric == "<#>":
            found = -(rows @ q)
        elif metric == "<+>":
            found = np.abs(rows - q).sum(1)
        else:
            with np.errstate(all="ignore"):
                found = 1 - (rows @ q) / np.sqrt((rows**2).sum(1) * (q @ q))
        return np.where(self.known, found, np.nan) if column == "a" else found

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        return self.connection.execute(sql, list(parameters)).fetchall()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    folder: Path = tmp_path_factory.mktemp("shapes") / "db"
    connection = vql.connect(folder)
    made = Data(connection)
    connection.execute(
        f"CREATE TABLE t (id int PRIMARY KEY, doc int, brand text, a vector({DIM}), b vector({DIM}))"
    )
    for start, end in ((0, 7_000), (7_000, 13_400), (13_400, ROWS)):
        place = slice(start, end)
        connection.insert(
            "t",
            {
                "id": made.ids[place],
                "doc": made.doc[place],
                "brand": [f"brand {n}" for n in made.brand[place]],
                "a": [
                    v if known else None for v, known in zip(made.a[place], made.known[place], strict=True)
                ],
                "b": made.b[place],
            },
        )
        if start == 0:
            for column, opclass in (("a", "l2"), ("a", "cosine"), ("b", "cosine"), ("a", "ip")):
                connection.execute(f"CREATE INDEX ON t USING auto ({column} vector_{opclass}_ops)")
        if end < ROWS:
            connection.execute("VACUUM t")
    connection.execute("DELETE FROM t WHERE id % 13 = 5")
    yield made
    connection.close()


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that are searched."""
    sizes: list[int] = []
    search = SegmentSearcher.search_batch

    def counted(searcher, queries, *rest, **named):
        sizes.append(len(queries))
        return search(searcher, queries, *rest, **named)

    monkeypatch.setattr(SegmentSearcher, "search_batch", counted)
    return sizes
