"""EXPLAIN: a plan as a tree of nodes, printed as lines or in PostgreSQL's JSON, YAML and XML.

A node has a type, what PostgreSQL prints beside it, details, an estimate of its rows, and with ANALYZE what
its execution did (`vql.executor.rows.report`). The plan itself is chosen without these estimates: ways that
depend on how many rows pass are chosen for each segment while it runs, and told under ANALYZE.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from html import escape

from vql import schema
from vql.dataclass import dataclass
from vql.executor.knn.scans.contract import AT_HITS
from vql.executor.plan_text import predicate_text, scalar_text
from vql.executor.rows.report import Event, MaskReport, NodeReport, PlanReport, SegmentReport, ThreadReport
from vql.language import modify, plan
from vql.storage.index.registry import OF_ELEMENTS, kind_of, why_missing
from vql.storage.segments.segment import Segment

# What PostgreSQL takes to pass where it has no statistics (selfuncs.h): an equality, any other condition.
EQUAL_SHARE, OTHER_SHARE = 0.005, 1 / 3
# The names of PostgreSQL's documents: what no tag has, and whose tags they are.
NO_TAG, XML_SPACE = re.compile(r"[^\w.-]", re.ASCII), "http://www.postgresql.org/2009/explain"
INDENT = "  "
# What stands below a node: a name and a value.
Detail = tuple[str, object]


@dataclass(slots=True)
class Node:
    """One node: `kind` is PostgreSQL's Node Type, `label` the line it is printed as. `rows` is an estimate;
    `report` what it did."""

    kind: str
    label: str
    properties: list[Detail] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    rows: int | None = None
    report: NodeReport | None = None
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explainer:
    """Makes nodes of plans: `segments_of` gives the segments of a table that a plan reads, `reports` are
    those of ANALYZE, and `verbose` adds what each strategy would have cost. `engine` says what runs a
    relational plan, and why."""

    segments_of: Callable[[schema.Table], Sequence[Segment]]
    engine: Callable[[plan.RelationalPlan], tuple[str, list[Detail]]]
    reports: PlanReport | None = None
    verbose: bool = False

    def tree(self, node: modify.Plan) -> Node:
        """Return the tree of a statement's plan."""
        match node:
            case plan.SelectPlan():
                return self._select(node)
            case plan.RelationalPlan(blocks=blocks):
                engine, details = self.engine(node)
                children = [self.tree(block) for _, block in blocks]
                made = Node("Relational", f"Relational ({engine})", details=details, children=children)
                return self._node(node, made)
            case modify.InsertPlan(table=table, query=query, rows=rows, columns=columns):
                inner = self.tree(query) if query is not None else Node("Values", "Values")
                if rows is not None:
                    inner.rows = len(rows)
                elif columns is not None:
                    inner.rows = len(columns[0].value)  # type: ignore[arg-type]
                return self._change("Insert", table, inner)
            case modify.UpdatePlan(table=table, rows=source):
                return self._change("Update", table, self._rows(source))
            case modify.DeletePlan(table=table, rows=source):
                return self._change("Delete", table, self._rows(source))
            case modify.StepsPlan():
                return self._steps(node)
            case modify.MergePlan(table=table, rows=source):
                return self._change("Merge", table, self._rows(source))
        raise AssertionError("not planned")

    def _steps(self, node: modify.StepsPlan) -> Node:
        """Return the node of what comes last, below it those of the queries of WITH."""
        found = self.tree(node.last)
        for step in node.steps:
            name = step.table.name
            below = [self.tree(step.plan)]
            found.children.append(Node("CTE Scan", f"CTE {name}", [("CTE Name", name)], children=below))
        return found

    def _rows(self, source: plan.TableQuery | modify.JoinedRows) -> Node:
        return self.tree(source.query if isinstance(source, modify.JoinedRows) else source)

    def _change(self, operation: str, table: schema.Table, inner: Node) -> Node:
        properties: list[Detail] = [("Operation", operation), ("Relation Name", table.name)]
        return Node("ModifyTable", f"{operation} on {table.name}", properties, children=[inner])

    def _node(self, part: object, node: Node) -> Node:
        """Return a node with what a part of the plan did."""
        node.report = None if self.reports is None else self.reports.seen(part)
        return node

    # -------------------------------------------------------------- one table

    def _select(self, node: plan.SelectPlan) -> Node:
        found = self._access(node)
        if node.limit is None:
            return found
        limit = node.limit.value if isinstance(node.limit, plan.Constant) else None
        above = Node("Limit", "Limit: " + scalar_text(node.limit, node.table), children=[found])
        above.rows = found.rows
        if isinstance(limit, int) and found.rows is not None:
            above.rows = min(found.rows, limit)
        self._node(node, above)
        above.report = above.report or found.report  # a block is no more than its search
        return above

    def _access(self, node: plan.SelectPlan) -> Node:
        """Return the node of a plan's way to its rows, and what follows at once."""
        table, predicate = node.table, node.predicate
        match node.access:
            case plan.KeyLookup(unique=unique, compared=compared, rest=predicate):
                found = self._scan("Index Scan", unique.name, table)
                found.details.append(("Index Cond", predicate_text(plan.all_of(compared), table)))
                found.rows = 1
            case plan.Scan():
                found = self._scanned(node.predicate, table)
                if node.order:
                    found.details.append(("Sort Key", _keys(node)))
            case plan.Nearest(distance=distance):
                found = self._near(distance, table)
            case plan.TextSearch(rank=rank):
                found = self._by_words(rank, table)
            case plan.RangeSearch(near=near, conditions=conditions):
                found = self._range(node, near, conditions)
                predicate = near.predicate
            case plan.GroupSearch(near=near, column=column, rows=rows):
                assert near.nearest is not None
                found = self._near(near.nearest, table)
                per = f"{scalar_text(rows, table)} per {scalar_text(column, table)}"
                found.details.append(("Nearest", per))
                self._merge(found, near)
            case plan.FusedSearch(legs=legs):
                found = Node("Fused Search", f"Fused Search on {table.name}", [("Relation Name", table.name)])
                found.details.append(("Order By", _keys(node)))
                found.children = [self._leg(leg) for leg in legs]
        if node.distinct:
            keys = ", ".join(scalar_text(key.scalar, table) for key in node.order[: node.distinct])
            found.details.append(("Unique", keys))
        found.details += _conditions(predicate, table)
        if node.as_of is not None:
            moment = node.as_of
            value = "" if moment.kind == "now" else f" {scalar_text(moment.value, table)}"
            found.details.append(("As Of", moment.kind + value))
        if found.rows is None:
            found.rows = self._estimate(table, node.predicate)
        self._node(node.access, found)
        self._events(found, table)
        return found

    def _scan(self, kind: str, index: str | None, table: schema.Table) -> Node:
        label = f"{kind} using {index} on {table.name}" if index else f"{kind} on {table.name}"
        properties: list[Detail] = [("Index Name", index)] if index else []
        return Node(kind, label, [*properties, ("Relation Name", table.name)])

    def _scanned(self, predicate: plan.Predicate | None, table: schema.Table) -> Node:
        """Return the node of a scan, below it an index that says which rows have the words of a condition."""
        built = set[int]().union(*(segment.built_indexes() for segment in self.segments_of(table)))
        for item in plan.conjuncts_of(predicate):
            name = table.stored[item.operand.position].name if isinstance(item, plan.OperatorTest) else ""
            for index in table.indexes:
                if index.columns == (name,) and index.method in OF_ELEMENTS and index.index_id in built:
                    found = self._scan("Bitmap Heap Scan", None, table)
                    below = Node("Bitmap Index Scan", f"Bitmap Index Scan on {index.name}")
                    below.properties.append(("Index Name", index.name))
                    below.details.append(("Index Cond", predicate_text(item, table)))
                    found.children.append(below)
                    return found
        return self._scan("Seq Scan", None, table)

    def _near(self, distance: plan.Distance, table: schema.Table) -> Node:
        """Return the node of a search for the nearest rows by one distance."""
        column = table.stored[distance.position].name
        indexes = [i for i in table.indexes if i.columns == (column,) and i.metric == distance.metric]
        built = set[int]().union(*(segment.built_indexes() for segment in self.segments_of(table)))
        known = [i for i in indexes if kind_of(i, table) is not None]
        name = next((i.name for i in known if i.index_id in built), None)
        found = self._scan("Index Scan" if name else "Vector Scan", name, table)
        found.details.append(("Order By", scalar_text(distance, table)))
        if name is None:
            reasons = [
                f"index {i.name} is not built for any row"
                if i in known
                else f"{why_missing(i.method)}, index {i.name} is not used"
                for i in indexes
            ]
            found.details.append(
                ("Exact", "; ".join(reasons) or f"no index on {column} for {distance.metric}")
            )
        return found

    def _range(
        self, node: plan.SelectPlan, near: plan.SelectPlan, conditions: Sequence[plan.Predicate]
    ) -> Node:
        assert near.nearest is not None
        found = self._near(near.nearest, node.table)
        exact = [detail for detail in found.details if detail[0] != "Order By"]
        found.details = [("Range", predicate_text(item, node.table)) for item in conditions] + exact
        if node.order:
            found.details.append(("Order By", _keys(node)))
        self._merge(found, near)
        return found

    def _by_words(self, rank: plan.TextRank, table: schema.Table) -> Node:
        """Return the node of a search by the words of texts."""
        found = self._scan("Index Scan", rank.index.name, table)
        found.details.append(("Order By", scalar_text(rank, table)))
        segments = self.segments_of(table)
        without = sum(rank.index.index_id not in segment.built_indexes() for segment in segments)
        if without:
            found.details.append(("Read", f"{without} of {len(segments)} segments without their index"))
        return found

    def _leg(self, leg: plan.SelectPlan) -> Node:
        if isinstance(leg.access, plan.TextSearch):
            node = self._by_words(leg.access.rank, leg.table)
        else:
            assert leg.nearest is not None
            node = self._near(leg.nearest, leg.table)
        found = self._node(leg.access, node)
        found.rows = self._estimate(leg.table, leg.predicate)
        self._events(found, leg.table)
        return found

    def _merge(self, found: Node, near: plan.SelectPlan) -> None:
        """Tell the events of the search that a node asks for ever more rows."""
        inner = None if self.reports is None else self.reports.seen(near.access)
        if inner is not None:
            found.details += self._event_details(inner.events, near.table)

    def _events(self, found: Node, table: schema.Table) -> None:
        if found.report is not None:
            found.details += self._event_details(found.report.events, table)

    def _event_details(self, events: Sequence[Event], table: schema.Table) -> Iterator[Detail]:
        """Yield what happened on each segment."""
        indexes = {index.index_id: index for index in table.indexes}
        for event in events:
            match event:
                case ThreadReport(threads=threads):
                    yield "Threads", threads
                case MaskReport():
                    index = indexes.get(event.index_id)
                    name = f"{index.method} index {index.name}" if index is not None else "index (dropped)"
                    share = f"{event.passed:,} of {event.rows:,} rows"
                    yield "Mask", f"{name} on segment {event.segment_id} ({share})"
                case SegmentReport():
                    yield "Strategy", _strategy(event)
                    if self.verbose and event.costs:
                        yield "Costs", event.costs

    def _estimate(self, table: schema.Table, predicate: plan.Predicate | None) -> int:
        """Return about how many rows pass, as PostgreSQL guesses without statistics."""
        rows = float(sum(segment.rows for segment in self.segments_of(table)))
        for item in plan.conjuncts_of(predicate):
            equal = isinstance(item, plan.Compare) and item.op == "="
            rows *= EQUAL_SHARE if equal else OTHER_SHARE
        return max(1, round(rows)) if predicate is not None else int(rows)


def _conditions(predicate: plan.Predicate | None, table: schema.Table) -> Iterator[Detail]:
    """Yield what numpy tests, and what DuckDB computes of the rows that are left."""
    items = plan.conjuncts_of(predicate)
    native = tuple(item for item in items if not isinstance(item, plan.Residual))
    if native:
        whole = native[0] if len(native) == 1 else plan.And(native)
        yield "Filter", predicate_text(whole, table)
    for item in items:
        if isinstance(item, plan.Residual):
            yield "Filter by DuckDB", predicate_text(item, table)


def _keys(node: plan.SelectPlan) -> str:
    keys = (scalar_text(k.scalar, node.table) + (" DESC" if k.descending else "") for k in node.order)
    return ", ".join(keys)


def _strategy(report: SegmentReport) -> str:
    kind, *effort = report.strategy
    if effort:
        breadth, candidates, where = effort
        kind = f"{kind} effort {breadth}/{candidates}" + (f" {where}" if where else "")
    name = f"segment {report.segment_id}" if report.segment_id else "delta"
    about = "about " if effort and effort[2] == AT_HITS else ""
    return f"{kind} on {name} ({about}{report.passed} of {report.rows} rows pass)"


# ------------------------------------------------------------------ printed


def lines_of(node: Node, costs: bool = True, timing: bool = True) -> list[str]:
    """Return a tree as lines."""
    head = node.label
    if costs and node.rows is not None:
        head += f" (rows={node.rows})"
    if node.report is not None:
        taken = f"time={node.report.ms:.3f} ms " if timing else ""
        loops = f" loops={node.report.loops}" if node.report.loops > 1 else ""
        head += f" (actual {taken}rows={node.report.rows}{loops})"
    lines = [head, *(f"  {name}: {value}" for name, value in node.details)]
    for child in node.children:
        first, *rest = lines_of(child, costs, timing)
        lines += [f"  ->  {first}", *(f"      {line}" for line in rest)]
    return lines


def document_of(
    form: str, node: Node, costs: bool = True, timing: bool = True, after: Sequence[Detail] = ()
) -> str:
    """Return a tree as PostgreSQL's JSON, YAML or XML; `after` stands beside the plan."""
    root = {"Plan": _object(node, costs, timing), **dict(after)}
    match form:
        case "yaml":
            return "\n".join(_yaml_items([root], ""))
        case "xml":
            inner = "\n".join(_xml_members(root, "    "))
            return f'<explain xmlns="{XML_SPACE}">\n  <Query>\n{inner}\n  </Query>\n</explain>'
    return json.dumps([root], indent=2)


def _yaml_members(group: Mapping[str, object], margin: str) -> Iterator[str]:
    for name, value in group.items():
        if isinstance(value, dict):
            yield f"{margin}{name}: "
            yield from _yaml_members(value, margin + INDENT)
        elif isinstance(value, list):
            yield f"{margin}{name}: "
            yield from _yaml_items(value, margin + INDENT)
        else:
            yield f"{margin}{name}: {json.dumps(value)}"


def _yaml_items(items: Sequence[object], margin: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict):
            first, *rest = _yaml_members(item, margin + INDENT)
            yield f"{margin}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{margin}- {json.dumps(item)}"


def _xml_members(group: Mapping[str, object], margin: str) -> Iterator[str]:
    for name, value in group.items():
        yield from _xml_element(NO_TAG.sub("-", name), value, margin)


def _xml_element(tag: str, value: object, margin: str) -> Iterator[str]:
    if isinstance(value, dict | list):
        yield f"{margin}<{tag}>"
        if isinstance(value, dict):
            yield from _xml_members(value, margin + INDENT)
        for item in value if isinstance(value, list) else ():
            yield from _xml_element("Plan" if tag == "Plans" else "Item", item, margin + INDENT)
        yield f"{margin}</{tag}>"
    else:
        shown = json.dumps(value) if isinstance(value, bool) else str(value)
        yield f"{margin}<{tag}>{escape(shown, quote=False)}</{tag}>"


def _object(node: Node, costs: bool, timing: bool) -> dict[str, object]:
    found: dict[str, object] = {"Node Type": node.kind, **dict(node.properties)}
    if costs and node.rows is not None:
        found["Plan Rows"] = node.rows
    if node.report is not None:
        if timing:
            found["Actual Total Time"] = round(node.report.ms, 3)
        found |= {"Actual Rows": node.report.rows, "Actual Loops": node.report.loops}
    for name in dict.fromkeys(name for name, _ in node.details):
        values = [value for other, value in node.details if other == name]
        found[name] = values[0] if len(values) == 1 else values
    if node.children:
        found["Plans"] = [_object(child, costs, timing) for child in node.children]
    return found
