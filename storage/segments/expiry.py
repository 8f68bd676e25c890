"""Rows that expire: WITH (ttl = ..., ttl_column = ...) hides a row once its column is so far in the past.

A snapshot sees a segment of such a table without the rows that have expired by its moment, as a transaction
sees one without the rows that it has deleted, so that whatever reads tables agrees. Maintenance deletes them
later. NULL never expires. No state but what a segment keeps: the moments of its rows in order.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vql import schema
from vql.constraints import Expiry, expiry_of
from vql.storage.segments.segment import OverlaidSegment, Segment
from vql.types.forms.ndarrays import I64

# Moments of more rows are put in order, once a segment.
SORTED_MIN = 4_096


class ExpiredSegment(OverlaidSegment):
    """A segment without the rows at some offsets, which rise."""

    def __init__(self, base: Segment, offsets: I64) -> None:
        super().__init__(base, base.row_ids(offsets))
        self._deleted = offsets


def without_expired(
    segments: tuple[Segment, ...], table: schema.Table, moment_us: int
) -> tuple[Segment, ...]:
    """Return segments of a table without the rows that have expired by a moment."""
    expiry = expiry_of(table.options)
    if expiry is None:
        return segments
    found = [expired_in(segment, table, expiry, moment_us) for segment in segments]
    return tuple(
        ExpiredSegment(segment, offsets) if len(offsets) else segment
        for segment, offsets in zip(segments, found, strict=True)
    )


def expired_in(segment: Segment, table: schema.Table, expiry: Expiry, moment_us: int) -> I64:
    """Return the offsets of the rows of a segment that have expired by a moment, in order."""
    position = table.position(expiry.column)
    definition = table.columns[position]
    bound = (moment_us - expiry.after_us) // definition.type.base.moment_unit_us
    if segment.rows < SORTED_MIN:
        column = segment.column(position)
        old = column.data <= bound
        return np.flatnonzero(old if column.valid is None else old & column.valid)
    kept = segment.moments.get(definition.column_id)
    if kept is None:
        column = segment.column(position)
        there = np.arange(segment.rows) if column.valid is None else np.flatnonzero(column.valid)
        order = there[np.argsort(column.data[there], kind="stable")]
        kept = segment.moments[definition.column_id] = (column.data[order], order)
    moments, order = kept
    return np.sort(order[: np.searchsorted(moments, bound, "right")])


def is_expired(segments: Iterable[Segment], row_id: int, version: int) -> bool:
    """Whether a row is hidden in some segments because it has expired, and is there at a version."""
    for segment in segments:
        at = segment.find_row(row_id) if isinstance(segment, ExpiredSegment) else -1
        if isinstance(segment, ExpiredSegment) and at >= 0 and segment.base.is_visible(at, version):
            return not segment.is_visible(at, version)
    return False


def hidden_rows(segments: Iterable[Segment], version: int) -> I64:
    """Return the ids of the rows of some segments that are hidden as they have expired, and are there at a
    version."""
    found = [np.empty(0, np.int64)]
    for segment in segments:
        if isinstance(segment, ExpiredSegment):
            offsets, visible = segment.deleted, segment.base.visible(version)
            found.append(segment.row_ids(offsets if visible is None else offsets[visible[offsets]]))
    return np.concatenate(found)
