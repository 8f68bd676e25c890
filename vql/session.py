"""One conversation with a database: settings, transaction, prepared statements, their execution.

`prepare` parses and binds, through a cache by text; `execute` runs. A session is used by one thread
at a time. Outside BEGIN every statement is a transaction of its own, and is run again when it loses
to another committer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from vql import schema, values
from vql.copying import CopyIn, CopyOut
from vql.database import Database
from vql.errors import (
    ActiveTransaction,
    Error,
    InFailedTransaction,
    InterfaceError,
    InvalidParameterValue,
    NotSupportedError,
    ProgrammingError,
    QueryCanceled,
    ReadOnlyTransaction,
    SerializationFailure,
    UndefinedObject,
    UndefinedTable,
)
from vql.executor import explain
from vql.executor.batch import Batch
from vql.executor.changes import Changed, delete_rows, insert_rows, update_rows
from vql.executor.evaluate import ColumnSource, Evaluator
from vql.executor.context import Context
from vql.executor.select import project, project_rows, run_select
from vql.language import ast, definitions, parser, plan, shapes
from vql.language.binder import Bound, bind, find_table, output_names
from vql.relations import Relations
from vql.settings import Settings, milliseconds
from vql.storage.column import Column
from vql.storage.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.storage.transaction import Transaction
from vql.types import NAMES_BY_OID, TEXT, UNKNOWN, Type
from vql.vectors import vector_from

if TYPE_CHECKING:
    from vql.executor.search import SegmentSearcher

# A one-statement transaction that loses to other committers is run again this often.
RETRIES_MAX = 50
STATEMENTS_KEPT = 1_024
# Results up to this many rows are made as tuples, larger ones by columns.
TUPLES_MAX = 256


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result; table and attribute are set where it is a plain table column."""

    name: str
    type: Type
    table_id: int = 0
    attribute: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """What executions of a kept native SELECT share, under one catalog and one state of the
    settings: nothing in it is looked up or decided again."""

    catalog_version: int
    settings_version: int
    node: plan.SelectPlan
    convert: tuple[Callable[[object], object], ...]
    context: Context


@dataclass(slots=True)
class Prepared:
    """A statement ready to run. `statement` is None for an empty text, `columns` None where no
    rows come back. Plans are kept by catalog version. With a `template` it is that statement, which
    other texts share, run with the text's own literals `lifted` behind the parameters."""

    sql: str
    statement: ast.Statement | None
    hints: tuple[Type, ...]
    parameter_types: tuple[Type, ...] = ()
    columns: tuple[ResultColumn, ...] | None = None
    plans: dict[int, Bound] = field(default_factory=dict)
    ready: Ready | None = None
    template: Prepared | None = None
    lifted: tuple[object, ...] = ()

    @property
    def is_relational(self) -> bool:
        """Whether DuckDB answers it: its time depends on the data more than on its shape."""
        return any(isinstance(bound.plan, plan.RelationalPlan) for bound in self.plans.values())


class Result:
    """The outcome of one statement: a tag, and rows as tuples or columns."""

    __slots__ = ("_batch", "_rows", "columns", "notices", "tag")

    def __init__(
        self,
        tag: str,
        columns: tuple[ResultColumn, ...] | None = None,
        batch: Batch | None = None,
        rows: list[tuple[object, ...]] | None = None,
        notices: tuple[str, ...] = (),
    ) -> None:
        self.tag = tag
        self.columns = columns
        self.notices = notices
        self._batch = batch
        self._rows = rows

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """The rows as tuples of canonical Python values."""
        if self._rows is None:
            self._rows = self._batch.tuples() if self._batch is not None else []
        return self._rows

    @property
    def batch(self) -> Batch:
        """The rows by columns."""
        if self._batch is None:
            types = tuple(column.type for column in self.columns or ())
            data = [
                Column.from_values(t if t != UNKNOWN else TEXT, [row[i] for row in self._rows or []])
                for i, t in enumerate(types)
            ]
            names = tuple(column.name for column in self.columns or ())
            self._batch = Batch(names, types, tuple(data), len(self._rows or []))
        return self._batch


class Session:
    """One conversation; see the module."""

    def __init__(self, database: Database, user: str, style: str) -> None:
        self.database = database
        self.user = user
        self.style = style
        self.settings = Settings()
        self.process_id = 0  # what pg_backend_pid() says; the server sets it
        self.progress: Callable[[str, float], None] | None = None
        self._transaction: Transaction | None = None
        self._failed = False
        self._read_only = False
        self._moment: Snapshot | None = None
        self._savepoints: list[tuple[str, object]] = []
        self._statements: dict[tuple[str, tuple[int, ...]], Prepared] = {}
        self._shapes: dict[tuple[str, tuple[int, ...]], Prepared | None] = {}
        self._searchers: dict[tuple[int, int, str], tuple[Segment, SegmentSearcher]] = {}
        self._pending_builds: list[int] = []
        self._cancelled = threading.Event()
        self._relations = Relations(self._surroundings, self._set_config)
        self._closed = False

    # -------------------------------------------------------------- the surface

    @property
    def transaction_status(self) -> str:
        """I outside a transaction block, T inside one, E inside a failed one."""
        if self._failed:
            return "E"
        return "T" if self._transaction is not None or self._moment is not None else "I"

    def setting(self, name: str) -> str:
        """Return a setting's value. Raises 42704."""
        return self.settings.get(name)

    @property
    def timeout_ms(self) -> int:
        """How long a statement may run, 0 for ever; who runs the session keeps the clock."""
        return milliseconds(self.settings.get("statement_timeout"))

    def _surroundings(self) -> dict[str, str]:
        """What functions of the catalog tell about this session."""
        names = {"vql__user": self.user, "vql__database": self.database.path.name, "vql__pid": str(self.process_id)}
        return names | dict(self.settings.given_items())

    def _set_config(self, name: str, value: str) -> None:
        self.settings.set(name, value)

    def split(self, sql: str) -> list[str]:
        """Return the statements of a script."""
        return parser.split(sql)

    def cancel(self) -> None:
        """Ask the running statement to stop (57014); from any thread."""
        self._cancelled.set()
        self._relations.interrupt()

    def close(self) -> None:
        """End the conversation; an open transaction is rolled back."""
        if not self._closed:
            self._closed = True
            self._end()
            self._relations.close()

    def snapshot(self) -> Snapshot:
        """Return what a statement would see now."""
        if self._moment is not None:
            return self._moment
        if self._transaction is not None:
            return self._transaction.view()
        return self.database.store.snapshot()

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Result:
        """Prepare and execute one statement."""
        prepared = self._statements.get((sql, ()))
        if prepared is None or self._closed or (prepared.template or prepared).ready is None:
            prepared = self.prepare(sql)
        return self.execute(prepared, parameters)

    # -------------------------------------------------------------- prepare

    def prepare(self, sql: str, parameter_oids: Sequence[int] = ()) -> Prepared:
        """Parse and bind a statement. Raises syntax and name errors with positions."""
        if self._closed:
            raise InterfaceError("the session is closed")
        key = (sql, tuple(parameter_oids))
        prepared = self._statements.get(key)
        if prepared is not None and self._still_good(prepared):
            return prepared
        prepared = self._by_shape(sql, key[1])
        if prepared is not None:
            return self._keep(key, prepared)
        statement = parser.parse(sql, self.style)
        if self._failed and not isinstance(statement, ast.Rollback | ast.Commit | None):
            raise InFailedTransaction(
                "current transaction is aborted, commands ignored until end of transaction block"
            )
        hints = tuple(Type(NAMES_BY_OID.get(oid, "unknown")) for oid in parameter_oids)
        prepared = Prepared(sql, statement, hints)
        try:
            self._describe(prepared)
        except Error:
            self._fail()
            raise
        return self._keep(key, prepared)

    def _keep(self, key: tuple[str, tuple[int, ...]], prepared: Prepared) -> Prepared:
        if len(self._statements) >= STATEMENTS_KEPT:
            self._statements.pop(next(iter(self._statements)))
        self._statements[key] = prepared
        return prepared

    def _by_shape(self, sql: str, oids: tuple[int, ...]) -> Prepared | None:
        """Prepare a native statement through the plan of its shape; None where it has none."""
        if self._failed:
            return None
        shape = shapes.lift(sql, self.style)
        if shape is None:
            return None
        key = (shape.key, oids)
        template = self._shapes.get(key)
        if template is None or not self._still_good(template):
            if key in self._shapes and template is None:
                return None  # known to need its literals
            template = self._template(shape, sql, oids)
            if len(self._shapes) >= STATEMENTS_KEPT:
                self._shapes.clear()
            self._shapes[key] = template
            if template is None:
                return None
        types = template.parameter_types
        try:
            lifted = tuple(
                values.coerce(type_, value)
                for type_, value in zip(types[shape.parameters :], shape.values, strict=True)
            )
        except Error:
            return None  # the long way tells where the bad literal stands
        return Prepared(
            sql, template.statement, template.hints[: shape.parameters], types[: shape.parameters], template.columns,
            template.plans, template=template, lifted=lifted,
        )  # fmt: skip

    def _template(self, shape: shapes.Shape, sql: str, oids: tuple[int, ...]) -> Prepared | None:
        """Bind a shape; None where it does not bind natively with parameters for its literals."""
        hints = [Type(NAMES_BY_OID.get(oid, "unknown")) for oid in oids[: shape.parameters]]
        hints += [UNKNOWN] * (shape.parameters - len(hints))
        try:
            template = Prepared(shape.key, shape.parse(sql), (*hints, *shape.types))
            self._describe(template)
        except Error:
            return None
        native = all(is_native(bound.plan) for bound in template.plans.values())
        return template if native and len(template.parameter_types) == len(template.hints) else None

    def _still_good(self, prepared: Prepared) -> bool:
        """Whether the description holds under today's catalog."""
        return not prepared.plans or self.snapshot().catalog_version in prepared.plans

    def _describe(self, prepared: Prepared) -> None:
        """Bind a statement to learn its parameters and columns."""
        statement = prepared.statement
        match statement:
            case ast.Select() | ast.Values() | ast.SetOperation() | ast.Insert() | ast.Update() | ast.Delete():
                snapshot = self.snapshot()
                bound = self._bound_now(prepared, snapshot)
                prepared.parameter_types = bound.parameter_types
                prepared.columns = self._columns(bound, snapshot)
            case ast.Explain():
                prepared.columns = (ResultColumn("QUERY PLAN", TEXT),)
                inner = bind(statement.statement, self.snapshot().tables, prepared.hints)
                prepared.parameter_types = inner.parameter_types
            case ast.Show(name="all"):
                names = ("name", "setting", "description")
                prepared.columns = tuple(ResultColumn(name, TEXT) for name in names)
            case ast.Show(name=name):
                prepared.columns = (ResultColumn(name, TEXT),)
            case _:
                pass

    def _bound_now(self, prepared: Prepared, snapshot: Snapshot) -> Bound:
        """Bind before the moment of an AS OF is known; a table dropped since is described by its
        last definition."""
        try:
            return self._bound(prepared, snapshot)
        except UndefinedTable:
            statement = prepared.statement
            looks_back = isinstance(statement, ast.Select) and statement.as_of is not None
            if statement is None or not (looks_back or self.settings.get("vql.as_of")):
                raise
            tables = {**self.database.store.dropped_tables(), **snapshot.tables}
            return bind(statement, tables, prepared.hints)

    def _bound(self, prepared: Prepared, snapshot: Snapshot) -> Bound:
        bound = prepared.plans.get(snapshot.catalog_version)
        if bound is None:
            assert prepared.statement is not None
            bound = bind(prepared.statement, snapshot.tables, prepared.hints)
            if len(prepared.plans) > 8:
                prepared.plans.clear()
            prepared.plans[snapshot.catalog_version] = bound
        return bound

    def _columns(self, bound: Bound, snapshot: Snapshot) -> tuple[ResultColumn, ...] | None:
        match bound.plan:
            case plan.SelectPlan(outputs=outputs, table=table):
                return result_columns(outputs, table)
            case plan.RelationalPlan(query=query):
                described = self._relations.describe(query, snapshot, bound.parameter_types)
                names = output_names(query, [name for name, _ in described])
                return tuple(ResultColumn(n, t) for n, (_, t) in zip(names, described, strict=True))
            case plan.InsertPlan() | plan.UpdatePlan() | plan.DeletePlan() as change:
                return result_columns(change.returning, change.table) if change.returning else None
        return None

    # -------------------------------------------------------------- execute

    def execute(self, prepared: Prepared, parameters: Sequence[object] = ()) -> Result:
        """Run a prepared statement. Raises Error subclasses; inside a transaction block an error
        leaves the block failed (25P02) until it is rolled back."""
        statement = prepared.statement
        if self._failed and not isinstance(statement, ast.Rollback | ast.Commit):
            raise InFailedTransaction(
                "current transaction is aborted, commands ignored until end of transaction block"
            )
        if self._cancelled.is_set():
            self._cancelled.clear()
        try:
            if prepared.template is not None:
                if len(parameters) != len(prepared.parameter_types):
                    self._bind_values(prepared.parameter_types, parameters)
                parameters, prepared = (*parameters, *prepared.lifted), prepared.template
            if prepared.ready is not None:
                result = self._again(prepared, prepared.ready, parameters)
                if result is not None:
                    return result
            match statement:
                case ast.Select() | ast.Values() | ast.SetOperation():
                    return self._query(prepared, parameters)
                case ast.Insert() | ast.Update() | ast.Delete():
                    return self._change(prepared, parameters)
            return self._utility(prepared, parameters)
        except Error:
            self._fail()
            raise

    def fail(self) -> None:
        """Take note of an error around a statement: an open transaction block becomes a failed one."""
        self._fail()

    def _fail(self) -> None:
        if self._transaction is not None or self._moment is not None:
            self._failed = True

    def _bind_values(self, types: Sequence[Type], parameters: Sequence[object]) -> tuple[object, ...]:
        if len(parameters) != len(types):
            raise ProgrammingError(
                f"the statement has {len(types)} parameters, {len(parameters)} were given",
                sqlstate="08P01" if self.style == "wire" else "07001",
            )
        return tuple(values.coerce(t, p) for t, p in zip(types, parameters, strict=True))

    def _again(self, prepared: Prepared, ready: Ready, parameters: Sequence[object]) -> Result | None:
        """Execute a kept SELECT; None where catalog or settings have changed since."""
        snapshot = self.snapshot()
        if snapshot.catalog_version != ready.catalog_version or self.settings.version != ready.settings_version:
            prepared.ready = None
            return None
        if len(parameters) != len(ready.convert):
            self._bind_values(prepared.parameter_types, parameters)
        context, node = ready.context, ready.node
        context.restart(snapshot, [f(p) for f, p in zip(ready.convert, parameters, strict=True)])
        if node.as_of is not None:
            context.snapshot = self._at(node.as_of.kind, context.evaluator.value(node.as_of.value))
            if context.snapshot.catalog_version != ready.catalog_version:
                return None
        if node.recall is not None or node.effort is not None:
            self._contract(node, context)
        selection = run_select(node, context)
        count = selection.rows
        if count <= TUPLES_MAX:
            return Result(f"SELECT {count}", prepared.columns, None, project_rows(node, selection, context))
        return Result(f"SELECT {count}", prepared.columns, project(node.outputs, selection, node, context))

    def _make_ready(self, prepared: Prepared, bound: Bound, snapshot: Snapshot) -> None:
        """Keep what executions of a native SELECT share, for the next one."""
        if not isinstance(bound.plan, plan.SelectPlan) or self.settings.get("vql.as_of"):
            return
        context = self.context(snapshot, (), bound)
        self._contract_of_table(bound.plan, context)
        prepared.ready = Ready(
            snapshot.catalog_version,
            self.settings.version,
            bound.plan,
            tuple(converter(type_) for type_ in bound.parameter_types),
            context,
        )

    def _query(self, prepared: Prepared, parameters: Sequence[object]) -> Result:
        snapshot = self.snapshot()
        bound = self._bound_now(prepared, snapshot)
        self._make_ready(prepared, bound, snapshot)
        given = self._bind_values(bound.parameter_types, parameters)
        snapshot, bound = self._at_moment(prepared, bound, snapshot, given)
        batch = self._run(bound, snapshot, given)
        columns = prepared.columns
        if columns is None or len(columns) != len(batch.names):
            columns = tuple(ResultColumn(n, t) for n, t in zip(batch.names, batch.types, strict=True))
        return Result(f"SELECT {batch.rows}", columns, batch)

    def _run(self, bound: Bound, snapshot: Snapshot, given: tuple[object, ...]) -> Batch:
        context = self.context(snapshot, given, bound)
        match bound.plan:
            case plan.SelectPlan() as node:
                self._contract(node, context)
                return project(node.outputs, run_select(node, context), node, context)
            case plan.RelationalPlan(query=query):
                return self._relations.run(query, context, given, bound.parameter_types, self._at)
        raise AssertionError("not a query")

    def context(self, snapshot: Snapshot, given: tuple[object, ...], bound: Bound | None = None) -> Context:
        """Return the context of one execution."""
        types = bound.parameter_types if bound is not None else ()

        def subquery(node: plan.SubqueryValue | plan.SubqueryExpression) -> object:
            return self._scalar(node, context, evaluator.parameters, types)

        evaluator = Evaluator(
            given,
            subquery,
            lambda e, source: self._relations.condition(e, source, bound, tuple(evaluator.parameters), types),
        )
        effort = int(self.settings.get("vql.effort"))
        if not effort and self.settings.given("hnsw.ef_search"):
            effort = int(self.settings.get("hnsw.ef_search"))
        context = Context(
            snapshot, evaluator, float(self.settings.get("vql.recall")), effort or None,
            self.settings.get("enable_seqscan") == "off", self._searchers, self.database.masks,
        )  # fmt: skip
        return context

    def _contract(self, node: plan.SelectPlan, context: Context) -> None:
        """Apply LIMIT ... WITH (recall, effort), else the table's own recall."""
        self._contract_of_table(node, context)
        if node.recall is not None:
            recall = float(context.evaluator.value(node.recall))  # type: ignore[arg-type]
            if not 0 < recall <= 1:
                raise InvalidParameterValue(f"recall must be above 0 and at most 1, not {recall:g}")
            context.recall = recall
        if node.effort is not None:
            context.effort = int(context.evaluator.value(node.effort))  # type: ignore[call-overload]

    def _contract_of_table(self, node: plan.SelectPlan, context: Context) -> None:
        """Apply the table's own recall, where the session has set none."""
        if not self.settings.given("vql.recall"):
            for name, value in node.table.options:
                if name == "recall":
                    context.recall = float(value)

    def _scalar(
        self,
        node: plan.SubqueryValue | plan.SubqueryExpression,
        context: Context,
        given: Sequence[object],
        types: tuple[Type, ...],
    ) -> object:
        """Run a scalar subquery or a column-free expression."""
        if isinstance(node, plan.SubqueryExpression):
            query = ast.Select((ast.SelectItem(ast.Cast(node.expression, ast.TypeName(node.type.name))),))
            batch = self._relations.run(query, context, tuple(given), types, self._at)
            return values.coerce(node.type, batch.tuples()[0][0])
        selection = run_select(node.plan, context)
        if selection.rows > 1:
            raise Error("more than one row returned by a subquery used as an expression", sqlstate="21000")
        if not selection.rows:
            return None
        value = project_rows(node.plan, selection, context)[0][0]
        return np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value

    # -------------------------------------------------------------- time travel

    def _at_moment(self, prepared: Prepared, bound: Bound, snapshot: Snapshot, given: tuple[object, ...]) -> tuple[Snapshot, Bound]:
        """Move to the statement's AS OF, or the session's, and bind to the schema of that time."""
        moment = bound.plan.as_of if isinstance(bound.plan, plan.SelectPlan | plan.RelationalPlan) else None
        session_moment = self.settings.get("vql.as_of")
        if moment is not None:
            value = self.context(snapshot, given, bound).evaluator.value(moment.value)
            snapshot = self._at(moment.kind, value)
        elif session_moment and self._moment is None:
            snapshot = self._at("time", values.coerce(Type("timestamptz"), session_moment))
        else:
            return snapshot, bound
        return snapshot, self._bound(prepared, snapshot)

    def _at(self, kind: str, value: object) -> Snapshot:
        """Return the database at a time, version or named snapshot."""
        store = self.database.store
        if value is None:
            raise InvalidParameterValue("AS OF must not be NULL")
        if kind == "time":
            time_us = values.stored(Type("timestamptz"), values.coerce(Type("timestamptz"), value))
            version = store.version_at(int(time_us))  # type: ignore[call-overload]
        elif kind == "version":
            version = int(value)  # type: ignore[call-overload]
        else:
            version = store.named_version(str(value))
        return store.snapshot(version)

    # -------------------------------------------------------------- changes

    def _change(self, prepared: Prepared, parameters: Sequence[object]) -> Result:
        return self._transact(lambda transaction: self._apply(prepared, parameters, transaction))

    def _transact(self, apply: Callable[[Transaction], Result]) -> Result:
        """Run changes in the open transaction, or in one of their own that is retried."""
        if self._read_only or self._moment is not None or self.settings.get("vql.as_of"):
            raise ReadOnlyTransaction("cannot change data in a read-only transaction or the past")
        if self._transaction is not None:
            token = self._transaction.savepoint()
            try:
                return apply(self._transaction)
            except Error:
                self._transaction.rollback_to(token)
                raise
        store = self.database.store
        for attempt in range(RETRIES_MAX):
            transaction = store.begin(store.snapshot())
            result = apply(transaction)
            try:
                transaction.commit()
            except SerializationFailure:
                if attempt == RETRIES_MAX - 1:
                    raise
                time.sleep(0.0005 * attempt)
                continue
            self._committed()
            return result
        raise AssertionError("unreachable")

    def _apply(self, prepared: Prepared, parameters: Sequence[object], transaction: Transaction) -> Result:
        snapshot = transaction.view()
        bound = self._bound(prepared, snapshot)
        given = self._bind_values(bound.parameter_types, parameters)
        context = self.context(snapshot, given, bound)
        node = bound.plan
        match node:
            case plan.InsertPlan():
                rows = None if node.query is None else self._run(Bound(node.query, bound.parameter_types), snapshot, given)
                changed = insert_rows(node, rows, context, transaction, self._defaults(transaction))
                tag = f"INSERT 0 {changed.count}"
            case plan.UpdatePlan():
                def compute(e: Sequence[ast.Expression], t: schema.Table, s: ColumnSource) -> tuple[Column, ...]:
                    return self._relations.compute(e, t, s, given, bound.parameter_types)

                changed = update_rows(node, context, transaction, compute)
                tag = f"UPDATE {changed.count}"
            case plan.DeletePlan():
                changed = delete_rows(node, context, transaction)
                tag = f"DELETE {changed.count}"
            case _:
                raise AssertionError("not a change")
        return self._returned(node.returning, node.table, changed, context, tag)

    def _returned(self, outputs: tuple[plan.Output, ...], table: schema.Table, changed: Changed, context: Context, tag: str) -> Result:
        if not outputs:
            return Result(tag)
        data = tuple(context.evaluator.scalar(output.scalar, changed.rows) for output in outputs)
        names = tuple(output.name for output in outputs)
        types = tuple(output.scalar.type for output in outputs)
        return Result(tag, result_columns(outputs, table), Batch(names, types, data, changed.count))

    def _defaults(self, transaction: Transaction) -> Callable[[schema.Table, schema.Column, int], list[object]]:
        def fill(table: schema.Table, column: schema.Column, count: int) -> list[object]:
            if column.identity:
                first = transaction.next_identity(table, column.name, count)
                return list(range(first, first + count))
            assert column.default is not None
            expression = parser.parse_expression(column.default)
            if isinstance(expression, ast.Literal) and expression.kind != "bits":
                text = expression.value if expression.kind in ("boolean", "null") else str(expression.value)
                return [text] * count
            return self._relations.constants(expression, column.type, count, self.context(transaction.view(), ()))

        return fill

    def column_types(self, name: str) -> dict[str, Type]:
        """Return the column types of a table. Raises 42P01."""
        table = find_table(self.snapshot().tables, tuple(name.split(".")))
        return {column.name: column.type for column in table.columns}

    def insert_columns(self, name: str, data: dict[str, Column | object]) -> int:
        """Insert whole columns: values by column name as arrays or lists. Returns the row count."""

        def apply(transaction: Transaction) -> Result:
            table = find_table(transaction.view().tables, tuple(name.split(".")))
            made: dict[int, Column] = {}
            for column_name, array in data.items():
                position = table.position(column_name)
                if position < 0:
                    raise ProgrammingError(
                        f'column "{column_name}" of relation "{table.name}" does not exist', sqlstate="42703"
                    )
                made[position] = array if isinstance(array, Column) and array.type == table.columns[position].type else Column.from_array(table.columns[position].type, array.values() if isinstance(array, Column) else array)
            counts = {len(column) for column in made.values()}
            if len(counts) != 1:
                raise ProgrammingError("columns to insert must have one length", sqlstate="22023")
            count = counts.pop()
            rows = Batch(tuple(table.columns[p].name for p in made), tuple(c.type for c in made.values()), tuple(made.values()), count)
            node = plan.InsertPlan(table, tuple(made), None, None)
            context = self.context(transaction.view(), ())
            insert_rows(node, rows, context, transaction, self._defaults(transaction))
            return Result(f"INSERT 0 {count}")

        return int(self._transact(apply).tag.split()[-1])

    # -------------------------------------------------------------- everything else

    def _utility(self, prepared: Prepared, parameters: Sequence[object]) -> Result:
        statement = prepared.statement
        match statement:
            case None:
                return Result("")
            case ast.Begin():
                return self._begin(statement)
            case ast.Commit():
                return self._commit()
            case ast.Rollback(savepoint=None):
                notice = () if self.transaction_status != "I" else ("there is no transaction in progress",)
                self._end()
                return Result("ROLLBACK", notices=notice)
            case ast.Rollback() | ast.Savepoint():
                return self._savepoint(statement)
            case ast.Set():
                return self._set(statement)
            case ast.Show():
                return self._show(statement)
            case ast.Explain():
                return self._explain(statement, parameters, prepared)
            case ast.CreateTable() | ast.DropTable() | ast.CreateIndex() | ast.DropIndex() | ast.Truncate() | ast.Snapshot():
                return self._define(statement)
            case ast.Vacuum():
                return self._vacuum(statement)
            case ast.Extension(name=name):
                if name != "vector":
                    raise UndefinedObject(f'extension "{name}" is not available', sqlstate="0A000")
                return Result("DROP EXTENSION" if statement.drop else "CREATE EXTENSION")
            case ast.Discard(what=what):
                if what == "DISCARD ALL":
                    self.settings = Settings()
                return Result(what)
            case ast.Copy():
                raise NotSupportedError("COPY runs over the wire protocol and in the shell")
        raise NotSupportedError(f"{type(statement).__name__} is not supported yet")

    def _begin(self, statement: ast.Begin) -> Result:
        if self.transaction_status != "I":
            return Result("BEGIN", notices=("there is already a transaction in progress",))
        store = self.database.store
        self._read_only = statement.read_only
        if statement.as_of is not None:
            bound = bind(ast.Select((ast.SelectItem(ast.Literal(1, "integer")),), as_of=statement.as_of), {})
            moment = bound.plan.as_of  # type: ignore[union-attr]
            assert moment is not None
            context = self.context(store.snapshot(), ())
            self._moment = self._at(moment.kind, context.evaluator.value(moment.value))
        else:
            self._transaction = store.begin(store.snapshot())
        return Result("BEGIN")

    def _commit(self) -> Result:
        if self._failed:
            self._end()
            return Result("ROLLBACK")
        transaction = self._transaction
        if transaction is None:
            notice = () if self._moment is not None else ("there is no transaction in progress",)
            self._end()
            return Result("COMMIT", notices=notice)
        try:
            transaction.commit()
        finally:
            builds, self._pending_builds = self._pending_builds, []
            self._end()
        self._committed()
        for table_id in builds:
            self._build(table_id)
        return Result("COMMIT")

    def _end(self) -> None:
        """Leave the transaction block; what was not committed is gone."""
        self._transaction = None
        self._moment = None
        self._failed = False
        self._read_only = False
        self._savepoints.clear()
        self._pending_builds.clear()
        self.settings.end_transaction()

    def _committed(self) -> None:
        self.database.maintainer.wake()

    def _savepoint(self, statement: ast.Rollback | ast.Savepoint) -> Result:
        if self._transaction is None:
            raise ProgrammingError("SAVEPOINT can only be used in transaction blocks", sqlstate="25P01")
        if isinstance(statement, ast.Savepoint) and not statement.release:
            self._savepoints.append((statement.name, self._transaction.savepoint()))
            return Result("SAVEPOINT")
        name = statement.name if isinstance(statement, ast.Savepoint) else statement.savepoint
        places = [i for i, (known, _) in enumerate(self._savepoints) if known == name]
        if not places:
            raise ProgrammingError(f'savepoint "{name}" does not exist', sqlstate="3B001")
        if isinstance(statement, ast.Savepoint):
            del self._savepoints[places[-1] :]
            return Result("RELEASE")
        self._transaction.rollback_to(self._savepoints[places[-1]][1])
        del self._savepoints[places[-1] + 1 :]
        self._failed = False
        return Result("ROLLBACK")

    def _set(self, statement: ast.Set) -> Result:
        if statement.name == "transaction_mode":
            if "read only" in (statement.value or ""):
                self._read_only = self.transaction_status == "T"
            return Result("SET")
        if statement.name == "statement_timeout" and statement.value is not None:
            milliseconds(statement.value)
        if statement.name == "vql.as_of" and statement.value:
            self._at("time", statement.value)
        self.settings.set(statement.name, statement.value, local=statement.local)
        return Result("SET" if statement.value is not None else "RESET")

    def _show(self, statement: ast.Show) -> Result:
        if statement.name == "all":
            columns = tuple(ResultColumn(n, TEXT) for n in ("name", "setting", "description"))
            return Result("SHOW", columns, rows=[(n, v, "") for n, v in self.settings.items()])
        if statement.name == "tables":
            names = sorted(self.snapshot().tables)
            return Result("SHOW", (ResultColumn("tables", TEXT),), rows=[(n,) for n in names])
        value = self.settings.get(statement.name)
        return Result("SHOW", (ResultColumn(statement.name, TEXT),), rows=[(value,)])

    def _explain(self, statement: ast.Explain, parameters: Sequence[object], prepared: Prepared) -> Result:
        inner = Prepared(prepared.sql, statement.statement, prepared.hints)
        snapshot = self.snapshot()
        bound = self._bound(inner, snapshot)
        given = self._bind_values(bound.parameter_types, parameters) if parameters or not bound.parameter_types else (None,) * len(bound.parameter_types)
        if "analyze" not in statement.options:
            lines = explain.describe(bound.plan)
        elif isinstance(bound.plan, plan.SelectPlan):
            snapshot, bound = self._at_moment(inner, bound, snapshot, given)
            assert isinstance(bound.plan, plan.SelectPlan)
            node = bound.plan
            context = self.context(snapshot, given, bound)
            self._contract(node, context)
            lines = explain.analyze(node, context, "recall" in statement.options)
        else:
            started = time.perf_counter()
            result = self.execute(inner, parameters)
            lines = explain.describe(bound.plan)
            lines.append(f"Actual: {result.tag}, {(time.perf_counter() - started) * 1e3:.3f} ms")
        return Result("EXPLAIN", (ResultColumn("QUERY PLAN", TEXT),), rows=[(line,) for line in lines])

    # -------------------------------------------------------------- definitions

    def _define(self, statement: ast.Statement) -> Result:
        builds: list[int] = []

        def apply(transaction: Transaction) -> Result:
            builds.clear()
            tables = transaction.view().tables
            match statement:
                case ast.CreateTable():
                    return self._create_table(statement, transaction)
                case ast.CreateIndex():
                    return self._create_index(statement, transaction, builds)
                case ast.DropTable() | ast.Truncate():
                    return self._drop_tables(statement, transaction)
                case ast.DropIndex():
                    return drop_indexes(statement, transaction)
                case ast.Snapshot(drop=drop, name=name):
                    (transaction.drop_snapshot if drop else transaction.create_snapshot)(name)
                    return Result("DROP SNAPSHOT" if drop else "CREATE SNAPSHOT")
            raise AssertionError(f"not a definition: {tables}")

        result = self._transact(apply)
        if self._transaction is not None:
            self._pending_builds += builds
        else:
            for table_id in builds:
                self._build(table_id)
        return result

    def _create_table(self, statement: ast.CreateTable, transaction: Transaction) -> Result:
        name = statement.name[-1]
        if name in transaction.view().tables:
            if statement.if_not_exists:
                return Result("CREATE TABLE", notices=(f'relation "{name}" already exists, skipping',))
            raise ProgrammingError(f'relation "{name}" already exists', sqlstate="42P07")
        if statement.query is None:
            transaction.create_table(definitions.table_of(statement))
            return Result("CREATE TABLE")
        bound = bind(statement.query, transaction.view().tables)
        batch = self._run(bound, transaction.view(), ())
        columns = tuple(
            schema.Column(n, t if t != UNKNOWN else TEXT) for n, t in zip(batch.names, batch.types, strict=True)
        )
        table = transaction.create_table(schema.Table(0, name, columns))
        if batch.rows:
            transaction.insert(table, batch.data)
        return Result(f"SELECT {batch.rows}")

    def _create_index(self, statement: ast.CreateIndex, transaction: Transaction, builds: list[int]) -> Result:
        tables = transaction.view().tables
        table = find_table(tables, statement.table, statement.span)
        taken = frozenset(tables) | frozenset(i.name for t in tables.values() for i in t.indexes)
        if statement.if_not_exists and statement.name in taken:
            return Result("CREATE INDEX", notices=(f'relation "{statement.name}" already exists, skipping',))
        transaction.create_index(definitions.index_of(statement, table, taken))
        builds.append(table.table_id)
        return Result("CREATE INDEX")

    def _drop_tables(self, statement: ast.DropTable | ast.Truncate, transaction: Transaction) -> Result:
        notices = []
        for name in statement.names:
            tables = transaction.view().tables
            if isinstance(statement, ast.DropTable) and statement.if_exists and name[-1] not in tables:
                notices.append(f'table "{name[-1]}" does not exist, skipping')
                continue
            if name[-1] not in tables and isinstance(statement, ast.DropTable):
                raise UndefinedTable(f'table "{name[-1]}" does not exist')
            table = find_table(tables, name)
            if isinstance(statement, ast.DropTable):
                for segment in transaction.view().segments(table.table_id) if table.primary_key else ():
                    visible = segment.visible(transaction.snapshot.version)
                    ids = segment.row_ids()
                    transaction.delete(table, ids if visible is None else ids[visible])
                transaction.drop_table(table)
            else:
                for segment in transaction.view().segments(table.table_id):
                    visible = segment.visible(transaction.snapshot.version)
                    ids = segment.row_ids()
                    transaction.delete(table, ids if visible is None else ids[visible])
        word = "DROP TABLE" if isinstance(statement, ast.DropTable) else "TRUNCATE TABLE"
        return Result(word, notices=tuple(notices))

    def _build(self, table_id: int) -> None:
        self.database.maintainer.build(table_id, self.progress, self._cancelled.is_set)
        if self._cancelled.is_set():
            raise QueryCanceled("canceling statement due to user request")

    def _vacuum(self, statement: ast.Vacuum) -> Result:
        if self._transaction is not None:
            raise ActiveTransaction("VACUUM cannot run inside a transaction block")
        table_id = None
        if statement.table is not None:
            table_id = find_table(self.snapshot().tables, statement.table, statement.span).table_id
        if not statement.analyze_only:
            self.database.maintainer.run(table_id, self.progress, full=True)
        return Result("ANALYZE" if statement.analyze_only else "VACUUM")

    # -------------------------------------------------------------- COPY

    def copy_start(self, prepared: Prepared) -> CopyIn | CopyOut:
        """Begin a COPY statement. Raises 42P01, 42703, 0A000."""
        statement = prepared.statement
        assert isinstance(statement, ast.Copy)
        options = dict(statement.options)
        if not statement.is_from:
            if statement.query is not None:
                query: ast.Query = statement.query
            else:
                assert statement.table is not None
                items = tuple(ast.SelectItem(ast.Name((c,))) for c in statement.columns) or (ast.SelectItem(ast.Star()),)
                query = ast.Select(items, (ast.TableRef(statement.table),))
            inner = replace(prepared, statement=query, plans={}, columns=None)
            return CopyOut(self._query(inner, ()), options)
        assert statement.table is not None
        table = find_table(self.snapshot().tables, statement.table, statement.span)
        names = statement.columns or tuple(column.name for column in table.columns)
        columns = []
        for name in names:
            column = table.column(name)
            if column is None:
                raise ProgrammingError(
                    f'column "{name}" of relation "{table.name}" does not exist', sqlstate="42703"
                )
            columns.append(column)
        return CopyIn(tuple(columns), options, lambda data: self.insert_columns(table.name, data), self._fail)


def is_native(node: plan.Plan) -> bool:
    """Whether a plan runs without DuckDB seeing its literals as values of other types."""
    if isinstance(node, plan.InsertPlan):
        return node.query is None and not node.conflict_updates
    if isinstance(node, plan.UpdatePlan):
        return not any(isinstance(value, ast.Expression) for _, value in node.assignments)
    return not isinstance(node, plan.RelationalPlan)


def converter(type_: Type) -> Callable[[object], object]:
    """Return the function that makes a parameter's canonical value."""
    if type_.is_vector:
        return lambda value: None if value is None else vector_from(value, type_.modifier)
    return lambda value: values.coerce(type_, value)


def drop_indexes(statement: ast.DropIndex, transaction: Transaction) -> Result:
    """Drop indexes by name."""
    notices = []
    for name in statement.names:
        found = [i for t in transaction.view().tables.values() for i in t.indexes if i.name == name[-1]]
        if not found:
            if statement.if_exists:
                notices.append(f'index "{name[-1]}" does not exist, skipping')
                continue
            raise UndefinedObject(f'index "{name[-1]}" does not exist')
        if found[0].primary:
            raise ProgrammingError(
                f"cannot drop index {name[-1]} because the table's primary key requires it", sqlstate="2BP01"
            )
        transaction.drop_index(found[0])
    return Result("DROP INDEX", notices=tuple(notices))


def result_columns(outputs: Sequence[plan.Output], table: schema.Table) -> tuple[ResultColumn, ...]:
    """Return the description of output columns."""
    return tuple(
        ResultColumn(o.name, o.scalar.type if o.scalar.type != UNKNOWN else TEXT, table.table_id if o.attribute else 0, o.attribute)
        for o in outputs
    )
