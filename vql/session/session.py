"""One conversation with a database: settings, the transaction block, and statements of every kind.

`prepare` parses and binds (`vql.session.statements.prepare`); `execute` runs: queries
(`vql.session.statements.query`), changes (`vql.session.statements.changes.write`), definitions
(`vql.session.define`), and here what concerns the conversation itself. A session is used by one thread at
a time. Outside BEGIN every statement is a transaction of its own, and is run again when it loses to another
committer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType

from vql.deadline import RUNNING, Deadline
from vql.errors import Error, InterfaceError, NotSupportedError
from vql.executor.rows.batch import RecordBatch
from vql.language import ast, parser
from vql.language.ast.walk import refuse_parameters
from vql.language.bind.names import Tables
from vql.memory import out_of_memory
from vql.session.database import Database
from vql.session.define import Definitions
from vql.session.discard import discard
from vql.session.identity import Identity
from vql.session.lock_table import lock_tables
from vql.session.objects.databases import run_about_databases
from vql.session.objects.temporary import Temporary
from vql.session.results import Notice, Result, ResultColumn, sql_error
from vql.session.statements.brief import is_brief
from vql.session.statements.changes.copies import Copies
from vql.session.statements.changes.copy import CopyIn, CopyOut
from vql.session.statements.changes.pending_change import PendingChange
from vql.session.statements.changes.write import Writes
from vql.session.statements.cursors import Cursors
from vql.session.statements.frames import FrameInFrom
from vql.session.statements.prepare import Prepared, Statements, query_of
from vql.session.statements.query import Answer, Queries
from vql.session.statements.relations import Relations
from vql.session.statements.utility.blocks import Blocks
from vql.session.statements.utility.configuration import Configuration
from vql.session.statements.utility.explain import Explanation
from vql.session.statements.utility.transactions import Transactions
from vql.session.statements.utility.upkeep import Upkeep
from vql.session.transaction_block import LiteralsChanged, TransactionBlock
from vql.settings.decided import Decided
from vql.settings.settings import Settings
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.isolation import Restart

__all__ = ["Prepared", "Result", "ResultColumn", "Session"]


class Session:
    """One conversation; see the module."""

    def __init__(
        self,
        database: Database,
        user: str = "vql",
        style: str = "embedded",
        decided: Decided = MappingProxyType({}),
        owner: str | None = None,
    ) -> None:
        """`style` embedded reads `?` as a parameter, wire as an operator; `decided` is what the server says
        of settings; `owner` is the name of the database's, else the user's. Raises InterfaceError."""
        database.require_open()
        self.database = database
        owner = user if owner is None else owner
        self.settings = Settings(decided, user, owner)
        self.locks = SessionLocks(database.store.locks)
        self.block = TransactionBlock(database.store, self.locks, self.settings)
        self.identity = Identity(owner, user, self.settings, self.block, database.store)
        self.cursors = Cursors()
        self.closed = False
        self.deadline = Deadline(database.budget)
        self.relations = Relations(database, self.settings, self.block, self.cursors, self.identity)
        self.statements = Statements(
            style, database.store, self.settings, self.block, self.cursors, self.identity, database.functions
        )
        self.relations.prepared = self.statements.named_said
        self.statements.notices_names = self.relations.notices_names
        self.queries = Queries(
            database, self.settings, self.block, self.statements, self.relations, self.identity
        )
        self.configuration = Configuration(self.settings, self.block, self.queries, database)
        self.writes = Writes(database, self.settings, self.block, self.statements, self.queries)
        self.upkeep = Upkeep(database, self.block, self.queries, self.identity)
        self.copies = Copies(database, self.settings, self.block, self.queries, self.writes, self.upkeep)
        self._temporary = Temporary(database.store, self.locks, self.settings)
        self.definitions = Definitions(
            database, self.block, self.queries, self.writes, self._temporary, self.identity, self.settings,
            self.upkeep,
        )  # fmt: skip
        self.transactions = Transactions(
            database, self.settings, self.block, self.cursors, self.queries.moment_of, self.upkeep.build
        )
        self.block.on_swap = self.forget
        database.join(self)

    def forget(self) -> None:
        """Let go of what is kept between statements, from any thread: what a statement that runs meanwhile
        needs it holds itself."""
        self.statements.forget()
        self.queries.forget()

    @property
    def transaction_status(self) -> str:
        """I outside a transaction block, T inside one, E inside a failed one."""
        return self.block.status

    @property
    def timeout_ms(self) -> int:
        """How long a statement may run, 0 for ever."""
        return self.settings.parsed.timeout_ms

    def setting(self, name: str) -> str:
        """Return a setting's value. Raises 42704."""
        return self.settings.get(name)

    def snapshot(self) -> Snapshot:
        """Return what a statement would see now."""
        return self.block.snapshot()

    def tables(self) -> Tables:
        """Return what names of tables mean in a statement now."""
        return self.queries.now(self.snapshot()).tables

    def split(self, sql: str) -> list[str]:
        """Return the statements of a script."""
        with self.running():
            return parser.split(sql)

    def are_several(self, sql: str) -> bool:
        """Whether a text is several statements, each well written."""
        with self.running(), suppress(Error):
            return len([parser.parse(text, self.statements.style) for text in parser.split(sql)]) > 1
        return False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the deadline of a statement, or of work for one beside those of this class."""
        limits = self.settings.parsed
        begun = self.deadline.start(limits.timeout_ms, limits.lock_timeout_ms)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the boundary: the user is told
            self.block.fail()
            raise sql_error(error)  # noqa: B904 - from itself where it is known
        finally:
            if begun is not None:
                RUNNING.reset(begun)

    def cancel(self) -> None:
        """Ask the running statement to stop (57014); from any thread."""
        self.deadline.cancel()

    def fail(self) -> None:
        """Take note of an error around a statement: an open transaction block becomes a failed one."""
        self.block.fail()

    def close(self) -> None:
        """End the conversation; an open transaction is rolled back."""
        if not self.closed:
            self.closed = True
            self.database.leave(self)
            self.transactions.end()
            if self.settings.temporary:
                self._temporary.close()
                self.database.maintainer.wake()
            self.locks.close()
            self.relations.close()

    def prepare(self, sql: str, parameter_oids: Sequence[int] = ()) -> Prepared:
        """Parse and bind a statement. Raises syntax and name errors with positions."""
        if self.closed:
            raise InterfaceError("the session is closed")
        with self.running():
            return self.statements.prepare(sql, parameter_oids)

    def without_values(self, prepared: Prepared) -> None:
        """Raise 42P02 for a statement of parameters that is given none."""
        self.block.fail()
        refuse_parameters(prepared.statement, len(prepared.parameter_types))

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Result:
        """Prepare and execute one statement."""
        if self.closed:
            raise InterfaceError("the session is closed")
        # As `running`, without its generator: this is the hot path.
        limits = self.settings.parsed
        begun = self.deadline.start(limits.timeout_ms, limits.lock_timeout_ms)
        try:
            prepared = self.statements.kept(sql) or self.statements.prepare(sql, given=parameters)
            result = self._execute(prepared, parameters)
            assert result is not None, "it is run whatever it costs"
            return result
        except FrameInFrom:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary: the user is told
            self.block.fail()
            raise sql_error(error)  # noqa: B904 - from itself where it is known
        finally:
            if begun is not None:
                RUNNING.reset(begun)
        return self._run_framed(sql, parameters)

    def _run_framed(self, sql: str, parameters: Sequence[object]) -> Result:
        """Run a statement that reads parameters as tables."""
        try:
            with self.running():
                prepared, found = self.statements.prepare_framed(sql, parameters)
                with self.block.with_beside(found.beside):
                    self.statements.describe(prepared, found.parameters)
                    result = self._execute(prepared, found.parameters)
        except BaseException:
            self.block.fail()
            raise
        assert result is not None, "it is run whatever it costs"
        return result

    def execute(
        self,
        prepared: Prepared,
        parameters: Sequence[object] = (),
        *,
        streamed: bool = False,
        each: Answer | None = None,
    ) -> Result:
        """Run a prepared statement; rows of a query come `streamed` if that is asked, or as `each` answers.
        Raises Error subclasses; an error leaves an open block failed (25P02) until it is rolled back."""
        with self.running():
            result = self._execute(prepared, parameters, streamed=streamed, each=each)
        assert result is not None, "it is run whatever it costs"
        return result

    def run_many(self, sql: str, executions: Sequence[Sequence[object]]) -> list[Result]:
        """Run one statement once for each row of parameters, in the open block."""
        with self.running():
            prepared = self.statements.kept(sql) or self.statements.prepare(sql, given=executions[0])
        results = self.execute_many(prepared, executions)
        return [self.run(sql, row) for row in executions] if results is None else results

    def execute_many(self, prepared: Prepared, executions: Sequence[Sequence[object]]) -> list[Result] | None:
        """Run a prepared statement once for each row of parameters, at once; None, and nothing is changed,
        where they have to come one after the other."""
        with self.running():
            return self.writes.run_many(prepared, executions)

    def execute_if_brief(self, prepared: Prepared, parameters: Sequence[object] = ()) -> Result | None:
        """Run a prepared statement as `execute` does if it is sure to take little, else return None. It is
        over before it could be cancelled."""
        return self._execute(prepared, parameters, brief=True)

    def begin_change(self, prepared: Prepared, parameters: Sequence[object] = ()) -> PendingChange | None:
        """Run a change that is sure to take little but for its commit, which is submitted, or the end of a
        block of such; None, and nothing is changed, where `execute` has to run it, also where it would
        fail."""
        statement, status = prepared.statement, self.block.status
        if status == "E" or not isinstance(statement, ast.Change | ast.Commit):
            return None
        template = prepared.template or prepared
        with self.running(), self.deadline.without_waiting():
            try:
                if isinstance(statement, ast.Commit):
                    return self.transactions.begin_commit(statement)
                change = self.writes.begin(template, (*parameters, *prepared.lifted), prepared)
                if change is not None and self.relations.notices:
                    self._with_notices(change.result)
                self.relations.notices.clear()
                return change
            except (Error, LiteralsChanged, Restart):
                self.relations.notices.clear()
                if status == "I":
                    self.block.fail()
                return None

    def _execute(
        self,
        prepared: Prepared,
        parameters: Sequence[object],
        *,
        brief: bool = False,
        streamed: bool = False,
        each: Answer | None = None,
    ) -> Result | None:
        statement = prepared.statement
        if brief and self.block.has_changed:
            if not self.block.is_brief or isinstance(statement, ast.Commit):
                return None  # what the block sees is put together first, and its end waits for others
        if self.block.failed and not isinstance(statement, ast.Rollback | ast.Commit):
            self.block.require_sound()
        given = prepared
        try:
            lifted = prepared.lifted
            if prepared.template is not None:
                if len(parameters) != len(prepared.parameter_types):
                    self.queries.bind_values(prepared.parameter_types, parameters)
                prepared = prepared.template
            if prepared.ready is not None or isinstance(statement, ast.Query):
                result = self.queries.run_if(
                    prepared, parameters, lifted, brief=brief, streamed=streamed, each=each
                )
                if result is not None and result.stream is not None:
                    result.stream = self._settled(result.stream, result.notices)
                elif self.locks.held or self.block.notifications.is_due:
                    self.block.settle()
                if result is not None and self.relations.notices:
                    self._with_notices(result)
                return result
            if brief and not is_brief(statement):
                return None
            parameters = (*parameters, *lifted)
            if isinstance(statement, ast.Change | ast.WithChanges):
                changed = self.writes.run(prepared, parameters, given)
                return self._with_notices(changed) if self.relations.notices else changed
            made = self._utility(prepared, parameters)
            return self._with_notices(made) if self.relations.notices else made
        except LiteralsChanged:
            again = self.statements.with_literals_in_place(given)
            parameters = parameters[: len(given.hints)]
            return self._execute(again, parameters, brief=brief, streamed=streamed, each=each)
        except MemoryError:
            self.block.fail()
            raise out_of_memory() from None
        except BaseException:  # Ctrl-C among them: what is half done must not be committed
            self.block.fail()
            self.relations.notices.clear()
            raise

    def _with_notices(self, result: Result) -> Result:
        """Put what the functions of a statement had to say beside its result."""
        self._take_notices(result.notices)
        return result

    def _take_notices(self, notices: list[Notice]) -> None:
        notices += self.relations.notices
        self.relations.notices.clear()

    def _settled(
        self, stream: Iterator[RecordBatch], notices: list[Notice] | None = None
    ) -> Iterator[RecordBatch]:
        """Yield the rows of a query, then add what its functions have said to `notices`. It holds no result:
        in a circle with one, rows that nobody reads on would stay open until the collector comes."""
        try:
            yield from stream
        except BaseException:
            self.relations.notices.clear()  # of a statement that has no end
            raise
        self.block.settle()
        if notices is not None:
            self._take_notices(notices)

    def insert(self, table: str, data: object) -> int:
        """Insert whole columns or a frame as one statement: see `vql.python.connection.Connection.insert`."""
        name = tuple(table.split("."))
        with self.running():
            try:
                if not isinstance(data, dict) or any(hasattr(v, "__arrow_c_stream__") for v in data.values()):
                    from vql.executor.frames.given import columns_for

                    data = columns_for(data, self.writes.column_types(name))
                return self.writes.insert_columns(name, dict(data))
            except BaseException:
                self.block.fail()
                raise

    def _utility(self, prepared: Prepared, parameters: Sequence[object]) -> Result:
        statement = prepared.statement
        match statement:
            case None:
                return Result("")
            case ast.Begin():
                return self.transactions.begin(statement)
            case ast.Commit() | ast.Rollback(savepoint=None):
                return self.transactions.finish(statement)
            case ast.Rollback() | ast.Savepoint():
                return self.block.run_savepoint(statement)
            case ast.Set() | ast.Show() | ast.AlterSystem():
                return self.configuration.run(statement)
            case ast.Explain():
                explain = Explanation(statement, prepared, self.statements, self.queries, self.execute)
                return explain.run(self.snapshot(), parameters)
            case _ if isinstance(statement, ast.Definition):
                return self.definitions.run(statement, prepared.hints, parameters)
            case _ if isinstance(statement, ast.AboutNotifications):
                result = self.block.notifications.run(statement)
                self.block.settle()
                return result
            case _ if isinstance(statement, ast.AboutDatabases):
                return run_about_databases(statement, self.database, self.block, self.identity)
            case ast.Vacuum():
                return self.upkeep.vacuum(statement)
            case ast.Reindex():
                return self.upkeep.reindex(statement)
            case ast.Lock():
                is_in_block = self.block.status != "I"
                tables = self.tables()
                return lock_tables(statement, tables, self.locks, self.identity, is_in_block=is_in_block)
            case ast.DeclareCursor():
                result = self._declare(prepared, statement, parameters)
                self.block.settle()
                return result
            case ast.Fetch():
                return self.cursors.fetch(statement)
            case ast.PrepareNamed():
                self.statements.name(statement)
                return Result("PREPARE")
            case ast.ExecuteNamed():
                return self._execute_named(statement)
            case ast.Do():
                return self._do(statement)
            case ast.Discard():
                return discard(
                    statement, self.settings, self.block, self.cursors, self.relations, self.definitions,
                    self.statements.named,
                )  # fmt: skip
            case ast.CopyFile():
                return self._with_notices(self.copies.run_file(prepared, statement, self._settled))
            case ast.Copy():
                raise NotSupportedError("COPY runs over the wire protocol and in the shell")
        raise NotSupportedError(f"{type(statement).__name__} is not supported yet")

    def _execute_named(self, statement: ast.ExecuteNamed) -> Result:
        """Run a statement that has a name. Raises 26000, 42601."""
        prepared = self.statements.of_name(statement.name, len(statement.arguments))
        if statement.name in self.statements.named:
            self.statements.named[statement.name].runs += 1
        context = self.queries.context(self.queries.now(self.snapshot()), ())
        given = zip(statement.arguments, prepared.parameter_types, strict=True)
        result = self._execute(prepared, [self.relations.constant(*each, context) for each in given])
        assert result is not None, "it is run whatever it costs"
        return result

    def _do(self, statement: ast.Do) -> Result:
        """Run a block, in a transaction of its own where none is open."""
        blocks = Blocks(self.statements.prepare, self._execute, self.block)
        if self.block.status != "I":
            return blocks.run(statement)
        self.transactions.begin(ast.Begin())
        try:
            result = blocks.run(statement)
        except BaseException:
            self.transactions.end()
            raise
        self.transactions.commit()
        return result

    def _declare(
        self, prepared: Prepared, statement: ast.DeclareCursor, parameters: Sequence[object]
    ) -> Result:
        assert statement.query is not None
        query = query_of(prepared, statement.query)

        def run() -> Result:
            self.statements.describe(query, parameters)
            return self.queries.run(query, parameters)

        return self.cursors.declare(statement, prepared.sql, self.block.status == "T", run)

    def copy_start(self, prepared: Prepared) -> CopyIn | CopyOut:
        """Begin a COPY statement of a stream. Raises 42P01, 42703, 0A000."""
        return self.copies.start(prepared, self._settled)
