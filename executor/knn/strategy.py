"""The cost model of a segment's vector search: which family with what effort, or an exact scan.

Every choice is the cheapest of those that promise the recall asked for, by the curves and costs that
were measured when the index was built. Under a mask it is made when the mask is known: by how many
rows pass, and, where they are not spread evenly over the segment, by how many pass where the query
looks. A filter that passes little near the query is far: it is answered with the efforts measured
for such filters, in the lists that hold passing rows, or exactly.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import (
    FAILED_AGAIN,
    FAILED_MAX,
    FAR_BELOW,
    FURTHER_CANDIDATES,
    FURTHER_LISTS,
    MASK_ROW_US,
    MASK_US,
    NEIGHBOURHOOD,
    OUTSIDE_LISTS,
    TELLING_LIST_US,
    TELLING_US,
    TESTED_MAX,
    TESTED_ROW_US,
    TESTED_US,
    UNEVEN_COST,
    UNEVEN_MARGIN,
    UNEVEN_MARGIN_LEAST,
    UNEVEN_QUERIES,
    UNEVEN_SHARE,
    UNUSUAL_MARGIN,
    WITHIN_ID_US,
    WITHIN_LIST_US,
    WITHIN_ROW_US,
    WITHIN_US,
)
from vql.storage.index.dense.families import Level
from vql.storage.index.dense.index import VectorIndex
from vql.storage.index.dense.partition import lists_passing
from vql.storage.index.dense.probe import Probe
from vql.storage.index.dense.tuning import LIST_SAMPLE
from vql.types.forms.ndarrays import F32, F64, I64

CHOICES_KEPT = 256


class Choice(NamedTuple):
    """How to answer: a probe and its effort; no probe but an effort, to compare all rows that pass in as many
    lists; or neither, for the exact scan of all rows that pass. `kind` is "" in the usual case,
    "uneven" where a filter passes more near the query than elsewhere, "thin" where less, "far" where
    little, "outside" where the query lies apart from the rows; `lists` are those to look
    into, in their order, None for the nearest ones; `reach` is how far from a query that lies among the
    rows the last of the nearest that pass is at most, `near_reach` the same by how near the lists are that
    are not looked into; `late` of the hits is expected in the second half of the lists looked into."""

    probe: Probe | None
    level: Level | None
    exact_us: float
    kind: str = ""
    lists: I64 | None = None
    reach: float = math.inf
    late: float = 0.0
    near_reach: float = math.inf


class Tested(NamedTuple):
    """An unfiltered search for some candidates, of which as many have to pass as `level` re-ranks; `reach` as
    of a Choice."""

    probe: Probe
    level: Level
    candidates: int
    reach: float


class Chooser:
    """Chooses for one searcher over an index of `rows` rows; keeps what it has found out."""

    def __init__(self, index: VectorIndex, rows: int) -> None:
        self.index = index
        self.rows = rows
        self.probes = [Probe(family) for family in index.families]
        self._corrections = index.corrections
        self._plain: dict[tuple[float, int], Choice] = {}
        self._choices: dict[tuple[float, int, int, str, int, bool], Choice] = {}
        self._tested: dict[tuple[float, int, int], Tested | None] = {}
        # The share of the searches of late whose tested rows were too few, and searches that would be tested.
        self._failed, self._since_failed = 0.0, 0
        self._uneven: tuple[Mask | None, np.ndarray | None] = (None, None)
        self._partition = index.partition
        self._nearby = np.zeros(self._partition.lists)
        self._nearby[: max(1, int(self._partition.lists * NEIGHBOURHOOD))] = 1
        self._nearby /= self._nearby.sum()
        self._lists = next((probe.family for probe in self.probes if not probe.family.is_graph), None)
        # How many times as many rows as in a list are in one that a row is in.
        sizes = self._partition.sizes
        self._crowding = float(sizes @ sizes) * len(sizes) / max(1.0, float(sizes.sum()) ** 2)

    def plain(self, recall: float, k: int) -> Choice:
        """Return how an unfiltered search is answered."""
        if self._corrections != self.index.corrections:
            self._forget()
        choice = self._plain.get((recall, k))
        if choice is None:
            if len(self._plain) >= CHOICES_KEPT:
                self._plain.clear()
            choice = self._cheapest(recall, k, self.rows, 1.0, "")
            choice = self._plain[recall, k] = choice._replace(reach=self.index.reach_at(k))
        return choice

    def tested(self, recall: float, k: int, rows: int, share: float) -> Tested | None:
        """Return how an unfiltered search finds enough of what an even filter of such a share passes; None
        where it costs less to make a mask of all rows and to search under that, or where the rows found of
        late have mostly been too few."""
        self._since_failed += 1
        if self._failed > FAILED_MAX and self._since_failed % FAILED_AGAIN:
            return None
        if self._corrections != self.index.corrections:
            self._forget()
        step = math.ceil(-4 * math.log2(max(share, 1e-6)))
        key = (recall, k, step)
        if key not in self._tested:
            if len(self._tested) >= CHOICES_KEPT:
                self._tested.clear()
            self._tested[key] = self._find_tested(recall, k, rows, 2.0 ** (-step / 4))
        return self._tested[key]

    def _find_tested(self, recall: float, k: int, rows: int, share: float) -> Tested | None:
        probe = next((probe for probe in self.probes if not probe.family.is_graph), None)
        level = None if probe is None else probe.family.level(recall, k, share)
        if probe is None or level is None:
            return None
        expected = max(level.fetched, k) / share
        # So many that by chance fewer than wanted pass in one search of a hundred.
        candidates = math.ceil(expected + 2.5 * math.sqrt(expected * (1 - share) / share)) + 1
        tested_us = level.microseconds + TESTED_US + candidates * TESTED_ROW_US
        masked = self._choose(recall, k, int(rows * share), share, "")
        masked_us = masked.exact_us if masked.level is None else masked.level.microseconds
        masked_us += TELLING_US + TELLING_LIST_US * self._partition.lists + MASK_US + MASK_ROW_US * rows
        if candidates > TESTED_MAX or tested_us > masked_us:
            return None
        return Tested(probe, level, candidates, self.index.reach_at(k / share))

    def note_tested(self, is_enough: bool) -> None:
        """Enter whether a search without a filter has found enough that passes."""
        self._failed += ((0.0 if is_enough else 1.0) - self._failed) / 16

    def _forget(self) -> None:
        """Choose anew: the curves are read otherwise than they were."""
        self._corrections = self.index.corrections
        self._plain.clear()
        self._choices.clear()
        self._tested.clear()

    def outside(self, mask: Mask | None, query: F32, recall: float, k: int) -> Choice:
        """Return how a query is answered that lies apart from the rows, or from those that pass."""
        passing = self.rows if mask is None else mask.count
        shares = None if mask is None else self._shares(mask)
        if shares is None:
            choice = self._choose(recall, k, passing, 1.0, "outside")
        else:
            choice = self._choose(recall, k, passing, passing / self.rows, "far")
        if by_graph(choice):
            choice = self._outside_by_graph(choice, recall, k, passing)
        if choice.probe is None or choice.level is None or by_graph(choice):
            return choice
        lists = self._lists_by_distance(query)[0]
        if shares is not None:
            lists = lists_passing(lists, shares)
        breadth = max(choice.level.breadth, int(len(lists) * OUTSIDE_LISTS))
        return choice._replace(lists=lists, level=choice.level._replace(breadth=breadth))

    def _outside_by_graph(self, choice: Choice, recall: float, k: int, passing: int) -> Choice:
        """Return the choice of a graph for a query apart from the rows with the effort it takes under a
        filter, of lists or of the exact scan where nothing measured promises that."""
        # Measured without a filter: the k nearest that pass are among so many times as many of all rows.
        among = math.ceil(k * self.rows / passing)
        for probe in sorted(self.probes, key=lambda probe: not probe.family.is_graph):
            wanted = among if probe.family.is_graph else k
            level = probe.family.level(unusual(recall), wanted, 1.0, "outside")
            if level is not None and level.microseconds <= choice.exact_us:
                return choice._replace(probe=probe, level=level)
        return Choice(None, None, choice.exact_us, choice.kind)

    def forced(self, recall: float, k: int, effort: int) -> Choice:
        """Return the choice of a user who names the breadth."""
        choice = self.plain(recall, k)
        probe = choice.probe or self.probes[-1]
        candidates = max(choice.level.candidates if choice.level is not None else 0, 2 * k)
        return Choice(probe, Level(effort, candidates, 0.0, 0.0), choice.exact_us)

    def even(self, mask: Mask, recall: float, k: int) -> Choice:
        """Return the choice under a mask that passes rows everywhere alike."""
        share = mask.count / self.rows
        choice = self._choose(recall, k, mask.count, share, "", mask.is_listed)
        return choice if choice.level is None else choice._replace(reach=self.index.reach_at(k / share))

    def under(self, mask: Mask, query: F32, recall: float, k: int) -> Choice:
        """Return the choice under a mask, for a query (normalised for cosine)."""
        choice = self.even(mask, recall, k)
        if choice.level is None:
            return choice  # so few that an exact scan costs least, wherever they are
        shares = self._shares(mask)
        if shares is not None:
            return self._under_uneven(mask, shares, query, recall, k, by_graph(choice))
        if choice.probe is not None:
            return choice
        probe = self.probes[0]
        probe.prepare(query)
        lists = probe.lists_near(choice.level.breadth)
        return choice._replace(lists=lists, level=choice.level._replace(breadth=len(lists)))

    def together(self, mask: Mask | None, queries: F32, recall: float, k: int) -> Choice:
        """Return how many queries are answered, each as `plain` or `under` says. Where a mask passes more in
        one place than in another, its `kind` tells, and its cost is about what one of them takes."""
        if mask is None:
            return self.plain(recall, k)
        choice = self.even(mask, recall, k)
        if choice.level is None or self._shares(mask) is None:
            return choice
        unit = queries
        if self.index.metric == "cosine":
            unit = queries / np.sqrt(np.vecdot(queries, queries))[:, None]
        some = [self.under(mask, query, recall, k) for query in unit[:: max(1, len(unit) // UNEVEN_QUERIES)]]
        each_us = [c.exact_us if c.level is None else c.level.microseconds for c in some]
        level = choice.level._replace(microseconds=sum(each_us) / len(each_us) * UNEVEN_COST)
        return choice._replace(kind="uneven", level=level)

    def _under_uneven(
        self, mask: Mask, shares: F64, query: F32, recall: float, k: int, graph: bool
    ) -> Choice:
        """Choose where lists pass unlike shares: by the share that passes where neighbours are, and into
        the lists in which, by that and their distance, most of them are to be expected."""
        overall = mask.count / self.rows
        order, away = self._lists_by_distance(query)
        # A list of which nothing sampled passes may hold some rows that do.
        smoothed = (LIST_SAMPLE * shares + overall) / (LIST_SAMPLE + 1)
        passed = smoothed[order]
        near = self._nearby if graph or self._lists is None else self._lists.spread(k, overall, away)
        local = float(near @ passed)
        if local < overall * FAR_BELOW:
            return self._under_far(mask, lists_passing(order, shares), smoothed, recall, k)
        # Few samples tell the share only so well; a share too high would give too little effort.
        doubt = 2 * math.sqrt(local * (1 - min(local, 1.0)) / LIST_SAMPLE * float(near @ near))
        local = max(local - doubt, local / 2)
        # The fewer pass, the less samples tell of where; in steps, so that choices can be kept.
        octaves = math.ceil(2 * math.log2(UNEVEN_SHARE / overall)) / 2
        margin = UNEVEN_MARGIN * 2.0 ** (octaves if octaves > 0 else octaves / 2)
        recall = 1 - (1 - recall) / max(UNEVEN_MARGIN_LEAST, margin)
        kind = "uneven" if local >= overall else "thin"
        reach = self.index.reach_at(k / local)
        choice = self._choose(recall, k, mask.count, local, "", mask.is_listed)
        choice = choice._replace(kind=kind, reach=reach)
        if self._lists is None or choice.level is None or by_graph(choice):
            return choice
        expected = self._lists.spread(k, local, away) * passed
        ranked = np.argsort(-expected)
        reached = np.cumsum(expected[ranked])
        breadth = int(np.searchsorted(reached, recall * reached[-1])) + 1
        choice = self._narrowed(choice, breadth, order[ranked], smoothed, mask)
        if choice.level is None:
            return choice
        late = 1 - float(reached[breadth // 2] / reached[breadth - 1])
        near_reach = math.inf
        if breadth < len(order) and self.index.metric != "inner_product":
            near_reach = self.index.reach_from(k / local, float(away[breadth]))
        return choice._replace(late=late, near_reach=near_reach)

    def _under_far(self, mask: Mask, lists: I64, shares: F64, recall: float, k: int) -> Choice:
        """Choose where little passes near the query, into `lists`; `shares` (lists,) of all pass."""
        overall = mask.count / self.rows
        choice = self._choose(recall, k, mask.count, overall, "far")
        if self._lists is None or by_graph(choice):
            return choice
        level = self._lists.level(unusual(recall), k, overall, "far")
        return choice if level is None else self._narrowed(choice, int(level.breadth), lists, shares, mask)

    def _narrowed(self, choice: Choice, breadth: int, lists: I64, shares: F64, mask: Mask) -> Choice:
        """Return the cheapest way to look into the first lists: the choice's, to compare all of their rows
        that pass, or all that pass anywhere."""
        level, sizes = choice.level, self._partition.sizes[lists[:breadth]]
        probed_us = math.inf
        if choice.probe is not None and level is not None:
            probed_us = level.microseconds * breadth / level.breadth
        passing = float(sizes @ shares[lists[:breadth]])
        within_us = self._within_us(float(sizes.sum()), passing, mask.count if mask.is_listed else self.rows)
        if choice.exact_us <= min(probed_us, within_us):
            return Choice(None, None, choice.exact_us, choice.kind)
        if within_us < probed_us:
            within = Level(breadth, 0, 1.0, within_us)
            return choice._replace(probe=None, level=within, lists=lists)
        assert level is not None
        return choice._replace(level=level._replace(breadth=breadth), lists=lists)

    def _within_us(self, rows: float, passing: float, ids: int) -> float:
        """Return the microseconds of comparing so many passing rows of lists of so many rows, where so many
        ids of passing rows are known, or as many as there are rows where none are."""
        fetched = passing * (self.index.gather_us_per_row + self.index.select_us_per_row)
        picked = min(WITHIN_ROW_US * rows, WITHIN_ID_US * ids)
        return WITHIN_US + WITHIN_LIST_US * self._partition.lists + picked + fetched

    def widened(self, choice: Choice) -> Choice:
        """Return the choice after one whose hits are farther than its lists let expect: many more lists, of
        which none is expected to hold less than others."""
        assert choice.level is not None
        breadth, candidates = (
            choice.level.breadth * FURTHER_LISTS,
            choice.level.candidates * FURTHER_CANDIDATES,
        )
        return choice._replace(level=choice.level._replace(breadth=breadth, candidates=candidates), late=0.0)

    def costs(self, recall: float, k: int, passing: int) -> dict[str, float]:
        """Return the microseconds each family is expected to take where rows pass everywhere alike, infinity
        where it does not promise the recall, and those of the exact scan."""
        share = passing / self.rows
        found = {}
        for probe in self.probes:
            level = probe.family.level(recall, k, share)
            found[probe.family.kind] = math.inf if level is None else level.microseconds
        return {**found, "exact": self._exact_us(passing)}

    def _exact_us(self, passing: int) -> float:
        index = self.index
        fetched = min(passing * index.gather_us_per_row, self.rows * index.scan_us_per_row)
        return fetched + passing * index.select_us_per_row

    def _shares(self, mask: Mask) -> np.ndarray | None:
        """Return the share of each list that passes, None where all pass alike; the last is kept."""
        if self._uneven[0] is not mask:
            even, shares = self._pass_shares(mask)
            self._uneven = (mask, None if even else shares)
        return self._uneven[1]

    def _pass_shares(self, mask: Mask) -> tuple[bool, F64]:
        """Return whether a mask passes rows everywhere alike, and the share of each list that it passes: by
        counting where its offsets are known, else by samples."""
        overall = mask.count / self.rows
        if mask.is_listed and mask.count < self._partition.sample.size:
            counts = np.bincount(self.index.assignment.take(mask.listed), minlength=self._partition.lists)
            shares = self._partition.counted(counts)
            return self._partition.is_even(shares, overall, counted=True), shares
        shares = self._partition.shares(mask.bits)
        return self._partition.is_even(shares, overall), shares

    def _lists_by_distance(self, query: F32) -> tuple[I64, F32]:
        """Return all lists, nearest to a query first, and how far they are, squared."""
        probe = self.probes[0]
        probe.prepare(query)
        near = probe.near()
        order = near.argsort()
        return order, near[order]

    def _choose(
        self, recall: float, k: int, passing: int, share: float, kind: str, listed: bool = False
    ) -> Choice:
        """Return the cheapest way by the curves; shares are rounded so that choices can be kept."""
        if self._corrections != self.index.corrections:
            self._forget()
        # Four steps an octave, downwards: never less effort than the share itself would get.
        step = 0 if share >= 1.0 else math.ceil(-4 * math.log2(max(share, 1e-6)))
        bucket = math.ceil(16 * math.log2(max(1, passing)))
        key = (recall, k, step, kind, bucket, listed)
        choice = self._choices.get(key)
        if choice is None:
            rounded = 1.0 if step == 0 else 2.0 ** (-step / 4)
            choice = self._cheapest(recall, k, passing, rounded, kind, listed)
            if len(self._choices) >= CHOICES_KEPT:
                self._choices.clear()
            self._choices[key] = choice
        return choice

    def _cheapest(
        self, recall: float, k: int, passing: int, share: float, kind: str, listed: bool = False
    ) -> Choice:
        exact_us = self._exact_us(passing)
        best = Choice(None, None, exact_us, kind)
        least = exact_us
        if share < 1.0:
            least -= TELLING_US + TELLING_LIST_US * self._partition.lists
        if kind:
            recall = unusual(recall)
        elif share < 1.0 and self._lists is not None:
            breadth = self._lists.lists_holding(recall, k, share)
            if breadth is not None:
                rows = min(float(self.rows), self.rows * self._crowding * breadth / self._partition.lists)
                within_us = self._within_us(rows, rows * share, passing if listed else self.rows)
                if within_us < least:
                    best, least = Choice(None, Level(breadth, 0, recall, within_us), exact_us), within_us
        for probe in self.probes:
            level = probe.family.level(recall, k, share, kind)
            if level is not None and level.microseconds < least:
                best, least = Choice(probe, level, exact_us, kind), level.microseconds
        return best


def by_graph(choice: Choice) -> bool:
    """Whether a graph is asked."""
    return choice.probe is not None and choice.probe.family.is_graph


def unusual(recall: float) -> float:
    """Return the recall to ask of curves of queries and filters of one's own making, which only stand for
    those that come."""
    return 1 - (1 - recall) / UNUSUAL_MARGIN
