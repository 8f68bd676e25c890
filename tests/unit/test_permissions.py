"""Wherever a table can stand in a statement, who may not read it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vql
from vql.errors import Error, NotSupportedError

# What reads or changes the table `hidden`, which the role may not; it may do everything with `own`.
STATEMENTS = """
    TABLE hidden
    SELECT 1 FROM hidden
    SELECT count(*) FROM hidden
    SELECT h.* FROM hidden h
    SELECT hidden FROM hidden
    SELECT id FROM public.hidden
    SELECT id FROM hidden ORDER BY vec <-> '[1,1]' LIMIT 1
    SELECT id FROM hidden ORDER BY l2(vec, [1,1]) LIMIT 1 WHERE id > 0
    SELECT id FROM hidden AS OF VERSION {version}
    SELECT id FROM hidden AS OF VERSION {version} AS past
    SELECT o.id FROM own o JOIN hidden AS OF VERSION {version} AS h ON h.id = o.id
    SELECT id FROM hidden FOR SYSTEM_TIME AS OF now()
    SELECT (SELECT max(id) FROM hidden)
    SELECT id FROM own WHERE id IN (SELECT id FROM hidden)
    SELECT id FROM own WHERE EXISTS (SELECT 1 FROM hidden h WHERE h.id = own.id)
    SELECT id FROM own WHERE id = ANY (ARRAY(SELECT id FROM hidden))
    SELECT id FROM own ORDER BY (SELECT max(id) FROM hidden)
    SELECT id FROM own LIMIT (SELECT count(*) FROM hidden)
    SELECT id FROM own GROUP BY id HAVING id > (SELECT min(id) FROM hidden)
    SELECT * FROM own, hidden
    SELECT * FROM own LEFT JOIN hidden USING (id)
    SELECT * FROM own NATURAL JOIN hidden
    SELECT * FROM own o, LATERAL (SELECT * FROM hidden h WHERE h.id = o.id) x
    SELECT * FROM (SELECT * FROM hidden) x
    SELECT * FROM generate_series(1, (SELECT max(id) FROM hidden)) s
    WITH x AS (SELECT * FROM hidden) SELECT 1 FROM x
    WITH x AS (SELECT 1) SELECT * FROM x, hidden
    WITH hidden2 AS (SELECT 1), x AS (SELECT * FROM hidden) SELECT 1
    WITH RECURSIVE r AS (SELECT 1 AS id UNION SELECT h.id FROM hidden h, r) SELECT * FROM r
    SELECT id FROM own UNION SELECT id FROM hidden
    VALUES ((SELECT max(id) FROM hidden))
    SELECT sum(id) OVER (ORDER BY (SELECT 1 FROM hidden)) FROM own
    SELECT id FROM hidden FOR UPDATE
    SELECT * FROM hidden_view
    SELECT * FROM view_of_view
    INSERT INTO hidden (id) VALUES (9)
    INSERT INTO own (id) SELECT id FROM hidden
    INSERT INTO own (id) VALUES ((SELECT max(id) + 100 FROM hidden))
    INSERT INTO own (id) VALUES (50) RETURNING (SELECT max(id) FROM hidden)
    INSERT INTO own (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = (SELECT max(id) FROM hidden)
    UPDATE hidden SET id = 5
    UPDATE own SET id = 5 WHERE id IN (SELECT id FROM hidden)
    UPDATE own SET id = h.id FROM hidden h WHERE h.id = own.id
    UPDATE own SET id = (SELECT max(id) FROM hidden) WHERE id = 1
    DELETE FROM hidden
    DELETE FROM own USING hidden WHERE hidden.id = own.id
    DELETE FROM own WHERE id = (SELECT max(id) FROM hidden)
    EXPLAIN SELECT * FROM hidden
    EXPLAIN ANALYZE SELECT * FROM hidden
    EXPLAIN (ANALYZE, RECALL) SELECT id FROM hidden ORDER BY vec <-> '[1,1]' LIMIT 1
    CREATE TABLE stolen AS SELECT * FROM hidden
    SELECT * INTO stolen FROM hidden
    CREATE VIEW stolen AS SELECT * FROM hidden
    CREATE TABLE stolen (LIKE hidden)
    CREATE TABLE stolen (id int REFERENCES hidden)
    CREATE TABLE kept_out.stolen (id int)
    SELECT * FROM kept_out.secret
    SELECT * FROM kept_out.nothing
    CREATE INDEX ON hidden (id)
    CREATE UNIQUE INDEX ON hidden (id)
    ALTER TABLE hidden ADD COLUMN x int
    ALTER TABLE hidden RENAME TO mine
    ALTER TABLE hidden OWNER TO CURRENT_USER
    ALTER TABLE own OWNER TO other
    ALTER VIEW hidden_view RENAME TO mine
    ALTER SCHEMA kept_out RENAME TO mine
    ALTER SEQUENCE hidden_numbers RESTART
    ALTER INDEX hidden_pkey RENAME TO mine
    ALTER TYPE mood ADD VALUE 'angry'
    DROP TABLE hidden
    DROP VIEW hidden_view
    DROP SEQUENCE hidden_numbers
    DROP TYPE mood
    DROP INDEX hidden_pkey
    DROP SCHEMA kept_out CASCADE
    TRUNCATE hidden
    TRUNCATE own, hidden
    REINDEX TABLE hidden
    CREATE SCHEMA mine
    CREATE SNAPSHOT mine
    SELECT nextval('hidden_numbers')
    SELECT setval('hidden_numbers', 5)
    SELECT rolpassword FROM pg_authid
    SELECT * FROM pg_catalog.pg_shadow
    SELECT id FROM kept
    SELECT kept FROM kept
    SELECT (SELECT max(id) FROM kept AS OF VERSION {version})
    WITH x AS (SELECT * FROM hidden) INSERT INTO own SELECT id + 100 FROM x
    WITH x AS (SELECT * FROM hidden_view) INSERT INTO own SELECT id + 100 FROM x
    WITH x AS (SELECT * FROM kept) UPDATE own SET id = x.id FROM x WHERE x.id = own.id
    WITH x AS (SELECT id FROM view_of_view) DELETE FROM own WHERE id IN (SELECT id FROM x)
    WITH x AS (WITH y AS (SELECT * FROM hidden) SELECT * FROM y) DELETE FROM own USING x
    WITH hidden AS (SELECT * FROM hidden) DELETE FROM own WHERE id IN (SELECT id FROM hidden)
    WITH x AS (SELECT 1) DELETE FROM hidden
    EXPLAIN WITH x AS (SELECT * FROM kept) DELETE FROM own USING x
    SELECT own.id FROM own JOIN hidden USING (id) FOR UPDATE
    SELECT own.id FROM own JOIN hidden USING (id) FOR UPDATE OF own
    SELECT own.id FROM own JOIN kept USING (id) FOR UPDATE OF own
    INSERT INTO hidden_view VALUES (9)
    UPDATE hidden_view SET id = 9
    DELETE FROM hidden_view
    INSERT INTO view_of_others VALUES (9)
    UPDATE view_of_others SET id = 9
    DELETE FROM view_of_others
    DELETE FROM own WHERE id = 1 RETURNING (SELECT max(id) FROM kept)
    SELECT (h).id FROM hidden h
    SELECT to_jsonb(h) FROM hidden h
    UPDATE hidden_parts SET part.a = 1
    CREATE MATERIALIZED VIEW stolen AS SELECT * FROM hidden
    CREATE MATERIALIZED VIEW stolen AS SELECT * FROM kept WITH NO DATA
    CREATE TEMP TABLE stolen AS SELECT * FROM hidden
    CREATE TEMP VIEW stolen AS SELECT * FROM hidden
    SELECT * INTO TEMP stolen FROM kept
    CREATE TABLE stolen (LIKE kept)
    CREATE OR REPLACE VIEW hidden_view AS SELECT 1 AS id
    CREATE SEQUENCE mine OWNED BY hidden.id
    REFRESH MATERIALIZED VIEW kept
    ALTER MATERIALIZED VIEW kept RENAME TO mine
    ALTER MATERIALIZED VIEW kept OWNER TO intruder
    ALTER TABLE kept RENAME TO mine
    ALTER INDEX hidden RENAME TO mine
    ALTER INDEX kept RENAME TO mine
    ALTER SEQUENCE hidden_numbers RENAME TO mine
    ALTER SEQUENCE hidden_numbers OWNER TO intruder
    ALTER TYPE pair ADD ATTRIBUTE c int
    ALTER TYPE pair OWNER TO intruder
    ALTER DOMAIN positive ADD CHECK (VALUE < 9)
    ALTER DOMAIN positive OWNER TO intruder
    DROP MATERIALIZED VIEW kept
    DROP TYPE pair
    DROP DOMAIN positive
    COMMENT ON TABLE hidden IS 'mine'
    COMMENT ON COLUMN kept.id IS 'mine'
    COMMENT ON VIEW hidden_view IS 'mine'
    COMMENT ON MATERIALIZED VIEW kept IS 'mine'
    COMMENT ON INDEX hidden_pkey IS 'mine'
    COMMENT ON SEQUENCE hidden_numbers IS 'mine'
    COMMENT ON TYPE mood IS 'mine'
    COMMENT ON DOMAIN positive IS 'mine'
    COMMENT ON SCHEMA kept_out IS 'mine'
    COMMENT ON CONSTRAINT hidden_pkey ON hidden IS 'mine'
    COMMENT ON DATABASE db IS 'mine'
    COMMENT ON ROLE other IS 'mine'
    COMMENT ON EXTENSION vector IS 'mine'
    GRANT SELECT ON hidden TO intruder
    GRANT other TO intruder
    GRANT vql TO intruder
    ALTER ROLE other PASSWORD 'x'
    ALTER ROLE intruder SUPERUSER
    CREATE ROLE more
    DROP ROLE other
    REASSIGN OWNED BY other TO intruder
    DROP OWNED BY other
    ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT ALL ON TABLES TO intruder
""".strip().splitlines()
SETUP = """
    CREATE TABLE hidden (id int PRIMARY KEY, vec vector(2));
    INSERT INTO hidden VALUES (1, '[1,1]'), (2, '[2,2]');
    CREATE VIEW hidden_view AS SELECT id FROM hidden;
    CREATE TABLE own (id int PRIMARY KEY);
    INSERT INTO own VALUES (1);
    CREATE SEQUENCE hidden_numbers;
    CREATE TYPE mood AS ENUM ('sad');
    CREATE SCHEMA kept_out;
    CREATE TABLE kept_out.secret (id int);
    CREATE ROLE intruder;
    CREATE ROLE other;
    CREATE VIEW view_of_view AS SELECT * FROM hidden_view;
    GRANT SELECT ON view_of_view TO intruder;
    ALTER VIEW view_of_view OWNER TO other;
    CREATE VIEW view_of_others AS SELECT id FROM hidden;
    GRANT ALL ON view_of_others TO intruder;
    ALTER VIEW view_of_others OWNER TO other;
    CREATE MATERIALIZED VIEW kept AS SELECT id FROM hidden;
    CREATE TYPE pair AS (a int, b int);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE hidden_parts (part pair);
    ALTER TABLE own OWNER TO intruder;
    GRANT CREATE ON SCHEMA public TO intruder;
    GRANT SELECT ON kept_out.secret TO intruder
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("permissions") / "db") as opened:
        for sql in SETUP.split(";"):
            opened.execute(sql)
        yield opened


@pytest.mark.parametrize("statement", [statement.strip() for statement in STATEMENTS])
def test_a_role_without_privileges_is_refused(connection: vql.Connection, statement: str) -> None:
    sql = statement.replace("{version}", str(connection.session.snapshot().version))
    connection.execute("SET ROLE intruder")
    try:
        with pytest.raises(Error) as caught:
            connection.execute(sql)
    finally:
        connection.execute("RESET ROLE")
    assert caught.value.sqlstate == "42501", caught.value
    with connection.cursor() as cursor:  # the owner may, where it can be done at all
        assert cursor.execute("SELECT count(*) FROM hidden").fetchone() == (2,)


@pytest.mark.parametrize(
    ("mine", "statement"),
    [
        ("TABLE own.v (id int)", "DROP VIEW v"),
        ("TABLE own.v (id int)", "ALTER VIEW v RENAME TO w"),
        ("TABLE own.v (id int)", "ALTER TABLE v RENAME TO w"),
        ("TABLE own.s (id int)", "DROP SEQUENCE s"),
        ("TABLE own.e (id int)", "DROP TYPE e"),
        ("SEQUENCE own.t_pkey", "ALTER INDEX t_pkey RENAME TO w"),
        ("VIEW own.t AS SELECT 1 AS id", "DROP TABLE t"),
        ("TEMP VIEW v AS SELECT 1 AS id", "CREATE OR REPLACE VIEW v AS SELECT 2 AS id"),
    ],
)
def test_what_is_ones_own_does_not_stand_for_another_of_its_name(
    tmp_path: Path, mine: str, statement: str
) -> None:
    with vql.connect(tmp_path / "db") as opened:
        for sql in (
            "CREATE TABLE t (id int PRIMARY KEY)", "CREATE VIEW v AS SELECT id FROM t", "CREATE SEQUENCE s",
            "CREATE TYPE e AS ENUM ('a')", "CREATE ROLE r", "CREATE SCHEMA own AUTHORIZATION r",
            "GRANT CREATE ON SCHEMA public TO r", "SET ROLE r", f"CREATE {mine}",
            "SET search_path = public, own",
        ):  # fmt: skip
            opened.execute(sql)
        with pytest.raises(Error, match="must be owner of"):
            opened.execute(statement)


def test_a_materialized_view_reads_in_its_owners_name(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as opened:
        for sql in (
            "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "CREATE ROLE r", "GRANT SELECT ON t TO r",
            "GRANT CREATE ON SCHEMA public TO r", "SET ROLE r",
            "CREATE MATERIALIZED VIEW m AS SELECT id FROM t", "RESET ROLE", "REVOKE SELECT ON t FROM r",
            "INSERT INTO t VALUES (2)",
        ):  # fmt: skip
            opened.execute(sql)
        with pytest.raises(Error, match="permission denied for table t"):
            opened.execute("REFRESH MATERIALIZED VIEW m")  # a superuser's rows would become the role's
        assert opened.execute("SELECT id FROM m").fetchall() == [(1,)]


@pytest.mark.parametrize("change", ["UPDATE v SET id = 3", "DELETE FROM v", "INSERT INTO v VALUES (3)"])
def test_policies_are_not_passed_by_through_a_view(tmp_path: Path, change: str) -> None:
    with vql.connect(tmp_path / "db") as opened:
        for sql in (
            "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (2)", "CREATE ROLE r", "CREATE ROLE o",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "CREATE POLICY p ON t USING (id = 1)",
            "GRANT ALL ON t TO o", "CREATE VIEW v AS SELECT id FROM t", "ALTER VIEW v OWNER TO o",
            "GRANT ALL ON v TO r", "SET ROLE r",
        ):  # fmt: skip
            opened.execute(sql)
        assert opened.execute("SELECT id FROM v").fetchall() == [(1,)]
        with pytest.raises(NotSupportedError, match="row security"):
            opened.execute(change)


def test_a_table_of_the_past_is_read_by_who_may_now(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as opened:
        for sql in (
            "CREATE TABLE t (id int)",
            "INSERT INTO t VALUES (1)",
            "CREATE ROLE r",
            "GRANT SELECT ON t TO r",
        ):
            opened.execute(sql)
        version = opened.session.snapshot().version
        opened.execute("REVOKE SELECT ON t FROM r")
        opened.execute("SET ROLE r")
        for sql in (f"SELECT * FROM t AS OF VERSION {version}", "SELECT * FROM t"):
            with pytest.raises(Error, match="permission denied for table t"):
                opened.execute(sql)
        opened.execute("RESET ROLE")
        opened.execute("TRUNCATE t")  # another table, of the name
        opened.execute("SET ROLE r")
        with pytest.raises(Error, match="permission denied for table t"):
            opened.execute(f"SELECT * FROM t AS OF VERSION {version}")


def run(opened: vql.Connection, *statements: str) -> None:
    for sql in statements:
        opened.execute(sql)


@pytest.mark.parametrize("policy", [False, True])
def test_a_table_that_is_gone_is_not_read_by_who_takes_its_name(tmp_path: Path, policy: bool) -> None:
    with vql.connect(tmp_path / "db") as opened:
        run(opened, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)", "CREATE ROLE r")
        run(opened, "GRANT CREATE ON SCHEMA public TO r")
        if policy:
            run(opened, "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "GRANT SELECT ON t TO r")
        past = f"SELECT * FROM t AS OF VERSION {opened.session.snapshot().version}"
        run(opened, "DROP TABLE t", "SET ROLE r")
        with pytest.raises(Error, match="permission denied for table t"):
            opened.execute(past)
        run(opened, "CREATE TABLE t (id int)")
        if policy:
            assert opened.execute(past).fetchall() == []
        else:
            with pytest.raises(Error, match="permission denied for table t"):
                opened.execute(past)
        run(opened, "RESET ROLE")
        assert opened.execute(past).fetchall() == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET id = z.s FROM LATERAL (SELECT t.secret AS s) z RETURNING t.id",
        "UPDATE t SET id = z.s FROM (SELECT t.secret AS s) z",
        "DELETE FROM t USING LATERAL (SELECT t.secret AS s) z WHERE z.s = 42",
        "DELETE FROM t USING LATERAL generate_series(1, t.secret) s WHERE t.id = s",
    ],
)
def test_the_other_tables_of_a_change_do_not_see_the_changed_one(tmp_path: Path, sql: str) -> None:
    with vql.connect(tmp_path / "db") as opened:
        run(opened, "CREATE TABLE t (id int PRIMARY KEY, secret int)", "INSERT INTO t VALUES (1, 42)")
        with pytest.raises(Error) as caught:
            opened.execute(sql)
        assert caught.value.sqlstate == "42P01"


def test_an_error_shows_no_row_that_is_hidden(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as opened:
        run(
            opened,
            "CREATE TABLE t (id int PRIMARY KEY, secret int, a int CHECK (a < 100))",
            "INSERT INTO t VALUES (1, 777, 1)",
            "CREATE ROLE r",
            "GRANT ALL ON t TO r",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY u ON t FOR UPDATE USING (true)",
            "CREATE POLICY s ON t FOR SELECT USING (false)",
            "SET ROLE r",
        )
        with pytest.raises(Error) as caught:
            opened.execute("UPDATE t SET a = 500")
        assert caught.value.sqlstate == "23514" and caught.value.detail is None


def test_a_role_that_was_set_is_no_other_of_its_name(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as opened, vql.connect(tmp_path / "db") as other:
        run(opened, "CREATE TABLE t (id int)", "CREATE ROLE r", "SET ROLE r")
        run(other, "DROP ROLE r", "CREATE ROLE r SUPERUSER")
        with pytest.raises(Error, match='role "r" does not exist'):
            opened.execute("SELECT * FROM t")
        run(opened, "RESET ROLE", "SET ROLE r")
        assert opened.execute("SELECT * FROM t").fetchall() == []


def test_a_moment_of_a_block_is_looked_at_by_each_statement(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as owner, vql.connect(tmp_path / "db") as reader:
        for sql in (
            "CREATE TABLE t (id int)",
            "INSERT INTO t VALUES (1)",
            "CREATE ROLE r",
            "GRANT SELECT ON t TO r",
        ):
            owner.execute(sql)
        reader.execute("SET ROLE r")
        reader.execute("BEGIN AS OF now()")
        assert reader.execute("SELECT id FROM t").fetchall() == [(1,)]
        owner.execute("REVOKE SELECT ON t FROM r")
        with pytest.raises(Error, match="permission denied for table t"):
            reader.execute("SELECT id FROM t")


def test_rows_are_put_in_by_columns_only_where_that_may_be(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as opened:
        for sql in (
            "CREATE TABLE t (id int, x int)",
            "CREATE ROLE r",
            "GRANT INSERT (id) ON t TO r",
            "SET ROLE r",
        ):
            opened.execute(sql)
        assert opened.insert("t", {"id": [1, 2]}) == 2
        with pytest.raises(Error, match="permission denied for table t"):
            opened.insert("t", {"id": [3], "x": [3]})


# ------------------------------------------------------------------ row security


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[vql.Connection]:
    """Items of two tenants; a role that sees those of the first."""
    with vql.connect(tmp_path / "db") as opened:
        opened.execute("CREATE TABLE items (id int PRIMARY KEY, tenant int, word text, vec vector(4))")
        random = np.random.default_rng(1)
        rows = 3_000
        opened.insert("items", {
            "id": np.arange(rows), "tenant": np.arange(rows) % 2 + 1, "word": ["w"] * rows,
            "vec": random.random((rows, 4), np.float32),
        })  # fmt: skip
        for sql in (
            "CREATE INDEX ON items USING hnsw (vec vector_l2_ops)",
            "VACUUM items",
            "CREATE ROLE tenant_one",
            "GRANT ALL ON items TO tenant_one",
            "CREATE POLICY own ON items USING (tenant = 1)",
            "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
        ):
            opened.execute(sql)
        yield opened


def test_policies_are_a_mask_of_a_vector_search(tenants: vql.Connection) -> None:
    nearest = "ORDER BY vec <-> '[0.5,0.5,0.5,0.5]' LIMIT 10"
    by_hand = f"SELECT id FROM items WHERE tenant = 1 {nearest}"
    plan = tenants.execute(f"EXPLAIN {by_hand}").fetchall()
    rows = tenants.execute(by_hand).fetchall()
    with_word = tenants.execute(
        f"EXPLAIN SELECT id FROM items WHERE tenant = 1 AND word = 'w' {nearest}"
    ).fetchall()
    tenants.execute("SET ROLE tenant_one")
    assert tenants.execute(f"EXPLAIN SELECT id FROM items {nearest}").fetchall() == plan
    assert tenants.execute(f"SELECT id FROM items {nearest}").fetchall() == rows
    found = tenants.execute(f"EXPLAIN SELECT id FROM items WHERE word = 'w' {nearest}").fetchall()
    assert found == with_word


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT tenant FROM items ORDER BY vec <-> '[0,0,0,0]' LIMIT 20",
        "SELECT tenant FROM items WHERE lower(word) = 'w' ORDER BY vec <-> '[0,0,0,0]' LIMIT 20",
        "SELECT tenant FROM items AS OF VERSION {version} ORDER BY l2(vec, [0,0,0,0]) LIMIT 20",
        "SELECT a.tenant FROM items AS OF VERSION {version} AS a JOIN items b USING (id)",
        "SELECT tenant FROM (SELECT * FROM items ORDER BY vec <-> '[0,0,0,0]' LIMIT 20) x",
        "WITH x AS (SELECT * FROM items ORDER BY vec <-> '[0,0,0,0]' LIMIT 20) SELECT tenant FROM x",
        "SELECT i.tenant FROM (VALUES ('[0,0,0,0]'::vector)) q(v),"
        " LATERAL (SELECT * FROM items ORDER BY vec <-> q.v LIMIT 20) i",
        "SELECT tenant FROM items WHERE vec <-> '[0,0,0,0]' < 3",
        "SELECT tenant FROM items GROUP BY tenant",
        "SELECT DISTINCT tenant FROM items",
        "SELECT min(tenant) FROM items UNION SELECT max(tenant) FROM items",
        "SELECT tenant FROM items WHERE id = ANY ('{1,2,3}'::int[])",
        "SELECT tenant FROM items WHERE id IN (SELECT id + 1 FROM items)",
        "SELECT tenant FROM items ORDER BY id LIMIT 5 OFFSET 3",
        "SELECT tenant FROM items ORDER BY vec <-> '[0,0,0,0]' LIMIT 2 PER word",
        "UPDATE items SET word = 'x' RETURNING tenant",
        "UPDATE items i SET word = j.word FROM items j WHERE i.id = j.id + 1 RETURNING i.tenant",
        "DELETE FROM items WHERE id < 100 RETURNING tenant",
        "DELETE FROM items i USING items j WHERE i.id = j.id RETURNING i.tenant",
        "INSERT INTO items (id, tenant) SELECT id + 10000, tenant FROM items RETURNING tenant",
    ],
)
def test_no_row_of_others_is_seen(tenants: vql.Connection, sql: str) -> None:
    sql = sql.replace("{version}", str(tenants.session.snapshot().version))
    tenants.execute("SET ROLE tenant_one")
    try:
        found = {row[0] for row in tenants.execute(sql).fetchall()}
    except NotSupportedError:
        pytest.skip("not there, with or without policies")
    assert found in ({1}, set()) and (found or "SELECT id + 1" in sql or "j.id + 1" in sql)
    tenants.execute("RESET ROLE")
    assert tenants.execute("SELECT count(*) FROM items WHERE tenant = 2").fetchone() == (1_500,)
    assert tenants.execute("SELECT count(*) FROM items WHERE tenant = 2 AND word = 'w'").fetchone() == (
        1_500,
    )


def test_rows_of_others_are_not_written(tenants: vql.Connection) -> None:
    tenants.execute("SET ROLE tenant_one")
    for run in (
        lambda: tenants.execute("INSERT INTO items (id, tenant) VALUES (9000, 2)"),
        lambda: tenants.execute("UPDATE items SET tenant = 2 WHERE id = 0"),
        lambda: tenants.insert("items", {"id": [9001, 9002], "tenant": [1, 2]}),
        lambda: tenants.executemany("INSERT INTO items (id, tenant) VALUES (?, ?)", [(9003, 1), (9004, 2)]),
    ):
        with pytest.raises(Error, match="new row violates row-level security policy"):
            run()
        tenants.rollback()
    assert tenants.insert("items", {"id": [9001, 9002], "tenant": [1, 1]}) == 2


def test_a_policy_that_comes_later_holds_for_kept_statements(tenants: vql.Connection) -> None:
    tenants.execute("ALTER TABLE items DISABLE ROW LEVEL SECURITY")
    tenants.execute("SET ROLE tenant_one")
    for _ in range(3):
        assert tenants.execute("SELECT count(*) FROM items").fetchone() == (3_000,)
    tenants.execute("RESET ROLE")
    tenants.execute("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    tenants.execute("SET ROLE tenant_one")
    assert tenants.execute("SELECT count(*) FROM items").fetchone() == (1_500,)
    tenants.execute("RESET ROLE")
    assert tenants.execute("SELECT count(*) FROM items").fetchone() == (3_000,)


def test_a_policy_asks_for_a_setting_each_time(tenants: vql.Connection) -> None:
    tenants.execute("DROP POLICY own ON items")
    tenants.execute("CREATE POLICY own ON items USING (tenant = current_setting('app.tenant')::int)")
    tenants.execute("SET ROLE tenant_one")
    for tenant in (1, 2, 1):
        tenants.execute(f"SET app.tenant = '{tenant}'")
        nearest = "SELECT tenant FROM items ORDER BY vec <-> '[0,0,0,0]' LIMIT 3"
        assert tenants.execute(nearest).fetchall() == [(tenant,)] * 3
        assert tenants.execute("SELECT count(*), min(tenant) FROM items").fetchone() == (1_500, tenant)
