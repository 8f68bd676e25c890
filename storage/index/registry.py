"""Which index kinds there are: ours, and those that installed packages bring.

A kind is found by the name of an access method and by what it accepts: `hnsw` over bit is another kind than
`hnsw` over vector. A package brings one by an entry point of the group `vql.index_kinds`, whose name is
the access method and whose object is an `IndexKind`, or a class of them. Entry points are looked for
when a name is not ours, loaded once a process, and never because a database is opened.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vql import schema
from vql.errors import Error, ExternalRoutineFailed, NotSupportedError, UndefinedObject
from vql.settings.parameters import BTREE_OPTIONS, SWITCH, Option
from vql.storage.index.bit.kind import BitKind
from vql.storage.index.dense.kind import DenseKind
from vql.storage.index.elements import ElementsKind
from vql.storage.index.inverted import InvertedKind
from vql.storage.index.kind import IndexKind
from vql.storage.index.sorted import SortedKind
from vql.storage.index.terms import TermsKind
from vql.storage.index.words import WordsKind
from vql.types.opclasses import SORTED_CLASSES, class_of, default_metric
from vql.types.type import Type

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "vql.index_kinds"
BRIN_CLASSES = ("minmax_", "minmax_multi_", "bloom_", "inclusion_")
# Of PostgreSQL's pages, as BTREE_OPTIONS are: kept, and without effect.
HASH_OPTIONS = {"fillfactor": Option(10, 100)}
BRIN_OPTIONS = {"pages_per_range": Option(1, 131072), "autosummarize": SWITCH}
VECTOR_KINDS = (DenseKind, BitKind, InvertedKind)


def _named_after(names: Iterable[str], *kinds: str) -> frozenset[str]:
    """Return the names of operator classes of some kinds."""
    return frozenset(f"{name}_{kind}ops" for name in names for kind in kinds)


# method -> the kinds that bear its name, the first of a type's own methods first.
OURS: Mapping[str, tuple[IndexKind, ...]] = {
    **{
        name: tuple(kind(name) for kind in VECTOR_KINDS if name in kind.methods)
        for name in dict.fromkeys(name for kind in VECTOR_KINDS for name in kind.methods)
    },
    "btree": (SortedKind(True, _named_after(SORTED_CLASSES, ""), BTREE_OPTIONS),),
    "hash": (SortedKind(False, _named_after(SORTED_CLASSES, ""), HASH_OPTIONS),),
    "brin": (SortedKind(True, _named_after(SORTED_CLASSES, *BRIN_CLASSES), BRIN_OPTIONS),),
    "gin": (ElementsKind(), WordsKind()),
    schema.RANKS_TEXTS: (TermsKind(),),
}
# Methods of values in their order, and of lists of elements, by the form that they are kept in.
SORTED, OF_ELEMENTS = (
    tuple(name for name, kinds in OURS.items() if isinstance(kinds[0], form))
    for form in (SortedKind, ElementsKind)
)
# Those of SORTED that answer = alone.
EQUALITY_ALONE = frozenset({"hash"})
# What PostgreSQL's catalogs number: its own methods as there, ours from 16410.
OIDS = {
    "btree": 403, "hash": 405, "gin": 2742, "brin": 3580, "hnsw": 16410, "flat": 16411, "auto": 16412,
    "ivfflat": 16413,
    "ivfpq": 16414, "rabitq": 16415, "inverted": 16416, "binary_hnsw": 16417, "binary_flat": 16418,
    schema.RANKS_TEXTS: 16419,
}  # fmt: skip
# How classes of PostgreSQL's that are no `_ops` are called behind their type.
CLASS_ENDINGS = {"brin": "_minmax_ops"}
# Above all object ids, and above those of constraints.
FOREIGN_OIDS, FOREIGN_OIDS_MAX = 2_000_000_000, 100_000_000
# PostgreSQL's, and other databases' words for what is to come.
LATER = frozenset({"bitmap", "fulltext", "gist", "spgist"})


@functools.cache
def method_names() -> tuple[str, ...]:
    """Return the access methods that CREATE INDEX takes, ours first. Loads nothing."""
    return (*OURS, *(point.name for point in _entry_points() if point.name not in OURS))


def oid_of(method: str) -> int:
    """Return the number of an access method in pg_am; of a third party's always the same one."""
    return OIDS.get(method) or FOREIGN_OIDS + zlib.crc32(method.encode()) % FOREIGN_OIDS_MAX


def default_class(method: str, type_: Type) -> str:
    """Return the operator class that a column of a type has where none is named; not of a metric."""
    return class_of(type_.base, CLASS_ENDINGS.get(method, "_ops"))


def default_method(type_: Type) -> str:
    """Return the access method of an index for which none is named."""
    metric = default_metric(type_)
    kinds = ((name, kind) for name, several in OURS.items() for kind in several if metric)
    return next((name for name, kind in kinds if kind.accepts(type_, metric)), "btree")


def kinds_of(method: str) -> tuple[IndexKind, ...]:
    """Return the kinds under the name of an access method. Raises 42704 where there is none, 0A000 where
    there will be, 38000 where its package is faulty."""
    if method in OURS:
        return OURS[method]
    found = _foreign(method)
    if isinstance(found, Error):
        raise ExternalRoutineFailed(found.message)
    if found is not None:
        return (found,)
    if method in LATER:
        raise NotSupportedError(f'access method "{method}" is not supported yet')
    raise UndefinedObject(f'access method "{method}" does not exist')


def find_kind(method: str, type_: Type, metric: str) -> IndexKind | None:
    """Return the kind of an index that exists; None where its package is missing or faulty."""
    if method in OURS:
        return next((kind for kind in OURS[method] if kind.accepts(type_, metric)), None)
    found = _foreign(method)
    return None if isinstance(found, Error) else found


def kind_of(index: schema.Index, table: schema.Table) -> IndexKind | None:
    """Return the kind of a table's index; None where its package is missing or faulty."""
    column = table.stored[table.stored_position(index.columns[0])]
    return find_kind(index.method, column.type, index.metric)


def why_missing(method: str) -> str:
    """Return why there is no kind of a name, "" where there is one."""
    found = None if method in OURS else _foreign(method)
    if isinstance(found, Error):
        return found.message
    return "" if found is not None or method in OURS else f'access method "{method}" is not installed'


def description(index: schema.Index, table: schema.Table, info: dict[str, object]) -> str:
    """Return what the kind of a built index says of it, or why it says nothing."""
    kind = kind_of(index, table)
    if kind is None:
        return why_missing(index.method)
    try:
        with foreign_code(index.method, "describe an index"):
            return str(kind.describe(info))
    except ExternalRoutineFailed as error:
        return error.message


@contextmanager
def foreign_code(method: str, doing: str) -> Iterator[None]:
    """Raise 38000, which names the access method, for whatever its code raises that is no error of ours."""
    try:
        yield
    except Error:
        raise
    except Exception as error:
        if not method or method in OURS:
            raise
        text = f"{type(error).__name__}: {error}"
        raise ExternalRoutineFailed(f'access method "{method}" failed to {doing}: {text}') from error


@functools.cache
def _foreign(method: str) -> IndexKind | Error | None:
    """Return a third party's kind, loaded; or why it cannot be used; or None."""
    points = [point for point in _entry_points() if point.name == method]
    if not points:
        return None
    if len({point.value for point in points}) > 1:
        values = " and ".join(point.value for point in points)
        return ExternalRoutineFailed(f'access method "{method}" is brought by {values}')
    try:
        with foreign_code(method, "load"):
            loaded = points[0].load()
            kind = loaded() if isinstance(loaded, type) else loaded
    except ExternalRoutineFailed as error:
        return error
    if not isinstance(kind, IndexKind):
        return ExternalRoutineFailed(
            f'access method "{method}" failed to load: {points[0].value} is not an index kind'
        )
    return kind


@functools.cache
def _entry_points() -> tuple[EntryPoint, ...]:
    """Return the entry points of installed packages, in a fixed order."""
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)))
