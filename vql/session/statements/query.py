"""Running queries in a session: parameters, the moment of AS OF, native plans and the bridge.

The first execution of a query makes it ready (`Ready`): everything that depends on nothing but catalog and
settings. Every execution goes through `Queries.run`; from the second on it looks nothing up that the first
has found out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from operator import call
from typing import Optional

import numpy as np

from vql.calendar.style import Style
from vql.errors import Error, NotSupportedError, ProgrammingError
from vql.executor.join_locks import lock_joined
from vql.executor.knn.fragment import Checks, Searchers
from vql.executor.locking import locks_rows, note_read, rows_to_read
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.project import TUPLES_MAX, project, project_rows
from vql.executor.rows.settled import settle, settled_in
from vql.executor.rows.sources import Source
from vql.executor.select import select_batches
from vql.executor.shapes.nearest import NearestSearch, is_one_search
from vql.functions.declare import Environment
from vql.language import ast, plan
from vql.language.ast.walk import rewrite
from vql.language.bind.names import Tables
from vql.language.bind.queries import QueryBinder, is_now
from vql.language.bind.statements import Bound, Moments
from vql.session.contract import contract_of, with_options
from vql.session.database import Database
from vql.session.identity import Identity
from vql.session.results import Result, ResultColumn, columns_returned, result_columns
from vql.session.statements.brief import Brevity
from vql.session.statements.moments import (
    NO_CATALOG,
    Snapshots,
    as_seen,
    changes_until,
    moment_at,
    snapshot_at,
)
from vql.session.statements.parameters import coerced
from vql.session.statements.prepare import Prepared, Ready, Statements
from vql.session.statements.relations import Relations
from vql.session.transaction_block import TransactionBlock
from vql.settings.settings import Settings
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.transactions.transaction import Transaction
from vql.types.type import TIMESTAMPTZ, Type

# What answers a query that is ready.
Answer = Callable[[Ready, Context], Result]
# A moment by its kind and value, and where it is the beginning of changes, their end.
MomentKey = tuple[str, object, Optional["MomentKey"]]
# Snapshots of the past that a session keeps for statements that ask for the same moment again.
MOMENTS_KEPT = 16


class Queries:
    """One session's way to run queries."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        block: TransactionBlock,
        statements: Statements,
        relations: Relations,
        identity: Identity,
    ) -> None:
        self._database = database
        self._settings = settings
        self._block = block
        self._statements = statements
        self.relations = relations
        self.identity = identity
        self.searchers = Searchers()
        # The database at the moments of AS OF last asked for, while this is the present.
        self._present: Snapshot | None = None
        self._past: dict[MomentKey, Snapshot] = {}

    def forget(self) -> None:
        """Drop the searchers, which hold segments and their indexes."""
        self.searchers.clear()
        self._present = None
        self._past.clear()

    def run(self, prepared: Prepared, parameters: Sequence[object], lifted: Sequence[object] = ()) -> Result:
        """Execute a query; `lifted` are the values of its text's own literals, canonical already."""
        result = self.run_if(prepared, parameters, lifted)
        assert result is not None, "it is run whatever it costs"
        return result

    def run_if(
        self,
        prepared: Prepared,
        parameters: Sequence[object],
        lifted: Sequence[object] = (),
        *,
        brief: bool = False,
        streamed: bool = False,
        each: Answer | None = None,
    ) -> Result | None:
        """Execute a query; with `brief` only if it is sure to take little, else return None. Many rows are
        `streamed` if that is asked for. `each` answers it instead, more than once, at one moment; rows are
        not locked then. Raises 0A000 where they would be."""
        ready, snapshot = prepared.ready, self._block.snapshot()
        if (
            ready is None
            or ready.catalog_version != snapshot.catalog_version
            or ready.settings_version != self._settings.version
        ):
            ready = prepared.ready = self._ready(prepared, snapshot, (*parameters, *lifted))
        if len(parameters) + len(lifted) != len(ready.convert):
            self.bind_values(prepared.parameter_types, parameters)
        try:
            given = [*map(call, ready.convert, parameters), *lifted]
        except Exception:  # noqa: BLE001 - named in what follows
            given = [
                *coerced(ready.parameter_types[: len(parameters)], parameters, self._settings.parsed.style),
                *lifted,
            ]
        context, moment = ready.context, ready.moment
        context.snapshot = snapshot
        context.evaluator.restart(given)
        if moment is not None or ready.others:
            then = None
            if moment is not None and self._present is snapshot and not (ready.others or ready.by_setting):
                then = self._past.get((moment.kind, context.evaluator.value(moment.value), None))
            if then is not None and then.catalog_version == ready.catalogs[0]:
                context.snapshot = snapshot = then
            elif brief:
                return None  # it may have to wait for the moment, and reads the catalog of then
            else:
                ready = self._ready_then(prepared, ready, snapshot, given)
                context, snapshot = ready.context, ready.context.snapshot
        reader = self._block.serializable
        if reader is not None and moment is None and isinstance(ready.node, plan.SelectPlan):
            note_read(ready.node, context, reader)
            snapshot = context.snapshot
        if ready.locks:
            if each is not None:
                raise NotSupportedError("search_many does not lock rows")
            return None if brief else self._block.change(partial(self._locked, ready))
        if brief and isinstance(ready.node, plan.RelationalPlan):
            return self._few(ready, context, is_brief=True)
        if brief and not ready.brevity.holds(snapshot, given):
            return None
        if ready.has_options:
            context.contract = with_options(ready.node, ready.contract, context.evaluator)
        if each is not None:
            return each(ready, context)
        rows = None if ready.search is None else ready.search.tuples(context)
        if rows is not None:
            if not rows and context.constants:
                settle(context.constants, context.evaluator)
            return Result(f"SELECT {len(rows)}", ready.columns, None, rows)
        return self._stream(ready, context) if streamed else self.answer(ready, context)

    def _locked(self, ready: Ready, transaction: Transaction) -> Result:
        """Run a plan that locks rows."""
        context = ready.context
        context.snapshot, context.transaction = transaction.view(), transaction
        context.evaluator.restart(context.evaluator.parameters)
        return self.answer(ready, context)

    def _stream(self, ready: Ready, context: Context) -> Result:
        """Run a plan whose rows are made as they are read."""
        node, columns = ready.node, ready.columns
        if isinstance(node, plan.SelectPlan):
            settle(context.constants, context.evaluator)
            return Result("SELECT", columns, stream=select_batches(node, context))
        few = self._few(ready, context)
        if few is not None:
            return few
        found = self.relations.stream(node, context, ready.parameter_types)
        if columns is None or len(columns) != len(found.names):
            columns = tuple(ResultColumn(n, t) for n, t in zip(found.names, found.types, strict=True))
        return Result("SELECT", columns, stream=found.batches)

    def answer(self, ready: Ready, context: Context) -> Result:
        """Run a plan that is more than one search."""
        node, columns = ready.node, ready.columns
        if isinstance(node, plan.SelectPlan):
            selection = rows_to_read(node, context)
            count = selection.rows
            if not count and context.constants:
                settle(context.constants, context.evaluator)
            if count <= TUPLES_MAX:
                rows = project_rows(node, selection, context)
                return Result(f"SELECT {count}", columns, None, rows)
            return Result(f"SELECT {count}", columns, project(node, selection, context))
        assert isinstance(node, plan.RelationalPlan)
        found = self._few(ready, context)
        if found is not None:
            return found
        batch = self.relations.run_in_duck(node, context, ready.parameter_types)
        if node.lock is not None:
            batch = lock_joined(node.lock, batch, context)
        if columns is None or len(columns) != len(batch.names):
            columns = tuple(ResultColumn(n, t) for n, t in zip(batch.names, batch.types, strict=True))
        return Result(f"SELECT {batch.rows}", columns, batch)

    def _few(self, ready: Ready, context: Context, is_brief: bool = False) -> Result | None:
        """Answer a relational plan that goes through few rows, with `is_brief` so few that it takes little;
        None where DuckDB has to."""
        node, columns = ready.node, ready.columns
        assert isinstance(node, plan.RelationalPlan) and node.analyzed is not None
        rows = self.relations.tuples(node, context, ready.parameter_types, is_brief=is_brief)
        if rows is None:
            return None
        offered = node.analyzed.query.columns
        if columns is None or len(columns) != len(offered):
            columns = tuple(ResultColumn(column.name, column.type) for column in offered)
        return Result(f"SELECT {len(rows)}", columns, None, rows)

    def run_inner(
        self,
        bound: Bound,
        seen: Snapshots,
        given: tuple[object, ...],
        kept: dict[int, object] | None = None,
        transaction: Transaction | None = None,
    ) -> RecordBatch:
        """Run the query of another statement; `kept` is what its executions share, the `transaction` is that
        which rows are locked in."""
        context = self.context(seen, given, bound)
        context.transaction = transaction
        if kept is not None:
            context.kept = kept
        if isinstance(bound.plan, plan.SelectPlan):
            context.contract = with_options(bound.plan, context.contract, context.evaluator)
            return project(bound.plan, rows_to_read(bound.plan, context), context)
        assert isinstance(bound.plan, plan.RelationalPlan)
        return self._joined(bound.plan, context, bound.parameter_types)

    def _joined(self, node: plan.RelationalPlan, context: Context, types: Sequence[Type]) -> RecordBatch:
        """Run a relational plan, and lock the rows that it says."""
        batch = self.relations.run(node, context, types)
        return batch if node.lock is None else lock_joined(node.lock, batch, context)

    def described(self, bound: Bound, seen: Snapshots) -> RecordBatch:
        """Return the columns of a query without its rows: it is not run."""
        columns = columns_returned(bound) or ()
        types = tuple(column.type for column in columns)
        return RecordBatch(tuple(c.name for c in columns), types, tuple(map(Column.empty, types)), 0)

    # -------------------------------------------------------------- what executions share

    def _ready(self, prepared: Prepared, snapshot: Snapshot, given: Sequence[object]) -> Ready:
        """Make a query ready under the catalog and the settings of now."""
        bound, seen = self._statements.bound_now(prepared, snapshot, given)
        return self._made_ready(prepared, bound, seen, snapshot)

    def _ready_then(
        self, prepared: Prepared, ready: Ready, present: Snapshot, given: Sequence[object]
    ) -> Ready:
        """Return a query ready at its moments, anew where the catalogs of these are others."""
        own = None if ready.by_setting and self._block.reads_past else ready.moment
        seen = self.seen(Moments(own, ready.others), ready.context.evaluator, present)
        if seen.catalogs != ready.catalogs:
            bound = self._statements.bound(prepared, seen)
            ready = prepared.ready = self._made_ready(prepared, bound, seen, present)
            ready.context.evaluator.restart(given)
        ready.context.snapshot, ready.context.others = seen.own, seen.others
        return ready

    def _made_ready(self, prepared: Prepared, bound: Bound, seen: Snapshots, present: Snapshot) -> Ready:
        node, columns = bound.plan, prepared.columns
        assert isinstance(node, plan.SelectPlan | plan.RelationalPlan)
        if seen.catalogs != prepared.catalogs:
            columns = columns_returned(bound)  # they may not be those described
        context = self.context(seen, (), bound)
        moment, moments = node.as_of, prepared.moments
        search, has_options = None, False
        if isinstance(node, plan.SelectPlan):
            is_search = node.locking is None and is_one_search(node)
            search = NearestSearch.of(node, context) if is_search else None
            has_options = node.recall is not None or node.effort is not None
            if columns is None or len(columns) != len(node.outputs):
                columns = result_columns(node.outputs, node.table)
        setting = self._settings.parsed.as_of
        if moment is None and setting:
            moment = moment_at(setting, self.style)
        # Rights may change while a block reads the past: they are looked at by each statement.
        is_kept = seen.rights is None or not self._block.reads_past
        return Ready(
            present.catalog_version if is_kept else NO_CATALOG,
            self._settings.version,
            seen.catalogs,
            node,
            bound.parameter_types,
            tuple(type_.converter(self.style) for type_ in bound.parameter_types),
            columns,
            moment,
            node.as_of is None,
            () if moments is None else moments.others,
            context.contract,
            has_options,
            context,
            search,
            Brevity(node, context.contract, self.searchers),
            locks_rows(node),
        )

    def now(self, snapshot: Snapshot) -> Snapshots:
        """Return a snapshot as what a statement sees through the search path."""
        parsed, own = self._settings.parsed, self._database.functions.by_name
        if parsed.role:
            return as_seen(snapshot, parsed.search_path, self.identity, own)
        return Snapshots(snapshot, parsed.search_path, own_functions=own)

    def context(self, seen: Snapshots, given: Sequence[object], bound: Bound | None = None) -> Context:
        """Return the context of one execution."""
        types = bound.parameter_types if bound is not None else ()
        delegate = _Delegate(self.relations, self._database.store, types)
        settings, database = self._settings.parsed, self._database
        node = bound.plan if bound is not None else None
        context = delegate.context = Context(
            seen.own,
            Evaluator(given, delegate),
            contract_of(node, settings),
            self.searchers,
            database.masks,
            Checks(settings.recall_check, database.checker),
            threads=settings.threads or database.threads,
            helpers=database.helpers,
            others=seen.others,
            path=seen.path,
            constants=settled_in(node),
        )
        return context

    # -------------------------------------------------------------- moments and parameters

    def arrived(
        self, prepared: Prepared, present: Snapshot, parameters: Sequence[object]
    ) -> tuple[Bound, Snapshots, tuple[object, ...]]:
        """Bind a statement, the values of its parameters given; return what it sees and canonical values."""
        bound, seen = self._statements.bound_now(prepared, present, parameters)
        given = self.bind_values(bound.parameter_types, parameters)
        moments = self._statements.moments(prepared)
        if moments is not None:
            evaluator = self.context(self.now(present), given, bound).evaluator
            seen = self.seen(moments, evaluator, present)
            bound = self._statements.bound(prepared, seen)
        return bound, seen, given

    def seen(self, moments: Moments, evaluator: Evaluator, present: Snapshot) -> Snapshots:
        """Return the snapshots of some moments; they are kept while nothing is committed."""
        asked = [
            _key_of(moment, evaluator) for moment in (moments.own, *moments.others) if moment is not None
        ]
        if self._present is not present or len(self._past) > MOMENTS_KEPT:
            self._present = present
            self._past.clear()
        for each in asked:
            if each not in self._past:
                self._past[each] = self.at(*each)
        found = [self._past[each] for each in asked]
        own = found.pop(0) if moments.own is not None else present
        return replace(self.now(own), others=tuple(found))

    @property
    def style(self) -> Style:
        """How the session reads and writes moments."""
        return self._settings.parsed.style

    def _read_moment(self, text: str) -> object:
        return TIMESTAMPTZ.converter(self.style)(text)

    def at(self, kind: str, value: object, until: MomentKey | None = None) -> Snapshot:
        """Return the database at a time, version or named snapshot, or its changes from there to another."""
        if kind == "time" and isinstance(value, str):
            value = self._read_moment(value)
        if until is not None:
            return changes_until(self._database.store, kind, value, self.at(*until))
        return snapshot_at(self._database.store, kind, value)

    def moment_of(self, as_of: ast.AsOf) -> Snapshot:
        """Return the database at a moment that a statement says that is no query."""
        at = QueryBinder(Tables(), [], self.style).moment_of(as_of)
        context = self.context(self.now(self._database.store.snapshot()), ())
        return self.at(at.kind, context.evaluator.value(at.value))

    def bind_values(self, types: Sequence[Type], parameters: Sequence[object]) -> tuple[object, ...]:
        """Return parameters as canonical values of their types. Raises 07001, 22xxx."""
        if len(parameters) != len(types):
            raise ProgrammingError(
                f"the statement has {len(types)} parameters, {len(parameters)} were given",
                sqlstate="07001",
            )
        return tuple(coerced(types, parameters, self.style))


def _key_of(moment: plan.Moment, evaluator: Evaluator) -> MomentKey:
    until = None if moment.until is None else _key_of(moment.until, evaluator)
    return moment.kind, evaluator.value(moment.value), until


class _Delegate:
    """Computes for one statement what numpy has no form for, in the `context` of its execution."""

    context: Context

    def __init__(self, relations: Relations, store: Store, types: tuple[Type, ...]) -> None:
        self._relations = relations
        self._store = store
        self._types = types

    def subquery(
        self, node: plan.SubqueryValue | plan.SubqueryExpression | plan.Once, parameters: Sequence[object]
    ) -> object:
        """Run a scalar subquery or a column-free expression."""
        if isinstance(node, plan.Once):
            few = self._relations.tuples(node.query, self.context, self._types)
            if few is None:
                few = self._relations.run_in_duck(node.query, self.context, self._types).tuples()
            return few[0][0]
        if isinstance(node, plan.SubqueryExpression):
            now_us = self._store.now_us()
            now = ast.Literal(TIMESTAMPTZ.to_text(TIMESTAMPTZ.from_stored(now_us)), "string")
            present = ast.Cast(now, ast.TypeName(TIMESTAMPTZ.name))
            expression = rewrite(node.expression, lambda inner: present if is_now(inner) else inner)
            query = ast.Select((ast.SelectItem(ast.Cast(expression, ast.TypeName(node.type.name))),))
            batch = self._relations.run_query(query, self.context, self._types)
            return node.type.coerce(batch.tuples()[0][0])
        assert isinstance(node.plan, plan.SelectPlan)
        context = self.context.at(node.plan.number)
        selection = rows_to_read(node.plan, context)
        if selection.rows > 1:
            raise Error("more than one row returned by a subquery used as an expression", sqlstate="21000")
        if not selection.rows:
            return None
        value = project_rows(node.plan, selection, context)[0][0]
        return np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value

    def compute(self, residual: plan.Residual, rows: Source, parameters: Sequence[object]) -> Column:
        """Compute an expression over rows by DuckDB."""
        return self._relations.compute(residual, rows, self.context, self._types)

    def relational(self, node: plan.RelationalPlan) -> RecordBatch:
        """Run a query on the snapshots of the context."""
        return self._relations.run(node, self.context, self._types)

    def environment(self) -> Environment:
        """Return what the session says."""
        return self._relations.environment()
