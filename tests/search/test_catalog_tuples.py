"""Queries of the system catalog give what DuckDB gives of it, and look at the one relation they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import vql
from vql.executor.bridge.catalog import catalog
from vql.language.analyze.catalog_columns import COLUMNS, NARROWING, UNFOLLOWED
from vql.session.statements.relations import Relations

OBJECTS = (
    "CREATE SCHEMA s1",
    "CREATE TYPE mood AS ENUM ('a', 'b')",
    "CREATE DOMAIN positive AS int CHECK (value > 0)",
    "CREATE TYPE pair AS (a int, b text)",
    "CREATE EXTENSION citext",
    "CREATE TABLE t1 (id serial PRIMARY KEY, a int NOT NULL DEFAULT 3, b text UNIQUE, c mood, d positive,"
    " e pair, v vector(3), list int[], f citext, CHECK (a > 0))",
    "CREATE TABLE s1.t2 (id int PRIMARY KEY, t int REFERENCES t1 (id), g int GENERATED ALWAYS AS (1) STORED)",
    "CREATE VIEW v1 AS SELECT id, b FROM t1",
    "CREATE SEQUENCE sq",
    "CREATE INDEX ix ON t1 (a DESC, (lower(b))) WHERE a > 1",
    "CREATE INDEX ON t1 USING hnsw (v vector_l2_ops)",
    "COMMENT ON COLUMN t1.a IS 'col'",
    "CREATE ROLE r1",
    "GRANT SELECT ON t1 TO r1",
)
NAMES = (
    "t1",
    "t2",
    "v1",
    "sq",
    "ix",
    "t1_pkey",
    "pair",
    "mood",
    "_mood",
    "_t1",
    "positive",
    "nothing",
    "vector",
)
KEYS = [key for key in COLUMNS if key not in UNFOLLOWED and not key.startswith("vql_")]
QUERIES = (
    *(f"SELECT * FROM {key}" for key in KEYS),
    *(
        f"SELECT * FROM {key} WHERE {column} = '{name}'"
        for key, columns in NARROWING.items()
        for column in columns
        for name in NAMES
        if not column.endswith("id") and column != "ev_class"
    ),
    *(
        f"SELECT * FROM {key} WHERE {column} IN (SELECT oid FROM pg_class UNION SELECT oid FROM pg_type)"
        for key, columns in NARROWING.items()
        for column in columns
        if column.endswith("id") or column == "ev_class"
    ),
    *(
        f"SELECT * FROM {key} WHERE {columns[0]} IN ('t1'::regclass, 's1.t2'::regclass, 'ix'::regclass)"
        for key, columns in NARROWING.items()
        if columns[0].endswith("id")
    ),
    "SELECT oid, oid::regtype, oid::regtype::text, format_type(oid, NULL) FROM pg_type",
    "SELECT typarray::regtype FROM pg_type WHERE typarray <> 0",
    "SELECT oid::regclass, pg_get_indexdef(oid) FROM pg_class WHERE relname ~ '^(ix)$'",
    "SELECT pg_get_constraintdef(oid), conrelid::regclass, conkey, confkey FROM pg_constraint",
    "SELECT indrelid::regclass, indkey, indkey[0], indoption, pg_get_indexdef(indexrelid) FROM pg_index",
    "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
    " AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 't1'::regclass",
    "SELECT c2.relname, contype, pg_get_constraintdef(con.oid) FROM pg_class c, pg_class c2, pg_index i"
    " LEFT JOIN pg_constraint con ON conrelid = i.indrelid AND conindid = i.indexrelid"
    " WHERE c.oid = 't1'::regclass AND c.oid = i.indrelid AND i.indexrelid = c2.oid",
    "SELECT n.nspname, count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace GROUP BY 1",
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    connection = vql.connect(tmp_path_factory.mktemp("catalog") / "db")
    for statement in OBJECTS:
        connection.execute(statement)
    yield connection
    connection.close()


def rows(connection: vql.Connection, query: str) -> list[str]:
    """Return rows as texts, in an order of theirs."""

    def shown(cell: Any) -> str:
        return str([str(item) for item in cell]) if isinstance(cell, list) else str(cell)

    return sorted(str([shown(cell) for cell in row]) for row in connection.execute(query).fetchall())


def test_the_catalog_is_what_duckdb_has_of_it(database: vql.Connection, monkeypatch: pytest.MonkeyPatch):
    ours = [rows(database, query) for query in QUERIES]
    monkeypatch.setattr(Relations, "tuples", lambda *given, **named: None)
    for query, found in zip(QUERIES, ours, strict=True):
        assert found == rows(database, query), query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 FROM pg_class WHERE relname = 't7'",
        "SELECT attname FROM pg_attribute WHERE attrelid = 't7'::regclass",
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relname = 't7' AND pg_table_is_visible(c.oid)",
        "SELECT a.attname, d.adbin FROM pg_namespace n, pg_class c, pg_attribute a LEFT JOIN pg_attrdef d"
        " ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE n.oid = c.relnamespace"
        " AND a.attrelid = c.oid AND c.relname = 't7'",
        "SELECT typname FROM pg_type WHERE oid = 't7'::regtype",
        "SELECT column_name FROM information_schema.columns WHERE table_name = 't7'",
    ],
)
def test_one_table_is_looked_at(tmp_path: Any, query: str, monkeypatch: pytest.MonkeyPatch):
    seen: list[int] = []
    make = catalog.rows_of

    def counted(name: str, snapshot: Any, session: Any) -> Any:
        seen.append(len(snapshot.tables))
        return make(name, snapshot, session)

    monkeypatch.setattr(catalog, "rows_of", counted)
    with vql.connect(tmp_path / "db") as connection:
        for number in range(30):
            connection.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY, a int DEFAULT 1)")
        assert connection.execute(query).fetchall()
        tables = [count for count in seen if count > 1]
        # Schemas are few, and looked at as they are.
        assert len(tables) <= ("pg_namespace" in query)
