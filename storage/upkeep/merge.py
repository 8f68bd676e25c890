"""Merging: segments of like size become one, and rows that nobody can see any more go.

Tiers as in LSM trees: a row is rewritten a logarithmic number of times, a table of n rows keeps
O(log n) segments. The swap's inputs are the segments of the run; deletes that come meanwhile are
frames that name row ids, so they hold for the new segment as for the old ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vql import schema
from vql.limits import SEGMENT_BLOB_BYTES_MAX
from vql.storage.files.failpoint import failpoint
from vql.storage.segments.segment import SealedSegment
from vql.storage.store import Store
from vql.storage.swap import Replace, swap
from vql.storage.upkeep.rewrite import write_rows

MERGE_FACTOR = 4
# A segment is rewritten alone once this share of its rows has expired; else it waits for a merge.
EXPIRED_SHARE_MIN = 0.1


def merge(store: Store, table: schema.Table, horizon: int) -> None:
    """Merge segments of like size into one, smallest first, and rewrite those that have expired."""
    while (run := find_run(store.contents(table.table_id).sealed)) is not None:
        replace_segments(store, table, run, horizon)
    for segment in store.contents(table.table_id).sealed:
        expired = len(segment.tombstones.done_by(horizon))
        if expired and expired >= segment.rows * EXPIRED_SHARE_MIN:
            replace_segments(store, table, [segment], horizon)


def replace_segments(store: Store, table: schema.Table, run: Sequence[SealedSegment], horizon: int) -> None:
    """Put one segment in the place of several, without the rows that nobody can see."""
    record, forgotten = write_rows(store, table.table_id, run, horizon)
    failpoint("before-merge-commit")
    inputs = [segment.segment_id for segment in run]
    swap(store, Replace(table.table_id, (), inputs, record, forgotten))


def find_run(segments: Sequence[SealedSegment]) -> list[SealedSegment] | None:
    """Return the segments to merge: the most of the smallest, at least MERGE_FACTOR of them, that
    together hold twice the rows of the largest among them, so that a row is rewritten a
    logarithmic number of times and a table of n rows keeps O(log n) segments."""
    by_size = sorted(segments, key=lambda segment: segment.rows)
    found, total = 0, 0
    for count, segment in enumerate(by_size, 1):
        total += segment.rows
        if widest_bytes(by_size[:count]) > SEGMENT_BLOB_BYTES_MAX:
            break
        if count >= MERGE_FACTOR and total >= 2 * segment.rows:
            found = count
    return by_size[:found] if found else None


def widest_bytes(run: Sequence[SealedSegment]) -> int:
    """Return the size of the largest blob of merged segments."""
    sizes: Counter[str] = Counter()
    for segment in run:
        sizes.update({name: length for name, (_, length, _) in segment.record["blobs"].items()})
    return max(sizes.values())
