"""Whose objects are: what a definition takes of who asks for it, and what follows when an owner changes.

Whoever alters or drops an object has to have the rights of its owner, and whoever makes one the right to do
so in its schema. A definition that is not listed in `require` is a superuser's: one that is added and
forgotten here is refused, not let through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from vql import schema
from vql.language import ast
from vql.language.ast.walk import nodes_of
from vql.language.bind.access.rights import Rights, object_kind
from vql.naming import find_object, is_temporary
from vql.roles.access import OWNERS, Access, Grant
from vql.roles.role import denied
from vql.routines import Routine
from vql.session.identity import database_rights
from vql.session.objects.routines.routines import find_routine
from vql.session.objects.schemas import Path, find_index, require_schema, schemas_there, table_shown
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.extensions.extension import EXTENSIONS, find_extension


class Accessed(NamedTuple):
    """Something that is somebody's; the database has no name here."""

    object_id: int
    kind: str
    shown: str
    access: Access


def accessed(view: Snapshot) -> Iterator[Accessed]:
    """Yield everything that is somebody's, the oldest first."""
    found: list[Accessed] = [Accessed(schema.DATABASE_ID, "database", "", database_rights(view).access)]
    for table in view.tables.values():
        found.append(Accessed(table.table_id, object_kind(table), table_shown(table), table.access))
    for object_id, each in view.others_by_id.items():
        match each:
            case schema.Schema():
                found.append(Accessed(object_id, "schema", each.name, each.access))
            case _ if isinstance(each, schema.View | schema.Sequence | schema.NamedType | Routine):
                found.append(Accessed(object_id, object_kind(each), table_shown(each), each.access))
    yield from sorted(found, key=lambda each: each.object_id)


def set_access(object_id: int, access: Access, transaction: Transaction) -> None:
    """Give an object another owner, or other grants."""
    view = transaction.view()
    if object_id == schema.DATABASE_ID:
        transaction.define(object_id, replace(database_rights(view), access=access))
        return
    found = view.definition(object_id)
    assert found is not None and hasattr(found, "access"), "it is somebody's"
    if isinstance(found, schema.Table):
        transaction.alter_table(replace(found, access=access))
    else:
        transaction.define(object_id, replace(found, access=access))  # type: ignore[arg-type]


def change_owner(object_id: int, owner_id: int, transaction: Transaction) -> None:
    """Give an object, and the sequences of a table's columns, to another owner."""
    for each in list(accessed(transaction.view())):
        owned = transaction.view().definition(each.object_id)
        goes_with = isinstance(owned, schema.Sequence) and owned.owner_id == object_id
        if each.object_id == object_id or goes_with:
            kind = "table" if each.kind == "type" else each.kind
            set_access(each.object_id, each.access.owned_by(kind, owner_id), transaction)


def access_of_new(made: schema.Object, maker_id: int, view: Snapshot) -> Access:
    """Return the access of an object that a role makes: its own, with what its default privileges say."""
    kind, there = object_kind(made), getattr(made, "schema", "")
    named = view.others.get(("", there))
    schema_id = named.schema_id if isinstance(named, schema.Schema) else -1
    access = Access(maker_id)
    wanted = "table" if kind.endswith("view") else kind
    found: list[Grant] = [
        grant
        for each in database_rights(view).defaults
        if each.role_id == maker_id and each.kind == wanted and each.schema_id in (0, schema_id)
        for grant in each.grants
    ]
    for grant in found:
        access = access.granting(kind, grant)
    return access


# ------------------------------------------------------------------ what definitions take


def require(statement: ast.Statement, view: Snapshot, path: Path, rights: Rights, database: str) -> None:
    """Raise 42501 where a role may not run a definition. What it names and is not there is told later."""
    match statement:
        case (
            ast.CreateTable() | ast.CreateView() | ast.CreateMaterialized() | ast.CreateSequence()
            | ast.CreateEnum() | ast.CreateRange() | ast.CreateRowType() | ast.CreateDomain()
            | ast.CreateRoutine()
        ):  # fmt: skip
            there: str | None = "pg_temp"
            if getattr(statement, "temporary", False):
                _require_temporary(rights, database)
            else:
                there = _require_creation(statement.name, view, path, rights)
            _require_sources(statement, view, path, rights)
            if isinstance(statement, ast.CreateTable | ast.CreateView) and statement.or_replace:
                # One that reads what is temporary is so itself.
                replaced = tuple((each, statement.name[-1]) for each in (there, "pg_temp") if each)
                _require_owned(replaced, view, path, rights)
            if isinstance(statement, ast.CreateSequence) and statement.owner:
                _require_owned((statement.owner[:-1],), view, path, rights)
        case (
            ast.AlterTable() | ast.AlterView() | ast.AlterMaterialized() | ast.AlterSequence()
            | ast.AlterTypeOwner()
        ):  # fmt: skip
            _require_owned((statement.name,), view, path, rights)
            _require_sources(statement, view, path, rights)
            actions = statement.actions if isinstance(statement, ast.AlterTable) else (statement.action,)
            for action in actions:
                if isinstance(action, ast.SetSchema) and view.find_schema(action.schema) is not None:
                    rights.require_creation(action.schema)
            if isinstance(statement, ast.AlterSequence) and statement.owner:
                _require_owned((statement.owner[:-1],), view, path, rights)
        case ast.AddLabel() | ast.RenameLabel() | ast.RenameType() | ast.AlterDomain():
            _require_owned((statement.name,), view, path, rights)
        case ast.AlterRowType():  # as PostgreSQL has it
            _require_owned((statement.name,), view, path, rights, "table")
        case ast.AlterRoutine(routine=named, action=action):
            _require_routine(named, view, path, rights)
            if isinstance(action, ast.SetSchema) and view.find_schema(action.schema) is not None:
                rights.require_creation(action.schema)
        case ast.DropRoutines(routines=routines):
            for named in routines:
                _require_routine(named, view, path, rights)
        case ast.RefreshMaterialized():
            rights.require_usage(statement.name)
            refreshed = find_object(view.tables, statement.name, path)
            if refreshed is not None:
                rights.require(refreshed, "m")
        case ast.CommentOn():
            _require_commented(statement, view, path, rights)
        case ast.CreateIndex():
            _require_table(statement.table, view, path, rights)
        case ast.DropTable():
            for name in statement.names:
                _require_table(name, view, path, rights)
        case ast.DropView() | ast.DropSequence() | ast.DropType():
            _require_owned(statement.names, view, path, rights)
        case ast.CreatePolicy() | ast.AlterPolicy():
            _require_table(statement.table, view, path, rights)
        case ast.DropPolicy():
            _require_table(statement.table, view, path, rights, "relation")
        case ast.AlterIndex():  # which renames a table, too
            _require_owned((statement.name,), view, path, rights)
        case ast.DropIndex():
            for name in statement.names:
                _require_index(name, view, path, rights)
        case ast.Truncate():
            for name in statement.names:
                rights.require_usage(name)
                found = find_object(view.tables, name, path)
                if found is not None:
                    rights.require(found, "D")
        case ast.CreateSchema():
            if "C" not in database_rights(view).access.rights("database", rights.held):
                raise denied(f"for database {database}")
        case ast.CreateExtension(name=name):
            _require_extension_made(name, view, rights)
        case ast.AlterExtension(name=name):
            _require_extensions((name,), view, rights)
        case ast.DropExtension(names=names):
            _require_extensions(names, view, rights)
        case ast.AlterSchema(name=name):
            _require_schemas((name,), view, rights)
        case ast.DropSchema(names=names):
            _require_schemas(names, view, rights)
        case ast.CloneTable():
            _require_creation(statement.name, view, path, rights)
        case ast.UndropTable() | ast.RestoreTable():
            pass  # each looks for itself, at what was there
        case ast.SetConstraints():
            pass
        case _ if isinstance(statement, ast.AboutRoles):
            pass  # each looks for itself
        case _:
            raise denied(
                f"to run {type(statement).__name__}",
                "Only roles with the SUPERUSER attribute may run this statement.",
            )


def _require_routine(named: ast.RoutineNamed, view: Snapshot, path: Path, rights: Rights) -> None:
    found = find_routine(named, view, path)
    if found is not None:
        rights.require_ownership(found.access, "function", found.name)


def _require_sources(statement: ast.Statement, view: Snapshot, path: Path, rights: Rights) -> None:
    """Look at the tables that a definition refers to, or is to be like."""
    for key in nodes_of(statement, ast.ForeignKeyDefinition):
        found = find_object(view.tables, key.table, path)
        if found is not None:
            numbers = frozenset(c.number for c in found.columns if c.name in key.referenced)
            rights.require(found, "x", numbers or None)
    for like in nodes_of(statement, ast.TableLike):
        rights.require_usage(like.table)
        found = find_object(view.tables, like.table, path)
        if found is not None:
            rights.require(found, "r")


def _require_creation(name: tuple[str, ...], view: Snapshot, path: Path, rights: Rights) -> str | None:
    """Return the schema that something new goes into, None where there is none."""
    lasting = (each for each in schemas_there(view, path) if not is_temporary(each))
    there = name[-2] if len(name) > 1 else next(lasting, None)
    if there == "pg_temp":
        rights.require_creation(there)
    if there is not None and view.find_schema(there) is not None:
        rights.require_creation(there)
    return there


def _require_temporary(rights: Rights, database: str) -> None:
    if not rights.may_be_temporary():
        raise denied(f'to create temporary tables in database "{database}"')


def _require_commented(statement: ast.CommentOn, view: Snapshot, path: Path, rights: Rights) -> None:
    """Raise 42501 where a role may not say something of an object: its owner may."""
    name = statement.name
    match statement.kind:
        case "column":
            _require_owned((name[:-1],) if len(name) > 1 else (), view, path, rights, "relation")
        case "constraint":
            _require_owned((statement.on,), view, path, rights, "relation")
        case "schema":
            _require_schemas(name[-1:], view, rights)
        case "database":
            rights.require_ownership(database_rights(view).access, "database", name[-1])
        case "role":
            role = rights.roles.named(name[-1])
            if role.is_superuser or not (
                rights.role.creates_roles and rights.roles.administers(rights.role, role.role_id)
            ):
                raise denied(f"to comment on role {role.name}")
        case "extension":
            _require_extensions(name[-1:], view, rights)
        case "function" if statement.routine is not None:
            _require_routine(statement.routine, view, path, rights)
        case _:
            _require_owned((name,), view, path, rights)


def _require_owned(
    names: tuple[tuple[str, ...], ...], view: Snapshot, path: Path, rights: Rights, kind: str = ""
) -> None:
    """Look at all that a name means, of any kind: a statement is about the first of its own kind, and another
    kind may be found before that."""
    for name in names:
        rights.require_usage(name)
        for found in (find_object(view.tables, name, path), find_object(view.others, name, path)):
            if found is not None:
                rights.require_ownership(access_of(found), kind or object_kind(found), name[-1])
        _require_index(name, view, path, rights)


def _require_table(name: tuple[str, ...], view: Snapshot, path: Path, rights: Rights, kind: str = "") -> None:
    rights.require_usage(name)
    table = find_object(view.tables, name, path)
    if table is not None:
        rights.require_ownership(table.access, kind or object_kind(table), table.name)


def access_of(found: schema.Object) -> Access:
    """Return what is granted on an object."""
    access = getattr(found, "access", OWNERS)
    assert isinstance(access, Access), "it is somebody's"
    return access


def _require_index(name: tuple[str, ...], view: Snapshot, path: Path, rights: Rights) -> None:
    rights.require_usage(name)
    table = find_index(view, name, path)
    if table is not None:
        rights.require_ownership(table.access, "index", name[-1])


def _require_extension_made(name: str, view: Snapshot, rights: Rights) -> None:
    """Let who may make schemas make an extension that is trusted."""
    is_trusted = name in EXTENSIONS and EXTENSIONS[name].is_trusted
    if not is_trusted or "C" not in database_rights(view).access.rights("database", rights.held):
        wanted = "CREATE privilege on current database" if is_trusted else "superuser"
        must = f"Must have {wanted}" if is_trusted else "Must be superuser"
        error = denied(f'to create extension "{name}"')
        error.hint = f"{must} to create this extension."
        raise error


def _require_extensions(names: tuple[str, ...], view: Snapshot, rights: Rights) -> None:
    for name in names:
        found = find_extension(view.others, name)
        if found is not None:
            rights.require_ownership(found.access, "extension", name)


def _require_schemas(names: tuple[str, ...], view: Snapshot, rights: Rights) -> None:
    for name in names:
        if view.find_schema(name) is not None:
            rights.require_ownership(require_schema(name, view).access, "schema", name)
