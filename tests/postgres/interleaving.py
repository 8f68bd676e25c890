"""Statements of several sessions in a given order, on PostgreSQL and on VQL: what each gives, and who waits.

A script has a line a step, `session: statement`, and lines that go on. A step is over when its statement has
an answer or waits for another session's lock, which the lock tables of both tell; nothing depends on how fast
anything is. The answers of those that wait are taken when a later step has let them go on.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg

import vql

PAUSE_S, PATIENCE_S = 0.002, 120
TIMEOUTS = ("55P03", "57014")


class Step(NamedTuple):
    """What a step gave: rows, or the number of rows changed, or an SQLSTATE; and whether it had to wait."""

    session: str
    sql: str
    answer: object
    waited: bool


class Client:
    """One session on either side; `waits` tells whether its statement waits for a lock."""

    def __init__(self, connection: Any, waits: Callable[[], bool]) -> None:
        self.connection = connection
        self.waits = waits
        self.pool = ThreadPoolExecutor(1)

    def begin(self, sql: str) -> Future[object]:
        """Start a statement."""
        return self.pool.submit(self._run, sql)

    def _run(self, sql: str) -> object:
        try:
            cursor = self.connection.execute(sql)
        except (psycopg.Error, vql.Error) as error:
            return error.sqlstate
        return sorted(cursor.fetchall(), key=repr) if cursor.description else cursor.rowcount

    def close(self) -> None:
        """End the session."""
        self.pool.shutdown()
        self.connection.close()


@contextmanager
def postgres_clients(uri: str) -> Iterator[Callable[[], Client]]:
    """Give what makes clients of a PostgreSQL."""
    with psycopg.connect(uri, autocommit=True) as watching:

        def connect() -> Client:
            connection = psycopg.connect(uri, autocommit=True)
            process_id = connection.info.backend_pid
            query = "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted"
            return Client(connection, lambda: bool(watching.execute(query, [process_id]).fetchone()[0]))

        yield connect


@contextmanager
def vql_clients(path: Any) -> Iterator[Callable[[], Client]]:
    """Give what makes clients of a database of VQL in this process."""
    numbers = itertools.count(1)
    with vql.connect(path) as watching:

        def connect() -> Client:
            connection, number = vql.connect(path), next(numbers)
            connection.session.locks.process_id = number
            locks = watching.database.store.locks
            return Client(connection, lambda: any(e.process_id == number and not e.is_held for e in locks))

        yield connect


def parse(script: str) -> list[tuple[str, str]]:
    """Return the steps of a script."""
    steps: list[tuple[str, str]] = []
    for line in map(str.strip, script.strip().splitlines()):
        session, colon, sql = line.partition(": ")
        if colon and session.isdigit():
            steps.append((session, sql))
        else:
            steps[-1] = (steps[-1][0], f"{steps[-1][1]} {line}")
    return steps


def play(steps: Sequence[tuple[str, str]], connect: Callable[[], Client]) -> list[Step]:
    """Run steps and return what they gave, in their order."""
    clients = {session: connect() for session in sorted({session for session, _ in steps})}
    open_: dict[int, Future[object]] = {}
    answers: dict[int, object] = {}
    waited: set[int] = set()
    try:
        for number, (session, sql) in enumerate(steps):
            busy = [n for n in open_ if steps[n][0] == session]
            for earlier in busy:  # the same session: its statement has to end first
                answers[earlier] = open_.pop(earlier).result(PATIENCE_S)
            open_[number] = clients[session].begin(sql)
            settle(steps, clients, open_, answers, waited)
        for number, future in open_.items():
            answers[number] = future.result(PATIENCE_S)
    finally:
        for client in clients.values():
            client.close()
    # One that a timeout ended did wait, however soon.
    waited |= {n for n, answer in answers.items() if answer in TIMEOUTS}
    return [Step(*step, answers[n], n in waited) for n, step in enumerate(steps)]


def settle(
    steps: Sequence[tuple[str, str]],
    clients: dict[str, Client],
    open_: dict[int, Future[object]],
    answers: dict[int, object],
    waited: set[int],
) -> None:
    """Return when every open statement has an answer or waits."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        for number in [n for n, future in open_.items() if future.done()]:
            answers[number] = open_.pop(number).result()
        waiting = {n for n in open_ if clients[steps[n][0]].waits()}
        waited |= waiting
        # Looked at twice: one may have been let go on in between.
        if waiting == set(open_) and not any(future.done() for future in open_.values()):
            time.sleep(PAUSE_S)
            if all(clients[steps[n][0]].waits() for n in open_):
                return
        time.sleep(PAUSE_S)
    raise AssertionError(f"neither answered nor waiting: {[steps[n] for n in open_]}")


def transcript(steps: Sequence[Step]) -> list[str]:
    """Return what steps gave as lines to compare."""
    return [f"{step.session}: {step.sql} -> {step.answer}{' (after a wait)' * step.waited}" for step in steps]
