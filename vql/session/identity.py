"""Who a session is: who has logged in, whom SET SESSION AUTHORIZATION and SET ROLE have made of it, and what
that one may do.

Roles are those of the present, also where a statement reads the past: who lost a privilege has lost it for
every moment. The owner of the database, and any superuser, may do everything: nothing is looked up for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from vql.errors import Error, InvalidParameterValue, UndefinedObject
from vql.language import ast
from vql.language.ast.roles import CURRENT
from vql.language.bind.access.rights import Rights
from vql.roles.access import DatabaseRights
from vql.roles.role import OWNER_ID, Role, Roles, denied, undefined_role
from vql.session.transaction_block import TransactionBlock
from vql.settings.decided import Decision
from vql.settings.known import IDENTITY, SETTINGS, folded, normal_value
from vql.settings.settings import Settings
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store

# The schema of the catalog under which the database's own rights are found.
DATABASE = DatabaseRights().qualified


class Identity:
    """One session's, used by its thread; what it keeps is of the last catalog it has looked at."""

    def __init__(
        self, owner: str, user: str, settings: Settings, block: TransactionBlock, store: Store
    ) -> None:
        self.owner = owner
        self.database = store.path.name
        self._user = user
        self._settings = settings
        self._block = block
        self._store = store
        self._seen: object = None
        self._roles = Roles(owner)
        self._acting: int | None = None
        # Whom SET ROLE and SET SESSION AUTHORIZATION have named, by name: another role of it is not meant.
        self._named: dict[str, int] = {}
        settings.admit, settings.is_superuser = self.admit, self.is_superuser
        # Who has logged in stays who it is, whatever it is called by now.
        self._user_id = OWNER_ID if user == owner else self.roles().named(user).role_id
        self._begin()

    def _begin(self) -> None:
        """Have the session begin with what was decided for its role and the database; what cannot be any more
        is left out."""
        found: dict[str, Decision] = {}
        for each in database_rights(self.present()).begins(self._user_id):
            for name, value in each.values:
                with suppress(Error):
                    key = folded(name)
                    if key in IDENTITY:
                        self.admit(key, value)
                    # Else who has decided it may have been allowed more than the session is.
                    before = self._settings.get(key) if key in SETTINGS else ""
                    found[key] = Decision(normal_value(key, value, before), each.source)
        if found:
            self._settings.begin_with(found)

    def present(self) -> Snapshot:
        """Return the database as it is, with what the transaction has done."""
        return self._store.snapshot() if self._block.reads_past else self._block.snapshot()

    def roles(self, snapshot: Snapshot | None = None) -> Roles:
        """Return the roles there are."""
        others = (self.present() if snapshot is None else snapshot).others
        if self._seen is not others:
            self._roles = Roles(self.owner, others.values())
            self._seen = others
        return self._roles

    def current(self, snapshot: Snapshot | None = None) -> Role:
        """Return who the session is. Raises 42704 where it has been dropped."""
        return self._role(self._settings.role, self.roles(snapshot))

    def _role(self, name: str, roles: Roles) -> Role:
        role_id = self._user_id if name == self._user else self._named.get(name)
        if role_id is None:
            return roles.named(name)
        found = roles.by_id.get(role_id)
        if found is None:
            raise undefined_role(name)
        return found

    def session_role(self) -> Role:
        """Return who the session is without SET ROLE."""
        return self._role(self._settings.get("session_authorization"), self.roles())

    def named(self, role: ast.RoleName, roles: Roles) -> Role:
        """Return the role that a statement names. Raises 42704."""
        if not role.is_keyword:
            return roles.named(role.name)
        here = self._settings.role if role.name == CURRENT else self._settings.get("session_authorization")
        return self._role(here, roles)

    def is_superuser(self) -> bool:
        """Whether the session may do everything."""
        if not self._settings.parsed.role:
            return True
        try:
            return self.current().is_superuser
        except UndefinedObject:
            return False

    def require_connection(self) -> None:
        """Raise 42501 where the session may not be connected with the database."""
        rights = self.rights()
        if rights is not None and "c" not in database_rights(self.present()).access.rights(
            "database", rights.held
        ):
            raise denied(f'for database "{self.database}"', "User does not have CONNECT privilege.")

    def rights(self, present: Snapshot | None = None) -> Rights | None:
        """Return what the session may do; None where that is everything. Raises 42704."""
        if self._acting is None and not self._settings.parsed.role:
            return None
        present = self.present() if present is None else present
        return self.rights_of(self._acting, present)

    def rights_of(self, role_id: int | None, present: Snapshot) -> Rights | None:
        """Return what a role may do, None where that is everything; without an id it is the session's."""
        roles = self.roles(present)
        role = self.current(present) if role_id is None else roles.by_id.get(role_id, Role(role_id, ""))
        if role.is_superuser:
            return None
        row_security = self._settings.get("row_security") == "on"
        return Rights(role, roles, present, present.catalog_version, row_security)

    @contextmanager
    def acting_as(self, role_id: int) -> Iterator[None]:
        """Have what is run looked at as if a role ran it."""
        before, self._acting = self._acting, role_id
        try:
            yield
        finally:
            self._acting = before

    def admit(self, setting: str, name: str | None) -> None:
        """Look whether the session may become a role by a setting. Raises 22023, 42501."""
        roles = self.roles()
        if name is not None and name not in roles.by_name:
            raise InvalidParameterValue(undefined_role(name).message)
        if setting == "session_authorization":
            user = roles.by_id.get(self._user_id)
            if name not in (None, self._user) and not (user is not None and user.is_superuser):
                raise denied(f'to set session authorization "{name}"')
        elif name is not None and not roles.may_become(self.session_role(), roles.named(name).role_id):
            raise denied(f'to set role "{name}"')
        if name is not None:
            self._named[name] = roles.named(name).role_id


def database_rights(view: Snapshot) -> DatabaseRights:
    """Return what is granted on the database."""
    found = view.others.get(DATABASE)
    return found if isinstance(found, DatabaseRights) else DatabaseRights()
