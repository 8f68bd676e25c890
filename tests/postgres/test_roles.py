"""Roles, privileges and owners: each statement answers as PostgreSQL's, with its message and detail."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import sides
from psycopg import pq

FOLDER = Path(__file__).parent / "roles"
FIELDS = (pq.DiagnosticField.SQLSTATE, pq.DiagnosticField.MESSAGE_PRIMARY, pq.DiagnosticField.MESSAGE_DETAIL)


def answer(connection: psycopg.Connection, sql: str) -> object:
    """Return the error, or the rows with their columns' names and types, or the tag."""
    result = connection.pgconn.exec_(sql.encode())
    if result.status == pq.ExecStatus.FATAL_ERROR:
        return tuple((result.error_field(field) or b"").decode() for field in FIELDS)
    if result.status != pq.ExecStatus.TUPLES_OK:
        return (result.command_status or b"").decode()
    columns = range(result.nfields)
    rows = [tuple(result.get_value(row, column) for column in columns) for row in range(result.ntuples)]
    return [(result.fname(column), result.ftype(column)) for column in columns], rows


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with sides.running(tmp_path_factory.mktemp("roles")) as made:
        yield made


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_statements_answer_as_in_postgresql(both, path):
    wrong = []
    for sql in path.read_text().splitlines():
        if not sql or sql.startswith("--"):
            continue
        theirs, ours = (answer(side.connection, sql) for side in (both.postgres, both.ours))
        if theirs != ours:
            wrong.append(f"{sql}\n    PostgreSQL {theirs}\n    VQL        {ours}")
    assert not wrong, "\n".join(wrong)
