"""Transfers between accounts by several processes: the sum never changes, at any version."""

from __future__ import annotations

import random
import time

from forked import CONTEXT
from statements import rows

import vql
from vql.session.database import check

ACCOUNTS, WRITERS, SECONDS, LEAST = 12, 3, 2.0, 20


def transfer(path, seed, pipe):
    """Move money until told to stop; send how many transfers were committed and refused."""
    generator, done, refused = random.Random(seed), 0, 0
    with vql.connect(path) as connection:
        while not pipe.poll():
            giver, taker = generator.sample(range(ACCOUNTS), 2)
            amount = generator.randint(1, 50)
            try:
                connection.begin()
                connection.execute("UPDATE t SET n = n - ? WHERE id = ?", [amount, giver])
                connection.execute("UPDATE t SET n = n + ? WHERE id = ?", [amount, taker])
                connection.commit()
                done += 1
            except vql.OperationalError as error:
                assert error.sqlstate == "40P01"
                connection.rollback()
                refused += 1
            if generator.random() < 0.02:
                connection.execute("VACUUM t")
    pipe.send((done, refused))


def test_transfers_keep_the_sum(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n bigint)")
        for i in range(ACCOUNTS):
            connection.execute("INSERT INTO t VALUES (?, 100)", [i])
        first = version = connection.database.store.version()
        pipes, processes = [], []
        for seed in range(WRITERS):
            ours, theirs = CONTEXT.Pipe()
            process = CONTEXT.Process(target=transfer, args=(path, seed, theirs))
            process.start()
            pipes.append(ours)
            processes.append(process)
        generator, deadline, looked = random.Random(9), time.monotonic() + SECONDS, 0
        # A while, and longer where the machine is too busy for much to have happened.
        while min(looked, version - first) <= LEAST or time.monotonic() < deadline:
            version = connection.database.store.version()
            for as_of in ("", f" AS OF VERSION {generator.randint(first, version)}"):
                found = rows(connection, f"SELECT id, n FROM t{as_of}")
                assert sorted(row[0] for row in found) == list(range(ACCOUNTS)), as_of
                assert sum(row[1] for row in found) == 100 * ACCOUNTS, as_of
            looked += 1
        outcomes = []
        for pipe in pipes:
            pipe.send("stop")
        for pipe, process in zip(pipes, processes, strict=True):
            assert pipe.poll(60)
            outcomes.append(pipe.recv())
            process.join(60)
        done = sum(outcome[0] for outcome in outcomes)
        # Every transfer is one version, every refused one none.
        assert connection.database.store.version() == first + done
    assert check(path) == []
