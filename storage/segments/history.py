"""What has been committed: versions with their times and rows, and the names that snapshots have.

Nothing is written for it. A commit's record names the tables it touched; how many rows it made and ended is
counted in the versions that segments keep of their rows, by binary search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.deadline import watched
from vql.storage.files.metastore import Metastore, key, numbers
from vql.storage.segments.segment import Segment
from vql.types.forms.ndarrays import I64

# What is known of a table, there or dropped: its last definition, the version from which on its history is
# whole, its segments. None of what is no table, or cannot be read.
KnownTable = tuple[schema.Table, int, tuple[Segment, ...]]


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A snapshot's name and what it holds; version and time are None till its transaction commits."""

    name: str
    version: int | None
    time_us: int | None


@dataclass(frozen=True, slots=True)
class CommittedVersion:
    """A commit: the tables that it touched, by their present names, and how many rows it made and ended,
    None where that is forgotten."""

    version: int
    time_us: int
    tables: tuple[schema.Table, ...]
    inserted: int | None
    deleted: int | None


class History:
    """The commits of one store; `own` says of names that an open transaction gives (True) and drops."""

    def __init__(
        self,
        metastore: Callable[[], Metastore],
        known: Callable[[int], KnownTable | None],
        own: Mapping[str, bool] | None = None,
    ) -> None:
        self._metastore = metastore
        self._known = known
        self._own = own or {}

    def named_by(self, own: Mapping[str, bool]) -> History:
        """Return the same as a transaction sees it that gives names and drops them."""
        return History(self._metastore, self._known, own) if own else self

    def snapshots(self) -> Iterator[NamedVersion]:
        """Yield the named snapshots in the order of their names."""
        with self._metastore().read() as batch:
            found = {raw.decode(): numbers(at)[0] for raw, at in batch.range("snapshots", b"")}
            times = {v: numbers((batch.get("commits", key(v)) or key(0))[:8])[0] for v in found.values()}
        for name in sorted({*found, *self._own}):
            if name not in self._own:
                yield NamedVersion(name, found[name], times[found[name]])
            elif self._own[name]:
                yield NamedVersion(name, None, None)

    def versions(self, first: int, last: int) -> list[CommittedVersion]:
        """Return the commits from a version to another, but for those that are forgotten."""
        found: list[tuple[int, int, list[int]]] = []
        with self._metastore().read() as batch:
            for at, raw in watched(batch.range("commits", key(first))):
                version = numbers(at)[0]
                if version > last:
                    break
                time_us, *touched = numbers(raw)
                found.append((version, time_us, touched))
        ids = {table_id for _, _, touched in found for table_id in touched}
        known = {table_id: table for table_id in ids if (table := self._known(table_id)) is not None}
        versions = np.array([version for version, _, _ in found], np.int64)
        made, ended = np.zeros((2, len(found)), np.int64)
        for _, _, segments in known.values():
            for segment in segments:
                made += _made_at(segment, versions)
                ended += _counts(segment.tombstones.both[1], versions)
        return [
            CommittedVersion(version, time_us, *_touched(version, touched, known, int(new), int(old)))
            for (version, time_us, touched), new, old in zip(found, made, ended, strict=True)
        ]


def _touched(
    version: int, touched: Sequence[int], known: Mapping[int, KnownTable], made: int, ended: int
) -> tuple[tuple[schema.Table, ...], int | None, int | None]:
    there = [known[table_id] for table_id in touched if table_id in known]
    tables = tuple(table for table, _, _ in there)
    if any(version <= oldest for _, oldest, _ in there):
        return tables, None, None  # rows of it may be gone
    return tables, made, ended


def _made_at(segment: Segment, versions: I64) -> I64:
    if isinstance(segment.created, np.ndarray):
        return _counts(segment.created, versions)
    found: I64 = np.where(versions == segment.created, segment.rows, 0)
    return found


def _counts(sorted_versions: I64, versions: I64) -> I64:
    """Return how often each of some versions is among sorted ones."""
    found: I64 = np.searchsorted(sorted_versions, versions, "right") - np.searchsorted(
        sorted_versions, versions
    )
    return found
