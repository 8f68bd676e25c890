"""What tables ask of rows is planned once: executions of a kept statement leave nothing behind."""

from __future__ import annotations

import vql

DELETE = "DELETE FROM parent WHERE id = ?"


def test_foreign_keys_that_change_rows_with_conditions_keep_one_plan(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute(
            "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE SET NULL,"
            " name text, loud text GENERATED ALWAYS AS (upper(name)) STORED, CHECK (name ~ '^n'))"
        )
        connection.execute("INSERT INTO parent SELECT g FROM generate_series(1, 30) g")
        connection.execute("INSERT INTO child SELECT g, g, 'n' || g FROM generate_series(1, 30) g")
        sizes = []
        for number in range(1, 31):
            connection.execute(DELETE, (number,))
            ready = connection.session.statements.kept(DELETE).ready_change
            sizes.append(len(ready.context.kept))
        assert sizes[-1] == sizes[2]
        rows = connection.execute("SELECT count(*), max(loud) FROM child WHERE parent IS NULL").fetchall()
        assert rows == [(30, "N9")]
