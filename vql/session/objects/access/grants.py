"""GRANT and REVOKE of privileges in a session, default privileges, and owners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vql import schema
from vql.errors import (
    DependentObjects,
    NotSupportedError,
    ProgrammingError,
    UndefinedColumn,
    UndefinedObject,
    UndefinedTable,
    WrongObjectType,
)
from vql.language import ast
from vql.language.ast.roles import CURRENT
from vql.language.bind.access.rights import object_kind
from vql.naming import Qualified, find_object
from vql.roles.access import LETTERS, NAMES, PUBLIC_ROLE, RIGHTS, Access, DefaultGrants, Grant, ordered
from vql.roles.role import Role, denied
from vql.routines import Routine
from vql.session.identity import Identity, database_rights
from vql.session.objects.access.ownership import (
    Accessed,
    access_of,
    accessed,
    change_owner,
    set_access,
)
from vql.session.objects.access.policies import alter_policy, create_policy, drop_policy, without_role
from vql.session.objects.access.roles import alter_role, create_role, drop_roles, grant_roles, lock_role
from vql.session.objects.access.start_settings import alter_settings
from vql.session.objects.routines.routines import find_routine, required_routine
from vql.session.objects.schemas import Path, inside, require_schema, table_shown
from vql.session.results import Notice, Result, warning
from vql.settings.settings import Settings
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.typed import Inside, id_of
from vql.types.type import Domain, type_named

# Runs a statement that drops something.
Dropping = Callable[[ast.Statement], Result]
# What drops objects of a kind by their names, where others of one role may need them: those first that do.
DROPS: dict[str, Callable[[tuple[Qualified, ...], bool], ast.Statement]] = {
    "view": lambda names, cascade: ast.DropView(names, True, cascade),
    "materialized view": lambda names, cascade: ast.DropView(names, True, cascade, is_materialized=True),
    "table": lambda names, cascade: ast.DropTable(names, True, cascade),
    "sequence": lambda names, cascade: ast.DropSequence(names, True, cascade),
    "function": lambda names, cascade: ast.DropRoutines(tuple(map(ast.RoutineNamed, names)), True, cascade),
    "type": lambda names, cascade: ast.DropType(names, True, cascade),
    "schema": lambda names, cascade: ast.DropSchema(tuple(name for _, name in names), True, cascade),
}
# Privileges by their letter and the columns they are of, none for all of the object.
Wanted = list[tuple[str, int]]


def grant_rights(
    statement: ast.GrantRights, transaction: Transaction, path: Path, identity: Identity
) -> Result:
    """Run GRANT or REVOKE on objects. Raises 42501, 42704, 42P01, 3F000, 0LP01, 2BP01."""
    tag = "REVOKE" if statement.revokes else "GRANT"
    grantees = [_grantee(role, transaction, identity) for role in statement.roles]
    notices: list[Notice] = []
    for found in list(_objects(statement, transaction.view(), path, identity)):
        notices += _change(statement, found, grantees, transaction, identity)
    return Result(tag, notices=tuple(notices))


def _grantee(role: ast.RoleName, transaction: Transaction, identity: Identity) -> int:
    return PUBLIC_ROLE if role == ast.RoleName("") else lock_role(role, transaction, identity).role_id


def _objects(
    statement: ast.GrantRights, view: Snapshot, path: Path, identity: Identity
) -> Iterator[Accessed]:
    """Yield the objects of a GRANT. Raises 42P01, 42809, 3F000, 3D000."""
    for in_schema in statement.schemas:
        require_schema(in_schema, view)
        for each in inside(in_schema, view):
            of_tables = isinstance(each, schema.Table | schema.View) and statement.kind == "table"
            of_sequences = isinstance(each, schema.Sequence) and statement.kind == "sequence"
            if of_tables or of_sequences or (isinstance(each, Routine) and statement.kind == "function"):
                yield Accessed(id_of(each), object_kind(each), each.name, each.access)
    for routine in statement.routines:
        yield _routine(statement, routine, view, path)
    for name in statement.names:
        match statement.kind:
            case "database":
                if name[-1] != identity.database:
                    raise UndefinedObject(f'database "{name[-1]}" does not exist', sqlstate="3D000")
                yield Accessed(schema.DATABASE_ID, "database", name[-1], database_rights(view).access)
            case "schema":
                there = require_schema(name[-1], view)
                yield Accessed(there.schema_id, "schema", there.name, there.access)
            case "type" | "domain" as kind:
                yield _type(kind, name, view, path)
            case kind:
                yield _relation(kind, name, view, path, identity)


def _routine(statement: ast.GrantRights, named: ast.RoutineNamed, view: Snapshot, path: Path) -> Accessed:
    """Return a function that rights are granted on. Raises 42883, 42725, 3F000, 42809."""
    found = required_routine(named, view, path)
    if statement.kind == "procedure":
        raise WrongObjectType(f"{table_shown(found)} is not a procedure")
    return Accessed(found.routine_id, "function", found.name, found.access)


def _type(kind: str, name: tuple[str, ...], view: Snapshot, path: Path) -> Accessed:
    """Return a type that rights are granted on. Raises 42704, 42809, 0LP01, 0A000."""
    found = find_object(view.others, name, path)
    if not isinstance(found, schema.NamedType):
        built_in = type_named(".".join(name))  # raises 42704
        if built_in.composite is None:
            raise NotSupportedError(f"GRANT and REVOKE ON TYPE {built_in.formatted()} are not supported yet")
        raise ProgrammingError(
            f'invalid privilege type for the row type "{name[-1]}" of a table', sqlstate="0LP01",
            hint="Set the privileges of the table instead.",
        )  # fmt: skip
    if kind == "domain" and not isinstance(found, Domain):
        raise WrongObjectType(f'"{name[-1]}" is not a domain')
    return Accessed(id_of(found), "type", found.name, found.access)


def _relation(kind: str, name: tuple[str, ...], view: Snapshot, path: Path, identity: Identity) -> Accessed:
    rights = identity.rights(view)
    if rights is not None:
        rights.require_usage(name)
    found = find_object(view.tables, name, path) or find_object(view.others, name, path)
    if not isinstance(found, schema.Table | schema.View | schema.Sequence):
        raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
    if kind == "sequence" and not isinstance(found, schema.Sequence):
        raise WrongObjectType(f'"{name[-1]}" is not a sequence')
    return Accessed(id_of(found), object_kind(found), found.name, access_of(found))


def _wanted(statement: ast.GrantRights, found: Accessed, view: Snapshot) -> Wanted:
    """Return the privileges of a statement on an object. Raises 0LP01, 42703."""
    wanted: Wanted = []
    for name, columns in statement.rights:
        kind = "column" if columns else found.kind
        if name == "all":
            letters = RIGHTS[kind]
        elif name not in LETTERS:
            raise ProgrammingError(f'unrecognized privilege type "{name}"', sqlstate="42601")
        else:
            letters = LETTERS[name]
            # A sequence is no table, but GRANT ... ON TABLE takes what a sequence has.
            if letters not in RIGHTS[kind]:
                shown = "table" if kind.endswith("view") else kind
                raise ProgrammingError(
                    f"invalid privilege type {NAMES[letters]} for {shown}", sqlstate="0LP01"
                )
        numbers = [_number(found, column, view) for column in columns] or [0]
        wanted += [(letter, number) for letter in letters for number in numbers]
    return list(dict.fromkeys(wanted))


def _number(found: Accessed, column: str, view: Snapshot) -> int:
    relation = view.definition(found.object_id)
    if not isinstance(relation, schema.Table | schema.View):
        raise ProgrammingError(f'"{found.shown}" has no columns', sqlstate="0LP01")
    number = next((c.number for c in relation.columns if c.name == column), 0)
    if not number:
        raise UndefinedColumn(f'column "{column}" of relation "{relation.name}" does not exist')
    return number


def _change(
    statement: ast.GrantRights,
    found: Accessed,
    grantees: list[int],
    transaction: Transaction,
    identity: Identity,
) -> list[Notice]:
    view = transaction.view()
    me = identity.current(view)
    wanted = _wanted(statement, found, view)
    grantor, allowed = _grantor(found, wanted, me, view, identity)
    is_all = any(name == "all" for name, _ in statement.rights)
    notices = []
    if not allowed:
        if not _has_any(found, me, view, identity):
            raise denied(f"for {found.kind} {found.shown}")
        verb = "revoked" if statement.revokes else "granted"
        notices.append(
            warning(
                f'no privileges were {verb} for "{found.shown}"', "01006" if statement.revokes else "01007"
            )
        )
    elif len(allowed) < len(wanted) and not is_all:
        verb = "revoked" if statement.revokes else "granted"
        notices.append(
            warning(
                f'not all privileges could be {verb} for "{found.shown}"',
                "01006" if statement.revokes else "01007",
            )
        )
    access = changed(statement, found.access, found.kind, grantees, grantor, allowed)
    if access != found.access:
        set_access(found.object_id, access, transaction)
    return notices


def _grantor(
    found: Accessed, wanted: Wanted, me: Role, view: Snapshot, identity: Identity
) -> tuple[int, Wanted]:
    """Return in whose name privileges are given or taken, and those of them that this one may."""
    held = identity.roles(view).privileged_as(me)
    owner = found.access.owner_id
    if me.is_superuser or owner in held:
        return owner, wanted
    best: tuple[int, Wanted] = (me.role_id, [])
    for role_id in sorted(held, key=lambda each: each != me.role_id):
        may = [w for w in wanted if w[0] in found.access.options(found.kind, role_id, w[1])]
        if len(may) > len(best[1]):
            best = (role_id, may)
    return best


def _has_any(found: Accessed, me: Role, view: Snapshot, identity: Identity) -> bool:
    held = identity.roles(view).privileged_as(me)
    columns = {grant.column for grant in found.access.granted(found.kind)}
    return any(found.access.rights(found.kind, held, column) for column in columns)


def changed(
    statement: ast.GrantRights, access: Access, kind: str, grantees: list[int], grantor: int, wanted: Wanted
) -> Access:
    """Return what is granted on an object of a kind behind a statement. Raises 0LP01, 2BP01."""
    if statement.options and not statement.revokes and PUBLIC_ROLE in grantees:
        raise ProgrammingError("grant options can only be granted to roles", sqlstate="0LP01")
    for grantee in grantees:
        for number in dict.fromkeys(column for _, column in wanted):
            letters = ordered(letter for letter, column in wanted if column == number)
            numbers = {number}
            if statement.revokes and not number:  # of all columns, too
                numbers |= {grant.column for grant in access.granted(kind)}
            for column in sorted(numbers):
                given = letters if not column else "".join(x for x in letters if x in RIGHTS["column"])
                options = given if statement.options else ""
                if not statement.revokes:
                    access = access.granting(kind, Grant(grantee, grantor, given, options, column))
                else:
                    gone = "" if statement.options else given
                    access = access.revoking(kind, Grant(grantee, grantor, gone, given, column))
    return _without_dependent(access, kind, cascade=statement.cascade) if statement.revokes else access


def _without_dependent(access: Access, kind: str, *, cascade: bool) -> Access:
    """Return the access without what roles have granted that may do so no more. Raises 2BP01."""
    while found := access.dependent(kind):
        if not cascade:
            raise DependentObjects("dependent privileges exist", hint="Use CASCADE to revoke them too.")
        for grant in found:
            access = access.revoking(kind, replace(grant, options=grant.rights))
    return access


# ------------------------------------------------------------------ default privileges


def alter_defaults(
    statement: ast.AlterDefaultPrivileges, transaction: Transaction, identity: Identity
) -> Result:
    """Run ALTER DEFAULT PRIVILEGES. Raises 42501, 42704, 3F000, 0LP01."""
    view = transaction.view()
    me, grant = identity.current(view), statement.grant
    makers = [lock_role(role, transaction, identity) for role in statement.makers] or [me]
    grantees = [_grantee(role, transaction, identity) for role in grant.roles]
    schema_ids = [require_schema(name, view).schema_id for name in statement.schemas] or [0]
    for maker in makers:
        if not (me.is_superuser or maker.role_id in identity.roles(view).privileged_as(me)):
            raise denied("to change default privileges")
        for schema_id in schema_ids:
            _change_defaults(grant, maker, schema_id, grantees, transaction)
    return Result("ALTER DEFAULT PRIVILEGES")


def _change_defaults(
    grant: ast.GrantRights, maker: Role, schema_id: int, grantees: list[int], transaction: Transaction
) -> None:
    rights = database_rights(transaction.view())
    place = (maker.role_id, grant.kind, schema_id)
    before = next((e for e in rights.defaults if (e.role_id, e.kind, e.schema_id) == place), None)
    access = Access(maker.role_id, () if before is None else before.grants)
    wanted = _wanted(grant, Accessed(0, grant.kind, "", access), transaction.view())
    made = changed(grant, access, grant.kind, grantees, maker.role_id, wanted).grants or ()
    rest = tuple(each for each in rights.defaults if each is not before)
    kept = (DefaultGrants(*place, made),) if made else ()
    transaction.define(schema.DATABASE_ID, replace(rights, defaults=(*rest, *kept)))


# ------------------------------------------------------------------ owners


def change_owners(statement: ast.Statement, transaction: Transaction, path: Path, identity: Identity) -> None:
    """Do what OWNER TO says in an ALTER. Raises 42501, 42704."""
    named: str | None = None
    view = transaction.view()
    found: schema.Object | None = None
    match statement:
        case ast.AlterTable(actions=actions, name=name) | ast.AlterView(action=actions, name=name):
            listed = actions if isinstance(actions, tuple) else (actions,)
            named = next((each.role for each in listed if isinstance(each, ast.ChangeOwner)), None)
            found = find_object(view.tables, name, path) or find_object(view.others, name, path)
        case ast.AlterMaterialized(action=ast.ChangeOwner(role=named), name=name):
            found = find_object(view.tables, name, path)
        case ast.AlterSequence(action=ast.ChangeOwner(role=named), name=name):
            found = find_object(view.others, name, path)
        case ast.AlterTypeOwner(action=ast.ChangeOwner(role=named), name=name):
            found = find_object(view.others, name, path)
        case ast.AlterRoutine(routine=routine, action=ast.ChangeOwner(role=named)):
            found = find_routine(routine, view, path)
        case ast.AlterSchema(owner=named, name=in_schema):
            found = view.find_schema(in_schema)
    if named is None or found is None:
        return
    owner = lock_role(ast.RoleName(named or CURRENT, not named), transaction, identity)
    if not identity.roles(view).may_become(identity.current(view), owner.role_id):
        raise _cannot_become(owner)
    if isinstance(found, schema.Sequence) and found.owner_id and found.access.owner_id != owner.role_id:
        raise NotSupportedError(
            f'cannot change owner of sequence "{found.name}"', detail="It goes with the column of a table."
        )
    object_id = found.schema_id if isinstance(found, schema.Schema) else id_of(_inside(found))
    change_owner(object_id, owner.role_id, transaction)


def _inside(found: schema.Object) -> Inside:
    assert isinstance(found, Inside), "it is in a schema"
    return found


def _cannot_become(owner: Role) -> ProgrammingError:
    return ProgrammingError(f'must be able to SET ROLE "{owner.name}"', sqlstate="42501")


def reassign_owned(statement: ast.ReassignOwned, transaction: Transaction, identity: Identity) -> Result:
    """Run REASSIGN OWNED. Raises 42501, 42704."""
    new_owner = lock_role(statement.new_owner, transaction, identity)
    for name in (*statement.roles, statement.new_owner):
        _require_privileged(lock_role(name, transaction, identity), "reassign objects", transaction, identity)
    for name in statement.roles:
        role = lock_role(name, transaction, identity)
        for each in list(accessed(transaction.view())):
            if each.access.owner_id == role.role_id:
                change_owner(each.object_id, new_owner.role_id, transaction)
    return Result("REASSIGN OWNED")


def _require_privileged(role: Role, what: str, transaction: Transaction, identity: Identity) -> None:
    view = transaction.view()
    me = identity.current(view)
    if not me.is_superuser and role.role_id not in identity.roles(view).privileged_as(me):
        raise denied(
            f"to {what}", f'Only roles with privileges of role "{role.name}" may {what} owned by it.'
        )


def drop_grants(role: Role, transaction: Transaction) -> None:
    """Take back all that is granted to a role, or by default to it or by it."""
    for each in list(accessed(transaction.view())):
        left = each.access.without_role(each.kind, role.role_id)
        if left != each.access and each.access.owner_id != role.role_id:
            set_access(each.object_id, left, transaction)
    for table in list(transaction.view().tables.values()):
        left_over = tuple(without_role(policy, role.role_id) for policy in table.policies)
        if left_over != table.policies:
            left_over = tuple(policy for policy in left_over if policy.role_ids)
            transaction.alter_table(replace(table, policies=left_over))
    rights = database_rights(transaction.view())
    kept = tuple(
        replace(each, grants=tuple(g for g in each.grants if g.grantee_id != role.role_id))
        for each in rights.defaults
        if each.role_id != role.role_id
    )
    if kept != rights.defaults:
        transaction.define(schema.DATABASE_ID, replace(rights, defaults=kept))


def drop_owned_by(
    statement: ast.DropOwned, transaction: Transaction, identity: Identity, drop: Dropping
) -> Result:
    """Run DROP OWNED: what the roles own goes, and what is granted to them. Raises 42501, 42704, 2BP01."""
    for name in statement.roles:
        role = lock_role(name, transaction, identity)
        _require_privileged(role, "drop objects", transaction, identity)
        for kind, statement_of in DROPS.items():
            view = transaction.view()
            owned = [each for each in accessed(view) if each.access.owner_id == role.role_id]
            found = (view.definition(each.object_id) for each in owned if each.kind == kind)
            names = tuple(each.qualified for each in found if each is not None)
            if names:
                drop(statement_of(names, statement.cascade))
        drop_grants(role, transaction)
    return Result("DROP OWNED")


def run_about_roles(
    statement: ast.AboutRoles,
    transaction: Transaction,
    path: Path,
    identity: Identity,
    settings: Settings,
    drop: Dropping,
) -> Result:
    """Run a statement about roles; `drop` runs one that drops something."""
    match statement:
        case ast.CreateRole():
            return create_role(statement, transaction, identity)
        case ast.AlterRole():
            return alter_role(statement, transaction, identity)
        case ast.AlterSettings():
            return alter_settings(statement, transaction, identity, settings)
        case ast.DropRole():
            return drop_roles(statement, transaction, identity)
        case ast.GrantRole():
            return grant_roles(statement, transaction, identity)
        case ast.GrantRights():
            return grant_rights(statement, transaction, path, identity)
        case ast.AlterDefaultPrivileges():
            return alter_defaults(statement, transaction, identity)
        case ast.ReassignOwned():
            return reassign_owned(statement, transaction, identity)
        case ast.CreatePolicy():
            return create_policy(statement, transaction, path, identity)
        case ast.AlterPolicy():
            return alter_policy(statement, transaction, path, identity)
        case ast.DropPolicy():
            return drop_policy(statement, transaction, path)
        case ast.DropOwned():
            return drop_owned_by(statement, transaction, identity, drop)
