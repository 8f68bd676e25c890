"""The one place faiss is loaded, and the process made ready for large arrays: on the first vector
statement, not with the package.

faiss brings a libgomp whose threads wait by spinning. On shared cores that is ruinous: training
codes for 10,000 x 784 on two threads took 66 s where it takes 2 s with sleeping waits and 1.4 s on
one thread. libgomp reads its policy when it is loaded, so it is set here and nowhere later; who
sets OMP_WAIT_POLICY keeps it.

glibc gives freed arrays back to the system above a threshold of 128 kB, and what is taken anew comes page
by page: a predicate over 1,000,000 rows took 2.0 ms instead of 0.2. The threshold grows to the size of what
has been freed, at most 32 MB (malloc/malloc.c, "dynamic mmap threshold"), so an array of nearly that size
is freed here; no page of it is ever touched.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import faiss as _faiss  # noqa: E402

# Its own type hints know a part of it, and some of that wrongly.
faiss: Any = _faiss

np.empty(31 << 20, np.uint8)

__all__ = ["faiss"]
