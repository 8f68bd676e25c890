"""Rounds of killing: start the workload, kill it, open what it left and compare."""

from __future__ import annotations

import os
import random
import signal
import time

import workload
from forked import CONTEXT
from workload import Model

import vql
from vql.session.database import check
from vql.storage.upkeep.check import inspect
from vql.storage.upkeep.orphans import remove_orphans

HANGS_SECONDS = 60


def kill_round(path, model: Model, seed: int, armed: str, moment: tuple[int, float] | None) -> int:
    """Run the workload until it dies at a failpoint, or is killed at a `moment`: so many commits
    and then so many seconds. Check what is left and bring the model up to date. Returns the number
    of acknowledged commits."""
    ours, theirs = CONTEXT.Pipe()
    child = CONTEXT.Process(target=workload.work, args=(path, seed, theirs, armed, model))
    child.start()
    theirs.close()
    acknowledged, pending = follow(ours, model, child.pid, moment)
    child.join(30)
    assert child.exitcode == -signal.SIGKILL, f"seed {seed} {armed}: exit {child.exitcode}"
    verify(path, model, pending, f"seed {seed} {armed}")
    return acknowledged


def follow(pipe, model, process, moment):
    """Apply what the child acknowledges; kill it at the moment."""
    acknowledged, pending, deadline = 0, None, None
    try:
        while True:
            if moment is not None and acknowledged >= moment[0]:
                deadline, moment = time.monotonic() + moment[1], None
            if deadline is not None and not pipe.poll(max(0.0, deadline - time.monotonic())):
                os.kill(process, signal.SIGKILL)
                deadline = None
            if not pipe.poll(HANGS_SECONDS):
                os.kill(process, signal.SIGKILL)
                raise AssertionError("the workload hangs")
            said, value = pipe.recv()
            match said:
                case "intent":
                    pending = value
                case "done":
                    model.rows = model.after(pending)
                    model.past[value] = model.rows
                    acknowledged, pending = acknowledged + 1, None
    except (EOFError, ConnectionResetError):
        return acknowledged, pending


def verify(path, model, pending, where):
    """What was acknowledged is there, what was not is there whole or not at all, all is sound."""
    assert check(path) == [], where
    moments = random.Random(where).sample(sorted(model.past), min(3, len(model.past)))
    found = workload.stored(path, moments)
    for version in moments:
        assert found[version] == model.past[version], f"{where}: version {version}"
    if pending is not None and found[None] != model.rows:
        model.rows = model.after(pending)
    assert found[None] == model.rows, where
    with vql.connect(path) as connection:
        if model.rows:
            query = [1.0, 2.0, -3.0, 0.5]
            rows = connection.execute("SELECT id FROM t ORDER BY v <-> ? LIMIT 15", [query]).fetchall()
            assert len(rows) == min(15, len(model.rows)), where
        # However young they are: a file that maintenance has just written would be taken for one of them.
        connection.database.maintainer.stop()
        remove_orphans(connection.database.store, -1)
    assert inspect(path).notes == [], where  # and the orphans are gone
