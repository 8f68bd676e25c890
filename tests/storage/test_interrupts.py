"""A statement is whole or not at all, whatever is raised in its middle.

An exception that is none of ours, as Ctrl-C or a lack of memory raise it, comes at one line of our code
after the other: the trace function raises it when so many lines have been run.
"""

from __future__ import annotations

import random
import sys
from linecache import getline
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from statements import rows

import vql
from vql.session.database import check

ROOT = str(Path(vql.__file__).parents[1])
BEFORE = [(i, "x") for i in range(1, 11)]
MOMENTS = 25


def update(connection):
    connection.execute("UPDATE t SET b = 'y' WHERE id <= 5")


def move_keys(connection):
    connection.execute("UPDATE t SET id = id + 100 RETURNING id").fetchall()


def upsert(connection):
    values = "(3, 'u'), (11, 'u')"
    connection.execute(f"INSERT INTO t VALUES {values} ON CONFLICT (id) DO UPDATE SET b = excluded.b")


def delete(connection):
    connection.execute("DELETE FROM t WHERE id > 4")


def insert_columns(connection):
    connection.insert("t", {"id": np.arange(20, 24), "b": list("efgh")})


def insert_frame(connection):
    connection.insert("t", pyarrow.table({"id": [20, 21], "b": ["e", "f"]}))


def many(connection):
    connection.executemany("UPDATE t SET b = ? WHERE id = ?", [["m", 1], ["m", 2]])


STATEMENTS = (update, move_keys, upsert, delete, insert_columns, insert_frame, many)


class Interrupt:
    """Raises an error at the given line of our code, and counts the lines run until then."""

    def __init__(self, error, at):
        self.error, self.at, self.lines = error, at, 0

    def __enter__(self):
        sys.settrace(self._trace)
        return self

    def __exit__(self, kind, error, trace):
        sys.settrace(None)
        # A lack of memory is told as 53200.
        return isinstance(error, self.error | vql.Error)

    def _trace(self, frame, event, argument):
        file = frame.f_code.co_filename
        if file == __file__ or not file.startswith(ROOT + "/"):
            return None
        # A block is also left at the line it begins with: signals are not handled between its last call
        # and that of `__exit__`, a trace function would raise there.
        line = getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and not line.lstrip().startswith("with "):
            self.lines += 1
            if self.lines == self.at:
                raise self.error
        return self._trace


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    path = tmp_path_factory.mktemp("interrupts") / "db"
    with vql.connect(path) as made:
        made.database.maintainer.in_background = False
        made.execute("CREATE TABLE t (id int PRIMARY KEY, b text)")
        yield made
    assert check(path) == []


def start_again(connection):
    connection.execute("DELETE FROM t")
    connection.execute("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 10) AS g(i)")


def content(connection):
    return rows(connection, "SELECT id, b FROM t ORDER BY id")


def moments_of(connection, run):
    """Return lines to raise at, and what the statement leaves when nothing is raised."""
    start_again(connection)
    with Interrupt(KeyboardInterrupt, -1) as counted:
        run(connection)
    after = content(connection)
    generator = random.Random(run.__name__)
    count = min(MOMENTS, counted.lines)
    return sorted(generator.sample(range(1, counted.lines + 1), count)), after


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.__name__)
def test_an_interrupted_statement_of_a_block_is_not_committed_in_part(connection, statement):
    error = MemoryError if statement is delete else KeyboardInterrupt

    def block(connection):
        connection.begin()
        connection.execute("INSERT INTO t VALUES (99, 'first')")
        statement(connection)

    def committed(connection):
        block(connection)
        connection.commit()

    moments, whole = moments_of(connection, committed)
    first = sorted([*BEFORE, (99, "first")])
    for at in moments:
        connection.rollback()
        start_again(connection)
        with Interrupt(error, at):
            block(connection)
        failed = connection.session.transaction_status == "E"
        connection.commit()
        found = content(connection)
        assert found in (BEFORE, first, whole), at
        assert not failed or found == BEFORE, at


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.__name__)
def test_an_interrupted_statement_of_its_own_is_whole_or_not_at_all(connection, statement):
    moments, whole = moments_of(connection, statement)
    for at in moments:
        start_again(connection)
        with Interrupt(KeyboardInterrupt, at):
            statement(connection)
        assert connection.session.transaction_status == "I", at
        assert content(connection) in (BEFORE, whole), at


def test_an_interrupt_fails_the_block(connection, monkeypatch):
    from vql.storage.transactions.transaction import Transaction

    start_again(connection)

    def interrupted(self, table, columns, keys_are_new=True):
        raise KeyboardInterrupt

    for run in (update, move_keys, upsert, insert_columns, insert_frame):
        connection.begin()
        connection.execute("SAVEPOINT here")
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Transaction, "insert", interrupted)
            run(connection)
        for further in (update, insert_columns, insert_frame, content):
            with pytest.raises(vql.InternalError) as caught:
                further(connection)
            assert caught.value.sqlstate == "25P02"
        connection.execute("ROLLBACK TO SAVEPOINT here")
        assert content(connection) == BEFORE
        delete(connection)
        connection.rollback()
        assert content(connection) == BEFORE
