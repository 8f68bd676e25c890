"""The processes of a server: forked from the supervisor, watched by it, ended with it.

Importing what a worker runs takes a second, a fork a few milliseconds. So the supervisor imports all of it
and is itself what its children are copies of. faiss, DuckDB and LMDB keep threads and locks that a fork
would break: the supervisor has none of them. It opens no database, not even to see whether it can be opened
(a child does, before any serves), loads neither library and has one thread; NumPy's BLAS, which starts its
threads when it is loaded, is told in the environment to start none (`vql.shell.main`). A separate process to
be copied was the alternative: it would import once more, could die by itself, and its children would be no
children of the supervisor, which could neither wait for them nor signal them safely.

Invariants
* When the supervisor forks, it has one thread. It is asserted at each fork.
* A child has what it was given and standard output and error, nothing else of the supervisor's: not the port,
  not a client's socket, not the other end of another child's channel. So a channel ends when the supervisor
  does, whatever its other children do.
* The numbers of descriptors that a child was not given stay taken, by /dev/null: objects of the supervisor,
  of which the child has copies, own them, and one that is collected closes its number.
* The child never returns into the supervisor's frames: it ends in `fork`.
* A child's process id is signalled only while it has not been waited for, so it is nobody else's.

What death at each step leaves
* The supervisor, before the child has let go of what it was not given: the child does so in its first
  microseconds, then finds its channel ended, and ends.
* The child, at any moment: SIGCHLD says so, and `ended` has its status, as of one that has served for years.
* A fork that fails, for want of memory or processes, raises OSError and leaves nothing.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

# What a terminal, or whoever stops a server, sends to all processes: the supervisor decides what it means.
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
TITLE = "vql: "
# Places in /proc/self/stat behind the command: where the arguments stand in memory, and where they end.
ARGUMENTS_START, ARGUMENTS_END = 45, 46


class Process:
    """A child; `ended` has its exit status, below zero that of the signal that ended it."""

    def __init__(self, name: str, pid: int, ended: asyncio.Future[int]) -> None:
        self.name = name
        self.pid = pid
        self.ended = ended

    def kill(self) -> None:
        """End it, unless it has ended."""
        if not self.ended.done():
            os.kill(self.pid, signal.SIGKILL)


class Children:
    """The children that are waited for, in the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: dict[int, Process] = {}
        self._loop.add_signal_handler(signal.SIGCHLD, self._reap)

    def __iter__(self) -> Iterator[Process]:
        return iter(list(self._running.values()))

    def start(self, name: str, run: Callable[[], int | None], *descriptors: int) -> Process:
        """Fork one, see `fork`."""
        pid = fork(name, run, descriptors)
        process = self._running[pid] = Process(name, pid, self._loop.create_future())
        return process

    def _reap(self) -> None:
        """Take the statuses of those that have ended: several may be behind one signal."""
        for process in self:
            pid, status = os.waitpid(process.pid, os.WNOHANG)
            if pid:
                del self._running[pid]
                process.ended.set_result(os.waitstatus_to_exitcode(status))


def fork(name: str, run: Callable[[], int | None], descriptors: Collection[int] = ()) -> int:
    """Fork a child that is called `name`, does `run`, is given these descriptors, and ends with what `run`
    returns. Returns its process id. Raises OSError."""
    assert threads() == 1, f"{threads()} threads: a process with several must not be forked"
    sys.stdout.flush()
    sys.stderr.flush()
    # The child has the supervisor's handlers until it has taken its own: a signal must not reach them there.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pid
    status = 1
    try:
        _let_go(descriptors)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _entitle(TITLE + name)
        status = run() or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def threads() -> int:
    """Return how many threads this process has; those of Python alone where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _let_go(descriptors: Collection[int]) -> None:
    """Let go of what is the supervisor's alone: its signals' handlers and its descriptors."""
    gc.freeze()  # of what it leaves behind nothing is looked at again, nor copied for that
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, *IGNORED):
        signal.signal(number, signal.SIG_IGN if number in IGNORED else signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.__stdin__.fileno() if sys.__stdin__ is not None else 0)
    for descriptor in map(int, os.listdir("/dev/fd")):
        if descriptor > 2 and descriptor != nothing and descriptor not in descriptors:
            os.dup2(nothing, descriptor, inheritable=False)


def _entitle(title: str) -> None:
    """Have ps and top say what this process is, where there is Linux's /proc: by its name, and in the place
    of its arguments, which were the supervisor's."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(title)
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[ARGUMENTS_START]), int(fields[ARGUMENTS_END])
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(start)
            memory.write(title.encode()[: end - start - 1].ljust(end - start, b"\0"))
