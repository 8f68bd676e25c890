"""Parameters of MERGE and of WITH queries that change rows have the types of the columns that they go to."""

from __future__ import annotations

import vql

MERGE = """
MERGE INTO t USING (SELECT CAST(? AS int) AS k, CAST(? AS int) AS n) s ON t.id = s.k
WHEN MATCHED THEN UPDATE SET a = n + ?
WHEN NOT MATCHED THEN INSERT VALUES (k, ?) RETURNING merge_action(), t.*
"""


def test_parameters_of_merge_and_of_steps_become_what_their_columns_are(tmp_path):
    with vql.connect(tmp_path / "db") as db:
        db.execute("CREATE TABLE t (id int PRIMARY KEY, a int)")
        assert db.execute(MERGE, (1, 5, 7, 9)).fetchall() == [("INSERT", 1, 9)]
        assert db.execute(MERGE, (1, 5, 7, 9)).fetchall() == [("UPDATE", 1, 12)]
        joined = "UPDATE t SET a = ? FROM (VALUES (1)) v(k) WHERE v.k = t.id RETURNING a, k, old.a"
        assert db.execute(joined, (3,)).fetchall() == [(3, 1, 12)]
        gone = "WITH d AS (DELETE FROM t WHERE id = ? RETURNING *)"
        moved = f"{gone} INSERT INTO t SELECT id + ?, a FROM d RETURNING *"
        assert db.execute(moved, (1, 10)).fetchall() == [(11, 3)]
