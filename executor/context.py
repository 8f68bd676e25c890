"""What one execution of a statement reads: a snapshot, parameters, the search contract, caches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from vql.executor.evaluate import Evaluator
from vql.language import plan
from vql.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from vql.executor.masks import MaskCache
    from vql.executor.nearest import NearestSearch
    from vql.executor.recall_check import RecallChecker
    from vql.executor.searchers import Searcher


class SegmentReport(NamedTuple):
    """What a vector search did on one segment."""

    segment_id: int
    rows: int
    passed: int
    strategy: tuple[object, ...]


class MaskReport(NamedTuple):
    """The index that gave the rows of one segment which pass a predicate."""

    segment_id: int
    rows: int
    passed: int
    index_id: int


class PreparedPredicate(NamedTuple):
    """A predicate, the one object that stands for all equal to it, and the parameters it reads
    (None: its masks must not be kept)."""

    predicate: plan.Predicate | None
    canonical: plan.Predicate | None
    parameters: tuple[int, ...] | None


@dataclass(slots=True)
class Context:
    """One execution.

    `searchers` is the session's cache of searchers by (segment, position, metric); `masks`
    the process's cache of predicate masks; `checker` gives the thread that is handed one in `check_every`
    answers of an index (0: none). `report`, where there is one, collects what each
    segment's search did. A statement that is kept has one context for all its executions; `searches`
    and `predicates` keep what they share, by the id of a part of the plan, which they hold.
    """

    snapshot: Snapshot
    evaluator: Evaluator
    recall: float
    effort: int | None
    index_only_rows: bool
    searchers: dict[tuple[int, int, str], tuple[object, Searcher]]
    masks: MaskCache
    exact: bool = False
    check_every: int = 0
    checker: Callable[[], RecallChecker] | None = None
    report: list[SegmentReport | MaskReport] | None = None
    searches: dict[int, NearestSearch] = field(default_factory=dict)
    predicates: dict[int, PreparedPredicate] = field(default_factory=dict)

    def restart(self, snapshot: Snapshot, parameters: Sequence[object]) -> None:
        """Begin another execution of the same statement."""
        self.snapshot = snapshot
        self.evaluator.restart(parameters)
