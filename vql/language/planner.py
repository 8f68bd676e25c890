"""Planning: `plan_statement(bound, tables) -> Bound` chooses how a bound statement is answered.

Binding has resolved what is asked; here is decided how the rows are found. Every `TableQuery` in a
statement, those of scalar subqueries included, becomes a `SelectPlan`: by its primary key, by a vector
search of one of the shapes in `plan.Access`, or by a scan. Out of a `Relational` the vector searches of one
table are cut as blocks, which run through the indexes; the remainder is DuckDB's.

The choices here need no statistics and are sound for all values of parameters. Those that depend on how
many rows pass are made when a mask is known, for each segment (`vql.executor.knn.strategy`): a cached plan
that had fixed them would be wrong for the next value. What is found here says only how indexes may help:
the predicate and the order alone say what the answer is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import TypeVar

from vql import schema
from vql.deadline import watched
from vql.errors import Error, NotSupportedError, ProgrammingError
from vql.language import ast, modify, plan
from vql.language.analyze import tree
from vql.language.analyze.aggregation import check_no_series
from vql.language.ast.sql_text import expression_text
from vql.language.ast.walk import nodes_of, output_name, parts_of, rewrite
from vql.language.bind.access.rights import Rights
from vql.language.bind.conditions import MIRRORED
from vql.language.bind.forms import RRF, TEXT_RANK, is_of_one_row
from vql.language.bind.join_locks import check_form
from vql.language.bind.names import Tables
from vql.language.bind.queries import QueryBinder, is_plain
from vql.language.bind.relational import Block, Blocks, analyzed
from vql.language.bind.scalars import NotNative
from vql.language.bind.statements import Bound, bound_checks, bound_computed, bound_condition
from vql.language.pushdown import is_tested, with_pushdown
from vql.types.type import Type

BELOW = {"<", "<="}
SINGLE_VALUES = plan.Constant | plan.Parameter | plan.Once | plan.SubqueryValue | plan.SubqueryExpression
# The column of a search's ranks.
RANK = "vql__rank"
NO_COLUMNS = schema.Table(0, plan.ROWS, ())
Part = TypeVar("Part")


def plan_statement(bound: Bound, tables: Tables) -> Bound:
    """Return a bound statement as a plan. Raises NotSupportedError and ProgrammingError where rrf() or
    LIMIT ... PER stands where it has no meaning."""
    types = list(bound.parameter_types)
    if isinstance(bound.plan, modify.StepsPlan):
        tables = tables.having([step.table for step in bound.plan.steps])
    return Bound(_planned(bound.plan, tables, types), tuple(types))


def planned_checks(table: schema.Table, rights: Rights | None = None) -> tuple[modify.RowCondition, ...]:
    """Return the conditions that rows of a table have to meet; where a role puts them in its policies too."""
    return _planned(bound_checks(table, rights), Tables(), [])


def planned_condition(table: schema.Table, condition: ast.Expression) -> plan.Predicate:
    """Return a condition over a row of a table."""
    return _planned(bound_condition(table, condition), Tables(), [])


def planned_computed(table: schema.Table) -> tuple[plan.Scalar | plan.Residual, ...]:
    """Return what the computed columns of a table are in a row."""
    return _planned(bound_computed(table), Tables(), [])


def planned_value(expression: ast.Expression) -> plan.Residual:
    """Plan an expression without columns, to be computed for each of some rows."""
    return _planned(plan.Residual(expression, NO_COLUMNS, (), NO_COLUMNS.name), Tables(), [])


def plan_query(query: ast.Query, tables: Tables, types: Sequence[Type]) -> plan.RelationalPlan:
    """Plan a query that is DuckDB's whatever it is."""
    return _relational(plan.Relational(query), tables, list(types))


def plan_block(block: ast.Select, tables: Tables, types: list[Type]) -> plan.SelectPlan | None:
    """Return the plan of SELECT ... FROM one table ORDER BY distance LIMIT k, or None; `types` of
    parameters are completed."""
    if not is_plain(block) or not block.order_by or block.limit is None:
        return None
    node = _plan_alone(block, tables, types)
    return None if node is None or isinstance(node.access, plan.Scan | plan.KeyLookup) else node


def _plan_alone(block: ast.Select, tables: Tables, types: list[Type]) -> plan.SelectPlan | None:
    """Return the plan of a query of one table, or None; `types` of parameters are completed."""
    before = list(types)
    try:
        bound = QueryBinder(tables, types).native(block)
        node = _planned(bound, tables, types)
    except (NotNative, Error):
        # Not a block of its own: it may be correlated, or name something only DuckDB knows.
        types[:] = before
        return None
    assert isinstance(node, plan.SelectPlan)
    return node


def _planned(part: Part, tables: Tables, types: list[Type]) -> Part:
    """Return a part of a bound statement with its queries planned."""
    if isinstance(part, tuple):
        items = tuple(_planned(item, tables, types) for item in watched(part))
        same = all(new is old for new, old in zip(items, part, strict=True))
        return part if same else items  # type: ignore[return-value]
    if isinstance(part, plan.Relational):
        return _relational(part, tables, types)  # type: ignore[return-value]
    if isinstance(part, plan.Residual):
        return _over_rows(part, tables, types)  # type: ignore[return-value]
    if type(part).__module__ not in (plan.__name__, modify.__name__) or isinstance(
        part, plan.Constant | plan.Parameter
    ):
        return part  # names, types, tables and syntax trees hold no query of ours
    changed = {}
    for field in fields(part):  # type: ignore[arg-type]
        old = getattr(part, field.name)
        new = _planned(old, tables, types)
        if new is not old:
            changed[field.name] = new
    if changed:
        part = replace(part, **changed)  # type: ignore[type-var]
    return select_plan(part) if isinstance(part, plan.TableQuery) else part  # type: ignore[return-value]


# ------------------------------------------------------------------ one table


def select_plan(node: plan.TableQuery) -> plan.SelectPlan:
    """Choose the way to the rows of one table."""
    _check_rank_fusion(node)
    _check_text_rank(node)
    given = {field.name: getattr(node, field.name) for field in fields(plan.TableQuery)}
    searchable = node.limit is not None and not node.distinct
    planned = plan.SelectPlan(**given, nearest=nearest_of(node.order) if searchable else None)
    return replace(planned, access=_access(planned))


def nearest_of(order: tuple[plan.OrderKey, ...]) -> plan.Distance | None:
    """Return the distance a vector index can order by: the first key, nearest first."""
    if not order or not isinstance(order[0].scalar, plan.Distance):
        return None
    key, distance = order[0], order[0].scalar
    # NULLs come last from a search; ORDER BY inner_product(...) DESC puts them first unless told.
    if key.nulls_first or key.descending != (distance.sign < 0):
        return None
    return distance


def _access(node: plan.SelectPlan) -> plan.Access:
    if node.group is not None:
        if node.nearest is None:
            raise NotSupportedError("LIMIT ... PER is supported for an ORDER BY one distance")
        near = replace(node, limit=None, offset=None, group=None, access=plan.Nearest(node.nearest))
        return plan.GroupSearch(near, *node.group)
    if not node.order and (lookup := _lookup(node.table, node.predicate)) is not None:
        return lookup
    if node.order and isinstance(node.order[0].scalar, plan.TextRank):
        return plan.TextSearch(node.order[0].scalar)
    found: plan.Access | None = None
    if node.order and node.limit is not None and not node.distinct:
        found = _fusion(node)
    if found is None and not node.distinct:
        found = _range(node)
    if found is None and node.nearest is not None:
        found = plan.Nearest(node.nearest)
    return found or plan.Scan()


def _lookup(table: schema.Table, predicate: plan.Predicate | None) -> plan.KeyLookup | None:
    """Return the look-up of a unique key where equalities on all its columns are among the conditions."""
    if not table.unique_keys or predicate is None:
        return None
    items = plan.conjuncts_of(predicate)
    found: dict[int, tuple[plan.Predicate, plan.Scalar]] = {}
    for item in items:
        match item:
            case plan.Compare("=", plan.ColumnRead(position=position), right) if isinstance(
                right, plan.Constant | plan.Parameter | plan.Once
            ):
                found.setdefault(position, (item, right))
    for unique in table.unique_keys:
        if unique.condition < 0 and not unique.is_deferrable and found.keys() >= set(unique.positions):
            compared = tuple(found[position][0] for position in unique.positions)
            rest = tuple(item for item in items if all(item is not other for other in compared))
            key = tuple(found[position][1] for position in unique.positions)
            return plan.KeyLookup(key, unique, compared, plan.all_of(rest))
    return None


def _near_plan(
    node: plan.SelectPlan, distance: plan.Distance, predicate: plan.Predicate | None
) -> plan.SelectPlan:
    """Return the search of the nearest rows by one distance; its order is the statement's own
    where that begins with the distance."""
    key = plan.OrderKey(distance, distance.sign < 0, False)
    order = node.order if node.nearest == distance else (key,)
    access = plan.Nearest(distance)
    return plan.SelectPlan(node.table, (), predicate, order, access=access, nearest=distance)


def distances_in(root: object) -> set[plan.Distance]:
    """Return the distances an expression or predicate reads."""
    found: set[plan.Distance] = set()
    stack = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, plan.Distance):
            found.add(item)
        elif isinstance(item, tuple):
            stack.extend(item)
        elif hasattr(item, "__dataclass_fields__") and not isinstance(
            item, plan.SubqueryValue | plan.Residual
        ):
            stack.extend(getattr(item, name) for name in item.__dataclass_fields__)
    return found


def _range(node: plan.SelectPlan) -> plan.RangeSearch | None:
    """Return the range search of a predicate with conditions on one distance."""
    items = plan.conjuncts_of(node.predicate)
    bounded = {ceiling[0]: None for item in items if (ceiling := _ceiling(item)) is not None}
    distance = node.nearest or next(iter(bounded), None)
    if distance is None:
        return None
    conditions = tuple(
        item for item in items if (found := distances_in(item)) and all(_alike(d, distance) for d in found)
    )
    if not conditions:
        return None
    ceilings = tuple(
        (ceiling[1], ceiling[0].sign) for item in conditions if (ceiling := _ceiling(item)) is not None
    )
    alike = {d.query: None for item in conditions for d in distances_in(item) if d.query != distance.query}
    predicate = plan.all_of(tuple(item for item in items if item not in conditions))
    return plan.RangeSearch(_near_plan(node, distance, predicate), conditions, ceilings, tuple(alike))


def _alike(distance: plan.Distance, other: plan.Distance) -> bool:
    """Whether two distances are one, or are where their parameters hold the same query."""
    if (distance.position, distance.metric) != (other.position, other.metric):
        return False
    both = isinstance(distance.query, plan.Parameter) and isinstance(other.query, plan.Parameter)
    return distance.query == other.query or both


def _ceiling(item: plan.Predicate) -> tuple[plan.Distance, plan.Scalar] | None:
    """Return distance and bound of a condition that no row beyond the bound meets."""
    match item:
        case plan.Compare(op, plan.Distance() as distance, right) if isinstance(right, SINGLE_VALUES):
            # inner_product(v, q) > x bounds the negative product from above.
            if (op if distance.sign > 0 else MIRRORED[op]) in BELOW:
                return distance, right
    return None


def _fusion(node: plan.SelectPlan) -> plan.FusedSearch | None:
    """Return the legs of an order by ranks, or by a weighted sum of distances."""
    key = node.order[0]
    if isinstance(key.scalar, plan.RankFusion):
        legs: tuple[plan.Distance | plan.TextRank, ...] = key.scalar.legs
    elif isinstance(key.scalar, plan.Arithmetic) and _is_linear(key.scalar):
        if key.nulls_first and not key.descending:
            return None
        distances = sorted(distances_in(key.scalar), key=lambda d: (d.position, d.metric))
        legs = tuple(distances)
    else:
        return None
    return plan.FusedSearch(tuple(_leg_plan(node, leg) for leg in legs)) if legs else None


def _leg_plan(node: plan.SelectPlan, leg: plan.Distance | plan.TextRank) -> plan.SelectPlan:
    """Return the search of one leg, under the whole condition."""
    if isinstance(leg, plan.Distance):
        return _near_plan(node, leg, node.predicate)
    order = (plan.OrderKey(leg, False, False),)
    return plan.SelectPlan(node.table, (), node.predicate, order, access=plan.TextSearch(leg))


def _is_linear(scalar: plan.Scalar) -> bool:
    """Whether an expression is a sum of distances times values, and values."""
    match scalar:
        case plan.Distance():
            return True
        case plan.Arithmetic(op="*", left=left, right=right):
            return (isinstance(left, SINGLE_VALUES) and _is_linear(right)) or (
                isinstance(right, SINGLE_VALUES) and _is_linear(left)
            )
        case plan.Arithmetic(op="+" | "-", left=left, right=right):
            return _is_linear(left) and _is_linear(right)
    return isinstance(scalar, SINGLE_VALUES)


def _check_rank_fusion(node: plan.TableQuery) -> None:
    """Refuse rrf() where it has no meaning: it ranks the rows of a search."""
    first = node.order[0] if node.order else None
    ordered = first.scalar if first is not None else None
    if any(isinstance(key.scalar, plan.RankFusion) for key in node.order[1:]):
        raise NotSupportedError("rrf() is supported only as the first key of ORDER BY")
    if any(isinstance(o.scalar, plan.RankFusion) and o.scalar != ordered for o in node.outputs):
        raise NotSupportedError("rrf() is supported in the select list only beside ORDER BY the same rrf()")
    if not isinstance(ordered, plan.RankFusion):
        return
    assert first is not None
    if not first.descending:
        raise ProgrammingError(
            "rrf() is a score, the best rows have the greatest",
            sqlstate="42P10",
            hint="Write ORDER BY rrf(...) DESC.",
        )
    if node.limit is None:
        raise NotSupportedError("ORDER BY rrf(...) needs a LIMIT")


def _check_text_rank(node: plan.TableQuery) -> None:
    """Refuse the rank of a text where it has no meaning: as rrf() it ranks the rows of a search."""
    first = node.order[0] if node.order else None
    ordered = first.scalar if first is not None else None
    keys = [key.scalar for key in node.order[1:]]
    shown = [output.scalar for output in node.outputs]
    if any(isinstance(each, plan.TextRank) and each != ordered for each in (*keys, *shown)):
        raise NotSupportedError("<@> of a text is supported only in ORDER BY, first, and beside it")
    if isinstance(ordered, plan.TextRank) and first is not None:
        if first.descending or first.nulls_first or node.distinct or node.group is not None:
            raise NotSupportedError("ORDER BY <@> of a text is supported in rising order, of all rows")


# ------------------------------------------------------------------ the relational remainder


def _relational(node: plan.Relational, tables: Tables, types: list[Type]) -> plan.RelationalPlan:
    """Cut the vector blocks out of a query for DuckDB. Raises what is wrong in the rest."""
    if isinstance(node, plan.RelationalPlan):
        return node
    query, blocks = cut_blocks(node.query, tables, types)
    found = node.analyzed
    if found is None or blocks:
        found = analyzed(query, tables, types, blocks)
    return plan.RelationalPlan(query, node.as_of, found, node.lock, blocks)


def _over_rows(node: plan.Residual, tables: Tables, types: list[Type]) -> plan.Residual:
    """Plan an expression over rows as the query that computes it."""
    if node.query is not None:
        return node
    rows = ast.TableRef((plan.ROWS,), node.alias, has_ids=True)
    number = ast.SelectItem(ast.Name((node.alias, ast.ROW)), ast.ROW)
    query, blocks = cut_blocks(ast.Select((ast.SelectItem(node.expression, "value"),)), tables, types)
    assert isinstance(query, ast.Select), "it was one before"
    query = ast.Select((*query.items, number), (rows,))
    found = analyzed(query, tables, types, blocks, (rows, node.table))
    assert isinstance(found.query, tree.SelectQuery), "it is a SELECT"
    check_no_series(found.query.targets, "set-returning functions are not allowed here")
    return replace(node, query=plan.RelationalPlan(query, None, found, None, blocks))


def cut_blocks(query: ast.Query, tables: Tables, types: list[Type]) -> tuple[ast.Query, Blocks]:
    """Return a query and the vector blocks in it, each with its plan."""
    if isinstance(query, ast.Select):
        query = _with_block(query, tables, types)
    query = with_pushdown(query, tables, lambda block: _plan_alone(block, tables, types) is not None)
    return query, tuple(_blocks(query, frozenset(), tables, types))


def _with_block(node: ast.Select, tables: Tables, types: list[Type]) -> ast.Select:
    """Keep the vector search of a one-table query native where only its list is beyond numpy:
    SELECT f(a) FROM t ORDER BY d LIMIT k becomes SELECT f(a) FROM (SELECT a, ROW FROM t ORDER BY d
    LIMIT k) AS t ORDER BY ROW."""
    if not is_plain(node) or not node.order_by or node.limit is None or not is_of_one_row(node.items):
        return node
    source = node.sources[0]
    assert isinstance(source, ast.TableRef)
    table = tables.find(source.name)
    if table is None:
        return node
    aliases = {item.alias: item.expression for item in node.items if item.alias}
    first = node.order_by[0]
    order_expression = first.expression
    if isinstance(order_expression, ast.Name) and order_expression.parts[0] in aliases:
        order_expression = aliases[order_expression.parts[0]]
    alias = source.alias or table.name
    columns = tuple(ast.SelectItem(ast.Name((alias, column.name))) for column in table.columns)
    items: list[ast.SelectItem] = []
    for item in node.items:
        items += columns if isinstance(item.expression, ast.Star) else (item,)
    rank, items = _with_rank(order_expression, items)
    used = {name.parts[-1] for name in nodes_of(tuple(items), ast.Name)}
    names = [column.name for column in table.columns if column.name in used]
    # The moment of the statement has been lifted from it.
    inner = replace(
        node,
        as_of=None,
        items=(*(ast.SelectItem(ast.Name((name,))) for name in names or [table.columns[0].name]), *rank),
        order_by=(replace(first, expression=order_expression), *node.order_by[1:]),
    )
    if plan_block(inner, tables, types) is None:
        return node
    row = ast.Name((ast.ROW,))
    numbered = replace(inner, items=(*inner.items, ast.SelectItem(row)))
    return ast.Select(tuple(items), (ast.QueryRef(numbered, alias),), order_by=(ast.OrderItem(row),))


def _with_rank(
    key: ast.Expression, items: list[ast.SelectItem]
) -> tuple[tuple[ast.SelectItem, ...], list[ast.SelectItem]]:
    """Return the rank that a search orders by as a column of its own where it stands within items of the
    list, which read that column then: words and rrf() rank the rows of searches alone."""
    if not (
        isinstance(key, ast.Binary) and key.op == TEXT_RANK or isinstance(key, ast.Call) and key.name == RRF
    ):
        return (), items
    text = expression_text(key)

    def change(node: object) -> object:
        return ast.Name((RANK,)) if type(node) is type(key) and expression_text(node) == text else node

    changed = rewrite(tuple(items), change)
    rank = (ast.SelectItem(key, RANK),) if changed != tuple(items) else ()
    return rank, [
        replace(new, alias=old.alias or output_name(old.expression))
        for old, new in zip(items, changed, strict=True)
    ]


def _blocks(
    node: object, ctes: frozenset[str], tables: Tables, types: list[Type]
) -> Iterator[tuple[ast.Select, Block]]:
    """Find the outermost vector blocks of a syntax tree, and queries that lock rows; a name of WITH hides a
    table of that name. Raises 0A000 for locks in a query that does not stand by itself."""
    if isinstance(node, tuple):
        for item in node:
            yield from _blocks(item, ctes, tables, types)
        return
    parts = parts_of(type(node))
    if parts is None:
        return
    if isinstance(node, ast.SetOperation):
        for side in node.left, node.right:
            if isinstance(side, ast.Select) and side.locking is not None:
                text = f"{side.locking.clause} is not allowed with UNION/INTERSECT/EXCEPT"
                raise NotSupportedError(text)
    if isinstance(node, ast.Select | ast.Values | ast.SetOperation):
        ctes |= {table.name for table in node.with_}
    if isinstance(node, ast.Select) and is_plain(node):
        source = node.sources[0]
        assert isinstance(source, ast.TableRef)
        plan_of = _plan_alone if node.locking is not None or is_tested(node.where) else plan_block
        block = None if source.name[-1] in ctes else plan_of(_unnumbered(node), tables, types)
        if block is not None:
            yield node, block
            return
    if isinstance(node, ast.Select) and node.locking is not None:
        yield node, _join_with_locks(node, node.locking, ctes, tables, types)
        return
    for name in parts:
        yield from _blocks(getattr(node, name), ctes, tables, types)


def _join_with_locks(
    node: ast.Select, locking: ast.Locking, ctes: frozenset[str], tables: Tables, types: list[Type]
) -> Block:
    """Return the plan of a sub-query that locks rows of more than one table. Raises 0A000."""
    check_form(node, locking)
    before = list(types)
    if not any(ref.name[0] in ctes for ref in nodes_of(node, ast.TableRef)):
        try:
            made = _planned(QueryBinder(tables, types).query(node), tables, types)
            if isinstance(made, plan.RelationalPlan) and made.lock is not None:
                return made
        except NotSupportedError:
            raise
        except Error:  # it is correlated, or wrong
            types[:] = before
    text = f"{locking.clause} in a correlated sub-query, or one that reads a query of WITH, is not supported"
    raise NotSupportedError(text, position=locking.span[0] + 1)


def _unnumbered(node: ast.Select) -> ast.Select:
    """Return a block without the number of its rows."""
    return replace(node, items=node.items[:-1]) if plan.is_numbered(node) else node
