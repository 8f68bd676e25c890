"""Roles in a session: CREATE, ALTER and DROP ROLE, and who is made a member of whom.

Who gives something to a role, or makes it an owner, holds a lock till the end of the transaction that keeps
others from dropping it; who drops it holds one that nobody else has. So nothing is ever a role's that is not
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from vql import schema
from vql.errors import (
    DependentObjects,
    DuplicateObject,
    InvalidParameterValue,
    NotSupportedError,
    ProgrammingError,
)
from vql.language import ast
from vql.language.bind.definitions.tables import check_name
from vql.roles.access import Grant
from vql.roles.passwords import MD5, Secret
from vql.roles.role import OWNER_ID, RESERVED_NAMES, Membership, Role, Roles, denied, undefined_role
from vql.session.identity import Identity, database_rights
from vql.session.objects.access.ownership import accessed
from vql.session.results import Notice, Result, warning
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.type import TIMESTAMPTZ

# Options that are fields of a role; of those below only who has one may give it.
FIELDS = {
    "superuser": "is_superuser", "inherit": "inherits", "createrole": "creates_roles",
    "createdb": "creates_databases", "login": "can_login", "replication": "replicates",
    "bypassrls": "bypasses_row_security",
}  # fmt: skip
GUARDED = ("superuser", "createdb", "replication", "bypassrls")
# As many are named in the detail of an error.
DEPENDENTS_SHOWN = 100


def create_role(statement: ast.CreateRole, transaction: Transaction, identity: Identity) -> Result:
    """Run CREATE ROLE. Raises 42501, 42710, 42939, 22023, 0A000."""
    me, options = identity.current(transaction.view()), dict(statement.options)
    if not (me.is_superuser or me.creates_roles):
        raise denied("to create role", "Only roles with the CREATEROLE attribute may create roles.")
    for option in GUARDED:
        if options.get(option) and not (me.is_superuser or getattr(me, FIELDS[option])):
            word = option.upper()
            raise denied(
                "to create role",
                f"Only roles with the {word} attribute may create roles with the {word} attribute.",
            )
    _require_free(statement.name, identity.roles(transaction.view()))
    bare = Role(transaction.new_object_id(), statement.name, can_login=statement.is_user)
    made, notices = _with_options(bare, options)
    transaction.define(made.role_id, made)
    if not me.is_superuser:  # it administers what it has made
        _add_member(
            made.role_id, me.role_id, Membership(made.role_id, OWNER_ID, True, False, False), transaction
        )
    for group in _named(options, "groups", identity, transaction):
        _grant_one(group, made, (), transaction, identity, me)
    for kind in ("members", "admins"):
        for member in _named(options, kind, identity, transaction):
            given = (("admin", True),) if kind == "admins" else ()
            _grant_one(made, member, given, transaction, identity, me)
    return Result("CREATE ROLE", notices=tuple(notices))


def _named(
    options: Mapping[str, object], kind: str, identity: Identity, transaction: Transaction
) -> list[Role]:
    listed = options.get(kind, ())
    assert isinstance(listed, tuple)
    roles = identity.roles(transaction.view())
    return [identity.named(each, roles) for each in listed]


def _require_free(name: str, roles: Roles) -> None:
    check_name(name)
    if name.startswith("pg_"):
        raise ProgrammingError(
            f'role name "{name}" is reserved', sqlstate="42939",
            detail='Role names starting with "pg_" are reserved.',
        )  # fmt: skip
    assert name not in RESERVED_NAMES, "the grammar refuses it"
    if name in roles.by_name:
        raise DuplicateObject(f'role "{name}" already exists')


def _with_options(role: Role, options: Mapping[str, object]) -> tuple[Role, list[Notice]]:
    """Return a role with its options. Raises 22023, 22007, 0A000."""
    notices: list[Notice] = []
    fields: dict[str, object] = {FIELDS[name]: value for name, value in options.items() if name in FIELDS}
    if "connection_limit" in options:
        limit = int(str(options["connection_limit"]))
        if limit < -1:
            raise InvalidParameterValue(f"invalid connection limit: {limit}")
        fields["connection_limit"] = limit
    if "valid_until" in options:
        moment = TIMESTAMPTZ.coerce(options["valid_until"])
        fields["valid_until_us"] = int(str(TIMESTAMPTZ.stored(moment)))
    if "password" in options:
        fields["password"] = None
        password = options["password"]
        if password == "":
            notices.append(Notice("empty string is not a valid password, clearing password"))
        elif password is not None:
            fields["password"] = _verifier(str(password))
    return replace(role, **fields), notices  # type: ignore[arg-type]


def _verifier(password: str) -> str:
    if MD5.fullmatch(password):
        raise NotSupportedError(
            "MD5 passwords are not supported",
            hint="Give the password itself, or what SCRAM-SHA-256 keeps of it.",
        )
    return password if Secret.parse(password) is not None else Secret.derive(password).verifier()


# ------------------------------------------------------------------ ALTER, DROP


def alter_role(statement: ast.AlterRole, transaction: Transaction, identity: Identity) -> Result:
    """Run ALTER ROLE. Raises 42501, 42704, 42710, 22023, 0A000."""
    me, options = identity.current(transaction.view()), dict(statement.options)
    role = lock_role(statement.role, transaction, identity)
    if statement.new_name is not None:
        require_administered(me, role, "rename", transaction, identity)
        if role in (me, identity.session_role()):
            who = "session user" if role == identity.session_role() else "current user"
            raise NotSupportedError(f"{who} cannot be renamed")
        _require_free(statement.new_name, identity.roles(transaction.view()))
        transaction.define(role.role_id, replace(role, name=statement.new_name))
        return Result("ALTER ROLE")
    members = options.pop("members", ())
    assert isinstance(members, tuple)
    if "superuser" in options and not me.is_superuser:
        raise denied(
            "to alter role", "Only roles with the SUPERUSER attribute may change the SUPERUSER attribute."
        )
    is_own_password = set(options) <= {"password"} and role.role_id == me.role_id and not members
    if role.role_id == OWNER_ID or not is_own_password:
        require_administered(me, role, "alter", transaction, identity)
    for option in GUARDED:
        if option in options and not (me.is_superuser or getattr(me, FIELDS[option])):
            word = option.upper()
            raise denied(
                "to alter role", f"Only roles with the {word} attribute may change the {word} attribute."
            )
    made, notices = _with_options(role, options)
    transaction.define(role.role_id, made)
    for member in members:
        found = identity.named(member, identity.roles(transaction.view()))
        _grant_one(made, found, (), transaction, identity, me)
    return Result("ALTER ROLE", notices=tuple(notices))


def require_administered(
    me: Role, role: Role, verb: str, transaction: Transaction, identity: Identity
) -> None:
    """Raise 42501 where a role may not change another, 0A000 for the owner."""
    if me.is_superuser:
        if role.role_id == OWNER_ID:
            raise NotSupportedError(
                f'role "{role.name}" is the database\'s owner and stays what it is',
                hint="Its name and password are those that the server is started with.",
            )
        return
    if role.is_superuser:
        raise denied(
            f"to {verb} role",
            f"Only roles with the SUPERUSER attribute may {verb} roles with the SUPERUSER attribute.",
        )
    if not (me.creates_roles and identity.roles(transaction.view()).administers(me, role.role_id)):
        raise denied(
            f"to {verb} role",
            "Only roles with the CREATEROLE attribute and the ADMIN option on role"
            f' "{role.name}" may {verb} this role.',
        )


def drop_roles(statement: ast.DropRole, transaction: Transaction, identity: Identity) -> Result:
    """Run DROP ROLE. Raises 42501, 42704, 2BP01, 55006."""
    notices = []
    me = identity.current(transaction.view())
    if not (me.is_superuser or me.creates_roles):
        raise denied(
            "to drop role",
            "Only roles with the CREATEROLE attribute and the ADMIN option on the target roles"
            " may drop roles.",
        )
    for name in statement.names:
        if name.name not in identity.roles(transaction.view()).by_name and not name.is_keyword:
            if not statement.if_exists:
                raise undefined_role(name.name)
            notices.append(Notice(f'role "{name.name}" does not exist, skipping'))
            continue
        role = lock_role(name, transaction, identity, RelationLock.ACCESS_EXCLUSIVE)
        for who, same in (("current", me), ("session", identity.session_role())):
            if role.role_id == same.role_id:
                raise ProgrammingError(f"{who} user cannot be dropped", sqlstate="55006")
        require_administered(me, role, "drop", transaction, identity)
        _require_unneeded(role, transaction.view(), identity)
        for member in identity.roles(transaction.view()).members_of(role.role_id):
            left = tuple(m for m in member.memberships if m.group_id != role.role_id)
            transaction.define(member.role_id, replace(member, memberships=left))
        transaction.define(role.role_id, None)
        rights = database_rights(transaction.view())
        left_settings = tuple(each for each in rights.settings if each.role_id != role.role_id)
        if left_settings != rights.settings:
            transaction.define(schema.DATABASE_ID, replace(rights, settings=left_settings))
    return Result("DROP ROLE", notices=tuple(notices))


def lock_role(
    name: ast.RoleName,
    transaction: Transaction,
    identity: Identity,
    mode: RelationLock = RelationLock.ACCESS_SHARE,
) -> Role:
    """Return a role that stays there until the end of the transaction. Raises 42704."""
    role = identity.named(name, identity.roles(transaction.view()))
    if role.role_id != OWNER_ID:
        transaction.lock(role.role_id, mode)
    return identity.named(name, identity.roles(transaction.view()))


def _require_unneeded(role: Role, view: Snapshot, identity: Identity) -> None:
    """Raise 2BP01 where something is a role's."""
    found = list(_dependents(role, view, identity))
    if found:
        shown = found[:DEPENDENTS_SHOWN]
        raise DependentObjects(
            f'role "{role.name}" cannot be dropped because some objects depend on it', detail="\n".join(shown)
        )


def _dependents(role: Role, view: Snapshot, identity: Identity) -> Iterator[str]:
    for object_id, kind, shown, access in accessed(view):
        if access.owner_id == role.role_id:
            yield f"owner of {kind} {shown or identity.database}"
        for grant in access.grants or ():
            if role.role_id in (grant.grantee_id, grant.grantor_id) and role.role_id != access.owner_id:
                yield f"privileges for {_part(object_id, grant, view)}{kind} {shown or identity.database}"
    for table in view.tables.values():
        for policy in table.policies:
            if role.role_id in policy.role_ids:
                yield f"target of policy {policy.name} on table {table.name}"
    for each in identity.roles(view).all:
        for membership in each.memberships:
            if membership.grantor_id == role.role_id and each.role_id != role.role_id:
                group = identity.roles(view).name_of(membership.group_id)
                yield f"privileges for membership of role {each.name} in role {group}"
    for grants in database_rights(view).defaults:
        if role.role_id in (grants.role_id, *(g.grantee_id for g in grants.grants)):
            owner = identity.roles(view).name_of(grants.role_id)
            yield f"default privileges on new {grants.kind}s belonging to role {owner}"


def _part(object_id: int, grant: Grant, view: Snapshot) -> str:
    found = view.definition(object_id)
    if not grant.column or not isinstance(found, schema.Table | schema.View):
        return ""
    return "".join(f"column {column.name} of " for column in found.columns if column.number == grant.column)


# ------------------------------------------------------------------ memberships


def grant_roles(statement: ast.GrantRole, transaction: Transaction, identity: Identity) -> Result:
    """Run GRANT role TO role, or REVOKE. Raises 42501, 42704, 0LP01."""
    notices: list[Notice] = []
    me = identity.current(transaction.view())
    for name in statement.groups:
        for member_name in statement.members:
            group = lock_role(ast.RoleName(name), transaction, identity)
            member = lock_role(member_name, transaction, identity)
            change = _revoke_one if statement.revokes else _grant_one
            notices += change(group, member, statement.options, transaction, identity, me)
    return Result("REVOKE ROLE" if statement.revokes else "GRANT ROLE", notices=tuple(notices))


def _grant_one(
    group: Role,
    member: Role,
    options: tuple[tuple[str, bool], ...],
    transaction: Transaction,
    identity: Identity,
    me: Role,
) -> list[Notice]:
    roles = identity.roles(transaction.view())
    grantor = _grantor(group, roles, me, "grant")
    if group.role_id in (member.role_id,) or member.role_id in roles.groups_of(group):
        raise ProgrammingError(f'role "{group.name}" is a member of role "{member.name}"', sqlstate="0LP01")
    said = dict(options)
    before = next(
        (m for m in member.memberships if (m.group_id, m.grantor_id) == (group.role_id, grantor)), None
    )
    if before is None:
        before = Membership(group.role_id, grantor, inherits=member.inherits)
    elif not said:
        what = f'membership in role "{group.name}" by role "{roles.name_of(grantor)}"'
        return [Notice(f'role "{member.name}" has already been granted {what}')]
    made = replace(
        before, is_admin=said.get("admin", before.is_admin), inherits=said.get("inherit", before.inherits),
        sets=said.get("set", before.sets),
    )  # fmt: skip
    _add_member(group.role_id, member.role_id, made, transaction)
    return []


def _add_member(group_id: int, member_id: int, made: Membership, transaction: Transaction) -> None:
    member = transaction.view().others_by_id.get(member_id)
    if not isinstance(member, Role):
        raise NotSupportedError(
            "the database's owner is no member of other roles", hint="It may do everything."
        )
    rest = tuple(m for m in member.memberships if (m.group_id, m.grantor_id) != (group_id, made.grantor_id))
    transaction.define(member_id, replace(member, memberships=(*rest, made)))


def _revoke_one(
    group: Role,
    member: Role,
    options: tuple[tuple[str, bool], ...],
    transaction: Transaction,
    identity: Identity,
    me: Role,
) -> list[Notice]:
    roles = identity.roles(transaction.view())
    grantor = _grantor(group, roles, me, "revoke")
    found = next(
        (m for m in member.memberships if (m.group_id, m.grantor_id) == (group.role_id, grantor)), None
    )
    if found is None:
        what = f'membership in role "{group.name}" by role "{roles.name_of(grantor)}"'
        return [warning(f'role "{member.name}" has not been granted {what}', "01000")]
    rest = tuple(m for m in member.memberships if m is not found)
    if options:
        off = {name for name, _ in options}
        kept = replace(
            found, is_admin=found.is_admin and "admin" not in off,
            inherits=found.inherits and "inherit" not in off, sets=found.sets and "set" not in off,
        )  # fmt: skip
        rest = (*rest, kept)
    transaction.define(member.role_id, replace(member, memberships=rest))
    return []


def _grantor(group: Role, roles: Roles, me: Role, verb: str) -> int:
    """Return who a membership is granted by. Raises 42501."""
    if me.is_superuser:
        return OWNER_ID
    if group.is_superuser:
        raise denied(
            f'to {verb} role "{group.name}"',
            f"Only roles with the SUPERUSER attribute may {verb} roles with the SUPERUSER attribute.",
        )
    if not roles.administers(me, group.role_id):
        raise denied(
            f'to {verb} role "{group.name}"',
            f'Only roles with the ADMIN option on role "{group.name}" may {verb} this role.',
        )
    return me.role_id
