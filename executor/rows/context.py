"""What one execution of a statement reads: a snapshot, parameters, the search contract, caches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from vql.dataclass import dataclass
from vql.deadline import watched
from vql.executor.knn.scans.contract import Contract
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.report import NodeReport, PlanReport, ThreadReport
from vql.executor.rows.settled import Settled
from vql.executor.rows.threads import Helpers, threads_for
from vql.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from vql.executor.knn.fragment import Checks, Searchers
    from vql.executor.rows.mask_cache import MaskCache
    from vql.storage.transactions.transaction import Transaction


Found = TypeVar("Found")


class Rows(Protocol):
    """Rows that were found."""

    @property
    def rows(self) -> int: ...


Selected = TypeVar("Selected", bound=Rows)


@dataclass(slots=True)
class Context:
    """One execution, on `snapshot`, and of parts of it on `others`, by the number of their moment.

    `searchers` are the session's, `masks` the process's cache of predicate masks; `checks` says which
    answers of an index are compared with the exact one. `reports`, where there are any, collect what
    each node of the plan does, `report` is that of the node at work. Up to `threads` threads, with the
    help of `helpers`, do the work of several segments. A statement that is kept has one context for all its
    executions; `kept` holds what its operators share between them, by the id of the part of the plan that
    they hold. `transaction` takes the locks of a statement that locks rows.
    `path` is the session's search path. `constants` are worked out where no row was.
    """

    snapshot: Snapshot
    evaluator: Evaluator
    contract: Contract
    searchers: Searchers
    masks: MaskCache
    checks: Checks
    reports: PlanReport | None = None
    report: NodeReport | None = None
    threads: int = 1
    helpers: Helpers | None = None
    kept: dict[int, object] = field(default_factory=dict)
    transaction: Transaction | None = None
    others: tuple[Snapshot, ...] = ()
    path: tuple[str, ...] = ()
    constants: Settled = ()

    def at(self, number: int | None) -> Context:
        """Return the execution of a part: at the statement's moment, or at another one."""
        return self if number is None else replace(self, snapshot=self.others[number])

    def measured(self, access: object, run: Callable[[], Selected]) -> Selected:
        """Run a way to rows and note in the reports what it does under its part of the plan."""
        assert self.reports is not None, "reports are wanted"
        report, outer = self.reports.node(access), self.report
        if report is outer:
            return run()  # a search that asks itself for more
        self.report, started = report, time.perf_counter()
        try:
            found = run()
            report.add(found.rows, started)
            return found
        finally:
            self.report = outer

    def side_by_side(self, pieces: Sequence[Callable[[], Found]], costs_us: Sequence[float]) -> list[Found]:
        """Do the work of each segment and return what each gives, on several threads where by these costs
        that is faster. Pieces must not share what they write."""
        threads = 1 if self.helpers is None else threads_for(costs_us, self.threads)
        if threads == 1:
            return [piece() for piece in watched(pieces, 2)]
        assert self.helpers is not None
        if self.report is not None:
            self.report.events.append(ThreadReport(threads))
        # The longest first, so that no thread begins it when the others are about to end.
        order = sorted(range(len(pieces)), key=lambda number: -costs_us[number])
        found = dict(zip(order, self.helpers.run([pieces[i] for i in order], threads), strict=True))
        return [found[number] for number in range(len(pieces))]
