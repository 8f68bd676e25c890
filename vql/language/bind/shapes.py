"""The shapes of a vector search beside the plain nearest rows: which one a bound SELECT has.

A range is a condition on a distance, a fusion an order by several distances together; a statement
may also ask for the nearest of each group. What is found here says only how indexes may help: the
predicate and the order of the plan alone say what the answer is.
"""

from __future__ import annotations

from dataclasses import replace

from vql.errors import NotSupportedError, ProgrammingError
from vql.language import plan
from vql.language.bind.scalars import MIRRORED

BELOW = {"<", "<="}
SINGLE_VALUES = plan.Constant | plan.Parameter | plan.SubqueryValue | plan.SubqueryExpression


def with_search(node: plan.SelectPlan, group: tuple[plan.ColumnRead, plan.Scalar] | None) -> plan.SelectPlan:
    """Return the plan with the search that answers it, where it is not a plain one."""
    _check_rank_fusion(node)
    found: plan.Search | None = None
    if group is not None:
        if node.nearest is None:
            raise NotSupportedError("LIMIT ... PER is supported for an ORDER BY one distance")
        found = plan.GroupSearch(replace(node, limit=None, offset=None), *group)
        return replace(node, search=found)
    if node.order and node.limit is not None and not node.distinct:
        found = _fusion(node)
    if found is None and not node.distinct:
        found = _range(node)
    return node if found is None else replace(node, search=found)


def near_plan(
    node: plan.SelectPlan, distance: plan.Distance, predicate: plan.Predicate | None
) -> plan.SelectPlan:
    """Return the search of the nearest rows by one distance; its order is the statement's own
    where that begins with the distance."""
    own = node.order and node.nearest == distance
    key = plan.OrderKey(distance, distance.sign < 0, False)
    order = node.order if own else (key,)
    return plan.SelectPlan(node.table, (), predicate, order, nearest=distance)


def conjuncts_of(predicate: plan.Predicate | None) -> list[plan.Predicate]:
    """Return the operands of a tree of ANDs, left to right."""
    match predicate:
        case None:
            return []
        case plan.And(items=items):
            return [inner for item in items for inner in conjuncts_of(item)]
    return [predicate]


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
    items = conjuncts_of(node.predicate)
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
    rest = [item for item in items if item not in conditions]
    predicate = None if not rest else rest[0] if len(rest) == 1 else plan.And(tuple(rest))
    return plan.RangeSearch(near_plan(node, distance, predicate), conditions, ceilings, tuple(alike))


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
        legs = key.scalar.legs
    elif isinstance(key.scalar, plan.Arithmetic) and _is_linear(key.scalar):
        if key.nulls_first and not key.descending:
            return None
        legs = tuple(sorted(distances_in(key.scalar), key=lambda d: (d.position, d.metric)))
    else:
        return None
    return plan.FusedSearch(tuple(near_plan(node, leg, node.predicate) for leg in legs)) if legs else None


def _is_linear(scalar: plan.Scalar) -> bool:
    """Whether an expression is a sum of distances times values, and values."""
    match scalar:
        case plan.Distance():
            return True
        case plan.Arithmetic(op="*", left=left, right=right):
            return (isinstance(left, SINGLE_VALUES) and _is_linear(right)) or (
                isinstance(right, SINGLE_VALUES) and _is_linear(left)
            )
        case plan.Arithmetic(left=left, right=right):
            return _is_linear(left) and _is_linear(right)
    return isinstance(scalar, SINGLE_VALUES)


def _check_rank_fusion(node: plan.SelectPlan) -> None:
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
