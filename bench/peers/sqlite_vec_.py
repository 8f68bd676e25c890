"""sqlite-vec: a virtual table of SQLite, always a full scan."""

from __future__ import annotations

import sqlite3

import numpy as np
import sqlite_vec
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import Peer
from bench.sets import F32

if not hasattr(sqlite3.Connection, "enable_load_extension"):  # as Python is built in many places
    import pysqlite3 as sqlite3  # type: ignore[no-redef,import-not-found]


class SqliteVec(Peer):
    """Integer columns are metadata columns of the virtual table."""

    note = "vec0 table, exact scan, metadata columns"
    ladders = ((0,),)

    def connect(self) -> sqlite3.Connection:
        """Return a connection that knows vec0."""
        connection = sqlite3.connect(self.folder / "items.db")
        connection.enable_load_extension(True)
        sqlite_vec.load(connection)
        return connection

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        if self.metric == "ip":
            raise NotImplementedError("sqlite-vec has no inner product")
        self.folder.mkdir(parents=True)
        connection = self.connect()
        connection.execute("PRAGMA journal_mode = wal")
        integers = "".join(f", {name} integer" for name in columns)
        connection.execute(
            f"CREATE VIRTUAL TABLE items USING vec0("
            f"id integer PRIMARY KEY, vec float[{self.dim}] distance_metric={self.metric}{integers})"
        )
        places = ", ".join("?" * (len(columns) + 2))
        connection.executemany(
            f"INSERT INTO items (id, vec, {', '.join(columns)}) VALUES ({places})",
            (
                (number, vector.tobytes(), *(int(values[number]) for values in columns.values()))
                for number, vector in enumerate(base)
            ),
        )
        connection.commit()
        connection.close()

    def open(self) -> None:
        self.connection = self.connect()

    def search(self, query: F32, window: Window | None) -> list[int]:
        sql, given = "SELECT id FROM items WHERE vec MATCH ? AND k = ?", [query.tobytes(), K]
        if window is not None:
            sql += f" AND {window.column} >= ? AND {window.column} < ?"
            given += [window.low, window.high]
        return [row[0] for row in self.connection.execute(sql, given)]

    def close(self) -> None:
        self.connection.close()
