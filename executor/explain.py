"""EXPLAIN: a plan as lines, and with ANALYZE what its execution did."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from vql import schema
from vql.executor.rows.context import Context, MaskReport, Report, SegmentReport, ThreadReport
from vql.executor.select import count_of, project, run_select
from vql.language import plan
from vql.types.type import VECTOR

OPERATORS = {"l2": "<->", "cosine": "<=>", "inner_product": "<#>", "l1": "<+>",
             "hamming": "<~>", "jaccard": "<%>"}  # fmt: skip
LITERAL_CHARACTERS_MAX = 40
VECTOR_NUMBERS_MAX = 4
# Distances this close, relative to the k-th true one, count as found: sums round.
RECALL_TOLERANCE = 1e-5


def describe(node: plan.Plan) -> list[str]:
    """Return the lines of EXPLAIN."""
    match node:
        case plan.SelectPlan():
            return _select(node)
        case plan.RelationalPlan():
            return ["Relational (DuckDB)", "  vector blocks inside are searched by their indexes"]
        case plan.InsertPlan():
            inner = describe(node.query) if node.query is not None else ["Values"]
            return [f"Insert on {node.table.name}", *_under(inner)]
        case plan.UpdatePlan():
            return [f"Update on {node.table.name}", *_under(_select(node.rows))]
        case plan.DeletePlan():
            return [f"Delete on {node.table.name}", *_under(_select(node.rows))]


def analyze(node: plan.SelectPlan, context: Context, with_recall: bool, verbose: bool) -> list[str]:
    """Run a plan and return its lines with rows, time and the strategy of each segment; `verbose` with
    what the strategies that it was chosen from would have cost."""
    reports: list[Report] = []
    context.report = reports
    started = time.perf_counter()
    selection = run_select(node, context)
    project(node.outputs, selection, node, context)
    elapsed_ms = (time.perf_counter() - started) * 1e3
    lines = _select(node)
    lines[0] += f" (actual time={elapsed_ms:.3f} ms rows={selection.rows})"
    names = {index.index_id: index.name for index in node.table.indexes}
    for report in reports:
        lines.append(_report(report, names))
        if verbose and isinstance(report, SegmentReport):
            lines += _costs(report, node, context)
    if node.nearest is not None or node.search is not None:
        lines.append(f"  Recall Target: {context.recall:g}")
        if with_recall:
            lines.append(f"  Recall Measured: {measured_recall(node, context):.4f} against the exact answer")
    lines.append(f"Execution Time: {elapsed_ms:.3f} ms")
    return lines


def measured_recall(node: plan.SelectPlan, context: Context) -> float:
    """Return the share of the exact answer that the search finds: of its rows, or where it is the
    nearest ones of its distances, so that rows as near as others count."""
    if node.search is not None:
        kept = run_select(node, context).row_ids()
        exact = run_select(node, replace(context, exact=True)).row_ids()
        return float(np.isin(exact, kept).mean()) if len(exact) else 1.0
    found = _distances(node, context)
    truth = _distances(node, replace(context, exact=True))
    if not truth:
        return 1.0
    bound = truth[-1] + abs(truth[-1]) * RECALL_TOLERANCE
    return sum(distance <= bound for distance in found[: len(truth)]) / len(truth)


def _distances(node: plan.SelectPlan, context: Context) -> list[float]:
    assert node.nearest is not None
    only = replace(node, outputs=(plan.Output("distance", node.nearest),))
    rows = project(only.outputs, run_select(only, context), only, context).tuples()
    return [float(row[0]) for row in rows if row[0] is not None]  # type: ignore[arg-type]


def _report(report: Report, names: Mapping[int, str]) -> str:
    if isinstance(report, ThreadReport):
        return f"  Threads: {report.threads}"
    if isinstance(report, MaskReport):
        name = names.get(report.index_id, "(dropped)")
        share = f"{report.passed:,} of {report.rows:,} rows"
        return f"  Mask: btree index {name} on segment {report.segment_id} ({share})"
    kind, *effort = report.strategy
    if effort:
        breadth, candidates, where = effort
        kind = f"{kind} effort {breadth}/{candidates}" + (f" {where}" if where else "")
    name = f"segment {report.segment_id}" if report.segment_id else "delta"
    return f"  Strategy: {kind} on {name} ({report.passed} of {report.rows} rows pass)"


def _costs(report: SegmentReport, node: plan.SelectPlan, context: Context) -> list[str]:
    """Return the line of costs of a segment that has an index."""
    from vql.executor.knn.dense import SegmentSearcher

    near = node.nearest
    limit = count_of(node.limit, context.evaluator, "LIMIT")
    if near is None or not limit:
        return []
    _, searcher = context.searchers.get((report.segment_id, near.position, near.metric), (None, None))
    if not isinstance(searcher, SegmentSearcher) or searcher.chooser is None or not report.passed:
        return []
    wanted = limit + (count_of(node.offset, context.evaluator, "OFFSET") or 0)
    costs = searcher.chooser.costs(context.recall, min(wanted, report.passed), report.passed)
    index = searcher.chooser.index
    told = (f"{name} " + (f"{us:,.0f} us" if us < math.inf else "falls short") for name, us in costs.items())
    return [
        f"  Costs: {', '.join(told)}; exact by {index.scan_us_per_row:.4f} us a row scanned, "
        f"{index.gather_us_per_row:.4f} fetched, {index.select_us_per_row:.4f} compared"
    ]


def _under(lines: list[str]) -> list[str]:
    return [f"  ->  {lines[0]}", *(f"      {line}" for line in lines[1:])]


def _select(node: plan.SelectPlan) -> list[str]:
    table = node.table
    if node.key is not None:
        lines = [f"Index Scan using {table.name}_pkey on {table.name}"]
        lines.append(f"  Index Cond: {predicate_text(node.predicate, table)}")
        return lines
    predicate = node.predicate
    if node.search is not None:
        lines = _search(node, node.search)
        predicate = node.search.near.predicate if isinstance(node.search, plan.RangeSearch) else predicate
    elif node.nearest is not None:
        lines = _near(node.nearest, table)
    else:
        lines = [f"Seq Scan on {table.name}"]
        if node.order:
            lines.append(f"  Sort Key: {_keys(node)}")
    if node.distinct:
        lines.append(
            f"  Unique: {', '.join(scalar_text(k.scalar, table) for k in node.order[: node.distinct])}"
        )
    if predicate is not None:
        lines.append(f"  Filter: {predicate_text(predicate, table)}")
    if node.as_of is not None:
        lines.append(f"  As Of: {node.as_of.kind} {scalar_text(node.as_of.value, table)}")
    if node.limit is not None:
        lines = ["Limit: " + scalar_text(node.limit, table), *_under(lines)]
    return lines


def _search(node: plan.SelectPlan, search: plan.Search) -> list[str]:
    """Return the lines of a search that is not for the plain nearest rows."""
    table = node.table
    match search:
        case plan.RangeSearch(near=near, conditions=conditions):
            assert near.nearest is not None
            first, *exact = (line for line in _near(near.nearest, table) if "Order By" not in line)
            lines = [first, *(f"  Range: {predicate_text(item, table)}" for item in conditions), *exact]
            return lines + ([f"  Order By: {_keys(node)}"] if node.order else [])
        case plan.GroupSearch(near=near, group=group, rows=rows):
            assert near.nearest is not None
            per = f"  Nearest: {scalar_text(rows, table)} per {scalar_text(group, table)}"
            return [*_near(near.nearest, table), per]
        case plan.FusedSearch(legs=legs):
            lines = [f"Fused Search on {table.name}", f"  Order By: {_keys(node)}"]
            for leg in legs:
                assert leg.nearest is not None
                lines += _under(_near(leg.nearest, table))
            return lines


def _near(distance: plan.Distance, table: schema.Table) -> list[str]:
    """Return the lines of a search for the nearest rows by one distance."""
    column = table.columns[distance.position].name
    names = [i.name for i in table.indexes if i.columns == (column,) and i.metric == distance.metric]
    lines = [f"Index Scan using {names[0]} on {table.name}" if names else f"Vector Scan on {table.name}"]
    lines.append(f"  Order By: {scalar_text(distance, table)}")
    return lines if names else [*lines, f"  Exact: no index on {column} for {distance.metric}"]


def _keys(node: plan.SelectPlan) -> str:
    keys = (scalar_text(k.scalar, node.table) + (" DESC" if k.descending else "") for k in node.order)
    return ", ".join(keys)


def scalar_text(node: plan.Scalar, table: schema.Table) -> str:
    """Return an expression as SQL."""
    match node:
        case plan.ColumnRead(position=position):
            return table.columns[position].name
        case plan.Parameter(index=index):
            return f"${index + 1}"
        case plan.Constant(value=None):
            return "NULL"
        case plan.Constant(value=bytes() as packed, type=type_):
            numbers = np.frombuffer(packed, type_.base.array_dtype)
            if not type_.is_dense:
                return f"'{type_.to_text(numbers)[:LITERAL_CHARACTERS_MAX]}'"
            more = f",... {len(numbers)} numbers" if len(numbers) > VECTOR_NUMBERS_MAX else ""
            return f"'{VECTOR.to_text(numbers[:VECTOR_NUMBERS_MAX])[:-1]}{more}]'"
        case plan.Constant(value=value, type=type_):
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                return type_.to_text(value)
            text = type_.to_text(value)
            return f"'{text[:LITERAL_CHARACTERS_MAX]}'"
        case plan.Arithmetic(op=op, left=left, right=right):
            return f"({scalar_text(left, table)} {op} {scalar_text(right, table)})"
        case plan.Distance(position=position, metric=metric, query=query):
            return f"({table.columns[position].name} {OPERATORS[metric]} {scalar_text(query, table)})"
        case plan.Condition(predicate=predicate):
            return predicate_text(predicate, table)
        case plan.RankFusion(legs=legs):
            return f"rrf({', '.join(scalar_text(leg, table) for leg in legs)})"
        case plan.SubqueryValue() | plan.SubqueryExpression():
            return "(subquery)"
    raise AssertionError(node)


def predicate_text(node: plan.Predicate | None, table: schema.Table) -> str:
    """Return a condition as SQL."""
    match node:
        case plan.And(items=items):
            return "(" + " AND ".join(predicate_text(item, table) for item in items) + ")"
        case plan.Or(items=items):
            return "(" + " OR ".join(predicate_text(item, table) for item in items) + ")"
        case plan.Not(item=item):
            return f"(NOT {predicate_text(item, table)})"
        case plan.Compare(op=op, left=left, right=right):
            return f"({scalar_text(left, table)} {op} {scalar_text(right, table)})"
        case plan.InList(operand=operand, items=items):
            inside = ", ".join(scalar_text(item, table) for item in items)
            return f"({scalar_text(operand, table)} IN ({inside}))"
        case plan.InArray(operand=operand, array=array):
            return f"({scalar_text(operand, table)} = ANY ({scalar_text(array, table)}))"
        case plan.LikePattern(operand=operand, pattern=pattern, ignore_case=ignore_case):
            word = "ILIKE" if ignore_case else "LIKE"
            return f"({scalar_text(operand, table)} {word} {scalar_text(pattern, table)})"
        case plan.IsNull(operand=operand):
            return f"({scalar_text(operand, table)} IS NULL)"
        case plan.IsTrue(operand=operand):
            return scalar_text(operand, table)
        case plan.Residual():
            return "(computed by DuckDB)"
    raise AssertionError(node)
