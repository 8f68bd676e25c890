"""Functions are those that are declared, in any spelling and place; nothing else of DuckDB is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import vql
from vql.errors import Error
from vql.functions.declare import FUNCTIONS
from vql.functions.library import load_families
from vql.functions.system.keywords import SQL_JSON
from vql.language.analyze.expressions import CHOICES
from vql.types.type import type_named

SPELLINGS = (
    'SELECT "{name}"(1)', 'SELECT "{upper}"(1)', 'SELECT pg_catalog."{name}"(1)', 'SELECT * FROM "{name}"(1)',
    'SELECT 1 WHERE 1 IN (SELECT "{name}"(1))', 'SELECT * FROM (SELECT 1) a, LATERAL "{name}"(1) b',
    'SELECT CASE WHEN true THEN array["{name}"(1)] END', 'SELECT sum(1) OVER (ORDER BY "{name}"(1))',
)  # fmt: skip
# What reaches out of the database or into the engine, and what would end a worker.
DANGEROUS = (
    "query", "query_table", "duckdb_settings", "read_text", "read_csv", "glob", "getenv", "getvariable",
    "json_execute_serialized_sql", "json_serialize_sql", "pragma_database_list", "write_log", "checkpoint",
    "enable_logging", "current_setting_", "sniff_csv", "python_map_function", "test_all_types",
)  # fmt: skip


def all_functions() -> list[str]:
    """Return every name that DuckDB has a function by, operators left out."""
    found = duckdb.connect().execute("SELECT DISTINCT function_name FROM duckdb_functions() ORDER BY 1")
    return [name for (name,) in found.fetchall() if name[0].isalpha() or name[0] == "_"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_function_of_duckdb_alone_is_refused(connection: vql.Connection, spelling: str):
    """What nobody declares there is not, however it is written."""
    load_families()
    declared = FUNCTIONS.keys() | CHOICES | SQL_JSON | {"nullif", "grouping"}
    names = [name for name in all_functions() if name not in declared and not is_type(name)]
    assert len(names) > 700
    # Every name in one spelling, and in each of the others another one in so many.
    place = SPELLINGS.index(spelling)
    names = names if place == 0 else sorted({*names[place :: len(SPELLINGS)], *(set(names) & set(DANGEROUS))})
    let_in = []
    for name in names:
        try:
            connection.execute(spelling.format(name=name, upper=name.upper()))
            let_in.append(name)
        except Error as error:
            if error.sqlstate != "42883":
                let_in.append(name)
    assert let_in == []


def is_type(name: str) -> bool:
    """Whether a call of a name is a cast."""
    try:
        type_named(name)
    except Error:
        return False
    return True


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text)")
        connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        yield connection


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_reaches_out_is_refused(connection: vql.Connection, name: str):
    for spelt in (name, f'"{name.upper()}"', f'"{name}"', f"pg_catalog.{name}", f"{name.capitalize()}"):
        for sql in (
            "SELECT {}('/etc/passwd')", "SELECT * FROM {}('select 1')", "SELECT s FROM t WHERE s = {}('x')",
            "UPDATE t SET s = {}('x')", "INSERT INTO t SELECT 3, {}('x')", "DELETE FROM t WHERE s = {}('x')",
            "SELECT x FROM t, LATERAL {}(s) AS x", "SELECT id FROM t ORDER BY {}(s)",
            "CREATE TABLE u AS SELECT {}('x') AS c", "WITH a AS (SELECT {}('x')) SELECT * FROM a",
        ):  # fmt: skip
            with pytest.raises(Error) as refused:
                connection.execute(sql.format(spelt))
            assert refused.value.sqlstate == "42883", (sql.format(spelt), str(refused.value))
            assert str(refused.value).startswith("function ")


def test_other_schemas_have_no_functions(connection: vql.Connection):
    with pytest.raises(Error, match='schema "main" does not exist'):
        connection.execute("SELECT main.upper('x')")
    assert connection.execute("SELECT pg_catalog.upper('x')").fetchone() == ("X",)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH duckdb_databases AS (SELECT * FROM duckdb_databases) SELECT * FROM duckdb_databases",
        'WITH "/etc/passwd" AS (SELECT * FROM "/etc/passwd") SELECT * FROM "/etc/passwd"',
        "WITH a AS (SELECT * FROM sqlite_master), sqlite_master AS (SELECT 1) SELECT * FROM a",
        "SELECT * FROM duckdb_tables",
    ],
)
def test_a_query_sees_its_own_relations_only(connection: vql.Connection, sql: str):
    with pytest.raises(Error) as refused:
        connection.execute(sql)
    assert refused.value.sqlstate == "42P01"


def test_common_tables_are_seen_where_postgres_shows_them(connection: vql.Connection):
    rows = connection.execute(
        "WITH t AS (SELECT id FROM t WHERE id = 1), u AS (SELECT * FROM t) SELECT * FROM u"
    ).fetchall()
    assert rows == [(1,)]
    rows = connection.execute(
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3)"
        " SELECT n FROM r ORDER BY n"
    ).fetchall()
    assert rows == [(1,), (2,), (3,)]


def test_a_frame_is_made_of_its_words(connection: vql.Connection):
    """The words of a frame go to DuckDB as they are."""
    with pytest.raises(Error) as refused:
        connection.execute(
            'SELECT count(*) OVER (ORDER BY id ROWS "1 PRECEDING), (SELECT 42" PRECEDING) FROM t'
        )
    assert refused.value.sqlstate == "42601"
    sql = "SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM t"
    assert [int(value) for (value,) in connection.execute(sql).fetchall()] == [1, 3]


def test_functions_in_from_are_postgres(connection: vql.Connection):
    assert connection.execute("SELECT * FROM repeat('x', 3)").fetchall() == [("xxx",)]
    assert connection.execute("SELECT u FROM upper('x') AS u").fetchall() == [("X",)]
    assert connection.execute("SELECT x FROM t, upper(s) AS x ORDER BY 1").fetchall() == [("A",), ("B",)]


@pytest.mark.parametrize(
    "sql",
    ["SELECT repeat('x', 2000000000)", "SELECT lpad('x', 2000000000)",
     "SELECT rpad('x', 2000000000, 'y')", "SELECT generate_series(1, 1000000000)"],
)  # fmt: skip
def test_a_value_has_a_bound(connection: vql.Connection, sql: str):
    with pytest.raises(Error, match="requested length too large") as refused:
        connection.execute(sql)
    assert refused.value.sqlstate == "54000"


@pytest.mark.parametrize(
    ("start", "value", "end", "result"),
    [("", "h", " + h", "[21,42]"), ("", "v", " + v", "[21,42]"), ("mod(", "id", ", 7)", "1"),
     ("1 / (", "n", ")", "1"), ("l2_normalize(", "v", ")", "[0.4472136,0.8944272]"),
     ("", "h", "::halfvec(2)", "[1,2]"), ("", "id", " % 7", "1")],
)  # fmt: skip
def test_nested_calls_are_planned_in_time_that_grows_with_them(
    tmp_path: Path, start: str, value: str, end: str, result: str
):
    """Were the time to double with each, 20 of them would take longer than anybody waits."""
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int, n numeric, h halfvec(2), v vector(2))")
        connection.execute("INSERT INTO t VALUES (1, 1, '[1,2]', '[1,2]')")
        count = 6 if start.startswith("l2") else 20
        (found,) = connection.execute(f"SELECT ({start * count}{value}{end * count})::text FROM t").fetchone()
        assert float(found) == float(result) if result == "1" else found == result
