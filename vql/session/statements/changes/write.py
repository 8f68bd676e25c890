"""Changing rows in a session: INSERT, UPDATE, DELETE, MERGE and bulk columns, in the open transaction or one
of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import call
from typing import Any

import numpy as np

from vql import schema
from vql.errors import Error, IntegrityError, ProgrammingError, QueryCanceled, ReadOnlyTransaction
from vql.executor.changes import Changed, delete_rows, insert_rows, update_rows
from vql.executor.constraints.constraints import Conditions, Rules, Unfinished, finish
from vql.executor.executemany import by_columns, insert_many
from vql.executor.merge import merge_rows
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.settled import settle
from vql.executor.steps import with_rows
from vql.executor.tuples.brief import is_small
from vql.language import ast, modify, plan
from vql.language.bind.access.row_security import kept_to_policies
from vql.language.bind.names import find_table, find_target
from vql.language.bind.statements import Bound, Moments
from vql.language.planner import planned_checks, planned_computed, planned_condition
from vql.session.database import Database
from vql.session.results import Result, columns_returned, require_columns, result_columns
from vql.session.statements.brief import is_brief_change
from vql.session.statements.changes.copy import columns_copied
from vql.session.statements.changes.in_turn import changed_in_turn
from vql.session.statements.changes.numbers import (
    Sharing,
    refuse_shared,
    shares_numbers_of_change,
    sharing,
)
from vql.session.statements.changes.pending_change import PendingChange
from vql.session.statements.changes.table_rules import TableRules
from vql.session.statements.moments import Snapshots
from vql.session.statements.parameters import coerced
from vql.session.statements.prepare import Prepared, ReadyChange, Statements
from vql.session.statements.query import Queries
from vql.session.transaction_block import LiteralsChanged, TransactionBlock
from vql.settings.settings import Settings
from vql.storage.columns.column import Column
from vql.storage.columns.misfit import misfit
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.type import Type

# What the tag of a change begins with.
VERBS = {modify.InsertPlan: "INSERT 0", modify.UpdatePlan: "UPDATE", modify.DeletePlan: "DELETE"}


class Writes:
    """One session's way to change rows."""

    def __init__(
        self, database: Database, settings: Settings, block: TransactionBlock, statements: Statements,
        queries: Queries,
    ) -> None:  # fmt: skip
        self._database = database
        self._settings = settings
        self._block = block
        self._statements = statements
        self._queries = queries
        self._rules = TableRules(queries, settings)

    def run(self, prepared: Prepared, parameters: Sequence[object], source: Prepared | None = None) -> Result:
        """Run a change; rows come back with the columns that `source` has. Raises Error subclasses."""
        try:
            return self.transact(lambda transaction: self._apply(prepared, parameters, transaction, source))
        except IntegrityError as error:
            statement = prepared.statement
            name = statement.table if isinstance(statement, ast.Change) else ()
            raise self._without_row(error, name)  # noqa: B904 - the same error

    def begin(
        self, prepared: Prepared, parameters: Sequence[object], source: Prepared | None = None
    ) -> PendingChange | None:
        """Make a change that is sure to take little, and leave its commit to who submits it, in a block to
        that; None, and nothing is changed, where a thread has to run it. Waits for nobody: see
        `Deadline.without_waiting`."""
        ready, parsed, store = prepared.ready_change, self._settings.parsed, self._database.store
        if (
            ready is None
            or not ready.is_brief
            or ready.others
            or parsed.as_of
            or parsed.read_only
            or parsed.lock_timeout_ms
            or self._settings.temporary
            or not all(map(is_small, parameters))
        ):
            return None

        def apply(transaction: Transaction) -> Result | None:
            if ready is not self._ready_for(prepared, transaction.view(), parameters):
                return None
            return self._apply(prepared, parameters, transaction, source)

        if self._block.status == "T":
            made = self._block.change_briefly(apply)
            return None if made is None else PendingChange(made)
        transaction = self._block.brief_transaction()
        result = apply(transaction)
        if result is None or self._block.notifications.is_due or transaction.has_deferred:
            return None
        wake = self._database.maintainer.wake
        commit = transaction.begin_commit()
        return PendingChange(result, store.commits, commit, lambda committed: wake() if committed else None)

    def _without_row(self, error: IntegrityError, name: tuple[str, ...]) -> IntegrityError:
        """Return an error without the row that it shows, where the session may not read it, or it is not
        known of which table that is."""
        seen = self._queries.now(self._block.snapshot())
        table = seen.tables.find(name) if name else None
        rights = seen.rights
        if rights is not None and (
            table is None or not rights.has(table, "r") or kept_to_policies(table, rights) is not None
        ):
            error.detail = None
        return error

    def transact(self, apply: Callable[[Transaction], Result]) -> Result:
        """Run changes in the open transaction, or in one of their own that is retried."""
        if self._settings.parsed.as_of:
            raise ReadOnlyTransaction("cannot change data in a read-only transaction or the past")
        result = self._block.change(apply)
        if not self._block.changes:
            self._database.maintainer.wake()
        return result

    def run_many(self, prepared: Prepared, executions: Sequence[Sequence[object]]) -> list[Result] | None:
        """Run an INSERT with each of some rows of parameters, as one statement in the open block; None, and
        nothing is changed, where they have to come one after the other."""

        if not isinstance(prepared.statement, ast.Insert) or self._block.failed or not self._block.changes:
            return None
        if prepared.lifted:
            executions = [(*row, *prepared.lifted) for row in executions]

        def apply(transaction: Transaction) -> list[Result] | None:
            before = transaction.savepoint()
            try:
                results = self._apply_many(prepared.template or prepared, executions, transaction)
                if results is not None and prepared.fixed_result:
                    require_columns(prepared.columns, results[0])
                return results
            except QueryCanceled:
                raise
            except (Error, LiteralsChanged):
                transaction.rollback_to(before)
                return None

        return self._block.change(apply)

    def _apply_many(
        self, prepared: Prepared, executions: Sequence[Sequence[object]], transaction: Transaction
    ) -> list[Result] | None:
        snapshot = transaction.view()
        ready = self._ready_for(prepared, snapshot, executions[0])
        node, context = ready.bound.plan, ready.context
        if ready.by_columns is None or ready.others:
            return None
        assert isinstance(node, modify.InsertPlan), "what goes by columns is an INSERT"
        try:
            given = [tuple(map(call, ready.convert, row)) for row in executions]
        except Exception:  # noqa: BLE001 - named where they come one after the other
            return None
        if any(len(row) != len(ready.convert) for row in executions):
            return None
        context.snapshot, context.transaction = snapshot, transaction
        context.evaluator.restart(())
        changed, places = insert_many(
            node, ready.by_columns, given, context, transaction, self.rules(transaction)
        )
        one, none = "INSERT 0 1", "INSERT 0 0"
        written = np.isin(np.arange(len(given)), places).tolist()
        if not node.returning:
            return [Result(one if each else none) for each in written]
        result = self._returned(node, changed, context, one)
        rows = iter(result.rows)
        return [
            Result(one, result.columns, None, [next(rows)]) if each else Result(none, result.columns)
            for each in written
        ]

    def _apply(
        self,
        prepared: Prepared,
        parameters: Sequence[object],
        transaction: Transaction,
        source: Prepared | None = None,
    ) -> Result:
        """Make a change, and what it returns; nothing is committed yet."""
        result = self._applied(prepared, parameters, transaction)
        if source is not None and source.fixed_result:
            require_columns(source.columns, result)
        return result

    def _applied(self, prepared: Prepared, parameters: Sequence[object], transaction: Transaction) -> Result:
        snapshot = transaction.view()
        ready = self._ready_for(prepared, snapshot, parameters)
        bound, context = ready.bound, ready.context
        if len(parameters) != len(ready.convert):
            self._queries.bind_values(bound.parameter_types, parameters)
        try:
            given = tuple(map(call, ready.convert, parameters))
        except Exception:  # noqa: BLE001 - named in what follows
            given = tuple(coerced(bound.parameter_types, parameters, self._settings.parsed.style))
        context.snapshot, context.transaction = snapshot, transaction
        context.evaluator.restart(given)
        if ready.others:
            seen = self._queries.seen(Moments(None, ready.others), context.evaluator, snapshot)
            if seen.catalogs != ready.catalogs:
                bound = self._statements.bound(prepared, seen)
                ready = prepared.ready_change = self._made_ready(prepared, bound, seen)
                context = ready.context
                context.evaluator.restart(given)
            context.others = seen.others
            context.transaction = transaction
        node, rules = bound.plan, self.rules(transaction)
        if isinstance(node, modify.StepsPlan):
            return self._stepped(node, bound.parameter_types, context, rules, ready.sharing)
        assert isinstance(node, modify.Change), "what is run here changes rows"
        if ready.sharing:
            return self._shared(ready.sharing[0], bound.parameter_types, context, rules)
        if isinstance(node, modify.InsertPlan) and node.query is None:  # the hot path
            changed, verb = insert_rows(node, None, context, transaction, rules), "INSERT 0"
            if not node.returning and not context.constants:
                return Result(f"{verb} {changed.count}")
        else:
            changed, verb = self._changed(node, bound.parameter_types, context, rules)
        return self._answered(node, changed, verb, context)

    def _answered(self, node: modify.Change, changed: Changed, verb: str, context: Context) -> Result:
        if context.constants:
            settle(context.constants, context.evaluator)
        tag = f"{verb} {changed.count}"
        return self._returned(node, changed, context, tag) if node.returning else Result(tag)

    def _changed(
        self, node: modify.Change, types: tuple[Type, ...], context: Context, rules: Rules
    ) -> tuple[Changed, str]:
        """Make a change; returns what it has changed, and what its tag begins with."""
        transaction = context.transaction
        assert transaction is not None, "a change is made in one"
        match node:
            case modify.InsertPlan():
                rows = None
                if node.query is not None:
                    seen = replace(self._queries.now(context.snapshot), others=context.others)
                    given = tuple(context.evaluator.parameters)
                    bound = Bound(node.query, types)
                    rows = self._queries.run_inner(bound, seen, given, context.kept, transaction)
                return insert_rows(node, rows, context, transaction, rules), "INSERT 0"
            case modify.UpdatePlan():
                return update_rows(node, context, transaction, rules), "UPDATE"
            case modify.DeletePlan():
                return delete_rows(node, context, transaction, rules), "DELETE"
            case modify.MergePlan():
                return merge_rows(node, context, transaction, rules), "MERGE"

    def _stepped(
        self,
        node: modify.StepsPlan,
        types: tuple[Type, ...],
        context: Context,
        rules: Rules,
        sharing: tuple[Sharing, ...],
    ) -> Result:
        """Run the queries of WITH and what stands behind, all on one snapshot."""
        transaction, given = context.transaction, tuple(context.evaluator.parameters)
        unfinished: list[Unfinished] = []
        rules = rules._replace(finish=unfinished.append)
        snapshot = context.snapshot
        for step in node.steps:
            if step.is_read:
                rows = self._step(step.plan, types, snapshot, given, transaction, rules, sharing).batch
                snapshot = with_rows(snapshot, step.table, rows)
        result = self._step(node.last, types, snapshot, given, transaction, rules, sharing)
        for step in reversed(node.steps):  # as PostgreSQL does, where that shows
            if not step.is_read and isinstance(step.plan, modify.Change):
                self._step(step.plan, types, snapshot, given, transaction, rules, sharing)
        finish(*unfinished)
        return result

    def _step(
        self,
        node: modify.Plan,
        types: tuple[Type, ...],
        snapshot: Snapshot,
        given: tuple[object, ...],
        transaction: Transaction | None,
        rules: Rules,
        sharing: tuple[Sharing, ...],
    ) -> Result:
        bound, seen = Bound(node, types), self._queries.now(snapshot)
        if not isinstance(node, modify.Change):
            batch = self._queries.run_inner(bound, seen, given, transaction=transaction)
            return Result(f"SELECT {batch.rows}", columns_returned(bound), batch)
        context = self._queries.context(seen, given, bound)
        context.transaction = transaction
        for each in sharing:
            if each.change is node:
                return self._shared(each, types, context, rules)
        changed, verb = self._changed(node, types, context, rules)
        return self._answered(node, changed, verb, context)

    def _shared(self, shared: Sharing, types: tuple[Type, ...], context: Context, rules: Rules) -> Result:
        """Make a change whose rows see each other's numbers of sequences. Raises 0A000 where they would be
        others than PostgreSQL's."""
        node, transaction = shared.change, context.transaction
        assert transaction is not None, "a change is made in one"
        if not shared.in_turn:
            changed, verb = self._changed(node, types, context, rules)
            refuse_shared(changed.count)
            return self._answered(node, changed, verb, context)
        rows = None
        if isinstance(node, modify.InsertPlan) and node.query is not None:
            rows = self._rows_in_turn(node.query, types, context, shared.query_in_turn)
        made, count = [], 0
        for changed in changed_in_turn(node, rows, context, transaction, rules):
            count += changed.count
            if node.returning:
                made.append(self._returned(node, changed, context, "").batch)
        tag = f"{VERBS[type(node)]} {count}"
        if not node.returning:
            return Result(tag)
        types = tuple(output.scalar.type for output in node.returning)
        names = tuple(output.name for output in node.returning)
        parts = [[batch.data[place] for batch in made] or [Column.empty(t)] for place, t in enumerate(types)]
        data = tuple(map(Column.concat, parts))
        return Result(tag, result_columns(node.returning, node.table), RecordBatch(names, types, data, count))

    def _rows_in_turn(
        self, query: plan.Query, types: tuple[Type, ...], context: Context, in_turn: bool
    ) -> Iterator[RecordBatch]:
        """Yield the rows of an INSERT's query one by one."""
        if in_turn:
            if not isinstance(query, plan.RelationalPlan):
                raise shares_numbers_of_change()
            yield from self._queries.relations.in_turn(query, context, types)
            return
        seen = replace(self._queries.now(context.snapshot), others=context.others)
        given = tuple(context.evaluator.parameters)
        found = self._queries.run_inner(Bound(query, types), seen, given, context.kept, context.transaction)
        for place in range(found.rows):
            data = tuple(column.part(place, place + 1) for column in found.data)
            yield RecordBatch(found.names, found.types, data, 1)

    def _ready_for(self, prepared: Prepared, snapshot: Snapshot, given: Sequence[object]) -> ReadyChange:
        ready = prepared.ready_change
        if (
            ready is None
            or ready.catalog_version != snapshot.catalog_version
            or ready.settings_version != self._settings.version
        ):
            bound, seen = self._statements.bound_now(prepared, snapshot, given)
            ready = prepared.ready_change = self._made_ready(prepared, bound, seen)
        return ready

    def _made_ready(self, prepared: Prepared, bound: Bound, seen: Snapshots) -> ReadyChange:
        shared = sharing(prepared.sql, prepared.statement, bound.plan, seen.own)
        return ReadyChange(
            seen.own.catalog_version,
            self._settings.version,
            seen.catalogs,
            bound,
            () if prepared.moments is None else prepared.moments.others,
            tuple(type_.converter(self._settings.parsed.style) for type_ in bound.parameter_types),
            self._queries.context(seen, (), bound),
            None if shared else by_columns(bound.plan),
            is_brief_change(bound.plan),
            shared,
        )

    def _returned(self, node: modify.Change, changed: Changed, context: Context, tag: str) -> Result:
        outputs, table = node.returning, node.table
        data = tuple(context.evaluator.scalar(output.scalar, changed.rows) for output in outputs)
        names = tuple(output.name for output in outputs)
        types = tuple(output.scalar.type for output in outputs)
        return Result(tag, result_columns(outputs, table), RecordBatch(names, types, data, changed.count))

    def rules(self, transaction: Transaction) -> Rules:
        """Return what the session knows of tables that a transaction writes to."""

        def fill(table: schema.Table, column: schema.Column, count: int) -> Sequence[object]:
            return self._rules.defaults(column, count, transaction.view())

        def conditions(table: schema.Table) -> Conditions:
            return self._rules.checks(table, transaction.view())

        def computed(table: schema.Table) -> Sequence[plan.Scalar | plan.Residual]:
            return self._rules.computed(table, transaction.view())

        return Rules(fill, conditions, computed, finish)

    def fill(self, table: schema.Table, batch: RecordBatch, transaction: Transaction) -> None:
        """Insert the rows of a materialized view."""
        node = modify.InsertPlan(
            table, tuple(range(len(table.columns))), None, None, computed=planned_computed(table)
        )
        context = self._queries.context(self._queries.now(transaction.view()), ())
        insert_rows(node, batch, context, transaction, self.rules(transaction))

    def column_types(self, name: tuple[str, ...]) -> dict[str, Type]:
        """Return the column types of a table. Raises 42P01."""
        table = find_table(self._queries.now(self._block.snapshot()).tables, name)
        return {column.name: column.type for column in table.columns}

    def insert_columns(self, name: tuple[str, ...], data: Mapping[str, Column | object]) -> int:
        """Insert whole columns: values by column name as arrays or lists. Returns the row count."""
        return self._insert_all(name, (data,), self._given_column)

    def insert_blocks(
        self,
        name: tuple[str, ...],
        blocks: Sequence[Mapping[str, Column]],
        where: ast.Expression | None = None,
    ) -> int:
        """Insert blocks of columns that nobody changes any more, of their rows those of which a condition is
        true. Returns the row count."""
        return self._insert_all(name, blocks, _as_type, where)

    def _insert_all(
        self,
        name: tuple[str, ...],
        blocks: Sequence[Mapping[str, Column | object]],
        made: Callable[[Type, Any], Column],
        where: ast.Expression | None = None,
    ) -> int:
        def apply(transaction: Transaction) -> Result:
            table = find_target(self._queries.now(transaction.view()).tables, name)
            rights = self._queries.identity.rights(transaction.view())
            if rights is not None:
                for data in blocks:
                    rights.require_insert(table, name, data)
            count = sum(self._insert_block(table, data, transaction, made, where) for data in blocks)
            return Result(f"INSERT 0 {count}")

        try:
            return int(self.transact(apply).tag.split()[-1])
        except IntegrityError as error:
            raise self._without_row(error, name)  # noqa: B904 - the same error

    def _insert_block(
        self,
        table: schema.Table,
        data: Mapping[str, Column | object],
        transaction: Transaction,
        made: Callable[[Type, Any], Column],
        where: ast.Expression | None,
    ) -> int:
        """Insert one block of columns. Raises 42703, 22023, and 22xxx naming column and row."""
        columns: dict[int, Column] = {}
        for target, array in zip(columns_copied(table, list(data)), data.values(), strict=True):
            try:
                columns[table.position(target.name)] = made(target.type, array)
            except Exception as error:  # noqa: BLE001 - named in what follows
                cells = array.values() if isinstance(array, Column) else array
                raise misfit(target.name, target.type, cells, error) from error
        counts = {len(column) for column in columns.values()}
        if len(counts) != 1:
            raise ProgrammingError("columns to insert must have one length", sqlstate="22023")
        count = counts.pop()
        rows = RecordBatch(
            tuple(table.columns[p].name for p in columns),
            tuple(c.type for c in columns.values()),
            tuple(columns.values()),
            count,
        )
        node = modify.InsertPlan(
            table,
            tuple(columns),
            None,
            None,
            checks=planned_checks(table, self._queries.identity.rights(transaction.view())),
            computed=planned_computed(table),
            where=None if where is None else planned_condition(table, where),
        )
        context = self._queries.context(self._queries.now(transaction.view()), ())
        return insert_rows(node, rows, context, transaction, self.rules(transaction)).count

    def _given_column(self, type_: Type, given: Column | object) -> Column:
        """Return a column of what was handed over: of its own memory where the rows wait for a COMMIT, as
        nobody may change them once they are checked."""
        column = _as_type(type_, given)
        return column.copied() if self._block.changes else column


def _as_type(type_: Type, given: Column | object) -> Column:
    if not isinstance(given, Column):
        return Column.from_array(type_, given)
    return given if given.type == type_ else Column.from_array(type_, given.values())
