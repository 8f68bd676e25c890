"""ALTER TABLE over the wire: statements that are prepared, other connections and processes, drivers."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from server_process import Server

Row = tuple[object, ...]
NUMBERS = itertools.count()
CHANGED = "cached plan must not change result type"


@pytest.fixture
def table(server: Server, connection: psycopg.Connection[Row]) -> Iterator[sql.Identifier]:
    """A table of its own."""
    name = sql.Identifier(f"altered_{next(NUMBERS)}")
    connection.execute(sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, a text, b int)").format(name))
    connection.execute(sql.SQL("INSERT INTO {} VALUES (1, 'x', 10), (2, 'y', 20)").format(name))
    yield name
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))


def run(connection: psycopg.Connection[Row], text: str, table: sql.Identifier, *given: object) -> list[Row]:
    """Run a statement as a prepared one."""
    cursor = connection.execute(sql.SQL(text).format(table), given, prepare=True)  # type: ignore[arg-type]
    return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("connections", [1, 4])
def test_prepared_statements_go_on_where_their_columns_stay(
    server: Server, connection: psycopg.Connection[Row], table: sql.Identifier, connections: int
) -> None:
    others = [psycopg.connect(server.url, autocommit=True) for _ in range(connections)]
    for other in others:
        for _ in range(2):
            assert run(other, "SELECT id, b FROM {} WHERE b > %s ORDER BY id", table, 10) == [(2, 20)]
        run(other, "INSERT INTO {} (id, b) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING", table, 3, 3)
    connection.execute(sql.SQL("ALTER TABLE {} DROP COLUMN a, ADD COLUMN c text DEFAULT 'c'").format(table))
    for place, other in enumerate(others, 4):
        assert run(other, "SELECT id, b FROM {} WHERE b > %s ORDER BY id", table, 10) == [(2, 20)]
        run(other, "INSERT INTO {} (id, b) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING", table, place, place)
        assert run(other, "SELECT * FROM {} WHERE id = %s", table, place) == [(place, place, "c")]
        other.close()


def test_a_prepared_statement_whose_columns_change_is_refused(
    server: Server, connection: psycopg.Connection[Row], table: sql.Identifier
) -> None:
    changes = (
        "ADD COLUMN c int", "DROP COLUMN b", "ALTER a TYPE varchar(9)", "RENAME a TO d",
        "ALTER id TYPE bigint",
    )  # fmt: skip
    with psycopg.connect(server.url, autocommit=True) as other:
        other.prepare_threshold = 0
        for change in changes:
            assert len(run(other, "SELECT * FROM {}", table)) == 2
            connection.execute(sql.SQL(f"ALTER TABLE {{}} {change}").format(table))
            with pytest.raises(psycopg.errors.FeatureNotSupported, match=CHANGED):
                run(other, "SELECT * FROM {}", table)
            other.execute("DEALLOCATE ALL")
            other._prepared.clear()
        columns = other.execute(sql.SQL("SELECT * FROM {}").format(table)).description or ()
        assert [column.name for column in columns] == ["id", "d", "c"]


def test_a_prepared_statement_gives_a_composite_type_the_fields_that_it_has_now(
    server: Server, connection: psycopg.Connection[Row], table: sql.Identifier
) -> None:
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute("CREATE TYPE altered_pair AS (x int, y int)")
        other.execute(sql.SQL("ALTER TABLE {} ADD COLUMN c altered_pair DEFAULT '(1,2)'").format(table))
        query = "SELECT c FROM {} ORDER BY id LIMIT 1"
        assert run(other, query, table) == [("(1,2)",)]
        connection.execute("ALTER TYPE altered_pair ADD ATTRIBUTE z text")
        assert run(other, query, table) == [("(1,2,)",)]
        connection.execute(sql.SQL("DROP TABLE {}").format(table))
        connection.execute("DROP TYPE altered_pair")


def test_a_change_that_is_rolled_back_changes_no_plan(
    connection: psycopg.Connection[Row], table: sql.Identifier
) -> None:
    query = "SELECT * FROM {} ORDER BY id"
    before = run(connection, query, table)
    with pytest.raises(psycopg.errors.NotNullViolation), connection.transaction():
        connection.execute(sql.SQL("ALTER TABLE {} RENAME COLUMN a TO z").format(table))
        connection.execute(sql.SQL("ALTER TABLE {} ADD COLUMN c int NOT NULL").format(table))
    assert run(connection, query, table) == before


def test_one_message_of_several_statements_is_one_transaction(
    connection: psycopg.Connection[Row], table: sql.Identifier
) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation):
        connection.execute(
            sql.SQL("ALTER TABLE {0} ADD COLUMN c int; ALTER TABLE {0} ALTER c SET NOT NULL").format(table)
        )
    with pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute(sql.SQL("SELECT c FROM {}").format(table))
    connection.execute(sql.SQL("ALTER TABLE {0} ADD COLUMN c int; UPDATE {0} SET c = 1").format(table))
    assert run(connection, "SELECT c FROM {}", table) == [(1,), (1,)]


def test_the_past_is_described_with_the_columns_of_then(
    connection: psycopg.Connection[Row], table: sql.Identifier
) -> None:
    ((moment,),) = connection.execute("SELECT clock_timestamp()").fetchall()
    connection.execute(sql.SQL("ALTER TABLE {} DROP COLUMN a").format(table))
    connection.execute(sql.SQL("ALTER TABLE {} RENAME b TO c").format(table))
    now = "SELECT id, c FROM {} ORDER BY id"
    then = "SELECT id, a, b FROM {} ORDER BY id AS OF %s"
    for _ in range(2):
        assert run(connection, now, table) == [(1, 10), (2, 20)]
        assert run(connection, then, table, moment) == [(1, "x", 10), (2, "y", 20)]
    new = sql.Identifier("altered_and_renamed")
    connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(table, new))
    assert run(connection, then, table, moment) == [(1, "x", 10), (2, "y", 20)]
    with pytest.raises(psycopg.Error):
        run(connection, then, new, moment)
    connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, table))


def test_notices_say_what_was_passed_over(connection: psycopg.Connection[Row], table: sql.Identifier) -> None:
    said: list[tuple[str | None, str | None]] = []
    connection.add_notice_handler(lambda notice: said.append((notice.sqlstate, notice.message_primary)))
    connection.execute(sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS a int").format(table))
    connection.execute(sql.SQL("ALTER TABLE {} DROP COLUMN IF EXISTS z").format(table))
    connection.execute("ALTER TABLE IF EXISTS nowhere ADD COLUMN z int")
    relation = f"of relation {table.as_string()}"
    assert said == [
        ("42701", f'column "a" {relation} already exists, skipping'),
        ("00000", f'column "z" {relation} does not exist, skipping'),
        ("00000", 'relation "nowhere" does not exist, skipping'),
    ]


def test_psql_describes_the_table_as_it_is(
    server: Server, connection: psycopg.Connection[Row], table: sql.Identifier
) -> None:
    connection.execute(
        sql.SQL("ALTER TABLE {} DROP COLUMN a, ALTER b TYPE bigint, ALTER b SET NOT NULL, "
                "ADD COLUMN c text DEFAULT 'x'").format(table)
    )  # fmt: skip
    command = ["psql", server.url, "-X", "-A", "-t", "-c", f"\\d {table.as_string()}"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[:3] == ["id|integer||not null|", "b|bigint||not null|", "c|text|||'x'::text"]
