"""SECURITY.md by hostile statements: columns that a role may not read stay unread by whatever way, errors
show none of their values, and no function of the engine inside is reached from anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import vql

# `bob` may read and write id and open of `t`, and no more of it.
READS_SECRET = """
    SELECT * FROM t
    SELECT t FROM t
    SELECT t.*::text FROM t
    SELECT row(t.*) FROM t
    SELECT to_jsonb(t) FROM t
    SELECT count(t) FROM t
    SELECT count(t.secret) FROM t
    SELECT id FROM t WHERE secret LIKE 'h%'
    SELECT id FROM t ORDER BY secret
    SELECT id FROM t GROUP BY id HAVING max(secret) > 'a'
    SELECT max(secret) OVER () FROM t
    SELECT a.id FROM t a JOIN t b USING (secret)
    SELECT a.id FROM t a NATURAL JOIN t b
    SELECT x.c FROM t x(a, b, c)
    SELECT s FROM (SELECT t AS s FROM t) q
    SELECT ARRAY(SELECT secret FROM t)
    WITH c AS (SELECT * FROM t) SELECT id FROM c
    INSERT INTO t (id, open) VALUES (5, 30) RETURNING secret
    INSERT INTO t (id, open) VALUES (5, 30) RETURNING *
    INSERT INTO t (id, open) VALUES (5, 30) RETURNING t
    INSERT INTO t (id, open, secret) VALUES (8, 30, 'x')
    INSERT INTO t (id, open) SELECT 50, length(secret) FROM t
    INSERT INTO t (id, open) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET open = 6 WHERE t.secret = 'x'
    INSERT INTO t (id, open) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET open = length(excluded.secret)
    INSERT INTO t (id, open) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET secret = 'x'
    UPDATE t SET open = 1 WHERE secret = 'x'
    UPDATE t SET open = length(secret)
    UPDATE t SET secret = 'y'
    UPDATE t SET (open, secret) = (1, 'x')
    UPDATE t SET open = 1 RETURNING old.secret
    UPDATE t SET open = 1 RETURNING new.*
    UPDATE t x SET open = length(y.secret) FROM t y WHERE x.id = y.id
    DELETE FROM t WHERE secret = 'x'
    DELETE FROM t RETURNING secret
    MERGE INTO t USING (VALUES (1)) s(i) ON t.secret = 'hidden one' WHEN MATCHED THEN UPDATE SET open = 1
    MERGE INTO t USING (VALUES (1)) s(i) ON t.id = i WHEN MATCHED AND t.secret = 'x' THEN DELETE
    MERGE INTO t USING (VALUES (1)) s(i) ON t.id = i WHEN MATCHED THEN UPDATE SET open = length(t.secret)
    MERGE INTO t USING (VALUES (1)) s(i) ON t.id = i WHEN MATCHED THEN UPDATE SET open = 3 RETURNING t.secret
    EXPLAIN SELECT secret FROM t
    EXPLAIN ANALYZE UPDATE t SET open = length(secret)
    PREPARE p AS SELECT secret FROM t
    CREATE VIEW own.v AS SELECT secret FROM t
    CREATE TABLE own.stolen AS SELECT * FROM t
    CREATE MATERIALIZED VIEW own.m AS SELECT secret FROM t
    TRUNCATE t
    CREATE INDEX ON t (secret)
    ALTER TABLE t ADD COLUMN x int
"""
FAILS_ON_A_ROW = """
    INSERT INTO t (id, open) VALUES (2, -1)
    UPDATE t SET open = -5
    INSERT INTO t (id, open) VALUES (1, 1)
    INSERT INTO t (id, open) VALUES (3, 1)
    UPDATE t SET id = NULL
    DELETE FROM parent
    UPDATE parent SET id = 9
"""
# In every place an expression or a relation can stand in.
READS_A_FILE = """
    SELECT read_text('/etc/passwd')
    SELECT "read_text"('/etc/passwd')
    SELECT Read_Text ('/etc/passwd')
    SELECT main.read_text('/etc/passwd')
    SELECT system.main.read_text('/etc/passwd')
    SELECT pg_catalog."read_text"('/etc/passwd')
    SELECT * FROM read_csv('/etc/passwd')
    SELECT * FROM LATERAL read_blob('/etc/passwd') x
    SELECT * FROM ROWS FROM (read_csv('/etc/passwd')) x
    SELECT * FROM "/etc/passwd"
    SELECT * FROM 'file.csv'
    SELECT * FROM glob('/*')
    SELECT * FROM duckdb_settings()
    SELECT * FROM query('SELECT 1')
    SELECT getenv('HOME')
    SELECT pg_read_file('/etc/passwd')
    SELECT lo_import('/etc/passwd')
    SELECT * FROM dblink('x', 'SELECT 1') AS x(a int)
    COPY (SELECT read_text('/etc/passwd')) TO STDOUT
    COPY own.t FROM PROGRAM 'id'
    INSERT INTO own.t VALUES (read_text('/etc/passwd'))
    INSERT INTO own.t VALUES ('a') RETURNING read_text('/etc/passwd')
    UPDATE own.t SET a = read_text('/etc/passwd')
    DELETE FROM own.t WHERE read_text('/etc/passwd') IS NOT NULL
    MERGE INTO own.t USING (SELECT read_text('/etc/passwd') x) s ON a = x WHEN MATCHED THEN DELETE
    PREPARE p AS SELECT read_text('/etc/passwd')
    DECLARE c CURSOR WITH HOLD FOR SELECT * FROM read_csv('/etc/passwd')
    CREATE VIEW own.v AS SELECT read_text('/etc/passwd')
    CREATE TABLE own.d (a text DEFAULT read_text('/etc/passwd'))
    CREATE TABLE own.d (a text CHECK (read_text(a) IS NOT NULL))
    CREATE TABLE own.d (a text, b text GENERATED ALWAYS AS (read_text(a)) STORED)
    CREATE DOMAIN own.d AS text CHECK (read_text(value) IS NOT NULL)
    CREATE DOMAIN own.d AS text DEFAULT read_text('/etc/passwd')
    CREATE INDEX ON own.t (read_text(a))
    CREATE INDEX ON own.t (a) WHERE read_text(a) IS NOT NULL
    CREATE POLICY p ON own.t USING (read_text(a) IS NOT NULL)
    ALTER TABLE own.t ADD COLUMN b text DEFAULT read_text('/etc/passwd')
    ALTER TABLE own.t ALTER COLUMN a SET DEFAULT read_text('/etc/passwd')
    ALTER TABLE own.t ALTER COLUMN a TYPE text USING read_text('/etc/passwd')
"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.fixture(scope="module")
def bob(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("hostile") / "db") as connection:
        for statement in (
            "CREATE ROLE bob",
            "CREATE SCHEMA own AUTHORIZATION bob",
            "CREATE TABLE parent (id int PRIMARY KEY)",
            "INSERT INTO parent VALUES (1)",
            "CREATE TABLE t (id int PRIMARY KEY, open int CHECK (open > 0),"
            " secret text NOT NULL UNIQUE DEFAULT 'hidden key', p int REFERENCES parent)",
            "INSERT INTO t VALUES (1, 10, 'hidden one', 1), (7, 20, 'hidden key', 1)",
            "GRANT SELECT (id, open), INSERT (id, open), UPDATE (id, open), DELETE ON t TO bob",
            "GRANT UPDATE, DELETE ON parent TO bob",
            "SET ROLE bob",
            "CREATE TABLE own.t (a text)",
            "INSERT INTO own.t VALUES ('x')",
        ):
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize("statement", lines(READS_SECRET))
def test_a_column_that_may_not_be_read_stays_unread(bob: vql.Connection, statement: str) -> None:
    with pytest.raises(vql.Error) as refused:
        bob.execute(statement)
    assert refused.value.sqlstate == "42501"


@pytest.mark.parametrize("statement", lines(FAILS_ON_A_ROW))
def test_an_error_shows_no_column_that_may_not_be_read(bob: vql.Connection, statement: str) -> None:
    with pytest.raises(vql.Error) as failed:
        bob.execute(statement)
    assert str(failed.value.sqlstate).startswith("23")
    assert "hidden" not in f"{failed.value} {failed.value.detail} {failed.value.hint}"


@pytest.mark.parametrize("statement", lines(READS_A_FILE))
@pytest.mark.parametrize("role", ["bob", "none"])
def test_nothing_of_the_machine_is_reached(bob: vql.Connection, role: str, statement: str) -> None:
    bob.execute(f"SET ROLE {role}")
    try:
        with pytest.raises(vql.Error) as refused:
            bob.execute(statement)
    finally:
        bob.rollback()
        bob.execute("SET ROLE bob")
    assert refused.value.sqlstate in ("42883", "42P01", "42601", "3F000", "0A000"), refused.value


@pytest.mark.parametrize("statement", ["COPY own.t FROM '/etc/passwd'", "COPY own.t TO '/tmp/x'"])
def test_files_are_of_superusers_alone(bob: vql.Connection, statement: str) -> None:
    with pytest.raises(vql.Error) as refused:
        bob.execute(statement)
    assert refused.value.sqlstate == "42501"
