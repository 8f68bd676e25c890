"""Temporary tables over the wire: of one connection, with others in other workers."""

from __future__ import annotations

import psycopg
from server_process import Server

CONNECTIONS = 8


def test_connections_of_several_workers_have_their_own(server: Server) -> None:
    opened = [psycopg.connect(server.url, autocommit=True) for _ in range(CONNECTIONS)]
    try:
        for number, connection in enumerate(opened):
            connection.execute("CREATE TEMP TABLE of_mine (id int PRIMARY KEY, v text)")
            connection.execute("INSERT INTO of_mine VALUES (1, %s)", (f"connection {number}",))
        for number, connection in enumerate(opened):
            assert connection.execute("SELECT v FROM of_mine").fetchall() == [(f"connection {number}",)]
        with opened[0].cursor() as cursor, cursor.copy("COPY of_mine FROM STDIN") as copy:
            copy.write_row((2, "copied"))
        assert opened[0].execute("SELECT count(*) FROM of_mine").fetchone() == (2,)
        assert opened[1].execute("SELECT count(*) FROM of_mine").fetchone() == (1,)
    finally:
        for connection in opened:
            connection.close()


def test_the_end_of_the_connection_removes_them(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as watching:
        made = "SELECT count(*) FROM pg_class WHERE relname = 'going'"
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TEMP TABLE going (id int) ON COMMIT PRESERVE ROWS")
            connection.commit()
            assert watching.execute(made).fetchone() == (1,)
        while watching.execute(made).fetchone() != (0,):
            pass  # the server ends the session once it has seen the end of the connection


def test_a_pool_gives_a_connection_back_as_new(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE of_the_last (id int)")
        connection.execute("DISCARD ALL")
        assert connection.execute("SELECT to_regclass('of_the_last')").fetchone() == (None,)
        connection.execute("CREATE TEMP TABLE of_the_last (id int)")
