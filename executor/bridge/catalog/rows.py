"""Rows of pg_catalog, information_schema and our own relations, made from a snapshot's catalog.

A relation is a specification of its columns (`vql.language.analyze.catalog_columns`) and a function that
gives its rows; relations nobody fills exist and are empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import zip_longest

from vql import schema
from vql.executor.bridge.catalog.built_in.opclasses import classes_shown, entries, families_shown
from vql.executor.bridge.catalog.built_in.operators import cast_rows, operator_rows
from vql.executor.bridge.catalog.built_in.ranges import ranges
from vql.executor.bridge.catalog.built_in.routines import LANGUAGES, aggregates, known_functions
from vql.executor.bridge.catalog.built_in.settings import setting_rows
from vql.executor.bridge.catalog.built_in.text_search import TEXT_SEARCH
from vql.executor.bridge.catalog.built_in.zones import abbreviations, zones
from vql.executor.bridge.catalog.constraints import (
    Row,
    constraints,
    constraints_in,
)
from vql.executor.bridge.catalog.depends import depends, rules
from vql.executor.bridge.catalog.information import INFORMATION, Maker
from vql.executor.bridge.catalog.namespaces import (
    CATALOG,
    INFORMATION_SCHEMA,
    namespaces,
    sequences_in,
    tables_in,
    view_text,
    views_in,
)
from vql.executor.bridge.catalog.relations import HEAP, attributes, classes, defaults, indexes
from vql.executor.bridge.catalog.roles import (
    ROLE_MAKERS,
    acl,
    database_access,
    owner_name,
    roles_in,
    schema_access,
)
from vql.executor.bridge.catalog.statistics import STATISTICS
from vql.executor.bridge.catalog.type_rows import (
    OWNER,
    PUBLIC,
    domain_constraints,
    labels,
    procedure,
    types,
)
from vql.functions.text.formatting import quote_ident
from vql.language.analyze.catalog_columns import COLUMNS, OIDS
from vql.naming import is_temporary
from vql.settings.known import SETTINGS
from vql.storage.index import registry
from vql.storage.locks.modes import Kind, lock_kind, mode_name
from vql.storage.locks.table import Entry
from vql.storage.segments.segment import SealedSegment
from vql.storage.snapshot import Snapshot
from vql.types.collations import COLLATIONS
from vql.types.extensions.extension import EXTENSIONS, extensions_in, find_extension
from vql.types.moments.moments import EPOCH
from vql.types.objects import ObjectName
from vql.types.opclasses import opclass_of
from vql.types.type import BASE_TYPES

DATABASE = 16384
# What pg_index.indoption says of a column.
DIRECTIONS = ("", " DESC NULLS LAST", " NULLS FIRST", " DESC")


METHOD_COMMENTS = {
    HEAP: "heap table access method", 403: "b-tree index access method", 405: "hash index access method",
    2742: "GIN index access method", 3580: "block range index (BRIN) access method",
}  # fmt: skip
LANGUAGE_COMMENTS = {
    12: "built-in functions", 13: "dynamically-loaded C functions", 14: "SQL-language functions",
}  # fmt: skip

# Those of which all databases have the rows.
SHARED = frozenset({"pg_database", "pg_authid"})


def rows_of(name: str, snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return the rows of a relation, in the order of its COLUMNS."""
    make = MAKERS.get(name)
    if make is None:
        return []
    width = len(COLUMNS[name].split())
    rows = make(snapshot, session)
    assert all(len(row) == width for row in rows), f"{name} has {width} columns"
    return rows


def index_definition(
    table: schema.Table, index: schema.Index, shown: Callable[[str], str] = str, prefix: str = ""
) -> str:
    """Return CREATE INDEX as pg_get_indexdef prints it: expressions as they are `shown`, and operator classes of
    ours behind a `prefix`."""
    type_ = table.stored[table.stored_position(index.columns[0])].type
    metric_class = prefix + opclass_of(type_.name, index.metric) if index.metric else ""
    classes = (metric_class,) * len(index.columns) if index.metric else index.opclasses
    named = {column.name for column in table.columns}
    columns = [quote_ident(name) if name in named else shown(name) for name in index.columns]
    named_apart = zip_longest(columns, index.collations, classes, fillvalue="")
    directions = index.directions or (0,) * len(columns)
    items = ", ".join(
        f"{column}{collation and ' COLLATE ' + quote_ident(collation)}{called and ' ' + called}{DIRECTIONS[way]}"
        for (column, collation, called), way in zip(named_apart, directions, strict=True)
    )
    options = ", ".join(f"{name}={_option_shown(value)}" for name, value in index.options)
    unique = "UNIQUE " if index.unique or index.primary else ""
    tail = f" INCLUDE ({', '.join(map(quote_ident, index.included))})" if index.included else ""
    tail += " NULLS NOT DISTINCT" * index.nulls_are_alike + (f" WITH ({options})" if options else "")
    tail += f" WHERE {shown(index.condition)}" if index.condition else ""
    on = f"{quote_ident(table.schema)}.{quote_ident(table.name)}"
    return f"CREATE {unique}INDEX {quote_ident(index.name)} ON {on} USING {index.method} ({items}){tail}"


def _option_shown(value: float | str) -> str:
    """Return the value of an option as pg_get_indexdef prints it: in quotes, where it is no plain name."""
    text = value if isinstance(value, str) else f"{value:g}"
    return text if quote_ident(text) == text else f"'{text}'"


# ------------------------------------------------------------------ pg_catalog


def _namespaces(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    roles, found = roles_in(snapshot, session), namespaces(snapshot)
    all_access = {name: schema_access(snapshot, name) for name in found}
    return [
        (oid, name, all_access[name].owner_id, acl(all_access[name], roles)) for name, oid in found.items()
    ]


def comments_in(snapshot: Snapshot) -> list[schema.Comment]:
    """Return the comments on what there is."""
    found = [each for each in snapshot.others.values() if isinstance(each, schema.Comment)]
    constraints = {each.oid for each in constraints_in(snapshot)} if found else set()
    public = schema.Comment(0, "pg_namespace", PUBLIC, text="standard public schema")
    if snapshot.find_schema(schema.PUBLIC) and public.qualified not in snapshot.others:
        found.append(public)

    def is_there(each: schema.Comment) -> bool:
        if each.of == "pg_constraint":
            return each.object_id in constraints
        relation = snapshot.definition(each.object_id)
        if each.number:
            columns = relation.columns if isinstance(relation, schema.Table | schema.View) else ()
            return any(column.number == each.number for column in columns)
        indexes = (i.index_id for table in snapshot.tables.values() for i in table.indexes)
        return each.of in SHARED or relation is not None or each.object_id in indexes

    return [each for each in found if each.text and is_there(each)]


def built_in_comments(snapshot: Snapshot) -> list[schema.Comment]:
    """Return what PostgreSQL says of its access methods, languages and extensions."""
    said = {("pg_am", oid): text for oid, text in METHOD_COMMENTS.items()}
    said |= {("pg_language", oid): text for oid, text in LANGUAGE_COMMENTS.items()}
    there = extensions_in(snapshot.others)
    said |= {("pg_extension", each.extension_id): EXTENSIONS[each.name].comment for each in there}
    return [schema.Comment(0, of, oid, text=text) for (of, oid), text in said.items()]


def _methods(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    methods = [
        (registry.oid_of(name), name, procedure(f"{name}handler"), "i") for name in registry.method_names()
    ]
    return [(HEAP, "heap", procedure("heap_tableam_handler"), "t"), *methods]


def _extensions(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    schemas = namespaces(snapshot)
    return [
        (each.extension_id, each.name, each.access.owner_id, schemas.get(each.schema, 0), True, EXTENSIONS[each.name].version, None, None)
        for each in extensions_in(snapshot.others)
    ]  # fmt: skip


def _types(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return the types, with what is granted on those that somebody made."""
    made = [each for each in snapshot.others.values() if isinstance(each, schema.NamedType)]
    granted = {each.type.catalog_oid: each.access for each in made if each.access.grants is not None}
    roles = roles_in(snapshot, session)
    return [
        (*row[:-1], acl(granted[row[0]], roles)) if row[0] in granted else row
        for row in types(snapshot, session)
    ]


# ------------------------------------------------------------------ our own


def _segments(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for table in snapshot.tables.values():
        for seen in snapshot.readable_segments(table.table_id):
            visible, segment = seen.visible(snapshot.version), seen.whole
            deleted = 0 if visible is None else segment.rows - int(visible.sum())
            created = segment.created
            first, last = (
                (created, created) if isinstance(created, int) else (int(created[0]), int(created[-1]))
            )
            state, file, size = "growing", None, None
            if isinstance(segment, SealedSegment):
                state, file = "sealed", segment.record["file"]
                size = sum(place[1] for place in segment.record["blobs"].values())
            rows.append((table.name, segment.segment_id, state, segment.rows,
                         deleted, first, last, file, size))  # fmt: skip
    return rows


def _built_indexes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for table in snapshot.tables.values():
        names = {index.index_id: index for index in table.indexes}
        for segment in (each.whole for each in snapshot.readable_segments(table.table_id)):
            if not isinstance(segment, SealedSegment):
                continue
            for index_id, built in segment.record["indexes"].items():
                index = names.get(int(index_id))
                if index is not None:
                    family = registry.description(index, table, built["info"])
                    size = sum(place[1] for place in built["blobs"].values())
                    rows.append((table.name, index.name, index.method, index.metric, segment.segment_id, family,
                                 segment.rows, size, index.option("recall", 0.95)))  # fmt: skip
    return rows


def _recalls(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for table in snapshot.tables.values():
        for segment in snapshot.readable_segments(table.table_id):
            opened = segment.whole.opened_indexes()
            for index in table.indexes:
                checks = getattr(opened.get(index.index_id), "checks", {})
                for target, (found, there, samples) in sorted(checks.items()):
                    rows.append((table.name, index.name, segment.segment_id, target, found / there, samples))
    return rows


def _versions(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """The commits; tables by their names, outside of the schema public behind it, those of sessions left out."""

    def shown(table: schema.Table) -> str:
        return table.name if table.schema == schema.PUBLIC else f"{table.schema}.{table.name}"

    return [
        (each.version, _moment(each.time_us),
         list(dict.fromkeys(shown(t) for t in each.tables if not is_temporary(t.schema))),
         each.inserted, each.deleted)
        for each in snapshot.history.versions(0, snapshot.version)
    ]  # fmt: skip


def _databases(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """This database, then the others of the server, whose owners and grants are known in them alone."""
    access = database_access(snapshot).access
    found: list[tuple[int, str, int | None, object]] = [
        (DATABASE, session["vql__database"], access.owner_id, acl(access, roles_in(snapshot, session)))
    ]
    found += [(oid, name, None, None) for oid, name in snapshot.neighbours()]
    return [
        (oid, name, owner, 6, "c", False, True, -1, 0, 0, 1663, "C", "C", None, None, granted)
        for oid, name, owner, granted in found
    ]


def _prepared(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """pg_prepared_statements."""
    rows = []
    for name, text, made, given, found, *rest in json.loads(session.get("vql__prepared", "[]")):
        types = [None if each is None else [ObjectName(*type_) for type_ in each] for each in (given, found)]
        rows.append((name, text, made, *types, *rest))
    return rows


MAKERS: dict[str, Maker] = {
    "pg_namespace": _namespaces, "pg_class": classes, "pg_attribute": attributes, "pg_type": _types,
    "pg_index": indexes, "pg_constraint": constraints, "pg_attrdef": defaults, "pg_am": _methods,
    "pg_proc": known_functions, "pg_aggregate": aggregates, "pg_operator": operator_rows, "pg_cast": cast_rows,
    "pg_opclass": classes_shown, "pg_opfamily": families_shown, "pg_amop": entries, "pg_settings": setting_rows,
    **ROLE_MAKERS, **TEXT_SEARCH,
    "pg_cursors": lambda n, s: [tuple(row) for row in json.loads(s.get("vql__cursors", "[]"))],
    "pg_prepared_statements": _prepared,
    "pg_database": _databases,
    "pg_enum": labels,
    "information_schema.domain_constraints": domain_constraints,
    "pg_range": ranges,
    "pg_extension": _extensions,
    "pg_available_extensions": lambda n, s: [
        (name, each.version, each.version if find_extension(n.others, name) else None, each.comment)
        for name, each in EXTENSIONS.items()],
    "pg_available_extension_versions": lambda n, s: [
        (name, each.version, find_extension(n.others, name) is not None, True, each.is_trusted, True, None, None, each.comment)
        for name, each in EXTENSIONS.items()],
    "pg_init_privs": lambda n, s: [
        (oid, OIDS["pg_namespace"], 0, "i", acl(schema.PUBLIC_ACCESS, roles_in(n, s))) for oid in (CATALOG, INFORMATION_SCHEMA)],
    "pg_depend": depends, "pg_rewrite": rules,
    "pg_collation": lambda n, s: [
        (oid, name, CATALOG, OWNER, provider, True, 6 if provider == "b" else -1, *(name if provider == "c" else None,) * 2, None, None)
        for name, (oid, provider) in COLLATIONS.items()],
    "pg_tables": lambda n, s: [
        (t.schema, t.name, owner_name(t.access, roles_in(n, s)), None, bool(t.indexes), False, False, t.has_row_security)
        for t in tables_in(n)],
    "pg_description": lambda n, s: [
        (c.object_id, OIDS[c.of], c.number, c.text) for c in (*comments_in(n), *built_in_comments(n))
        if c.of not in SHARED],
    "pg_shdescription": lambda n, s: [
        (c.object_id, OIDS[c.of], c.text) for c in comments_in(n) if c.of in SHARED],
    "pg_matviews": lambda n, s: [
        (t.schema, t.name, owner_name(t.access, roles_in(n, s)), None, bool(t.indexes), not t.is_unpopulated, view_text(t))
        for t in n.tables.values() if t.text],
    "pg_indexes": lambda n, s: [
        (t.schema, t.name, i.name, None, index_definition(t, i)) for t in n.tables.values() for i in t.indexes],
    "pg_sequences": lambda n, s: [
        (q.schema, q.name, owner_name(q.access, roles_in(n, s)), ObjectName(BASE_TYPES[q.type].oid or 0, q.type), q.start,
         q.minimum, q.maximum, q.increment, q.cycles, q.cache, None)
        for q in sequences_in(n)],
    "pg_sequence": lambda n, s: [
        (q.sequence_id, BASE_TYPES[q.type].oid, q.start, q.increment, q.maximum, q.minimum, q.cache, q.cycles)
        for q in sequences_in(n)],
    "pg_views": lambda n, s: [
        (v.schema, v.name, owner_name(v.access, roles_in(n, s)), view_text(v)) for v in views_in(n)],
    "pg_locks": lambda n, s: [_lock(entry) for entry in n.locks],
    "pg_tablespace": lambda n, s: [(1663, "pg_default", OWNER, None, None), (1664, "pg_global", OWNER, None, None)],
    "pg_language": lambda n, s: [
        (oid, name, OWNER, False, name == "sql", 0, 0, 0, None) for oid, name in LANGUAGES.items()],
    "pg_timezone_names": zones, "pg_timezone_abbrevs": abbreviations,
    "pg_config": lambda n, s: [("VERSION", f"PostgreSQL {SETTINGS['server_version'].default}")],
    **INFORMATION, **STATISTICS,
    "vql_segments": _segments, "vql_indexes": _built_indexes,
    "vql_recall": _recalls, "vql_jobs": lambda n, s: [
        (j.name, j.state, j.progress, _moment(j.started_us), _moment(j.ended_us), j.failures, j.last_error or None)
        for j in n.jobs],
    "vql_snapshots": lambda n, s: [
        (each.name, each.version, each.time_us and _moment(each.time_us)) for each in n.history.snapshots()
        if each.version is None or each.version <= n.version],
    "vql_versions": _versions,
}  # fmt: skip


def _lock(entry: Entry) -> tuple[object, ...]:
    """Return a lock as pg_locks has it; keys of rows to come are locks of transactions there."""
    kind, row = entry.kind, entry.minor
    database: int | None = DATABASE
    relation: int | None = entry.major
    what = lock_kind(kind)
    if kind is Kind.TRANSACTION:
        database = relation = None
    named: tuple[object, ...] = (None, None, None)
    if what == "advisory":
        relation = None
        pair = (entry.major, entry.minor, 2)
        named = pair if kind is Kind.ADVISORY_PAIR else (row >> 32 & 0xFFFFFFFF, row & 0xFFFFFFFF, 1)
    if what == "object":
        relation, named = None, (OIDS["pg_database"], entry.major, 0)
    session = f"{entry.session}/0"
    return (
        what, database, relation, None, row if what == "tuple" else None, None,
        row if kind is Kind.TRANSACTION else None, *named, session,
        entry.process_id, mode_name(kind, entry.mode), entry.is_held, False, None,
    )  # fmt: skip


def _moment(time_us: int) -> datetime | None:
    """Return microseconds since 1970 as a timestamptz, None for 0."""
    return EPOCH + timedelta(microseconds=time_us) if time_us else None
