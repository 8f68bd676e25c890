"""Bound statements and plans that change rows: of one table, or several in steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, TypeGuard

from vql import schema
from vql.constraints import UniqueKey
from vql.dataclass import dataclass
from vql.language import ast
from vql.language.plan import Constant, Output, Predicate, Query, Relational, Residual, Scalar, TableQuery

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class RowCondition:
    """A condition over a row that is written, false of none: a constraint's, that of a view which is written
    through, or policies. One of a `domain` is about a `column`; without a name it is NOT NULL."""

    name: str
    condition: Predicate
    is_of_view: bool = False
    is_of_policies: bool = False
    domain: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class JoinedRows:
    """Rows that a join of their table with others finds: the first column of `query` has their ids, NULL
    where the join has no row of it. The other columns stand beside the table's."""

    query: Relational


@dataclass(frozen=True, slots=True)
class InsertPlan:
    """Rows from VALUES (`rows`, a scalar a target column; `columns` where they are many literals, a constant
    with all values of one column for each) or a query. `defaulted`: by position, the rows of VALUES that say
    DEFAULT instead, where others do not. `arbiters` are the keys that ON CONFLICT looks at, `computed` what
    the table's columns of that name are in a row. Where it `shows_both`, RETURNING reads rows behind whose
    columns, and those beside them, stand all of the row before, then all of the row after. `conflict_before`
    and `conflict_after` are policies over the rows that ON CONFLICT updates. Where it `shows_new`,
    beside each row stands whether it was inserted. Rows of which `where` is not true are left out. What
    a query gives for those `overridden` is passed over, their defaults are taken."""

    table: schema.Table
    positions: tuple[int, ...]
    rows: tuple[tuple[Scalar, ...], ...] | None
    query: Query | None
    conflict: ast.Conflict | None = None
    arbiters: tuple[UniqueKey, ...] = ()
    conflict_updates: tuple[tuple[int, Scalar | Residual], ...] = ()
    conflict_condition: Predicate | None = None
    returning: tuple[Output, ...] = ()
    columns: tuple[Constant, ...] | None = None
    defaulted: tuple[tuple[int, tuple[int, ...]], ...] = ()
    checks: tuple[RowCondition, ...] = ()
    computed: tuple[Scalar | Residual, ...] = ()
    shows_both: bool = False
    conflict_before: tuple[RowCondition, ...] = ()
    conflict_after: tuple[RowCondition, ...] = ()
    shows_new: bool = False
    where: Predicate | None = None
    overridden: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """`rows` are those that are changed, `assignments` values by position, the rest is as in an INSERT."""

    table: schema.Table
    assignments: tuple[tuple[int, Scalar | Residual], ...]
    rows: TableQuery | JoinedRows
    returning: tuple[Output, ...] = ()
    checks: tuple[RowCondition, ...] = ()
    computed: tuple[Scalar | Residual, ...] = ()
    shows_both: bool = False


@dataclass(frozen=True, slots=True)
class DeletePlan:
    table: schema.Table
    rows: TableQuery | JoinedRows
    returning: tuple[Output, ...] = ()
    shows_both: bool = False


@dataclass(frozen=True, slots=True)
class MergeAction:
    """What MERGE does to a row: update, delete, insert or nothing. `assignments` are values by position, None
    for the default; an INSERT gives all others their defaults. `before` and `after` are policies over rows as
    they are and as they become."""

    kind: str
    assignments: tuple[tuple[int, Scalar | Residual | None], ...] = ()
    before: tuple[RowCondition, ...] = ()
    after: tuple[RowCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class MergePlan:
    """The second column of what joins the `rows` is the number of the action each meets, NULL of none."""

    table: schema.Table
    rows: JoinedRows
    actions: tuple[MergeAction, ...]
    returning: tuple[Output, ...] = ()
    checks: tuple[RowCondition, ...] = ()
    computed: tuple[Scalar | Residual, ...] = ()
    shows_both: bool = False


@dataclass(frozen=True, slots=True)
class CommonStep:
    """A query of WITH, whose rows are those of `table` for what comes behind it. One that nothing reads
    (`is_read`) is done at the end, where it changes rows, or not at all."""

    table: schema.Table
    plan: Plan
    is_read: bool


@dataclass(frozen=True, slots=True)
class StepsPlan:
    """A statement behind a WITH that changes rows: `last` gives what it gives."""

    steps: tuple[CommonStep, ...]
    last: Plan


Change = InsertPlan | UpdatePlan | DeletePlan | MergePlan
Plan = Query | Change | StepsPlan


def plan_parts(item: object) -> Iterator[object]:
    """Yield the parts of a plan, sub-queries included."""
    stack = [item]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif is_plan_part(part):
            yield part
            stack.extend(getattr(part, field.name) for field in fields(part))


def is_plan_part(item: object) -> TypeGuard[DataclassInstance]:
    """Whether something is a node of a plan."""
    return is_dataclass(item) and type(item).__module__ in (__name__, Constant.__module__)
