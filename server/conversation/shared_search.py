"""Equal statements that wait at the same time, answered together.

A statement that goes to a thread and may be answered with others (`vql.session.together`) gets one
while fewer equal ones run than there are lanes: it never waits for company. What the thread finds when
it begins goes as one search; what comes later waits for a lane. Errors, cancels and timeouts stay each
statement's own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.errors import Error, QueryCanceled
from vql.server.conversation.pace import Pace
from vql.session.session import Result
from vql.session.together import Execution, run_together

log = logging.getLogger("vql.server")

# Statements answered by one search: their answers are held until the last is found.
SHARED_MAX = 64


class Waiting(NamedTuple):
    """A statement: how it runs with others and how alone, and whether it has been cancelled."""

    execution: Execution
    pace_key: str
    alone: Callable[[], Result]
    is_cancelled: Callable[[], bool]
    answer: asyncio.Future[Result]


@dataclass(slots=True)
class Group:
    """Equal statements: how many lanes they occupy, and those that wait."""

    lanes: int = 0
    waiting: deque[Waiting] = field(default_factory=deque)


class SharedSearches:
    """The groups of one process. All but `answer` runs in the event loop."""

    def __init__(self, pool: ThreadPoolExecutor, pace: Pace, lanes: int) -> None:
        self._pool = pool
        self._pace = pace
        self._lanes = lanes
        self._groups: dict[tuple[object, ...], Group] = {}

    async def run(
        self,
        execution: Execution,
        pace_key: str,
        is_cancelled: Callable[[], bool],
        alone: Callable[[], Result],
    ) -> Result:
        """Answer a statement, with others like it if any wait. `alone` notes its own time. Raises what
        the statement raises."""
        loop = asyncio.get_running_loop()
        group = self._groups.setdefault(execution.key, Group())
        waiting = Waiting(execution, pace_key, alone, is_cancelled, loop.create_future())
        group.waiting.append(waiting)
        self._start(group, execution.key, loop)
        return await waiting.answer

    def _start(self, group: Group, key: tuple[object, ...], loop: asyncio.AbstractEventLoop) -> None:
        """Give the statements that wait a lane, if one is free."""
        if not group.waiting or group.lanes >= self._lanes:
            if not group.waiting and not group.lanes and self._groups.get(key) is group:
                del self._groups[key]
            return
        group.lanes += 1
        running = loop.run_in_executor(self._pool, self.answer, group)

        def done(future: asyncio.Future[list[tuple[Waiting, Result | BaseException]]]) -> None:
            group.lanes -= 1
            if future.cancelled():  # the process stops, and its pool has begun nothing more
                stopping = QueryCanceled("canceling statement due to administrator command")
                while group.waiting:
                    resolve(group.waiting.popleft().answer, stopping)
                return
            for waiting, outcome in future.result():
                resolve(waiting.answer, outcome)
            self._start(group, key, loop)

        running.add_done_callback(done)

    def answer(self, group: Group) -> list[tuple[Waiting, Result | BaseException]]:
        """Run in a thread what waits now; return each statement's result or error."""
        # A deque is emptied by one thread and filled by another without a lock.
        taken: list[Waiting] = []
        while group.waiting and len(taken) < SHARED_MAX:
            try:
                taken.append(group.waiting.popleft())
            except IndexError:  # another lane took it
                break
        together: list[Result] | None = None
        # A cancelled one says so by itself and is searched no more.
        live = [waiting for waiting in taken if not waiting.is_cancelled()]
        if len(live) > 1:
            start = time.perf_counter()
            try:
                together = run_together([waiting.execution for waiting in live])
            except Error:  # whose it is shows when each runs by itself
                together = None
            except Exception:  # ours, and no reason to leave them unanswered
                log.exception("statements that were to be answered together are run one by one")
            if together is not None:
                for key in {waiting.pace_key for waiting in live}:
                    self._pace.record(key, time.perf_counter() - start)
        answers = {} if together is None else dict(zip(map(id, live), together, strict=True))
        return [(waiting, outcome_of(waiting, answers.get(id(waiting)))) for waiting in taken]


def outcome_of(waiting: Waiting, result: Result | None) -> Result | BaseException:
    """Return a statement's result or error; without a result it is run here."""
    if result is None:
        try:
            return waiting.alone()
        except Exception as error:  # noqa: BLE001 - the boundary: its client is told
            return error
    if waiting.is_cancelled():
        return QueryCanceled("canceling statement due to user request")
    return result


def resolve(answer: asyncio.Future[Result], outcome: Result | BaseException) -> None:
    """Hand an outcome to who waits, unless nobody does any more."""
    if answer.done():
        return
    if isinstance(outcome, BaseException):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
