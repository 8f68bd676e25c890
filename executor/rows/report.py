"""What an execution did, for EXPLAIN ANALYZE: of each node of the plan how often, how long, how."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import field
from typing import NamedTuple

from vql.dataclass import dataclass


class SegmentReport(NamedTuple):
    """What a vector search did on one segment; `costs` is what the ways it was chosen from would cost."""

    segment_id: int
    rows: int
    passed: int
    strategy: tuple[object, ...]
    costs: str = ""


class MaskReport(NamedTuple):
    """The index that gave the rows of one segment which pass a predicate."""

    segment_id: int
    rows: int
    passed: int
    index_id: int


class ThreadReport(NamedTuple):
    """How many threads a search of several segments was given, more than one."""

    threads: int


Event = SegmentReport | MaskReport | ThreadReport


@dataclass(slots=True)
class NodeReport:
    """What one node did: `loops` executions that gave so many rows in so long, and their events."""

    loops: int = 0
    rows: int = 0
    ms: float = 0.0
    events: list[Event] = field(default_factory=list)

    def add(self, rows: int, started: float) -> None:
        """Count an execution that began at a time of time.perf_counter()."""
        self.loops += 1
        self.rows += rows
        self.ms += (time.perf_counter() - started) * 1e3


class PlanReport:
    """The reports of a plan's nodes, by the id of the part of the plan."""

    def __init__(self) -> None:
        self._nodes: dict[int, NodeReport] = {}

    def node(self, part: object) -> NodeReport:
        """Return the report of a node."""
        return self._nodes.setdefault(id(part), NodeReport())

    def seen(self, part: object) -> NodeReport | None:
        """Return the report of a node that was executed."""
        found = self._nodes.get(id(part))
        return found if found is not None and found.loops else None


def in_order(events: Sequence[Event], segment_ids: Sequence[int]) -> list[Event]:
    """Return events of one search in the order of segments, what is of none of them first."""
    places = {segment_id: place for place, segment_id in enumerate(segment_ids)}
    return sorted(events, key=lambda each: -1 if isinstance(each, ThreadReport) else places[each.segment_id])
