"""The database as a statement sees it: at the moment of its own, and at those that parts of it ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.errors import Error, InvalidParameterValue
from vql.functions.declare import Function
from vql.language import plan
from vql.language.bind.access.rights import Rights
from vql.language.bind.names import Tables
from vql.language.bind.statements import Moments
from vql.session.identity import Identity
from vql.storage.history.changes import changes_between
from vql.storage.persistent import PersistentMap
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.typed import find_type
from vql.types.extensions.extension import extension_schemas
from vql.types.type import TIMESTAMPTZ, Type

# Versions of the catalog, and a search path.
Catalogs = tuple[int | tuple[str, ...], ...]
# A catalog version that no commit has.
NO_CATALOG = -1
# How many definitions back a statement is tried to be bound whose moment is not known yet.
EARLIER_MAX = 16


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A statement's snapshots; `others` are by the number of their moment."""

    own: Snapshot
    path: tuple[str, ...]
    others: tuple[Snapshot, ...] = ()
    rights: Rights | None = None
    own_functions: Mapping[str, Sequence[Function]] = field(default_factory=dict)

    @property
    def catalogs(self) -> Catalogs:
        """The catalog versions, the search path and the rights, which decide what names mean."""
        path = self.path if self.rights is None else (*self.path, self.rights.key)
        return (self.own.catalog_version, *[other.catalog_version for other in self.others], path)

    @property
    def tables(self) -> Tables:
        """What the names of tables mean."""
        others = tuple([other.tables for other in self.others])
        return Tables(self.own.tables, self.path, others, (self.own, *self.others), self.rights)

    def find_type(self, name: str) -> Type | None:
        """Return the type of the database that a name means, as it is written; None where none does."""
        return find_type(self.own.relation, name, self.path)

    @property
    def extensions(self) -> Mapping[str, str]:
        """The extensions there are, and their schemas."""
        return extension_schemas(self.own.others)


def as_seen(
    snapshot: Snapshot,
    path: tuple[str, ...],
    identity: Identity,
    own_functions: Mapping[str, Sequence[Function]],
) -> Snapshots:
    """Return a snapshot as a statement of a role sees it, through the schemas that this one may look into."""
    rights = identity.rights()
    if rights is not None:
        path = tuple(name for name in path if rights.may_use(name))
    return Snapshots(snapshot, path, rights=rights, own_functions=own_functions)


def moment_at(text: str, style: Style) -> plan.Moment:
    """Return the moment of a time that was checked, read as the session reads times."""
    return plan.Moment("time", plan.Constant(TIMESTAMPTZ.converter(style)(text), TIMESTAMPTZ))


def snapshot_at(store: Store, kind: str, value: object) -> Snapshot:
    """Return the database now, at a time, version or named snapshot."""
    if kind == "now":
        return store.snapshot()
    if value is None:
        raise InvalidParameterValue("AS OF must not be NULL")
    if kind == "time":
        time_us = TIMESTAMPTZ.stored(TIMESTAMPTZ.coerce(value))
        return store.snapshot(store.version_at(int(time_us))).at_moment(int(time_us))  # type: ignore[call-overload]
    version = int(value) if kind == "version" else store.named_version(str(value))  # type: ignore[call-overload]
    found = store.snapshot(version)
    return found.at_moment(found.time_us)


def changes_until(store: Store, kind: str, value: object, last: Snapshot) -> Snapshot:
    """Return the changes from a time or version on, or behind a named snapshot, up to another moment."""
    if kind == "now":
        first = store.snapshot().version + 1
    elif value is None:
        raise InvalidParameterValue("VERSIONS BETWEEN must not be NULL")
    elif kind == "time":
        first = store.version_from(int(TIMESTAMPTZ.stored(TIMESTAMPTZ.coerce(value))))  # type: ignore[call-overload]
    elif kind == "version":
        first = int(value)  # type: ignore[call-overload]
    else:  # what a snapshot holds has been changed by then
        first = store.named_version(str(value)) + 1
    return changes_between(store, first, last)


def foreseen(
    moments: Moments, given: Sequence[object], now: Snapshots, store: Store, style: Style
) -> Snapshots:
    """Return what a statement is going to see as far as that is known before it runs: `given` are the
    values of its first parameters, None for unknown ones. A moment not known yet is taken for the present."""
    present = now.own

    def at(moment: plan.Moment | None) -> Snapshot:
        if moment is not None and moment.until is not None:
            return changes_between(store, 0, at(moment.until))  # their columns are those of the end
        match moment:
            case plan.Moment(kind, plan.Constant(value=value)) if value is not None:
                pass
            case plan.Moment(kind, plan.Parameter(index=index, type=type_)) if index < len(given):
                try:
                    value = type_.converter(style)(given[index])
                except Error:
                    return present  # it is told when the statement runs
            case _:
                return present
        if value is None or (kind == "time" and _is_ahead(value, store)):
            return present  # it would have to be waited for
        return snapshot_at(store, kind, value)

    return replace(now, own=at(moments.own), others=tuple(map(at, moments.others)))


def with_earlier(snapshots: Snapshots, present: Snapshot, store: Store) -> Iterator[Snapshots]:
    """Yield the same with tables that are no more, where the present was assumed; then with all as they were
    before their last changes, before the ones before these, and so on. Such catalogs are none that there
    was, so that the statement is bound anew when it runs."""
    earlier = store.catalog.earlier()
    backwards = range(min(max(map(len, earlier.values()), default=0), EARLIER_MAX))
    gone = {name: tables[0] for name, tables in earlier.items() if name not in present.tables}
    changed = (
        {name: tables[min(back, len(tables) - 1)] for name, tables in earlier.items()} for back in backwards
    )
    for tables in (gone, *changed):
        then = replace(
            present, tables=PersistentMap({**present.tables, **tables}), catalog_version=NO_CATALOG
        )

        def of(snapshot: Snapshot, then: Snapshot = then) -> Snapshot:
            return then if snapshot is present else snapshot

        yield replace(snapshots, own=of(snapshots.own), others=tuple(map(of, snapshots.others)))


def _is_ahead(value: object, store: Store) -> bool:
    time_us: int = TIMESTAMPTZ.stored(TIMESTAMPTZ.coerce(value))  # type: ignore[assignment]
    return time_us > store.now_us()
