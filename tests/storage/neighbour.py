"""Another process with a connection of its own, told what to do through a pipe."""

from __future__ import annotations

from forked import CONTEXT

import vql
from vql.storage.upkeep.lease import lease


def serve(path, pipe):
    """The other process: run what comes, answer with rows or the error's code."""
    try:
        with vql.connect(path) as connection:
            pipe.send(("rows", None))
            while True:
                what, given, parameters = pipe.recv()
                try:
                    pipe.send(("rows", run(connection, what, given, parameters)))
                except vql.Error as error:
                    pipe.send(("error", error.sqlstate))
    except EOFError:
        return


def run(connection, what, given, parameters):
    match what:
        case "sql":
            cursor = connection.execute(given, parameters)
            return None if cursor.description is None else cursor.fetchall()
        case "many":
            for each in parameters:
                connection.execute(given, each)
            return None
        case "insert":
            return connection.insert(given, parameters)
        case "hold lease":
            held = lease(connection.database.path)
            held.__enter__()
            connection.held = held
            return None
        case "release lease":
            return connection.held.__exit__(None, None, None)
    raise AssertionError(what)


class Refused(Exception):
    """The other process' statement failed; the argument is its SQLSTATE."""


class Neighbour:
    """The parent's end."""

    def __init__(self, path):
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=serve, args=(path, theirs))
        self.process.start()
        theirs.close()
        self.answer()

    def start(self, what, given="", parameters=()):
        """Begin something without waiting for it."""
        self.pipe.send((what, given, parameters))

    def answer(self, timeout=60):
        """Wait for the outcome of what was begun."""
        assert self.pipe.poll(timeout), "no answer"
        said, value = self.pipe.recv()
        if said == "error":
            raise Refused(value)
        return value

    def sql(self, text, parameters=()):
        self.start("sql", text, parameters)
        return self.answer()

    def kill(self):
        self.process.kill()
        self.process.join()

    def close(self):
        self.pipe.close()
        self.process.join(30)
