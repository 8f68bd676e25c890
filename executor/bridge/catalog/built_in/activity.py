"""Rows of pg_stat_activity, pg_stat_database and pg_hba_file_rules: what sessions of a server do, who is let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.roles import roles_in
from vql.functions.lookups import Activity, Sessions
from vql.language.analyze.catalog_columns import COLUMNS
from vql.roles.role import Role, Roles
from vql.schema import DATABASE_ID
from vql.storage.snapshot import Snapshot
from vql.types.moments.moments import EPOCH

HIDDEN = "<insufficient privilege>"


def activities(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_stat_activity. What the sessions of other roles do is told to superusers and members alone."""
    roles, waiting = roles_in(snapshot, session), sessions.waiting()
    databases = _databases(snapshot, session)
    me = roles.named(session["vql__user"])
    return [_row(each, databases, roles, me, waiting) for each in sessions.activities()]


def database_counts(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_stat_database: how many sessions each has. What else PostgreSQL counts, nobody counts here."""
    counted = Counter(each.database for each in sessions.activities())
    width = len(COLUMNS["pg_stat_database"].split())
    return [
        (oid, name, counted[name], *(None,) * (width - 3))
        for name, oid in _databases(snapshot, session).items()
    ]


def access_rules(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_hba_file_rules."""
    return sessions.access_rules()


def _databases(snapshot: Snapshot, session: Mapping[str, str]) -> dict[str, int]:
    others = {name: oid for oid, name in snapshot.neighbours()}
    return {session["vql__database"]: DATABASE_ID} | others


def _row(
    each: Activity, databases: dict[str, int], roles: Roles, me: Role, waiting: Mapping[int, str]
) -> Row:
    is_here = databases.get(each.database) == DATABASE_ID
    role = next((role for role in roles.all if role.name == each.user), None) if is_here else None
    head: Row = (
        databases.get(each.database), each.database, each.process_id, None, None if role is None else role.role_id,
        each.user, each.application,
    )  # fmt: skip
    is_seen = me.is_superuser or (role is not None and role.role_id in roles.groups_of(me))
    if not is_seen:
        return (*head, *(None,) * 13, HIDDEN, None)
    waits: tuple[str | None, str | None] = (None, None)
    if each.process_id in waiting and each.state == "active":
        waits = ("Lock", waiting[each.process_id])
    elif each.state.startswith("idle"):
        waits = ("Client", "ClientRead")
    times = (each.begun_us, each.transaction_us, each.statement_us, each.changed_us)
    return (
        *head, each.address or None, None, each.port, *map(_moment, times), *waits, each.state, None, None, None,
        each.statement, "client backend",
    )  # fmt: skip


def _moment(time_us: int) -> datetime | None:
    return EPOCH + timedelta(microseconds=time_us) if time_us else None


# The relations that are made of it.
OF_SESSIONS = {
    "pg_stat_activity": activities, "pg_stat_database": database_counts, "pg_hba_file_rules": access_rules,
}  # fmt: skip
