"""ts_rank and ts_rank_cd."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vql.errors import DataError
from vql.fulltext.ranking import WEIGHTS, checked_weights, rank, rank_by_covers
from vql.functions.arrays.arrays import Array
from vql.functions.declare import function
from vql.types.arrays.dimensions import dimensions_of
from vql.types.search.tsquery import Query, tsquery_of
from vql.types.search.tsvector import Lexemes, lexemes_of

Compute = Callable[[Lexemes, Query, Sequence[float], int], float]
USUAL = checked_weights(WEIGHTS)


def _weights(given: Array) -> tuple[float, ...]:
    if len(dimensions_of(given)) != 1:
        raise DataError("array of weight must be one-dimensional", sqlstate="2202E")
    return checked_weights(given)


def _declare(name: str, compute: Compute) -> None:
    @function(f"{name}(tsvector, tsquery) -> real")
    def of_vector(vector: str, query: str) -> float:
        return compute(lexemes_of(vector), tsquery_of(query), USUAL, 0)

    @function(f"{name}(tsvector, tsquery, integer) -> real")
    def normalized(vector: str, query: str, method: int) -> float:
        return compute(lexemes_of(vector), tsquery_of(query), USUAL, method)

    @function(f"{name}(real[], tsvector, tsquery) -> real")
    def weighted(weights: Array, vector: str, query: str) -> float:
        return compute(lexemes_of(vector), tsquery_of(query), _weights(weights), 0)

    @function(f"{name}(real[], tsvector, tsquery, integer) -> real")
    def weighted_normalized(weights: Array, vector: str, query: str, method: int) -> float:
        return compute(lexemes_of(vector), tsquery_of(query), _weights(weights), method)


_declare("ts_rank", rank)
_declare("ts_rank_cd", rank_by_covers)
