"""What threads share without asking: masks kept, and how much of them."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from vql.executor.knn.scans.mask import Mask
from vql.executor.rows.mask_cache import MaskCache, _bytes
from vql.storage.segments.segment import MemorySegment, Tombstones

THREADS, ROUNDS = 4, 3_000


@pytest.fixture(autouse=True)
def _many_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work):
    """Run `work(number)` in some threads at once; raise what one of them raises."""
    faults = []

    def guarded(number):
        try:
            work(number)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_the_mask_cache_counts_what_it_holds():
    class Rows:
        pass

    cache, segment = MaskCache(40_000), Rows()
    masks = [Mask(np.arange(1_000) % (2 + k) == 0) for k in range(50)]

    def work(number):
        for step in range(ROUNDS):
            cache.put((number, step % 50), segment, masks[step % 50])

    together(work)
    assert cache._bytes == sum(_bytes(mask) for _, mask in cache._masks.values())


def test_a_segment_shows_each_version_its_rows():
    tombstones = Tombstones()
    tombstones.add(np.arange(500), np.arange(1, 501), 500)
    segment = MemorySegment((), {}, np.arange(2_000), 0, tombstones)

    def work(number):
        for version in range(number, ROUNDS, 7):
            at = 1 + version % 400
            visible = segment.visible(at)
            assert not visible[:at].any() and visible[at:].all()

    together(work)
