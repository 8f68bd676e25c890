"""A change in a transaction of its own that has been made where nobody may wait, and waits for its commit.

The server's event loop makes it and hands its commit over (`vql.storage.files.group_commit`); whoever leads
then makes it durable with others. A change is made so where that is sure to take little (`is_brief_change`)
and nobody holds locks; what fails, or would have to wait, leaves nothing and is run again by a thread, which
says why or waits.
"""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import IntegrityError, ProgrammingError, QueryCanceled, SerializationFailure
from vql.session.results import Result
from vql.storage.files.group_commit import GroupCommit, WaitingCommit
from vql.storage.store import CommittedRows
from vql.storage.transactions.reference_check import LocksHeld

# What a thread runs into again, and says, or gets over.
RUN_AGAIN = (LocksHeld, SerializationFailure, IntegrityError, ProgrammingError)


class PendingChange:
    """See the module; `result` is what it gives once its `commit` is made, None where nothing is changed."""

    def __init__(
        self,
        commits: GroupCommit,
        commit: WaitingCommit[CommittedRows] | None,
        result: Result,
        committed: Callable[[], None],
    ) -> None:
        self._commits = commits
        self._commit = commit
        self._result = result
        self._committed = committed

    def submit(self, decided: Callable[[], None]) -> None:
        """Have it committed; `decided` is called, in any thread, when `outcome` may be asked for."""
        if self._commit is None:
            decided()
        else:
            self._commits.submit(self._commit, decided)

    def cancel(self) -> None:
        """Give it up, where its commit has not begun."""
        if self._commit is not None:
            error = QueryCanceled("canceling statement due to user request")
            self._commits.take_back(self._commit, error)

    def outcome(self) -> Result | None:
        """Return what it gives; None where nothing has been changed and a thread has to run it. Raises
        57014, 53100, 58030."""
        if self._commit is not None:
            try:
                self._commit.outcome()
            except RUN_AGAIN:
                return None
            self._committed()
        return self._result
