"""Texts that DuckDB computes come in no order; once they are stored they are found as any others are."""

from __future__ import annotations

from pathlib import Path

import pytest

import vql

WANTED = ("zq7", "aq1", "mq4", "none")


def check(connection: vql.Connection, table: str) -> None:
    """Compare what native comparisons find with what DuckDB's find over computed texts."""
    for text in WANTED:
        for test in ("=", ">=", "<"):
            native, computed = (
                connection.execute(f"SELECT count(*) FROM {table} WHERE {s} {test} $1", (text,)).fetchone()
                for s in ("s", "s || ''")
            )
            assert native == computed, (table, test, text)
    found = [text for (text,) in connection.execute(f"SELECT s FROM {table} ORDER BY s").fetchall()]
    assert found == sorted(found)


@pytest.mark.parametrize("rows", [3, 2_049, 40_000])
def test_computed_texts_are_found_where_they_are_stored(tmp_path: Path, rows: int) -> None:
    text = "chr(97 + ((i * 7919) % 26)) || 'q' || i % 10"
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE a (id int, s text)")
        connection.execute(f"INSERT INTO a SELECT i, {text} FROM generate_series(1, {rows}) i")
        connection.execute("CREATE TABLE b AS SELECT id, lower(s) AS s FROM a")
        connection.execute("CREATE INDEX ON b (s)")
        connection.execute("UPDATE a SET s = upper(s) WHERE id % 2 = 0")
        connection.begin()
        connection.execute("UPDATE a SET s = lower(s)")
        check(connection, "a")
        connection.commit()
        for table in ("a", "b"):
            check(connection, table)
    with vql.connect(tmp_path / "db") as connection:
        for table in ("a", "b"):
            check(connection, table)
            connection.execute(f"VACUUM {table}")
            check(connection, table)
