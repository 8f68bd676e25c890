"""Rows of the catalog about roles, owners and privileges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from vql import schema
from vql.executor.bridge.catalog.constraints import Row
from vql.language.bind.definitions.shown import bracketed
from vql.roles.access import NAMES, PUBLIC_ROLE, Access, DatabaseRights, Grant, acl_name, acl_text
from vql.roles.role import Role, Roles
from vql.storage.snapshot import Snapshot
from vql.types.moments.moments import EPOCH

Session = Mapping[str, str]
HIDDEN = "********"
# The kinds of objects that default privileges are of, as pg_default_acl has them.
DEFAULT_KINDS = {"table": "r", "sequence": "S", "schema": "n"}


def roles_in(snapshot: Snapshot, session: Session) -> Roles:
    """Return the roles there are."""
    return Roles(session["vql__owner"], snapshot.others.values())


def owner_name(access: Access, roles: Roles) -> str:
    """Return who owns something."""
    return roles.name_of(access.owner_id)


def acl(access: Access, roles: Roles, column: int = 0) -> list[str] | None:
    """Return what is granted on an object, or on one of its columns, as clients read it; None where that is
    what its kind begins with."""
    if access.grants is None:
        return None

    def name(role_id: int) -> str:
        return acl_name(roles.name_of(role_id))

    found = [acl_text(grant, name) for grant in access.grants if grant.column == column]
    return found if found or not column else None


def with_access(row: Row, access: Access, roles: Roles) -> Row:
    """Return a row of pg_class with the owner and what is granted."""
    return (*row[:5], access.owner_id, *row[6:-3], acl(access, roles), *row[-2:])


def database_access(snapshot: Snapshot) -> DatabaseRights:
    """Return what is granted on the database, and by default."""
    found = snapshot.others.get(DatabaseRights().qualified)
    return found if isinstance(found, DatabaseRights) else DatabaseRights()


def schema_access(snapshot: Snapshot, name: str) -> Access:
    """Return what is granted on a schema, also on one of the system's."""
    found = snapshot.find_schema(name)
    return schema.PUBLIC_ACCESS if found is None else found.access


def _until(role: Role) -> datetime | None:
    return None if role.valid_until_us is None else EPOCH + timedelta(microseconds=role.valid_until_us)


def shown_roles(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_roles."""
    return [
        (
            r.role_id, r.name, r.is_superuser, r.inherits, r.creates_roles, r.creates_databases, r.can_login,
            r.replicates, r.connection_limit, HIDDEN, _until(r), r.bypasses_row_security,
            _begun_with(snapshot, r),
        )
        for r in roles_in(snapshot, session).all
    ]  # fmt: skip


def start_settings(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_db_role_setting."""
    return [
        (
            schema.DATABASE_ID if each.is_of_database else 0,
            each.role_id,
            [f"{name}={value}" for name, value in each.values],
        )
        for each in database_access(snapshot).settings
    ]


def _begun_with(snapshot: Snapshot, role: Role) -> list[str] | None:
    """Return the settings of a role, in whatever database."""
    found = [each.values for each in database_access(snapshot).begins(role.role_id)
             if each.role_id and not each.is_of_database]  # fmt: skip
    return [f"{name}={value}" for name, value in found[0]] if found else None


def authorized(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_authid."""
    return [
        (
            r.role_id, r.name, r.is_superuser, r.inherits, r.creates_roles, r.creates_databases, r.can_login,
            r.replicates, r.bypasses_row_security, r.connection_limit, r.password, _until(r),
        )
        for r in roles_in(snapshot, session).all
    ]  # fmt: skip


def users(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_user."""
    return [
        (r.name, r.role_id, r.creates_databases, r.is_superuser, r.replicates, r.bypasses_row_security,
         HIDDEN, _until(r), _begun_with(snapshot, r))
        for r in roles_in(snapshot, session).all if r.can_login
    ]  # fmt: skip


def shadows(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_shadow."""
    passwords = {r.role_id: r.password for r in roles_in(snapshot, session).all}
    return [(*row[:6], passwords[int(str(row[1]))], *row[7:]) for row in users(snapshot, session)]


def groups(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_group."""
    roles = roles_in(snapshot, session)
    return [
        (r.name, r.role_id, [str(member.role_id) for member in roles.members_of(r.role_id)])
        for r in roles.all
        if not r.can_login
    ]


def memberships(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_auth_members."""
    rows: list[Row] = []
    for role in roles_in(snapshot, session).all:
        for place, m in enumerate(role.memberships):
            rows.append((
                role.role_id * 1_000 + place, m.group_id, role.role_id, m.grantor_id, m.is_admin, m.inherits,
                m.sets,
            ))  # fmt: skip
    return rows


def default_grants(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_default_acl."""
    roles = roles_in(snapshot, session)
    return [
        (place, each.role_id, each.schema_id, DEFAULT_KINDS[each.kind],
         acl(Access(each.role_id, each.grants), roles))
        for place, each in enumerate(database_access(snapshot).defaults, 1)
    ]  # fmt: skip


# ------------------------------------------------------------------ information_schema

Relation = schema.Table | schema.View


def _relations(snapshot: Snapshot) -> Iterator[Relation]:
    yield from snapshot.tables.values()
    yield from (each for each in snapshot.others.values() if isinstance(each, schema.View))


def _seen(snapshot: Snapshot, session: Session) -> tuple[Roles, frozenset[int]]:
    """Return the roles, and those whose privileges the session has; all of a superuser."""
    roles = roles_in(snapshot, session)
    me = roles.by_name.get(session["vql__user"])
    if me is None:
        return roles, frozenset()
    return roles, frozenset(roles.by_id) if me.is_superuser else roles.privileged_as(me)


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _grantee(grant: Grant, roles: Roles) -> str:
    return roles.name_of(grant.grantee_id) or "PUBLIC"


def _concerns(grant: Grant, mine: frozenset[int]) -> bool:
    return grant.grantee_id == PUBLIC_ROLE or bool(mine & {grant.grantor_id, grant.grantee_id})


def table_privileges(snapshot: Snapshot, session: Session) -> list[Row]:
    """table_privileges: what the session's roles have granted or been granted."""
    roles, mine = _seen(snapshot, session)
    return [
        (
            roles.name_of(grant.grantor_id), _grantee(grant, roles), session["vql__database"], each.schema,
            each.name, NAMES[letter],
            _yes(letter in grant.options or grant.grantee_id == each.access.owner_id),
            _yes(letter == "r"),
        )
        for each in _relations(snapshot)
        for grant in each.access.granted("table")
        if not grant.column and _concerns(grant, mine)
        for letter in grant.rights
        if letter != "m"
    ]  # fmt: skip


def column_privileges(snapshot: Snapshot, session: Session) -> list[Row]:
    """column_privileges: by columns, what is granted on all of a table too."""
    roles, mine = _seen(snapshot, session)
    return [
        (
            roles.name_of(grant.grantor_id), _grantee(grant, roles), session["vql__database"], each.schema,
            each.name, column.name, NAMES[letter],
            _yes(letter in grant.options or grant.grantee_id == each.access.owner_id),
        )
        for each in _relations(snapshot)
        for grant in each.access.granted("table")
        if _concerns(grant, mine)
        for column in each.columns
        if grant.column in (0, column.number)
        for letter in grant.rights
        if letter in "arwx"
    ]  # fmt: skip


def usage_privileges(snapshot: Snapshot, session: Session) -> list[Row]:
    """usage_privileges, of sequences."""
    roles, mine = _seen(snapshot, session)
    return [
        (
            roles.name_of(grant.grantor_id), _grantee(grant, roles), session["vql__database"], each.schema,
            each.name, "SEQUENCE", "USAGE",
            _yes("U" in grant.options or grant.grantee_id == each.access.owner_id),
        )
        for each in snapshot.others.values()
        if isinstance(each, schema.Sequence)
        for grant in each.access.granted("sequence")
        if "U" in grant.rights and (mine & {grant.grantor_id, grant.grantee_id} or not grant.grantee_id)
    ]  # fmt: skip


def enabled_roles(snapshot: Snapshot, session: Session) -> list[Row]:
    """enabled_roles: those the session has the privileges of."""
    roles, mine = _seen(snapshot, session)
    return [(roles.name_of(role_id),) for role_id in sorted(mine)]


def applicable_roles(snapshot: Snapshot, session: Session) -> list[Row]:
    """applicable_roles: who of them is a member of whom."""
    roles, mine = _seen(snapshot, session)
    return [
        (roles.name_of(role_id), roles.name_of(m.group_id), _yes(m.is_admin))
        for role_id in sorted(mine)
        for m in roles.by_id[role_id].memberships
    ]


Found = TypeVar("Found", bound=schema.Table | schema.View)


def visible(found: Iterable[Found], snapshot: Snapshot, session: Session) -> list[Found]:
    """Return the relations that information_schema shows to the session: it owns them, or may do something
    with them."""
    mine = _seen(snapshot, session)[1]
    return [each for each in found if each.access.owner_id in mine or _has_any(each.access, mine)]


def is_shown_routine(access: Access, snapshot: Snapshot, session: Session) -> bool:
    """Whether information_schema shows a function to the session: it owns it, or may call it."""
    mine = _seen(snapshot, session)[1]
    return access.owner_id in mine or "X" in access.rights("function", mine)


def _has_any(access: Access, mine: frozenset[int]) -> bool:
    columns = {grant.column for grant in access.granted("table")}
    return any(access.rights("table", mine, column) for column in columns)


COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


def policies(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_policy."""
    return [
        (p.policy_id, p.name, table.table_id, p.command, p.is_permissive, [str(each) for each in p.role_ids],
         _bracketed(p.using), _bracketed(p.check))
        for table in snapshot.tables.values()
        for p in table.policies
    ]  # fmt: skip


def shown_policies(snapshot: Snapshot, session: Session) -> list[Row]:
    """pg_policies."""
    roles = roles_in(snapshot, session)
    return [
        (table.schema, table.name, p.name, "PERMISSIVE" if p.is_permissive else "RESTRICTIVE",
         sorted(roles.name_of(each) or "public" for each in p.role_ids), COMMANDS[p.command], _bracketed(p.using),
         _bracketed(p.check))
        for table in snapshot.tables.values()
        for p in table.policies
    ]  # fmt: skip


def _bracketed(text: str | None) -> str | None:
    return None if text is None else bracketed(text)


ROLE_MAKERS = {
    "pg_policy": policies, "pg_policies": shown_policies,
    "pg_roles": shown_roles, "pg_authid": authorized, "pg_user": users, "pg_shadow": shadows,
    "pg_db_role_setting": start_settings,
    "pg_group": groups, "pg_auth_members": memberships, "pg_default_acl": default_grants,
    "information_schema.table_privileges": table_privileges,
    "information_schema.role_table_grants": table_privileges,
    "information_schema.column_privileges": column_privileges,
    "information_schema.role_column_grants": column_privileges,
    "information_schema.usage_privileges": usage_privileges,
    "information_schema.role_usage_grants": usage_privileges,
    "information_schema.enabled_roles": enabled_roles,
    "information_schema.applicable_roles": applicable_roles,
}  # fmt: skip
