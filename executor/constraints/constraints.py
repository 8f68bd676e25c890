"""What rows have to be before they are written: whole, with defaults where values are absent, without NULL
where a table forbids it, and false to none of its conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from vql import schema
from vql.errors import CheckOptionViolation, CheckViolation, NotNullViolation, ProgrammingError, Subject
from vql.executor.assignment import fit
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import falsehood
from vql.executor.rows.sources import ColumnSource, Source
from vql.language import modify, plan
from vql.language.analyze.values.domains import violated
from vql.storage.columns.column import Column
from vql.storage.transactions.pending import Rows
from vql.types.forms.ndarrays import I64

# Characters of a value that an error shows.
SHOWN_MAX = 64
Defaults = Callable[[schema.Table, schema.Column, int], Sequence[object]]
Conditions = Sequence[modify.RowCondition]


class Rules(NamedTuple):
    """What a session knows of tables: values by default, conditions and computed columns bound to rows. What
    foreign keys ask is asked by `finish`, when the statement is done."""

    defaults: Defaults
    conditions: Callable[[schema.Table], Conditions]
    computed: Callable[[schema.Table], Sequence[plan.Scalar | plan.Residual]]
    finish: Callable[[Unfinished], None]


class Unfinished(Protocol):
    """What foreign keys ask of a statement."""

    def act(self) -> None:
        """Do what they say."""

    def check(self) -> None:
        """Raise 23503, 23001 where one does not hold."""


def finish(*statements: Unfinished) -> None:
    """Do what foreign keys say, and look whether all hold."""
    for each in statements:
        each.act()
    for each in statements:
        each.check()


def completed(
    table: schema.Table, given: dict[int, Column], count: int, defaults: Defaults
) -> tuple[Column, ...]:
    """Return every column of the table, absent ones from their defaults."""
    columns = []
    for position, column in enumerate(table.columns):
        if position in given:
            columns.append(given[position])
        else:
            cells = default_values(table, column, count, defaults)
            columns.append(Column.from_values(column.type, cells))
    return tuple(columns)


def default_values(
    table: schema.Table, column: schema.Column, count: int, defaults: Defaults
) -> list[object]:
    """Return what rows have in a column that no value is given for."""
    if column.identity or column.value_by_default is not None:
        return [fit(column, value) for value in defaults(table, column, count)]
    return [None] * count


def nothing(table: schema.Table, count: int) -> Rows:
    """Return rows of NULL."""
    return tuple(Column.from_values(column.type, [None] * count) for column in table.columns)


def check_written(table: schema.Table, conditions: Conditions, columns: Rows, context: Context) -> None:
    """Raise 42501 for a row that policies forbid, 23502 for a NULL where a domain or the table forbids it,
    23514 or 44000 where a condition is false."""
    if conditions:
        source = ColumnSource(columns)
        conditions = conditions if source.rows else ()
    for check in conditions:
        if check.is_of_policies and len(violations(check, source, context)):
            raise ProgrammingError(
                f'new row violates row-level security policy for table "{table.name}"', sqlstate="42501"
            )
        if check.domain and len(violations(check, source, context)):
            raise domain_violation(check)
    for definition, column in zip(table.columns, columns, strict=False):
        required = definition.not_null or definition.name in table.primary_key
        if required and column.valid is not None and not column.valid.all():
            raise NotNullViolation(
                f'null value in column "{definition.name}" of relation "{table.name}" '
                "violates not-null constraint",
                detail=_failing_row(table, columns, int(np.argmin(column.valid))),
                subject=Subject(table.schema, table.name, column=definition.name),
            )
    for check in conditions:
        if check.domain or check.is_of_policies:
            continue
        broken = violations(check, source, context)
        if len(broken) and check.is_of_view:
            raise CheckOptionViolation(
                f'new row violates check option for view "{check.name}"',
                detail=_failing_row(table, columns, int(broken[0])),
            )
        if len(broken):
            raise CheckViolation(
                f'new row for relation "{table.name}" violates check constraint "{check.name}"',
                detail=_failing_row(table, columns, int(broken[0])),
                subject=Subject(table.schema, table.name, constraint=check.name),
            )


def check_seen(table: schema.Table, policies: Conditions, columns: Rows, context: Context, what: str) -> None:
    """Raise 42501 for a row to change that policies hide."""
    for each in policies:
        if len(violations(each, ColumnSource(columns), context)):
            raise ProgrammingError(
                f'{what} violates row-level security policy (USING expression) for table "{table.name}"',
                sqlstate="42501",
            )


def domain_violation(check: modify.RowCondition) -> NotNullViolation | CheckViolation:
    """Return the error of a value that is none of a domain."""
    if not check.name:
        return NotNullViolation(f"domain {check.domain} does not allow null values")
    return violated(check.domain, check.name)


def violations(check: modify.RowCondition, rows: Source, context: Context) -> I64:
    """Return the places of the rows of which a condition is false."""
    return np.flatnonzero(falsehood(context.evaluator.predicate(check.condition, rows)))


def _failing_row(table: schema.Table, columns: Rows, place: int) -> str:
    """Return a row as PostgreSQL shows the one that fails."""
    named = columns[: len(table.columns)]
    cells = [(column.type, column.take(np.array([place])).values()[0]) for column in named]
    texts = ["null" if value is None else type_.to_text(value) for type_, value in cells]
    shown = [text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..." for text in texts]
    return f"Failing row contains ({', '.join(shown)})."
