"""Rows of pg_stat_activity, pg_stat_progress_create_index, pg_stat_database and pg_hba_file_rules: what
sessions of a server do, who is let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.roles import roles_in
from vql.executor.bridge.catalog.sizes import relation_size
from vql.executor.bridge.catalog.statistics import live_and_dead
from vql.functions.lookups import Activity, Sessions
from vql.language.analyze.catalog_columns import COLUMNS
from vql.roles.role import Role
from vql.schema import DATABASE_ID
from vql.storage.snapshot import Snapshot
from vql.types.moments.moments import EPOCH

HIDDEN = "<insufficient privilege>"
PAGE_BYTES = 8_192  # of PostgreSQL's, in which it counts what is done


def activities(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_stat_activity. What the sessions of other roles do is told to superusers and members alone."""
    databases, seen, waiting = _databases(snapshot, session), _Seen(snapshot, session), sessions.waiting()
    xids = sessions.xids()
    return [_row(each, databases, seen, waiting, xids) for each in sessions.activities()]


def database_counts(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_stat_database: how many sessions each has. What else PostgreSQL counts, nobody counts here."""
    counted = Counter(each.database for each in sessions.activities())
    width = len(COLUMNS["pg_stat_database"].split())
    return [
        (oid, name, counted[name], *(None,) * (width - 3))
        for name, oid in _databases(snapshot, session).items()
    ]


def index_builds(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_stat_progress_create_index. Tuples are the table's rows, blocks its bytes by PAGE_BYTES: of
    both as many are done as the share of the work that is."""
    databases, seen = _databases(snapshot, session), _Seen(snapshot, session)
    rows: list[Row] = []
    for each in sessions.activities():
        if each.build is None:
            continue
        head = (each.process_id, databases.get(each.database), each.database)
        if not seen.shows(each):
            rows.append((*head, *(None,) * 13))
            continue
        table = snapshot.tables_by_id.get(each.build.table_id) if seen.is_here(each) else None
        blocks = tuples = 0
        if table is not None:
            blocks = -(-(relation_size(table.table_id, snapshot) or 0) // PAGE_BYTES)
            tuples = live_and_dead(table, snapshot)[0]
        done = (blocks, int(blocks * each.build.share), tuples, int(tuples * each.build.share))
        rows.append((*head, *each.build[:4], 0, 0, 0, *done, 0, 0))
    return rows


def encryptions(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_stat_ssl. What the sessions of other roles are encrypted by is told as pg_stat_activity does."""
    seen, rows = _Seen(snapshot, session), list[Row]()
    for each in sessions.activities():
        if not seen.shows(each) or not each.encryption:
            shown = None if not seen.shows(each) else False
            rows.append((each.process_id, shown, *(None,) * 6))
            continue
        version, cipher, bits, *certificate = each.encryption.split("\t")
        subject, serial, issuer = certificate or (None, None, None)
        number = None if serial is None else Decimal(serial)
        rows.append((each.process_id, True, version, cipher, int(bits), subject, number, issuer))
    return rows


def access_rules(snapshot: Snapshot, session: Mapping[str, str], sessions: Sessions) -> list[Row]:
    """Return pg_hba_file_rules."""
    return sessions.access_rules()


def _databases(snapshot: Snapshot, session: Mapping[str, str]) -> dict[str, int]:
    others = {name: oid for oid, name in snapshot.neighbours()}
    return {session["vql__database"]: DATABASE_ID} | others


class _Seen:
    """What a session is told of others: all by superusers, else what members of their roles do."""

    def __init__(self, snapshot: Snapshot, session: Mapping[str, str]) -> None:
        self._roles = roles_in(snapshot, session)
        self._me = self._roles.named(session["vql__user"])
        self._database = session["vql__database"]

    def is_here(self, each: Activity) -> bool:
        """Whether a session is in this database."""
        return each.database == self._database

    def role(self, each: Activity) -> Role | None:
        """Return the role of a session of this database."""
        found = (role for role in self._roles.all if role.name == each.user)
        return next(found, None) if self.is_here(each) else None

    def shows(self, each: Activity) -> bool:
        """Whether this session is told what another one does."""
        role, me = self.role(each), self._me
        return me.is_superuser or (role is not None and role.role_id in self._roles.groups_of(me))


def _row(
    each: Activity,
    databases: dict[str, int],
    seen: _Seen,
    waiting: Mapping[int, str],
    xids: Mapping[int, int],
) -> Row:
    role = seen.role(each)
    head: Row = (
        databases.get(each.database), each.database, each.process_id, None, None if role is None else role.role_id,
        each.user, each.application,
    )  # fmt: skip
    if not seen.shows(each):
        return (*head, *(None,) * 13, HIDDEN, None)
    waits: tuple[str | None, str | None] = (None, None)
    if each.process_id in waiting and each.state == "active":
        waits = ("Lock", waiting[each.process_id])
    elif each.state.startswith("idle"):
        waits = ("Client", "ClientRead")
    times = (each.begun_us, each.transaction_us, each.statement_us, each.changed_us)
    return (
        *head, each.address or None, None, each.port, *map(_moment, times), *waits, each.state,
        xids.get(each.process_id), None, None, each.statement, "client backend",
    )  # fmt: skip


def _moment(time_us: int) -> datetime | None:
    return EPOCH + timedelta(microseconds=time_us) if time_us else None


# The relations that are made of it.
OF_SESSIONS = {
    "pg_stat_activity": activities, "pg_stat_database": database_counts, "pg_hba_file_rules": access_rules,
    "pg_stat_progress_create_index": index_builds, "pg_stat_ssl": encryptions,
}  # fmt: skip
