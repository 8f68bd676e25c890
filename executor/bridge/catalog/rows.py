"""Rows of pg_catalog, information_schema and our own relations, made from a snapshot's catalog.

A relation is a specification of its columns (`vql.language.analyze.catalog_columns`) and a function that
gives its rows; relations nobody fills exist and are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from vql import schema
from vql.executor.bridge.catalog.constraints import (
    Row,
    constraints,
    constraints_in,
    default_shown,
    expression_word,
    key_numbers,
)
from vql.executor.bridge.catalog.information import INFORMATION, Maker, identity_shown
from vql.executor.bridge.catalog.namespaces import (
    CATALOG,
    namespaces,
    sequences_in,
    tables_in,
    view_text,
    views_in,
)
from vql.executor.bridge.catalog.roles import (
    ROLE_MAKERS,
    acl,
    database_access,
    owner_name,
    roles_in,
    schema_access,
    with_access,
)
from vql.executor.bridge.catalog.type_rows import (
    ARRAY_PROCEDURES,
    OWNER,
    PUBLIC,
    collation,
    domain_constraints,
    domains,
    labels,
    procedure,
    row_types_in,
    types,
)
from vql.functions.text.formatting import quote_ident
from vql.language.analyze.catalog_columns import COLUMNS, OIDS
from vql.naming import is_temporary
from vql.roles.access import Access
from vql.settings import SETTINGS
from vql.storage.index import registry
from vql.storage.locks.modes import Kind, mode_name
from vql.storage.locks.table import Entry
from vql.storage.segments.segment import SealedSegment
from vql.storage.snapshot import Snapshot
from vql.types.collations import COLLATIONS
from vql.types.moments.moments import EPOCH
from vql.types.opclasses import OPCLASSES, opclass_of
from vql.types.ranges.multirange import MULTIRANGES
from vql.types.type import BASE_TYPES, Type

EXTENSION = 16385
DATABASE = 16384
HEAP = 2
FIRST_OPCLASS = 16420
# What pg_index.indoption says of a column.
DIRECTIONS = ("", " DESC NULLS LAST", " NULLS FIRST", " DESC")


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


def index_definition(table: schema.Table, index: schema.Index) -> str:
    """Return CREATE INDEX as pg_get_indexdef prints it."""
    type_ = table.stored[table.stored_position(index.columns[0])].type
    operators = opclass_of(type_.name, index.metric) if index.metric else index.opclass
    named = {column.name for column in table.columns}
    columns = [quote_ident(name) if name in named else name for name in index.columns]  # or expressions
    directions = index.directions or (0,) * len(columns)
    items = ", ".join(
        column + f" {operators}" * bool(operators) + DIRECTIONS[direction]
        for column, direction in zip(columns, directions, strict=True)
    )
    options = ", ".join(
        f"{name}='{value:g}'" if isinstance(value, float | int) else f"{name}='{value}'"
        for name, value in index.options
    )
    unique = "UNIQUE " if index.unique or index.primary else ""
    tail = f" INCLUDE ({', '.join(map(quote_ident, index.included))})" if index.included else ""
    tail += " NULLS NOT DISTINCT" * index.nulls_are_alike + (f" WITH ({options})" if options else "")
    tail += f" WHERE {index.condition}" if index.condition else ""
    on = f"{quote_ident(table.schema)}.{quote_ident(table.name)}"
    return f"CREATE {unique}INDEX {quote_ident(index.name)} ON {on} USING {index.method} ({items}){tail}"


# ------------------------------------------------------------------ pg_catalog


def _namespaces(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    roles, found = roles_in(snapshot, session), namespaces(snapshot)
    all_access = {name: schema_access(snapshot, name) for name in found}
    return [
        (oid, name, all_access[name].owner_id, acl(all_access[name], roles)) for name, oid in found.items()
    ]


def _class(
    namespace: int,
    oid: int,
    name: str,
    kind: str,
    natts: int,
    rows: float,
    indexed: bool,
    method: int,
    persistence: str,
) -> Row:
    is_stored, is_typed = kind not in "vc", kind in "rvmc"
    return (
        oid, name, namespace, (schema.ROW_TYPES + oid) * is_typed, 0, OWNER, method, oid * is_stored, 0, max(1, int(rows) // 64) if is_stored else 0, rows,
        0, 0, indexed, False, persistence, kind, natts, 0, not is_stored, False, False, False, False, True, "d" if kind in "rm" else "n", False,
        0, None, None, None,
    )  # fmt: skip


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
        return each.of in (*SHARED, "pg_extension") or relation is not None or each.object_id in indexes

    return [each for each in found if each.text and is_there(each)]


def _classes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows, there, roles = [], namespaces(snapshot), roles_in(snapshot, session)
    for table in snapshot.tables.values():
        inside = there.get(table.schema, 0)
        count = float(sum(segment.rows for segment in snapshot.readable_segments(table.table_id)))
        made = _class(
            inside, table.table_id, table.name, "m" if table.text else "r", table.next_number - 1, count, bool(table.indexes), HEAP,
            table.persistence,
        )  # fmt: skip
        # What relchecks and relhastriggers say makes clients look for constraints.
        has_references = bool(table.foreign_keys or table.referenced_by)
        made = (*made[:18], len(table.checks), made[19], has_references, *made[21:])
        made = (
            *made[:22], table.has_row_security, table.forces_row_security, not table.is_unpopulated, *made[25:],
        )  # fmt: skip
        rows.append(with_access(made, table.access, roles))
        of_index = Access(table.access.owner_id)
        for i in table.indexes:
            made = _class(
                inside, i.index_id, i.name, "i", len(i.columns), count, False, registry.oid_of(i.method),
                table.persistence,
            )  # fmt: skip
            rows.append(with_access(made, of_index, roles))
    for view in views_in(snapshot):
        kept = _persistence(view.schema)
        made = _class(there[view.schema], view.view_id, view.name, "v", len(view.columns), 0, False, 0, kept)
        rows.append(with_access(made, view.access, roles))
    for found in row_types_in(snapshot):
        inside, fields = there[found.schema], found.next_number - 1
        made = _class(inside, found.relation_id, found.name, "c", fields, 0, False, 0, "p")
        rows.append(with_access(made, Access(found.access.owner_id), roles))
    for each in sequences_in(snapshot):
        kept = _persistence(each.schema)
        made = _class(there[each.schema], each.sequence_id, each.name, "S", 3, 1, False, 0, kept)
        rows.append(with_access(made, each.access, roles))
    return rows


def _persistence(in_schema: str) -> str:
    return "t" if is_temporary(in_schema) else "p"


def _attribute(relation: int, number: int, column: schema.Column) -> Row:
    has_default = column.default is not None or bool(column.generated)
    has_missing = column.missing is not None
    return (
        relation, column.name, column.type.catalog_oid, -1, column.type.base.length, number,
        1 if column.type.is_array else 0, -1, -1 if column.type.domain else column.type.typmod, False, "i",
        "p" if column.type.base.length > 0 else "x", "", column.not_null, has_default, has_missing,
        identity_shown(column)[:1].lower().replace("b", "d"), "s" * bool(column.generated), False, True, 0, collation(column.type.base),
        None, None, None,
    )  # fmt: skip


def _dropped(relation: int, number: int) -> Row:
    """Return what is left of a column that was dropped."""
    return (
        relation, f"........pg.dropped.{number}........", 0, 0, 0, number, 0, -1, -1, False, "i", "p", "", False,
        False, False, "", "", True, True, 0, 0, None, None, None,
    )  # fmt: skip


def _attributes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows, roles = [], roles_in(snapshot, session)
    for table in snapshot.tables.values():
        live = {column.number: column for column in table.columns}
        rows += [
            (
                *_attribute(table.table_id, number, live[number])[:-3],
                acl(table.access, roles, number),
                None,
                None,
            )
            if number in live
            else _dropped(table.table_id, number)
            for number in range(1, table.next_number)
        ]
        for index in table.indexes:
            names = (*index.columns, *index.included)
            columns = [table.stored[table.stored_position(name)] for name in names]
            rows += [
                _attribute(
                    index.index_id, i, replace(c, name=expression_word(c.name)) if c in table.computed else c
                )
                for i, c in enumerate(columns, 1)
            ]
    for view in views_in(snapshot):
        rows += [_attribute(view.view_id, column.number, column) for column in view.columns]
    for each in row_types_in(snapshot):
        fields = {column.number: column for column in each.columns}
        rows += [
            _attribute(each.relation_id, number, fields[number])
            if number in fields
            else _dropped(each.relation_id, number)
            for number in range(1, each.next_number)
        ]
    return rows


def _indexes(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for table in snapshot.tables.values():
        for index in table.indexes:
            places = key_numbers(table, (*index.columns, *index.included))
            zeros = ["0"] * len(index.columns)
            unique = index.unique or index.primary
            expressions = ", ".join(column.name for column in table.computed if column.name in index.columns)
            rows.append((
                index.index_id, table.table_id, len(places), len(zeros), unique, index.nulls_are_alike,
                index.primary, False, True, False, True, False, True, True, False, places, zeros, zeros,
                [str(direction) for direction in index.directions] or zeros,
                expressions or None, index.condition or None,
            ))  # fmt: skip
    return rows


def _defaults(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    return [
        (
            table.table_id * 2_000 + column.number,
            table.table_id,
            column.number,
            column.generated or default_shown(column, snapshot),
        )
        for table in snapshot.tables.values()
        for column in table.columns
        if column.default is not None or column.generated
    ]


def _methods(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    methods = [
        (registry.oid_of(name), name, procedure(f"{name}handler"), "i") for name in registry.method_names()
    ]
    return [(HEAP, "heap", procedure("heap_tableam_handler"), "t"), *methods]


def _functions(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    return [
        (oid, name, CATALOG, OWNER, 12, "f", False, "i", 1, 2277, ["2281"], None, None, None, True, False, False,
         "s", 1.0, name, None, None, None)
        for name, oid in ARRAY_PROCEDURES.items()
    ]  # fmt: skip


def _settings(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    return [
        (name, setting.default, None, "VQL" if name.startswith("vql.") else "Postgres", "", None,
         "internal" if setting.fixed else "user", "string", "default", None, None,
         list(setting.choices) or None, setting.default, setting.default, False)
        for name, setting in sorted(SETTINGS.items())
    ]  # fmt: skip


def _classes_of_operators(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    return [
        (FIRST_OPCLASS + len(OPCLASSES) * place + i, registry.oid_of(method), name, PUBLIC, OWNER, 0,
         BASE_TYPES[type_name].oid, not kind.needs_opclass and metric == BASE_TYPES[type_name].metrics[0], 0)
        for place, (method, kinds) in enumerate(registry.OURS.items())
        for i, (name, (type_name, metric)) in enumerate(OPCLASSES.items())
        for kind in kinds
        if kind.accepts(Type(type_name), metric)
    ]  # fmt: skip


# ------------------------------------------------------------------ our own


def _segments(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for table in snapshot.tables.values():
        for segment in snapshot.readable_segments(table.table_id):
            visible = segment.visible(snapshot.version)
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
        for segment in snapshot.readable_segments(table.table_id):
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
            opened = segment.opened_indexes()
            for index in table.indexes:
                checks = getattr(opened.get(index.index_id), "checks", {})
                for target, (found, there, samples) in sorted(checks.items()):
                    rows.append((table.name, index.name, segment.segment_id, target, found / there, samples))
    return rows


MAKERS: dict[str, Maker] = {
    "pg_namespace": _namespaces, "pg_class": _classes, "pg_attribute": _attributes, "pg_type": types,
    "pg_index": _indexes, "pg_constraint": constraints, "pg_attrdef": _defaults, "pg_am": _methods,
    "pg_proc": _functions, "pg_settings": _settings, "pg_opclass": _classes_of_operators,
    **ROLE_MAKERS,
    "pg_cursors": lambda n, s: [
        (name, "", False, False, True) for name in s.get("vql__cursors", "").splitlines()],
    "pg_database": lambda n, s: [
        (DATABASE, s["vql__database"], database_access(n).access.owner_id, 6, "c", False, True, -1, 1663, "C", "C", None, None,
         acl(database_access(n).access, roles_in(n, s)))],
    "pg_enum": labels, "information_schema.domains": domains,
    "information_schema.domain_constraints": domain_constraints,
    "pg_range": lambda n, s: [
        (sets.of.oid, sets.of.subtype.oid, sets.oid, 0, 0) for sets in MULTIRANGES],
    "pg_extension": lambda n, s: [(EXTENSION, "vector", OWNER, PUBLIC, True, "0.8.1")],
    "pg_collation": lambda n, s: [
        (oid, name, CATALOG, OWNER, provider, True, 6 if provider == "b" else -1, *(name if provider == "c" else None,) * 2, None)
        for name, (oid, provider) in COLLATIONS.items()],
    "pg_tables": lambda n, s: [
        (t.schema, t.name, owner_name(t.access, roles_in(n, s)), None, bool(t.indexes), False, False, t.has_row_security)
        for t in tables_in(n)],
    "pg_description": lambda n, s: [
        (c.object_id, OIDS[c.of], c.number, c.text) for c in comments_in(n) if c.of not in SHARED],
    "pg_shdescription": lambda n, s: [
        (c.object_id, OIDS[c.of], c.text) for c in comments_in(n) if c.of in SHARED],
    "pg_matviews": lambda n, s: [
        (t.schema, t.name, owner_name(t.access, roles_in(n, s)), None, bool(t.indexes), not t.is_unpopulated, view_text(t))
        for t in n.tables.values() if t.text],
    "pg_indexes": lambda n, s: [
        (t.schema, t.name, i.name, None, index_definition(t, i)) for t in n.tables.values() for i in t.indexes],
    "pg_sequence": lambda n, s: [
        (q.sequence_id, BASE_TYPES[q.type].oid, q.start, q.increment, q.maximum, q.minimum, q.cache, q.cycles)
        for q in sequences_in(n)],
    "pg_views": lambda n, s: [
        (v.schema, v.name, owner_name(v.access, roles_in(n, s)), view_text(v)) for v in views_in(n)],
    "pg_locks": lambda n, s: [_lock(entry) for entry in n.locks],
    "pg_tablespace": lambda n, s: [(1663, "pg_default", OWNER, None, None)],
    "pg_language": lambda n, s: [(12, "internal", OWNER)],
    **INFORMATION,
    "vql_segments": _segments, "vql_indexes": _built_indexes,
    "vql_recall": _recalls, "vql_jobs": lambda n, s: [
        (j.name, j.state, j.progress, _moment(j.started_us), _moment(j.ended_us), j.failures, j.last_error or None)
        for j in n.jobs],
}  # fmt: skip


def _lock(entry: Entry) -> tuple[object, ...]:
    """Return a lock as pg_locks has it; keys of rows to come are locks of transactions there."""
    kind, row = entry.kind, entry.minor
    relation: int | None = entry.major
    what = {Kind.ROW: "tuple", Kind.KEY: "transactionid", Kind.RELATION: "relation"}.get(kind, "advisory")
    named: tuple[object, ...] = (None, None, None)
    if what == "advisory":
        relation = None
        pair = (entry.major, entry.minor, 2)
        named = pair if kind is Kind.ADVISORY_PAIR else (row >> 32 & 0xFFFFFFFF, row & 0xFFFFFFFF, 1)
    session = f"{entry.session}/0"
    return (
        what, DATABASE, relation, None, row if what == "tuple" else None, None, None, *named, session,
        entry.process_id, mode_name(kind, entry.mode), entry.is_held, False, None,
    )  # fmt: skip


def _moment(time_us: int) -> datetime | None:
    """Return microseconds since 1970 as a timestamptz, None for 0."""
    return EPOCH + timedelta(microseconds=time_us) if time_us else None
