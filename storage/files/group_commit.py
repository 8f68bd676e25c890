"""Group commit: commits of a process that wait at the gate share one transaction of LMDB, and its syncs.

Whoever is at the front leads (DeWitt et al. 1984, "Implementation Techniques for Main Memory Database
Systems"). Behind the gate it takes the commits that wait by then, applies each in a part of the transaction,
so that one that fails leaves nothing, and makes all of them durable at once. What comes meanwhile is the next
group: it is as large as commits come while the disk syncs, and a commit that comes alone waits for nobody.

Invariants
* A commit waits, is taken by a leader behind the gate, and is decided when its group is durable or it has
  failed. Who gives up while it waits takes it back; what is taken is decided, and waited for.
* Of a group the parts are applied in the order of coming, and told of in that order, before anybody can ask.
* What would have to see, beyond the batch, what those before it in a group have done goes alone (`is_alone`).
* What is taken and undecided while nobody leads was left by a leader that was interrupted: `was_done` says
  whether it is there, else it waits again. Who leads next, or goes away, looks first.
* A commit that is submitted waits in no thread of its own: one beside leads for it, and `decided` is called
  in whichever has decided it. It may be taken back until it is taken.
* Where LMDB itself refuses something within a group, each of it is tried alone: who is told is who it is of.

`_leading` is taken before the gate, `_state` is a leaf. A crash leaves whole groups or nothing of one.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Generic, TypeVar

from vql.deadline import RUNNING, Deadline, acquire, ownership
from vql.errors import LockNotAvailable, QueryCanceled
from vql.storage.files.metastore import Batch, PartRefused

GROUP_MAX = 256
# How often who has to wait for a leader looks whether that is done.
LOOK_S = 0.0002
Value = TypeVar("Value")


class WaitingCommit(Generic[Value]):
    """One commit: `work` checks and writes it, `then` is told of it once it is durable, `was_done` tells
    whether it has been made durable. All are called by whoever leads, in its thread. A loose one is made
    durable soon, where none beside it in its group is to be at once."""

    def __init__(
        self,
        work: Callable[[Batch], Value],
        then: Callable[[Value], None],
        was_done: Callable[[Value], bool],
        is_alone: bool = False,
        is_loose: bool = False,
    ) -> None:
        self.work = work
        self.then = then
        self.was_done = was_done
        self.is_alone = is_alone
        self.is_loose = is_loose
        self.deadline: Deadline = RUNNING.get()
        self.is_taken = self.is_decided = False
        self.error: Exception | None = None
        self.decided: Callable[[], None] | None = None  # of one that was submitted: called once it is
        self._done: list[Value] = []

    def apply(self, batch: Batch) -> None:
        """Check and write it, under the deadline of its statement. Raises what `work` does."""
        self._done.clear()
        before = RUNNING.set(self.deadline)
        try:
            self._done.append(self.work(batch))
        finally:
            RUNNING.reset(before)

    @property
    def is_applied(self) -> bool:
        """Whether it has been written, and is to be made durable."""
        return bool(self._done)

    def is_there(self) -> bool:
        """Whether what was applied has been made durable; whoever looks, no cancelled statement ends that."""
        before = RUNNING.set(Deadline())
        try:
            return self.was_done(self._done[0])
        finally:
            RUNNING.reset(before)

    def fail(self, error: Exception) -> None:
        """Forget what was applied."""
        self._done.clear()
        self.error = error

    def put_back(self) -> None:
        """Be as nobody had taken it."""
        self._done.clear()
        self.error = None
        self.is_taken = False

    def settle(self) -> None:
        """Tell of it, now that it is durable or has failed."""
        try:
            if self._done:
                self.then(self._done[0])
        finally:
            self.is_decided = True
            if self.decided is not None:
                self.decided()

    def outcome(self) -> Value:
        """Return what `work` did. Raises what it raised."""
        if self.error is not None:
            raise self.error
        return self._done[0]


class _NothingToDo(Exception):
    """No commit of a group is left."""


class GroupCommit:
    """The commits of one process to one database. `write` opens a batch, `begin` is called when one is open,
    `give_up` when nothing of it is done."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[Batch]],
        begin: Callable[[Batch], None],
        give_up: Callable[[], None],
    ) -> None:
        self._write = write
        self._begin = begin
        self._give_up = give_up
        self._leading = threading.RLock()
        self._is_leader = ownership(self._leading)
        self._state = threading.Lock()
        self._waiting: list[WaitingCommit[Any]] = []
        self._submitted = threading.Semaphore(0)
        self._thread: threading.Thread | None = None  # made when first needed
        self._is_closed = False

    def close(self) -> None:
        """End the thread beside; nothing is submitted any more."""
        self._is_closed = True
        self._submitted.release()

    def submit(self, commit: WaitingCommit[Any], decided: Callable[[], None]) -> None:
        """Have a commit made, which `outcome` tells of once `decided` is called, by another thread."""
        commit.decided = decided
        with self._state:
            self._waiting.append(commit)
            if self._thread is None:
                self._thread = threading.Thread(target=self._lead_submitted, name="vql-commit", daemon=True)
                self._thread.start()
        self._submitted.release()

    def take_back(self, commit: WaitingCommit[Any], error: Exception) -> None:
        """Decide by an error a commit that was submitted; what a leader has taken is decided in a moment."""
        with self._state:
            if commit.is_taken or commit.is_decided:
                return
            commit.fail(error)
            commit.is_decided = True
            self._waiting.remove(commit)
        if commit.decided is not None:
            commit.decided()

    def _lead_submitted(self) -> None:
        """Lead for commits that were submitted, in the thread beside."""
        while True:
            self._submitted.acquire()
            if self._is_closed:
                return
            with self._state:
                waiting = (each for each in self._waiting if each.decided is not None)
                commit = next((each for each in waiting if not each.is_decided), None)
            if commit is None:  # another has taken it with its own
                continue
            with self._leading:
                try:
                    while not commit.is_decided:
                        self._lead(commit)
                except Exception as error:  # noqa: BLE001 - told to who submitted it
                    if not commit.is_decided:  # nothing was begun, as where the disk fails
                        commit.fail(error)
                        self._settle([commit])

    def run(self, commit: WaitingCommit[Value]) -> Value:
        """Commit, and return what its work did, once that is durable. Raises what its work raises, 53100,
        57014, 55P03."""
        try:
            with self._state:
                self._waiting.append(commit)
            if not self._leading.acquire(blocking=False):
                # Once decided it need not wait for the next leader, whose sync may take long.
                acquire(self._leading, lambda: commit.is_decided)
            while not commit.is_decided:
                self._lead(commit)
        except (QueryCanceled, LockNotAvailable):
            if self._leave(commit):
                raise
        except BaseException:
            self._leave(commit)  # before another leads, who would take it
            raise
        finally:
            if self._is_leader():
                self._leading.release()
        return commit.outcome()

    def _leave(self, commit: WaitingCommit[Any]) -> bool:
        """Take back a commit whose thread goes away, and return True; what a leader has taken is decided in a
        moment, then return False."""
        while not commit.is_decided:
            try:
                if self._leading.acquire(blocking=False):
                    self._recover()  # nobody leads
                with self._state:
                    if not commit.is_taken and not commit.is_decided:
                        if commit in self._waiting:
                            self._waiting.remove(commit)
                        return True
                time.sleep(LOOK_S)
            except BaseException:  # noqa: BLE001 - it is on its way already
                continue
            finally:
                if self._is_leader():
                    self._leading.release()
        return False

    def _recover(self) -> None:
        """Decide what a leader had taken that was interrupted wherever it was."""
        with self._state:
            left = [each for each in self._waiting if each.is_taken and not each.is_decided]
        for commit in left:
            try:
                is_there = commit.is_applied and commit.is_there()
            except Exception as error:  # noqa: BLE001 - nobody can tell, as where the disk fails
                commit.fail(error)
                is_there = True
            if is_there:
                self._settle([commit])
            else:
                commit.put_back()

    def _lead(self, own: WaitingCommit[Any]) -> None:
        """Commit a group, the leader's own among it."""
        is_by_itself = self._waiting == [own] and not own.is_taken  # mostly
        if not is_by_itself and any(commit.is_taken for commit in self._waiting):
            self._recover()
            if own.is_decided:
                return
        group: list[WaitingCommit[Any]] = []
        try:
            with self._write() as batch:
                try:
                    self._begin(batch)
                    group = self._taken(own)
                    if len(group) == 1:
                        own.apply(batch)  # what it raises undoes the batch
                    else:
                        self._apply(group, batch)
                    batch.is_loose = own.is_loose and (
                        len(group) == 1 or all(commit.is_loose for commit in group)
                    )
                except BaseException:
                    self._give_up()
                    raise
        except _NothingToDo:
            pass
        except PartRefused:
            for commit in group:
                commit.is_alone = True
                commit.put_back()
            return
        except Exception as error:
            if not group:
                raise
            for commit in group:
                if commit.error is None:
                    commit.fail(error if len(group) == 1 else copy.copy(error))
        self._settle(group)

    def _taken(self, own: WaitingCommit[Any]) -> list[WaitingCommit[Any]]:
        """Take the commits that go together with a leader's own."""
        with self._state:
            if own.is_decided:  # taken back
                raise _NothingToDo
            group = [own]
            if not own.is_alone and len(self._waiting) > 1:
                others = (
                    each for each in self._waiting if not (each.is_alone or each.is_decided or each is own)
                )
                group += islice(others, GROUP_MAX - 1)
            for commit in group:
                commit.is_taken = True
            return group

    @staticmethod
    def _apply(group: list[WaitingCommit[Any]], batch: Batch) -> None:
        """Apply each of a group in a part of its own. Raises _NothingToDo where all have failed."""
        for commit in group:
            try:
                with batch.part() as part:
                    commit.apply(part)
            except PartRefused:
                raise
            except Exception as error:  # noqa: BLE001 - raised where it came from
                commit.fail(error)
        if not any(commit.is_applied for commit in group):
            raise _NothingToDo

    def _settle(self, group: list[WaitingCommit[Any]]) -> None:
        """Tell of a group that is decided, whatever comes between."""
        try:
            for commit in group:
                if not commit.is_decided:
                    commit.settle()
            with self._state:
                self._waiting = [each for each in self._waiting if not each.is_decided]
        except BaseException:
            self._settle(group)
            raise
