"""What is granted on an object: its owner, and who may do what with it.

A right is a letter, as in PostgreSQL's `aclitem`:

| letter | right | letter | right | letter | right |
|---|---|---|---|---|---|
| a | INSERT | D | TRUNCATE | U | USAGE |
| r | SELECT | x | REFERENCES | C | CREATE |
| w | UPDATE | t | TRIGGER | T | TEMPORARY |
| d | DELETE | m | MAINTAIN | c | CONNECT |
| X | EXECUTE | | | | |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from vql.dataclass import dataclass
from vql.roles.role import OWNER_ID

PUBLIC_ROLE = 0
LETTERS = {
    "insert": "a", "select": "r", "update": "w", "delete": "d", "truncate": "D", "references": "x",
    "trigger": "t", "maintain": "m", "usage": "U", "create": "C", "temporary": "T", "temp": "T",
    "connect": "c", "execute": "X",
}  # fmt: skip
NAMES = {letter: name.upper() for name, letter in reversed(LETTERS.items()) if name != "temp"}
ORDER = "arwdDxtXUCTcm"
# What there is to be granted, by the kind of an object.
RIGHTS = {"table": "arwdDxtm", "column": "arwx", "sequence": "rwU", "schema": "UC", "database": "CTc"}
RIGHTS |= {"function": "X", "type": "U"}
RIGHTS["view"] = RIGHTS["materialized view"] = RIGHTS["table"]
# What everybody has while nothing is granted.
PUBLIC_RIGHTS = {"database": "Tc", "function": "X", "type": "U"}


@dataclass(frozen=True, slots=True)
class Grant:
    """What `grantor_id` has granted to a role, or to PUBLIC: rights, and those of them that may be passed on;
    on one column where it has a number."""

    grantee_id: int
    grantor_id: int
    rights: str
    options: str = ""
    column: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Who owns an object, and what is granted on it: None where that is what its kind begins with."""

    owner_id: int = OWNER_ID
    grants: tuple[Grant, ...] | None = None

    def granted(self, kind: str) -> tuple[Grant, ...]:
        """Return what is granted on an object of a kind."""
        if self.grants is not None:
            return self.grants
        own = Grant(self.owner_id, self.owner_id, RIGHTS[kind])
        public = PUBLIC_RIGHTS.get(kind)
        return (own,) if public is None else (Grant(PUBLIC_ROLE, self.owner_id, public), own)

    def rights(self, kind: str, roles: frozenset[int], column: int = 0) -> set[str]:
        """Return the rights that some roles have together on the object, or on one of its columns."""
        found: set[str] = set()
        for grant in self.granted(kind):
            if grant.column == column and (grant.grantee_id in roles or grant.grantee_id == PUBLIC_ROLE):
                found.update(grant.rights)
        return found

    def options(self, kind: str, role_id: int, column: int = 0) -> set[str]:
        """Return the rights that a role may pass on."""
        if role_id == self.owner_id:
            return set(RIGHTS[kind])
        return {
            letter
            for grant in self.granted(kind)
            if grant.grantee_id == role_id and grant.column in (0, column)
            for letter in grant.options
        }

    def granting(self, kind: str, made: Grant) -> Access:
        """Return the access with one grant more."""
        rest, before = _parted(self.granted(kind), made)
        rights, options = {*before.rights, *made.rights}, {*before.options, *made.options}
        return replace(self, grants=(*rest, replace(made, rights=ordered(rights), options=ordered(options))))

    def revoking(self, kind: str, gone: Grant) -> Access:
        """Return the access without the rights and the options of a grant."""
        rest, before = _parted(self.granted(kind), gone)
        rights = ordered(set(before.rights) - set(gone.rights))
        options = ordered(set(before.options) - {*gone.rights, *gone.options})
        kept = (replace(before, rights=rights, options=options),) if rights else ()
        return replace(self, grants=(*rest, *kept))

    def dependent(self, kind: str) -> list[Grant]:
        """Return the grants of roles that may not, or not any more, pass them on."""
        found = []
        for grant in self.granted(kind):
            missing = set(grant.rights) - self.options(kind, grant.grantor_id, grant.column)
            if missing:
                found.append(replace(grant, rights=ordered(missing), options=""))
        return found

    def owned_by(self, kind: str, owner_id: int) -> Access:
        """Return the access with another owner, who has and has granted what the one before did."""
        if self.grants is None:
            return replace(self, owner_id=owner_id)
        made = Access(owner_id, ())
        for grant in self.grants:
            grantee, grantor = (
                owner_id if each == self.owner_id else each for each in (grant.grantee_id, grant.grantor_id)
            )
            made = made.granting(kind, replace(grant, grantee_id=grantee, grantor_id=grantor))
        return made

    def without_role(self, kind: str, role_id: int) -> Access:
        """Return the access without what is granted to a role."""
        if self.grants is None or all(grant.grantee_id != role_id for grant in self.grants):
            return self
        return replace(self, grants=tuple(g for g in self.grants if g.grantee_id != role_id))

    def roles(self) -> set[int]:
        """Return all that are named."""
        grants = self.grants or ()
        return {self.owner_id, *(g.grantee_id for g in grants), *(g.grantor_id for g in grants)}


OWNERS = Access()


@dataclass(frozen=True, slots=True)
class DefaultGrants:
    """What is granted on an object of a kind that a role makes, in a schema, or in all where it is 0."""

    role_id: int
    kind: str
    schema_id: int
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What sessions of a role, all where it is 0, begin with, by ALTER ROLE or, `is_of_database`, by ALTER
    DATABASE and ALTER ROLE ... IN DATABASE: names and values as they were given."""

    role_id: int
    is_of_database: bool
    values: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> str:
        """What pg_settings calls them."""
        if not self.role_id:
            return "database" if self.is_of_database else "global"
        return "database user" if self.is_of_database else "user"


@dataclass(frozen=True, slots=True)
class DatabaseRights:
    """What is granted on the database itself, and on what is going to be made in it; what its sessions begin
    with."""

    access: Access = OWNERS
    defaults: tuple[DefaultGrants, ...] = ()
    settings: tuple[StartSettings, ...] = ()

    def begins(self, role_id: int) -> list[StartSettings]:
        """Return what a role's sessions begin with, what goes before other settings behind them."""
        found = [each for each in self.settings if each.role_id in (0, role_id)]
        return sorted(found, key=lambda each: (bool(each.role_id), each.is_of_database))

    @property
    def qualified(self) -> tuple[str, str]:
        """What it is found under: no schema can be called so."""
        return "pg_database", ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A condition over the rows of a table that some roles are kept to, as SQL text: `using` of rows that are
    there, `check` of those that are written. `command` is the letter of a right, or * for all. What stands in
    the sub-queries of each has the ids `using_reads` and `check_reads`, in text order, 0 of the system's
    catalog; they call the table by the name that it had."""

    policy_id: int
    name: str
    command: str
    is_permissive: bool
    role_ids: tuple[int, ...]
    using: str | None = None
    check: str | None = None
    using_reads: tuple[int, ...] = ()
    check_reads: tuple[int, ...] = ()
    table_name: str = ""

    @property
    def reads(self) -> tuple[int, ...]:
        """The ids of all that it reads."""
        return self.using_reads + self.check_reads


def ordered(letters: Iterable[str]) -> str:
    """Return rights in PostgreSQL's order."""
    return "".join(sorted(set(letters), key=ORDER.index))


def _parted(grants: tuple[Grant, ...], like: Grant) -> tuple[tuple[Grant, ...], Grant]:
    """Return the grants but for that of the same roles on the same column, and that one."""

    def is_same(grant: Grant) -> bool:
        return (grant.grantee_id, grant.grantor_id, grant.column) == (
            like.grantee_id,
            like.grantor_id,
            like.column,
        )

    found = next(filter(is_same, grants), replace(like, rights="", options=""))
    return tuple(grant for grant in grants if not is_same(grant)), found


# Names that stand in an aclitem without quotes.
PLAIN = re.compile(r"\w+", re.ASCII)
# What everybody and an owner have of objects of each kind, as acldefault() names the kinds.
ACL_DEFAULTS = {
    "c": ("", ""), "r": ("", RIGHTS["table"]), "s": ("", RIGHTS["sequence"]), "d": ("Tc", RIGHTS["database"]),
    "f": ("X", "X"), "l": ("U", "U"), "L": ("", "rw"), "n": ("", RIGHTS["schema"]), "p": ("", "sA"),
    "t": ("", "C"), "F": ("", "U"), "S": ("", "U"), "T": ("U", "U"),
}  # fmt: skip


def acl_name(name: str) -> str:
    """Return the name of a role as it stands in an aclitem."""
    return name if not name or PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def acl_text(grant: Grant, name_of: Callable[[int], str]) -> str:
    """Return a grant as an `aclitem` is written."""
    rights = "".join(letter + "*" * (letter in grant.options) for letter in grant.rights)
    return f"{name_of(grant.grantee_id)}={rights}/{name_of(grant.grantor_id)}"
