"""vql.threads over the wire: one thread a statement, unless the session says more."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import psycopg
import pytest
from server_process import Server

import vql

DIM, ROWS, SEGMENTS, SEED = 128, 12_000, 3, 41
SQL = f"SELECT id, v <-> '[{','.join(['0.5'] * DIM)}]' FROM parted ORDER BY 2 LIMIT 7"


@pytest.fixture(scope="module")
def parted(server: Server) -> Server:
    """A table of three segments, too few to be merged, that are large enough for threads."""
    generator = np.random.default_rng(SEED)
    with vql.connect(server.path) as connection:
        connection.session.database.maintainer.in_background = False
        connection.execute(f"CREATE TABLE parted (id int PRIMARY KEY, v vector({DIM}))")
        for number in range(SEGMENTS):
            vectors = generator.normal(size=(ROWS, DIM)).astype("f4")
            connection.insert("parted", {"id": np.arange(ROWS) + number * ROWS, "v": vectors})
    return server


def threads_of(connection: psycopg.Connection[tuple[object, ...]]) -> list[object]:
    lines = [line for (line,) in connection.execute(f"EXPLAIN ANALYZE {SQL}").fetchall()]
    assert len([line for line in lines if "Strategy" in str(line)]) == SEGMENTS
    return [line.strip() for line in lines if "Threads" in str(line)]


def test_a_session_sets_its_threads(parted: Server) -> None:
    with psycopg.connect(parted.url, autocommit=True) as connected:
        alone = connected.execute(SQL).fetchall()
        assert len(alone) == 7 and threads_of(connected) == []
        connected.execute("SET vql.threads = 2")
        assert threads_of(connected) == ["Threads: 2"]
        assert connected.execute(SQL).fetchall() == alone
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            connected.execute("SET vql.threads = 1000")


def without_timeout(connected: psycopg.Connection[Any]) -> None:
    """Reset the timeout, by a statement that is under it itself."""
    while True:
        with suppress(psycopg.errors.QueryCanceled):
            connected.execute("RESET statement_timeout")
            return


def test_a_timeout_leaves_the_session_whole(parted: Server) -> None:
    with psycopg.connect(parted.url, autocommit=True) as connected:
        alone = connected.execute(SQL).fetchall()
    with psycopg.connect(parted.url, autocommit=True, options="-c vql.threads=3") as connected:
        for timeout in ("1ms", "2ms", "3ms") * 5:
            connected.execute(f"SET statement_timeout = '{timeout}'")
            try:
                assert connected.execute(SQL).fetchall() == alone
            except psycopg.errors.QueryCanceled as error:
                assert "statement timeout" in str(error)
            without_timeout(connected)
            assert connected.execute(SQL).fetchall() == alone
