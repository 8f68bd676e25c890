"""What a search of one segment is asked to keep, and what it gives."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from vql.executor.knn.scans.mask import Mask
from vql.types.forms.ndarrays import F64, I64, Bools

# The kind of filter whose rows are tested when they are found.
AT_HITS = "tested at the hits"


class Contract(NamedTuple):
    """What a search owes, whoever asks.

    Whatever these say, min(k, passing rows) rows come back with exact distances, ties in the order of
    rows. `recall` is the share of the true nearest that an index has to reach on average; `effort`, where
    given, is its breadth instead of what its measured curve says. `exact` leaves indexes out.
    `index_only_rows` leaves out rows without a distance, as pgvector's index scans do.
    """

    recall: float
    effort: int | None = None
    exact: bool = False
    index_only_rows: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether no index may miss any of the nearest."""
        return self.exact or (self.recall >= 1.0 and self.effort is None)


class Test(Protocol):
    """A filter of which no mask is made as yet: whether rows pass, about which share of `rows` does, and the
    mask."""

    rows: int
    share: float

    def passes(self, offsets: I64) -> Bools: ...

    def mask(self) -> Mask: ...


class Hits(NamedTuple):
    """The nearest rows by (distance, offset): float64 distances as SQL gives them, int64 offsets.

    Rows without a distance come last, NaN, then the `nulls` ones whose vector is NULL. Where only the
    order was asked for, `distances` may be empty; `last` is that of the last hit, in that case to float32's
    precision. `strategy` is a name, or (family, breadth, candidates, kind of filter).
    """

    distances: F64
    offsets: I64
    strategy: tuple[object, ...]
    last: float = math.nan
    nulls: int = 0
