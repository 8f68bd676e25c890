"""A condition that is tested on the rows a search finds, instead of on all rows before it.

A mask of a segment costs a look at each of its rows; where a good part of them passes, a search finds as
many that do by asking for a few more. What it finds is tested here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vql.executor.knn.scans.mask import Mask
from vql.executor.rows.evaluate import Evaluator
from vql.executor.rows.sources import RowSource
from vql.language import plan
from vql.storage.segments.segment import Segment
from vql.types.forms.ndarrays import I64, Bools


class RowTest:
    """Whether rows of one segment are visible and pass, in one execution.

    `share` is the part of all rows that does, as far as an index or a sample of them tells; `mask` makes the
    mask of all that do.
    """

    def __init__(
        self,
        predicate: plan.Predicate | None,
        segment: Segment,
        visible: Bools | None,
        evaluator: Evaluator,
        make_mask: Callable[[], Mask],
    ) -> None:
        self.rows = segment.rows
        self.share = 1.0
        self.mask = make_mask
        self._predicate = predicate
        self._segment = segment
        self._visible = visible
        self._evaluator = evaluator

    def passes(self, offsets: I64) -> Bools:
        """Return whether each of some rows (n,) passes."""
        visible = None if self._visible is None else self._visible[offsets]
        if self._predicate is None:
            return np.ones(len(offsets), np.bool_) if visible is None else visible
        passed = self._evaluator.predicate(self._predicate, RowSource(self._segment, offsets)).true
        return passed if visible is None else passed & visible
