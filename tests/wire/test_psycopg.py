"""psycopg 3: text and binary, prepared statements, pipelines, transactions, pgvector's adapters."""

from __future__ import annotations

import datetime
import time
import uuid
from decimal import Decimal

import numpy as np
import psycopg
import pytest
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg.types.json import Jsonb
from server_process import Server

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]

VALUES = {
    "boolean": True, "smallint": -2, "integer": 2**31 - 1, "bigint": -(2**63), "real": 1.5,
    "double precision": 0.1, "numeric": Decimal("-123456.7800"), "text": "žluť\n'\\", "varchar(9)": "x",
    "timestamptz": datetime.datetime(2026, 11, 1, 12, 30, 1, 250_000, datetime.UTC),
    "date": datetime.date(1999, 12, 31), "uuid": uuid.UUID(int=5), "text[]": ["a", None, "b c", ""],
    "jsonb": {"a": [1, None, "x"]},
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def items(server: Server) -> None:
    """A table of 100 vectors on a line."""
    with psycopg.connect(server.url, autocommit=True) as connected:
        # A worker may come back to this module, to the server that it has.
        connected.execute("DROP TABLE IF EXISTS items")
        connected.execute("CREATE TABLE items (id int PRIMARY KEY, name text, vec vector(3))")
        with connected.cursor() as cursor:
            rows = [(i, f"name {i}", f"[{i},1,2]") for i in range(100)]
            cursor.executemany("INSERT INTO items VALUES (%s, %s, %s)", rows)
            assert cursor.rowcount == 100


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("type_", VALUES)
def test_a_value_comes_back_as_it_went(connection: Connection, type_: str, binary: bool) -> None:
    value = VALUES[type_]
    given = Jsonb(value) if type_ == "jsonb" else value
    mark = "%b" if binary and type_ not in ("uuid",) else "%s"
    connection.execute("DROP TABLE IF EXISTS kept")
    connection.execute(f"CREATE TABLE kept (id int, value {type_})")
    connection.execute(f"INSERT INTO kept VALUES (1, {mark}), (2, NULL)", (given,))
    cursor = connection.cursor(binary=binary)
    rows = cursor.execute("SELECT id, value FROM kept ORDER BY id").fetchall()
    assert rows == [(1, value), (2, None)]


def test_a_result_says_its_types(connection: Connection) -> None:
    cursor = connection.execute("SELECT id, name, vec, vec <-> '[1,2,3]' AS far FROM items LIMIT 0")
    assert cursor.description is not None
    found = [(column.name, column.type_code) for column in cursor.description]
    assert found == [("id", 23), ("name", 25), ("vec", 16400), ("far", 701)]


def test_parameters_are_the_servers(connection: Connection) -> None:
    sql = "SELECT id FROM items WHERE name = %s OR id = ANY(%s) ORDER BY id"
    assert connection.execute(sql, ("name 5", [7, 9])).fetchall() == [(5,), (7,), (9,)]
    sql = "SELECT id FROM items WHERE id BETWEEN %s AND %s ORDER BY id LIMIT %s"
    assert connection.execute(sql, (3, 30, 2)).fetchall() == [(3,), (4,)]
    assert connection.execute("SELECT id FROM items WHERE name = %s", (None,)).fetchall() == []


def test_pgvector_registers_and_sends_binary_vectors(connection: Connection) -> None:
    register_vector(connection)
    query = np.array([41.2, 1, 2], np.float32)
    sql = "SELECT id, vec FROM items ORDER BY vec <-> %b LIMIT 2"
    for binary in (False, True):
        rows = connection.cursor(binary=binary).execute(sql, (query,)).fetchall()
        assert rows == [(41, Vector([41, 1, 2])), (42, Vector([42, 1, 2]))]
    assert connection.execute(sql.replace("%b", "%s"), (query,)).fetchall() == rows


def test_a_prepared_statement_is_answered_anew_each_time(connection: Connection) -> None:
    sql = "SELECT id FROM items ORDER BY vec <-> %s::vector LIMIT 1"
    for i in (3, 50, 99, 3):
        assert connection.execute(sql, (f"[{i},1,2]",), prepare=True).fetchall() == [(i,)]


def test_a_prepared_statement_sees_rows_that_came_after_it(connection: Connection) -> None:
    connection.execute("CREATE TABLE later (id int PRIMARY KEY)")
    sql = "SELECT count(*) FROM later WHERE id > %s"
    for i in range(4):
        assert connection.execute(sql, (0,), prepare=True).fetchone() == (i,)
        connection.execute("INSERT INTO later VALUES (%s)", (i + 1,), prepare=True)


def test_a_prepared_star_over_a_changed_table_is_refused(server: Server, connection: Connection) -> None:
    connection.execute("CREATE TABLE changing (a int)")
    connection.execute("SELECT * FROM changing", prepare=True)
    # Elsewhere: psycopg forgets its prepared statements when it drops a table itself.
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute("DROP TABLE changing")
        other.execute("CREATE TABLE changing (a int, b text)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan must not change result type"):
        connection.execute("SELECT * FROM changing", prepare=True)


def test_executemany_returns_each_statements_rows(connection: Connection) -> None:
    connection.execute("CREATE TABLE returned (id int, s text)")
    with connection.cursor() as cursor:
        sql = "INSERT INTO returned VALUES (%s, %s) RETURNING id"
        cursor.executemany(sql, [(i, "x") for i in range(3)], returning=True)
        found = []
        while True:
            found.append(cursor.fetchone())
            if not cursor.nextset():
                break
    assert found == [(0,), (1,), (2,)]


def test_a_pipeline_is_answered_in_order(connection: Connection) -> None:
    with connection.pipeline():
        sql = "SELECT id FROM items WHERE id = %s"
        cursors = [connection.execute(sql, (i,)) for i in range(50)]
        assert [cursor.fetchone() for cursor in cursors] == [(i,) for i in range(50)]


def test_an_error_in_a_pipeline_undoes_what_went_before_it(connection: Connection) -> None:
    connection.execute("CREATE TABLE piped (id int)")
    with pytest.raises(psycopg.errors.UndefinedColumn), connection.pipeline() as pipeline:
        connection.execute("INSERT INTO piped VALUES (1)")
        connection.execute("SELECT nope")
        connection.execute("INSERT INTO piped VALUES (2)")
        pipeline.sync()
    assert connection.execute("SELECT count(*) FROM piped").fetchone() == (0,)


def test_transactions_and_savepoints(server: Server, connection: Connection) -> None:
    connection.execute("CREATE TABLE booked (id int PRIMARY KEY)")
    with psycopg.connect(server.url) as other:
        other.execute("INSERT INTO booked VALUES (1)")
        with pytest.raises(psycopg.errors.UndefinedColumn), other.transaction():
            other.execute("INSERT INTO booked VALUES (2)")
            other.execute("SELECT nope FROM booked")
        assert other.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        assert connection.execute("SELECT count(*) FROM booked").fetchone() == (0,)
    assert connection.execute("SELECT id FROM booked").fetchall() == [(1,)]


def test_a_failed_transaction_answers_nothing_until_its_end(server: Server) -> None:
    with psycopg.connect(server.url) as connected:
        with pytest.raises(psycopg.errors.UndefinedColumn):
            connected.execute("SELECT nope")
        assert connected.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connected.execute("SELECT 1")
        connected.rollback()
        assert connected.execute("SELECT 1").fetchone() == (1,)


def test_the_later_of_two_writers_of_a_row_loses(server: Server, connection: Connection) -> None:
    connection.execute("CREATE TABLE contended (id int PRIMARY KEY, n int)")
    connection.execute("INSERT INTO contended VALUES (1, 0)")
    with psycopg.connect(server.url) as one, psycopg.connect(server.url) as two:
        for each in (one, two):
            each.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            each.execute("SELECT n FROM contended")
        one.execute("UPDATE contended SET n = n + 1 WHERE id = 1")
        one.commit()
        with pytest.raises(psycopg.errors.SerializationFailure):
            two.execute("UPDATE contended SET n = n + 1 WHERE id = 1")
    assert connection.execute("SELECT n FROM contended").fetchone() == (1,)


@pytest.mark.parametrize(
    ("sql", "error", "position"),
    [
        ("SELECT nope FROM items", psycopg.errors.UndefinedColumn, "8"),
        ("SELECT * FROM nowhere", psycopg.errors.UndefinedTable, "15"),
        ("SELECT 'a' +", psycopg.errors.SyntaxError, None),
        ("SELECT 1/0", psycopg.errors.DivisionByZero, None),
        ("SELECT 'x'::int", psycopg.errors.InvalidTextRepresentation, None),
        ("INSERT INTO items VALUES (1)", psycopg.errors.UniqueViolation, None),
        ("INSERT INTO items VALUES (NULL)", psycopg.errors.NotNullViolation, None),
        ("SELECT id FROM items ORDER BY vec <-> '[1]'", psycopg.errors.DataException, None),
    ],
)
def test_errors_have_postgres_codes(
    connection: Connection, sql: str, error: type[psycopg.Error], position: str | None
) -> None:
    with pytest.raises(error) as caught:
        connection.execute(sql)
    if position is not None:
        assert caught.value.diag.statement_position == position
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_bad_parameter_is_named(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught:
        connection.execute("SELECT id FROM items WHERE id = %s", ("x",))
    assert "$1" in str(caught.value.diag.context)


def test_a_constraints_detail_is_told(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        connection.execute("INSERT INTO items VALUES (1)")
    assert caught.value.diag.message_detail == "Key (id)=(1) already exists."


def test_rows_stream_one_at_a_time(connection: Connection) -> None:
    found = [row[0] for row in connection.cursor().stream("SELECT id FROM items ORDER BY id")]
    assert found == list(range(100))


def test_a_large_result_is_whole_in_both_formats(connection: Connection) -> None:
    sql = "SELECT a, a * 0.5::float8, 'row ' || a FROM generate_series(1, 10000) AS s(a)"
    expected = [(i, i * 0.5, f"row {i}") for i in range(1, 10_001)]
    assert connection.execute(sql).fetchall() == expected
    assert connection.cursor(binary=True).execute(sql).fetchall() == expected


def test_the_session_is_described(server: Server, connection: Connection) -> None:
    info = connection.info
    assert info.server_version == 150018
    assert info.encoding == "utf-8"
    assert info.parameter_status("TimeZone") == "UTC"
    assert connection.execute("SELECT pg_backend_pid()").fetchone() == (info.backend_pid,)
    sql = "SELECT current_user, current_setting('application_name')"
    with psycopg.connect(server.url, application_name="tests") as other:
        assert other.execute(sql).fetchone() == ("vql", "tests")
        other.execute("SET application_name = 'other'")
        assert other.info.parameter_status("application_name") == "other"


def test_options_of_the_connection_string_are_settings(server: Server) -> None:
    with psycopg.connect(server.url, options="-c vql.recall=0.5 -c statement_timeout=7s") as connected:
        assert connected.execute("SHOW vql.recall").fetchone() == ("0.5",)
        assert connected.execute("SHOW statement_timeout").fetchone() == ("7s",)


def test_a_search_path_of_the_connection_string_is_a_list(server: Server) -> None:
    with psycopg.connect(server.url, options="-c search_path=elsewhere,public") as connected:
        assert connected.execute("SHOW search_path").fetchone() == ("elsewhere,public",)
        assert connected.execute("SELECT current_schema()").fetchone() == ("public",)


def test_a_small_number_that_is_cast_to_integer_is_planned_as_one(connection: Connection) -> None:
    connection.execute("CREATE TABLE cast_plans (id int PRIMARY KEY, vec vector(2))")
    near = "EXPLAIN SELECT id FROM cast_plans ORDER BY vec <-> %s LIMIT %s::integer"
    assert "Vector Scan" in str(connection.execute(near, ("[1,2]", 3)).fetchall())
    keyed = "EXPLAIN SELECT vec FROM cast_plans WHERE id = %s::integer"
    assert "Index Scan using cast_plans_pkey" in str(connection.execute(keyed, (3,)).fetchall())


def test_an_empty_statement_is_answered(connection: Connection) -> None:
    assert connection.execute("").pgresult.status == psycopg.pq.ExecStatus.EMPTY_QUERY  # type: ignore[union-attr]
    assert connection.execute(" ; ").pgresult.status == psycopg.pq.ExecStatus.EMPTY_QUERY  # type: ignore[union-attr]


def test_time_travel_works_over_the_wire(connection: Connection) -> None:
    connection.execute("CREATE TABLE past (id int)")
    connection.execute("INSERT INTO past VALUES (1)")
    connection.execute("CREATE SNAPSHOT before_two")
    connection.execute("INSERT INTO past VALUES (2)")
    assert connection.execute("SELECT count(*) FROM past").fetchone() == (2,)
    assert connection.execute("SELECT count(*) FROM past AS OF SNAPSHOT 'before_two'").fetchone() == (1,)


def test_indexes_built_by_the_maintenance_process_are_seen(server: Server, connection: Connection) -> None:
    register_vector(connection)
    connection.execute("CREATE TABLE tended (id int PRIMARY KEY, vec vector(8))")
    connection.execute("CREATE INDEX tended_vec ON tended USING hnsw (vec vector_l2_ops)")
    sql = "SELECT rows FROM vql_indexes WHERE index_name = 'tended_vec'"
    assert connection.execute(sql).fetchall() == []
    vectors = np.random.default_rng(1).normal(size=(12_000, 8)).astype(np.float32)
    with connection.cursor().copy("COPY tended FROM STDIN (FORMAT BINARY)") as stream:
        stream.set_types(["int4", "vector"])
        for i, vector in enumerate(vectors):
            stream.write_row((i, vector))
    deadline = time.monotonic() + 60
    while connection.execute(sql).fetchall() != [(12_000,)]:
        assert time.monotonic() < deadline, "no index was built"
        time.sleep(0.1)
    nearest = "SELECT id FROM tended ORDER BY vec <-> %s LIMIT 1"
    assert connection.execute(nearest, (vectors[77],)).fetchone() == (77,)


def test_set_local_outside_a_transaction_warns_and_changes_nothing(connection: Connection) -> None:
    heard: list[tuple[str | None, str | None]] = []
    connection.add_notice_handler(lambda notice: heard.append((notice.severity, notice.sqlstate)))
    connection.execute("SET LOCAL work_mem = '77MB'")
    assert heard == [("WARNING", "25P01")]
    assert connection.execute("SHOW work_mem").fetchone() == ("4MB",)
    with pytest.raises(psycopg.errors.UndefinedObject):
        connection.execute("SET LOCAL no_such = 1")
    connection.execute("SET client_min_messages = error")
    connection.execute("SET LOCAL work_mem = '77MB'")
    assert len(heard) == 1


def test_byte_strings_and_floats_are_written_as_the_session_says(connection: Connection) -> None:
    def texts() -> list[object]:
        cursor = connection.execute("SELECT 1.1::float8, 0.1::float4, 'a\\001'::bytea")
        return [cursor.pgresult.get_value(0, column) for column in range(3)]

    assert texts() == [b"1.1", b"0.1", b"\\x6101"]
    connection.execute("SET extra_float_digits = -13")
    connection.execute("SET bytea_output = 'escape'")
    assert texts() == [b"1.1", b"0.1", b"a\\001"]
    connection.execute("SET extra_float_digits = -14")
    assert texts()[0] == b"1"
    connection.execute("RESET extra_float_digits")
    connection.execute("RESET bytea_output")
    assert texts() == [b"1.1", b"0.1", b"\\x6101"]


def test_a_text_alone_has_no_parameters(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connected:
        for sql, place in (("SELECT $1::int", 8), ("SELECT 'a' || 5 || $3 WHERE 'x' < $1", 20)):
            with pytest.raises(psycopg.errors.UndefinedParameter, match="there is no parameter") as raised:
                connected.execute(sql)  # type: ignore[call-overload]
            assert raised.value.diag.statement_position == str(place)
        connected.execute("BEGIN")
        with pytest.raises(psycopg.errors.UndefinedParameter):
            connected.execute("SELECT 1 WHERE 2 = $1")
        assert connected.info.transaction_status == psycopg.pq.TransactionStatus.INERROR


def test_columns_say_the_table_view_or_catalog_they_are_read_from(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    for statement in (
        "CREATE TABLE told (id int, name text)",
        "CREATE VIEW told_plain AS SELECT name, id FROM told",
        "CREATE VIEW told_more AS SELECT id + 1 AS next, name FROM told_plain",
    ):
        connection.execute(statement)
    names = dict(
        connection.execute("SELECT oid, relname FROM pg_class WHERE relname LIKE 'told%'").fetchall()
    )
    names[1259] = "pg_class"

    def said(query: str) -> list[tuple[object, int]]:
        result = connection.execute(query).pgresult
        assert result is not None
        return [(names.get(result.ftable(n)), result.ftablecol(n)) for n in range(result.nfields)]

    assert said("SELECT * FROM told") == [("told", 1), ("told", 2)]
    assert said("SELECT id, name, id + 1 FROM told_plain") == [
        ("told_plain", 2),
        ("told_plain", 1),
        (None, 0),
    ]
    assert said("SELECT name FROM told_plain WHERE length(name) = 1") == [("told_plain", 1)]
    assert said("SELECT * FROM told_more JOIN told USING (name)") == [
        ("told_more", 2), ("told_more", 1), ("told", 1)
    ]  # fmt: skip
    assert said("SELECT name FROM told_more UNION SELECT name FROM told_more") == [(None, 0)]
    assert said("SELECT relname FROM pg_class LIMIT 0") == [("pg_class", 2)]
    assert said("WITH r AS (INSERT INTO told VALUES (9) RETURNING id) SELECT * FROM r") == [(None, 0)]
    connection.execute("DROP TABLE told CASCADE")


def test_statements_prepared_by_the_protocol_are_listed(connection: Connection) -> None:
    listed = "SELECT statement, parameter_types::text, from_sql FROM pg_prepared_statements ORDER BY 1"
    connection.execute("SELECT %s::int AS one", (1,), prepare=True)
    connection.execute("PREPARE said AS SELECT 2")
    assert connection.execute(listed, prepare=False).fetchall() == [
        ("PREPARE said AS SELECT 2", "{}", True),
        ("SELECT $1::int AS one", "{smallint}", False),
    ]
    connection.execute("DEALLOCATE ALL", prepare=False)
    assert connection.execute(listed, prepare=False).fetchall() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT INTO alone VALUES (1); COMMIT AND CHAIN; SELECT 1", "COMMIT AND CHAIN can only be used"),
        ("INSERT INTO alone VALUES (1); ROLLBACK AND CHAIN; SELECT 1", "ROLLBACK AND CHAIN can only be used"),
        ("SELECT 1; ALTER SYSTEM SET work_mem = '5MB'", "ALTER SYSTEM cannot run inside a transaction block"),
        ("ALTER SYSTEM SET work_mem = '5MB'; SELECT 1", "ALTER SYSTEM cannot run inside a transaction block"),
    ],
)
def test_what_wants_a_block_or_none_is_refused_among_others_of_a_message(
    connection: Connection, text: str, said: str
) -> None:
    connection.execute("CREATE TABLE alone (n int)")
    with pytest.raises(psycopg.errors.InternalError, match=said):
        connection.execute(text.encode())
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert connection.execute("SELECT count(*) FROM alone").fetchone() == (0,)
    connection.execute("DROP TABLE alone")


def test_a_change_whose_columns_are_others_now_changes_nothing(
    server: Server, connection: Connection
) -> None:
    connection.execute("CREATE TABLE grown (a int)")
    sql = "INSERT INTO grown VALUES (%s) RETURNING *"
    for number in range(2):
        connection.execute(sql, (number,), prepare=True)
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute("ALTER TABLE grown ADD b int")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan must not change") as refused:
        connection.execute(sql, (2,), prepare=True)
    assert refused.value.diag.source_function == "RevalidateCachedQuery"  # by which drivers prepare again
    assert connection.execute("SELECT array_agg(a) FROM grown").fetchone() == ([0, 1],)
    connection.execute("DROP TABLE grown")


def test_a_statement_of_the_protocol_is_executed_by_its_name(connection: Connection) -> None:
    connection.pgconn.prepare(b"by_name", b"SELECT $1::int + 1")
    assert connection.execute("EXECUTE by_name (2)").fetchone() == (3,)
    with pytest.raises(psycopg.errors.DuplicatePreparedStatement):
        connection.execute("PREPARE by_name AS SELECT 1")
    connection.execute("PREPARE by_text AS SELECT 1")
    assert b"already exists" in connection.pgconn.prepare(b"by_text", b"SELECT 2").error_message
    connection.execute("DEALLOCATE by_name")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        connection.execute("EXECUTE by_name (2)")
    connection.execute("DEALLOCATE by_text")


def test_as_many_parameters_as_the_protocol_has(connection: Connection) -> None:
    count = 33_000
    given = [str(number).encode() for number in range(count)]
    marks = ", ".join(f"${n + 1}" for n in range(count))
    sql = f"SELECT count(*) FROM generate_series(1, 40000) n WHERE n IN ({marks})"
    described = connection.pgconn.prepare(b"many", sql.encode())
    assert described.status == psycopg.pq.ExecStatus.COMMAND_OK, described.error_message
    assert connection.pgconn.describe_prepared(b"many").nparams == count
    result = connection.pgconn.exec_prepared(b"many", given)
    assert result.get_value(0, 0) == b"32999", result.error_message
    connection.execute("DEALLOCATE many")


def test_several_statements_are_not_prepared(connection: Connection) -> None:
    wrong = connection.pgconn.prepare(b"", b"SELECT 1; INSERT INTO items VALUES (1)")
    assert wrong.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"42601"
    assert b"cannot insert multiple commands into a prepared statement" in wrong.error_message
    assert (
        b'syntax error at or near "SELEC"'
        in connection.pgconn.prepare(b"", b"SELEC 1; SELECT 2").error_message
    )


def test_names_that_are_cut_are_noticed_each_time(server):
    said: list[tuple[str | None, str | None]] = []
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: said.append((notice.sqlstate, notice.message_primary)))
        for _ in range(3):
            connection.execute(f'SELECT 1 AS "{"N" * 70}", 2 AS {"k" * 63}')
        connection.execute(f"CREATE TABLE {'É' * 40} (id int)")
        connection.execute(f"DROP TABLE {'é' * 31}")
    words = [("N" * 70, "N" * 63)] * 3 + [("é" * 40, "é" * 31)]
    assert said == [("42622", f'identifier "{name}" will be truncated to "{kept}"') for name, kept in words]
