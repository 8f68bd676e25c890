"""What a server reports beside values: fields of errors, whose columns a result has, messages of RAISE."""

from __future__ import annotations

import psycopg
import pytest
from server_process import Server

Connection = psycopg.Connection[tuple[object, ...]]

TABLES = """
    CREATE TABLE rp (a int PRIMARY KEY, b text NOT NULL UNIQUE, c numeric CHECK (c > 0));
    CREATE TABLE rp_child (x int REFERENCES rp, y int);
    INSERT INTO rp VALUES (1, 'x', 1); INSERT INTO rp_child VALUES (1, 1), (1, 1)"""
ERRORS = {
    "INSERT INTO rp VALUES (1, 'y', 1)": ("rp", None, "rp_pkey"),
    "INSERT INTO rp VALUES (2, 'x', 1)": ("rp", None, "rp_b_key"),
    "INSERT INTO rp VALUES (2, NULL, 1)": ("rp", "b", None),
    "INSERT INTO rp VALUES (2, 'y', -1)": ("rp", None, "rp_c_check"),
    "INSERT INTO rp_child VALUES (9)": ("rp_child", None, "rp_child_x_fkey"),
    "DELETE FROM rp": ("rp_child", None, "rp_child_x_fkey"),
    "ALTER TABLE rp ADD CONSTRAINT many CHECK (a > 5)": ("rp", None, "many"),
    "ALTER TABLE rp_child ADD z int NOT NULL": ("rp_child", "z", None),
    "CREATE UNIQUE INDEX rp_y ON rp_child (y)": ("rp_child", None, "rp_y"),
}
ORIGINS = {
    "SELECT b, a, a + 1 FROM rp": [("rp", 2), ("rp", 1), None],
    "SELECT b, a::text, c FROM rp": [("rp", 2), None, ("rp", 3)],
    "SELECT r.a, q.y FROM rp r JOIN rp_child q ON q.x = r.a": [("rp", 1), ("rp_child", 2)],
    "SELECT s.z FROM (SELECT b, c AS z FROM rp) s": [("rp", 3)],
    "WITH w (q, r) AS (SELECT b, a FROM rp) SELECT r, q FROM w": [("rp", 1), ("rp", 2)],
    "SELECT a FROM rp UNION SELECT x FROM rp_child": [None],
    "SELECT DISTINCT b FROM rp": [("rp", 2)],
    "SELECT max(a) FROM rp": [None],
    "INSERT INTO rp_child VALUES (1, 5) RETURNING y, x": [("rp_child", 2), ("rp_child", 1)],
}


@pytest.fixture(scope="module")
def connected(server: Server) -> Connection:
    """A connection, and tables to be wrong about."""
    made = psycopg.connect(server.url, autocommit=True)
    made.execute(TABLES)
    return made


@pytest.mark.parametrize("statement", ERRORS)
def test_an_error_names_table_column_and_constraint(connected: Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        connected.execute(statement)
    found = caught.value.diag
    assert (found.table_name, found.column_name, found.constraint_name) == ERRORS[statement]
    assert found.schema_name == "public"


@pytest.mark.parametrize("statement", ORIGINS)
def test_a_result_says_of_which_tables_its_columns_are(connected: Connection, statement: str) -> None:
    result = connected.execute(statement).pgresult
    assert result is not None
    names = {oid: name for name in ("rp", "rp_child") for oid in connected.execute(
        "SELECT %s::regclass::oid", (name,)).fetchone() or ()}  # fmt: skip
    places = [(result.ftable(i), result.ftablecol(i)) for i in range(result.nfields)]
    assert [(names[oid], number) if oid else None for oid, number in places] == ORIGINS[statement]


def test_raise_says_what_client_min_messages_lets_through(connected: Connection) -> None:
    said: list[tuple[str | None, str | None, str | None]] = []
    connected.add_notice_handler(lambda d: said.append((d.severity, d.sqlstate, d.message_primary)))
    block = "DO $$ BEGIN RAISE DEBUG 'd'; RAISE INFO 'i %', 1; RAISE NOTICE 'n'; RAISE WARNING 'w'; END $$"
    connected.execute(block)
    assert said == [("INFO", "00000", "i 1"), ("NOTICE", "00000", "n"), ("WARNING", "01000", "w")]
    said.clear()
    connected.execute("SET client_min_messages = error")
    connected.execute(block)
    connected.execute("SET client_min_messages = debug1")
    connected.execute(block)
    assert [severity for severity, _, _ in said] == ["INFO", "DEBUG", "INFO", "NOTICE", "WARNING"]


STOP_WORDS = "text-search query contains only stop words or doesn't contain lexemes, ignored"
NO_LEXEMES = 'text-search query doesn\'t contain lexemes: ""'


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT to_tsquery('english', 'the')", STOP_WORDS),
        ("SELECT plainto_tsquery('english', ''), plainto_tsquery('english', '')", NO_LEXEMES),
        ("SELECT 1 FROM rp_words WHERE to_tsvector(body) @@ websearch_to_tsquery('the')", STOP_WORDS),
        ("SELECT body FROM rp_words WHERE body @@ 'of the'", STOP_WORDS),
        ("INSERT INTO rp_words SELECT 'x' WHERE to_tsquery('english', 'a')::text = 'b'", STOP_WORDS),
    ],
)  # fmt: skip
def test_a_query_of_stop_words_is_noticed_once(connected: Connection, statement: str, expected: str) -> None:
    said: list[tuple[str | None, str | None]] = []
    connected.execute("CREATE TABLE IF NOT EXISTS rp_words (body text)")
    connected.execute("INSERT INTO rp_words VALUES ('one'), ('two'), ('three')")
    connected.add_notice_handler(lambda notice: said.append((notice.severity, notice.message_primary)))
    connected.execute(statement)
    assert said == [("NOTICE", expected)]  # with the statement, not the one behind it
    connected.execute("SELECT to_tsquery('english', 'cats')")
    assert said == [("NOTICE", expected)]


def test_a_change_that_takes_little_has_its_own_notices(connected: Connection) -> None:
    said: list[str | None] = []
    connected.execute("CREATE TABLE rp_queries (id int PRIMARY KEY, query text)")
    connected.add_notice_handler(lambda notice: said.append(notice.message_primary))
    insert = "INSERT INTO rp_queries VALUES (%s, to_tsquery('english', %s)::text)"
    for number, words in enumerate(("the", "cats", "of", "dogs")):
        connected.execute(insert, (number, words), prepare=True)
        assert said == [STOP_WORDS] * (words in ("the", "of")), number
        said.clear()
    connected.execute("DROP TABLE rp_queries")


def test_an_error_in_a_block_says_which_statement_met_it(connected: Connection) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        connected.execute("DO $$ BEGIN\n  INSERT INTO rp VALUES (1, 'y', 1); END $$")
    assert caught.value.diag.context == (
        "SQL statement \"INSERT INTO rp VALUES (1, 'y', 1)\"\n"
        "PL/pgSQL function inline_code_block line 2 at SQL statement"
    )
    assert caught.value.diag.constraint_name == "rp_pkey"


@pytest.mark.parametrize(
    "words", ["csv header", "WITH CSV DELIMITER AS ';' HEADER", "DELIMITER ',' CSV HEADER"]
)
def test_copy_takes_options_in_words(connected: Connection, words: str) -> None:
    with connected.cursor() as cursor, cursor.copy(f"COPY (SELECT 1 AS a, 2 AS b) TO STDOUT {words}") as copy:
        text = b"".join(copy).decode()
    assert text.replace(";", ",") == "a,b\n1,2\n"
