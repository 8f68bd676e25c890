"""The pages of an LMDB file, looked at before LMDB follows them: a page of zeros would end the process.

LMDB asserts that a page is of the kind its tree says, and aborts where it is not. So each tree is walked from
its root: every page bears its own number, is a branch or a leaf as its depth says, and its bounds are inside
it. Of leaves only headers are read, all at once; 500 pages take 0.6 ms. What the records are is for their
checksums to say. In a tree of more than LEAVES_MAX leaves these are not looked at: that would read the file.

MDB_page: page number 8, pad 2, flags 2, lower 2, upper 2, then the offsets of nodes, 2 bytes each, to
`lower`. A node: 8 bytes, in a branch its child's number in the first 6, then its key; in a leaf of the tree
of trees the MDB_db (48: pad 4, flags 2, depth 2, counts of pages 3 x 8, entries 8, root 8) behind the key.

The file is read as it is on disk, without a lock: where commits go on meanwhile, pages are used anew under
our eyes, and the file grows behind what is mapped. A problem counts only while the newest meta page and the
length of the file stay the same. No state.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vql.types.forms.ndarrays import I64, U8

PAGE_HEADER_BYTES = 16
BRANCH, LEAF = 0x01, 0x02
SUBTREE = 0x02  # a node's flag
# Of a meta page: MDB_db of the free pages and of the tree of trees, last page, transaction.
META = struct.Struct("<40x48s48sQQ")
TREE = struct.Struct("<4xHH32xQ")
NO_ROOT = (1 << 64) - 1
LOOKS_MAX = 5
LEAVES_MAX = 16_384


class _Tree(NamedTuple):
    depth: int
    root: int


def broken_page(path: Path, page_bytes: int) -> str:
    """Return what is wrong with the pages of an LMDB file with sound meta pages, "" where nothing is."""
    problem = ""
    for _ in range(LOOKS_MAX):
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            newest = _newest_meta(mapped, page_bytes)
            whole = np.frombuffer(mapped, np.uint8, len(mapped) // page_bytes * page_bytes)
            problem = _problem(whole.reshape(-1, page_bytes), *newest[:2])
            del whole  # or the mapping cannot be closed
            is_grown = os.fstat(file.fileno()).st_size > len(mapped)
            if not problem or (not is_grown and _newest_meta(mapped, page_bytes) == newest):
                return problem
    return ""  # commits follow so closely that the pages are in use


def _newest_meta(mapped: mmap.mmap, page_bytes: int) -> tuple[bytes, bytes, int, int]:
    metas = (META.unpack_from(mapped, start) for start in (0, page_bytes))
    found: tuple[bytes, bytes, int, int] = max(metas, key=lambda meta: meta[3])
    return found


def _problem(pages: U8, free: bytes, trees: bytes) -> str:
    for described in (free, trees):
        tree = _tree(described)
        leaves, problem = _leaves(pages, tree)
        if problem or described is free:
            if problem:
                return problem
            continue
        for each in _subtrees(pages, leaves):
            problem = _leaves(pages, each)[1]
            if problem:
                return problem
    return ""


def _tree(described: bytes) -> _Tree:
    _, depth, root = TREE.unpack(described)
    return _Tree(0 if root == NO_ROOT else depth, root)


def _leaves(pages: U8, tree: _Tree) -> tuple[I64, str]:
    """Return the numbers of a tree's leaves, and what is wrong on the way to them."""
    level = np.array([tree.root] if tree.depth else [], np.uint64)
    for above in range(tree.depth - 1, -1, -1):
        if not above and len(level) > LEAVES_MAX:
            break
        problem = _misfit(pages, level, BRANCH if above else LEAF)
        if problem:
            return np.empty(0, np.int64), problem
        if above:
            level = np.concatenate([_children(pages[number]) for number in level.tolist()])
    return level.astype(np.int64), ""


def _misfit(pages: U8, level: np.ndarray, kind: int) -> str:
    """Return which pages are not those that a branch above them says."""
    outside = level[(level < 2) | (level >= len(pages))]
    if len(outside):
        return f"page {outside[0]} is not in the file"
    headers = np.ascontiguousarray(pages[level.astype(np.int64), :PAGE_HEADER_BYTES])
    numbers = headers[:, :8].copy().view("<u8")[:, 0]
    flags, lower, upper = headers[:, 10:].copy().view("<u2").T
    fits = (numbers == level) & (flags == kind) & (lower % 2 == 0)
    fits &= (lower >= PAGE_HEADER_BYTES + 2) & (lower <= upper) & (upper <= pages.shape[1])
    wrong = level[~fits]
    return f"page {wrong[0]} is not the one that was written" if len(wrong) else ""


def _nodes(page: U8) -> np.ndarray:
    """Return the offsets of a page's nodes that are inside it."""
    lower = int(page[12:14].view("<u2")[0])
    offsets = page[PAGE_HEADER_BYTES:lower].view("<u2").astype(np.int64)
    return offsets[offsets <= len(page) - 8]


def _children(page: U8) -> np.ndarray:
    parts = page[_nodes(page)[:, None] + np.arange(6)].astype(np.uint64)
    children: np.ndarray = (parts << (np.arange(6, dtype=np.uint64) * np.uint64(8))).sum(axis=1)
    return children


def _subtrees(pages: U8, leaves: I64) -> list[_Tree]:
    found = []
    for number in leaves.tolist():
        page = pages[number].tobytes()
        for at in _nodes(pages[number]).tolist():
            _, _, flags, key_bytes = struct.unpack_from("<4H", page, at)
            if flags & SUBTREE and at + 8 + key_bytes + TREE.size <= len(page):
                found.append(_tree(page[at + 8 + key_bytes :][: TREE.size]))
    return found
