"""INSERT, UPDATE, DELETE and MERGE of views: as changes of the table that a view is a choice of.

A view can be changed through where it reads one table, or another such view, without a clause that makes rows
of several: then each row of it is one of the table (PostgreSQL's manual, CREATE VIEW, "Updatable Views"). The
statement becomes one of the table, under the name that it has for the view; a column of the view is the
expression that the view has for it, and the view's condition is one more condition. WITH CHECK OPTION is a
condition on the rows that are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple

from vql import schema
from vql.dataclass import dataclass
from vql.errors import (
    NotSupportedError,
    ObjectNotInPrerequisiteState,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedObject,
)
from vql.functions.declare import FUNCTIONS
from vql.functions.library import load_families
from vql.language import ast
from vql.language.ast.walk import and_of, nodes_of, output_name
from vql.language.bind.access.rights import Present
from vql.language.bind.changes.parts import require_as_many
from vql.language.bind.changes.view_columns import ViewColumns, names_in_sources
from vql.language.bind.definitions.views import ViewReader, owner_of, query_of_view
from vql.language.bind.names import CatalogThen, Tables
from vql.language.bind.references import with_tables

# What an error calls a change: what is done to the view, and the words of its hint.
WORDS = {
    ast.Insert: ("insert into", "inserting into", "INSERT"),
    ast.Update: ("update", "updating", "UPDATE"),
    ast.Delete: ("delete from", "deleting from", "DELETE"),
}
NOT_ONE_TABLE = "Views that do not select from a single table or view are not automatically updatable."
NO_COLUMNS = "Views that have no updatable columns are not automatically updatable."
# The name that a view's expressions have for the row of its table, till a statement has one.
ROW = "\0row"


class Base(NamedTuple):
    """What a view is in its `table`: its columns, by name, as expressions over a row of the table, and the
    condition of its rows. `checks` are the conditions of CHECK OPTION, each with the view that says so."""

    table: schema.Table
    columns: Mapping[str, ast.Expression]
    where: ast.Expression | None
    checks: tuple[tuple[str, ast.Expression], ...]

    def updatable(self, name: str) -> str:
        """Return the column of the table that a column of the view is, "" where it is more than one."""
        found = self.columns.get(name)
        return found.parts[-1] if isinstance(found, ast.Name) else ""


def why_not_updatable(query: ast.Query) -> str:
    """Return why views of a query cannot be changed through, "" where they can as far as the query goes."""
    if isinstance(query, ast.SetOperation):
        return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable."
    if not isinstance(query, ast.Select):
        return NOT_ONE_TABLE
    clauses = [
        (query.distinct or query.distinct_on, "DISTINCT"), (query.group_by, "GROUP BY"),
        (query.having is not None, "HAVING"), (query.with_, "WITH"),
        (query.limit is not None or query.offset is not None or query.per, "LIMIT or OFFSET"),
    ]  # fmt: skip
    for is_there, clause in clauses:
        if is_there:
            return f"Views containing {clause} are not automatically updatable."
    kinds = kinds_of_functions(query.items)
    for kind in ("aggregate", "window", "set-returning"):
        if kind in kinds:
            return f"Views that return {kind} functions are not automatically updatable."
    if len(query.sources) != 1 or not isinstance(query.sources[0], ast.TableRef):
        return NOT_ONE_TABLE
    return NOT_ONE_TABLE if query.sources[0].as_of is not None else ""


def kinds_of_functions(items: tuple[ast.SelectItem, ...]) -> set[str]:
    """Return which kinds of functions a select list has that make it more than one row for each."""
    load_families()
    found = set()
    inner = {id(call) for query in nodes_of(items, ast.Select) for call in nodes_of(query, ast.Call)}
    for call in nodes_of(items, ast.Call):
        if id(call) in inner:
            continue
        known = FUNCTIONS.get(call.name[-1], ())
        if call.over is not None:
            found.add("window")
        elif any(each.is_aggregate for each in known) or call.within_group:
            found.add("aggregate")
        elif any(each.gives_rows for each in known):
            found.add("set-returning")
    return found


def base_of(view: schema.View, tables: Tables, is_checked: bool = False) -> Base | str:
    """Return what a view is in its table, or why it is nothing that can be changed through. `is_checked`
    where a view above has its conditions checked."""
    query = query_of_view(view.text)
    why = why_not_updatable(query)
    if why:
        return why
    assert isinstance(query, ast.Select) and isinstance(query.sources[0], ast.TableRef)
    source, there = query.sources[0], tables.catalogs[0]
    readings = iter(view.reads)
    read: list[schema.Reading] = []

    def change(ref: ast.TableRef) -> ast.From:
        reading = next(readings)
        if ref is source:
            read.append(reading)
            return ref
        return ViewReader(tables, owner_of(view, tables.rights)).of_reading(reading, ref, there, None)

    query = with_tables(query, change)
    below = _below(read[0], there, tables, is_checked or view.check_option == "cascaded")
    if isinstance(below, str):
        return below
    assert isinstance(query, ast.Select)
    names = source.columns + tuple(below.columns)[len(source.columns) :]
    seen = dict(zip(names, below.columns.values(), strict=True))
    scope = ViewColumns(source.alias or source.name[-1], seen, tables)
    given = [value for item in query.items for value in _values(item, scope)]
    columns = {column.name: value for column, value in zip(view.columns, given, strict=True)}
    own = None if query.where is None else scope.in_place(query.where)
    checks = below.checks
    if own is not None and (is_checked or view.check_option):
        checks += ((view.name, ast.IsTest(own, "TRUE", False)),)
    conditions = [each for each in (below.where, own) if each is not None]
    return Base(below.table, columns, and_of(conditions) if conditions else None, checks)


def _below(reading: schema.Reading, there: CatalogThen, tables: Tables, is_checked: bool) -> Base | str:
    """Return what a view reads, under the names that its text has for the columns."""
    found = there.definition(reading.object_id) if reading.object_id else None
    if not isinstance(found, schema.Table | schema.View):
        return NOT_ONE_TABLE
    now = {column.number: column.name for column in found.columns}
    if isinstance(found, schema.View):
        base = base_of(found, tables, is_checked)
        if isinstance(base, str):
            return base
    else:
        plain = {name: ast.Name((ROW, name)) for name in now.values()}
        base = Base(found, plain, None, ())
    columns = {name: base.columns[now[number]] for number, name in reading.columns if number in now}
    return base._replace(columns=columns)


def _values(item: ast.SelectItem, scope: ViewColumns) -> list[ast.Expression]:
    if isinstance(item.expression, ast.Star):
        return list(scope.columns.values())
    return [scope.in_place(item.expression)]


# ------------------------------------------------------------------ statements


def _base_in(there: Present, view: schema.View) -> Base | str:
    try:
        return base_of(view, Tables(there.tables, catalogs=(there,)))
    except NotSupportedError as error:  # what is refused is not to be done
        return error.message


def events_of(view: schema.View, there: Present) -> int:
    """Return what can be done through a view, as pg_relation_is_updatable counts it: 4 UPDATE, 8 INSERT, 16
    DELETE."""
    base = _base_in(there, view)
    if isinstance(base, str):
        return 0
    return 28 if any(map(base.updatable, base.columns)) else 16


def updatable_columns(view: schema.View, there: Present) -> set[str]:
    """Return the names of the columns of a view that can be given values."""
    base = _base_in(there, view)
    return set() if isinstance(base, str) else {name for name in base.columns if base.updatable(name)}


def of_base(statement: Any, tables: Tables) -> Any:
    """Return a change of a view as one of its table, any other statement as it is. Raises 55000, 0A000,
    42703."""
    if not isinstance(statement, ast.Change):
        return statement
    view = tables.find_view(statement.table)
    if view is None:
        return statement
    return _changed(statement, view, tables)


def _changed(node: ast.Change, view: schema.View, tables: Tables) -> ast.Change:
    base = base_of(view, tables)
    if isinstance(base, str):
        raise not_updatable(view, node, base)
    if _kind(node) is not ast.Delete and not any(map(base.updatable, base.columns)):
        raise not_updatable(view, node, NO_COLUMNS)
    alias = node.alias or view.name
    sources = _sources(node)
    names, aliases = names_in_sources(sources, tables)
    named = {name: _under(value, alias) for name, value in base.columns.items()}
    absent = frozenset(column.name for column in base.table.columns) - named.keys()
    scope = ViewColumns(alias, named, tables, absent, names)
    changed = _Names(node.alias or "", view, base, scope)
    where = () if base.where is None else (_under(base.where, alias),)
    checks = tuple((name, _under(check, alias)) for name, check in base.checks)
    table, returning = base.table.qualified, changed.returning(node)
    if isinstance(node, ast.Insert):
        made = changed.insert(node)
        return replace(made, table=table, alias=alias, returning=returning, view_checks=checks)
    if isinstance(node, ast.Merge):
        return replace(
            node, table=table, alias=alias, returning=returning, on=scope.in_place(node.on),
            whens=tuple(map(changed.when, node.whens)), view_checks=checks,
            seen=and_of([*where]) if where else None,
        )  # fmt: skip
    told = () if node.where is None else (scope.in_place(node.where),)
    found = and_of([*where, *told]) if where or told else None
    if isinstance(node, ast.Update):
        given = changed.assignments(node.assignments)
        return replace(
            node, table=table, alias=alias, returning=returning, where=found, assignments=given,
            view_checks=checks,
        )  # fmt: skip
    return replace(node, table=table, alias=alias, returning=returning, where=found)


def _kind(node: ast.Change) -> type:
    """Return what a statement does to rows first."""
    if not isinstance(node, ast.Merge):
        return type(node)
    actions = {when.action for when in node.whens}
    return next((kind for kind in WORDS if kind.__name__.lower() in actions), ast.Update)


def _sources(node: ast.Change) -> tuple[ast.From, ...]:
    if isinstance(node, ast.Merge):
        return (node.source,)
    return () if isinstance(node, ast.Insert) else node.sources


def _under(part: Any, alias: str) -> Any:
    """Return an expression over a row of the table, which a statement has a name for."""

    def named(node: ast.Name) -> ast.Name:
        return replace(node, parts=(alias, *node.parts[1:])) if node.parts[0] == ROW else node

    if isinstance(part, ast.Name):
        return named(part)
    if isinstance(part, tuple):
        return tuple(_under(item, alias) for item in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    return replace(part, **{f.name: _under(getattr(part, f.name), alias) for f in fields(part) if f.init})


@dataclass(frozen=True, slots=True)
class _Names:
    """One change of a view, in the names of its table."""

    alias: str
    view: schema.View
    base: Base
    scope: ViewColumns

    def target(self, name: ast.ColumnName, word: str) -> ast.ColumnName:
        """Return the table's column that a value for a column of the view goes to. Raises 42703, 0A000."""
        if name not in self.base.columns:
            text = f'column "{name}" of relation "{self.view.name}" does not exist'
            raise UndefinedColumn(text, position=name.position)
        found = self.base.updatable(name)
        if not found:
            raise NotSupportedError(
                f'cannot {word} column "{name}" of view "{self.view.name}"',
                detail="View columns that are not columns of their base relation are not updatable.",
            )
        return ast.ColumnName(found, name.span)

    def insert(self, node: ast.Insert) -> ast.Insert:
        """Return what an INSERT gives, and does where rows are there."""
        names = node.columns or tuple(map(ast.ColumnName, self.base.columns))
        values = _first_row(node.query)
        if values is not None:
            require_as_many(names, values)
            names = names[: len(values)]
        columns = () if node.query is None else tuple(self.target(name, "insert into") for name in names)
        _require_distinct(columns)
        conflict = node.conflict
        if conflict is not None:
            if conflict.constraint is not None:
                raise UndefinedObject(
                    f'constraint "{conflict.constraint}" for table "{self.view.name}" does not exist'
                )
            excluded = {name: _under(value, "excluded") for name, value in self.base.columns.items()}
            both = replace(self.scope, hidden=frozenset(self.scope.columns))
            of_excluded = replace(self.scope, alias="excluded", columns=excluded, absent=frozenset())
            for target in conflict.target:
                if isinstance(target, ast.Name) and not self.base.updatable(target.parts[-1]):
                    text = "there is no unique or exclusion constraint matching the ON CONFLICT specification"
                    raise ProgrammingError(text, sqlstate="42P10")
            keyed = {name: ast.Name((self.base.updatable(name) or ROW,)) for name in self.scope.columns}
            keys = replace(self.scope, columns=keyed)

            def set_to(value: Any) -> Any:
                return both.in_place(_qualified_only(of_excluded, value))

            conflict = replace(
                conflict,
                target=keys.in_place(conflict.target),
                condition=keys.in_place(conflict.condition),
                assignments=tuple(
                    (self.target(name, "update"), set_to(value)) for name, value in conflict.assignments
                ),
                where=set_to(conflict.where),
            )
        return replace(node, columns=columns, conflict=conflict)

    def when(self, node: ast.MergeWhen) -> ast.MergeWhen:
        """Return an action of MERGE. Raises 0A000 for a value that no column of the table takes."""
        columns = node.columns
        if node.action == "insert" and node.values:
            names = columns or tuple(map(ast.ColumnName, self.base.columns))[: len(node.values)]
            columns = tuple(self.target(name, "merge into") for name in names)
            _require_distinct(columns)
        return replace(
            node, condition=self.scope.in_place(node.condition), columns=columns,
            values=self.scope.in_place(node.values),
            assignments=self.assignments(node.assignments, "merge into"),
        )  # fmt: skip

    def assignments(
        self, given: tuple[tuple[ast.ColumnName, ast.Expression], ...], word: str = "update"
    ) -> tuple[tuple[ast.ColumnName, ast.Expression], ...]:
        """Return what UPDATE sets. Raises 42601 where two columns of the view are one of the table."""
        null = ast.Literal(None, "null")  # what a view gives a column by default
        made = [
            (
                self.target(name, word),
                null if isinstance(value, ast.Default) else self.scope.in_place(value),
            )
            for name, value in given
        ]
        _require_distinct([name for name, _ in made])
        return tuple(made)

    def returning(self, node: ast.Change) -> tuple[ast.SelectItem, ...]:
        """Return RETURNING, under the names that the view has."""
        made: list[ast.SelectItem] = []
        for item in node.returning:
            expression = item.expression
            if isinstance(expression, ast.Star) and expression.table in (None, self.scope.alias):
                if expression.table is None and _sources(node):
                    raise NotSupportedError("RETURNING columns of other tables is not supported yet")
                made += [ast.SelectItem(value, name) for name, value in self.scope.columns.items()]
            else:
                name = item.alias or output_name(expression)
                made.append(replace(item, expression=self.scope.in_place(expression), alias=name))
        return tuple(made)


def _require_distinct(names: Sequence[str]) -> None:
    """Raise 42601 where several columns of a view are one of the table."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise SyntaxError(f'multiple assignments to same column "{name}"')


def _qualified_only(scope: ViewColumns, part: Any) -> Any:
    """Put the columns of one alias in their places, and leave names without one."""
    if isinstance(part, ast.Name):
        return scope.in_place(part) if len(part.parts) > 1 else part
    if isinstance(part, tuple):
        return tuple(_qualified_only(scope, item) for item in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    given = {f.name: _qualified_only(scope, getattr(part, f.name)) for f in fields(part) if f.init}
    return replace(part, **given)


def _first_row(query: ast.Query | None) -> Sequence[ast.Expression] | None:
    """Return the first row that a query of INSERT gives, None where that is not to be seen."""
    match query:
        case ast.Values(rows=ast.LiteralRows() as rows):
            return next(rows.each())
        case ast.Values(rows=(first, *_)):
            return first
        case ast.Select(items=items) if not any(isinstance(i.expression, ast.Star) for i in items):
            return tuple(item.expression for item in items)
    return None


def not_updatable(view: schema.View, node: ast.Change, why: str) -> ObjectNotInPrerequisiteState:
    """Return the error of a view that cannot be changed through."""
    does, doing, verb = WORDS[_kind(node)]
    trigger = f"provide an INSTEAD OF {verb} trigger or an unconditional ON {verb} DO INSTEAD rule"
    if isinstance(node, ast.Merge):
        doing, trigger = f"{doing} the view using MERGE", f"provide an INSTEAD OF {verb} trigger"
    else:
        doing += " the view"
    return ObjectNotInPrerequisiteState(
        f'cannot {does} view "{view.name}"', detail=why, hint=f"To enable {doing}, {trigger}."
    )
