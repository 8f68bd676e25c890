"""What functions may ask of the catalog and the session: `CatalogLookups`, one a statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class IndexBuild(NamedTuple):
    """Indexes that are built: of which table, of which index where it is one that is built anew (else 0), by
    which command, and how far that is, from 0 to 1."""

    table_id: int
    index_id: int
    command: str
    phase: str
    share: float


class Activity(NamedTuple):
    """What one session of a server does. Moments are microseconds since 1970, 0 where there is none; `state`
    is PostgreSQL's word, `port` -1 on a unix socket; `build` is there while it builds indexes;
    `encryption` says its protocol, cipher and bits, and of a client's certificate subject, serial number and
    issuer, a tab between them; "" where there is none."""

    process_id: int
    database: str
    user: str
    application: str
    address: str
    port: int
    begun_us: int
    transaction_us: int
    statement_us: int
    changed_us: int
    state: str
    statement: str
    build: IndexBuild | None = None
    encryption: str = ""


class Sessions(Protocol):
    """The sessions that there are beside one's own, of all processes of a server."""

    def activities(self) -> Sequence[Activity]:
        """Return what all sessions do, this one among them."""

    def interrupt(self, process_id: int, *, ends: bool) -> None:
        """Cancel what a session runs, or end it: soon, and without a word where it is gone."""

    def blocking(self, process_id: int) -> Sequence[int]:
        """Return the sessions whose locks one waits for."""

    def xids(self) -> Mapping[int, int]:
        """Return the numbers of the transactions of sessions that have one."""

    def waiting(self) -> Mapping[int, str]:
        """Return the sessions that wait for locks, and for what kind of them, as pg_locks calls it."""

    @property
    def reload(self) -> Callable[[], bool]:
        """What has the server read its configuration again; it gives False where there is none."""

    @property
    def access_rules(self) -> Callable[[], list[tuple[object, ...]]]:
        """What lists the rows of pg_hba_file_rules."""


class CatalogLookups(Protocol):
    """The catalog that a statement sees. `kind` is the type of the name: regclass, regtype, regproc,
    regprocedure, regoper, regoperator, regnamespace, regrole."""

    def oid_of(self, kind: str, name: str) -> int | None:
        """Return the OID of what a name, as written, means; None where there is none."""

    def name_of(self, kind: str, oid: int) -> str | None:
        """Return the name of an object."""

    def rows(self, key: str, column: str = "", value: object = None) -> list[tuple[Any, ...]]:
        """Return the rows of a relation of the catalog, as functions have values; those that have a value in
        a column, and maybe some more."""

    def has_rows(self, key: str, column: str = "", value: object = None) -> bool:
        """Whether `rows` would return what is there already."""

    def is_first_read(self, key: str) -> bool:
        """Whether it is the first time that the session lists a relation, as its rows are now."""

    @property
    def path(self) -> tuple[str, ...]:
        """The schemas that are searched for a name, those of the system among them."""

    @property
    def listed_path(self) -> tuple[str, ...]:
        """The schemas that the search_path names and that exist."""

    def is_visible(self, kind: str, oid: int) -> bool | None:
        """Whether the search_path leads to an object, which the name of a kind may mean; None of none."""

    def routine_shown(self, oid: int, part: str) -> str | None:
        """Return a part of what a function is defined as: arguments, identity (those without defaults),
        result, definition, body; None where there is no such function. Raises 42809 of the definition of an
        aggregate."""

    def expression_shown(self, text: str) -> str:
        """Return a stored expression as it is to be read through the search path."""

    def type_shown(self, name: str) -> str:
        """Return what a type is called that has a bare name."""

    def index_definition(self, oid: int) -> str | None:
        """Return CREATE INDEX of an index."""

    def index_columns(self, oid: int) -> tuple[str, ...]:
        """Return the columns of an index, none where there is no such index."""

    def constraint_definition(self, oid: int) -> str | None:
        """Return a constraint as ALTER TABLE would add it."""

    def owned_sequence(self, oid: int, column: str) -> str | None:
        """Return the name of the sequence that goes with a column of a table, in its schema. Raises 42703."""

    def view_definition(self, oid: int) -> str | None:
        """Return the query of a view."""

    def updatable_events(self, oid: int) -> int:
        """Return what changes a relation takes: 4 UPDATE, 8 INSERT, 16 DELETE."""

    def is_updatable_column(self, oid: int, number: int) -> bool:
        """Whether a column of a relation takes values."""

    def description(self, of: str, oid: int, number: int) -> str | None:
        """Return the comment on an object of a relation of the catalog, of any where "", or on a column."""

    def size(self, oid: int) -> int | None:
        """Return the bytes that a table's rows or an index take on disk."""

    def indexes_size(self, oid: int) -> int | None:
        """Return the bytes that all indexes of a table take on disk."""

    def database_size(self, name: str) -> int | None:
        """Return the bytes that a database of the server takes on disk; None where there is none."""

    @property
    def database_oid(self) -> int:
        """The OID of the database."""

    def columns_of(self, oid: int) -> Mapping[str, int] | None:
        """Return the columns of a table or view and their numbers; None where there is none."""

    def held(self, who: object, oid: int, column: int) -> tuple[Collection[str], Collection[str]] | None:
        """Return the rights that a role, by name or OID, None of the one at hand, has on an object or on one
        of its columns, and those that it may grant, by letters; None where there is no such object. Raises
        42704."""

    def has_role(self, who: object, group: object, how: str) -> bool:
        """Whether a role has the usage of another, is a member, may set it or admin it. Raises 42704."""

    def fact(self, name: str) -> str:
        """Return what is so in this session: user, session_user, database, process_id, temporary (its
        schema), version (of the database)."""

    def setting(self, name: str) -> str:
        """Return the value of a setting. Raises 42704."""

    def set_setting(self, name: str, value: str | None, is_local: bool) -> str:
        """Change a setting, till the transaction ends where it is local, and return its normal form. Raises
        42704, 22023."""


class Notifier(Protocol):
    """The session's notifications."""

    channels: tuple[str, ...]
    usage: Callable[[], float]

    def notify(self, channel: str, payload: str) -> None:
        """Say something at the end of the transaction. Raises 0A000, 22023."""


class AdvisoryLocks(Protocol):
    """The session's advisory locks: a key is one number, or two."""

    def lock(self, key: tuple[int, ...], shared: bool, of_transaction: bool, wait: bool) -> bool:
        """Take a lock; returns False where others have it and we do not `wait`. Raises 40P01, 55P03,
        57014."""

    def unlock(self, key: tuple[int, ...], shared: bool) -> bool:
        """Give a lock of the session back once; returns False where it has none."""

    def unlock_all(self) -> None:
        """Give back all of the session's."""


class Xids(Protocol):
    """Numbers of transactions."""

    @property
    def assigned(self) -> int | None:
        """That of the transaction at hand, None where it has none."""

    def current(self) -> int:
        """Return that of the transaction at hand, given out where it has none. Raises 25006."""

    def snapshot(self, version: int) -> tuple[int, int, list[int]]:
        """Return xmin, xmax and what is in progress between them for a statement on a version."""

    def status(self, xid: int) -> str | None:
        """Return what has become of a transaction; None of a number that is none's. Raises 22023."""


# The functions that take, show and set them.
OF_SEQUENCES = frozenset({"nextval", "currval", "lastval", "setval"})


class SequenceNumbers(Protocol):
    """The session's way to numbers of sequences, which are named by their OIDs."""

    def take(self, oid: int, count: int) -> list[int]:
        """Return the next numbers. Raises 42809, 2200H, 25006."""

    def current(self, oid: int) -> int:
        """Return the number last taken in the session. Raises 55000."""

    def last(self) -> int:
        """Return the number last taken of any sequence. Raises 55000."""

    def state(self, oid: int) -> tuple[int, bool]:
        """Return the last number of a sequence, or the next one where none was given out. Raises 42501."""

    def put(self, oid: int, value: int, is_called: bool) -> None:
        """Set the last number, or the next one. Raises 42809, 22003, 25006."""
