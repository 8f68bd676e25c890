"""Processes beside a test: forked from one that has imported what a database needs, and opened nothing, as
the workers of a server are."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

import vql.dbapi
import vql.storage.index.dense.build  # noqa: F401
from vql.session.statements.preload import preload

CONTEXT = multiprocessing.get_context("forkserver")
# By its name in the folder where tests are run; where it is not found, processes import for themselves.
CONTEXT.set_forkserver_preload(["tests.storage.forked"])
preload()


def exit_code(work: Callable[..., Any], *arguments: Any) -> int | None:
    """Run a function in a process of its own; return its exit status, negative where a signal ended it."""
    child = CONTEXT.Process(target=work, args=arguments)
    child.start()
    child.join(120)
    return child.exitcode
