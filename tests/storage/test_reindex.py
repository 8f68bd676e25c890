"""REINDEX builds what is meant anew, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import vql

ROWS = 5_000


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    with vql.connect(tmp_path_factory.mktemp("reindex") / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, kind int, v vector(4))")
        made.execute("CREATE TABLE other (v vector(4))")
        vectors = np.random.default_rng(4).standard_normal((ROWS, 4)).astype(np.float32)
        made.insert("t", {"id": np.arange(ROWS), "kind": np.arange(ROWS) % 9, "v": vectors})
        made.insert("other", {"v": vectors})
        made.execute("CREATE INDEX near ON t USING hnsw (v vector_l2_ops) WITH (m = 4)")
        made.execute("CREATE INDEX kinds ON t (kind)")
        made.execute("CREATE INDEX others ON other USING hnsw (v vector_l2_ops) WITH (m = 4)")
        made.execute("VACUUM")
        yield made


def files(connection) -> dict[str, str]:
    """Return the file of each index of the one segment of its table."""
    snapshot, found = connection.session.snapshot(), {}
    for table in snapshot.tables.values():
        for segment in snapshot.segments(table.table_id):
            for index in table.indexes:
                entry = segment.record["indexes"].get(str(index.index_id))
                if entry is not None:
                    found[index.name] = entry["file"]
    return found


@pytest.mark.parametrize(
    ("statement", "anew"),
    [
        ("REINDEX INDEX near", {"near"}), ("REINDEX INDEX CONCURRENTLY kinds", {"kinds"}),
        ("REINDEX TABLE t", {"near", "kinds"}), ("REINDEX (VERBOSE) TABLE other", {"others"}),
        ("REINDEX SCHEMA public", {"near", "kinds", "others"}), ("REINDEX INDEX t_pkey", set()),
    ],
)  # fmt: skip
def test_what_is_meant_is_built_anew(connection, statement, anew):
    before = files(connection)
    assert before.keys() == {"near", "kinds", "others"}
    query = "SELECT id FROM t WHERE kind = 3 ORDER BY v <-> '[1,2,3,4]' LIMIT 900"
    rows = connection.execute(query).fetchall()
    connection.execute(statement)
    after = files(connection)
    assert {name for name in before if after[name] != before[name]} == anew
    assert sorted(connection.execute(query).fetchall()) == sorted(rows)
