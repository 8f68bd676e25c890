"""What vql dump has written is taken by a PostgreSQL with pgvector, but for clauses of ours."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from contextlib import redirect_stdout

import judge
import pytest

import vql
from vql.shell.main import main

MADE = [
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE DOMAIN price AS numeric(10, 2) CHECK (value > 0)",
    "CREATE SCHEMA shop",
    "CREATE TABLE makers (id serial PRIMARY KEY, name varchar(20) UNIQUE, m mood DEFAULT 'ok')",
    "CREATE TABLE shop.items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "maker int REFERENCES makers, p price, twice numeric GENERATED ALWAYS AS (p * 2) STORED, v vector(3), "
    "h halfvec(2), s sparsevec(5), tags text[], j jsonb, b bytea, r int4range, at timestamptz)",
    "CREATE INDEX ON shop.items USING hnsw (v vector_l2_ops) WITH (m = 8)",
    "CREATE INDEX ON shop.items (p DESC NULLS LAST) WHERE p > 10",
    "CREATE VIEW shown AS SELECT i.id, m.name FROM shop.items i JOIN makers m ON m.id = i.maker",
    "CREATE MATERIALIZED VIEW counted AS SELECT maker, count(*) AS n FROM shop.items GROUP BY maker",
    "CREATE FUNCTION plus(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + b",
    "CREATE ROLE vql_dumped",
    "GRANT SELECT ON makers TO vql_dumped",
    "ALTER TABLE makers ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON makers TO vql_dumped USING (id > 1)",
    "COMMENT ON COLUMN makers.name IS 'it''s its name'",
    r"INSERT INTO makers (name) VALUES ('acme'), (E'tab\tand\nnewline')",
    "INSERT INTO shop.items (maker, p, v, h, s, tags, j, b, r, at) VALUES (1, 9.99, '[1,2,3]', '[1,2]', "
    r"""'{1:3}/5', '{a,NULL}', '{"k": 1}', '\x00ff', '[1,5)', '2020-01-01 10:00+02')""",
    "INSERT INTO shop.items (maker) VALUES (NULL)",
    "REFRESH MATERIALIZED VIEW counted",
]
ASKED = [
    "SELECT * FROM makers ORDER BY id",
    "SELECT id, maker, p, twice, v::text, h::text, s::text, tags FROM shop.items ORDER BY id",
    "SELECT j::text, b::text, r::text, at = '2020-01-01 08:00+00' FROM shop.items ORDER BY id",
    "SELECT * FROM shown",
    "SELECT * FROM counted ORDER BY 1",
    "SELECT plus(1)",
    "SELECT nextval('makers_id_seq')",
    "SELECT col_description('makers'::regclass, 2)",
]


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_postgres_takes_a_dump(postgres_uri, tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        for statement in MADE:
            connection.execute(statement)
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out):
        assert main(["dump", str(tmp_path / "db")]) == 0
    text = out.buffer.getvalue()
    with judge.connected(postgres_uri) as connection:
        connection.execute("CREATE DATABASE vql_dump_taken")
        uri = postgres_uri.replace("/postgres?", "/vql_dump_taken?")
        try:
            words = ["psql", uri, "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.devnull]
            done = subprocess.run(words, input=text, capture_output=True, timeout=100)
            assert (done.returncode, done.stderr.decode()) == (0, "")
            with judge.connected(uri) as taken, vql.connect(tmp_path / "db") as ours:
                for question in ASKED:
                    right = [list(map(str, row)) for row in taken.execute(question).fetchall()]
                    assert [list(map(str, row)) for row in ours.execute(question).fetchall()] == right
        finally:
            connection.execute("DROP DATABASE vql_dump_taken WITH (FORCE)")
            connection.execute("DROP ROLE IF EXISTS vql_dumped")
