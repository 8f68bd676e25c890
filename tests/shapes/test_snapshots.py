"""Every shape of search reads one snapshot: a transaction's own changes, and the past."""

from __future__ import annotations

import numpy as np
import pytest

SHAPES = {
    "range": "SELECT id FROM t WHERE a <-> $1 < 6 ORDER BY a <-> $1 LIMIT 400",
    "weighted": "SELECT id FROM t ORDER BY 0.9 * (a <-> $1) + 0.1 * (b <-> $1) LIMIT 6",
    "ranks": "SELECT id FROM t ORDER BY rrf(a <-> $1, b <-> $1) DESC LIMIT 6",
    "groups": "SELECT id FROM t ORDER BY a <-> $1 LIMIT 6 PER doc",
    "distinct": "SELECT DISTINCT ON (doc) id FROM t ORDER BY doc, a <-> $1",
    "page": "SELECT id FROM t ORDER BY a <-> $1 LIMIT 6 OFFSET 3",
    "key": "SELECT id FROM t WHERE (a <-> $1, id) > (0.5, 0) ORDER BY a <-> $1, id LIMIT 6",
    "join": "SELECT s.id FROM (SELECT $1::vector(16) AS v) q,"
    " LATERAL (SELECT id, a <-> q.v AS d FROM t ORDER BY d LIMIT 6) s ORDER BY s.d, s.id",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_sees_its_own_changes_and_the_past(data, shape):
    sql, query = SHAPES[shape], data.queries[7]
    run = data.connection.execute
    before = data.rows(sql, query)
    assert len(before) >= 6
    run("CREATE SNAPSHOT shape")
    gone = [row[0] for row in before[:4]]
    new = [(700_001, (query + np.float32(0.3)), query), (700_002, (query + np.float32(0.31)), query)]
    try:
        run("BEGIN")
        for row in gone:
            run("DELETE FROM t WHERE id = ?", [row])
        for number, a, b in new:
            run("INSERT INTO t (id, doc, brand, a, b) VALUES (?, ?, 'brand 9', ?, ?)", [number, number, a, b])
        within = {row[0] for row in data.rows(sql, query)}
        assert not within & set(gone)
        assert within & {number for number, _, _ in new} or shape == "page"
        run("COMMIT")
        assert {row[0] for row in data.rows(sql, query)} == within
        assert data.rows(f"{sql} AS OF SNAPSHOT 'shape'", query) == before
    finally:
        run("DROP SNAPSHOT shape")
        run("DELETE FROM t WHERE id > 700000")
        for row in gone:
            run("INSERT INTO t (id, doc, brand, a, b) VALUES (?, ?, ?, ?, ?)",
                [row, int(data.doc[row]), f"brand {data.brand[row]}",
                 data.a[row] if data.known[row] else None, data.b[row]])  # fmt: skip


def test_a_block_keeps_its_own_contract(data):
    query = data.queries[2]
    sql = "SELECT id, a <-> $1 AS d FROM t ORDER BY d LIMIT 50"
    exact = data.rows(f"{sql} WITH (recall = 1)", query)
    inside = data.rows(f"SELECT * FROM ({sql} WITH (recall = 1)) x ORDER BY d", query)
    joined = data.rows(
        "SELECT s.id, s.d FROM (SELECT $1::vector(16) AS v) q, LATERAL (SELECT id, a <-> q.v AS d FROM t"
        " ORDER BY d LIMIT 50 WITH (recall = 1)) s ORDER BY s.d",
        query,
    )
    assert exact == inside == joined
    with pytest.raises(Exception, match="recall must be above 0"):
        data.rows(f"SELECT * FROM ({sql} WITH (recall = 2)) x", query)
