"""Transports for golden scripts: a session in this process, and a server reached by psycopg."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from recorder import Recorder  # noqa: E402
from runner import Failure, Outcome  # noqa: E402

from vql.errors import Error  # noqa: E402
from vql.session.database import Database  # noqa: E402
from vql.session.session import Session  # noqa: E402
from vql.types.type import type_of_oid  # noqa: E402


class Embedded:
    """A session of the wire's style, so that one script suits both."""

    shows_beneath = True

    def __init__(self, path: Path) -> None:
        self._database = Database.open(path)
        # What is written is then what the statements wrote; the server's database is maintained meanwhile.
        self._database.maintainer.in_background = False
        self._session = Session(self._database, style="wire")
        self._names = ObjectNames(self._database)
        self._recorder = Recorder(path, self._names)

    def run(self, sql: str) -> Outcome:
        try:
            result = self._session.run(sql)
        except Error as error:
            raise Failure(error.sqlstate, error.message, error.position, error.detail, error.hint) from None
        if result.columns is None:
            return Outcome((), None, result.tag)
        names = [(column.name, column.type.name) for column in result.columns]
        types = [column.type for column in result.columns]
        rows = [
            [
                None if v is None else v if isinstance(v, str) else t.to_text(v)
                for t, v in zip(types, row, strict=True)
            ]
            for row in result.rows
        ]
        return Outcome(names, rows, result.tag)

    def take_writes(self) -> list[str]:
        return self._recorder.take()

    def close(self) -> None:
        self._recorder.close()
        self._names.close()
        self._session.close()
        self._database.close()


class ObjectNames:
    """Names of tables and indexes by id, those dropped since included."""

    def __init__(self, database: Database) -> None:
        self._session = Session(database)
        self._names: dict[int, str] = {}

    def __call__(self, object_id: int) -> str:
        if object_id not in self._names:
            rows = self._session.run("SELECT oid, relname FROM pg_class").rows
            self._names |= {int(oid): str(name) for oid, name in rows}
        return self._names.get(object_id, "an object")

    def close(self) -> None:
        self._session.close()


class Wire:
    """A psycopg connection; values are taken as the text the server sends."""

    shows_beneath = False

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def run(self, sql: str) -> Outcome:
        connection = self._connection.pgconn
        result = connection.exec_(sql.encode())
        if result.status in (psycopg.pq.ExecStatus.FATAL_ERROR, psycopg.pq.ExecStatus.BAD_RESPONSE):
            field = psycopg.pq.DiagnosticField

            def read(which: Any) -> str | None:
                value = result.error_field(which)
                return None if value is None else value.decode()

            position = read(field.STATEMENT_POSITION)
            raise Failure(
                read(field.SQLSTATE) or "",
                read(field.MESSAGE_PRIMARY) or "",
                int(position) if position else None,
                read(field.MESSAGE_DETAIL),
                read(field.MESSAGE_HINT),
            )
        tag = (result.command_status or b"").decode()
        if result.status != psycopg.pq.ExecStatus.TUPLES_OK:
            return Outcome((), None, tag)
        names = [
            ((result.fname(i) or b"").decode(), type_of_oid(result.ftype(i)).name)
            for i in range(result.nfields)
        ]
        rows = [
            [None if (v := result.get_value(r, c)) is None else v.decode() for c in range(result.nfields)]
            for r in range(result.ntuples)
        ]
        return Outcome(names, rows, tag)

    def take_writes(self) -> list[str]:
        return []

    def close(self) -> None:
        """Leave the server as it was: the next script finds none of this one's tables."""
        self._connection.rollback()
        self._connection.execute("RESET search_path")
        self._connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        self._connection.execute("CREATE SCHEMA public")
        self._connection.close()


@pytest.fixture(scope="session")
def golden_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One server for all scripts."""
    place = HERE.parent / "wire" / "server_process.py"
    specification = importlib.util.spec_from_file_location("golden_server_process", place)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    started = module.Server(tmp_path_factory.mktemp("golden") / "db", workers=1)
    yield started
    started.stop()


@pytest.fixture(params=["embedded", "wire"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Embedded | Wire]:
    """Each script runs over both."""
    made: Embedded | Wire
    if request.param == "embedded":
        made = Embedded(tmp_path / "db")
    else:
        made = Wire(request.getfixturevalue("golden_server").url)
    yield made
    made.close()
