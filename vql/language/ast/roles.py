"""Statements about roles and what they may do."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.objects import RoutineNamed
from vql.language.ast.settings import Set

# What stands for the role at hand where a role is named.
CURRENT, SESSION = "current_user", "session_user"


@dataclass(frozen=True, slots=True)
class RoleName:
    """A role: by its `name`, as CURRENT or SESSION where it `is_keyword`, or PUBLIC, whose name is ""."""

    name: str
    is_keyword: bool = False


@dataclass(frozen=True, slots=True)
class CreateRole:
    """CREATE ROLE, USER or GROUP. `options` by their names; `is_user` says LOGIN where no option does."""

    name: str
    options: tuple[tuple[str, object], ...] = ()
    is_user: bool = False


@dataclass(frozen=True, slots=True)
class AlterRole:
    """ALTER ROLE: other options, or another name."""

    role: RoleName
    options: tuple[tuple[str, object], ...] = ()
    new_name: str | None = None


@dataclass(frozen=True, slots=True)
class AlterSettings:
    """ALTER ROLE or ALTER DATABASE with SET or RESET: of a role, None of all, in a database, None in each."""

    setting: Set
    role: RoleName | None
    database: str | None
    is_of_role: bool
    from_current: bool = False


@dataclass(frozen=True, slots=True)
class DropRole:
    names: tuple[RoleName, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class GrantRole:
    """GRANT groups TO members WITH options, or REVOKE ... FROM: the memberships, or `options` of them."""

    groups: tuple[str, ...]
    members: tuple[RoleName, ...]
    options: tuple[tuple[str, bool], ...] = ()
    revokes: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class GrantRights:
    """GRANT rights ON objects TO roles, or REVOKE.

    `rights` are names, each with columns; ALL is "all". `kind` is that of the objects, `schemas` stand for
    all of that kind in them, `routines` are functions. `options` is WITH GRANT OPTION, or GRANT OPTION FOR.
    """

    rights: tuple[tuple[str, tuple[str, ...]], ...]
    kind: str
    names: tuple[tuple[str, ...], ...]
    roles: tuple[RoleName, ...]
    schemas: tuple[str, ...] = ()
    options: bool = False
    revokes: bool = False
    cascade: bool = False
    routines: tuple[RoutineNamed, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterDefaultPrivileges:
    """What is granted on what `makers` make from now on, in `schemas` or anywhere."""

    grant: GrantRights
    makers: tuple[RoleName, ...] = ()
    schemas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReassignOwned:
    roles: tuple[RoleName, ...]
    new_owner: RoleName


@dataclass(frozen=True, slots=True)
class DropOwned:
    roles: tuple[RoleName, ...]
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreatePolicy:
    """CREATE POLICY: `command` is that of FOR, "all" of all; `using` and `check` are texts."""

    name: str
    table: tuple[str, ...]
    command: str
    is_permissive: bool
    roles: tuple[RoleName, ...]
    using: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class AlterPolicy:
    """ALTER POLICY ... RENAME TO, or what else it says anew, None where nothing."""

    name: str
    table: tuple[str, ...]
    new_name: str | None = None
    roles: tuple[RoleName, ...] | None = None
    using: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class DropPolicy:
    name: str
    table: tuple[str, ...]
    if_exists: bool = False


AboutRoles = (
    CreateRole
    | AlterRole
    | AlterSettings
    | DropRole
    | GrantRole
    | GrantRights
    | AlterDefaultPrivileges
    | ReassignOwned
    | DropOwned
    | CreatePolicy
    | AlterPolicy
    | DropPolicy
)
