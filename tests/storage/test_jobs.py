"""What works in the background survives whatever goes wrong, and says what it was."""

from __future__ import annotations

import time

import numpy as np
from neighbour import Neighbour
from statements import rows

import vql
from vql.storage.upkeep import maintainer

JOB = "SELECT state, failures, last_error FROM vql_jobs WHERE job = 'maintenance'"


def wait_for(connection, wanted):
    """Look until the job is as wanted; the time limit of the test ends it otherwise."""
    while True:
        found = rows(connection, JOB)[0]
        if wanted(*found):
            return found
        time.sleep(0.01)


def test_jobs_are_those_of_this_moment(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        jobs = connection.session.database.store.jobs
        for failures in range(1, 4):
            jobs.end("maintenance", f"failure {failures}")
            assert rows(connection, JOB) == [("failing", failures, f"failure {failures}")]
        jobs.end("maintenance")
        assert rows(connection, JOB) == [("done", 0, "failure 3")]


def test_maintenance_goes_on_when_what_was_wrong_is_right_again(tmp_path, monkeypatch):
    monkeypatch.setattr(maintainer, "RETRY_SECONDS_MAX", 0.2)
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int, v vector(4))")
        # Something else where the lease's file belongs: nobody can maintain.
        (path / "maintenance.lock").unlink(missing_ok=True)
        (path / "maintenance.lock").mkdir()
        for start in range(0, 24_000, 2_000):
            ids = np.arange(start, start + 2_000)
            connection.insert("t", {"id": ids, "v": np.ones((2_000, 4), np.float32)})
        _, failures, error = wait_for(connection, lambda state, failures, error: failures > 1)
        assert "maintenance.lock" in error and "directory" in error.lower()
        other = Neighbour(path)
        [(state, _, error)] = other.sql(JOB)
        assert state == "failing" and "maintenance.lock" in error
        other.close()
        (path / "maintenance.lock").rmdir()
        _, failures, error = wait_for(connection, lambda state, failures, error: state == "done")
        assert failures == 0 and "maintenance.lock" in error  # the last one there was
        assert rows(connection, "SELECT count(*) FROM vql_segments WHERE state = 'sealed'") != [(0,)]
        assert rows(connection, "SELECT count(*) FROM t") == [(24_000,)]


def test_maintenance_looks_at_tables_alone(tmp_path):
    """What else is in the catalog has no rows."""
    with vql.connect(tmp_path / "db") as connection:
        for number in range(20):
            connection.execute(f"CREATE TABLE t{number} (id int)")
        for sql in ("CREATE VIEW v AS SELECT * FROM t0", "CREATE SEQUENCE s", "CREATE TYPE c AS (a int)"):
            connection.execute(sql)
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("INSERT INTO t0 VALUES (1)")
        assert wait_for(connection, lambda state, *_: state in ("done", "failing")) == ("done", 0, None)
