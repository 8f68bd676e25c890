"""What keeps a database small and quick, when somebody asks for it: indexes built, VACUUM, REINDEX."""

from __future__ import annotations

from collections.abc import Callable, Collection

from vql.deadline import check_deadline
from vql.errors import ActiveTransaction
from vql.functions.lookups import IndexBuild
from vql.language import ast
from vql.session.database import Database
from vql.session.identity import Identity
from vql.session.objects.indexes import indexes_meant
from vql.session.objects.tables import vacuumed
from vql.session.results import Result
from vql.session.statements.query import Queries
from vql.session.transaction_block import TransactionBlock


class Upkeep:
    """One session's way to have things built; `progress` is told the phase and how far it is, from 0 to 1,
    `note` how far indexes are, and None when that is over."""

    def __init__(
        self, database: Database, block: TransactionBlock, queries: Queries, identity: Identity
    ) -> None:
        self.progress: Callable[[str, float], None] | None = None
        self.note: Callable[[IndexBuild | None], None] = lambda _: None
        self._database = database
        self._block = block
        self._queries = queries
        self._identity = identity

    def build(self, table_id: int) -> None:
        """Build the indexes of a table that are not."""
        self._build(table_id, "CREATE INDEX")
        check_deadline()  # what was built of it stays

    def reindex(self, statement: ast.Reindex) -> Result:
        """Build indexes anew over the rows that are sealed. Raises 42P01, 42809, 3F000, 25001."""
        if self._block.status != "I" and (statement.concurrently or statement.kind not in ("table", "index")):
            what = "CONCURRENTLY" if statement.concurrently else statement.kind.upper()
            raise ActiveTransaction(f"REINDEX {what} cannot run inside a transaction block")
        rights = self._identity.rights()
        path = self._queries.now(self._block.snapshot()).path
        meant = indexes_meant(statement, self._block.snapshot(), path)
        for table, index_ids in meant:
            if rights is not None:
                rights.require(table, "m")
            self._build(table.table_id, "REINDEX", index_ids)
        return Result("REINDEX")

    def _build(self, table_id: int, command: str, anew: Collection[int] = frozenset()) -> None:
        index_id = next(iter(anew)) if len(anew) == 1 else 0

        def report(phase: str, share: float) -> None:
            if self.progress is not None:
                self.progress(phase, share)
            self.note(IndexBuild(table_id, index_id, command, f"building index: {phase}", share))

        self.note(IndexBuild(table_id, index_id, command, "initializing", 0.0))
        try:
            self._database.maintainer.build(table_id, report, anew)
        finally:
            self.note(None)

    def vacuum(self, statement: ast.Vacuum) -> Result:
        """Run VACUUM and ANALYZE. Raises 25001, 42P01."""
        if self._block.status != "I" and not statement.analyze_only:
            raise ActiveTransaction("VACUUM cannot run inside a transaction block")
        tables, rights = self._queries.now(self._block.snapshot()).tables, self._identity.rights()
        tag = "ANALYZE" if statement.analyze_only else "VACUUM"
        chosen, notices = vacuumed(statement, tag, tables, rights)
        for table_id in () if statement.analyze_only else chosen:
            self._database.maintainer.run(table_id, self.progress, full=True)
        return Result(tag, notices=tuple(notices))
