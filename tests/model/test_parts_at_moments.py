"""A random history, definitions among it, and every query AS OF every moment of it in every place where a
query can stand: the answer is the one that was given then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from places import PLACES, PROBES, Answer, answer, same

import vql

STEPS = 6
# Three ways the table `t` was made in the course of time: columns come, go, change their types and places.
SHAPES = (
    "(id int PRIMARY KEY, label text, v vector(2))",
    "(id bigint, v vector(2), n float8 DEFAULT 0.5)",
    "(label int[], id text PRIMARY KEY)",
)
# Each is answered after every step of the history; some fail at times, as columns come and go.
QUERIES = (
    "SELECT * FROM t ORDER BY id",
    "SELECT count(*) AS n, min(id) AS least FROM t",
    "SELECT id, label FROM t WHERE id > 3 ORDER BY id",
    "SELECT id FROM t ORDER BY v <-> '[1,1]', id LIMIT 3",
    "SELECT upper(label) || id AS name FROM t ORDER BY 1",
    "SELECT a.*, b.name FROM t AS a JOIN u AS b ON a.id = b.id ORDER BY b.name",
    "SELECT id FROM u WHERE id IN (SELECT id FROM t) AND EXISTS (SELECT n FROM t) ORDER BY id",
    "WITH c AS (SELECT id FROM t) SELECT count(*) AS n FROM c",
    "SELECT id::text AS a FROM t UNION ALL (SELECT name FROM u ORDER BY id LIMIT 1) ORDER BY a",
)


class Then(NamedTuple):
    """A moment of the history, in its three spellings, and what each query gave."""

    spellings: tuple[str, ...]
    time: datetime
    answers: dict[str, Answer]


def steps(generator: random.Random) -> Iterator[str]:
    """Yield changes that always succeed: of rows, and of what there is."""
    yield f"CREATE TABLE t {SHAPES[0]}"
    yield "CREATE TABLE u (id int, name text)"
    shape, next_id = 0, 1
    for _ in range(STEPS):
        kind = generator.choice(["insert", "insert", "insert", "delete", "update", "u", "anew", "truncate"])
        number = generator.randrange(1, 9)
        match kind:
            case "insert":
                for _ in range(3):
                    values = {
                        0: f"({next_id}, 'x{number}', '[{number},1]')",
                        1: f"({next_id}, '[{number},1]')",
                        2: f"('{{{number}}}', '{next_id}')",
                    }[shape]
                    columns = " (id, v)" if shape == 1 else ""
                    yield f"INSERT INTO t{columns} VALUES {values}"
                    next_id += 1
            case "delete":
                yield f"DELETE FROM t WHERE id::int % 3 = {number % 3}"
            case "update":
                change = ("label = 'y' || id", "n = n + id", "label = label || 7")[shape]
                yield f"UPDATE t SET {change} WHERE id::int % 2 = 0"
            case "u":
                yield f"INSERT INTO u VALUES ({number}, 'name {number}')"
            case "truncate":
                yield "TRUNCATE t"
            case "anew":
                shape = (shape + generator.choice([1, 2])) % 3
                yield "DROP TABLE t"
                yield f"CREATE TABLE t {SHAPES[shape]}"


@pytest.fixture(scope="module", params=[11])
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A database with a history, and its moments."""
    connection = vql.connect(tmp_path_factory.mktemp("moments") / "db")
    connection.execute("CREATE TABLE sink (a int, b text)")
    past = []
    for number, step in enumerate(steps(random.Random(request.param))):
        connection.execute(step)
        connection.execute(f"CREATE SNAPSHOT after_{number}")
        snapshot = connection._session.database.store.snapshot()
        time = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=snapshot.time_us)
        spellings = (f"SNAPSHOT 'after_{number}'", f"VERSION {snapshot.version}", f"TIMESTAMP '{time}'")
        past.append(Then(spellings, time, {query: answer(connection, query) for query in QUERIES}))
    connection.execute("CREATE TABLE probe (id int PRIMARY KEY)")
    connection.execute(f"INSERT INTO probe SELECT i FROM generate_series(1, {PROBES}) i")
    yield connection, past
    connection.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_query_is_answered_at_its_moment(history, place):
    connection, past = history
    ask, expected = PLACES[place]
    generator = random.Random(place)
    for number, then in enumerate(past):
        for query in generator.sample(QUERIES, 1):
            wanted = expected(then.answers[query])
            found = ask(connection, query, then.spellings[number % 3])
            assert same(found, wanted), (place, query, then.spellings, found, wanted)


def test_a_moment_may_be_a_parameter_or_the_session_s(history):
    connection, past = history
    generator = random.Random(7)
    for then in past:
        for query in generator.sample(QUERIES, 3):
            given = then.answers[query]
            assert same(answer(connection, f"{query} AS OF $1", (then.time,)), given), (query, then.time)
            inner = answer(connection, f"SELECT * FROM ({query} AS OF $1) s", (then.time,))
            assert same(inner, given), (query, then.time)
            connection.execute(f"SET vql.as_of = '{then.time}'")
            assert same(answer(connection, query), given), (query, then.time)
            connection.execute("RESET vql.as_of")
            connection.execute(f"BEGIN AS OF {then.spellings[0]}")
            assert same(answer(connection, query), given), (query, then.time)
            connection.execute("ROLLBACK")


def test_a_table_is_none_after_it_was_dropped(tmp_path):
    connection = vql.connect(tmp_path / "db")
    connection.execute("CREATE TABLE t (id int)")
    version = connection._session.database.store.snapshot().version
    assert answer(connection, "SELECT * FROM t AS OF VERSION $1", (version,)).rows == []
    connection.execute("DROP TABLE t")
    for sql in ("SELECT * FROM t AS OF VERSION $1", "SELECT (SELECT count(*) FROM t AS OF VERSION $1)"):
        assert answer(connection, sql, (version,)).error is None
        assert answer(connection, sql, (version + 1,)).error == "42P01"
        assert answer(connection, sql.replace("$1", str(version + 1))).error == "42P01"
    assert answer(connection, "SELECT (SELECT count(*) FROM t AS OF now())").error == "42P01"
    connection.close()


def test_two_moments_stand_in_one_statement(history):
    connection, past = history
    generator = random.Random(5)
    for _ in range(30):
        one, two = generator.choice(past), generator.choice(past)
        first, second = generator.choice(QUERIES), generator.choice(QUERIES)
        a, b = one.answers[first], two.answers[second]
        found = answer(
            connection,
            f"SELECT (SELECT count(*) FROM ({first}) s AS OF {one.spellings[0]}) AS a,"
            f" (SELECT count(*) FROM ({second} AS OF {two.spellings[1]}) s) AS b AS OF {two.spellings[2]}",
        )
        wanted = [] if a.error or b.error else [(len(a.rows), len(b.rows))]
        assert found.rows == wanted, (first, one.spellings, second, two.spellings, found)
        assert (found.error is not None) == (a.error is not None or b.error is not None)


def test_a_table_meets_itself_of_another_moment(history):
    connection, past = history
    whole = "SELECT * FROM t ORDER BY id"
    for before, after in zip(past, past[3:], strict=False):
        one, two = before.answers[whole], after.answers[whole]
        if one.error or two.error:
            continue
        found = answer(
            connection,
            f"SELECT o.*, n.* FROM t AS OF {before.spellings[1]} AS o"
            f" LEFT JOIN t AS OF {after.spellings[0]} AS n ON o.id::text = n.id::text",
        )
        places = [[name for name, _ in each.columns].index("id") for each in (one, two)]
        later = {str(row[places[1]]): row for row in two.rows}
        nothing = (None,) * len(two.columns)
        rows = [(*row, *later.get(str(row[places[0]]), nothing)) for row in one.rows]
        assert same(found, Answer(one.columns + two.columns, rows)), (
            before.spellings,
            after.spellings,
            found,
        )


@pytest.mark.parametrize("place", PLACES)
def test_a_moment_before_the_history_is_refused_wherever_it_stands(history, place):
    connection, _ = history
    ask, _ = PLACES[place]
    assert ask(connection, "SELECT count(*) FROM probe", "TIMESTAMP '2001-01-01'").error == "72000"
    assert ask(connection, "SELECT 1 AS one", "'2001-01-01 UTC'").error == "72000"
