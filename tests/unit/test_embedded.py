"""Statements through the Python interface, on real files."""

import datetime
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import vql


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        yield made


@pytest.fixture
def shoes(connection):
    connection.execute(
        "CREATE TABLE shoes (id bigserial PRIMARY KEY, brand text, price double precision, vec vector(3))"
    )
    connection.execute(
        "INSERT INTO shoes (brand, price, vec) VALUES ('x', 1.5, '[1,2,3]'), ('y', 2, '[1,1,1]'), "
        "('x', NULL, NULL), ('x', 9, '[9,9,9]')"
    )
    return connection


def rows(connection, sql, parameters=()):
    return connection.execute(sql, parameters).fetchall()


def moment():
    time.sleep(0.002)
    now = datetime.datetime.now(datetime.UTC)
    time.sleep(0.002)
    return now


def test_the_statement_of_the_card_sees_the_past(shoes):
    before = moment()
    shoes.execute("DELETE FROM shoes WHERE id = 1")
    shoes.execute("UPDATE shoes SET brand = 'z' WHERE id = 4")
    sql = "SELECT id FROM shoes ORDER BY l2(vec, ?) LIMIT 10 WHERE brand = 'x' AS OF ?"
    assert rows(shoes, sql, [[1, 2, 3], before]) == [(1,), (4,), (3,)]
    now = "SELECT id FROM shoes ORDER BY l2(vec, ?) LIMIT 10 WHERE brand = 'x'"
    assert rows(shoes, now, [[1, 2, 3]]) == [(3,)]


def test_as_of_before_the_table_was_made_finds_no_table(connection):
    connection.execute("CREATE TABLE first (a int)")
    before = moment()
    connection.execute("CREATE TABLE t (a int)")
    with pytest.raises(vql.ProgrammingError) as caught:
        rows(connection, "SELECT * FROM t AS OF ?", [before])
    assert caught.value.sqlstate == "42P01"


def test_null_vectors_come_last_and_fill_the_limit(shoes):
    found = rows(shoes, "SELECT id, vec <-> '[1,2,3]' FROM shoes ORDER BY 2 LIMIT 10")
    assert [row[0] for row in found] == [1, 2, 4, 3]
    assert found[-1][1] is None and found[0][1] == 0.0


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("brand = 'x'", [1, 3, 4]),
        ("NOT brand = 'x'", [2]),
        ("price > 1.5", [2, 4]),
        ("price IS NULL", [3]),
        ("NOT (price > 1.5)", [1]),
        ("price > 1.5 OR brand = 'x'", [1, 2, 3, 4]),
        ("brand IN ('y', 'q')", [2]),
        ("brand NOT IN ('y', NULL)", []),
        ("price BETWEEN 1 AND 2", [1, 2]),
        ("brand LIKE 'X%'", []),
        ("brand ILIKE 'X%'", [1, 3, 4]),
        ("brand <> 'x' AND price < 5", [2]),
        ("id = 3", [3]),
        ("vec <-> '[1,2,3]' < 3", [1, 2]),
    ],
)
def test_predicates_follow_three_valued_logic(shoes, where, ids):
    assert rows(shoes, f"SELECT id FROM shoes WHERE {where} ORDER BY id") == [(i,) for i in ids]


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("SELECT nope FROM shoes", "42703"),
        ("SELECT * FROM nope", "42P01"),
        ("SELEC 1", "42601"),
        ("INSERT INTO shoes (vec) VALUES ('[1,2]')", "22000"),
        ("INSERT INTO shoes (vec) VALUES ('[1,NaN,2]')", "22000"),
        ("SELECT id FROM shoes ORDER BY vec <-> '[1]' LIMIT 1", "22000"),
        ("INSERT INTO shoes (id) VALUES (1)", "23505"),
        ("SELECT id FROM shoes WHERE price = 'abc'", "22P02"),
        ("SELECT id FROM shoes LIMIT -1", "2201W"),
        ("SELECT id FROM shoes AS OF '2001-01-01'", "72000"),
        ("SELECT id FROM shoes AS OF '2901-01-01'", "22023"),
        ("CREATE TABLE shoes (a int)", "42P07"),
        ("CREATE TABLE u (v vector(16001))", "22023"),
        ("CREATE INDEX ON shoes USING hnsw (vec)", "42704"),
        ("CREATE INDEX ON shoes USING hnsw (vec vector_l2_ops) WITH (m = 1)", "22023"),
        ("LISTEN w", "0A000"),
        ("SET hnsw.ef_search = 0", "22023"),
        ("SET hnsw.bogus = 1", "42602"),
    ],
)
def test_wrong_statements_say_why(shoes, sql, state):
    with pytest.raises(vql.Error) as caught:
        rows(shoes, sql)
    assert caught.value.sqlstate == state
    assert rows(shoes, "SELECT id FROM shoes WHERE id = 2") == [(2,)]


def test_rollback_leaves_nothing(shoes):
    shoes.begin()
    shoes.execute("INSERT INTO shoes (vec) VALUES ('[0,0,0]')")
    assert rows(shoes, "SELECT id FROM shoes ORDER BY vec <-> '[0,0,0]' LIMIT 1") == [(5,)]
    shoes.execute("DELETE FROM shoes WHERE id = 1")
    shoes.rollback()
    assert rows(shoes, "SELECT id FROM shoes ORDER BY id") == [(1,), (2,), (3,), (4,)]


def test_a_failed_block_refuses_until_rollback(shoes):
    shoes.begin()
    with pytest.raises(vql.ProgrammingError):
        shoes.execute("SELECT nope FROM shoes")
    with pytest.raises(vql.InternalError) as caught:
        shoes.execute("SELECT id FROM shoes")
    assert caught.value.sqlstate == "25P02"
    shoes.rollback()
    assert len(rows(shoes, "SELECT id FROM shoes")) == 4


def test_two_updates_of_one_row_conflict(tmp_path, shoes):
    other = vql.connect(shoes.database.path)
    other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert len(rows(other, "SELECT id FROM shoes")) == 4
    shoes.execute("UPDATE shoes SET price = 1 WHERE id = 1")
    with pytest.raises(vql.OperationalError) as caught:
        other.execute("UPDATE shoes SET price = 2 WHERE id = 1")
    assert caught.value.sqlstate == "40001"
    other.close()
    assert rows(shoes, "SELECT price FROM shoes WHERE id = 1") == [(1.0,)]


def test_threads_with_connections_of_their_own_lose_no_update(connection):
    connection.execute("CREATE TABLE n (id int PRIMARY KEY, v int)")
    connection.execute("INSERT INTO n VALUES (1, 0)")

    def add():
        with vql.connect(connection.database.path) as mine:
            for _ in range(20):
                mine.execute("UPDATE n SET v = v + 1 WHERE id = 1")

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(connection, "SELECT v FROM n") == [(60,)]


def test_reopened_database_has_what_was_acknowledged(tmp_path):
    with vql.connect(tmp_path / "db") as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
        first.execute("INSERT INTO t VALUES (1, '[1,2]')")
    with vql.connect(tmp_path / "db") as second:
        assert [row[0] for row in rows(second, "SELECT id FROM t")] == [1]


def test_on_conflict_updates(shoes):
    shoes.execute(
        "INSERT INTO shoes (id, brand) VALUES (1, 'new'), (7, 'seven') "
        "ON CONFLICT (id) DO UPDATE SET brand = EXCLUDED.brand"
    )
    assert rows(shoes, "SELECT id, brand FROM shoes WHERE id IN (1, 7) ORDER BY id") == [
        (1, "new"),
        (7, "seven"),
    ]


@pytest.mark.parametrize("method", ["hnsw (v vector_l2_ops)", "auto (v)", "flat (v)"])
def test_indexed_search_returns_every_row_asked_for(connection, method):
    n, dim = 12_000, 32
    generator = np.random.default_rng(7)
    centres = generator.standard_normal((60, dim), dtype="f4")
    vectors = centres[generator.integers(0, 60, n)] + 0.5 * generator.standard_normal((n, dim), dtype="f4")
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, a int, v vector(32))")
    connection.insert("t", {"id": np.arange(n), "a": np.arange(n) % 1000, "v": vectors})
    connection.execute(f"CREATE INDEX ON t USING {method}")
    connection.execute("DELETE FROM t WHERE a = 999")
    alive = np.arange(n) % 1000 != 999
    for below in (1000, 500, 100, 10, 1):
        passing = np.flatnonzero(alive & (np.arange(n) % 1000 < below))
        hits = 0
        for i in range(0, 400, 10):
            found = rows(
                connection, f"SELECT id FROM t WHERE a < {below} ORDER BY v <-> ? LIMIT 10", [vectors[i]]
            )
            assert len(found) == min(10, len(passing))
            truth = passing[np.argsort(((vectors[passing] - vectors[i]) ** 2).sum(1), kind="stable")[:10]]
            hits += len({row[0] for row in found} & set(truth.tolist()))
        assert hits / 400 >= 0.93, below


def test_bulk_insert_then_vacuum_keeps_rows_and_past(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text, v vector(2))")
    for start in range(0, 500, 100):
        ids = np.arange(start, start + 100)
        connection.insert("t", {"id": ids, "s": [f"s{i}" for i in ids], "v": np.ones((100, 2), "f4")})
    before = moment()
    connection.execute("DELETE FROM t WHERE id < 250")
    connection.execute("VACUUM t")
    assert len(rows(connection, "SELECT id FROM t")) == 250
    assert rows(connection, "SELECT s FROM t WHERE id = 260") == [("s260",)]
    assert len(rows(connection, "SELECT id FROM t AS OF ?", [before])) == 500
    assert rows(connection, "SELECT id FROM t WHERE id = 3 AS OF ?", [before]) == [(3,)]


def test_a_kept_statement_sees_what_a_new_one_sees(connection):
    """Between executions rows come, go and move into segments; NULLs and new strings are read anew."""
    connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, word text, price real, vec vector(4))")
    random = np.random.default_rng(3)
    number = 0

    def insert(count):
        nonlocal number
        ids = range(number, number + count)
        number += count
        for i in ids:
            word, price = (None, None) if i % 7 == 0 else (f"word {i % (5 + i // 50)}", i / 2)
            vector = random.integers(-2, 3, 4).astype(np.float32)
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?)", (i, word, price, vector))

    def check():
        query = random.integers(-2, 3, 4).astype(np.float32)
        every = connection.execute("SELECT id, word, price, vec FROM t").fetchall()
        near = sorted(every, key=lambda row: float(((row[3] - query) ** 2).sum()))  # ties by row id
        wanted = [row[:3] for row in near[:9]]
        kept = "SELECT id, word, price FROM t ORDER BY vec <-> ? LIMIT 9"
        with_distance = "SELECT id, word, price, vec <-> $1 FROM t ORDER BY vec <-> $1 LIMIT 9"
        assert connection.execute(kept, (query,)).fetchall() == wanted
        told = connection.execute(with_distance, (query,)).fetchall()
        assert [row[:3] for row in told] == wanted
        assert [row[3] for row in told] == [float(((row[3] - query) ** 2).sum()) ** 0.5 for row in near[:9]]
        for row in every[:: max(1, len(every) // 3)]:
            found = connection.execute("SELECT id, word, price FROM t WHERE id = ?", (row[0],)).fetchall()
            assert found == [row[:3]]

    for step in range(6):
        insert(25)
        check()
        connection.execute("DELETE FROM t WHERE id = ?", (step * 11,))
        check()
        connection.execute("BEGIN")
        connection.execute("UPDATE t SET word = ? WHERE id = ?", (f"own {step}", 60 * step % number + 1))
        check()
        connection.execute("ROLLBACK" if step % 2 else "COMMIT")
        check()
        if step in (1, 3, 4):
            connection.execute("VACUUM t")
            check()


@pytest.mark.parametrize(("operator", "distance"), [("<->", "l2"), ("<#>", "product"), ("<=>", "cosine")])
def test_a_kept_statement_puts_rows_without_a_distance_last(connection, operator, distance):
    """NULL comes after NaN, which is cosine of a zero vector; both in the order of rows."""
    random = np.random.default_rng(5)
    vectors = random.integers(-3, 4, (40, 3)).astype(np.float32)
    vectors[[7, 20]] = 0
    cells = [None if i in (3, 30) else vector for i, vector in enumerate(vectors)]
    connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, side int, vec vector(3))")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, i % 4, v) for i, v in enumerate(cells)])
    connection.execute("VACUUM t")
    query = np.array([1, 2, -1], np.float32)

    def rank(number):
        if cells[number] is None:
            return (2, 0.0, number)
        wide, asked = cells[number].astype(np.float64), query.astype(np.float64)
        if distance == "l2":
            return (0, float(np.sqrt(((wide - asked) ** 2).sum())), number)
        if distance == "product":
            return (0, -float(wide @ asked), number)
        return (
            (0, 1 - wide @ asked / np.sqrt(wide @ wide * (asked @ asked)), number)
            if wide.any()
            else (1, 0.0, number)
        )

    near = sorted(range(40), key=lambda i: (*rank(i)[:1], round(rank(i)[1], 9), i))
    for limit in (10, 38, 39, 50):
        for where, passing in (("", near), ("WHERE side = 3", [i for i in near if i % 4 == 3])):
            sql = f"SELECT id, vec {operator} $1 FROM t {where} ORDER BY vec {operator} $1 LIMIT {limit}"
            answers = [connection.execute(sql, (query,)).fetchall() for _ in range(3)]
            ids = [[row[0] for row in answer] for answer in answers]
            assert ids == [passing[:limit]] * 3
            assert repr(answers[1]) == repr(answers[0]) == repr(answers[2])
            for number, told in answers[1]:
                kind, wanted, _ = rank(number)
                assert (told is None, told != told) == (kind == 2, kind == 1)
                assert kind or told == pytest.approx(wanted, abs=1e-12)


def test_the_constructors_of_pep_249() -> None:
    assert vql.Binary(b"ab") == b"ab" and vql.Date(2026, 1, 2) == datetime.date(2026, 1, 2)
    assert vql.Time(1, 2, 3) == datetime.time(1, 2, 3)
    assert vql.Timestamp(2026, 1, 2, 3) == datetime.datetime(2026, 1, 2, 3)
    moment = vql.TimestampFromTicks(86_400.0)
    assert (vql.DateFromTicks(86_400.0), vql.TimeFromTicks(86_400.0)) == (moment.date(), moment.time())


def test_lists_of_numbers_in_the_catalog_are_numbers_however_they_are_read(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a int, b int)")
        connection.execute("CREATE INDEX ON t (a, b DESC)")
        asked = "SELECT indkey, indoption FROM pg_index"
        assert connection.execute(asked).fetchall() == [([1, 2], [0, 3])]
        in_duck = f"SELECT indkey, indoption FROM ({asked}) i, generate_series(1, 1)"
        assert connection.execute(in_duck).fetchall() == [([1, 2], [0, 3])]


def test_executemany_waits_for_commit_without_autocommit(tmp_path: Path):
    with vql.connect(tmp_path / "db", autocommit=False) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.commit()
        assert (
            connection.executemany("INSERT INTO t VALUES (?)", ((i,) for i in range(2_500))).rowcount == 2_500
        )
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]
