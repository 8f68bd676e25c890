"""What a search of one segment's column can do, whatever its type and its index."""

from __future__ import annotations

from typing import Any, Protocol

from vql.executor.knn.recall_check import RecallChecker
from vql.executor.knn.scans.contract import Hits, Test
from vql.executor.knn.scans.mask import Mask
from vql.types.forms.ndarrays import I64


class Searcher(Protocol):
    """k-NN over one segment's column by one metric; a query is a canonical value of its type.

    `index` is an index that may miss neighbours, or None; `scans` says whether it would not be used;
    `search_tested` answers as `search` does by testing the rows it finds, None where a mask is of more use,
    always where not `takes_tests`;
    `cost_us` is about what a search takes, in microseconds, `costs` what each way would; `within` leaves
    out of some rows those that are farther than a bound, as far as that is quick to tell.
    """

    index: Any

    @property
    def takes_tests(self) -> bool: ...

    def search(
        self,
        query: Any,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits: ...

    def search_tested(
        self, query: Any, k: int, recall: float, test: Test, order_only: bool = False
    ) -> Hits | None: ...

    def search_batch(
        self,
        queries: Any,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
    ) -> list[Hits]: ...

    def watch(self, checker: RecallChecker | None, every: int) -> None: ...

    def scans(self, k: int, recall: float) -> bool: ...

    def cost_us(self, k: int, recall: float, mask: Mask | None, exact: bool) -> float: ...

    def costs(self, k: int, recall: float, passing: int) -> str: ...

    def within(self, query: Any, bound: float, offsets: I64) -> I64: ...

    def without_distance(self, mask: Mask | None) -> I64: ...


class ExactSearcher(Searcher, Protocol):
    """A searcher that an index can hand candidates.

    `with_distance` leaves out of a mask the rows without a distance; `has_no_direction` says whether every
    distance to a query is NaN; `finish` keeps the k nearest of some distinct offsets, sorted.
    """

    rows: int

    def with_distance(self, mask: Mask | None) -> Mask | None: ...

    def has_no_direction(self, query: Any) -> bool: ...

    def finish(self, query: Any, offsets: I64, k: int, strategy: tuple[object, ...]) -> Hits: ...
