"""GROUP BY with ROLLUP, CUBE and GROUPING SETS, as the sets of keys that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from vql.errors import LimitExceeded
from vql.language import ast

Keys = tuple[ast.Expression, ...]
SETS_MAX = 4096  # PostgreSQL's
CUBE_MAX = 12


def grouping_sets(items: Sequence[ast.Expression]) -> list[Keys]:
    """Return the sets of keys that rows are grouped by, of GROUP BY DISTINCT also those that come twice.
    Raises 54001 for too many of them."""
    if is_distinct(items):
        items = items[0].arguments  # type: ignore[union-attr]
    found: list[Keys] = []
    for parts in product(*(_sets(item) for item in items)):
        found.append(tuple(key for part in parts for key in part))
        if len(found) > SETS_MAX:
            raise LimitExceeded(f"too many grouping sets present (maximum {SETS_MAX})")
    return found


def is_distinct(items: Sequence[ast.Expression]) -> bool:
    """Whether GROUP BY DISTINCT stands before the items."""
    return len(items) == 1 and _kind(items[0]) == "distinct sets"


def _kind(item: ast.Expression) -> str:
    """Return which sets an item stands for, "" for one of its own; the grammar gives each as a call."""
    name = item.name[0] if isinstance(item, ast.Call) and len(item.name) == 1 else ""
    return name if name in ("rollup", "cube", "grouping sets", "distinct sets") else ""


def _sets(item: ast.Expression) -> list[Keys]:
    """Return the sets that one item of GROUP BY stands for."""
    kind = _kind(item)
    if not kind or not isinstance(item, ast.Call):
        return [_keys(item)]
    if kind == "grouping sets":
        return [one for part in item.arguments for one in _sets(part)]
    parts = [_keys(part) for part in item.arguments]
    counts = range(len(parts), -1, -1)
    if kind == "rollup":
        return [_together(parts[:count]) for count in counts]
    if len(parts) > CUBE_MAX:
        raise LimitExceeded(f"CUBE is limited to {CUBE_MAX} elements")
    return [_together(some) for count in counts for some in combinations(parts, count)]


def _keys(item: ast.Expression) -> Keys:
    """Return the keys of `a` or `(a, b)`."""
    return item.items if isinstance(item, ast.Row) else (item,)


def _together(parts: Sequence[Keys]) -> Keys:
    return tuple(key for part in parts for key in part)
