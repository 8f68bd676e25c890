"""CREATE, ALTER and DROP DATABASE in a session of a server that has a folder of them (`vql.session.cluster`).

They are no part of a transaction: what they do is done, and durable, when they return. All databases are the
owner's, who alone drops and renames them; who may make one is asked of the database at hand, as roles are
each database's own.
"""

from __future__ import annotations

from vql.errors import ActiveTransaction, NotSupportedError, OperationalError, ProgrammingError
from vql.language import ast
from vql.language.bind.definitions.tables import check_name
from vql.roles.role import OWNER_ID, denied
from vql.session.cluster import Cluster, unknown_database
from vql.session.database import Database
from vql.session.identity import Identity
from vql.session.results import Notice, Result
from vql.session.transaction_block import TransactionBlock
from vql.storage.backup.restore import clone_store

# What options may say, as it is what a database is; others of PostgreSQL are not there.
UTF8 = ("UTF8", "UTF-8", "UNICODE", "6")
C_LOCALES = ("C", "POSIX")
MEANT: dict[str, tuple[str, ...]] = {
    "template": ("template0", "template1"), "encoding": UTF8, "locale": C_LOCALES, "lc_collate": C_LOCALES,
    "lc_ctype": C_LOCALES, "locale_provider": ("libc",), "tablespace": ("pg_default",),
    "allow_connections": ("true", "on", "1"), "connection_limit": ("-1",),
    "is_template": ("false", "off", "0"), "strategy": ("wal_log", "file_copy"),
}  # fmt: skip


def run_about_databases(
    statement: ast.AboutDatabases, database: Database, block: TransactionBlock, identity: Identity
) -> Result:
    """Run the statement. Raises 0A000, 25001, 3D000, 42501, 42602, 42P04, 55006."""
    match statement:
        case ast.CreateDatabase():
            feature = "CREATE DATABASE"
        case ast.DropDatabase():
            feature = "DROP DATABASE"
        case _:
            feature = "ALTER DATABASE"
    if block.status != "I":
        if isinstance(statement, ast.RenameDatabase):
            raise NotSupportedError("ALTER DATABASE RENAME inside a transaction block is not supported yet")
        raise ActiveTransaction(f"{feature} cannot run inside a transaction block")
    cluster = database.cluster
    if cluster is None:
        raise NotSupportedError(
            f"{feature} is not supported for a database that is open by itself",
            hint="Serve the folder that it stands in, with all databases there: vql serve FOLDER.",
        )
    match statement:
        case ast.CreateDatabase():
            return _create(statement, cluster, identity)
        case ast.DropDatabase():
            return _drop(statement, cluster, identity)
        case _:
            return _rename(statement, cluster, identity)


def _create(statement: ast.CreateDatabase, cluster: Cluster, identity: Identity) -> Result:
    me = identity.current()
    if not (me.is_superuser or me.creates_databases):
        raise denied("to create database")
    check_name(statement.name)
    template = ""
    for name, value in statement.options:
        if name == "template" and value is not None and value.lower() not in MEANT["template"]:
            template = value
        elif value is not None:
            _require_meant(name, value, identity)
    if template:
        _copy(template, statement.name, cluster, identity)
    else:
        cluster.create(statement.name)
    return Result("CREATE DATABASE")


def _copy(template: str, name: str, cluster: Cluster, identity: Identity) -> None:
    """Make a database that has what another one has now, whoever is in that; files are shared, as they never
    change. Raises 3D000, 42501, 42P04, 53100."""
    path = cluster.path(template)
    if path is None:
        raise OperationalError(f'template database "{template}" does not exist', sqlstate="3D000")
    if identity.current().role_id != OWNER_ID:
        raise ProgrammingError(f'permission denied to copy database "{template}"', sqlstate="42501")
    source = Database.open(path, create=False)
    try:
        cluster.create(name, lambda making: clone_store(source.store, making))
    finally:
        source.close()


def _require_meant(option: str, value: str, identity: Identity) -> None:
    """Raise where a database cannot be what an option says: 0A000, 3D000, 42704."""
    if option == "owner":
        if identity.roles().named(value).role_id != OWNER_ID:
            raise NotSupportedError(
                f'OWNER {value} is not supported: databases are the property of "{identity.owner}"',
                hint="Roles are each database's own: make the role there, and grant it what it needs.",
            )
        return
    meant = MEANT.get(option, ())
    if value.upper() not in {each.upper() for each in meant}:
        said = f"; what there is: {', '.join(meant)}" if meant else ""
        raise NotSupportedError(f"CREATE DATABASE ... {option.upper()} {value} is not supported{said}")


def _drop(statement: ast.DropDatabase, cluster: Cluster, identity: Identity) -> Result:
    name = statement.name
    if cluster.path(name) is None:
        if not statement.if_exists:
            raise unknown_database(name)
        skipped = Notice(f'database "{name}" does not exist, skipping')
        return Result("DROP DATABASE", notices=(skipped,))
    _require_owner(name, identity)
    if name == identity.database:
        raise OperationalError("cannot drop the currently open database", sqlstate="55006")
    cluster.drop(name, statement.force)
    return Result("DROP DATABASE")


def _rename(statement: ast.RenameDatabase, cluster: Cluster, identity: Identity) -> Result:
    name = statement.name
    if cluster.path(name) is None:
        raise unknown_database(name)
    _require_owner(name, identity)
    check_name(statement.new_name)
    if name == identity.database:
        raise NotSupportedError("current database cannot be renamed")
    cluster.rename(name, statement.new_name)
    return Result("ALTER DATABASE")


def _require_owner(name: str, identity: Identity) -> None:
    """Raise 42501 for all but the owner of the databases: superusers are those of one database."""
    if identity.current().role_id != OWNER_ID:
        raise ProgrammingError(f"must be owner of database {name}", sqlstate="42501")
