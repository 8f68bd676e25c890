"""What the server may run where all clients wait: little by its plan, whatever it took before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vql
from vql.language import parser
from vql.session.session import Session

ROWS = 100_000


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    connection = vql.connect(tmp_path_factory.mktemp("brief") / "db")
    connection.execute("CREATE TABLE many (id int PRIMARY KEY, x int, v vector(64))")
    numbers = np.arange(ROWS)
    vectors = np.random.default_rng(1).normal(size=(ROWS, 64)).astype("f4")
    connection.insert("many", {"id": numbers, "x": numbers, "v": vectors})
    connection.execute("CREATE TABLE few (id int PRIMARY KEY, x int, v vector(3))")
    connection.execute("INSERT INTO few VALUES (1, 1, '[1,2,3]'), (2, 2, '[2,3,4]')")
    connection.execute("CREATE SEQUENCE few_numbers")
    connection.execute("CREATE SNAPSHOT 'before'")
    yield connection
    connection.close()


@pytest.fixture
def session(database: vql.Connection) -> Iterator[Session]:
    opened = Session(database.database, "vql", "wire")
    yield opened
    opened.close()


NEAREST = "SELECT id FROM many ORDER BY v <-> '[" + ",".join(["0"] * 64) + "]' LIMIT "
BY_ROW = "SELECT id FROM many ORDER BY v <-> (SELECT v FROM many WHERE id = 9) LIMIT 10"


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM many WHERE id = 70000", "SELECT * FROM few WHERE x > 1", "SELECT x FROM few ORDER BY x",
     "SELECT id FROM few ORDER BY v <-> '[1,1,1]' LIMIT 1", NEAREST + "10", BY_ROW, "BEGIN", "SHOW timezone",
     "SET vql.recall = 0.9", "SELECT * FROM few WHERE id = 1 AS OF SNAPSHOT 'before'",
     "SELECT 1", "SELECT now(), current_user", "SELECT upper('x') || id FROM few WHERE id = 1",
     "SELECT count(*) FROM few", "SELECT max(id) FROM many", "SELECT exists(SELECT 1 FROM many WHERE id = 7)",
     "SELECT a.x, b.id FROM few a JOIN many b ON b.id = a.id WHERE a.id = 1", "SELECT sum(x) FROM few",
     "SELECT * FROM many WHERE id = 7 AND now() > now() - interval '1 day'"],
)  # fmt: skip
def test_little_is_brief(session: Session, sql: str) -> None:
    session.run(sql)
    assert session.execute_if_brief(session.prepare(sql)) is not None


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM few WHERE id < 0", "INSERT INTO few VALUES (3, 3, '[1,2,3]')", "TRUNCATE few",
     "CREATE TABLE other (id int)", "SELECT * FROM many WHERE x < 10", "SELECT id FROM many",
     "SELECT id FROM many WHERE x >= 0 LIMIT 100000", NEAREST + "50000",
     "SELECT pg_sleep(0)", "SELECT repeat('x', id) FROM few", "SELECT generate_series(1, 3)",
     "SELECT count(*) FROM few, many", "SELECT x + 1 FROM many", "SELECT x + 1 FROM many ORDER BY x LIMIT 1",
     "SELECT string_agg(repeat('x', 1000), '') FROM few", "SELECT nextval('few_numbers')",
     "SELECT 2::numeric ^ id FROM few", "SELECT x ~ 'a' FROM (SELECT id::text AS x FROM few) f",
     "SELECT row_number() OVER () FROM few",
     "SELECT id FROM many ORDER BY x", "SELECT * FROM few WHERE id = 1 AS OF now() + interval '1 hour'",
     "SET vql.as_of = '2020-01-01'", "BEGIN AS OF '2020-01-01'", "VACUUM few"],
)  # fmt: skip
def test_what_may_take_long_or_wait_is_not(session: Session, sql: str) -> None:
    if sql.startswith("SELECT") and "AS OF" not in sql:
        session.run(sql)
    assert session.execute_if_brief(session.prepare(sql)) is None


def test_nothing_is_brief_in_a_block_that_has_changed_many_rows_and_no_commit_of_changes(
    session: Session,
) -> None:
    query, commit = session.prepare("SELECT x FROM few WHERE id = 1"), session.prepare("COMMIT")
    session.run("BEGIN")
    session.run("UPDATE few SET x = 5 WHERE id = 1")
    found = session.execute_if_brief(query)
    assert found is not None and found.rows == [(5,)]
    assert session.execute_if_brief(commit) is None
    session.run("UPDATE many SET x = x")
    assert session.execute_if_brief(query) is None and session.execute_if_brief(commit) is None
    session.run("ROLLBACK")


def test_a_table_that_grows_is_not_brief_any_more(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE grows (id int)")
        session = Session(connection.database, "vql", "wire")
        prepared = session.prepare("SELECT id FROM grows WHERE id > 5")
        assert session.execute_if_brief(prepared) is not None
        connection.insert("grows", {"id": np.arange(ROWS)})
        assert session.execute_if_brief(prepared) is None
        session.close()


def test_a_shape_asked_before_its_table_exists_is_as_quick_as_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vql.connect(tmp_path / "db") as connection:
        sql = "SELECT id FROM later WHERE id = {} AND b = 'x{}'"
        with pytest.raises(vql.ProgrammingError):
            connection.execute(sql.format(1, 1))
        connection.execute("CREATE TABLE later (id int PRIMARY KEY, b text)")
        parsed, parse = [], parser.parse

        def count(text: str, *others: str) -> object:
            parsed.append(text)
            return parse(text, *others)

        monkeypatch.setattr(parser, "parse", count)
        for number in range(20):
            connection.execute(sql.format(number, number))
        assert len(parsed) <= 1


@pytest.mark.parametrize("oid", [21, 23], ids=["smallint", "integer"])
@pytest.mark.parametrize(
    "sql",
    ["SELECT exists(SELECT 1 FROM many WHERE id = $1)", "SELECT x + 1 FROM many WHERE id = $1",
     "SELECT a.x + b.x FROM few a JOIN many b ON b.id = a.id WHERE a.id = $1"],
)  # fmt: skip
def test_small_numbers_that_drivers_call_smallint_find_rows_by_key(
    session: Session, sql: str, oid: int
) -> None:
    prepared = session.prepare(sql, (oid,))
    rows = session.execute(prepared, (2,)).rows
    found = session.execute_if_brief(prepared, (2,))
    assert found is not None
    assert found.rows == rows
    assert len(rows) == 1


def test_long_values_are_not_brief(session: Session) -> None:
    prepared = session.prepare("SELECT upper($1), x FROM few WHERE id = 1", (25,))
    assert session.execute(prepared, ("a",)).rows == [("A", 1)]
    assert session.execute_if_brief(prepared, ("a",)) is not None
    assert session.execute_if_brief(prepared, ("a" * 1_000_000,)) is None
    session.run("CREATE TABLE texts (id int PRIMARY KEY, long text)")
    session.run("INSERT INTO texts VALUES (1, 'short'), (2, repeat('x', 1000000))")
    reversing = session.prepare("SELECT reverse(long) FROM texts WHERE id = $1", (23,))
    for number, is_brief in ((1, True), (2, False)):
        session.execute(reversing, (number,))
        assert (session.execute_if_brief(reversing, (number,)) is not None) is is_brief
    session.run("DROP TABLE texts")
