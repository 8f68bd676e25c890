"""`bind(statement, tables, parameter_types) -> Bound`: statements with every name resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from vql import schema
from vql.calendar.style import DEFAULT, Style
from vql.dataclass import dataclass
from vql.errors import NotSupportedError, WrongObjectType
from vql.language import ast, modify, plan
from vql.language.ast.moments import name_of, number_of, numbered
from vql.language.ast.walk import nodes_of
from vql.language.bind.access.permissions import require_names, require_rights
from vql.language.bind.access.rights import Rights
from vql.language.bind.access.row_security import (
    Kept,
    change_seen,
    has_queries,
    kept_to_policies,
    rows_written,
)
from vql.language.bind.changes.changes import ChangeBinder
from vql.language.bind.changes.common_tables import common_query, without_common
from vql.language.bind.changes.merges import MergeBinder
from vql.language.bind.changes.parts import with_whole_columns
from vql.language.bind.changes.steps import (
    in_order_of_steps,
    reading_steps,
    require_no_clash,
    statement_of,
    step_table,
)
from vql.language.bind.changes.updatable import of_base
from vql.language.bind.definitions.routines import with_routines
from vql.language.bind.definitions.views import with_views
from vql.language.bind.names import Tables
from vql.language.bind.queries import QueryBinder, infer
from vql.language.bind.relational import analyzed
from vql.types.type import Type


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement, bound or planned, and the types its parameters were inferred to have (UNKNOWN where
    nothing says)."""

    plan: modify.Plan
    parameter_types: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments a statement asks for: its own, None for the present, and by number those of parts of it."""

    own: plan.Moment | None
    others: tuple[plan.Moment, ...]


def bound_checks(table: schema.Table, rights: Rights | None = None) -> tuple[modify.RowCondition, ...]:
    """Bind the conditions that rows of a table have to meet; where a role puts them in its policies too."""
    binder = ChangeBinder(Tables(), [])
    now = None if rights is None else kept_to_policies(table, rights)
    if rights is not None and now is not None:
        if has_queries(rows_written(now, rights, "a")):
            text = "COPY and bulk inserts under policies with sub-queries are not supported yet"
            raise NotSupportedError(text, hint="INSERT the rows.")
        binder.policies = Kept((rows_written(now, rights, "a"),))
    has_checks = table.checks or any(column.type.domain for column in table.columns)
    return binder.checks(table) if has_checks or now is not None else ()


def bound_condition(table: schema.Table, condition: ast.Expression) -> plan.Predicate:
    """Bind a condition to a row of a table."""
    return ChangeBinder(Tables(), []).row_condition(table, condition)


def moments_of(
    statement: ast.Statement, parameter_types: Sequence[Type] = (), style: Style = DEFAULT
) -> Moments | None:
    """Return the moments of a statement, which depend on no table; None where it has none."""
    statement, others = numbered(statement)
    own = statement.as_of if isinstance(statement, ast.Query) else None
    if own is None and not others:
        return None
    binder = QueryBinder(Tables(), list(parameter_types), style)
    return Moments(binder.moment(own), tuple(map(binder.moment_of, others)))


def bound_computed(table: schema.Table) -> tuple[plan.Scalar | plan.Residual, ...]:
    """Bind what the computed columns of a table are in a row."""
    return ChangeBinder(Tables({table.qualified: table}, (table.schema,)), [], DEFAULT).computed(table)


def bind(
    statement: ast.Statement,
    tables: Tables,
    parameter_types: tuple[Type, ...] = (),
    style: Style = DEFAULT,
) -> Bound:
    """Bind SELECT, VALUES, set operations, INSERT, UPDATE, DELETE and MERGE.

    Raises ProgrammingError subclasses with positions for wrong names and types.
    """
    if isinstance(statement, ast.WithChanges):
        return _bound_steps(statement, tables, parameter_types, style)
    types = list(parameter_types)
    statement, moments = numbered(statement)
    if isinstance(statement, ast.Insert) and statement.parts:
        statement = with_whole_columns(statement, tables)
    named = statement
    if tables.rights is not None:
        require_names(named, tables.rights)
    kept = Kept()
    if tables.rights is not None and isinstance(statement, ast.Change):
        statement, kept = change_seen(statement, tables, tables.rights)
    statement = with_routines(with_views(of_base(statement, tables), tables), tables)
    if has_queries((kept.written, kept.before, kept.updated, kept.deleted, kept.seen)):
        parts = {each.name: with_views(getattr(kept, each.name), tables) for each in fields(kept)}
        kept = Kept(**parts)
    binder = MergeBinder(tables, types, style)
    binder.policies = kept
    for moment in moments:
        binder.moment_of(moment)
    _require_tables(named, moments, tables)
    if isinstance(statement, ast.Change) and statement.with_:
        analyzed(common_query(statement), tables, types)
    match statement:
        case ast.Select() | ast.Values() | ast.SetOperation():
            bound: modify.Plan = binder.query(statement)
        case ast.Insert():
            bound = binder.insert(without_common(statement))
        case ast.Update():
            bound = binder.update(without_common(statement))
        case ast.Delete():
            bound = binder.delete(without_common(statement))
        case ast.Merge():
            bound = binder.merge(without_common(statement))
        case _:
            raise NotSupportedError(f"{type(statement).__name__} cannot be planned")
    if tables.rights is not None:  # last, as PostgreSQL looks at rights when a statement is sound
        require_rights(named, tables, tables.rights)
    return Bound(bound, tuple(types))


def _require_tables(statement: ast.Statement, moments: Sequence[ast.AsOf], tables: Tables) -> None:
    """Raise 42809 where changes of a view are asked for."""
    for ref in nodes_of(statement, ast.TableRef) if moments else ():
        number = number_of(ref.name)
        is_of_changes = number is not None and moments[number].until is not None
        if is_of_changes and tables.find_view(ref.name) is not None:
            name = name_of(ref.name[-1])
            detail = "VERSIONS BETWEEN reads the changes of tables."
            raise WrongObjectType(f'"{name}" is not a table', detail=detail, position=ref.span[0] + 1)


def _bound_steps(
    node: ast.WithChanges, tables: Tables, parameter_types: tuple[Type, ...], style: Style
) -> Bound:
    """Bind a statement behind a WITH that changes rows."""
    types, read = parameter_types, set[str]()
    made: list[tuple[schema.Table, modify.Plan]] = []
    known = in_order_of_steps(node)
    for place, table in enumerate(known):
        whole = statement_of(table, node.recursive)
        is_recursive = whole is not getattr(table, "query", getattr(table, "change", None))
        statement = reading_steps(whole, known[:place], read)
        bound = bind(statement, tables, types, style)
        types = bound.parameter_types
        step = step_table(table, place + 1, _columns(bound, statement, tables), is_recursive)
        made.append((step, bound.plan))
        tables = tables.having([step])
    bound = bind(reading_steps(node.body, known, read), tables, types, style)
    steps = tuple(modify.CommonStep(table, each, table.name in read) for table, each in made)
    require_no_clash(steps, bound.plan)
    return Bound(modify.StepsPlan(steps, bound.plan), bound.parameter_types)


def _columns(bound: Bound, statement: ast.Statement, tables: Tables) -> list[tuple[str, Type]]:
    """Return the names and types of the rows of a bound statement."""
    match bound.plan:
        case plan.TableQuery(outputs=outputs):
            return [(output.name, output.scalar.type) for output in outputs]
        case modify.InsertPlan() | modify.UpdatePlan() | modify.DeletePlan() | modify.MergePlan() as change:
            return [(output.name, output.scalar.type) for output in change.returning]
    assert isinstance(statement, ast.Query), "all else are changes"
    query = with_routines(with_views(statement, tables), tables)
    return [(column.name, column.type) for column in infer(query, tables, list(bound.parameter_types))]
