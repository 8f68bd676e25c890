"""What one execution of a statement reads: a snapshot, parameters, the search contract, caches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.threads import Helpers, threads_for
from vql.language import plan
from vql.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from vql.executor.knn.recall_check import RecallChecker
    from vql.executor.knn.searcher import Searcher
    from vql.executor.rows.mask_cache import MaskCache
    from vql.executor.shapes.nearest import NearestSearch


Found = TypeVar("Found")


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


class ThreadReport(NamedTuple):
    """How many threads a search of several segments was given, more than one."""

    threads: int


Report = SegmentReport | MaskReport | ThreadReport


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
    segment's search did. Up to `threads` threads, with the help of `helpers`, do the work of several
    segments. A statement that is kept has one context for all its executions; `searches`
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
    report: list[Report] | None = None
    threads: int = 1
    helpers: Helpers | None = None
    searches: dict[int, NearestSearch] = field(default_factory=dict)
    predicates: dict[int, PreparedPredicate] = field(default_factory=dict)

    def restart(self, snapshot: Snapshot, parameters: Sequence[object]) -> None:
        """Begin another execution of the same statement."""
        self.snapshot = snapshot
        self.evaluator.restart(parameters)

    def side_by_side(self, pieces: Sequence[Callable[[], Found]], costs_us: Sequence[float]) -> list[Found]:
        """Do the work of each segment and return what each gives, on several threads where by these costs
        that is faster. Pieces must not share what they write."""
        threads = 1 if self.helpers is None else threads_for(costs_us, self.threads)
        if threads == 1:
            return [piece() for piece in pieces]
        assert self.helpers is not None
        if self.report is not None:
            self.report.append(ThreadReport(threads))
        # The longest first, so that no thread begins it when the others are about to end.
        order = sorted(range(len(pieces)), key=lambda number: -costs_us[number])
        found = dict(zip(order, self.helpers.run([pieces[i] for i in order], threads), strict=True))
        return [found[number] for number in range(len(pieces))]
