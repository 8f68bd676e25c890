"""Names are given once: where two transactions take one, the later commit is refused."""

from __future__ import annotations

import pytest
from forked import CONTEXT
from statements import rows

import vql

PROCESSES = 3
NAMES = 12


@pytest.fixture
def connections(tmp_path):
    with vql.connect(tmp_path / "db") as one, vql.connect(tmp_path / "db") as other:
        for name in "ab":
            one.execute(f"CREATE TABLE {name} (x int)")
        yield one, other


def refused(connection, sqlstate):
    with pytest.raises(vql.ProgrammingError) as caught:
        connection.commit()
    assert caught.value.sqlstate == sqlstate
    connection.rollback()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CREATE INDEX same ON a (x)", "CREATE INDEX same ON b (x)"),
        ("CREATE TABLE same (id int)", "CREATE TABLE same (id int)"),
        ("CREATE TABLE same (id int)", "CREATE INDEX same ON b (x)"),
        ("CREATE INDEX same ON a (x)", "CREATE TABLE same AS SELECT 1 AS x"),
    ],
)
def test_a_relation_that_others_have_named_since_is_refused(connections, first, second):
    one, other = connections
    one.begin()
    other.begin()
    one.execute(first)
    other.execute(second)
    one.commit()
    refused(other, "42P07")
    with pytest.raises(vql.ProgrammingError) as caught:
        other.execute(second)
    assert caught.value.sqlstate == "42P07"


def test_a_snapshot_that_others_have_named_since_is_refused(connections):
    one, other = connections
    one.begin()
    other.begin()
    one.execute("INSERT INTO a VALUES (1)")
    one.execute("CREATE SNAPSHOT s")
    other.execute("CREATE SNAPSHOT s")
    one.commit()
    one.execute("INSERT INTO a VALUES (2)")
    refused(other, "42710")
    assert rows(one, "SELECT x FROM a AS OF SNAPSHOT 's'") == [(1,)]


def test_names_of_snapshots_inside_one_transaction(connections):
    one, _ = connections
    one.execute("CREATE SNAPSHOT s")
    one.begin()
    one.execute("INSERT INTO a VALUES (1)")
    one.execute("SAVEPOINT here")
    for statement, sqlstate in (
        ("CREATE SNAPSHOT s", "42710"), ("CREATE SNAPSHOT u; CREATE SNAPSHOT u", "42710"),
        ("DROP SNAPSHOT u", "42704"),
    ):  # fmt: skip
        with pytest.raises(vql.ProgrammingError) as caught:
            for each in statement.split(";"):
                one.execute(each)
        assert caught.value.sqlstate == sqlstate
        one.execute("ROLLBACK TO SAVEPOINT here")
    one.execute("DROP SNAPSHOT s")
    one.execute("CREATE SNAPSHOT s")
    one.execute("CREATE SNAPSHOT u")
    one.execute("DROP SNAPSHOT u")
    one.commit()
    assert rows(one, "SELECT x FROM a AS OF SNAPSHOT 's'") == [(1,)]
    one.execute("CREATE SNAPSHOT u")


def take_names(path, start, pipe):
    """Create each name, as a table, an index or a snapshot by turns; tell how often that went well."""
    done = []
    with vql.connect(path) as connection:
        start.wait()
        for place in range(NAMES):
            kind = ("TABLE n{} (x int)", "INDEX n{} ON a (x)", "SNAPSHOT n{}")[place % 3].format(place)
            try:
                connection.execute(f"CREATE {kind}")
                done.append(place)
            except vql.ProgrammingError as error:
                assert error.sqlstate in ("42P07", "42710"), error
    pipe.send(done)


def test_processes_take_each_name_once(connections):
    one, _ = connections
    start, ends = CONTEXT.Barrier(PROCESSES), [CONTEXT.Pipe() for _ in range(PROCESSES)]
    path = one.database.path
    processes = [CONTEXT.Process(target=take_names, args=(path, start, end)) for _, end in ends]
    for process in processes:
        process.start()
    done = [name for end, _ in ends for name in end.recv()]
    for process in processes:
        process.join()
    assert sorted(done) == list(range(NAMES))
