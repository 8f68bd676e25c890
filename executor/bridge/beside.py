"""DuckDB's calls, each in a thread beside the one that runs the statement.

A call of DuckDB may take long and looks neither at our deadline nor at Python's signals. So the statement's
thread hands it to another, waits in a way that Ctrl-C ends, looks at its deadline meanwhile, and interrupts
DuckDB when it is over or something is raised. An interrupt from before a query has begun is forgotten, so it
is said again until the call has ended: nothing of a statement runs on after it. A hand-over and back costs
15 us, a query of DuckDB at least 300.

The threads belong to an engine, are made when first needed and kept; `_idle` is a list that several threads
push to and pop from, each one atomic step. A thread has one call at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from vql.deadline import POLL_S, check_deadline, current_deadline, work_for

Value = TypeVar("Value")


class ForeignCall(Generic[Value]):
    """One call, of the statement that hands it over. The thread that makes it fills in `value` or `error`,
    sets `ended` and releases `wake`."""

    def __init__(self, work: Callable[[], Value]) -> None:
        self.work: Callable[[], Value] | None = work
        self.deadline = current_deadline()
        self.value: Value | None = None
        self.error: BaseException | None = None
        self.ended = False
        self.wake = threading.Lock()
        self.wake.acquire()

    def make(self) -> None:
        """Call."""
        assert self.work is not None, "a call is made once"
        work_for(self.deadline)  # what DuckDB calls here belongs to no other statement's
        try:
            self.value = self.work()
        except BaseException as error:  # noqa: BLE001 - raised by the statement's own thread
            self.error = error
        self.work = None  # it holds what the statement reads
        self.ended = True
        self.wake.release()

    def wait(self, interrupt: Callable[[], None]) -> BaseException | None:
        """Return when the call has ended, with what was raised in this thread meanwhile."""
        deadline = self.deadline
        raised: BaseException | None = None
        while not self.ended:
            try:
                if self.wake.acquire(timeout=POLL_S):
                    continue
                if raised is not None or deadline.is_over:
                    interrupt()
                else:
                    deadline.check_memory()
            except BaseException as error:  # noqa: BLE001 - raised when the call has ended
                raised = error
        return raised


class Calls:
    """The threads of one engine."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[ForeignCall[object] | None]] = []

    def run(self, work: Callable[[], Value], interrupt: Callable[[], None]) -> Value:
        """Return what `work` returns, or raise what it raises; 57014 where the deadline is over first,
        53200 where memory is, and what a signal handler raises meanwhile. `work` has ended in every case."""
        call = ForeignCall(work)
        thread = self._thread()
        try:
            thread.put(call)  # type: ignore[arg-type]
            raised = call.wait(interrupt)
        finally:
            if call.ended:
                self._idle.append(thread)
            else:  # a signal came between two steps of the wait
                interrupt()
                thread.put(None)
        if raised is None:
            if call.error is None:
                return call.value  # type: ignore[return-value]
            if not current_deadline().is_over:
                raise call.error
        # A traceback keeps this frame, and with it would keep a result of DuckDB open.
        call.value = call.error = None
        if raised is not None:
            raise raised
        check_deadline()  # why it was interrupted, whatever DuckDB made of that
        raise AssertionError("a deadline that is over stays so")

    def close(self) -> None:
        """End the threads."""
        while self._idle:
            self._idle.pop().put(None)

    def _thread(self) -> SimpleQueue[ForeignCall[object] | None]:
        try:
            return self._idle.pop()
        except IndexError:
            queue = SimpleQueue[ForeignCall[object] | None]()
            threading.Thread(target=make_calls, args=(queue,), name="vql-duckdb", daemon=True).start()
            return queue


def make_calls(queue: SimpleQueue[ForeignCall[object] | None]) -> None:
    """Make the calls that are put, till None."""
    while (call := queue.get()) is not None:
        call.make()
        del call
