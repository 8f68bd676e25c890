"""Implicit transaction blocks (manual, "Multiple Statements in a Simple Query", "Pipelining").

The statements of one Query message, and those between two Syncs, are one transaction unless they
control it themselves. A block is begun only when it matters: for a statement that changes something
and is not the last one.
"""

from __future__ import annotations

from vql.errors import Error
from vql.language import ast
from vql.server.conversation.portals import Names
from vql.session.session import Prepared, Result, Session
from vql.session.transaction_block import without_block

CHANGES = (
    ast.Change
    | ast.WithChanges
    | ast.Copy
    | ast.CopyFile
    | ast.Definition
    | ast.AboutNotifications
    | ast.ExecuteNamed
    | ast.Do
)
# What may not stand in a block: among several statements of one message it finds that it does.
ALONE = ast.AboutDatabases | ast.AlterSystem | ast.Vacuum | ast.Reindex
CONTROLS = (ast.Begin, ast.Commit, ast.Rollback)


class ImplicitBlock:
    """The implicit block of one connection; `implicit` while one is open."""

    def __init__(self, session: Session, names: Names) -> None:
        self._session = session
        self._names = names
        self.implicit = False

    def execute(self, prepared: Prepared, parameters: list[object], *, last: bool, streamed: bool) -> Result:
        """Execute a statement in its block. `last`: nothing else is to come in the same block; rows are
        `streamed` if that is asked for."""
        statement = prepared.statement
        if self.implicit and isinstance(statement, CONTROLS):
            if not isinstance(statement, ast.Begin) and statement.chain:
                raise without_block(statement)
            self.implicit = False
            if isinstance(statement, ast.Begin):
                # What was implicit becomes the explicit block, as in Postgres.
                return Result(statement.tag)
        elif not last:
            self.enter(prepared)
        if self._session.transaction_status != "E" and self._names.deallocate(statement):
            return Result("DEALLOCATE")
        result = self._session.execute(prepared, parameters, streamed=streamed)
        if isinstance(statement, ast.Discard):
            self._names.discard(statement.what)
        return result

    def enter(self, prepared: Prepared) -> None:
        """Begin an implicit block if this statement changes something and none is open."""
        if isinstance(prepared.statement, CHANGES):
            self.begin()

    def begin(self) -> None:
        """Begin an implicit block if none is open."""
        if self._session.transaction_status == "I":
            self._session.execute(self._session.prepare("BEGIN"))
            self.implicit = True

    def finish(self) -> None:
        """Commit the implicit block, if one is open."""
        if self.implicit:
            self.implicit = False
            self._session.execute(self._session.prepare("COMMIT"))

    def abort(self) -> None:
        """Roll the implicit block back, if one is open."""
        if self.implicit:
            self.implicit = False
            try:
                self._session.execute(self._session.prepare("ROLLBACK"))
            except Error:
                # The error that led here is the one the client must see.
                return
