"""Names that statements are given on their way are nobody's: rows of others would be read by them."""

from __future__ import annotations

import pytest

import vql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t vql__row",
        "SELECT * FROM t vql__row WHERE id IN (SELECT id FROM t)",
        "SELECT * FROM (SELECT 1) AS vql__block (a)",
        "WITH vql__a AS (SELECT 1) SELECT 1",
        "CREATE TABLE vql__x (a int)",
        "CREATE TABLE x (vql__row int)",
        "CREATE VIEW vql__v AS SELECT 1 AS a",
        "ALTER TABLE t RENAME TO vql__t",
        "ALTER TABLE t RENAME id TO vql__row",
    ],
)
def test_they_are_refused(tmp_path, sql):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with pytest.raises(vql.ProgrammingError) as raised:
            connection.execute(sql)
        assert raised.value.sqlstate == "42939"
