"""Masks of predicates, kept for the process, bounded by bytes and number.

A mask is immutable, so threads share it. `MaskCache` is the one thing here with state: `_lock` guards
what is kept and its size; `get` and `canonical` are single operations on a dict and take no lock. An entry
is good for one segment object and one set of constants; a segment that is gone takes it along.
"""

from __future__ import annotations

import threading
import weakref

from vql.executor.knn.scans.mask import Mask
from vql.language import plan

PREDICATES_KEPT = 1_024
# Growing segments are new objects after each commit, and masks of a few rows weigh next to nothing.
MASKS_KEPT = 4_096


class MaskCache:
    """Masks of segments; the oldest go first. Shared by threads, none of which needs to hold anything."""

    def __init__(self, bytes_max: int) -> None:
        self._lock = threading.Lock()
        self._bytes_max = bytes_max
        self._bytes = 0
        self._masks: dict[tuple[object, ...], tuple[weakref.ref[object], Mask]] = {}
        self._canonical: dict[plan.Predicate | None, plan.Predicate | None] = {}

    @property
    def held_bytes(self) -> int:
        """What the masks that are kept may come to hold."""
        return self._bytes

    def get(self, key: tuple[object, ...], segment: object) -> Mask | None:
        """Return the mask kept under `key` for this very segment object, or None."""
        found = self._masks.get(key)
        return found[1] if found is not None and found[0]() is segment else None

    def canonical(self, predicate: plan.Predicate | None) -> plan.Predicate | None:
        """Return the one object kept for all predicates equal to this one."""
        if len(self._canonical) > PREDICATES_KEPT:
            self._canonical.clear()
        return self._canonical.setdefault(predicate, predicate)

    def put(self, key: tuple[object, ...], segment: object, mask: Mask) -> None:
        """Keep a mask; `key` must name the predicate and every constant it was made with."""
        with self._lock:
            replaced = self._masks.pop(key, None)
            # Weak: a segment that is merged away gives its files back although masks of it are kept.
            self._masks[key] = (weakref.ref(segment), mask)
            self._bytes += _bytes(mask) - (0 if replaced is None else _bytes(replaced[1]))
            while (self._bytes > self._bytes_max or len(self._masks) > MASKS_KEPT) and len(self._masks) > 1:
                _, oldest = self._masks.pop(next(iter(self._masks)))
                self._bytes -= _bytes(oldest)


def _bytes(mask: Mask) -> int:
    # Bits, and the offsets of those that pass: what a mask may come to hold.
    return mask.rows // 8 + 8 * mask.count
