"""The one place faiss is loaded: on the first vector statement, not with the package.

faiss brings a libgomp whose threads wait by spinning. On shared cores that is ruinous: training
codes for 10,000 x 784 on two threads took 66 s where it takes 2 s with sleeping waits and 1.4 s on
one thread. libgomp reads its policy when it is loaded, so it is set here and nowhere later; who
sets OMP_WAIT_POLICY keeps it.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import faiss as _faiss  # noqa: E402

# Its own type hints know a part of it, and some of that wrongly.
faiss: Any = _faiss

__all__ = ["faiss"]
