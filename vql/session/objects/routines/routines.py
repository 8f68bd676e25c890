"""CREATE, ALTER and DROP FUNCTION in a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from vql import schema
from vql.errors import (
    DuplicateObject,
    InvalidFunctionDefinition,
    NotSupportedError,
    ProgrammingError,
    UndefinedFunction,
)
from vql.language import ast
from vql.language.analyze.resolution.coerce import RECORD
from vql.language.ast.walk import type_written
from vql.language.bind.definitions.defined_values import check_default_apart
from vql.language.bind.definitions.routines import check_body, routines_named
from vql.language.bind.names import Tables
from vql.language.parser import parse_expression
from vql.roles.access import OWNERS
from vql.routines import ROUTINES, Routine, RoutineArgument
from vql.session.objects.routines.absent import drop_absent, missing_routine, shown_missing
from vql.session.objects.schemas import Path, enter_other, name_to_make
from vql.session.objects.views import drop_dependents, kind_shown
from vql.session.results import Notice, Result
from vql.settings.settings import Settings
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.type import Type

TablesOf = Callable[[Snapshot], Tables]


def define_routine(
    statement: ast.CreateRoutine | ast.AlterRoutine | ast.DropRoutines | ast.DropAbsent,
    transaction: Transaction,
    path: Path,
    tables_of: TablesOf,
    settings: Settings,
) -> Result:
    """Run CREATE, ALTER or DROP FUNCTION, and DROP of what there is none of."""
    match statement:
        case ast.CreateRoutine():
            return create_routine(statement, transaction, path, tables_of, settings)
        case ast.AlterRoutine():
            return alter_routine(statement, transaction, path)
        case ast.DropAbsent():
            return drop_absent(statement, transaction.view(), path)
    return drop_routines(statement, transaction, path)


@contextmanager
def naming_routines(
    tables_of: TablesOf, snapshot: Callable[[], Snapshot], statement: ast.Statement
) -> Iterator[None]:
    """Say of functions that are there, and are not found in a definition, that it may not have them."""
    try:
        yield
    except UndefinedFunction as error:
        name = error.message.removeprefix("function ").split("(")[0].split(".")
        is_about_it = isinstance(statement, ast.AlterRoutine | ast.DropRoutines | ast.CommentOn)
        if is_about_it or not routines_named(name, tables_of(snapshot())):
            raise
        raise NotSupportedError(
            f"function {'.'.join(name)} of CREATE FUNCTION is supported in queries and views alone",
            hint="Write its expression in the default, the constraint or the index.",
        ) from None


def create_routine(
    statement: ast.CreateRoutine,
    transaction: Transaction,
    path: Path,
    tables_of: TablesOf,
    settings: Settings,
) -> Result:
    """Run CREATE FUNCTION. Raises 42723, 42P13, 3F000, 42704, 0A000, and what is wrong with its query."""
    name = name_to_make(statement.name, transaction, path, statement.span)
    made = _described(statement, name, tables_of(transaction.view()))
    known = transaction.view().others.get(made.qualified)
    if isinstance(known, Routine):
        if not statement.or_replace:
            raise DuplicateObject(
                f'function "{made.name}" already exists with same argument types', sqlstate="42723"
            )
        _require_same_result(known, made)
        made = replace(made, routine_id=known.routine_id, access=known.access)
    else:
        made = replace(made, routine_id=transaction.new_object_id())
    if settings.get("check_function_bodies") == "on":  # else it may read what is not there yet
        check_body(made, tables_of(transaction.view()))
    if made.relation_id:  # it stays there till the function is
        transaction.lock(made.relation_id, RelationLock.ACCESS_SHARE)
    transaction.define(made.routine_id, made)
    return Result("CREATE FUNCTION")


def _described(statement: ast.CreateRoutine, name: tuple[str, str], tables: Tables) -> Routine:
    """Return what a statement defines, without an id."""
    arguments = tuple(_argument(each) for each in statement.arguments if each.mode in ("in", "inout"))
    columns = tuple(_argument(each) for each in statement.arguments if each.mode != "in")
    if any(each.mode == "inout" for each in statement.arguments):
        raise NotSupportedError("INOUT arguments are not supported yet", hint="Use RETURNS TABLE (...).")
    for side in (arguments, columns):  # what it takes and what it gives may share a name
        names = [each.name for each in side if each.name]
        for place, name_ in enumerate(names):
            if name_ in names[:place]:
                raise InvalidFunctionDefinition(f'parameter name "{name_}" used more than once')
    needs = False
    for argument in arguments:
        if needs and argument.default is None:
            raise InvalidFunctionDefinition(
                "input parameters after one with a default value must also have defaults"
            )
        needs |= argument.default is not None
    is_table = any(each.mode == "table" for each in statement.arguments)
    if statement.returns is None and not columns:
        raise InvalidFunctionDefinition("function result type must be specified")
    result, relation_id = RECORD, 0
    if statement.returns is None:
        result = columns[0].type if len(columns) == 1 and not is_table else result
    else:
        result = type_written(statement.returns)
        if result.composite is not None:
            relation_id = _relation_of(result, tables)
        elif result == RECORD and not columns:
            raise NotSupportedError("functions returning record without OUT arguments are not supported yet")
        elif result == RECORD:
            pass
        else:
            _require_plain(result, "returning")
            if columns and result != columns[0].type:
                shown = columns[0].type.formatted()
                raise InvalidFunctionDefinition(
                    f"function result type must be {shown} because of OUT parameters"
                )
    if len(columns) == 1 and not is_table:
        raise NotSupportedError("functions of one OUT argument are not supported yet", hint="Use RETURNS.")
    options = dict(statement.options)
    if "rows" in options and not statement.gives_rows:
        raise InvalidFunctionDefinition(
            "ROWS is not applicable when function does not return a set", sqlstate="22023"
        )
    rows = float(str(options.pop("rows", 1000 * statement.gives_rows)))
    return Routine(
        0, name[1], name[0], arguments, result, statement.text, columns, relation_id, statement.gives_rows,
        statement.is_expression, access=OWNERS, rows=rows,
        **options,  # type: ignore[arg-type]
    )  # fmt: skip


def _argument(written: ast.ArgumentWritten) -> RoutineArgument:
    type_ = type_written(written.type).sized(None)
    _require_plain(type_, "of arguments")
    if written.default is not None:
        if written.mode in ("out", "table"):
            raise InvalidFunctionDefinition("only input parameters can have default values")
        check_default_apart(parse_expression(written.default), schema.Column(written.name, type_))
    return RoutineArgument(written.name, type_, written.default)


def _require_plain(type_: Type, what: str) -> None:
    """Raise 0A000 for a type that somebody made, and for one that is none of a column."""
    if type_.made is not None or type_.domain is not None or not type_.is_storable:
        raise NotSupportedError(f"functions {what} type {type_.formatted()} are not supported yet")


def _relation_of(type_: Type, tables: Tables) -> int:
    """Return the id of the relation whose rows are of a type."""
    composite = type_.composite
    assert composite is not None, "asked before"
    return composite.type_id - schema.ROW_TYPES


def _require_same_result(known: Routine, made: Routine) -> None:
    """Raise 42P13 where a function would give something else than it did."""
    before = (known.result, known.gives_rows, known.columns, known.relation_id)
    if before != (made.result, made.gives_rows, made.columns, made.relation_id):
        raise InvalidFunctionDefinition(
            "cannot change return type of existing function",
            hint=f"Use DROP FUNCTION {known.signature} first.",
        )
    for place, (old, new) in enumerate(zip(known.arguments, made.arguments, strict=True)):
        if old.name and old.name != new.name:
            raise InvalidFunctionDefinition(
                f'cannot change name of input parameter "{old.name}"',
                hint=f"Use DROP FUNCTION {known.signature} first.",
            )
        if old.default is not None and made.arguments[place].default is None:
            raise InvalidFunctionDefinition(
                "cannot remove parameter defaults from existing function",
                hint=f"Use DROP FUNCTION {known.signature} first.",
            )


def find_routine(named: ast.RoutineNamed, view: Snapshot, path: Path) -> Routine | None:
    """Return the function that is named, None where none is. Raises 42725."""
    if named.name[0] == ROUTINES:  # by what it is found under
        found = view.others.get((named.name[0], named.name[-1]))
        return found if isinstance(found, Routine) else None
    tables = Tables(view.tables, path, (), (view,))
    known = routines_named(named.name, tables)
    if named.types is None:
        if len(known) > 1:
            raise ProgrammingError(
                f'function name "{".".join(named.name)}" is not unique', sqlstate="42725",
                hint="Specify the argument list to select the function unambiguously.",
            )  # fmt: skip
        return known[0] if known else None
    types = [type_written(each).sized(None) for each in named.types]
    return next((each for each in known if [a.type for a in each.arguments] == types), None)


def required_routine(named: ast.RoutineNamed, view: Snapshot, path: Path) -> Routine:
    """Return the function that is named. Raises 42883, 42725, 3F000."""
    found = find_routine(named, view, path)
    if found is None:
        raise missing_routine(named, view, path)
    return found


def alter_routine(statement: ast.AlterRoutine, transaction: Transaction, path: Path) -> Result:
    """Run ALTER FUNCTION. Raises 42883, 42725, 42723, 3F000, 42501."""
    found = required_routine(statement.routine, transaction.view(), path)
    match statement.action:
        case ast.Rename(name=name):
            made = replace(found, name=name)
        case ast.SetSchema(schema=name):
            made = replace(found, schema=enter_other(found.schema, name, transaction))
        case ast.ChangeOwner():  # done by whoever asks who may
            return Result("ALTER FUNCTION")
        case _:
            made = replace(found, **dict(statement.options))  # type: ignore[arg-type]
    if made.qualified != found.qualified and made.qualified in transaction.view().others:
        raise DuplicateObject(
            f'function {made.signature} already exists in schema "{made.schema}"', sqlstate="42723"
        )
    transaction.define(found.routine_id, made)
    return Result("ALTER FUNCTION")


def drop_routines(statement: ast.DropRoutines, transaction: Transaction, path: Path) -> Result:
    """Run DROP FUNCTION. Raises 42883, 42725, 2BP01."""
    notices: list[Notice] = []
    found: list[Routine] = []
    for named in statement.routines:
        routine = find_routine(named, transaction.view(), path)
        if routine is not None:
            found.append(routine)
        elif statement.if_exists:
            notices.append(Notice(f"{shown_missing(named)} does not exist, skipping"))
        else:
            raise missing_routine(named, transaction.view(), path)
    ids = {each.routine_id for each in found}
    notices += drop_dependents(list(map(kind_shown, found)), ids, transaction, statement.cascade)
    for each in found:
        transaction.define(each.routine_id, None)
    return Result("DROP FUNCTION", notices=tuple(notices))
