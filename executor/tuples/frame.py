"""Where an expression finds its columns while a query runs: frames, and the scopes that lay them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vql.language.analyze import tree

# One row of what a SELECT has joined: the frame of the query around it, the execution, then cells.
Frame = list[Any]
Value = Callable[[Frame], Any]
OUTER, EXECUTION, FIRST = 0, 1, 2
# Where a column of a query's own stands: `Var.relation` is None for it.
Place = tuple[str | None, str]


class NotByTuples(Exception):
    """A query has what DuckDB alone does."""


class TooMany(Exception):
    """A query has more rows than are worth going through one by one."""


class Layout:
    """The columns that one SELECT's expressions may name, and those of the queries around it. `reaches_out`
    where any of those has been named; `folds` are the aggregates that stand behind the cells of a group."""

    def __init__(self, outer: Layout | None = None) -> None:
        self.outer = outer
        self.width = FIRST
        self.reaches_out = False
        self.may_fold = False
        # The relations of FROM, whether they are laid out by now or not.
        self.relations: frozenset[str] = frozenset()
        self.folds: list[tree.Aggref] = []
        self.common: dict[str, object] = {}
        self._places: dict[Place, int] = {}

    def beside(self) -> Layout:
        """Return a layout for what stands beside a SELECT's rows, with its names of WITH."""
        made = Layout(self.outer)
        made.common = self.common
        return made

    def add(self, relation: str | None, columns: Sequence[str]) -> None:
        """Lay out the columns of a relation behind those that are there."""
        for column in columns:
            self._places[relation, column] = self.width
            self.width += 1

    def has(self, node: tree.Var) -> bool:
        """Whether a column is one of this SELECT's."""
        return (node.relation, node.column) in self._places

    def knows(self, node: tree.Var) -> bool:
        """Whether a column is laid out, here or outwards."""
        if self.has(node) or node.relation in self.relations:
            return self.has(node)
        return self.outer is not None and self.outer.knows(node)

    def find(self, node: tree.Var) -> tuple[int, int]:
        """Return how many queries outwards a column stands, and its place in the frame there."""
        depth, layout, inner = 0, self, list[Layout]()
        while (node.relation, node.column) not in layout._places:
            inner.append(layout)
            if layout.outer is None or node.relation in layout.relations:
                raise NotByTuples(f"column {node.column}")
            depth, layout = depth + 1, layout.outer
        for each in inner:
            each.reaches_out = True
        return depth, layout._places[node.relation, node.column]

    def find_common(self, name: str) -> object | None:
        """Return what a name of WITH stands for, here or outwards."""
        layout: Layout | None = self
        while layout is not None:
            if name in layout.common:
                return layout.common[name]
            layout = layout.outer
        return None
