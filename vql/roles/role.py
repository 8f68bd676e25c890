"""Who there is: roles, and which of them are members of others.

The owner of the database is the bootstrap superuser: it has no record, may do everything, and is called what
`vql serve --user` says. All others are objects of the catalog, under names of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vql.dataclass import dataclass
from vql.errors import ProgrammingError, UndefinedObject

OWNER_ID = 10
# The schema of the catalog under which roles are found: no other object can be in it.
NAMESPACE = "pg_authid"
# What a role cannot be called.
RESERVED_NAMES = ("public", "none")


@dataclass(frozen=True, slots=True)
class Membership:
    """That a role is a member of `group_id`: whether it may pass that on, has the group's privileges without
    being asked to, and may become it by SET ROLE."""

    group_id: int
    grantor_id: int
    is_admin: bool = False
    inherits: bool = True
    sets: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """One role. `password` is what SCRAM is checked against (`vql.roles.passwords`), `valid_until_us` the
    moment behind which it lets nobody in, microseconds since 1970; `connection_limit` -1 is none."""

    role_id: int
    name: str
    is_superuser: bool = False
    inherits: bool = True
    creates_roles: bool = False
    creates_databases: bool = False
    can_login: bool = False
    replicates: bool = False
    bypasses_row_security: bool = False
    connection_limit: int = -1
    password: str | None = None
    valid_until_us: int | None = None
    memberships: tuple[Membership, ...] = ()

    @property
    def qualified(self) -> tuple[str, str]:
        """What the role is found under."""
        return NAMESPACE, self.name


def owner_named(name: str) -> Role:
    """Return the bootstrap superuser."""
    return Role(
        OWNER_ID, name, is_superuser=True, creates_roles=True, creates_databases=True, can_login=True,
        replicates=True, bypasses_row_security=True,
    )  # fmt: skip


class Roles:
    """All roles at a moment. Immutable."""

    def __init__(self, owner_name: str, others: Iterable[object] = ()) -> None:
        owner = owner_named(owner_name)
        self.all = (owner, *sorted((r for r in others if isinstance(r, Role)), key=lambda r: r.role_id))
        self.by_id = {role.role_id: role for role in self.all}
        self.by_name = {role.name: role for role in reversed(self.all)}  # the owner before one of its name

    def named(self, name: str) -> Role:
        """Return the role of a name. Raises 42704."""
        found = self.by_name.get(name)
        if found is None:
            raise undefined_role(name)
        return found

    def name_of(self, role_id: int) -> str:
        """Return the name of a role, its number where it is no more; that of 0 is PUBLIC's."""
        found = self.by_id.get(role_id)
        return found.name if found is not None else "" if not role_id else str(role_id)

    def privileged_as(self, role: Role) -> frozenset[int]:
        """Return the roles whose privileges a role has without SET ROLE, its own among them."""
        return self._reached(role, lambda membership: membership.inherits)

    def may_become(self, role: Role, group_id: int) -> bool:
        """Whether a role may SET ROLE to another."""
        return role.is_superuser or group_id in self._reached(role, lambda membership: membership.sets)

    def groups_of(self, role: Role) -> frozenset[int]:
        """Return the roles that a role is a member of, itself among them, in whatever way."""
        return self._reached(role, lambda membership: True)

    def administers(self, role: Role, group_id: int) -> bool:
        """Whether a role may make others members of a role."""
        held = (self.by_id[each] for each in self.privileged_as(role) if each in self.by_id)
        return role.is_superuser or any(
            membership.is_admin and membership.group_id == group_id
            for each in held
            for membership in each.memberships
        )

    def members_of(self, group_id: int) -> list[Role]:
        """Return the roles that are members of one without another between."""
        return [role for role in self.all if any(m.group_id == group_id for m in role.memberships)]

    def _reached(self, role: Role, passes: Callable[[Membership], bool]) -> frozenset[int]:
        found, ahead = {role.role_id}, [role]
        while ahead:
            for membership in ahead.pop().memberships:
                group = self.by_id.get(membership.group_id)
                if group is not None and passes(membership) and group.role_id not in found:
                    found.add(group.role_id)
                    ahead.append(group)
        return frozenset(found)


def undefined_role(name: str) -> UndefinedObject:
    """Return the error of a name that no role has."""
    return UndefinedObject(f'role "{name}" does not exist')


def denied(what: str, detail: str | None = None) -> ProgrammingError:
    """Return the error of what a role may not do."""
    return ProgrammingError(f"permission denied {what}", sqlstate="42501", detail=detail)
