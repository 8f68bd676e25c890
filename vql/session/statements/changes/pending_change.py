"""A change that has been made where nobody may wait, and waits for its commit; or the commit of a block's.

The server's event loop makes it and hands its commit over (`vql.storage.files.group_commit`); whoever leads
then makes it durable with others. A change is made so where that is sure to take little (`is_brief_change`)
and nobody has to be waited for; what fails leaves nothing and is run again by a thread, which says why or
waits. A change in a block has no commit: it is made.
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
    """See the module; `result` is what it gives once its `commit` is made, None where nothing is committed.
    `ended` is called with whether it has been."""

    def __init__(
        self,
        result: Result,
        commits: GroupCommit | None = None,
        commit: WaitingCommit[CommittedRows] | None = None,
        ended: Callable[[bool], None] = lambda committed: None,
    ) -> None:
        self.result = result
        self._commits = commits
        self._commit = commit
        self._ended = ended

    @property
    def made(self) -> Result | None:
        """What it gives, where no commit has to be waited for."""
        return self.result if self._commit is None else None

    def submit(self, decided: Callable[[], None]) -> None:
        """Have it committed; `decided` is called, in any thread, when `outcome` may be asked for."""
        if self._commits is None or self._commit is None:
            decided()
        else:
            self._commits.submit(self._commit, decided)

    def cancel(self) -> None:
        """Give it up, where its commit has not begun."""
        if self._commits is not None and self._commit is not None:
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
            except BaseException:
                self._ended(False)
                raise
            self._ended(True)
        return self.result
