"""What is not there: functions that are named and missing, and kinds of objects that there are none of, as
triggers, procedures and publications, which DROP ... IF EXISTS names."""

from __future__ import annotations

from vql import schema
from vql.errors import NotSupportedError, ProgrammingError, UndefinedFunction, UndefinedObject, UndefinedTable
from vql.executor.bridge.catalog.built_in.routines import LANGUAGES, built_ins_named
from vql.language import ast
from vql.language.ast.walk import type_written
from vql.naming import find_object, searched
from vql.session.objects.schemas import Path
from vql.session.results import Notice, Result
from vql.storage.snapshot import Snapshot

SQL_TYPES = frozenset(
    "int integer smallint bigint real float decimal numeric dec boolean bit char character varchar nchar"
    " time timestamp interval json".split()
)
# Kinds that PostgreSQL calls otherwise in what it says of them.
CALLED = {"foreign data wrapper": "foreign-data wrapper", "statistics": "statistics object"}


def drop_absent(statement: ast.DropAbsent, view: Snapshot, path: Path) -> Result:
    """Say with IF EXISTS that nothing is dropped. Raises 42704, 42883, 42P01, 0A000."""
    notices = []
    for named in statement.names:
        _require_not_built_in(statement.kind, named)
        if statement.on:
            text = _of_relation(statement, named.name[-1], view, path)
        elif statement.kind in ("procedure", "aggregate"):
            if not statement.if_exists:
                raise missing_routine(named, view, path, statement.kind)
            text = shown_missing(named, statement.kind)
        else:
            text = f'{CALLED.get(statement.kind, statement.kind)} "{".".join(named.name)}"'
            if not statement.if_exists:
                raise UndefinedObject(f"{text} does not exist")
        notices.append(Notice(f"{text} does not exist, skipping"))
    return Result(f"DROP {statement.kind.upper()}", notices=tuple(notices))


def _require_not_built_in(kind: str, named: ast.RoutineNamed) -> None:
    name = named.name[-1]
    is_aggregate = kind == "aggregate" and any(
        each.declared.is_aggregate for each in built_ins_named().get(name, ())
    )
    if (
        is_aggregate
        or kind == "language"
        and name in LANGUAGES.values()
        or kind == "tablespace"
        and name[:3] == "pg_"
    ):
        raise NotSupportedError(f"DROP {kind.upper()} of what is built in is not supported")


def _of_relation(statement: ast.DropAbsent, name: str, view: Snapshot, path: Path) -> str:
    shown = ".".join(statement.on)
    found = find_object(view.tables, statement.on, path) or find_object(view.others, statement.on, path)
    if not isinstance(found, schema.Table | schema.View):
        if not statement.if_exists:
            raise UndefinedTable(f'relation "{shown}" does not exist')
        return f'relation "{shown}"'
    if statement.if_exists:
        return f'{statement.kind} "{name}" for relation "{found.name}"'
    what = "table" if statement.kind == "trigger" else "relation"
    raise UndefinedObject(f'{statement.kind} "{name}" for {what} "{found.name}" does not exist')


def missing_routine(
    named: ast.RoutineNamed, view: Snapshot, path: Path, kind: str = "function"
) -> ProgrammingError:
    """Return what is raised where nothing of a kind has a name and arguments."""
    if len(named.name) > 1 and not any(view.find_schema(each) for each in searched(named.name, path)):
        return ProgrammingError(f'schema "{named.name[-2]}" does not exist', sqlstate="3F000")
    shown = ".".join(named.name)
    if named.types is None:
        return UndefinedFunction(f'could not find a {kind} named "{shown}"')
    types = ", ".join(type_written(each).sized(None).formatted() for each in named.types)
    return UndefinedFunction(f"{kind} {shown}({types}) does not exist")


def shown_missing(named: ast.RoutineNamed, kind: str = "function") -> str:
    """Return what a notice calls a function that is not there."""
    return f"{kind} {'.'.join(named.name)}({','.join(map(_as_written, named.types or ()))})"


def _as_written(written: ast.TypeName) -> str:
    """Return a type as PostgreSQL's parser has it: those of SQL's own words are in pg_catalog."""
    name = written.name.lower()
    is_word = name.removesuffix("[]") in SQL_TYPES or " " in name
    return f"pg_catalog.{type_written(written).base.short_name}" if is_word else written.name
