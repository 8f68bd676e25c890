"""EXPLAIN in a session: its options, the plan, and with ANALYZE an execution of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vql import schema
from vql.errors import InvalidParameterValue, SyntaxError
from vql.executor.explain import Detail, Explainer, document_of, lines_of
from vql.executor.recall import measured_recall
from vql.executor.rows.context import Context
from vql.executor.rows.project import project
from vql.executor.rows.report import NodeReport, PlanReport
from vql.executor.select import run_select
from vql.executor.tuples.execution import ROWS_MAX
from vql.language import ast, plan
from vql.language.bind.statements import Bound
from vql.session.contract import with_options
from vql.session.results import Result, ResultColumn
from vql.session.statements.moments import Snapshots
from vql.session.statements.prepare import Prepared, Statements
from vql.session.statements.query import Queries
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types.type import TEXT

# Options and their defaults; those of PostgreSQL that change nothing here are accepted.
DEFAULTS = {"analyze": False, "recall": False, "verbose": False, "costs": True, "timing": True,
            "summary": True, "buffers": False, "settings": False, "wal": False, "memory": False,
            "generic_plan": False}  # fmt: skip
BOOLEANS = {"on": True, "true": True, "1": True, "off": False}
FORMATS = ("text", "json", "yaml", "xml")
# Ways to the rows that find all of them.
EXACT = plan.Scan | plan.KeyLookup | plan.TextSearch


class Explanation:
    """One EXPLAIN: `execute` runs a statement that is no query."""

    def __init__(
        self,
        statement: ast.Explain,
        prepared: Prepared,
        statements: Statements,
        queries: Queries,
        execute: Callable[[Prepared, Sequence[object]], Result],
    ) -> None:
        """Raises 42601 and 22023 for options."""
        self._on, self._format = options_of(statement)
        self._inner = Prepared(prepared.sql, statement.statement, prepared.hints, style=prepared.style)
        self._statements = statements
        self._queries = queries
        self._execute = execute
        self._engine = ""  # what has run a relational plan

    def run(self, snapshot: Snapshot, parameters: Sequence[object]) -> Result:
        """Return the plan of the statement as rows."""
        bound, seen = self._statements.bound_now(self._inner, snapshot)
        types, analyze = bound.parameter_types, self._on["analyze"]
        given: tuple[object, ...] = (None,) * len(types)
        # A plan can be looked at without values.
        if parameters or not types or analyze:
            bound, seen, given = self._queries.arrived(self._inner, snapshot, parameters)
        reports, whole = PlanReport(), None
        after: list[Detail] = []
        if analyze:
            whole, after = self._analyzed(bound, seen, given, reports)

        def segments_of(table: schema.Table) -> Sequence[Segment]:
            there = (each.segments(table.table_id) for each in (seen.own, *seen.others))
            return next(filter(None, there), ())

        def engine(node: plan.RelationalPlan) -> tuple[str, list[Detail]]:
            context = self._queries.context(seen, given, bound)
            relations = self._queries.relations
            joins: list[Detail] = [("k-NN Join", line) for line in relations.knn_joins(node, context, types)]
            if self._engine:
                return self._engine, joins
            why_not = relations.why_not_tuples(node, context, types)
            if why_not:
                return "DuckDB", joins or [("Not by Tuples", why_not)]
            return "tuples or DuckDB", [("By Tuples", f"up to {ROWS_MAX} rows gone through")]

        explainer = Explainer(segments_of, engine, reports if analyze else None, self._on["verbose"])
        tree = explainer.tree(bound.plan)
        tree.report = tree.report or whole
        costs, timing = self._on["costs"], self._on["timing"]
        if self._format != "text":
            lines = [document_of(self._format, tree, costs, timing, after)]
        else:
            lines = lines_of(tree, costs, timing)
            lines += [f"{name}: {_shown(name, value)}" for name, value in after]
        return Result("EXPLAIN", (ResultColumn("QUERY PLAN", TEXT),), rows=[(line,) for line in lines])

    def _analyzed(
        self, bound: Bound, seen: Snapshots, given: Sequence[object], reports: PlanReport
    ) -> tuple[NodeReport, list[Detail]]:
        """Execute the statement; return what it did as a whole, and what stands below the plan."""
        node, after = bound.plan, list[Detail]()
        context = self._queries.context(seen, given, bound)
        context.reports = reports
        started = time.perf_counter()
        if isinstance(node, plan.SelectPlan):
            context.contract = with_options(node, context.contract, context.evaluator)
            selection = run_select(node, context)
            project(node, selection, context)
            rows = selection.rows
        elif isinstance(node, plan.RelationalPlan):
            relations, types = self._queries.relations, bound.parameter_types
            found = relations.tuples(node, context, types)
            self._engine = "DuckDB" if found is None else "tuples"
            rows = relations.run_in_duck(node, context, types).rows if found is None else len(found)
        else:
            rows = int(self._execute(self._inner, given).tag.rpartition(" ")[2])
        whole = reports.node(node)
        whole.add(rows, started)
        if isinstance(node, plan.SelectPlan) and not isinstance(node.access, EXACT):
            after += self._recall(node, context)
        if self._on["summary"]:
            after.append(("Execution Time", round(whole.ms, 3)))
        return whole, after

    def _recall(self, node: plan.SelectPlan, context: Context) -> list[Detail]:
        found: list[Detail] = [("Recall Target", context.contract.recall)]
        if self._on["recall"]:
            context.reports = None
            found.append(("Recall Measured", round(measured_recall(node, context), 4)))
        return found


def options_of(statement: ast.Explain) -> tuple[dict[str, bool], str]:
    """Return which options are on, and the format. Raises 42601, 22023."""
    on, form = dict(DEFAULTS), "text"
    for name, value in statement.options:
        if name == "format":
            if value not in FORMATS:
                raise InvalidParameterValue(f'unrecognized value for EXPLAIN option "format": "{value}"')
            form = value
        elif name not in on:
            raise SyntaxError(f'unrecognized EXPLAIN option "{name}"')
        elif value not in BOOLEANS:
            raise SyntaxError(f"{name} requires a Boolean value")
        else:
            on[name] = BOOLEANS[value]
    return on, form


def _shown(name: str, value: object) -> str:
    """Return what stands behind a name below a plan."""
    match name:
        case "Execution Time":
            return f"{value:.3f} ms"
        case "Recall Measured":
            return f"{value:.4f} against the exact answer"
    return str(value)
