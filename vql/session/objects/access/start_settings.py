"""ALTER ROLE and ALTER DATABASE with SET and RESET: settings that sessions to come begin with."""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import NotSupportedError, ProgrammingError
from vql.language import ast
from vql.roles.access import StartSettings
from vql.roles.role import OWNER_ID, denied
from vql.session.identity import Identity, database_rights
from vql.session.objects.access.roles import lock_role, require_administered
from vql.session.results import Result
from vql.settings.known import OF_TRANSACTION, SETTINGS, displayed, folded
from vql.settings.settings import Settings
from vql.storage.transactions.transaction import Transaction


def alter_settings(
    statement: ast.AlterSettings, transaction: Transaction, identity: Identity, settings: Settings
) -> Result:
    """Run the statement. Raises 22023, 3D000, 42501, 42704, 55P02, 0A000."""
    role_id = 0
    if statement.database is not None and statement.database != identity.database:
        neighbours = [name for _, name in transaction.view().neighbours()]
        if statement.database in neighbours:
            raise NotSupportedError("settings of another database are not supported", hint="Connect to it.")
        raise ProgrammingError(f'database "{statement.database}" does not exist', sqlstate="3D000")
    me = identity.current(transaction.view())
    if statement.role is not None:
        role = lock_role(statement.role, transaction, identity)
        role_id = role.role_id
        if role_id != me.role_id and not (role_id == OWNER_ID and me.is_superuser):
            require_administered(me, role, "alter", transaction, identity)
    elif statement.is_of_role:
        if not me.is_superuser:
            raise denied(
                "to alter setting",
                "Only roles with the SUPERUSER attribute may alter settings globally.",
            )
    elif not (me.is_superuser or database_rights(transaction.view()).access.owner_id == me.role_id):
        raise ProgrammingError(f"must be owner of database {statement.database}", sqlstate="42501")
    _change(statement, role_id, transaction, settings)
    return Result("ALTER ROLE" if statement.is_of_role else "ALTER DATABASE")


def _change(statement: ast.AlterSettings, role_id: int, transaction: Transaction, settings: Settings) -> None:
    rights, is_here = database_rights(transaction.view()), statement.database is not None
    found = StartSettings(role_id, is_here)
    for each in rights.settings:
        if (each.role_id, each.is_of_database) == (role_id, is_here):
            found = each
    name, value = statement.setting.name, statement.setting.value
    if name == "all" and value is None:
        # What the session may not set, whoever has decided it, stays.
        values = tuple(pair for pair in found.values if not _may_set(pair[0], settings))
    else:
        value = settings.get(name) if statement.from_current else value
        key = folded(name)
        if key == "session_authorization" or key in OF_TRANSACTION:
            raise ProgrammingError(f'parameter "{name}" cannot be changed', sqlstate="55P02")
        settings.check(name, value)
        if not _may_set(name, settings):
            raise denied(f'to set parameter "{name}"')
        values = tuple(pair for pair in found.values if folded(pair[0]) != key)
        if value is not None:
            # The name stays where it was: a list is read in the order in which it was made.
            place = next((i for i, pair in enumerate(found.values) if folded(pair[0]) == key), len(values))
            values = (*values[:place], (displayed(name), value), *values[place:])
    kept = tuple(each for each in rights.settings if each is not found)
    made = (*kept, replace(found, values=values)) if values else kept
    transaction.define(schema.DATABASE_ID, replace(rights, settings=made))


def _may_set(name: str, settings: Settings) -> bool:
    """Whether the session may decide a setting for sessions to come: one that nobody has declared is a
    superuser's to give, as in PostgreSQL."""
    declared = SETTINGS.get(folded(name))
    return settings.is_superuser() or (declared is not None and declared.context == "user")
