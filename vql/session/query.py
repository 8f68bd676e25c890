"""Running queries in a session: parameters, the moment of AS OF, native plans and the bridge.

A native SELECT that is kept runs through `again`, which looks nothing up that the first execution
has found out; everything else through `run`.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import call
from typing import TYPE_CHECKING

import numpy as np

from vql.errors import Error, InvalidParameterValue, ProgrammingError
from vql.executor.rows.batch import Batch
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator
from vql.executor.select import is_one_search, project, project_rows, run_select
from vql.executor.shapes.nearest import TUPLES_MAX, NearestSearch
from vql.language import ast, plan
from vql.language.bind.statements import Bound
from vql.session.conversation import Conversation
from vql.session.prepare import Prepared, Preparer, Ready
from vql.session.relations import Relations
from vql.session.results import Result, ResultColumn
from vql.storage.snapshot import Snapshot
from vql.types.type import TIMESTAMPTZ, Type

if TYPE_CHECKING:
    from vql.executor.knn.searcher import Searcher


class Queries:
    """One session's way to run queries."""

    def __init__(self, conversation: Conversation, preparer: Preparer, relations: Relations) -> None:
        self._session = conversation
        self._prepare = preparer
        self.relations = relations
        relations.contract = self.contract
        self._past: tuple[tuple[str, object], Snapshot, Snapshot] | None = None
        self._searchers: dict[tuple[int, int, str], tuple[object, Searcher]] = {}

    def searchers(self) -> list[tuple[object, Searcher]]:
        """Return the searchers in use, with the segments they are of."""
        return list(self._searchers.values())

    def forget(self) -> None:
        """Drop the searchers, which hold segments and their indexes."""
        self._searchers.clear()
        self._past = None

    def again(
        self, prepared: Prepared, ready: Ready, parameters: Sequence[object], lifted: Sequence[object] = ()
    ) -> Result | None:
        """Execute a kept SELECT; None where catalog or settings have changed since. `lifted` are the
        values of its text's own literals, canonical already."""
        snapshot = self._session.snapshot()
        if (
            snapshot.catalog_version != ready.catalog_version
            or self._session.settings.version != ready.settings_version
        ):
            prepared.ready = None
            return None
        if len(parameters) + len(lifted) != len(ready.convert):
            self.bind_values(prepared.parameter_types, parameters)
        context, node = ready.context, ready.node
        given = [*map(call, ready.convert, parameters), *lifted]
        context.restart(snapshot, given)
        if node.as_of is not None:
            context.snapshot = self._kept_past(
                node.as_of.kind, context.evaluator.value(node.as_of.value), snapshot
            )
            if context.snapshot.catalog_version != ready.catalog_version:
                return None
        if node.recall is not None or node.effort is not None:
            self.contract(node, context)
        rows = None if ready.search is None else ready.search.tuples(context)
        if rows is not None:
            return Result(f"SELECT {len(rows)}", prepared.columns, None, rows)
        selection = run_select(node, context)
        count = selection.rows
        if count <= TUPLES_MAX:
            return Result(f"SELECT {count}", prepared.columns, None, project_rows(node, selection, context))
        return Result(f"SELECT {count}", prepared.columns, project(node.outputs, selection, node, context))

    def _make_ready(self, prepared: Prepared, bound: Bound, snapshot: Snapshot) -> None:
        """Keep what executions of a native SELECT share, for the next one."""
        if not isinstance(bound.plan, plan.SelectPlan) or self._session.settings.get("vql.as_of"):
            return
        context = self.context(snapshot, (), bound)
        self._contract_of_table(bound.plan, context)
        prepared.ready = Ready(
            snapshot.catalog_version,
            self._session.settings.version,
            bound.plan,
            tuple(type_.converter() for type_ in bound.parameter_types),
            context,
            NearestSearch.of(bound.plan, context) if is_one_search(bound.plan) else None,
        )

    def run(self, prepared: Prepared, parameters: Sequence[object]) -> Result:
        snapshot = self._session.snapshot()
        bound = self._prepare.bound_now(prepared, snapshot)
        self._make_ready(prepared, bound, snapshot)
        given = self.bind_values(bound.parameter_types, parameters)
        snapshot, bound = self.at_moment(prepared, bound, snapshot, given)
        batch = self.run_plan(bound, snapshot, given)
        columns = prepared.columns
        if columns is None or len(columns) != len(batch.names):
            columns = tuple(ResultColumn(n, t) for n, t in zip(batch.names, batch.types, strict=True))
        return Result(f"SELECT {batch.rows}", columns, batch)

    def run_plan(self, bound: Bound, snapshot: Snapshot, given: tuple[object, ...]) -> Batch:
        context = self.context(snapshot, given, bound)
        match bound.plan:
            case plan.SelectPlan() as node:
                self.contract(node, context)
                return project(node.outputs, run_select(node, context), node, context)
            case plan.RelationalPlan(query=query):
                return self.relations.run(query, context, given, bound.parameter_types, self.at)
        raise AssertionError("not a query")

    def context(self, snapshot: Snapshot, given: tuple[object, ...], bound: Bound | None = None) -> Context:
        """Return the context of one execution."""
        types = bound.parameter_types if bound is not None else ()

        def subquery(node: plan.SubqueryValue | plan.SubqueryExpression) -> object:
            return self._scalar(node, context, evaluator.parameters, types)

        evaluator = Evaluator(
            given,
            subquery,
            lambda e, source: self.relations.condition(e, source, bound, tuple(evaluator.parameters), types),
        )
        effort = int(self._session.settings.get("vql.effort"))
        if not effort and self._session.settings.given("hnsw.ef_search"):
            effort = int(self._session.settings.get("hnsw.ef_search"))
        context = Context(
            snapshot,
            evaluator,
            float(self._session.settings.get("vql.recall")),
            effort or None,
            self._session.settings.get("enable_seqscan") == "off",
            self._searchers,
            self._session.database.masks,
            check_every=int(self._session.settings.get("vql.recall_check")),
            checker=self._session.database.checker,
            threads=int(self._session.settings.get("vql.threads")) or self._session.database.threads,
            helpers=self._session.database.helpers,
        )
        return context

    def contract(self, node: plan.SelectPlan, context: Context) -> None:
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
        """Apply the recall of the index, or else of the table, where the session has set none."""
        if self._session.settings.given("vql.recall"):
            return
        for name, value in node.table.options:
            if name == "recall":
                context.recall = float(value)
        if node.nearest is not None:
            column = node.table.columns[node.nearest.position].name
            for index in node.table.indexes:
                if index.columns == (column,) and index.metric == node.nearest.metric:
                    context.recall = float(index.option("recall", context.recall))

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
            batch = self.relations.run(query, context, tuple(given), types, self.at)
            return node.type.coerce(batch.tuples()[0][0])
        selection = run_select(node.plan, context)
        if selection.rows > 1:
            raise Error("more than one row returned by a subquery used as an expression", sqlstate="21000")
        if not selection.rows:
            return None
        value = project_rows(node.plan, selection, context)[0][0]
        return np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value

    def at_moment(
        self, prepared: Prepared, bound: Bound, snapshot: Snapshot, given: tuple[object, ...]
    ) -> tuple[Snapshot, Bound]:
        """Move to the statement's AS OF, or the session's, and bind to the schema of that time."""
        moment = bound.plan.as_of if isinstance(bound.plan, plan.SelectPlan | plan.RelationalPlan) else None
        session_moment = self._session.settings.get("vql.as_of")
        if moment is not None:
            value = self.context(snapshot, given, bound).evaluator.value(moment.value)
            snapshot = self.at(moment.kind, value)
        elif session_moment and not self._session.block.reads_past:
            snapshot = self.at("time", TIMESTAMPTZ.coerce(session_moment))
        else:
            return snapshot, bound
        return snapshot, self._prepare.bound(prepared, snapshot)

    def at(self, kind: str, value: object) -> Snapshot:
        """Return the database at a time, version or named snapshot."""
        store = self._session.database.store
        if value is None:
            raise InvalidParameterValue("AS OF must not be NULL")
        if kind == "time":
            time_us = TIMESTAMPTZ.stored(TIMESTAMPTZ.coerce(value))
            version = store.version_at(int(time_us))  # type: ignore[call-overload]
        elif kind == "version":
            version = int(value)  # type: ignore[call-overload]
        else:
            version = store.named_version(str(value))
        return store.snapshot(version)

    def _kept_past(self, kind: str, value: object, now: Snapshot) -> Snapshot:
        """Return what `at` does; the last answer holds while nothing is committed."""
        asked = (kind, value)
        if self._past is None or self._past[0] != asked or self._past[1] is not now:
            self._past = (asked, now, self.at(kind, value))
        return self._past[2]

    def bind_values(self, types: Sequence[Type], parameters: Sequence[object]) -> tuple[object, ...]:
        if len(parameters) != len(types):
            raise ProgrammingError(
                f"the statement has {len(types)} parameters, {len(parameters)} were given",
                sqlstate="08P01" if self._session.style == "wire" else "07001",
            )
        return tuple(t.coerce(p) for t, p in zip(types, parameters, strict=True))
