"""Orders by several distances together: weighted sums and reciprocal rank fusion.

A weighted sum is exact where its legs are: the rows that any leg proposes are given their exact sums,
and the answer stands when the k-th best of them is below the sum of the legs' last distances, which
no row that no leg has proposed can be below (the threshold algorithm of Fagin, Lotem and Naor,
"Optimal aggregation algorithms for middleware", 2003). Until then every leg is asked for more.

Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009) is defined by ranks: each leg ranks the
statement's rows by (distance, row id) to a depth; a row at rank i of a leg gets weight / (k + i) from it,
a row that is not among them nothing. Scores do not depend on LIMIT and OFFSET.
"""

from __future__ import annotations

import math

import numpy as np

from vql.errors import DataError, InvalidParameterValue
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_arrays, sort_selection, window
from vql.executor.shapes.nearest import NearestSearch
from vql.executor.shapes.rounds import rounds
from vql.executor.shapes.scan import passing
from vql.executor.shapes.words import matching_texts
from vql.language import plan
from vql.types.forms.ndarrays import F64, I64, sorted_distinct

DEPTH = 100


def run_weighted(
    node: plan.SelectPlan, search: plan.FusedSearch, context: Context, limit: int, offset: int
) -> Selection | None:
    """Return the first rows by a weighted sum of distances; None where the exact way has to answer."""
    wanted = limit + offset
    key = node.order[0]
    linear = _linear(key.scalar, context.evaluator)
    if linear is None or wanted == 0:
        return None
    flip = -1.0 if key.descending else 1.0
    constant = flip * linear.pop(None, 0.0)
    weights = {distance: flip * weight for distance, weight in linear.items() if weight}
    legs = []
    for leg in search.legs:
        assert leg.nearest is not None
        if leg.nearest not in weights:
            continue
        found = NearestSearch.of(leg, context)
        query = context.evaluator.value(leg.nearest.query)
        # Rows without a distance come last in a leg; in a descending sum they come first.
        if query is None or (key.descending and found.lacks_distances(context)):
            return None
        legs.append((found, query, weights[leg.nearest]))
    if not legs or not all(weight > 0 and math.isfinite(weight) for weight in weights.values()):
        return None
    for count in rounds(2 * wanted, legs[0][0].rows(context)):
        lists = [leg.run(context, query, count, 0) for leg, query, _ in legs]
        union = Selection(node.table, _union(lists), None)
        ordered = sort_selection(node.order, union, context)
        if any(found.rows < count for found in lists):
            return window(ordered, offset, limit)
        last = window(ordered, wanted - 1, 1)
        worst = context.evaluator.scalar(key.scalar, SelectionSource(last)).values()[0]
        threshold = constant + sum(
            weight * found.last_rank() for found, (_, _, weight) in zip(lists, legs, strict=True)
        )
        if worst is not None and flip * float(worst) < threshold:  # type: ignore[arg-type]
            return window(ordered, offset, limit)
    return None


def _linear(scalar: plan.Scalar, evaluator: Evaluator) -> dict[plan.Distance | None, float] | None:
    """Return the weight of each distance of a linear expression, nearer smaller, and the constant
    under None; None where a value of it is NULL."""
    match scalar:
        case plan.Distance(sign=sign):
            # The weight is that of the distance itself, whose positive form is its negative.
            return {scalar: float(sign)}
        case plan.Arithmetic(op=op, left=left, right=right):
            a, b = _linear(left, evaluator), _linear(right, evaluator)
            if a is None or b is None:
                return None
            if op == "*":
                many, factor = (b, a[None]) if set(a) == {None} else (a, b[None])
                return {distance: weight * factor for distance, weight in many.items()}
            turn = -1.0 if op == "-" else 1.0
            return {d: a.get(d, 0.0) + turn * b.get(d, 0.0) for d in {**a, **b}}
    value = evaluator.value(scalar)
    return None if value is None else {None: float(value)}  # type: ignore[arg-type]


def _union(lists: list[Selection]) -> tuple[Part, ...]:
    """Return the rows of all lists, each once."""
    offsets: dict[int, tuple[Part, list[I64]]] = {}
    for selection in lists:
        for part in selection.parts:
            offsets.setdefault(id(part.segment), (part, []))[1].append(part.offsets)
    return tuple(
        Part(part.segment, sorted_distinct(np.concatenate(found))) for part, found in offsets.values()
    )


# ------------------------------------------------------------------ reciprocal ranks


def run_rank_fusion(
    node: plan.SelectPlan, search: plan.FusedSearch, context: Context, limit: int, offset: int
) -> Selection:
    """Return the first rows by rrf(), with their scores."""
    fusion = node.order[0].scalar
    assert isinstance(fusion, plan.RankFusion)
    constant, weights, depth = _options(fusion, context.evaluator)
    wanted = limit + offset
    lists, ranked = [], []  # of each leg: its rows; their ids nearest first, and its weight
    for leg in search.legs:
        ranking = leg.ranking
        assert isinstance(ranking, plan.Distance | plan.TextRank), "a leg has one"
        query = context.evaluator.value(ranking.query)
        if query is None:
            continue  # nothing is near or far: nothing is ranked
        if isinstance(ranking, plan.TextRank):
            found = matching_texts(leg, ranking, context, depth)
        else:
            found = NearestSearch.of(leg, context).run(context, query, depth, 0)
        lists.append(found)
        ranked.append((_ranked_ids(found), weights[search.legs.index(leg)]))
    scored = [known for known, weight in ranked if weight > 0]
    enough = len(sorted_distinct(np.concatenate(scored))) >= wanted if scored else False
    # Rows that no leg ranks come last, with a score of 0.
    union = Selection(node.table, _union(lists), None) if enough else passing(node, context)
    ids = union.row_ids()
    sorter = np.argsort(ids)
    scores = np.zeros(len(ids))
    for known, weight in ranked:
        scores[sorter[np.searchsorted(ids, known, sorter=sorter)]] += weight / (
            constant + np.arange(1, len(known) + 1)
        )
    source = SelectionSource(union)
    arrays: list[np.ndarray] = [ids]
    for key in reversed(node.order[1:]):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, source), key)
    ordered = union.reordered(np.lexsort([*arrays, -scores]))
    return window(ordered._replace(ranking=fusion, ranks=-scores), offset, limit)


def _options(fusion: plan.RankFusion, evaluator: Evaluator) -> tuple[float, F64, int]:
    """Return rrf's k, weights and depth. Raises 22023."""
    constant = evaluator.value(fusion.constant)
    if constant is None or not float(constant) >= 0:  # type: ignore[arg-type]
        raise InvalidParameterValue("k of rrf must be 0 or more")
    depth = DEPTH if fusion.depth is None else evaluator.value(fusion.depth)
    if depth is None or int(depth) < 1:  # type: ignore[call-overload]
        raise InvalidParameterValue("depth of rrf must be 1 or more")
    given = None if fusion.weights is None else evaluator.value(fusion.weights)
    if fusion.weights is None:
        weights = np.ones(len(fusion.legs))
    else:
        assert given is None or isinstance(given, list | tuple)
        try:
            weights = np.array([float(item) for item in given or ()])
        except (TypeError, ValueError):
            raise DataError("weights of rrf must be numbers", sqlstate="22P02") from None
        if len(weights) != len(fusion.legs) or not (np.isfinite(weights) & (weights >= 0)).all():
            raise InvalidParameterValue(
                f"rrf of {len(fusion.legs)} distances takes as many weights, finite and not negative"
            )
    return float(constant), weights, int(depth)  # type: ignore[arg-type, call-overload]


def _ranked_ids(found: Selection) -> I64:
    """Return the row ids of a leg's rows that have a distance, nearest first."""
    ranks = found.ordered_ranks()
    return found.row_ids()[: len(ranks) - int(np.isnan(ranks).sum())]
