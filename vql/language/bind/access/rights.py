"""What a role may do with objects of the catalog.

Privileges are those of the present: also at another moment a table is read by who may read it now. One that
is there no more is read by its owner, and, where there is another of its name (after a TRUNCATE, say), by who
might read it then and may read that one now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Protocol

from vql import schema
from vql.dataclass import dataclass
from vql.errors import ProgrammingError
from vql.naming import Qualified, is_temporary
from vql.roles.access import Access, DatabaseRights
from vql.roles.role import Role, Roles, denied
from vql.routines import RangeDefinition, Routine
from vql.types.type import Domain

SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")
Relation = schema.Table | schema.View | schema.Sequence


class Present(Protocol):
    """What there is now."""

    @property
    def tables(self) -> Mapping[Qualified, schema.Table]: ...
    @property
    def others(self) -> Mapping[Qualified, schema.Object]: ...
    def definition(self, object_id: int) -> schema.Object | None:
        """Return the object of an id, or None."""


def object_kind(found: schema.Object) -> str:
    """Return what an object is called in messages, and its rights are found under."""
    match found:
        case DatabaseRights():
            return "database"
        case schema.Table() if found.text:
            return "materialized view"
        case schema.Enum() | schema.RowType() | RangeDefinition() | Domain():
            return "type"
        case Routine():
            return "function"
    return type(found).__name__.lower()


@dataclass(frozen=True)
class Rights:
    """What a role may do that is no superuser; `version` is that of the present's catalog."""

    role: Role
    roles: Roles
    present: Present
    version: int
    row_security: bool = True  # whether rows that are not seen are left out, or an error
    held: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "held", self.roles.privileged_as(self.role))

    @property
    def key(self) -> str:
        """What a statement bound under them is kept by."""
        return f"role {self.role.role_id} {self.version} {self.row_security}"

    def owns(self, access: Access) -> bool:
        """Whether the role has the rights of an object's owner."""
        return access.owner_id in self.held

    def now(self, found: Relation) -> Access:
        """Return what is granted on a relation of some moment: by now, where it is still there."""
        there = self._still(found)
        return (found if there is None else there).access

    def has(self, found: Relation, right: str) -> bool:
        """Whether the role has a right on all of a relation."""
        return right in self._on(found, object_kind(found))

    def has_on_columns(self, found: schema.Table | schema.View, right: str, numbers: Iterable[int]) -> bool:
        """Whether the role has a right on each of some columns."""
        return all(right in self._on(found, "table", number) for number in numbers)

    def _on(self, found: Relation, kind: str, column: int = 0) -> set[str]:
        rights = self.now(found).rights(kind, self.held, column)
        if self._still(found) is not None or self.owns(found.access):
            return rights
        named = self.present.tables.get(found.qualified) or self.present.others.get(found.qualified)
        if not isinstance(named, type(found)):
            return set()
        return rights & named.access.rights(kind, self.held, column)

    def _still(self, found: Relation) -> Relation | None:
        """Return a relation of some moment as it is now."""
        object_id = found.table_id if isinstance(found, schema.Table) else (
            found.view_id if isinstance(found, schema.View) else found.sequence_id
        )  # fmt: skip
        there = self.present.definition(object_id)
        return there if isinstance(there, type(found)) else None

    def require(
        self, found: schema.Table | schema.View, right: str, numbers: frozenset[int] | None = None
    ) -> None:
        """Raise 42501 where the role lacks a right on a relation: on all columns, on some by their numbers,
        or with none of them on any."""
        if self.has(found, right):
            return
        if numbers is not None:
            if numbers and self.has_on_columns(found, right, numbers):
                return
            every = [column.number for column in found.columns]
            if not numbers and any(self.has_on_columns(found, right, (number,)) for number in every):
                return
        raise denied(f"for {object_kind(found)} {found.name}")

    def require_insert(self, table: schema.Table, name: tuple[str, ...], columns: Iterable[str]) -> None:
        """Raise 42501 where rows with some columns may not be put into a table of that name."""
        self.require_usage(name)
        named = frozenset(columns)
        self.require(table, "a", frozenset(c.number for c in table.columns if c.name in named))

    def require_lock(self, table: schema.Table, name: tuple[str, ...], mode: str) -> None:
        """Raise 42501 where a table may not be locked in a mode."""
        self.require_usage(name)
        others = {"access share": "ra", "row share": "a", "row exclusive": "a"}
        enough = "wdDm" + others.get(mode.lower(), "")
        if not any(self.has(table, right) for right in enough):
            raise denied(f"for table {table.name}")

    def may_use(self, name: str) -> bool:
        """Whether the role may look into a schema; into one that is not there, too."""
        return name in SYSTEM_SCHEMAS or self._in_schema(name, "U")

    def require_usage(self, name: tuple[str, ...], position: int | None = None) -> None:
        """Raise 42501 for the name of something in a schema that the role may not look into."""
        if len(name) > 1 and not self.may_use(name[-2]):
            error = denied(f"for schema {name[-2]}")
            error.position = position
            raise error

    def require_creation(self, name: str) -> None:
        """Raise 42501 where the role may make nothing in a schema."""
        if not self._in_schema(name, "C"):
            raise denied(f"for schema {name}")

    def may_be_temporary(self) -> bool:
        """Whether the role may make what is gone with the session."""
        found = self.present.others.get(DatabaseRights().qualified)
        database = found if isinstance(found, DatabaseRights) else DatabaseRights()
        return "T" in database.access.rights("database", self.held)

    def require_ownership(self, access: Access, kind: str, shown: str) -> None:
        """Raise 42501 where the role has not the rights of an object's owner."""
        if not self.owns(access):
            raise ProgrammingError(f"must be owner of {kind} {shown}", sqlstate="42501")

    def _in_schema(self, name: str, right: str) -> bool:
        if is_temporary(name) or name == "pg_temp":  # the session's own: no other can be named
            return right == "U" or self.may_be_temporary()
        found = self.present.others.get(("", name))
        return not isinstance(found, schema.Schema) or right in found.access.rights("schema", self.held)

    def of(self, role_id: int) -> Rights | None:
        """Return what another role may do, None where that is everything."""
        role = self.roles.by_id.get(role_id)
        if role is None:
            role = Role(role_id, "")
        return None if role.is_superuser else replace(self, role=role)
