"""DISCARD, CLOSE and DEALLOCATE: what a session keeps is let go of. Prepared statements and portals of the
wire are the connection's (`vql.server.conversation.portals`)."""

from __future__ import annotations

from vql.language import ast
from vql.session.define import Definitions
from vql.session.results import Result
from vql.session.statements.cursors import Cursors
from vql.session.statements.prepare import NamedStatement, unknown_statement
from vql.session.statements.relations import Relations
from vql.session.transaction_block import TransactionBlock
from vql.settings.settings import Settings


def discard(
    statement: ast.Discard,
    settings: Settings,
    block: TransactionBlock,
    cursors: Cursors,
    relations: Relations,
    definitions: Definitions,
    named: dict[str, NamedStatement],
) -> Result:
    """Run the statement. Raises 26000, 34000."""
    what = statement.what
    if what == "DISCARD ALL":
        settings.set("session_authorization", None)
        settings.reset()
        block.locks.unlock_all()
        block.notifications.stop()
    if what in ("DISCARD ALL", "DEALLOCATE ALL"):
        named.clear()
    if what == "DEALLOCATE" and named.pop(statement.name or "", None) is None:
        raise unknown_statement(statement.name or "")
    if what in ("DISCARD ALL", "DISCARD SEQUENCES"):
        relations.sequences.forget()
    if what in ("DISCARD ALL", "DISCARD TEMP") and settings.temporary:
        definitions.discard_temporary()
    if what in ("DISCARD ALL", "CLOSE ALL"):
        cursors.close(None)
    if what == "CLOSE":
        cursors.close(statement.name)
    return Result({"CLOSE": "CLOSE CURSOR", "CLOSE ALL": "CLOSE CURSOR ALL"}.get(what, what))
