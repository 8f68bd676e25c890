"""Schemas in a session: CREATE, ALTER and DROP SCHEMA, and which schema a new object goes into.

A table names its schema, so that who renames a schema defines what is in it anew. Who makes something in a
schema holds a lock that lets others do so too, until the end of the transaction; who renames or drops the
schema holds one that nobody else has. So nothing is ever in a schema that is not there.
"""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import (
    DependentObjects,
    NotSupportedError,
    ProgrammingError,
    UndefinedObject,
    UndefinedSchema,
    UndefinedTable,
)
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.language.ast.roles import CURRENT
from vql.language.bind.definitions.tables import check_name
from vql.naming import Qualified, find_object, is_temporary
from vql.roles.access import Access
from vql.routines import Routine
from vql.session.identity import Identity
from vql.session.results import Notice, Result
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.isolation import concurrent_update
from vql.storage.transactions.transaction import Transaction
from vql.typed import Inside, id_of
from vql.types.extensions.extension import extensions_in

# The schemas that are searched for a name without one.
Path = tuple[str, ...]
SYSTEM = ("pg_catalog", "information_schema")
# As many are named in the detail of an error.
DEPENDENTS_SHOWN = 100


def schemas_there(view: Snapshot, path: Path) -> Path:
    """Return the schemas of a search path that exist."""
    return tuple(dict.fromkeys(name for name in path if view.find_schema(name) or name in SYSTEM))


def name_to_make(
    name: tuple[str, ...], transaction: Transaction, path: Path, span: ast.Span = ast.NOWHERE
) -> Qualified:
    """Return what a new relation is called, in its schema, which stays there until the end. Raises 3F000,
    42501."""
    check_name(name[-1])
    if len(name) > 1:
        return enter_schema(name[-2], transaction, span), name[-1]
    there = schemas_there(transaction.view(), path)
    found = next((each for each in there if not is_temporary(each)), None)
    if found is None:
        raise UndefinedSchema("no schema has been selected to create in", position=_place(span))
    return enter_schema(found, transaction), name[-1]


def enter_other(before: str, name: str, transaction: Transaction) -> str:
    """Enter a schema that something of another one is moved into. Raises 3F000, 42501, 0A000."""
    if is_temporary(before) or name == "pg_temp":
        raise NotSupportedError("cannot move objects into or out of temporary schemas")
    return enter_schema(name, transaction)


def rename_or_move(
    found: schema.View | schema.Sequence,
    action: ast.Rename | ast.SetSchema | ast.ChangeOwner,
    transaction: Transaction,
) -> None:
    """Rename a view or sequence, or move it to another schema. Raises 42P07, 3F000, 42501, 0A000."""
    match action:
        case ast.Rename(name=name):
            check_name(name)
            made = replace(found, name=name)
        case ast.SetSchema(schema=name):
            made = replace(found, schema=enter_other(found.schema, name, transaction))
        case ast.ChangeOwner():  # done by whoever asks who may
            return
    if made.qualified != found.qualified:
        if transaction.view().has_relation(made.qualified):
            raise name_taken(made.qualified)
        transaction.define(id_of(found), made)


def enter_schema(name: str, transaction: Transaction, span: ast.Span = ast.NOWHERE) -> str:
    """Keep others from dropping or renaming a schema, and return its name. Raises 3F000, 42501, 0A000."""
    if name in SYSTEM:
        raise ProgrammingError(f"permission denied for schema {name}", sqlstate="42501")
    if is_temporary(name):
        raise NotSupportedError("cannot move objects into or out of temporary schemas")
    found = require_schema(name, transaction.view(), span)
    transaction.lock(found.schema_id, RelationLock.ACCESS_SHARE)
    require_schema(name, transaction.view(), span)
    return name


def require_schema(name: str, view: Snapshot, span: ast.Span = ast.NOWHERE) -> schema.Schema:
    """Return a schema. Raises 3F000."""
    found = view.find_schema(name)
    if found is None:
        raise UndefinedSchema(f'schema "{name}" does not exist', position=_place(span))
    return found


def _place(span: ast.Span) -> int | None:
    return None if span == ast.NOWHERE else span[0] + 1


def find_index(view: Snapshot, name: tuple[str, ...], path: Path) -> schema.Table | None:
    """Return the table whose index has a name, None where none has."""
    table_id = find_object(view.index_names, name, path)
    return None if table_id is None else view.tables_by_id[table_id]


def not_there(kind: str, name: tuple[str, ...], view: Snapshot) -> ProgrammingError:
    """Return the error of a name of a table, an index or the like to be dropped that nothing has."""
    if len(name) > 1 and view.find_schema(name[-2]) is None and name[-2] not in SYSTEM:
        return UndefinedSchema(f'schema "{name[-2]}" does not exist')
    what = f'{kind} "{name[-1]}" does not exist'
    return UndefinedObject(what) if kind == "index" else UndefinedTable(what)


def create_schema(statement: ast.CreateSchema, transaction: Transaction, identity: Identity) -> Result:
    """Run CREATE SCHEMA. Raises 42P06, 42501, 42704, 42939."""
    role = ast.RoleName(statement.owner or CURRENT, not statement.owner)
    view = transaction.view()
    owner, me = identity.named(role, identity.roles(view)), identity.current(view)
    if not identity.roles(view).may_become(me, owner.role_id):
        raise ProgrammingError(f'must be able to SET ROLE "{owner.name}"', sqlstate="42501")
    name = statement.name or owner.name
    check_name(name)
    _require_free(name)
    if view.find_schema(name) is not None or name in SYSTEM:
        if statement.if_not_exists:
            text = f'schema "{name}" already exists, skipping'
            return Result("CREATE SCHEMA", notices=(Notice(text, sqlstate="42P06"),))
        raise name_taken(("", name))
    made = schema.Schema(transaction.new_object_id(), name, Access(owner.role_id))
    transaction.define(made.schema_id, made)
    return Result("CREATE SCHEMA")


def alter_schema(statement: ast.AlterSchema, transaction: Transaction) -> Result:
    """Run ALTER SCHEMA: another name, or an owner. Raises 3F000, 42P06, 42704, 42939."""
    if statement.owner is not None:
        require_schema(statement.name, transaction.view())
        return Result("ALTER SCHEMA")
    found = lock_schema(statement.name, transaction)
    check_name(statement.new_name)
    _require_free(statement.new_name)
    if transaction.view().find_schema(statement.new_name) is not None:
        raise name_taken(("", statement.new_name))
    moved = inside(found.name, transaction.view())
    transaction.define(found.schema_id, replace(found, name=statement.new_name))
    for each in moved:
        if isinstance(each, schema.Table):
            transaction.alter_table(replace(each, schema=statement.new_name))
        else:
            transaction.define(id_of(each), replace(each, schema=statement.new_name))
    for extension in extensions_in(transaction.view().others):
        if extension.schema == found.name:
            made = replace(extension, schema=statement.new_name)
            transaction.define(made.extension_id, made)
    return Result("ALTER SCHEMA")


def still_needed(what: list[str], dependents: list[tuple[str, str]]) -> DependentObjects:
    """Return the error of objects that others depend on: each with the one that it depends on."""
    told = "desired object(s)" if len(what) > 1 else what[0]
    detail = "\n".join(f"{who} depends on {on}" for who, on in dependents[:DEPENDENTS_SHOWN])
    return DependentObjects(
        f"cannot drop {told} because other objects depend on {'them' if len(what) > 1 else 'it'}",
        detail=detail, hint="Use DROP ... CASCADE to drop the dependent objects too.",
    )  # fmt: skip


def cascaded(dropped: list[str]) -> list[Notice]:
    """Return what is said of what CASCADE has dropped beside the things that were named."""
    if len(dropped) < 2:
        return [Notice(f"drop cascades to {name}") for name in dropped]
    detail = "\n".join(f"drop cascades to {name}" for name in dropped[:DEPENDENTS_SHOWN])
    return [Notice(f"drop cascades to {len(dropped)} other objects", detail=detail)]


def table_shown(table: Inside) -> str:
    """Return the name of a table, a view, a type or a function as a message has it."""
    is_searched = table.schema == schema.PUBLIC or is_temporary(table.schema)
    if isinstance(table, Routine):
        types = ",".join(argument.type.formatted() for argument in table.arguments)
        names = (table.schema, table.name)[is_searched:]
        return f"{'.'.join(map(quote_ident, names))}({types})"
    return ".".join(map(quote_ident, table.qualified[is_searched:]))


def lock_schema(name: str, transaction: Transaction) -> schema.Schema:
    """Return a schema once it is nobody else's. Raises 3F000, 2BP01, 40001."""
    if name in SYSTEM:
        raise DependentObjects(f"cannot drop schema {name} because it is required by the database system")
    found = require_schema(name, transaction.view())
    transaction.lock(found.schema_id, RelationLock.ACCESS_EXCLUSIVE)
    if transaction.snapshot.catalog_version != transaction.store.snapshot().catalog_version:
        raise concurrent_update()  # what is in it by now cannot be seen
    return require_schema(name, transaction.view())


def _require_free(name: str) -> None:
    """Raise 42939 for a name that only the system's schemas have."""
    if name.startswith("pg_"):
        raise ProgrammingError(
            f'unacceptable schema name "{name}"', sqlstate="42939",
            detail='The prefix "pg_" is reserved for system schemas.',
        )  # fmt: skip


def inside(name: str, view: Snapshot) -> list[Inside]:
    """Return what is in a schema: tables, views, types, the oldest first."""
    tables = [table for table in view.tables.values() if table.schema == name]
    others = [each for each in view.others.values() if isinstance(each, Inside) and each.schema == name]
    return sorted((*tables, *others), key=id_of)
