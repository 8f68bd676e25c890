"""What a process does that writes to a database in a bucket; here so that it imports little."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection

import vql
import vql.python.connection


def write_rows(url: str, first: int, said: Connection, environment: dict[str, str]) -> None:
    """Write rows, and say of each that it was acknowledged; who is fenced goes on, as the next writer."""
    os.environ.update(environment)
    connection = vql.connect(url)
    number = first
    while True:
        try:
            if number == first:
                connection.execute("CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY)")
            if number % 20 == 0:
                connection.execute("VACUUM t")
            connection.execute("INSERT INTO t VALUES (?)", (number,))
            said.send(number)
            number += 1
        except vql.OperationalError as error:
            said.send(error.sqlstate)
            number += 1
