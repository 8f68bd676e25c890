"""BEGIN, COMMIT and ROLLBACK: a session's block with what goes with it, settings, cursors and builds."""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import NotSupportedError
from vql.language import ast
from vql.session.database import Database
from vql.session.results import Notice, Result, warning
from vql.session.statements.changes.pending_change import PendingChange
from vql.session.statements.cursors import Cursors
from vql.session.transaction_block import LEVELS, TransactionBlock, without_block
from vql.settings.known import OF_TRANSACTION
from vql.settings.settings import Settings
from vql.storage.snapshot import Snapshot

NO_TRANSACTION = warning("there is no transaction in progress", "25P01")


class Transactions:
    """See the module. `moment_of` finds the snapshot of AS OF, `build` makes the indexes of a table that a
    block has asked for."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        block: TransactionBlock,
        cursors: Cursors,
        moment_of: Callable[[ast.AsOf], Snapshot],
        build: Callable[[int], object],
    ) -> None:
        self._database = database
        self._settings = settings
        self._block = block
        self._cursors = cursors
        self._moment_of = moment_of
        self._build = build

    def begin(self, statement: ast.Begin) -> Result:
        if self._block.status != "I":
            return Result(
                statement.tag, notices=(warning("there is already a transaction in progress", "25001"),)
            )
        moment = None
        if statement.as_of is not None:
            moment = self._moment_of(statement.as_of)
        isolation = statement.isolation or self._settings.parsed.isolation
        read_only = statement.read_only
        if read_only is None:
            read_only = self._settings.parsed.read_only
        self._block.begin(read_only, LEVELS[isolation], moment)
        deferrable = statement.deferrable
        if deferrable is None:
            deferrable = self._settings.get("default_transaction_deferrable") == "on"
        self._settings.begin_transaction(isolation, read_only, deferrable)
        return Result(statement.tag)

    def finish(self, statement: ast.Commit | ast.Rollback) -> Result:
        """Commit or roll back, and begin another block of the same modes where AND CHAIN is said."""
        tag = "COMMIT" if isinstance(statement, ast.Commit) else "ROLLBACK"
        notices = (NO_TRANSACTION,) if self._block.status == "I" else ()
        if statement.chain and notices:
            raise without_block(statement)
        if statement.chain and self._block.reads_past:
            raise NotSupportedError("AND CHAIN behind BEGIN AS OF is not supported")
        modes = [self._settings.get(name) for name in OF_TRANSACTION]
        if isinstance(statement, ast.Commit):
            result = self.commit(notices)
        else:
            self.end()
            result = Result(tag, notices=notices)
        if statement.chain:
            self.begin(ast.Begin(modes[1] == "on", modes[0], modes[2] == "on"))
        return result

    def commit(self, notices: tuple[Notice, ...] = ()) -> Result:
        if self._block.failed:
            self.end()
            return Result("ROLLBACK")
        committed = False
        try:
            self._block.commit()
            committed = self._block.changes
            self._settings.keep()
        finally:
            builds = list(self._block.pending_builds)
            self.end(committed)
        if committed:
            self._database.maintainer.wake()
        for table_id in builds:
            self._build(table_id)
        return Result("COMMIT", notices=notices)

    def begin_commit(self, statement: ast.Commit) -> PendingChange | None:
        """Begin to end a block that has changed few rows; None where `commit` has to."""
        commit = None if statement.chain or self._block.pending_builds else self._block.begin_commit()
        if commit is None:
            return None

        def ended(committed: bool) -> None:
            try:
                if committed:
                    self._settings.keep()
            finally:
                self.end(committed)
            if committed:
                self._database.maintainer.wake()

        return PendingChange(Result("COMMIT"), self._database.store.commits, commit, ended)

    def end(self, committed: bool = False) -> None:
        """Leave the transaction block; what was not committed is gone."""
        self._cursors.end_transaction(committed)
        self._block.end()
        self._settings.end_transaction()
