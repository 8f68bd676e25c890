"""One run of a program (`vql.executor.tuples.program`): what it reads, and how many rows are left to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from vql import schema
from vql.deadline import check_deadline
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.executor.rows.sources import Source
from vql.executor.tuples.brief import BRIEF_ROWS, MASKS_US, is_small
from vql.executor.tuples.coercions import NOTHING, internal
from vql.executor.tuples.frame import TooMany
from vql.executor.tuples.reads import Arguments, Readable
from vql.functions.declare import Environment
from vql.language import ast
from vql.storage.snapshot import Snapshot
from vql.types.type import Type

# Rows that are gone through, counted at each step of a query: one takes 1 to 6 us, DuckDB 5 to 10 ms in all.
ROWS_MAX = 2_000


class Run:
    """One run of a program: what it reads, and how many rows are left to it."""

    __slots__ = (
        "_arguments",
        "_context",
        "_given",
        "_inputs",
        "_left",
        "_masking",
        "_masks_us",
        "_tables",
        "constants",
        "environment",
        "is_brief",
    )

    def __init__(
        self,
        inputs: Readable,
        context: Context,
        arguments: Arguments,
        environment: Environment,
        constants: int,
        is_brief: bool = False,
    ) -> None:
        self._inputs = inputs
        self._context = context
        self._given = context.evaluator.parameters
        self._masking: Context | None = None  # made on first need
        self._arguments = arguments
        self._left, self._masks_us = (BRIEF_ROWS, MASKS_US) if is_brief else (ROWS_MAX, math.inf)
        self._tables: dict[tuple[str, ...], tuple[Snapshot, schema.Table] | None] = {}
        self.environment = environment
        self.is_brief = is_brief
        self.constants: list[Any] = [NOTHING] * constants

    def parameter(self, index: int, type_: Type) -> Any:
        """Return the internal value of a parameter."""
        return internal(self._arguments.value(index, type_), type_)

    def table(self, name: tuple[str, ...]) -> tuple[Snapshot, schema.Table]:
        """Return a table of the statement at its moment."""
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = self._inputs.table(name)
            assert found is not None, "the query was analysed with this catalog"
        return found

    def block(self, block: ast.Select) -> RecordBatch:
        """Answer a vector block of the statement."""
        found = self._inputs.block(block)
        assert found is not None, "it was planned"
        return found

    @property
    def given(self) -> Source:
        """The rows that an expression is computed over."""
        assert self._inputs.given is not None, "they are what the query is planned for"
        return self._inputs.given.rows

    def masking(self, snapshot: Snapshot, values: Sequence[object]) -> Context:
        """Return a context whose masks are of a snapshot, with values behind the statement's parameters."""
        context = self._masking
        if context is None:
            evaluator = self._context.evaluator.beside(self._given)
            context = self._masking = replace(self._context, evaluator=evaluator, reports=None, report=None)
        context.snapshot = snapshot
        context.evaluator.restart([*self._given, *values])
        return context

    def spend(self, rows: int) -> None:
        """Count rows that are gone through. Raises TooMany."""
        self._left -= rows
        if self._left < 0:
            raise TooMany
        check_deadline()

    def grant(self, rows: int) -> None:
        """Let a program go through more rows."""
        self._left += rows

    def spend_on_masks(self, microseconds: float) -> None:
        """Count what masks take. Raises TooMany."""
        self._masks_us -= microseconds
        if self._masks_us < 0:
            raise TooMany

    def require_small(self, values: Iterable[object]) -> None:
        """Raise TooMany where a value is longer than a brief program may look at."""
        if not all(map(is_small, values)):
            raise TooMany

    def bounded(self, rows: Iterable[Any]) -> list[Any]:
        """Return the rows of a call. Raises TooMany."""
        found = list(islice(rows, self._left + 1))
        if len(found) > self._left:
            raise TooMany
        return found
