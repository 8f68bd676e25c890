"""What a session knows of the tables that it writes to: what columns have by default, what rows have to be
and what is computed of them; planned once for a catalog and settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vql import schema
from vql.dataclass import dataclass
from vql.executor.constraints.constraints import Conditions
from vql.executor.rows.context import Context
from vql.language import ast, parser, plan
from vql.language.bind.definitions.defined_values import is_read_as, row_value
from vql.language.planner import planned_checks, planned_computed, planned_value
from vql.session.statements.query import Queries
from vql.settings.settings import Settings
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.type import Type, with_names


@dataclass(slots=True)
class Count:
    """So many rows without columns."""

    rows: int

    def column(self, position: int) -> Column:
        """There is none."""
        raise AssertionError(f"no column {position}")


class _Fixed(NamedTuple):
    """A value, or its text."""

    value: object


class _Computed(NamedTuple):
    """What computes values, and where."""

    value: plan.Residual
    context: Context


class TableRules:
    """One session's; used by its thread."""

    def __init__(self, queries: Queries, settings: Settings) -> None:
        self._queries = queries
        self._settings = settings
        self._made_for: tuple[int, int] | None = None
        self._planned: dict[tuple[str, Type], _Fixed | _Computed] = {}
        self._checks: dict[int, Conditions] = {}
        self._computed: dict[int, Sequence[plan.Scalar | plan.Residual]] = {}

    def _renew(self, snapshot: Snapshot) -> None:
        """Forget what was planned for another catalog or other settings."""
        made_for = snapshot.catalog_version, self._settings.version
        if self._made_for != made_for:
            self._made_for = made_for
            for kept in (self._planned, self._checks, self._computed):
                kept.clear()

    def checks(self, table: schema.Table, snapshot: Snapshot) -> Conditions:
        """Return the conditions of a table."""
        self._renew(snapshot)
        found = self._checks.get(table.table_id)
        if found is None:
            with with_names(self._queries.now(snapshot)):
                found = self._checks[table.table_id] = planned_checks(table)
        return found

    def computed(self, table: schema.Table, snapshot: Snapshot) -> Sequence[plan.Scalar | plan.Residual]:
        """Return what the generated columns of a table are in a row, and what its indexes look at."""
        self._renew(snapshot)
        found = self._computed.get(table.table_id)
        if found is None:
            with with_names(self._queries.now(snapshot)):
                found = self._computed[table.table_id] = planned_computed(table)
        return found

    def defaults(self, column: schema.Column, count: int, snapshot: Snapshot) -> Sequence[object]:
        """Return what so many rows have in a column, to be made to fit it. Raises what computing does."""
        numbers = self._queries.relations.sequences
        if column.identity:
            return list(numbers.take_identity(column.sequence, count))
        if column.numbered_by:
            return list(numbers.take(column.numbered_by, count))
        default = column.value_by_default
        assert default is not None, "it has one"
        self._renew(snapshot)
        key = default, column.type
        found = self._planned.get(key)
        if found is None:
            found = self._planned[key] = self._plan(default, column.type, snapshot)
        if isinstance(found, _Fixed):
            return [found.value] * count
        found.context.snapshot = snapshot
        found.context.evaluator.restart(())
        return found.context.evaluator.compute(found.value, Count(count)).values()

    def _plan(self, default: str, type_: Type, snapshot: Snapshot) -> _Fixed | _Computed:
        expression = parser.parse_expression(default)
        if isinstance(expression, ast.Literal) and is_read_as(expression, type_):
            is_text = expression.kind not in ("boolean", "null")
            return _Fixed(str(expression.value) if is_text else expression.value)
        now = self._queries.now(snapshot)
        with with_names(now):
            value = row_value(expression, None, "DEFAULT expressions").as_type(type_)
            return _Computed(planned_value(value), self._queries.context(now, ()))
