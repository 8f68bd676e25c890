"""The DuckDB connection behind the relational bridge: lazy, hardened, one a session.

Sessions of one database share a `DuckEngine` (one in-memory DuckDB instance with our macros);
each session's `DuckBridge` is a connection of it, whose calls run beside the statement's thread
(`vql.executor.bridge.beside`). Nothing here imports duckdb before the first
relational statement: that import costs 100 ms. External access, extensions and configuration are
closed before a user's text comes near; time zone is UTC, and results leave as Arrow, which needs no
pytz.
"""

from __future__ import annotations

import shutil
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from vql import memory
from vql.deadline import check_deadline, current_deadline
from vql.errors import OperationalError, OutOfMemory
from vql.executor.bridge.arrow import ColumnStream
from vql.executor.bridge.arrow_input import columns_in_pieces, concatenated
from vql.executor.bridge.beside import Calls
from vql.executor.bridge.errors import streamed, translated
from vql.executor.bridge.macros import MACROS
from vql.executor.bridge.spill import SpillFolder
from vql.executor.bridge.typed.udf import Functions
from vql.executor.rows.batch import PIECE_ROWS_MAX, RecordBatch, RecordStream
from vql.types.type import Type, type_of_duck

# Registered tables a session keeps between statements over an unchanged snapshot.
STREAMS_KEPT = 16
CONFIGURATION: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",  # a table is never a variable of Python
    "default_null_order": "nulls_last_on_asc_first_on_desc",
}
SETUP = ("SET timezone = 'UTC'", "SET enable_external_access = false")
Value = TypeVar("Value")
# Of the free space of the disk: what spills must not keep others from committing.
SPILL_SHARE_MAX = 0.5


class DuckEngine:
    """One in-memory DuckDB instance, made at first use and shared by a database's sessions."""

    def __init__(self, database: Path, memory_bytes: int) -> None:
        """DuckDB may hold half of `memory_bytes`, then it spills into the database's folder."""
        self._database = database
        self._memory_bytes = memory_bytes
        self._spill: SpillFolder | None = None
        self._lock = threading.Lock()
        self._root: Any = None
        self.calls = Calls()
        self.functions = Functions(self._register)
        # What makes Python functions: they end with it.
        self._maker: Any = None

    def _register(
        self, name: str, call: Callable[..., Any], arguments: list[str], result: str, is_volatile: bool
    ) -> None:
        """Make a Python function one of DuckDB's."""
        if self._maker is None:
            self._maker = self.connection()
        self._maker.create_function(
            name, call, arguments, result, type="native", null_handling="special", side_effects=is_volatile
        )

    def connection(self) -> Any:
        """Return a new connection of the instance."""
        import duckdb

        with self._lock:
            try:
                if self._root is None:
                    self._root = self._instance()
                return self._root.cursor()
            except duckdb.Error as error:
                raise translated(error) from error

    def _instance(self) -> Any:
        import duckdb

        root = duckdb.connect(":memory:", config=CONFIGURATION | self._limits())
        for statement in (*SETUP, *MACROS, "SET lock_configuration = true"):
            root.execute(statement)
        weakref.finalize(self, root.close)
        return root

    def _limits(self) -> dict[str, str]:
        limits = {"memory_limit": f"{self._memory_bytes // 2 >> 20}MiB"}
        try:
            self._spill = SpillFolder(self._database)
            free_bytes = shutil.disk_usage(self._database).free
        except OSError:  # read-only, or full: what does not fit is out of memory
            return limits | {"temp_directory": ""}
        largest = f"{int(free_bytes * SPILL_SHARE_MAX) >> 20}MiB"
        return limits | {"temp_directory": str(self._spill.path), "max_temp_directory_size": largest}

    def close(self) -> None:
        """Close the instance; connections of it end with it."""
        with self._lock:
            self.calls.close()
            self._maker = None
            if self._root is not None:
                self._root.close()
                self._root = None
            if self._spill is not None:
                self._spill.close()
                self._spill = None


class DuckBridge:
    """A session's DuckDB connection. One statement at a time."""

    def __init__(self, engine: DuckEngine) -> None:
        self.engine = engine
        self._connection: Any = None
        self._streams: dict[tuple[object, ...], tuple[str, object]] = {}
        self._counter = 0
        # Kept tables that a newer one has replaced; the statement that runs may still read them.
        self._stale: list[str] = []
        # Tables that hold rows of the statement that runs.
        self._loaded: set[str] = set()
        # Relations of the system catalog that exist as temporary tables, and what they were made of.
        self.catalog: dict[str, object] = {}

    @property
    def connection(self) -> Any:
        """The DuckDB connection, made at first use."""
        if self._connection is None:
            self._connection = self.engine.connection()
            weakref.finalize(self, self._connection.close)
        return self._connection

    def run(self, sql: str, given: Sequence[Type] | None = None) -> RecordBatch:
        """Execute one query and return its rows, as columns of the types `given` where they are known. Raises
        our errors."""
        names, types, batches = self.stream(sql, sys.maxsize, given)
        pieces = list(batches)
        parts = [batch.data for batch in pieces]
        columns = tuple(
            concatenated(type_, [part[position] for part in parts]) for position, type_ in enumerate(types)
        )
        return RecordBatch(names, types, columns, sum(batch.rows for batch in pieces))

    def stream(
        self, sql: str, rows_max: int = PIECE_ROWS_MAX, given: Sequence[Type] | None = None
    ) -> RecordStream:
        """Execute one query and return its rows as DuckDB finds them, up to so many at a time; it runs until
        the last is read, or the next one begins. Raises our errors, also while it is read."""
        from nanoarrow import c_array_stream

        connection = self.connection

        def work() -> tuple[tuple[str, ...], tuple[Type, ...], Any]:
            relation = connection.sql(sql)
            if relation is None:
                raise OperationalError("the statement returns no rows")
            if given is None:
                types = tuple(type_of_duck(str(type_)) for type_ in relation.types)
            else:
                types = tuple(given)
            # A query may have no columns, which DuckDB knows nothing of: it gives one of NULLs.
            return tuple(relation.columns[: len(types)]), types, c_array_stream(relation)

        names, types, arrays = self._call(work)
        return RecordStream(names, types, self._read(arrays, names, types, rows_max))

    def _read(
        self, arrays: Any, names: tuple[str, ...], types: tuple[Type, ...], rows_max: int
    ) -> Iterator[RecordBatch]:
        """Yield what DuckDB finds. Raises our errors."""
        following, deadline = partial(next, arrays, None), current_deadline()
        try:
            while True:
                # Quick calls are not looked at while they are made.
                deadline.check()
                deadline.check_memory()
                array = self._call(following)
                if array is None:
                    return
                for rows, columns in columns_in_pieces(array, types, rows_max):
                    yield RecordBatch(names, types, columns, rows)
                del array  # before the next one is made
        finally:
            arrays.release()  # an error's traceback would keep the result open

    def _call(self, work: Callable[[], Value]) -> Value:
        """Let DuckDB work beside this thread; its errors become ours."""
        import duckdb
        from nanoarrow._utils import NanoarrowException

        found: BaseException
        try:
            return self.engine.calls.run(work, self.connection.interrupt)
        except duckdb.Error as error:
            found = self.engine.functions.raised(str(error)) or translated(error)
        except NanoarrowException as error:
            found = self.engine.functions.raised(str(error)) or streamed(error)
        except (MemoryError, OutOfMemory) as error:
            found = error
        if isinstance(found, MemoryError | OutOfMemory):
            self.close()  # with the connection goes what the query holds until the next
            memory.release()
        raise found

    def execute(self, sql: str) -> None:
        """Execute a statement of the bridge's own."""
        self.connection.execute(sql)

    def register(self, stream: ColumnStream, name: str | None = None) -> str:
        """Make a stream, of which DuckDB reads the schema, a table for as long as it stays registered. Raises
        our errors."""
        if name is None:
            self._counter += 1
            name = f"vql__{self._counter}"
        connection = self.connection
        import duckdb

        try:
            connection.register(name, stream)
        except duckdb.Error as error:
            check_deadline()  # why the stream stopped, whatever DuckDB made of that
            raise translated(error) from error
        return name

    def load(self, stream: ColumnStream) -> str:
        """Return a table of the rows of a stream, which is unregistered as others are. DuckDB knows how many
        they are when it orders joins: of a stream it expects one. Raises our errors."""
        registered = self.register(stream)
        name = f"{registered}_rows"
        try:
            connection = self.connection
            self._call(lambda: connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {registered}"))
            self._loaded.add(name)
        finally:
            self.unregister([registered])
        return name

    def unregister(self, names: Sequence[str]) -> None:
        """Forget the tables of a statement that has ended, and kept ones that were replaced."""
        for name in (*names, *self._stale):
            if self._connection is None:
                pass
            elif name in self._loaded:
                self._connection.execute(f"DROP TABLE {name}")
                self._loaded.remove(name)
            else:
                self._connection.unregister(name)
        self._stale.clear()

    def kept(self, key: tuple[object, ...], owner: object) -> str | None:
        """Return the name of a table kept under `key` for this very owner, or None."""
        found = self._streams.get(key)
        return found[0] if found is not None and found[1] is owner else None

    def keep(self, key: tuple[object, ...], owner: object, stream: ColumnStream) -> str:
        """Register a table and keep it for later statements; the oldest are dropped."""
        old = self._streams.pop(key, None)
        if old is not None:
            self._stale.append(old[0])
        while len(self._streams) >= STREAMS_KEPT:
            self._stale.append(self._streams.pop(next(iter(self._streams)))[0])
        name = self.register(stream)
        self._streams[key] = (name, owner)
        return name

    def close(self) -> None:
        """Close the connection."""
        self._streams.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._loaded.clear()
            self.catalog.clear()
