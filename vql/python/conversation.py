"""What a connection and its cursors share: a session and its transaction."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vql.errors import InterfaceError
from vql.python.progress import ProgressBar
from vql.session.session import Session

Progress = Callable[[str, float], None]


class Conversation:
    """A session, till it is closed, and the transaction that is open in it."""

    def __init__(self, session: Session, autocommit: bool) -> None:
        self.autocommit = autocommit
        self._session: Session | None = session
        self._progress: Progress | bool = False
        self._bar: ProgressBar | None = None

    @property
    def progress(self) -> Progress | bool:
        """Who is told how far CREATE INDEX, VACUUM, REINDEX and COPY of files are: a function of the phase
        and a fraction, True for a bar on stderr where that is a terminal or a notebook, False for nobody."""
        return self._progress

    @progress.setter
    def progress(self, wanted: Progress | bool) -> None:
        self._progress = wanted
        self._bar = ProgressBar(sys.stderr) if wanted is True else None
        told = self._bar if isinstance(wanted, bool) else wanted
        self.session.upkeep.progress = told

    @property
    def session(self) -> Session:
        """The session underneath. Raises InterfaceError after close."""
        if self._session is None:
            raise InterfaceError("the connection is closed")
        return self._session

    def begin(self) -> None:
        """Start a transaction."""
        self.session.run("BEGIN")

    def begin_if_needed(self) -> None:
        """Start a transaction where autocommit is off and none is open."""
        if not self.autocommit and self.session.transaction_status == "I":
            self.begin()

    def commit(self) -> None:
        """Make the open transaction durable; nothing where there is none."""
        if self.session.transaction_status != "I":
            self.session.run("COMMIT")

    def rollback(self) -> None:
        """Undo the open transaction; nothing where there is none."""
        if self.session.transaction_status != "I":
            self.session.run("ROLLBACK")

    @contextmanager
    def together(self) -> Iterator[Session]:
        """Run several statements as one transaction: their own where autocommit is on and none is open,
        which an error rolls back; in the open one an error leaves it failed."""
        session = self.session
        is_own = self.autocommit and session.transaction_status == "I"
        self.begin() if is_own else self.begin_if_needed()
        try:
            yield session
            if is_own:
                self.commit()
        except BaseException:
            session.fail()
            if is_own:
                self.rollback()
            raise

    def cancel(self) -> None:
        """Ask the running statement to stop; from any thread."""
        self.session.cancel()
