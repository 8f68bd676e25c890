"""What a session asks of the DuckDB bridge: queries, conditions and expressions beyond numpy.

The bridge is made on first need, so a session of vector statements never loads DuckDB.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.deadline import current_deadline
from vql.errors import Error
from vql.executor.join_locks import lock_joined
from vql.executor.locking import rows_to_read
from vql.executor.rows.batch import RecordBatch, RecordStream
from vql.executor.rows.context import Context
from vql.executor.rows.project import project
from vql.executor.rows.sources import Source
from vql.executor.tuples.coercions import canonical, internal
from vql.executor.tuples.constants import NO_SESSION
from vql.executor.tuples.execution import ROWS_MAX
from vql.executor.tuples.frame import NotByTuples
from vql.executor.tuples.program import Program, program_of
from vql.executor.tuples.reads import Arguments, Given
from vql.functions.declare import Environment
from vql.functions.generator import Generator
from vql.functions.lookups import CatalogLookups
from vql.language import ast, plan
from vql.language.analyze import tree
from vql.language.ast.moments import number_of
from vql.language.ast.walk import walk
from vql.language.bind.names import Tables
from vql.language.bind.relational import Blocks, refuse_catalog_then
from vql.language.lexer import truncated_names
from vql.language.planner import plan_block, plan_query
from vql.session.advisory import Advisory
from vql.session.contract import contract_of, with_options
from vql.session.database import Database
from vql.session.identity import Identity
from vql.session.objects.numbering.sequences import SessionSequences
from vql.session.results import Notice
from vql.session.statements.changes.numbers import shares_numbers_of_change
from vql.session.statements.cursors import Cursors
from vql.session.statements.moments import Snapshots
from vql.session.statements.sessions import SeenSessions
from vql.session.transaction_block import TransactionBlock
from vql.settings.decided import write_decided
from vql.settings.settings import Settings
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.xids import SessionXids
from vql.types.forms.ndarrays import I64
from vql.types.type import Type

if TYPE_CHECKING:
    from vql.executor.bridge.catalog.catalog import SystemCatalog
    from vql.executor.bridge.catalog.kept import KeptRows
    from vql.executor.bridge.relational import DuckBridge, Surroundings

# The settings that say how texts of values are written.
TEXT_SETTINGS = ("timezone", "datestyle", "intervalstyle", "bytea_output", "extra_float_digits")
# A program that has met too many rows so often in a row is tried at each 2 ** so many executions.
MISSES_MAX = 6


class Relations:
    """One session's use of DuckDB: a connection of the database's, and what its functions tell of the
    session. `process_id` is what pg_backend_pid() says; the server sets it."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        block: TransactionBlock,
        cursors: Cursors,
        identity: Identity,
    ) -> None:
        self.process_id = 0
        self._database = database
        self._settings = settings
        self._block = block
        self._generator = Generator()
        self._cursors = cursors
        self._identity = identity
        self._bridge: DuckBridge | None = None
        user = settings.get("session_authorization")
        self.sessions = SeenSessions(database.path.name, user, database.store.locks)
        self.prepared: Callable[[], str] = lambda: "[]"  # the rows of pg_prepared_statements
        self._kept_rows: KeptRows | None = None
        # What settings say of texts, and of which version of them.
        self._texts: tuple[int, dict[str, Any]] = (-1, {})
        self.sequences = SessionSequences(database.store, block, identity)
        # What functions of the statement at hand have to say, each once.
        self.notices: dict[Notice, None] = {}
        self.advisory = Advisory(block.locks, self.notify)
        self.xids = SessionXids(database.store, block.locks)

    def notify(self, notice: Notice) -> None:
        """Keep what is to be said beside the result of the statement at hand."""
        self.notices[notice] = None

    def notices_names(self, sql: str) -> bool:
        """Say of names in a statement that they are cut; returns whether there are any."""
        found = truncated_names(sql)
        for name, kept in found:
            self.notify(Notice(f'identifier "{name}" will be truncated to "{kept}"', sqlstate="42622"))
        return bool(found)

    def _surroundings(self, snapshot: Snapshot) -> Surroundings:
        from vql.executor.bridge.relational import Surroundings

        return Surroundings(
            snapshot, self._said, self.environment(), self._settings.configure, self._rows_kept()
        )

    def _rows_kept(self) -> KeptRows:
        from vql.executor.bridge.catalog.kept import KeptRows, ObjectRows

        if self._kept_rows is None:
            if self._database.catalog_rows is None:
                self._database.catalog_rows = ObjectRows()
            self._kept_rows = KeptRows(self._database.catalog_rows)
        return self._kept_rows

    def _said(self) -> dict[str, str]:
        """Return what the catalog tells of the session."""
        names = {
            "vql__user": self._settings.role,
            "vql__session_user": self._settings.get("session_authorization"),
            "vql__owner": self._identity.owner,
            "vql__database": self._database.path.name,
            "vql__folder": str(self._database.path),
            "vql__temporary": self._settings.temporary,
            "vql__pid": str(self.process_id),
            "vql__cursors": self._cursors.said(),
            "vql__prepared": self.prepared(),
        }
        decided = self._settings.decided
        names["vql__decided"] = write_decided(decided)
        said = names | {name: each.value for name, each in decided.items()}
        said |= dict(self._settings.given_items())
        return said | {name: self._settings.get(name) for name in ("session_authorization", "is_superuser")}

    def environment(self, catalog: CatalogLookups | None = None) -> Environment:
        """Return what functions may ask of the session, of the catalog too where that is given."""
        version = self._settings.version
        if self._texts[0] != version:
            setting = self._settings.get
            texts = {
                name: setting(name) for name in ("timezone", "datestyle", "intervalstyle", "bytea_output")
            }
            texts["text_search_config"] = setting("default_text_search_config")
            self._texts = version, {**texts, "extra_float_digits": int(setting("extra_float_digits"))}
        now_us = self._block.now_us
        return Environment(
            now_us=now_us, statement_us=now_us if self._block.status == "I" else time.time_ns() // 1000,
            **self._texts[1], generator=self._generator, catalog=catalog,
            deadline=current_deadline(), sequences=self.sequences,
            notifications=self._block.notifications, advisory=self.advisory, sessions=self.sessions,
            xids=self.xids,
            notice=lambda text: self.notify(Notice(text)),
        )  # fmt: skip

    def _catalog(self, snapshot: Snapshot) -> SystemCatalog:
        from vql.executor.bridge.catalog.catalog import SystemCatalog

        return SystemCatalog(
            snapshot, self._said, self._settings.configure, self.sequences, self._rows_kept(), self.sessions
        )

    @property
    def bridge(self) -> DuckBridge:
        """The bridge, made on first use; DuckDB is loaded here and nowhere else."""
        if self._bridge is None:
            from vql.executor.bridge.relational import DuckBridge

            self._bridge = DuckBridge(self._database.duck)
        return self._bridge

    def close(self) -> None:
        """Let go of DuckDB."""
        if self._bridge is not None:
            self._bridge.close()
            self._bridge = None

    def tuples(
        self,
        node: plan.RelationalPlan,
        context: Context,
        types: Sequence[Type],
        given: Given | None = None,
        is_brief: bool = False,
    ) -> list[tuple[object, ...]] | None:
        """Return the rows of a query where few have to be gone through, with `is_brief` so few that it takes
        little; None where DuckDB has to run it."""
        if self._block.serializable is not None:
            return None
        inputs = _Inputs(node.blocks, context, types, self._settings, given)
        # The plan is held beside its program: its id is its own as long.
        kept = context.kept.get(id(node))
        if kept is None:
            if is_brief:
                return None
            kept = context.kept[id(node)] = _Kept(node, program_of(node, inputs, len(types)))
        assert isinstance(kept, _Kept), "a plan's id is its own"
        if is_brief:
            return kept.briefly(lambda program: self._gone_through(program, inputs, context, types, True))
        return kept.tried(lambda program: self._gone_through(program, inputs, context, types))

    def knn_joins(self, node: plan.RelationalPlan, context: Context, types: Sequence[Type]) -> list[str]:
        """Return what EXPLAIN says of the laterals of a query that are answered by vector searches."""
        from vql.executor.bridge.laterals import knn_block
        from vql.executor.shapes.lateral import described_join

        inputs, found = _Inputs(node.blocks, context, types, self._settings), []
        for part in walk(node.query) if node.analyzed is not None and node.analyzed.has_lateral else ():
            apart = knn_block(part, inputs.table, len(types))
            planned = None if apart is None else inputs.planned(apart.block)
            line = None if planned is None else described_join(*planned, len(types))
            if line is not None:
                found.append(line)
        return found

    def why_not_tuples(self, node: plan.RelationalPlan, context: Context, types: Sequence[Type]) -> str:
        """Return why DuckDB has to run a query however few its rows are, "" where it has not."""
        if self._block.serializable is not None:
            return "SERIALIZABLE"
        try:
            Program(node, _Inputs(node.blocks, context, types, self._settings), len(types))
        except NotByTuples as reason:
            return str(reason)
        except Error:  # a constant's, which the execution raises
            pass
        return ""

    def _gone_through(
        self,
        program: Program,
        inputs: _Inputs,
        context: Context,
        types: Sequence[Type],
        is_brief: bool = False,
    ) -> list[tuple[object, ...]] | None:
        arguments = Arguments(context.evaluator.parameters, types)
        needs = program.needs_environment
        environment = self.environment(self._catalog(context.snapshot)) if needs else NO_SESSION
        return program.run(inputs, context, arguments, environment, is_brief)

    def run(self, node: plan.RelationalPlan, context: Context, types: Sequence[Type]) -> RecordBatch:
        """Run a query on the context's snapshot, its vector blocks through the indexes."""
        found = self.tuples(node, context, types)
        if found is None:
            return self.run_in_duck(node, context, types)
        assert node.analyzed is not None, "it has been run"
        return _batch(found, node.analyzed.query)

    def run_in_duck(
        self,
        node: plan.RelationalPlan,
        context: Context,
        types: Sequence[Type],
        given: Given | None = None,
    ) -> RecordBatch:
        """Run a query in DuckDB, however few its rows are."""
        from vql.executor.bridge.relational import run_relational

        inputs = _Inputs(node.blocks, context, types, self._settings, given)
        arguments = Arguments(context.evaluator.parameters, types)
        return run_relational(node, inputs, arguments, self.bridge, self._surroundings(context.snapshot))

    def stream(self, node: plan.RelationalPlan, context: Context, types: Sequence[Type]) -> RecordStream:
        """Run a query as `run` does; its rows are made as they are read."""
        from vql.executor.bridge.relational import stream_relational

        inputs = _Inputs(node.blocks, context, types, self._settings)
        arguments = Arguments(context.evaluator.parameters, types)
        return stream_relational(node, inputs, arguments, self.bridge, self._surroundings(context.snapshot))

    def in_turn(
        self, node: plan.RelationalPlan, context: Context, types: Sequence[Type]
    ) -> Iterator[RecordBatch]:
        """Run a query and yield its rows one by one, each computed when it is its turn, so that what is done
        in between may take numbers of sequences. Raises 0A000 where they are not found before that."""
        from vql.executor.bridge.typed.row_by_row import row_by_row

        assert node.analyzed is not None, "it is planned"
        query = node.analyzed.query
        if not isinstance(query, tree.SelectQuery) or query.offset is not None or node.analyzed.has_lateral:
            raise shares_numbers_of_change()
        given = Arguments(context.evaluator.parameters, types).value
        environment = self.environment(self._catalog(context.snapshot))
        apart = row_by_row(query, "vql__turn", given, environment, is_whole=True)
        analyzed = replace(node.analyzed, query=replace(apart.rows, limit=apart.limit))
        found = self.run_in_duck(replace(node, analyzed=analyzed), context, types)
        names, made = zip(*((c.name, c.type) for c in query.columns), strict=True)
        read = [column.type for column in apart.rows.columns]
        for row in found.tuples():
            cells = apart.program(map(internal, row, read))
            if cells is not None:
                yield RecordBatch.of(names, made, [tuple(map(canonical, cells, made))])

    def run_query(self, query: ast.Query, context: Context, types: Sequence[Type]) -> RecordBatch:
        """Plan and run a query that a statement needs beside its own."""
        node = plan_query(query, tables_of(context), types)
        if self._block.serializable is None:
            inputs = _Inputs(node.blocks, context, types, self._settings)
            program = program_of(node, inputs, len(types))
            found = None if program is None else self._gone_through(program, inputs, context, types)
            if program is not None and found is not None:
                return _batch(found, program.query)
        return self.run_in_duck(node, context, types)

    def compute(
        self, residual: plan.Residual, rows: Source, context: Context, types: Sequence[Type]
    ) -> Column:
        """Compute an expression over rows, in their order."""
        assert residual.query is not None, "it is planned"
        given = Given(rows, residual.table)
        found = None
        if rows.rows <= ROWS_MAX:
            found = self.tuples(residual.query, context, types, given)
        if found is None:
            batch = self.run_in_duck(residual.query, context, types, given)
        else:
            assert residual.query.analyzed is not None, "it has been run"
            batch = _batch(found, residual.query.analyzed.query)
        values, places = batch.data
        assert len(values) == rows.rows, "each row has a value"
        in_order = bool((places.data[1:] > places.data[:-1]).all())
        return values if in_order else values.take(np.argsort(places.data))

    def constant(self, expression: ast.Expression, type_: Type, context: Context) -> object:
        """Compute an expression without columns."""
        query = ast.Select((ast.SelectItem(expression, "value"),))
        return type_.coerce(self.run_query(query, context, ()).tuples()[0][0])


Rows = list[tuple[object, ...]]


class _Kept:
    """A plan's program, and for how many executions it is not tried again, as rows were too many lately."""

    def __init__(self, node: plan.RelationalPlan, program: Program | None) -> None:
        self._node = node
        self._program = program
        self._turn, self._brief_turn = _Turn(), _Turn()

    def tried(self, run: Callable[[Program], Rows | None]) -> Rows | None:
        """Return what a run gives; None where there is none."""
        return None if self._program is None else self._turn.taken(self._program, run)

    def briefly(self, run: Callable[[Program], Rows | None]) -> Rows | None:
        """Return what a run gives that is sure to take little."""
        if self._program is None or not self._program.may_be_brief:
            return None
        return self._brief_turn.taken(self._program, run)


class _Turn:
    """Passes over a program at ever longer intervals while it gives nothing."""

    __slots__ = ("_misses", "_passes")

    def __init__(self) -> None:
        self._misses = self._passes = 0

    def taken(self, program: Program, run: Callable[[Program], Rows | None]) -> Rows | None:
        self._passes -= 1
        if self._passes >= 0:
            return None
        found = run(program)
        self._misses = 0 if found is not None else min(self._misses + 1, MISSES_MAX)
        self._passes = 0 if found is not None else 1 << self._misses
        return found


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a query reads while it runs."""

    blocks: Blocks
    context: Context
    types: Sequence[Type]
    settings: Settings
    given: Given | None = None

    def table(self, name: tuple[str, ...]) -> tuple[Snapshot, schema.Table] | None:
        return table_at(name, self.context)

    def block(self, block: ast.Select) -> RecordBatch | None:
        node = next((found for select, found in self.blocks if select is block), None)
        if node is None:
            return None
        if isinstance(node, plan.RelationalPlan):
            assert node.lock is not None, "a join is a block where it locks rows"
            return lock_joined(node.lock, self.context.evaluator.relational(node), self.context)
        context = self._in_block(node)
        return project(node, rows_to_read(node, context), context)

    def joined(
        self, block: ast.Select, keys: Callable[[], RecordBatch]
    ) -> tuple[RecordBatch, I64, RecordBatch] | None:
        from vql.executor.shapes.lateral import nearest_of_keys

        planned = self.planned(block)
        if planned is None:
            return None
        (node, types), given = planned, keys()
        try:
            fitting = fitted(given, types)
        except Error:
            return None
        found = nearest_of_keys(node, fitting, len(self.types), self._in_block(node))
        return None if found is None else (*found, given)

    def planned(self, block: ast.Select) -> tuple[plan.SelectPlan, Sequence[Type]] | None:
        """Return the plan of a block that has parameters behind the statement's own, and the types of these;
        None where it is no vector search."""
        known = list(self.types)
        node = plan_block(block, tables_of(self.context), known)
        if node is None or node.nearest is None or len(known) == len(self.types):
            return None
        return node, known[len(self.types) :]

    def _in_block(self, node: plan.SelectPlan) -> Context:
        """Return the context of a vector block, which owes what its own table, index and LIMIT say."""
        contract = contract_of(node, self.settings.parsed)
        contract = with_options(node, contract, self.context.evaluator)
        return replace(self.context.at(node.number), contract=contract)


def _batch(rows: Sequence[tuple[object, ...]], query: tree.Query) -> RecordBatch:
    """Return the rows of a query by columns."""
    return RecordBatch.of([c.name for c in query.columns], [c.type for c in query.columns], rows)


def fitted(keys: RecordBatch, types: Sequence[Type]) -> RecordBatch:
    """Return columns as the types they are compared as. Raises DataError where one does not fit."""
    data = tuple(
        column
        if column.type.base is type_.base
        else Column.from_values(type_, [type_.coerce(value) for value in column.values()])
        for column, type_ in zip(keys.data, types, strict=True)
    )
    return RecordBatch(keys.names, tuple(types), data, keys.rows)


def table_at(name: tuple[str, ...], context: Context) -> tuple[Snapshot, schema.Table] | None:
    """Return the table of ours that a statement has a name for, at its moment; None for none. Raises 0A000
    for a relation of the system catalog at another moment than the statement's."""
    snapshot, found = context.at(number_of(name)).snapshot, tables_of(context).find(name)
    if found is None:
        refuse_catalog_then(name)
    return None if found is None else (snapshot, found)


def tables_of(context: Context) -> Tables:
    """Return what names of tables mean in an execution."""
    return Snapshots(context.snapshot, context.path, context.others).tables
